import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Costs, cut } from '../../../src/backend/wasm/commitments.ts';

const [c, windows] = [8, 33];
const table = { curve: 'pallas', address: 0, bases: 1e6, c, windows, stride: 1 };
const FIXED = 2 ** c;

/** The costs of multiplications whose scalars are zeros, ones, small numbers or large ones: 0, 1, 2, 3. */
function costsOf(kinds: readonly number[]): Costs {
  const u32 = new Uint32Array(16 + 8 * kinds.length);
  kinds.forEach((kind, i) => {
    u32[16 + 8 * i] = [0, 1, 2 ** (c - 1), 5][kind];
    if (kind === 3) u32[16 + 8 * i + 7] = 1;
  });
  return new Costs({ table, scalars: 64, length: kinds.length }, u32);
}

describe('the costs of a multiplication', () => {
  it('are nothing for zero, one addition for what fits in a window, and one for each window else', () => {
    for (const [kind, cost] of [0, 1, 1, windows].entries()) {
      expect(costsOf([kind]).total).toBe(cost);
      expect(costsOf([kind, kind, kind]).blocks).toEqual(Float64Array.of(3 * cost));
    }
    expect(costsOf([]).total).toBe(0);
    expect(costsOf([1]).fixed).toBe(FIXED);
    const [low] = [costsOf([2])];
    const beyond = new Uint32Array(8);
    beyond[0] = 2 ** (c - 1) + 1;
    expect([low.total, new Costs({ table, scalars: 0, length: 1 }, beyond).total]).toEqual([1, windows]);
  });
});

describe('multiplications that are cut up', () => {
  const run = fc.tuple(fc.nat(3), fc.nat(700));
  const multiplications = fc.array(
    fc.array(run, { maxLength: 6 }).map((runs) => runs.flatMap(([kind, n]) => Array<number>(n).fill(kind))),
    { minLength: 1, maxLength: 6 },
  );

  it('have parts that follow one another and cover all', () => {
    fc.assert(
      fc.property(
        multiplications,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(3000, 1e6),
        (all, threads, most) => {
          const parts = cut(all.map(costsOf), threads, most);
          all.forEach((kinds, of) => {
            const own = parts
              .filter((part) => part.of === of)
              .toSorted((a, b) => a.from - b.from || a.to - b.to);
            expect(own[0].from).toBe(0);
            expect(own.at(-1)!.to).toBe(kinds.length);
            own.forEach((part, i) => expect(part.to).toBe(own[i + 1]?.from ?? kinds.length));
          });
        },
      ),
    );
  });

  it('keep all threads busy, and no part is larger than it may be', () => {
    fc.assert(
      fc.property(
        multiplications,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(3000, 1e6),
        (all, threads, most) => {
          const parts = cut(all.map(costsOf), threads, most);
          const loads = new Float64Array(threads);
          for (const { of, from, to } of parts) {
            const cost = costsOf(all[of].slice(from, to)).total;
            expect(cost).toBeLessThanOrEqual(most + 64 * windows);
            // each thread takes the next part when it is free
            loads[loads.indexOf(Math.min(...loads))] += cost + FIXED;
          }
          const total = all.reduce((sum, kinds) => sum + costsOf(kinds).total + FIXED, 0);
          const share = (total + parts.length * FIXED) / threads;
          expect(Math.max(...loads)).toBeLessThanOrEqual(1.5 * share + 3 * FIXED + 64 * windows);
        },
      ),
    );
  });

  it('are one part each if they are small, and as many as there are threads if there is one large one', () => {
    const small = Array.from({ length: 3 }, () => costsOf(Array<number>(5).fill(3)));
    expect(cut(small, 4, 1e6)).toHaveLength(3);
    const large = costsOf(Array<number>(6400).fill(3));
    for (const threads of [1, 2, 4, 8]) {
      const parts = cut([large], threads, 1e6);
      expect(parts).toHaveLength(threads);
      for (const { from, to } of parts)
        expect(Math.abs(to - from - 6400 / threads)).toBeLessThanOrEqual(64 * threads);
    }
  });

  it('are cut where the work is', () => {
    const kinds = Array.from({ length: 4096 }, (_, i) => (i < 2048 ? 1 : 3));
    const ends = cut([costsOf(kinds)], 2, 1e6).map(({ to }) => to);
    expect(Math.min(...ends)).toBeGreaterThan(2900);
    expect(Math.min(...ends)).toBeLessThan(3200);
  });
});
