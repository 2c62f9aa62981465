import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LAYOUT, LAYOUTS, type Layout } from '../../../src/backend/webgpu/codegen/layout.ts';
import { ProductPlan } from '../../../src/backend/webgpu/products.ts';
import { MAX_WEIGHT, planRows, SHORT_ROW, SMALL } from '../../../src/backend/webgpu/row-plan.ts';
import { WORKGROUP } from '../../../src/backend/webgpu/field-kernels.ts';
import type { BindingLimits } from '../../../src/backend/webgpu/windows.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { bn256Base, pallasBase, secp256k1Base, secq256k1Base } from '../../../src/field/fields.ts';
import type { ConstraintMatrices } from '../../../src/field/sparse.ts';
import { element } from '../../field/arbitrary.ts';
import { codeOf } from '../../support/error.ts';
import { EVERYTHING, GPU_FIELDS } from '../../support/extent.ts';
import { coefficient, matricesOf, productOf, type Rows } from '../../support/matrices.ts';
import { edges, randomElements } from '../suite/tools.ts';
import { Bench, hasDevice } from './device-vectors.ts';

type Three = readonly [A: Rows, B: Rows, C: Rows];

/** Coefficients around the limits of their classes. */
const LIMITS = [2n, BigInt(SMALL) - 1n, BigInt(SMALL), BigInt(SMALL) + 1n, 1n << 16n, 1n << 240n];

/** Records products and has them compared with plain BigInts. */
async function record(
  bench: Bench,
  F: PrimeField,
  layout: Layout,
  variables: number,
  rows: Three,
  z: readonly bigint[],
  limits: BindingLimits = bench.context.limits,
): Promise<ProductPlan> {
  const io = z.length - variables - 1;
  const plan = ProductPlan.create(bench.context, layout, matricesOf(F, variables, io, rows), limits);
  await plan.prepare();
  const out = bench.products(F, rows[0].length);
  const W = bench.vector(F, z.slice(0, variables));
  plan.record(bench.batch, out, W, z[variables], z.slice(variables + 1));
  [out.AZ, out.BZ, out.CZ].forEach((v, i) => {
    bench.expect(F, v, productOf(F, rows[i], z), `product ${'ABC'[i]}Z over ${F.name}`);
  });
  return plan;
}

/** Rows of these lengths, with random columns (some twice) and coefficients of all classes. */
function randomRows(F: PrimeField, width: number, lengths: readonly number[], seed: string): Rows {
  const random = randomElements(F, seed);
  return lengths.map((n) =>
    random(n).map((x): [number, bigint] => {
      const pick = Number(x % 16n);
      const limit = LIMITS[Number((x >> 4n) % BigInt(LIMITS.length))];
      const general = pick < 2 ? x || 1n : pick < 4 ? limit : F.p - limit;
      const c = pick < 7 ? 1n : pick < 11 ? F.p - 1n : general;
      return [Number((x >> 20n) % BigInt(width)), c];
    }),
  );
}

/** Shapes of a few rows, and z. */
function system(F: PrimeField): fc.Arbitrary<{ variables: number; rows: Three; z: bigint[] }> {
  return fc
    .record({ variables: fc.nat(20), io: fc.nat(3), constraints: fc.integer({ min: 1, max: 9 }) })
    .chain(({ variables, io, constraints }) => {
      const width = variables + 1 + io;
      const row = fc.array(fc.tuple(fc.nat(width - 1), coefficient(F, LIMITS)), {
        maxLength: 45,
        size: 'max',
      });
      const M = fc.array(row, { minLength: constraints, maxLength: constraints });
      return fc.record({
        variables: fc.constant(variables),
        rows: fc.tuple(M, M, M),
        z: fc.array(element(F), { minLength: width, maxLength: width }),
      });
    });
}

