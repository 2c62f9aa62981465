import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import { edges, expectCode, get, mod, put, putProducts, randomElements, type SuiteContext } from './tools.ts';

/** A matrix as it is written down: for each row its entries [column, coefficient's number]. */
type Rows = readonly (readonly (readonly [column: number, coefficient: number])[])[];

function csr(rows: Rows): SparseMatrix {
  const entries = rows.flat();
  let end = 0;
  return {
    rowPtr: Uint32Array.from([0, ...rows.map((row) => (end += row.length))]),
    columns: Uint32Array.from(entries, ([column]) => column),
    coefficients: Uint32Array.from(entries, ([, coefficient]) => coefficient),
  };
}

interface Case {
  readonly F: PrimeField;
  readonly variables: number;
  readonly dictionary: readonly bigint[];
  readonly matrices: readonly [Rows, Rows, Rows];
  readonly W: readonly bigint[];
  readonly u: bigint;
  readonly X: readonly bigint[];
}

/** Compares the engine's products with sums over the rows. */
async function expectProducts(
  engine: Backend,
  { F, variables, dictionary, matrices, W, u, X }: Case,
): Promise<void> {
  const [A, B, C] = matrices.map(csr);
  const constraints = matrices[0].length;
  const shape: ConstraintMatrices = { field: F, constraints, variables, io: X.length, A, B, C, dictionary };
  const M = engine.matrices(shape);
  const w = put(engine, F, W, 'W');
  const out = putProducts(engine, F, constraints);
  engine.products(out, M, w, u, X);

  const z = [...W, u, ...X];
  for (const [i, v] of [out.AZ, out.BZ, out.CZ].entries()) {
    const expected = matrices[i].map((row) =>
      mod(
        row.reduce((sum, [c, k]) => sum + dictionary[k] * z[c], 0n),
        F.p,
      ),
    );
    expect(await get(engine, v), `product ${i}`).toEqual(expected);
  }
  engine.free(M, w, out.AZ, out.BZ, out.CZ);
}

/** Random shapes: rows from empty to longer than z, columns repeated, u and X among them. */
function anyCase(F: PrimeField): fc.Arbitrary<Case> {
  const element = fc.oneof(fc.constantFrom(...edges(F)), fc.bigInt({ min: 0n, max: F.p - 1n }));
  return fc
    .record({
      constraints: fc.integer({ min: 1, max: 12 }),
      variables: fc.integer({ min: 1, max: 12 }),
      io: fc.integer({ min: 0, max: 3 }),
      dictionary: fc.array(
        element.map((x) => x || 1n),
        { minLength: 1, maxLength: 5 },
      ),
    })
    .chain(({ constraints, variables, io, dictionary }) => {
      const entry = fc.tuple(fc.nat(variables + io), fc.nat(dictionary.length - 1));
      const row = fc.oneof(
        fc.constant([]),
        fc.array(entry, { maxLength: 4 }),
        fc.array(entry, { maxLength: 30 }),
      );
      const matrix = fc.array(row, { minLength: constraints, maxLength: constraints });
      const vector = (n: number) => fc.array(element, { minLength: n, maxLength: n });
      return fc.record({
        F: fc.constant(F),
        variables: fc.constant(variables),
        dictionary: fc.constant(dictionary),
        matrices: fc.tuple(matrix, matrix, matrix),
        W: vector(variables),
        u: element,
        X: vector(io),
      });
    });
}

