import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Costs, cut, type Part } from '../../../src/backend/wasm/commitments.ts';

const [c, windows] = [8, 33];
const BUCKETS = 2 ** c;

/** A table for every window is one group; so are the five sets of seven tables; without tables, each window's set is one. */
const STRIDES = [1, 5, windows];

/** The costs of multiplications whose scalars are zeros, ones, small numbers or large ones: 0, 1, 2, 3. */
function costsOf(stride: number, kinds: readonly number[]): Costs {
  const u32 = new Uint32Array(16 + 8 * kinds.length);
  kinds.forEach((kind, i) => {
    u32[16 + 8 * i] = [0, 1, 2 ** (c - 1), 5][kind];
    if (kind === 3) u32[16 + 8 * i + 7] = 1;
  });
  const table = { curve: 'pallas', address: 0, bases: 1e6, c, windows, stride };
  return new Costs({ table, scalars: 64, length: kinds.length }, u32);
}

function repeat(n: number, kind: number): number[] {
  return Array<number>(n).fill(kind);
}

/** Digits of a part, by what its scalars are. */
function digitsOf(
  stride: number,
  all: readonly (readonly number[])[],
  { of, sets: [first, end], from, to }: Part,
): number {
  const own = Array.from({ length: windows }, (_, w) => w % stride).filter(
    (set) => first <= set && set < end,
  );
  return all[of]
    .slice(from, to)
    .reduce((sum, kind) => sum + (kind === 3 ? own.length : Number(kind > 0 && first === 0)), 0);
}

/** What each of the threads does if it takes the next part when it is free. */
function loadsOf(
  stride: number,
  threads: number,
  all: readonly (readonly number[])[],
  parts: readonly Part[],
): number[] {
  const loads = repeat(threads, 0);
  for (const part of parts) {
    const digits = digitsOf(stride, all, part);
    const buckets = Math.min(3 * digits, (part.sets[1] - part.sets[0]) * BUCKETS);
    loads[loads.indexOf(Math.min(...loads))] += digits + buckets;
  }
  return loads;
}

describe.each(STRIDES)('multiplications with %i sets of buckets', (stride) => {
  const run = fc.tuple(fc.nat(3), fc.nat(700));
  const multiplications = fc.array(
    fc.array(run, { maxLength: 6 }).map((runs) => runs.flatMap(([kind, n]) => repeat(n, kind))),
    { minLength: 1, maxLength: 6 },
  );
  const threadCount = fc.integer({ min: 1, max: 9 });
  const groups = stride === windows ? windows : 1;

  it('cost nothing for zero, one addition for what fits in a window, and one for each window else', () => {
    for (const [kind, digits] of [0, 1, 1, windows].entries()) {
      for (const n of [1, 3]) {
        const m = costsOf(stride, repeat(n, kind));
        const each = m.groups.map((_, group) => m.digits(group));
        expect(each.reduce((sum, d) => sum + d)).toBe(n * digits);
        expect(each[0]).toBe(n * (kind === 3 ? windows / groups : digits));
        expect(m.groups.map((_, group) => m.digits(group, 0))).toEqual(each);
      }
    }
    expect(costsOf(stride, []).total).toBe(0);
    const beyond = new Uint32Array(8);
    beyond[0] = 2 ** (c - 1) + 1;
    const table = { curve: 'pallas', address: 0, bases: 1e6, c, windows, stride };
    expect(new Costs({ table, scalars: 0, length: 1 }, beyond).digits(0)).toBe(windows / groups);
  });

  it('cost what sums their buckets, too, which is less where most are empty', () => {
    expect(costsOf(stride, [3]).total).toBe(windows + Math.min(3 * windows, stride * BUCKETS));
    expect(costsOf(stride, repeat(2000, 3)).total).toBe(2000 * windows + stride * BUCKETS);
  });

  it('have parts that follow one another and cover all scalars, for every set', () => {
    fc.assert(
      fc.property(multiplications, threadCount, fc.constantFrom(3000, 1e6), (all, threads, most) => {
        const costs = all.map((kinds) => costsOf(stride, kinds));
        const parts = cut(costs, threads, most);
        const wrong = all.flatMap((kinds, of) =>
          Array.from({ length: stride }, (_, set) => set).filter((set) => {
            const own = parts
              .filter((part) => part.of === of && part.sets[0] <= set && set < part.sets[1])
              .toSorted((a, b) => a.from - b.from || a.to - b.to);
            const starts = own.map(({ from }) => from);
            const ends = [0, ...own.map(({ to }) => to)];
            // the blind belongs to the one part that begins with the first scalar
            const blinds = starts.filter((from) => from === 0).length;
            return blinds !== 1 || ends.pop() !== kinds.length || starts.some((from, i) => from !== ends[i]);
          }),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('keep all threads busy, and no part has more digits than it may', () => {
    fc.assert(
      fc.property(multiplications, threadCount, fc.constantFrom(5000, 1e6), (all, threads, most) => {
        const costs = all.map((kinds) => costsOf(stride, kinds));
        const parts = cut(costs, threads, most);
        const digits = parts.map((part) => digitsOf(stride, all, part));
        expect(Math.max(...digits)).toBeLessThanOrEqual(most + 64 * windows);
        const loads = loadsOf(stride, threads, all, parts);
        const total = loads.reduce((sum, load) => sum + load);
        const own = (stride / groups) * BUCKETS;
        expect(Math.max(...loads)).toBeLessThanOrEqual(
          (1.5 * total) / threads + 4096 + 3 * own + 64 * windows,
        );
      }),
    );
  });

  it('are one part each if they are small, and shared evenly if there is a large one', () => {
    const small = Array.from({ length: 3 }, () => costsOf(stride, repeat(5, 3)));
    expect(cut(small, 4, 1e6)).toHaveLength(3);
    const large = [repeat(6400, 3)];
    for (const threads of [1, 2, 4, 8]) {
      const parts = cut(
        large.map((kinds) => costsOf(stride, kinds)),
        threads,
        1e6,
      );
      // with many sets a share is a part of one, whole ones, and a part of one
      expect(parts.length).toBeLessThanOrEqual(groups === 1 ? threads : 3 * threads);
      const even = (6400 * windows + stride * BUCKETS) / threads;
      expect(Math.max(...loadsOf(stride, threads, large, parts))).toBeLessThan(1.1 * even + stride * BUCKETS);
    }
  });

  it('are cut where the work is', () => {
    // ones have a digit in set 0 alone
    const kinds = [...repeat(40_000, 1), ...repeat(300, 3)];
    const ends = cut([costsOf(stride, kinds)], 2, 1e6).map(({ to }) => to);
    expect(Math.min(...ends)).toBeGreaterThan(24_000);
    expect(Math.min(...ends)).toBeLessThan(groups === 1 ? 27_000 : 32_000);
  });
});
