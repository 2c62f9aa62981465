import { beforeAll, describe, expect, it } from 'vitest';
import { msm } from '../../../src/backend/reference/msm.ts';
import type { Geometry } from '../../../src/backend/wasm/geometry.ts';
import { DEFAULT_LAYOUT, LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import type { MsmBases } from '../../../src/backend/webgpu/msm/bases.ts';
import { additionCosts } from '../../../src/backend/webgpu/msm/costs.ts';
import { centredWindows } from '../../../src/backend/webgpu/msm/geometry.ts';
import { MsmKernels } from '../../../src/backend/webgpu/msm/kernels.ts';
import { type MsmOptions, MsmPlan } from '../../../src/backend/webgpu/msm.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { codeOf } from '../../support/error.ts';
import { EVERYTHING, GPU_CURVES } from '../../support/extent.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { randomSource } from '../wasm/random.ts';
import { type Known, MsmBench, related, unrelated } from './msm-bench.ts';

const shared = await sharedContext();

type Pattern = (q: bigint, random: () => bigint, i: number) => bigint;

const SCALARS = {
  zeros: () => 0n,
  ones: () => 1n,
  'a single one': (_q, _random, i) => (i === 0 ? 1n : 0n),
  'minus ones': (q) => q - 1n,
  'equal values': (q) => q / 3n,
  bits: (_q, random) => random() & 1n,
  small: (_q, random) => random() & 0xffffn,
  'small of either sign': (q, random) => (q + (random() & 0xffn) - 128n) % q,
  'x and -x': (q, _random, i) => ((i & 1) === 0 ? q / 5n - BigInt(i) : q - (q / 5n - BigInt(i - 1))),
  'edges of centring': (q, _random, i) => (q - 1n) / 2n + BigInt((i % 4) - 1),
  'powers of two': (q, _random, i) => (1n << BigInt(i % 256)) % q,
  'below powers of two': (q, _random, i) => ((1n << BigInt(i % 256)) + q - 1n) % q,
  sparse: (q, random, i) => (i % 37 === 5 ? random() % q : 0n),
  random: (q, random) => random() % q,
} as const satisfies Record<string, Pattern>;

const SIZES = EVERYTHING ? [0, 1, 2, 3, 7, 37, 128, 237, 255, 256, 257] : [0, 1, 2, 3, 7, 33, 64];
/** The longest sum of the others. */
const LONG = EVERYTHING ? 250 : 50;

let cases = 0;

describe.skipIf(shared === undefined)('MSM on a GPU', () => {
  const context = shared!;
  const source = randomSource('webgpu msm');
  const random = () => source.int(320);
  // compilers take seconds for a curve, and use several threads
  beforeAll(() => Promise.all(GPU_CURVES.map((curve) => MsmKernels.compile(context, curve, DEFAULT_LAYOUT))));

  describe('over pallas', () => {
    const q = pallas.scalar.p;
    let bench: MsmBench;
    let known: Known;
    let bases: MsmBases;
    beforeAll(async () => {
      bench = await MsmBench.open(context, pallas);
      known = unrelated(pallas, 1 + Math.max(...SIZES, LONG, 100));
      bases = await bench.bases(known);
    });

    it.each(Object.entries(SCALARS))('is right for scalars that are %s', async (_, pattern: Pattern) => {
      const sums = SIZES.map((n) => ({
        plan: bench.plan(bases, [n]),
        scalars: [Array.from({ length: n }, (_, i) => pattern(q, random, i))],
        blinds: [n % 3 === 0 ? 0n : random() % q],
      }));
      const got = await bench.run(sums);
      sums.forEach(({ scalars, blinds }, i) => {
        const want = bench.expected(known, scalars[0]!, blinds[0]!);
        expect(got[i], `${source.seed}, n = ${SIZES[i]}`).toEqual([want]);
        cases++;
      });
    });

    it('computes several sums of different lengths together', async () => {
      for (const lengths of [
        [5, LONG],
        [64, 0, 63],
        [1, 1],
      ]) {
        const scalars = lengths.map((n) => Array.from({ length: n }, () => random() % q));
        const blinds = lengths.map(() => random() % q);
        const [got] = await bench.run([{ plan: bench.plan(bases, lengths), scalars, blinds }]);
        expect(got, source.seed).toEqual(scalars.map((xs, i) => bench.expected(known, xs, blinds[i]!)));
        cases += lengths.length;
      }
    });

    it('agrees with the reference engine', async () => {
      const scalars = Array.from({ length: 100 }, () => random() % q);
      const [got] = await bench.run([{ plan: bench.plan(bases, [100]), scalars: [scalars], blinds: [3n] }]);
      const points = known.points.slice(0, 101);
      const work = msm(pallas, { x: points.map((P) => P.x), y: points.map((P) => P.y) }, [3n, ...scalars]);
      let piece = work.next();
      while (piece.done !== true) piece = work.next();
      expect(got).toEqual([piece.value]);
    });

    const OPTIONS: Record<string, MsmOptions> = {
      'windows of a different width': { geometry: plain(4) },
      'wide windows': { geometry: plain(9) },
      'one addition an inversion': { batch: 1, busy: 1000 },
      'all additions in one workgroup': { batch: 1000, busy: 1 },
      'passes over some sets': { geometry: plain(6), workBytes: 300_000 },
      'passes over some scalars of one set': { geometry: plain(5), workBytes: 6000 },
    };

    it.each(Object.entries(OPTIONS))('is right with %s', async (_, options) => {
      for (const n of EVERYTHING ? [1, 100, LONG] : [LONG]) {
        const plan = bench.plan(bases, [n, 7], options);
        const scalars = [n, 7].map((m) => Array.from({ length: m }, () => random() % q));
        const blinds = [random() % q, random() % q];
        const [got] = await bench.run([{ plan, scalars, blinds }]);
        expect(got, source.seed).toEqual(scalars.map((xs, i) => bench.expected(known, xs, blinds[i]!)));
        cases += 2;
      }
    });

    const RELATED: Record<string, (i: number) => number> = {
      'all equal': () => 1,
      'P and -P in turn': (i) => (i % 2 === 0 ? 1 : -1),
      'the identity here and there': (i) => (i % 3 === 1 ? 0 : i + 1),
      'all the identity': () => 0,
      'P, 2P, 3P, -P, -2P, -3P': (i) => [1, 2, 3, -1, -2, -3][i % 6]!,
      'multiples in a row': (i) => i + 1,
    };

    it.each(Object.entries(RELATED))('is complete: bases are %s', async (_, log) => {
      const sizes = EVERYTHING ? [2, 3, 70] : [2, 19];
      const n = Math.max(...sizes);
      const relatives = related(
        pallas,
        Array.from({ length: n + 1 }, (_, i) => log(i)),
      );
      const ours = await bench.bases(relatives);
      const sums = (
        ['ones', 'minus ones', 'equal values', 'small of either sign', 'x and -x', 'random'] as const
      )
        .flatMap((name) => sizes.map((m) => [name, m] as const))
        .map(([name, m]) => ({
          plan: bench.plan(ours, [m]),
          scalars: [Array.from({ length: m }, (_, i) => (SCALARS[name] as Pattern)(q, random, i))],
          blinds: [m === 2 ? 1n : 0n],
        }));
      const got = await bench.run(sums);
      sums.forEach(({ scalars, blinds }, i) => {
        expect(got[i], source.seed).toEqual([bench.expected(relatives, scalars[0]!, blinds[0]!)]);
        cases++;
      });
    });

    it.each([
      ['a table for every window', 7, 1],
      ['tables for two sets of windows', 6, 2],
      ['one table more', 5, 30],
    ])('is right with %s', async (_, c, stride) => {
      const geometry = { c, stride, windows: centredWindows(pallas, c) };
      const few = { logs: known.logs.slice(0, 51), points: known.points.slice(0, 51) };
      const shifted = await bench.bases(few, geometry);
      expect(shifted.geometry).toEqual(geometry);
      for (const [n, workBytes] of [
        [50, 2 ** 24],
        [13, 2 ** 24],
        [50, 12_000],
        [50, 5000],
      ] as const) {
        const plan = bench.plan(shifted, [n], { workBytes, geometry });
        const scalars = Array.from({ length: n }, () => random() % q);
        const [got] = await bench.run([{ plan, scalars: [scalars], blinds: [5n] }]);
        expect(got, `${source.seed}, n = ${n}, ${workBytes} bytes`).toEqual([
          bench.expected(few, scalars, 5n),
        ]);
        cases++;
      }
      shifted.destroy();
    });

    it.skipIf(!EVERYTHING)(
      'takes tables only where they save work, and only those that there are',
      async () => {
        const geometry = { c: 11, stride: 1, windows: centredWindows(pallas, 11) };
        const few = { logs: known.logs.slice(0, 101), points: known.points.slice(0, 101) };
        const shifted = await bench.bases(few, geometry);
        const plans = [bench.plan(shifted, [1]), bench.plan(shifted, [100])];
        expect(plans.map((plan) => plan.geometry === geometry)).toEqual([false, true]);
        const got = await bench.run(
          plans.map((plan) => ({ plan, scalars: [known.logs.slice(0, plan.lengths[0])], blinds: [q - 2n] })),
        );
        expect(got).toEqual(
          plans.map(({ lengths }) => [bench.expected(few, known.logs.slice(0, lengths[0]), q - 2n)]),
        );
        expect(await codeOf(() => bench.plan(shifted, [1], { geometry: { ...geometry, c: 10 } }))).toBe(
          'InvalidArgument',
        );
        cases += 2;
        shifted.destroy();
      },
    );

    it('makes no buffer once a plan has run, and needs the bytes that it tells', async () => {
      const plan = bench.plan(bases, [100]);
      const run = () =>
        bench.run([{ plan, scalars: [Array.from({ length: 100 }, () => random() % q)], blinds: [1n] }]);
      await run();
      const { made, liveBytes } = context.arena;
      await run();
      expect(context.arena.made - made).toBe(1); // the scalars
      expect(context.arena.liveBytes).toBe(liveBytes);
      expect(bench.scratch.bytes).toBeGreaterThanOrEqual(plan.bytes);
    });

    it('prints what sums over many random scalars take', async () => {
      const product = additionCosts(pallas, DEFAULT_LAYOUT).product;
      for (const n of [10, 12, 14, 16, 18, 20].map((k) => 2 ** k)) {
        // a plan looks at the number of bases alone
        const many = Object.create(bases, { count: { value: n + 1 } }) as MsmBases;
        const plan = new MsmPlan(many, bench.scratch, [n], { busy: 512 }); // as on a GPU
        const { multiplications, ...counts } = plan.counts();
        const each = multiplications / product / n;
        console.log(
          `n = 2^${Math.log2(n)}, c = ${plan.geometry.c}: ${each.toFixed(0)} products and ` +
            `${(plan.bytes / n).toFixed(0)} bytes a scalar; ${JSON.stringify(counts)}`,
        );
        // the counts of the experiments, for plain bases, are 530 at 2^10 and 130 at 2^20 with pooled inversions
        expect(each).toBeLessThan(n < 2 ** 14 ? 1500 : 320);
        expect(counts.digits).toBeLessThanOrEqual((n + 1) * plan.geometry.windows);
      }
    });

    it('refuses more scalars than there are bases', async () => {
      expect(await codeOf(() => bench.plan(bases, [bases.count]))).toBe('InvalidCommitmentKeyLength');
    });

    it('is right where dispatches fold and bindings are too small for all bases', async () => {
      const limits = { maxComputeWorkgroupsPerDimension: 3, maxStorageBufferBindingSize: 51_200 };
      const small = await GpuContext.open({ device: context.device, limits });
      const ours = await MsmBench.open(small, pallas);
      const row = related(
        pallas,
        Array.from({ length: 901 }, (_, i) => i + 1),
      );
      const split = await ours.bases(row);
      for (const n of EVERYTHING ? [300, 900] : [300]) {
        const plan = ours.plan(split, [n], { geometry: plain(4), busy: 40 });
        expect(plan.counts().passes).toBeGreaterThan(10);
        const scalars = Array.from({ length: n }, () => random() % q);
        const [got] = await ours.run([{ plan, scalars: [scalars], blinds: [9n] }]);
        expect(got, source.seed).toEqual([ours.expected(row, scalars, 9n)]);
        cases++;
      }
      small.close();
    });

    it.skipIf(!EVERYTHING)('is right in the other layouts', async () => {
      for (const layout of [LAYOUTS['13x20'], LAYOUTS['15x17+1']]) {
        const ours = await MsmBench.open(context, pallas, layout);
        const other = await ours.bases({ logs: known.logs, points: known.points.slice(0, 41) });
        const scalars = Array.from({ length: 40 }, () => random() % q);
        const [got] = await ours.run([
          { plan: ours.plan(other, [40]), scalars: [scalars], blinds: [q - 1n] },
        ]);
        expect(got, source.seed).toEqual([ours.expected(known, scalars, q - 1n)]);
        cases++;
      }
    });
  });

  describe.each(GPU_CURVES.filter((curve) => curve !== pallas))('over $name', (curve) => {
    const q = curve.scalar.p;
    it('is right for all patterns of scalars, and of bases that meet', async () => {
      const bench = await MsmBench.open(context, curve);
      const relatives = related(
        curve,
        Array.from({ length: 41 }, (_, i) => [1, -1, 0, 5, 5, -2, 7][i % 7]! * (i < 20 ? 1 : i)),
      );
      for (const known of [unrelated(curve, 41), relatives]) {
        const bases = await bench.bases(known);
        const sums = Object.values(SCALARS)
          .flatMap((pattern) => [3, 40].map((n) => [pattern as Pattern, n] as const))
          .map(([pattern, n]) => ({
            plan: bench.plan(bases, [n]),
            scalars: [Array.from({ length: n }, (_, i) => pattern(q, random, i))],
            blinds: [q - BigInt(n)],
          }));
        const got = await bench.run(sums);
        sums.forEach(({ scalars, blinds }, i) => {
          expect(got[i], `${source.seed}, sum ${i}`).toEqual([
            bench.expected(known, scalars[0]!, blinds[0]!),
          ]);
          cases++;
        });
      }
    });
  });

  it('was right in at least 200 cases', () => {
    console.log(`${cases} sums on the software GPU`);
    expect(cases).toBeGreaterThanOrEqual(200);
  });
});

function plain(c: number): Geometry {
  const windows = centredWindows(pallas, c);
  return { c, windows, stride: windows };
}
