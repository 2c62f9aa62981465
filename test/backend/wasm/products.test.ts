import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { products as referenceProducts, residentMatrices } from '../../../src/backend/reference/products.ts';
import { MAX_WEIGHT } from '../../../src/backend/wasm/kernels/products.ts';
import { prepareMatrices, products, productTasks } from '../../../src/backend/wasm/products.ts';
import { builtinCircuit } from '../../../src/circuit/builtin.ts';
import { CURVE_PAIRS } from '../../support/cycles.ts';
import { FIELD_BYTES, type PrimeField } from '../../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../../src/field/fields.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import { augment } from '../../../src/nova/augmented-circuit.ts';
import { element } from '../../field/arbitrary.ts';
import { codeOf } from '../../support/error.ts';
import { fullLimbs, machine, randomElements } from './machine.ts';

/** A z, B z, C z as the engine computes them, in so many tasks. */
function compute(shape: ConstraintMatrices, z: readonly bigint[], parts: number): bigint[][] {
  const m = machine(shape.field);
  const { variables: n, constraints } = shape;
  const M = prepareMatrices(m, shape, m.allocate);
  const W = m.vector(z.slice(0, n));
  const out = () => m.allocate(constraints * FIELD_BYTES);
  const addresses = { AZ: out(), BZ: out(), CZ: out() };
  const tasks = productTasks(M, addresses, W, z.slice(n), parts);
  expect(tasks.length).toBeLessThanOrEqual(parts);
  expect(tasks.reduce((rows, task) => rows + task.rows, 0)).toBe(
    M.pieces.reduce((rows, piece) => rows + piece.rows, 0),
  );
  // in any order
  for (const task of [...tasks].reverse()) products(m, structuredClone(task));
  return Object.values(addresses).map((address) => m.elements(address, constraints));
}

/** The same from BigInts. */
function expected(shape: ConstraintMatrices, z: readonly bigint[]): bigint[][] {
  const zeros = () => Array.from({ length: shape.constraints }, () => 0n);
  const out = { AZ: zeros(), BZ: zeros(), CZ: zeros() };
  const { variables: n } = shape;
  for (const _ of referenceProducts(out, residentMatrices(shape), z.slice(0, n), z.slice(n)));
  return Object.values(out);
}

type Rows = readonly (readonly (readonly [column: number, coefficient: bigint])[])[];

/** Matrices from lists of rows. */
function matrices(
  field: PrimeField,
  variables: number,
  io: number,
  rows: readonly [Rows, Rows, Rows],
): ConstraintMatrices {
  const dictionary: bigint[] = [];
  const index = new Map<bigint, number>();
  const sparse = (M: Rows): SparseMatrix => ({
    rowPtr: Uint32Array.from([
      0,
      ...M.map(
        (
          (n) => (row) =>
            (n += row.length)
        )(0),
      ),
    ]),
    columns: Uint32Array.from(M.flatMap((row) => row.map(([column]) => column))),
    coefficients: Uint32Array.from(
      M.flatMap((row) =>
        row.map(([, c]) => index.get(c) ?? (index.set(c, dictionary.push(c) - 1), dictionary.length - 1)),
      ),
    ),
  });
  const [A, B, C] = rows.map(sparse);
  return { field, constraints: rows[0].length, variables, io, A, B, C, dictionary };
}

/** Coefficients of all classes, with their limits. */
function coefficient({ p }: PrimeField): fc.Arbitrary<bigint> {
  const small = 1n << 15n;
  const limits = [1n, 2n, small - 1n, small, small + 1n, (1n << 29n) - 1n, p >> 1n];
  return fc.oneof(
    fc.constantFrom(1n, p - 1n),
    fc.constantFrom(...limits.flatMap((c) => [c, p - c])),
    fc.bigInt(1n, p - 1n),
  );
}