describe.skipIf(!hasDevice)('products on a GPU', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open();
  });
  afterAll(() => bench?.close());

  it.each([
    ...GPU_FIELDS.map((F) => [F.name, F, DEFAULT_LAYOUT] as const),
    ...(EVERYTHING ? [[`${secq256k1Base.name} 15x17+1`, secq256k1Base, LAYOUTS['15x17+1']] as const] : []),
  ])('are those of BigInt over %s, with empty, dense and equal rows', async (_, F, layout) => {
    const [variables, io] = [150, 2];
    const width = variables + 1 + io;
    const lengths = [0, 1, 2, 3, 400, 0, SHORT_ROW, SHORT_ROW + 1, WORKGROUP, WORKGROUP + 1, 17, 311, 5, 5];
    const rows = ['A', 'B', 'C'].map((name) => [
      ...randomRows(F, width, lengths, `${name} ${F.name}`),
      ...Array.from({ length: 60 }, (_, i) => [[(7 * i) % width, i % 3 ? 1n : F.p - 1n] as const]),
      // the same in A and B, in which rows are then computed once
      ...randomRows(F, width, [3, 1, 50], `squares ${F.name} ${name === 'C' ? 'C' : ''}`),
      // the same column over and over, u and X
      Array.from({ length: 50 }, () => [3, F.p - 1n] as const),
      [variables, variables + 1, variables + 2, variables].map((column) => [column, 1n] as const),
    ]) as unknown as Three;
    for (const z of [
      randomElements(F, 'z')(width),
      Array.from({ length: width }, () => F.p - 1n),
      Array.from({ length: width }, (_, i) => edges(F)[i % edges(F).length]),
    ]) {
      await record(bench, F, layout, variables, rows, z);
    }
    await bench.run();
  });

  it('hold where digits are largest: full weights of both signs, and one entry more', async () => {
    for (const F of [pallasBase, secp256k1Base]) {
      const weight = BigInt(SMALL) - 1n;
      const heavy = Math.floor(MAX_WEIGHT / Number(weight));
      const rest = BigInt(MAX_WEIGHT) - weight * BigInt(heavy);
      const full = (sign: (c: bigint) => bigint, more: number) => [
        ...Array.from({ length: heavy }, () => [0, sign(weight)] as const),
        ...(rest > 0n ? [[0, sign(rest)] as const] : []),
        ...Array.from({ length: more }, () => [0, sign(1n)] as const),
      ];
      const plus = (c: bigint) => c;
      const minus = (c: bigint) => F.p - c;
      const A = [plus, minus].flatMap((sign) => [
        full(sign, 0),
        full(sign, 1),
        [...full(sign, 0), ...full(sign, 0)],
        full(sign, 0).slice(0, SHORT_ROW),
        [...full(sign, 0), [0, 1n << 200n] as const],
      ]);
      const B = [
        Array.from({ length: 3 * MAX_WEIGHT }, (_, i) => [i % 2, F.p - 1n] as const),
        Array.from({ length: MAX_WEIGHT + 1 }, () => [0, 1n] as const),
        ...A.slice(2).map(() => []),
      ];
      const shape: Three = [A, B, A.map(() => [])];
      // all digits of the first are as large as they get below p
      for (const x of [F.p - 1n, ((F.p >> 240n) << 240n) - 1n, 0n, 1n]) {
        const plan = await record(bench, F, DEFAULT_LAYOUT, 2, shape, [x, x, x]);
        expect(plan.counts.sums).toBe(2 * (1 + 2 + 2 + 1 + 2) + 3 + 2);
      }
      await bench.run();
    }
  });

  it('are those of BigInt for random shapes', async () => {
    const seen = new Set<PrimeField>();
    await fc.assert(
      fc.asyncProperty(
        fc
          .constantFrom(pallasBase, bn256Base, secp256k1Base)
          .chain((F) => fc.tuple(fc.constant(F), system(F))),
        async ([F, { variables, rows, z }]) => {
          seen.add(F);
          const plan = await record(bench, F, DEFAULT_LAYOUT, variables, rows, z);
          await bench.run();
          plan.release();
        },
      ),
      { numRuns: 60 },
    );
    expect(seen.size).toBe(3);
  });

  it('are the same when bindings and dispatches are small', async () => {
    const small = await Bench.open({ maxComputeWorkgroupsPerDimension: 3 });
    const F = bn256Base;
    const [variables, io] = [45, 2];
    const width = variables + 1 + io;
    const many = Array.from({ length: 40 }, (_, i) => i % 5);
    const lengths = [0, 1, 120, 3, SHORT_ROW + 1, 2, 2, 0, 0, 4, 31, 70, ...many];
    const rows = ['A', 'B', 'C'].map((name) =>
      randomRows(F, width, lengths, name).map((row) =>
        // as many coefficients as fit in the smallest binding
        row.map(([column, c]) => [column, LIMITS.includes(c) || c === F.p - 1n ? c : 1n] as const),
      ),
    ) as unknown as Three;
    const z = randomElements(F, 'z')(width);
    const tails = rows.map((M) =>
      M.map((row) => row.map(([j, c]) => [j % 2, c] as const)),
    ) as unknown as Three;
    for (const bytes of [256, 512, 1024, 4096]) {
      const limits = { maxStorageBufferBindingSize: bytes, minStorageBufferOffsetAlignment: 256 };
      const plan = await record(small, F, DEFAULT_LAYOUT, variables, rows, z, limits);
      if (bytes < 1024) expect(plan.counts.dispatches).toBeGreaterThan(10);
      await record(small, F, DEFAULT_LAYOUT, 0, tails, [5n, 6n], limits);
    }
    await small.run();
    small.close();
  });

  it('are zero without entries, and nothing without rows', async () => {
    const none = Array.from({ length: 20 }, () => []);
    await record(bench, pallasBase, DEFAULT_LAYOUT, 0, [none, none, none], [1n]);
    await record(bench, pallasBase, DEFAULT_LAYOUT, 3, [[], [], []], [1n, 2n, 3n, 4n]);
    await record(bench, pallasBase, DEFAULT_LAYOUT, 1, [[[[0, 5n]]], [[[1, 1n << 99n]]], [[]]], [3n, 4n]);
    await bench.run();
  });

  it('of one plan with other W, u and X follow one another in a batch', async () => {
    const F = pallasBase;
    const rows = ['A', 'B', 'C'].map((name) => randomRows(F, 13, [3, 0, 40, 2], name)) as unknown as Three;
    const plan = ProductPlan.create(bench.context, DEFAULT_LAYOUT, matricesOf(F, 10, 2, rows));
    await plan.prepare();
    const out = bench.products(F, 4);
    for (const seed of ['one', 'two', 'three']) {
      const z = randomElements(F, seed)(13);
      plan.record(bench.batch, out, bench.vector(F, z.slice(0, 10)), z[10], z.slice(11));
      bench.expect(F, out.AZ, productOf(F, rows[0], z), seed);
      bench.expect(F, out.CZ, productOf(F, rows[2], z), seed);
    }
    await bench.run();
  });

  it('come to an end whatever word of the rows a device has lost', async () => {
    const F = pallasBase;
    const lengths = [2, 5, SHORT_ROW, SHORT_ROW + 1, 300];
    const rows = ['A', 'B', 'C'].map((name) => randomRows(F, 13, lengths, name)) as unknown as Three;
    const made = vi.spyOn(bench.context, 'buffer');
    const plan = ProductPlan.create(bench.context, DEFAULT_LAYOUT, matricesOf(F, 10, 2, rows));
    const records = made.mock.results[made.mock.calls.findIndex(([, , label]) => label === 'matrices.rows')];
    made.mockRestore();
    const buffer: GPUBuffer = records.value;
    await plan.prepare();
    const { queue } = bench.context.device;
    const out = bench.products(F, lengths.length);
    const W = bench.vector(F, randomElements(F, 'W')(10));
    // the records as they are, from the layout that the plan has
    const [{ records: words }] = planRows(plan.shape, bench.context.limits).parts;
    for (let at = 0; at < words.length; at++) {
      for (const lost of [0, 0x7fff_ffff, 0xffff_ffff]) {
        queue.writeBuffer(buffer, 4 * at, Uint32Array.of(lost));
        plan.record(bench.batch, out, W, 1n, [2n, 3n]);
        bench.batch.flush();
      }
      queue.writeBuffer(buffer, 4 * at, words, at, 1);
    }
    await bench.run();
    plan.release();
  });

  it('release their buffers', async () => {
    const before = bench.context.arena.liveBytes;
    const rows = randomRows(pallasBase, 5, [1, 2, 40], 'release');
    const plan = ProductPlan.create(
      bench.context,
      DEFAULT_LAYOUT,
      matricesOf(pallasBase, 4, 0, [rows, rows, rows]),
    );
    expect(bench.context.arena.liveBytes).toBe(before + plan.bytes);
    plan.release();
    expect(bench.context.arena.liveBytes).toBe(before);
  });

  it('refuse more public inputs or coefficients than bindings hold', async () => {
    const limits = { maxStorageBufferBindingSize: 256, minStorageBufferOffsetAlignment: 256 };
    const rows = [Array.from({ length: 9 }, (_, i) => [0, 5000n + BigInt(i)] as const)];
    const shape = matricesOf(pallasBase, 1, 0, [rows, rows, rows]);
    expect(await codeOf(() => ProductPlan.create(bench.context, DEFAULT_LAYOUT, shape, limits))).toBe(
      'InvalidArgument',
    );
    const wide = matricesOf(pallasBase, 1, 5000, [[], [], []]);
    expect(await codeOf(() => ProductPlan.create(bench.context, DEFAULT_LAYOUT, wide))).toBe(
      'InvalidArgument',
    );
  });
});

