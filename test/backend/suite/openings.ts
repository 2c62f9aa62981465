import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { CURVES } from '../../../src/curve/curves.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import {
  corners,
  expectCode,
  get,
  KnownKeys,
  mixed,
  mod,
  put,
  randomElements,
  sizesByField,
  type SuiteContext,
} from './tools.ts';

/** What openings of commitments ask for. */
export function openingCases(context: SuiteContext): void {
  describe('openings of commitments', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await context.make()));
    afterAll(() => engine.close());

    it.each(CURVES)('sumOfMultiples is the sum of k P on $name', async (curve) => {
      const F = curve.scalar;
      const known = new KnownKeys(curve);
      const random = randomElements(F, `sumOfMultiples ${curve.name}`);
      // scalars, and points by their logarithms: each is twice the one before and the generator
      const [k, logs] = [random(20), random(1)];
      while (logs.length < k.length) logs.push(mod(2n * logs[logs.length - 1] + 1n, F.p));
      const cases: Record<string, (readonly [x: bigint, log: bigint])[]> = {
        'no terms': [],
        ...Object.fromEntries(
          [1, 2, 13, 14, 20].map((n) => [`${n} terms`, k.slice(0, n).map((x, i) => [x, logs[i]])]),
        ),
        'zeros and identities': k.map((x, i) => [i % 3 === 0 ? 0n : x, i % 5 === 0 ? 0n : logs[i]]),
        'one point over and over': k.map((x) => [x, logs[0]]),
        'equal terms': k.map(() => [k[1], logs[0]]),
        'small and large scalars': k.map((_, i) => [i % 2 === 0 ? BigInt(i) : F.p - BigInt(i), logs[i]]),
        'terms that cancel': k.slice(10).flatMap((x, i) => [
          [x, logs[i]],
          [x, F.p - logs[i]],
        ]),
      };
      const sums = await engine.read(
        Object.values(cases).map((terms) =>
          engine.openings.sumOfMultiples(
            curve,
            terms.map(([x, log]) => [x, known.multiple(log)]),
          ),
        ),
      );
      const expected = Object.values(cases).map((terms) =>
        known.multiple(terms.reduce((sum, [x, log]) => sum + x * log, 0n)),
      );
      expect(Object.keys(cases).map((name, i) => [name, sums[i]])).toEqual(
        Object.keys(cases).map((name, i) => [name, expected[i]]),
      );
      for (const x of [F.p, -1n]) {
        const terms = [[x, curve.generator]] as const;
        await expectCode('InvalidFieldElement', () => engine.openings.sumOfMultiples(curve, terms));
      }
    });

    const byHalves = sizesByField([2, 4, 256], [16_384], context);

    it.each(byHalves)('crossInner and foldPairs over $name', async ({ F, n }) => {
      for (const size of n) {
        const half = size / 2;
        const [a, b] = [mixed(F, size, 'a'), mixed(F, size, 'b')];
        const [va, vb, out] = [put(engine, F, a), put(engine, F, b), engine.vector(F, half, 'out')];
        const dot = (x: readonly bigint[], y: readonly bigint[]) =>
          mod(
            x.reduce((sum, xi, i) => sum + xi * y[i], 0n),
            F.p,
          );
        expect(
          await engine.read([engine.openings.crossInner(va, vb), engine.openings.crossInner(va, va)]),
        ).toEqual([
          [dot(a.slice(0, half), b.slice(half)), dot(a.slice(half), b.slice(0, half))],
          [dot(a.slice(0, half), a.slice(half)), dot(a.slice(half), a.slice(0, half))],
        ]);
        for (const x of [0n, 1n, F.p - 1n, ...randomElements(F, 'x')(1)]) {
          engine.openings.foldPairs(out, va, x);
          expect(await get(engine, out)).toEqual(
            Array.from({ length: half }, (_, i) => mod(a[2 * i] + x * (a[2 * i + 1] - a[2 * i]), F.p)),
          );
        }
        engine.free(va, vb, out);
      }
    });

    it.each(byHalves)('spreadHalves writes every part of L and R over $name', async ({ F, n }) => {
      for (const size of n) {
        for (const m of new Set([2, 2 ** (Math.log2(size) >> 1), size].slice(size > 1000 ? 1 : 0))) {
          if (m < 2) continue;
          const half = m / 2;
          const [w, a] = [mixed(F, size / m, 'w'), mixed(F, m, 'a')];
          const junk = randomElements(F, 'junk')(size);
          const [L, R, vw, va] = [junk, junk, w, a].map((v) => put(engine, F, v));
          engine.openings.spreadHalves(L, R, vw, va);
          const at = (k: number, low: number, high: number) => {
            const [i, j] = [Math.floor(k / m), k % m];
            const from = j < half ? low : high;
            return from < 0 ? 0n : mod(w[i] * a[from + (j % half)], F.p);
          };
          expect(await get(engine, L)).toEqual(junk.map((_, k) => at(k, -1, 0)));
          expect(await get(engine, R)).toEqual(junk.map((_, k) => at(k, half, -1)));
          engine.free(L, R, vw, va);
        }
      }
    });

    it.each(sizesByField([0, 1, 2, 3, 255, 257], [9001], context))(
      'evaluate and quotient are those of the polynomial with these coefficients over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const a = mixed(F, size, 'a');
          const [va, out] = [put(engine, F, a), engine.vector(F, size, 'out')];
          for (const u of [...corners(F).slice(0, size > 300 ? 0 : 4), ...randomElements(F, 'u')(1)]) {
            let power = 1n;
            let value = 0n;
            for (const x of a) {
              value += x * power;
              power = mod(power * u, F.p);
            }
            value = mod(value, F.p);
            expect(await engine.read([engine.openings.evaluate(va, u)]), `u = ${u}`).toEqual([value]);
            engine.openings.quotient(out, va, u);
            const q = await get(engine, out);
            expect(q.slice(-1)).toEqual(a.slice(-1).map(() => 0n));
            // (X - u) q + a(u) = a
            expect(q.map((x, i) => mod((q[i - 1] ?? 0n) - u * x + (i === 0 ? value : 0n), F.p))).toEqual(a);
            expect(q.filter((x) => x >= F.p)).toEqual([]);
          }
          engine.free(va, out);
        }
      },
    );

    it.each(sizesByField([1, 2, 12, 64, 768], [4096, 12_288], context))(
      'quotientBinomial divides by X^m - u over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const a = mixed(F, size, 'a');
          const [va, out] = [put(engine, F, a), engine.vector(F, size, 'out')];
          const root = 2 ** Math.floor(Math.log2(size) / 2);
          for (const m of new Set(
            [1, root, size / 3, size / 2, size].filter((k) => Number.isInteger(size / k)),
          )) {
            if (!Number.isInteger(m)) continue;
            for (const u of [...corners(F).slice(0, size > 300 ? 0 : 4), ...randomElements(F, 'u')(1)]) {
              engine.openings.quotientBinomial(out, va, m, u);
              const q = await get(engine, out);
              expect(q.slice(size - m)).toEqual(a.slice(size - m).map(() => 0n));
              // (X^m - u) q + rest = a, where the rest has the coefficients a[i] + u q[i] for i < m
              const rest = q.slice(0, m).map((x, i) => mod(a[i] + u * x, F.p));
              expect(q.map((x, i) => mod((q[i - m] ?? 0n) - u * x + (rest[i] ?? 0n), F.p))).toEqual(a);
              expect(q.filter((x) => x >= F.p)).toEqual([]);
            }
          }
          // one coefficient a column: what quotient does
          const other = engine.vector(F, size, 'other');
          engine.openings.quotientBinomial(out, va, 1, 5n);
          engine.openings.quotient(other, va, 5n);
          expect(await get(engine, out)).toEqual(await get(engine, other));
          engine.free(va, out, other);
        }
      },
    );

    it('refuse vectors of other lengths or fields, outputs that are inputs, and numbers that are not canonical', async () => {
      const [F, G] = [pallasBase, vestaBase];
      const { openings, polynomials } = engine;
      const [one, two, three, four, other] = [
        put(engine, F, [1n]),
        put(engine, F, [1n, 2n]),
        put(engine, F, [1n, 2n, 3n]),
        put(engine, F, [1n, 2n, 3n, 4n]),
        put(engine, G, [1n, 2n]),
      ];
      const [L, R] = [engine.vector(F, 4, 'L'), engine.vector(F, 4, 'R')];
      const view = polynomials.prefix(four, 2);
      for (const [code, call] of [
        ['InvalidWitnessLength', () => openings.crossInner(two, four)],
        ['InvalidArgument', () => openings.crossInner(two, other)],
        ['InvalidArgument', () => openings.crossInner(three, three)],
        ['InvalidArgument', () => openings.crossInner(one, one)],
        ['InvalidWitnessLength', () => openings.spreadHalves(L, R, one, two)],
        ['InvalidWitnessLength', () => openings.spreadHalves(L, two, two, two)],
        ['InvalidArgument', () => openings.spreadHalves(L, R, four, one)],
        ['InvalidArgument', () => openings.spreadHalves(L, L, two, two)],
        ['InvalidArgument', () => openings.spreadHalves(L, four, two, view)],
        ['InvalidArgument', () => openings.spreadHalves(L, R, other, two)],
        ['InvalidWitnessLength', () => openings.foldPairs(two, two, 1n)],
        ['InvalidArgument', () => openings.foldPairs(one, three, 1n)],
        ['InvalidArgument', () => openings.foldPairs(view, four, 1n)],
        ['InvalidArgument', () => openings.foldPairs(other, four, 1n)],
        ['InvalidFieldElement', () => openings.foldPairs(two, four, F.p)],
        ['InvalidFieldElement', () => openings.evaluate(two, F.p)],
        ['InvalidWitnessLength', () => openings.quotient(two, four, 1n)],
        ['InvalidArgument', () => openings.quotient(two, two, 1n)],
        ['InvalidArgument', () => openings.quotient(two, other, 1n)],
        ['InvalidFieldElement', () => openings.quotient(two, polynomials.prefix(four, 2), -1n)],
        ['InvalidWitnessLength', () => openings.quotientBinomial(two, four, 2, 1n)],
        ['InvalidArgument', () => openings.quotientBinomial(two, two, 2, 1n)],
        ['InvalidArgument', () => openings.quotientBinomial(two, other, 2, 1n)],
        ...[0, -1, 3, 0.5, 8, NaN].map(
          (m) => ['InvalidArgument', () => openings.quotientBinomial(view, two, m, 1n)] as const,
        ),
        ['InvalidFieldElement', () => openings.quotientBinomial(view, two, 2, F.p)],
      ] as const) {
        await expectCode(code, call);
      }
      engine.free(two);
      await expectCode('ForeignHandle', () => openings.evaluate(two, 1n));
      await expectCode('ForeignHandle', () => openings.quotient(two, view, 1n));
    });
  });
}