describe.each(FIELDS.map((F) => [F.name, F] as const))('products over %s', (_, F) => {
  it('are those of BigInt for random matrices with empty and equal rows', () => {
    const system = fc
      .record({ variables: fc.nat(12), io: fc.nat(3), constraints: fc.nat(10) })
      .chain(({ variables, io, constraints }) => {
        const row = fc.array(fc.tuple(fc.nat(variables + io), coefficient(F)), { maxLength: 20 });
        const pool = fc.array(row, { minLength: 1, maxLength: 6 });
        return fc.record({
          z: fc.array(element(F), { minLength: variables + 1 + io, maxLength: variables + 1 + io }),
          parts: fc.integer({ min: 1, max: 5 }),
          shape: pool.chain((rows) => {
            const M = fc.array(fc.constantFrom(...rows), { minLength: constraints, maxLength: constraints });
            return fc.tuple(M, M, M).map((three) => matrices(F, variables, io, three));
          }),
        });
      });
    fc.assert(
      fc.property(system, ({ shape, z, parts }) => {
        expect(compute(shape, z, parts)).toEqual(expected(shape, z));
      }),
      { numRuns: 60 },
    );
  });

  it('hold for rows of 100,000 entries, with the largest elements and coefficients of each class', () => {
    const { p } = F;
    const n = 100_000;
    const small = (1n << 15n) - 1n;
    const long = (f: (i: number) => bigint) => Array.from({ length: n }, (_, i) => [i % 10, f(i)] as const);
    const classes = [
      () => 1n,
      () => p - 1n,
      () => small,
      () => p - small,
      () => p - (1n << 40n),
      () => p >> 1n,
    ];
    const A = [...classes, (i: number) => classes[i % 6]()].map(long);
    // as many as fit without being moved to the general ones, and one more
    const weights = [MAX_WEIGHT, MAX_WEIGHT + 1].flatMap((w) =>
      [1n, p - 1n].map((c) => long(() => c).slice(0, w)),
    );
    const one = [[0, 1n] as const];
    const rows = [...A, ...weights, one];
    const shape = matrices(F, 9, 0, [rows, rows.map(() => one), rows.map(() => [])]);
    for (const x of [p - 1n, 1n, 0n, fullLimbs(F)[0]]) {
      const z = Array.from({ length: 10 }, () => x);
      expect(compute(shape, z, 3)).toEqual(expected(shape, z));
    }
  });
});

it.each(
  CURVE_PAIRS.flatMap(({ name, primary, secondary }) => [
    [name, 'primary', secondary] as const,
    [name, 'secondary', primary] as const,
  ]),
)('products of the augmented circuits of %s, %s, are those of BigInt', (_, name, curve) => {
  const { matrices: shape } = augment(name, curve, builtinCircuit('cubic'));
  const { seed, next } = randomElements(shape.field, 'products');
  const z = Array.from({ length: shape.variables + 1 + shape.io }, (_, i) =>
    i % 3 === 0 ? BigInt(i & 1) : next(),
  );
  const [got, want] = [compute(shape, z, 8), expected(shape, z)];
  got.forEach((xs, k) =>
    expect(
      xs.findIndex((x, i) => x !== want[k][i]),
      seed,
    ).toBe(-1),
  );
});

it('tasks share the work evenly', () => {
  const m = machine(pallasBase);
  const rows = Array.from({ length: 5000 }, (_, i) => [[i % 100, BigInt(i + 1) << 100n] as const]);
  const shape = matrices(pallasBase, 100, 0, [rows, rows, rows]);
  const M = prepareMatrices(m, shape, m.allocate);
  expect(M.pieces.reduce((n, piece) => n + piece.rows, 0)).toBe(5000); // equal rows are computed once
  for (const parts of [1, 2, 3, 7, 16]) {
    const tasks = productTasks(M, { AZ: 0, BZ: 0, CZ: 0 }, 0, [1n], parts);
    expect(tasks.length).toBe(parts);
    for (const { rows: n } of tasks) expect(Math.abs(n - 5000 / parts)).toBeLessThan(60);
  }
});

it('malformed matrices are refused before anything is allocated', async () => {
  const shape = matrices(pallasBase, 1, 0, [[[[0, 1n]]], [[[1, 1n]]], [[]]]);
  const bad = { ...shape, A: { ...shape.A, columns: Uint32Array.of(2) } };
  const m = machine(pallasBase);
  const allocate = () => {
    throw new Error('allocated');
  };
  expect(await codeOf(() => prepareMatrices(m, bad, allocate))).toBe('InvalidIndex');
});
