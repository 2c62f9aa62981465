import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { CURVES, pallas } from '../../../src/curve/curves.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import {
  corners,
  edges,
  expectCode,
  fromBytes,
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
  const { scale, curves } = context;
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

    /** Folds the key with these logarithms, h's first, and compares h and the sums with known ones. */
    async function expectFolded(keys: KnownKeys, logs: readonly number[], weights: bigint[], m: number) {
      const bases = await keys.load(engine, logs);
      const folded = await engine.openings.foldBases(bases, weights, m);
      engine.free(bases);
      expect([folded.curve, folded.length]).toEqual([keys.curve, m]);
      const points = await engine.saveBases(folded);
      expect(points.slice(0, 64)).toEqual(keys.bytes(logs.slice(0, 1)));
      for (let j = 0; j < m; j++) {
        const own = [0, ...weights.map((_, i) => logs[1 + i * m + j])];
        const { x, y } = keys.commitment(own, weights, 0n);
        expect(fromBytes(points.slice(64 * (j + 1), 64 * (j + 2))), `sum ${j}`).toEqual([x, y]);
      }
      return folded;
    }

    it.each(curves)('foldBases makes the sums of weighted generators on $name', async (curve) => {
      const keys = new KnownKeys(curve);
      const F = curve.scalar;
      const random = randomElements(F, `foldBases ${curve.name}`)(16);
      const edge = edges(F);
      const folds: Record<string, [weights: bigint[], m: number]> = {
        'one of one': [[random[0]], 1],
        'several as they are': [[1n], 3],
        negated: [[F.p - 1n], 3],
        'two, one left out': [[0n, random[1]], 2],
        '1 and -1': [[1n, F.p - 1n], 5],
        'four of random weights': [random.slice(0, 4), 3],
        'eight of small and large ones': [edge.slice(0, 8).toReversed(), 4],
        sixteen: [[1n, ...random.slice(1)], 2],
        'sixteen of equal weights': [Array.from(random, () => random[0]), 1],
        'edge by edge': [edge.slice(-15), 1],
      };
      for (const [weights, m] of Object.values(folds)) {
        const logs = Array.from({ length: 1 + weights.length * m + 2 }, (_, i) => 2 * i + 3);
        engine.free(await expectFolded(keys, logs, weights, m));
      }
    });

    it('foldBases is right for generators that are equal, opposite, or related as the weights are', async () => {
      const keys = new KnownKeys(pallas);
      const F = pallas.scalar;
      const [a, b] = randomElements(F, 'related')(2);
      for (const [logs, weights, m] of [
        [[9, 5, 5, 5, 5], [a, b], 2],
        [[9, 5, 5, 5, 5], [a, a, a, a], 1],
        [[9, 5, 7, -5, -7], [a, b], 2],
        [[9, 1, 3, 2, 6, 1, 1, 4, 4], [2n, 1n, 3n, 5n], 2],
        [[9, 1, 2, 3, 4, -3, -4], [F.p - 2n, 1n, 1n], 2],
      ] as const) {
        engine.free(await expectFolded(keys, logs, [...weights], m));
      }
    });

    it('foldBases refuses a sum that is the identity, and leaves nothing behind', async () => {
      const keys = new KnownKeys(pallas);
      const F = pallas.scalar;
      const { liveBytes } = engine.counters();
      for (const [logs, weights, m] of [
        [[9, 1, 2, 3], [0n], 3],
        [[9, 1, 2, 3, 4], [0n, 0n], 2],
        [[9, 5, 4, 5, 6], [3n, F.p - 3n], 2],
        [[9, 5, 4, -5, 6], [7n, 7n], 2],
        [[9, 4, 2, 6, 1], [1n, F.p - 2n], 2],
      ] as const) {
        const bases = await keys.load(engine, logs);
        await expectCode('InvalidCommitmentKey', () => engine.openings.foldBases(bases, weights, m));
        engine.free(bases);
      }
      expect(engine.counters().liveBytes).toBe(liveBytes);
    });

    it('folded generators are those of a commitment key, and can be folded again', async () => {
      const keys = new KnownKeys(pallas);
      const F = pallas.scalar;
      const m = Math.max(4, 128 * scale);
      const logs = Array.from({ length: 1 + 8 * m }, (_, i) => i + 2);
      const [weights, again, v] = [8, 4, m].map((n) => randomElements(F, `fold ${n}`)(n));
      const folded = await expectFolded(keys, logs, weights, m);
      const [C] = await engine.read([engine.commit(folded, put(engine, F, v), 5n)]);
      const spread = weights.flatMap((weight) => v.map((x) => mod(weight * x, F.p)));
      expect(C).toEqual(keys.commitment(logs, spread, 5n));
      const quarter = m / 4;
      const twice = await engine.openings.foldBases(folded, again, quarter);
      engine.free(folded);
      const u = v.slice(0, quarter);
      const [D] = await engine.read([engine.commit(twice, put(engine, F, u), 0n)]);
      const all = weights.flatMap((x) => again.flatMap((y) => u.map((z) => mod(x * y * z, F.p))));
      expect(D).toEqual(keys.commitment(logs, all, 0n));
      engine.free(twice);
    });

    it('foldBases is stopped by a signal, and refuses keys that are too short and what is no weight', async () => {
      const keys = new KnownKeys(pallas);
      const { p } = pallas.scalar;
      const bases = await keys.load(engine, [1, 2, 3, 4, 5]);
      const { openings } = engine;
      const { liveBytes } = engine.counters();
      const signal = AbortSignal.abort();
      for (const [code, call] of [
        ['Aborted', () => openings.foldBases(bases, [1n, 2n], 2, { signal })],
        ['InvalidCommitmentKeyLength', () => openings.foldBases(bases, [1n, 2n], 3)],
        ['InvalidCommitmentKeyLength', () => openings.foldBases(bases, [1n, 2n, 3n, 4n, 5n], 1)],
        ['InvalidFieldElement', () => openings.foldBases(bases, [1n, p], 1)],
        ['InvalidFieldElement', () => openings.foldBases(bases, [-1n], 1)],
        ['InvalidArgument', () => openings.foldBases(bases, [], 1)],
        ['InvalidArgument', () => openings.foldBases(bases, [1n], 0)],
        ['InvalidArgument', () => openings.foldBases(bases, [1n], 1.5)],
        ['InvalidArgument', () => openings.foldBases(bases, Array(1025).fill(1n), 1)],
      ] as const) {
        await expectCode(code, call);
      }
      expect(engine.counters().liveBytes).toBe(liveBytes);
      const shares: number[] = [];
      const onProgress = (share: number) => shares.push(share);
      engine.free(await openings.foldBases(bases, [1n, 2n], 2, { onProgress }));
      expect(shares).toEqual([...shares].sort((x, y) => x - y));
      engine.free(bases);
      await expectCode('ForeignHandle', () => openings.foldBases(bases, [1n], 1));
    });

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
