import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Vec } from '../../../src/backend/backend.ts';
import { DEFAULT_LAYOUT, LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import type { GpuLimits } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { OpeningKernels } from '../../../src/backend/webgpu/opening-kernels.ts';
import { Scratch } from '../../../src/backend/webgpu/scratch.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { bn256Base, pallasBase, secq256k1Base } from '../../../src/field/fields.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { costOf } from '../../support/device-cost.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { corners, mixed, put, randomElements } from '../suite/tools.ts';
import { Bench, hasDevice } from './device-vectors.ts';

const shared = await sharedContext();

/** The value at u of the polynomial with these coefficients. */
function valueAt(F: PrimeField, a: readonly bigint[], u: bigint): bigint {
  return a.reduceRight((value, x) => F.reduce(value * u + x), 0n);
}

/** The coefficients of the quotient by X^m - u, and m zeros. */
function quotientBy(F: PrimeField, a: readonly bigint[], m: number, u: bigint): bigint[] {
  const out = a.map(() => 0n);
  for (let i = a.length - m - 1; i >= 0; i--) out[i] = F.reduce(u * (out[i + m] ?? 0n) + a[i + m]);
  return out;
}

/** Kernels on a device with these limits. */
class OpeningBench {
  readonly bench: Bench;
  readonly scratch: Scratch;

  private constructor(bench: Bench) {
    this.bench = bench;
    this.scratch = new Scratch(bench.context);
  }

  static async open(limits?: Partial<GpuLimits>): Promise<OpeningBench> {
    return new OpeningBench(await Bench.open(limits));
  }

  kernels(F: PrimeField, layout = DEFAULT_LAYOUT): Promise<OpeningKernels> {
    return OpeningKernels.create(this.bench.context, F, layout, this.scratch);
  }

  foldPairs(kernels: OpeningKernels, F: PrimeField, n: number, x: bigint): void {
    const a = mixed(F, n, 'a');
    const out = this.bench.vector(F, n / 2);
    kernels.foldPairs(this.bench.batch, out, this.bench.vector(F, a), x);
    const expected = Array.from({ length: n / 2 }, (_, i) =>
      F.reduce(a[2 * i] + x * (a[2 * i + 1] - a[2 * i])),
    );
    this.bench.expect(F, out, expected, `pairs of ${n} for ${x}`);
  }

  spreadHalves(kernels: OpeningKernels, F: PrimeField, rows: number, m: number): void {
    const [w, a] = [mixed(F, rows, 'w'), mixed(F, m, 'a')];
    const [L, R] = [this.bench.vector(F, rows * m), this.bench.vector(F, rows * m)];
    kernels.spreadHalves(this.bench.batch, L, R, this.bench.vector(F, w), this.bench.vector(F, a));
    const half = m / 2;
    const expected = (low: number, from: number) =>
      Array.from({ length: rows * m }, (_, k) => {
        const j = (k % m) - low;
        return j < 0 || j >= half ? 0n : F.mul(w[Math.floor(k / m)], a[from + j]);
      });
    this.bench.expect(F, L, expected(half, 0), `L of ${rows} times ${m}`);
    this.bench.expect(F, R, expected(0, half), `R of ${rows} times ${m}`);
  }

  evaluate({ division }: OpeningKernels, F: PrimeField, n: number, u: bigint): void {
    const a = mixed(F, n, 'a');
    const { buffer } = division.evaluate(this.bench.batch, this.bench.vector(F, a), u);
    this.bench.expect(F, { buffer, length: 1 }, [valueAt(F, a, u)], `${n} coefficients at ${u}`);
  }

  divide({ division }: OpeningKernels, F: PrimeField, n: number, m: number, u: bigint): void {
    const a = mixed(F, n, 'a');
    const [v, out] = [this.bench.vector(F, a), this.bench.vector(F, n)];
    division.divide(this.bench.batch, out, v, m, u);
    this.bench.expect(F, out, quotientBy(F, a, m, u), `${n} coefficients by X^${m} - ${u}`);
    this.bench.expect(F, v, a, 'what was divided');
  }

  run(): Promise<void> {
    return this.bench.run();
  }

  close(): void {
    this.scratch.close();
    this.bench.close();
  }
}

describe.skipIf(!hasDevice)('openings on a GPU', () => {
  let bench: OpeningBench;
  let small: OpeningBench;
  beforeAll(async () => {
    bench = await OpeningBench.open();
    // windows of 200 elements, 2 workgroups in x
    small = await OpeningBench.open({
      maxStorageBufferBindingSize: 6500,
      maxComputeWorkgroupsPerDimension: 2,
    });
  });
  afterAll(() => {
    bench?.close();
    small?.close();
  });

  const everyKind = [
    [pallasBase.name, pallasBase, DEFAULT_LAYOUT],
    [bn256Base.name, bn256Base, LAYOUTS['13x20']],
    [`${secq256k1Base.name} 15x17+1`, secq256k1Base, LAYOUTS['15x17+1']],
  ] as const;

  describe.each(EVERYTHING ? everyKind : everyKind.slice(0, 1))('over %s', (_, F, layout) => {
    let kernels: OpeningKernels;
    beforeAll(async () => void (kernels = await bench.kernels(F, layout)));
    const points = (seed: string) => [...corners(F).filter((x) => x < F.p), ...randomElements(F, seed)(2)];

    it('folds pairs', async () => {
      for (const x of points('x')) bench.foldPairs(kernels, F, 256, x);
      for (const n of [2, 4]) bench.foldPairs(kernels, F, n, F.p - 2n);
      await bench.run();
    });

    it('spreads halves, whatever the shares of the weights and the vector', async () => {
      for (const [rows, m] of [
        [1, 2],
        [1, 256],
        [2, 4],
        [16, 16],
        [128, 2],
      ]) {
        bench.spreadHalves(kernels, F, rows, m);
      }
      await bench.run();
    });

    it('evaluates polynomials around the lengths of a segment, and its powers', async () => {
      for (const n of [1, 2, 15, 16, 17, 255, 256, 257])
        bench.evaluate(kernels, F, n, randomElements(F, 'u')(1)[0]);
      for (const u of points('u')) bench.evaluate(kernels, F, 300, u);
      await bench.run();
    });

    it('divides by X - u', async () => {
      for (const n of [0, 1, 2, 15, 16, 17, 255, 256, 257]) {
        bench.divide(kernels, F, n, 1, randomElements(F, 'u')(1)[0]);
      }
      for (const u of points('u')) bench.divide(kernels, F, 300, 1, u);
      await bench.run();
    });

    it('divides by X^m - u', async () => {
      for (const [n, m] of [
        [2, 2],
        [16, 1],
        [48, 3],
        [51, 3],
        [260, 4],
        [256, 16],
        [256, 256],
      ]) {
        bench.divide(kernels, F, n, m, randomElements(F, 'u')(1)[0]);
      }
      for (const u of points('u')) bench.divide(kernels, F, 300, 10, u);
      await bench.run();
    });
  });

  it('cuts vectors that exceed a binding', async () => {
    const F = pallasBase;
    const kernels = await small.kernels(F);
    const [u] = randomElements(F, 'split')(1);
    small.foldPairs(kernels, F, 1024, u);
    for (const [rows, m] of [
      [1, 1024], // halves that are cut
      [4, 256], // halves in one piece
      [8, 128], // all of a
      [64, 16],
      [512, 2],
    ]) {
      small.spreadHalves(kernels, F, rows, m);
    }
    for (const n of [200, 201, 801, 3000]) {
      small.evaluate(kernels, F, n, u);
      small.divide(kernels, F, n, 1, u);
    }
    for (const [n, m] of [
      [1000, 2], // rows by rows from here on
      [801, 3],
      [1000, 125],
      [1000, 500],
      [1206, 201],
    ]) {
      small.divide(kernels, F, n, m, u);
    }
    await small.run();
  });

  it('is not misled by what an earlier operation left in its scratch memory', async () => {
    const F = pallasBase;
    const kernels = await bench.kernels(F);
    const u = F.p - 7n;
    for (const n of [4000, 17, 300, 4001]) {
      bench.divide(kernels, F, n, 1, u);
      bench.evaluate(kernels, F, n, u);
    }
    await bench.run();
    const { made } = bench.bench.context.arena;
    const vectors = 3 * 2;
    for (const n of [4000, 17]) {
      bench.divide(kernels, F, n, 1, u);
      bench.evaluate(kernels, F, n, u);
    }
    await bench.run();
    expect(bench.bench.context.arena.made - made, 'buffers that are not of the test').toBe(vectors);
  });
});

describe.skipIf(!hasDevice)('what openings ask of a GPU', () => {
  const F = pallasBase;
  /** What every submission ends with: the dispatch that marks the read-back as its own. */
  const SEAL = 1;
  let engine: Backend;
  beforeAll(async () => {
    engine = await createWebgpuBackend({}, { context: shared! });
    // kernels are compiled and tried, and scratch memory made, before anything is counted
    const [a, out] = [put(engine, F, mixed(F, 300, 'a')), engine.vector(F, 300, 'out')];
    engine.openings.quotient(out, a, 2n);
    await engine.read([engine.openings.evaluate(a, 2n), engine.openings.crossInner(...pair(2))]);
  });
  afterAll(() => engine?.close());

  /** Two vectors of n elements. */
  function pair(n: number): [Vec, Vec] {
    return [put(engine, F, mixed(F, n, 'a')), put(engine, F, mixed(F, n, 'b'))];
  }

  it('is two dispatches and two elements for the inner products of a round, one dispatch for its vectors', async () => {
    const [a, b] = pair(64);
    const [L, R] = pair(256);
    const w = put(engine, F, mixed(F, 4, 'w'));
    await engine.read([]);
    const { cost } = await costOf(shared!, engine, async () => {
      engine.openings.spreadHalves(L, R, w, a);
      return engine.read([engine.openings.crossInner(a, b)]);
    });
    const dispatches = 1 + 2 + SEAL;
    expect(cost).toEqual({ dispatches, readBacks: 1, bytesUp: 0, bytesDown: 64, allocations: 0 });
  });

  it.each([
    [1, 0],
    [16, 1],
    [17, 2],
    [300, 3],
  ])('is a level for every sixteenth of %i coefficients: %i', async (n, levels) => {
    const [a, out] = pair(n);
    await engine.read([]);
    const values = await costOf(shared!, engine, () =>
      engine.read([engine.openings.evaluate(a, 3n), engine.openings.evaluate(a, 5n)]),
    );
    const dispatches = 2 * (levels + 1) + SEAL;
    expect(values.cost).toEqual({ dispatches, readBacks: 1, bytesUp: 0, bytesDown: 64, allocations: 0 });
    const quotient = await costOf(shared!, engine, async () => {
      engine.openings.quotient(out, a, 3n);
      await engine.read([]);
    });
    expect(quotient.cost).toMatchObject({
      dispatches: 2 * levels + SEAL,
      bytesUp: 0,
      bytesDown: 0,
      allocations: 0,
    });
  });
});