describe('the plan of rows', () => {
  const limits = (bytes: number) => ({
    maxStorageBufferBindingSize: bytes,
    minStorageBufferOffsetAlignment: 256,
  });
  const F = pallasBase;

  /** What the kernels would compute, from the records alone. */
  function replay(shape: ConstraintMatrices, bytes: number, z: readonly bigint[]): (bigint | undefined)[][] {
    const { parts, dictionary } = planRows(shape, limits(bytes));
    const out = Array.from({ length: 3 }, () => Array<bigint | undefined>(shape.constraints).fill(undefined));
    for (const { outputs, inputs, records, shortRows, longRows, entries } of parts) {
      expect(records.byteLength).toBeLessThanOrEqual(bytes);
      expect(entries.byteLength).toBeLessThanOrEqual(bytes);
      expect(32 * (outputs.to - outputs.from)).toBeLessThanOrEqual(bytes);
      expect(32 * (inputs.to - inputs.from)).toBeLessThanOrEqual(bytes);
      const record = (i: number) => Array.from(records.subarray(4 * i, 4 * i + 4));
      const columns = inputs.to - inputs.from;
      const at = (j: number) => (j < columns ? z[inputs.from + j] : z[shape.variables + j - columns]);
      const sum = (from: number, middle: number, to: number, most: number) => {
        let [total, weights] = [0n, 0];
        for (let k = from; k < to; k++) {
          const [column, value] = [entries[2 * k], entries[2 * k + 1]];
          weights += k < middle ? Math.abs(value | 0) : 1;
          total += at(column) * (k < middle ? BigInt(value | 0) : dictionary[value]);
        }
        expect(weights).toBeLessThanOrEqual(MAX_WEIGHT);
        expect(to - from).toBeLessThanOrEqual(most);
        return total;
      };
      const add = (place: number, total: bigint) => {
        const row = outputs.from + (place & 0x1fffffff);
        for (const matrix of [[0], [1], [2], [0, 1]][(place >>> 29) & 3]) {
          const before = place >>> 31 === 1 ? out[matrix][row] : 0n;
          expect(out[matrix][row] === undefined).toBe(place >>> 31 === 0);
          out[matrix][row] = F.reduce(before! + total);
        }
      };
      for (let i = 0; i < shortRows; i++) {
        const [place, from, middle, to] = record(i);
        add(place, sum(from, middle, to, SHORT_ROW));
      }
      for (let i = shortRows; i < shortRows + longRows; i++) {
        const [place, first, end] = record(i);
        let total = 0n;
        for (let s = first; s < end; s++) {
          const [from, middle, to] = record(s);
          total += sum(from, middle, to, Infinity);
        }
        add(place, total);
      }
    }
    return out;
  }

  it('has every entry once, whatever the bindings hold', () => {
    fc.assert(
      fc.property(system(F), fc.constantFrom(256, 512, 768, 2 ** 20), ({ variables, rows, z }, bytes) => {
        const shape = matricesOf(F, variables, z.length - variables - 1, rows);
        expect(replay(shape, bytes, z)).toEqual(rows.map((M) => productOf(F, M, z)));
      }),
      { numRuns: 200 },
    );
  });

  it('cuts rows in segments before their digits overflow', () => {
    const weight = BigInt(SMALL) - 1n;
    const row = Array.from({ length: 1000 }, (_, i) => [i % 3, i % 2 ? weight : F.p - weight] as const);
    const shape = matricesOf(F, 2, 0, [[row], [row], [row]]);
    expect(replay(shape, 2 ** 20, [1n, F.p - 1n, 7n])).toEqual(
      [row, row, row].map((r) => productOf(F, [r], [1n, F.p - 1n, 7n])),
    );
    expect(planRows(shape, limits(2 ** 20)).counts.sums).toBe(2 * Math.ceil(1000 / 32));
  });

  it('takes two dispatches where nothing is cut, with short rows in the order of their costs', () => {
    const lengths = [40, 3, 1, 0, 7, 3, 200, 32];
    const rows = ['A', 'B', 'C'].map((name) => randomRows(F, 12, lengths, name)) as unknown as Three;
    const { parts, counts } = planRows(matricesOf(F, 11, 0, rows), limits(2 ** 20));
    expect(parts).toHaveLength(1);
    expect(counts.dispatches).toBe(2);
    const [{ records, shortRows, longRows }] = parts;
    expect([shortRows, longRows]).toEqual([17, 6]); // A and B have the empty row in common
    const costs = Array.from({ length: shortRows }, (_, i) => {
      const [, from, middle, to] = records.subarray(4 * i, 4 * i + 4);
      return [to - middle, middle - from];
    });
    expect(costs).toEqual([...costs].sort(([a, b], [c, d]) => a - c || b - d));
    expect(counts.weighted + counts.general).toBe(3 * (40 + 3 + 1 + 7 + 3 + 200 + 32));
  });

  it('computes rows that A and B share once, and nothing for single variables', () => {
    const square = [3, 40].map((n) => Array.from({ length: n }, (_, i) => [i % 7, 5n] as const));
    const variable = [[2, 1n]] as const;
    const minus = [[2, F.p - 1n]] as const;
    const none: Rows[number] = [];
    const other = square.map((row) => row.map(([j, c], i) => [j, i === 2 ? c + 1n : c] as const));
    const A = [...square, variable, none, minus, square[0]];
    const B = [...square, variable, variable, minus, other[0]];
    const C = [...other, variable, none, variable, none];
    const shape = matricesOf(F, 6, 0, [A, B, C]);
    const z = randomElements(F, 'z')(7);
    expect(replay(shape, 2 ** 20, z)).toEqual([A, B, C].map((M) => productOf(F, M, z)));
    const { sums, copied, weighted } = planRows(shape, limits(2 ** 20)).counts;
    expect(weighted).toBe(3 + 40 + 1 + 0 + 1 + 3 + (1 + 3) + (3 + 40 + 1 + 1));
    expect(sums).toBe(3 + 2 + 2);
    expect(copied).toBe(1 + 1 + 1 + 4);
    // one matrix for all three
    const same = { ...shape, B: shape.A, C: shape.A };
    expect(replay(same, 256, z)).toEqual([A, A, A].map((M) => productOf(F, M, z)));
  });
});
