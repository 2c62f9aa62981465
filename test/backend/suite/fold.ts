import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import {
  corners,
  edges,
  expectCode,
  fromBytes,
  get,
  mod,
  put,
  putProducts,
  randomElements,
  type SuiteContext,
} from './tools.ts';

/** All pairs of the edge elements, as two vectors. */
function edgePairs(F: PrimeField): [a: bigint[], b: bigint[]] {
  const xs = edges(F);
  return [xs.flatMap((x) => xs.map(() => x)), xs.flatMap(() => xs)];
}

/** Element-wise operations. */
export function foldCases({ make, scale, fields }: SuiteContext): void {
  describe('element-wise operations', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    it.each(fields)(
      'addScaled is a + r b for every pair of edge elements of $name, and r at the corners',
      async (F) => {
        const [a, b] = edgePairs(F);
        const [A, B] = [put(engine, F, a), put(engine, F, b)];
        const rs = [...corners(F), ...randomElements(F, 'r')(2)];
        const outs = rs.map((r) => {
          const out = engine.vector(F, a.length, 'out');
          engine.addScaled(out, A, r, B);
          return out;
        });
        const sums = await engine.read(outs.map((out) => engine.download(out)));
        for (const [i, r] of rs.entries()) {
          expect(fromBytes(sums[i]), `r = ${r}`).toEqual(a.map((x, k) => mod(x + r * b[k], F.p)));
        }
        engine.free(A, B, ...outs);
      },
    );

    it.each([0, 1, 255, 257, Math.ceil(5000 * scale)])('addScaled takes %d elements', async (n) => {
      const F = pallasBase;
      const random = randomElements(F, 'addScaled');
      const [a, b, [r]] = [random(n), random(n), random(1)];
      const out = engine.vector(F, n, 'out');
      engine.addScaled(out, put(engine, F, a), r, put(engine, F, b));
      expect(await get(engine, out)).toEqual(a.map((x, i) => mod(x + r * b[i], F.p)));
    });

    it('addScaled takes one vector as both inputs', async () => {
      const F = pallasBase;
      const [v, out] = [put(engine, F, [1n, F.p - 1n]), engine.vector(F, 2, 'out')];
      engine.addScaled(out, v, 2n, v);
      expect(await get(engine, out)).toEqual([3n, F.p - 3n]);
    });

    it('copy and clear write all of a vector and nothing else', async () => {
      const F = pallasBase;
      const xs = randomElements(F, 'copy')(300);
      const [a, b, c] = [put(engine, F, xs), put(engine, F, xs.toReversed()), put(engine, F, xs)];
      engine.copy(b, a);
      engine.clear(c);
      expect(await get(engine, a)).toEqual(xs);
      expect(await get(engine, b)).toEqual(xs);
      expect(await get(engine, c)).toEqual(xs.map(() => 0n));
      engine.clear(a);
      expect(await get(engine, b)).toEqual(xs);
    });

    it.each(fields)('crossTerm is AZ1 BZ2 + AZ2 BZ1 - u1 CZ2 - CZ1 over $name', async (F) => {
      const [a, b] = edgePairs(F);
      const random = randomElements(F, 'cross');
      const p1 = [a, b, random(a.length)];
      const p2 = [b.toReversed(), a.toReversed(), edges(F).flatMap(() => edges(F).toReversed())];
      const running = putProducts(engine, F, p1);
      const fresh = putProducts(engine, F, p2);
      const T = engine.vector(F, a.length, 'T');
      for (const u1 of [0n, 1n, F.p - 1n, ...random(1)]) {
        engine.crossTerm(T, running, u1, fresh);
        expect(await get(engine, T)).toEqual(
          a.map((_, i) => mod(p1[0][i] * p2[1][i] + p2[0][i] * p1[1][i] - u1 * p2[2][i] - p1[2][i], F.p)),
        );
      }
    });

    it.each([0, 1, 3, 257, Math.ceil(5000 * scale)])(
      'firstUnsatisfied accepts %d rows and finds each broken one',
      async (n) => {
        const F = vestaBase;
        const random = randomElements(F, 'check');
        const [[u], az, bz, cz] = [random(1), random(n), random(n), random(n)];
        const e = az.map((x, i) => mod(x * bz[i] - u * cz[i], F.p));
        const p = putProducts(engine, F, [az, bz, cz]);
        const E = put(engine, F, e);
        expect(await engine.read([engine.firstUnsatisfied(p, u, E)])).toEqual([-1]);

        const rows = [...new Set([0, 1, n >> 1, n - 1])].filter((i) => i >= 0 && i < n);
        for (const i of rows) {
          const broken = put(
            engine,
            F,
            e.map((x, k) => (k >= i && (k - i) % 2 === 0 ? mod(x + 1n, F.p) : x)),
          );
          expect(await engine.read([engine.firstUnsatisfied(p, u, broken)])).toEqual([i]);
          if (n > 1)
            expect(await engine.read([engine.firstUnsatisfied(p, mod(u + 1n, F.p), E)])).toEqual([0]);
        }
      },
    );

    it('firstUnsatisfied without E takes it for zero', async () => {
      const F = vestaBase;
      const [az, bz, u] = [[2n, F.p - 1n, 0n, 5n], [3n, F.p - 1n, 7n, 1n], 2n];
      const half = (x: bigint) => mod(x * ((F.p + 1n) / 2n), F.p);
      const cz = az.map((x, i) => half(x * bz[i]));
      expect(await engine.read([engine.firstUnsatisfied(putProducts(engine, F, [az, bz, cz]), u)])).toEqual([
        -1,
      ]);
      cz[3] = mod(cz[3] + 1n, F.p);
      const p = putProducts(engine, F, [az, bz, cz]);
      const zero = engine.vector(F, 4, 'E');
      expect(await engine.read([engine.firstUnsatisfied(p, u), engine.firstUnsatisfied(p, u, zero)])).toEqual(
        [3, 3],
      );
    });

    it('refuse vectors of other lengths or fields, scalars that are not canonical, and outputs that are inputs', async () => {
      const [F, G] = [pallasBase, vestaBase];
      const [v, w, long, other] = [
        put(engine, F, [1n]),
        put(engine, F, [2n]),
        put(engine, F, [1n, 2n]),
        put(engine, G, [1n]),
      ];
      const [p, q] = [putProducts(engine, F, 1), putProducts(engine, F, 1)];
      for (const call of [
        () => engine.addScaled(v, w, 1n, long),
        () => engine.addScaled(v, long, 1n, w),
        () => engine.addScaled(long, v, 1n, w),
        () => engine.copy(long, v),
        () => engine.crossTerm(long, p, 1n, q),
        () => engine.crossTerm(v, { ...p, CZ: long }, 1n, q),
        () => engine.firstUnsatisfied({ ...p, BZ: long }, 1n),
        () => engine.firstUnsatisfied(p, 1n, long),
      ]) {
        await expectCode('InvalidWitnessLength', call);
      }
      for (const call of [
        () => engine.addScaled(v, w, 1n, other),
        () => engine.copy(other, v),
        () => engine.crossTerm(other, p, 1n, q),
        () => engine.firstUnsatisfied(p, 1n, other),
        () => engine.addScaled(v, v, 1n, w),
        () => engine.addScaled(v, w, 1n, v),
        () => engine.copy(v, v),
        () => engine.crossTerm(p.AZ, p, 1n, q),
        () => engine.crossTerm(q.CZ, p, 1n, q),
      ]) {
        await expectCode('InvalidArgument', call);
      }
      for (const x of [F.p, F.p + 1n, -1n]) {
        await expectCode('InvalidFieldElement', () => engine.addScaled(v, w, x, w));
        await expectCode('InvalidFieldElement', () => engine.crossTerm(v, p, x, q));
        await expectCode('InvalidFieldElement', () => engine.firstUnsatisfied(p, x));
      }
      expect(await get(engine, v)).toEqual([1n]);
    });
  });
}