/** Products of sparse matrices with z = (W, u, X). */
export function productCases({ make, scale, fields }: SuiteContext): void {
  describe('products', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    it.each(fields)('of random shapes over $name are the sums over their rows', async (F) => {
      await fc.assert(
        fc.asyncProperty(anyCase(F), (x) => expectProducts(engine, x)),
        { numRuns: 20 },
      );
    });

    it.each([
      ['first', [[], [[0, 0]], [[1, 0]]]],
      ['middle', [[[0, 0]], [], [[1, 0]]]],
      ['last', [[[0, 0]], [[1, 0]], []]],
      ['all', [[], [], []]],
    ] as [string, Rows][])('clear the element of an empty row: %s', async (_, rows) => {
      const F = pallasBase;
      const M = engine.matrices({
        field: F,
        constraints: 3,
        variables: 2,
        io: 0,
        A: csr(rows),
        B: csr(rows),
        C: csr(rows),
        dictionary: [3n],
      });
      const out = putProducts(engine, F, [
        [9n, 9n, 9n],
        [9n, 9n, 9n],
        [9n, 9n, 9n],
      ]);
      engine.products(out, M, put(engine, F, [1n, 2n]), 1n, []);
      const expected = rows.map((row) => (row.length === 0 ? 0n : 3n * BigInt(row[0][0] + 1)));
      for (const v of [out.AZ, out.BZ, out.CZ]) expect(await get(engine, v)).toEqual(expected);
    });

    it('reach u and every element of X', async () => {
      const rows: Rows = [
        [[2, 0]],
        [[3, 0]],
        [[4, 0]],
        [
          [2, 1],
          [3, 1],
          [4, 1],
        ],
      ];
      await expectProducts(engine, {
        F: pallasBase,
        variables: 2,
        dictionary: [1n, pallasBase.p - 1n],
        matrices: [rows, rows.toReversed(), rows],
        W: [1n, 2n],
        u: pallasBase.p - 1n,
        X: [7n, pallasBase.p - 2n],
      });
    });

    it('add entries that share a column', async () => {
      const rows: Rows = [
        [
          [0, 0],
          [0, 0],
          [0, 1],
          [1, 0],
          [0, 1],
        ],
      ];
      await expectProducts(engine, {
        F: pallasBase,
        variables: 1,
        dictionary: [pallasBase.p - 1n, 5n],
        matrices: [rows, rows, rows],
        W: [pallasBase.p - 1n],
        u: 4n,
        X: [],
      });
    });

    it('take dense rows, of all-ones limbs, between empty ones', async () => {
      const F = pallasBase;
      const n = Math.ceil(1000 * scale);
      const dense = Array.from({ length: n + 2 }, (_, i) => [i, i % 2] as const);
      const W = Array.from({ length: n }, (_, i) => F.p - 1n - BigInt(i % 3));
      const rows: Rows = [[], dense, [], dense, dense, []];
      await expectProducts(engine, {
        F,
        variables: n,
        dictionary: [F.p - 1n, (F.p - 1n) / 2n],
        matrices: [rows, [[], [], dense, [], [], []], rows.toReversed()],
        W,
        u: F.p - 1n,
        X: [F.p - 1n],
      });
    });

    it('take many rows', async () => {
      const F = pallasBase;
      const n = Math.ceil(3000 * scale);
      const random = randomElements(F, 'many rows');
      const rows = (step: number): Rows =>
        Array.from({ length: n }, (_, i) =>
          Array.from(
            { length: (i * step) % 4 },
            (__, k) => [(i * 7 + k * 11) % (n + 2), (i + k) % 3] as const,
          ),
        );
      await expectProducts(engine, {
        F,
        variables: n,
        dictionary: [1n, F.p - 1n, ...random(1)],
        matrices: [rows(1), rows(3), rows(2)],
        W: random(n),
        u: 5n,
        X: [6n],
      });
    });

    it('of edge elements with edge coefficients are right over every field', async () => {
      for (const F of fields) {
        const dictionary = edges(F).filter((x) => x !== 0n);
        const W = edges(F);
        const rows: Rows = dictionary.flatMap((_, k) => W.map((__, i) => [[i, k] as const]));
        await expectProducts(engine, {
          F,
          variables: W.length,
          dictionary,
          matrices: [rows, rows, rows],
          W,
          u: 0n,
          X: [],
        });
      }
    });

    it('refuse what does not fit the shape', async () => {
      const F = pallasBase;
      const A = csr([[[0, 0]], [[1, 0]]]);
      const M = engine.matrices({
        field: F,
        constraints: 2,
        variables: 2,
        io: 1,
        A,
        B: A,
        C: A,
        dictionary: [1n],
      });
      const out = putProducts(engine, F, 2);
      const W = put(engine, F, [1n, 2n]);
      const short = put(engine, F, [1n]);
      await expectCode('InvalidWitnessLength', () => engine.products(out, M, short, 1n, [1n]));
      await expectCode('InvalidWitnessLength', () => engine.products({ ...out, BZ: short }, M, W, 1n, [1n]));
      await expectCode('InvalidInputLength', () => engine.products(out, M, W, 1n, []));
      await expectCode('InvalidInputLength', () => engine.products(out, M, W, 1n, [1n, 2n]));
      await expectCode('InvalidFieldElement', () => engine.products(out, M, W, F.p, [1n]));
      await expectCode('InvalidFieldElement', () => engine.products(out, M, W, 1n, [-1n]));
      await expectCode('InvalidArgument', () => engine.products({ ...out, CZ: W }, M, W, 1n, [1n]));
      await expectCode('InvalidArgument', () => engine.products({ ...out, CZ: out.AZ }, M, W, 1n, [1n]));
      const other = put(engine, vestaBase, [1n, 2n]);
      await expectCode('InvalidArgument', () => engine.products(out, M, other, 1n, [1n]));
    });

    it('use the public inputs as they were at the call', async () => {
      const F = pallasBase;
      const A = csr([[[2, 0]]]);
      const M = engine.matrices({
        field: F,
        constraints: 1,
        variables: 1,
        io: 1,
        A,
        B: A,
        C: A,
        dictionary: [1n],
      });
      const out = putProducts(engine, F, 1);
      const X = [5n];
      engine.products(out, M, put(engine, F, [1n]), 1n, X);
      X[0] = 6n;
      expect(await get(engine, out.AZ)).toEqual([5n]);
    });
  });
}
