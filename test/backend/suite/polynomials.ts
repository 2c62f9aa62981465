import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Vec } from '../../../src/backend/backend.ts';
import type { ScaledVec } from '../../../src/backend/polynomials.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import { matricesOf, productOf, type Rows } from '../../support/matrices.ts';
import {
  corners,
  eqTable,
  expectCode,
  get,
  mixed,
  mod,
  put,
  putProducts,
  randomElements,
  sizesByField,
  type SuiteContext,
} from './tools.ts';

/** Tables of polynomials. */
export function polynomialCases(context: SuiteContext): void {
  describe('tables of polynomials', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await context.make()));
    afterAll(() => engine.close());

    const sizes = [0, 1, 2, 3, 255, 257];
    /** Everything up to a size that several threads share. */
    const bySize = sizesByField(sizes, [9001], context);
    const byHalves = sizesByField([2, 4, 64, 256], [16_384], context);

    it.each(bySize)(
      'combine is the sum of the scaled vectors and a constant over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const [a, b, c] = ['a', 'b', 'c'].map((seed) => mixed(F, size, seed));
          const short = b.slice(0, size >> 1);
          const [va, vb, vs, out] = [
            put(engine, F, a),
            put(engine, F, b),
            put(engine, F, short),
            put(engine, F, c),
          ];
          const at = (
            i: number,
            terms: readonly (readonly [bigint, readonly bigint[]])[],
            constant: bigint,
          ) =>
            mod(
              terms.reduce((sum, [x, v]) => sum + x * (v[i] ?? 0n), constant),
              F.p,
            );
          const run = async (
            terms: readonly (readonly [bigint, Vec, readonly bigint[]])[],
            constant?: bigint,
          ) => {
            const before = await get(engine, out);
            engine.polynomials.combine(
              out,
              terms.map(([x, v]): ScaledVec => ({ c: x, v })),
              constant,
            );
            const values = terms.map(([x, v, xs]) => [x, v === out ? before : xs] as const);
            expect(await get(engine, out)).toEqual(a.map((_, i) => at(i, values, constant ?? 0n)));
          };
          const [r, s, t] = randomElements(F, 'factors')(3);
          await run([[r, va, a]]);
          await run(
            [
              [1n, va, a],
              [s, vs, short],
            ],
            t,
          );
          await run(
            [
              [F.p - 1n, out, []],
              [r, vb, b],
              [s, va, a],
              [0n, va, a],
              [1n, vs, short],
            ],
            F.p - 1n,
          );
          await run([], 5n);
          await run([]);
          // more terms than a sum takes without reduction
          await run(
            Array.from({ length: 40 }, (_, k) => [F.p - 1n - BigInt(k), k % 2 ? va : vb, k % 2 ? a : b]),
          );
          engine.free(va, vb, vs, out);
        }
      },
    );

    it.each(bySize)('multiply, in place too, and invert over $name', async ({ F, n }) => {
      for (const size of n) {
        const [a, b] = [mixed(F, size, 'a'), mixed(F, size, 'b')];
        const nonZero = a.map((x) => (x === 0n ? 7n : x));
        const [va, vb, vn, out] = [
          put(engine, F, a),
          put(engine, F, b),
          put(engine, F, nonZero),
          engine.vector(F, size, 'out'),
        ];
        const { polynomials } = engine;
        polynomials.multiply(out, va, vb);
        expect(await get(engine, out)).toEqual(a.map((x, i) => mod(x * b[i], F.p)));
        polynomials.multiply(vb, va, vb);
        expect(await get(engine, vb)).toEqual(a.map((x, i) => mod(x * b[i], F.p)));

        const zero = polynomials.invert(out, va);
        const none = polynomials.invert(vb, vn);
        expect(await engine.read([zero, none])).toEqual([a.indexOf(0n), -1]);
        const inverses = await get(engine, out);
        expect(a.map((x, i) => mod(x * inverses[i], F.p))).toEqual(a.map((x) => (x === 0n ? 0n : 1n)));
        expect(inverses.filter((x) => x >= F.p)).toEqual([]);
        polynomials.multiply(vb, vn, vb);
        expect(await get(engine, vb)).toEqual(a.map(() => 1n));
        await engine.read([polynomials.invert(va, va)]);
        expect(await get(engine, va)).toEqual(inverses);
        engine.free(va, vb, vn, out);
      }
    });

    it.each(bySize)('invert says where the first zero is over $name', async ({ F, n }) => {
      for (const size of n) {
        const ones = Array.from({ length: size }, () => 1n);
        for (const at of new Set([0, size >> 1, size - 1])) {
          if (at < 0 || at >= size) continue;
          const a = ones.map((x, i) => (i >= at && (i - at) % 5 === 0 ? 0n : x));
          const v = put(engine, F, a);
          expect(await engine.read([engine.polynomials.invert(v, v)])).toEqual([at]);
          expect(await get(engine, v)).toEqual(a);
          engine.free(v);
        }
      }
    });

    it.each(bySize)('ramp and gather over $name', async ({ F, n }) => {
      for (const size of n) {
        const table = put(engine, F, mixed(F, 100, 'table'));
        const entries = await get(engine, table);
        const positions = Uint32Array.from({ length: size }, (_, i) => (i * 37 + (i >> 3)) % 100);
        const [ramp, out] = [engine.vector(F, size, 'ramp'), engine.vector(F, size, 'out')];
        const indices = engine.polynomials.indices(positions, 100);
        expect([indices.length, indices.bound]).toEqual([size, 100]);
        const wanted = Array.from(positions, (position) => entries[position]);
        positions.fill(0); // they were kept
        engine.polynomials.ramp(ramp);
        engine.polynomials.gather(out, table, indices);
        expect(await get(engine, ramp)).toEqual(wanted.map((_, i) => BigInt(i)));
        expect(await get(engine, out)).toEqual(wanted);
        engine.free(ramp, out, table, indices);
      }
    });

    it('copyRange copies a range, within a vector too, and nothing else', async () => {
      const F = pallasBase;
      const [a, b] = [mixed(F, 100, 'a'), mixed(F, 50, 'b')];
      const [va, vb] = [put(engine, F, a), put(engine, F, b)];
      const { polynomials } = engine;
      polynomials.copyRange(va, 10, vb, 20, 30);
      a.splice(10, 30, ...b.slice(20));
      expect(await get(engine, va)).toEqual(a);
      polynomials.copyRange(va, 70, va, 40, 30);
      a.splice(70, 30, ...a.slice(40, 70));
      polynomials.copyRange(va, 0, va, 1, 1);
      a[0] = a[1];
      polynomials.copyRange(va, 100, vb, 50, 0);
      expect(await get(engine, va)).toEqual(a);
      expect(await get(engine, vb)).toEqual(b);
    });

    it.each(sizesByField([0, 1, 2, 5], [13], context))(
      'tensor is the product of the entries that the bits choose over $name',
      async ({ F, n }) => {
        for (const k of n) {
          const pool = [...corners(F), ...randomElements(F, 'pairs')(2 * k)];
          const pairs = Array.from(
            { length: k },
            (_, i) => [pool[(3 * i) % pool.length], pool[pool.length - 1 - i]] as const,
          );
          const out = engine.vector(F, 2 ** k, 'out');
          engine.polynomials.tensor(out, pairs);
          expect(await get(engine, out)).toEqual(
            Array.from({ length: 2 ** k }, (_, i) =>
              pairs.reduce((x, pair, j) => mod(x * pair[(i >> (k - 1 - j)) & 1], F.p), 1n),
            ),
          );
          const x = randomElements(F, 'x')(k);
          engine.polynomials.tensor(
            out,
            x.map((xk) => [mod(1n - xk, F.p), xk]),
          );
          expect(await get(engine, out)).toEqual(eqTable(F, x));
          engine.free(out);
        }
      },
    );

    it.each(byHalves)('foldHalves combines the halves, in place too, over $name', async ({ F, n }) => {
      for (const size of n) {
        const half = size / 2;
        const a = mixed(F, size, 'a');
        const [v, out, w] = [put(engine, F, a), engine.vector(F, half, 'out'), engine.vector(F, size, 'w')];
        const [r, s] = randomElements(F, 'r')(2);
        for (const [c0, c1] of [
          [r, s],
          [mod(1n - r, F.p), r],
          [1n, 1n],
          [0n, 1n],
          [1n, 0n],
          [2n, F.p - 1n],
          [F.p - 1n, F.p - 1n],
          [0n, 0n],
        ].slice(0, size > 1000 ? 3 : undefined)) {
          const wanted = a.slice(0, half).map((x, i) => mod(c0 * x + c1 * a[half + i], F.p));
          engine.polynomials.foldHalves(out, v, c0, c1);
          expect(await get(engine, out), `(${c0}, ${c1})`).toEqual(wanted);
          engine.copy(w, v);
          engine.polynomials.foldHalves(engine.polynomials.prefix(w, half), w, c0, c1);
          expect(await get(engine, w)).toEqual([...wanted, ...a.slice(half)]);
        }
        engine.free(v, out, w);
      }
    });

    it.each(sizesByField([1, 40], [3000], context))(
      'transposed is x^T (cA A + cB B + cC C), and agrees with the products, over $name',
      async ({ F, n }) => {
        for (const rows of n) {
          const [variables, io] = [Math.ceil(rows * 0.7), 2];
          const columns = variables + 1 + io;
          const random = randomElements(F, 'matrices');
          const coefficients = [1n, F.p - 1n, 1n, 3n, F.p - 5n, 32767n, 32768n, F.p - 32768n, ...random(3)];
          let state = 1;
          const draw = (bound: number) => (state = (state * 48_271) % 0x7fffffff) % bound;
          const matrix = (most: number): Rows =>
            Array.from({ length: rows }, (_, i) =>
              // a column that many rows share, rows without entries, entries of one row in the same column
              i % 7 === 3
                ? []
                : Array.from({ length: draw(most) }, (_, k): [number, bigint] => [
                    k === 0 ? variables : draw(columns - (k % 3)),
                    coefficients[draw(coefficients.length)],
                  ]),
            );
          const M = [matrix(6), matrix(3), matrix(40)] as const;
          const shape = matricesOf(F, variables, io, M);
          const handle = engine.matrices(shape);
          const x = mixed(F, rows, 'x');
          const [vx, out] = [put(engine, F, x), engine.vector(F, columns, 'out')];
          const [cA, cB, cC] = random(3);
          const z = random(columns);
          const p = putProducts(engine, F, rows);
          engine.products(
            p,
            handle,
            put(engine, F, z.slice(0, variables)),
            z[variables],
            z.slice(variables + 1),
          );
          const Mz = await Promise.all([p.AZ, p.BZ, p.CZ].map((v) => get(engine, v)));
          expect(Mz).toEqual(M.map((m) => productOf(F, m, z)));

          for (const c of [
            [cA, cB, cC],
            [1n, 0n, 0n],
            [0n, F.p - 1n, 0n],
            [0n, 0n, 1n],
            [1n, 1n, 1n],
          ] as [bigint, bigint, bigint][]) {
            engine.polynomials.transposed(out, handle, vx, c);
            const wanted = Array.from({ length: columns }, () => 0n);
            M.forEach((m, k) =>
              m.forEach((row, i) =>
                row.forEach(([column, y]) => (wanted[column] = mod(wanted[column] + c[k] * x[i] * y, F.p))),
              ),
            );
            const got = await get(engine, out);
            expect(got).toEqual(wanted);
            const dot = (a: readonly bigint[], b: readonly bigint[]) =>
              mod(
                a.reduce((sum, y, i) => sum + y * b[i], 0n),
                F.p,
              );
            const Mzc = x.map((_, i) => c[0] * Mz[0][i] + c[1] * Mz[1][i] + c[2] * Mz[2][i]);
            expect(dot(got, z)).toBe(dot(x, Mzc));
          }
          const { liveBytes, allocations } = engine.counters();
          engine.polynomials.transposed(out, handle, vx, [cA, cB, cC]);
          await engine.read([]);
          expect(engine.counters()).toMatchObject({ liveBytes, allocations });
          engine.free(handle, vx, out, p.AZ, p.BZ, p.CZ);
        }
      },
    );

    it('refuse arguments that make no sense', async () => {
      const [F, G] = [pallasBase, vestaBase];
      const { polynomials } = engine;
      const [one, two, four, other] = [
        put(engine, F, [1n]),
        put(engine, F, [1n, 2n]),
        put(engine, F, [1n, 2n, 3n, 4n]),
        put(engine, G, [1n, 2n]),
      ];
      const three = put(engine, F, [1n, 2n, 3n]);
      const prefix = polynomials.prefix(four, 2);
      const indices = polynomials.indices(Uint32Array.of(0, 1), 2);
      const rows: Rows = [[[0, 1n]], [[1, 2n]]];
      const M = engine.matrices(matricesOf(F, 2, 1, [rows, rows, rows]));
      for (const [code, call] of [
        ['InvalidArgument', () => polynomials.prefix(two, 3)],
        ['InvalidArgument', () => polynomials.prefix(two, -1)],
        ['InvalidArgument', () => polynomials.prefix(two, 1.5)],
        ['InvalidArgument', () => polynomials.prefix(prefix, 3)],
        ['InvalidIndex', () => polynomials.indices(Uint32Array.of(0, 2), 2)],
        ['InvalidArgument', () => polynomials.indices(Uint32Array.of(0), -1)],
        ['InvalidArgument', () => polynomials.indices([0] as unknown as Uint32Array, 1)],
        ['InvalidArgument', () => polynomials.copyRange(two, 0, four, 3, 2)],
        ['InvalidArgument', () => polynomials.copyRange(two, 1, four, 0, 2)],
        ['InvalidArgument', () => polynomials.copyRange(two, -1, four, 0, 1)],
        ['InvalidArgument', () => polynomials.copyRange(two, 0, four, 0.5, 1)],
        ['InvalidArgument', () => polynomials.copyRange(four, 0, four, 1, 2)],
        ['InvalidArgument', () => polynomials.copyRange(four, 1, prefix, 0, 2)],
        ['InvalidArgument', () => polynomials.copyRange(two, 0, other, 0, 1)],
        ['InvalidWitnessLength', () => polynomials.combine(two, [{ c: 1n, v: four }])],
        ['InvalidArgument', () => polynomials.combine(two, [{ c: 1n, v: other }])],
        ['InvalidFieldElement', () => polynomials.combine(two, [{ c: F.p, v: two }])],
        ['InvalidFieldElement', () => polynomials.combine(two, [], -1n)],
        ['InvalidWitnessLength', () => polynomials.multiply(two, four, four)],
        ['InvalidArgument', () => polynomials.multiply(two, two, other)],
        ['InvalidWitnessLength', () => polynomials.invert(two, four)],
        ['InvalidArgument', () => polynomials.invert(two, other)],
        ['InvalidWitnessLength', () => polynomials.gather(four, two, indices)],
        ['InvalidArgument', () => polynomials.gather(two, one, indices)],
        ['InvalidArgument', () => polynomials.gather(two, two, indices)],
        ['InvalidArgument', () => polynomials.gather(prefix, four, indices)],
        ['InvalidArgument', () => polynomials.gather(other, four, indices)],
        ['InvalidWitnessLength', () => polynomials.tensor(three, [[1n, 1n]])],
        ['InvalidFieldElement', () => polynomials.tensor(two, [[1n, F.p]])],
        ['InvalidWitnessLength', () => polynomials.foldHalves(four, four, 1n, 1n)],
        ['InvalidArgument', () => polynomials.foldHalves(one, three, 1n, 1n)],
        ['InvalidArgument', () => polynomials.foldHalves(one, one, 1n, 1n)],
        ['InvalidArgument', () => polynomials.foldHalves(other, four, 1n, 1n)],
        ['InvalidFieldElement', () => polynomials.foldHalves(two, four, F.p, 1n)],
        ['InvalidFieldElement', () => polynomials.foldHalves(two, four, 1n, -1n)],
        ['InvalidWitnessLength', () => polynomials.transposed(two, M, two, [1n, 1n, 1n])],
        ['InvalidWitnessLength', () => polynomials.transposed(four, M, four, [1n, 1n, 1n])],
        ['InvalidArgument', () => polynomials.transposed(four, M, other, [1n, 1n, 1n])],
        ['InvalidArgument', () => polynomials.transposed(four, M, prefix, [1n, 1n, 1n])],
        ['InvalidFieldElement', () => polynomials.transposed(four, M, two, [1n, F.p, 1n])],
      ] as const) {
        await expectCode(code, call);
      }
      expect(await get(engine, four)).toEqual([1n, 2n, 3n, 4n]);
    });
  });
}
