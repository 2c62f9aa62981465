import { type AffinePoint, type Curve, IDENTITY, POINT_BYTES } from '../../../src/curve/curve.ts';
import { elementsToBytes } from '../../../src/field/bytes.ts';
import { FIELD_BYTES } from '../../../src/field/field.ts';
import type { Geometry } from '../../../src/backend/wasm/geometry.ts';
import { DEFAULT_LAYOUT, type Layout } from '../../../src/backend/webgpu/codegen/layout.ts';
import type { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { MsmBases } from '../../../src/backend/webgpu/msm/bases.ts';
import { MsmKernels } from '../../../src/backend/webgpu/msm/kernels.ts';
import { MsmScratch } from '../../../src/backend/webgpu/msm/scratch.ts';
import { type MsmOptions, MsmPlan } from '../../../src/backend/webgpu/msm.ts';
import { STORAGE } from '../../../src/backend/webgpu/usage.ts';

/** Points with known logarithms, so that a sum of multiples needs one multiplication: points[i] = logs[i] G. */
export interface Known {
  readonly logs: readonly bigint[];
  readonly points: readonly AffinePoint[];
}

/** The powers k, k^3 + 1, ... of nothing in particular: no small relations between them. */
export function unrelated(curve: Curve, n: number): Known {
  const r = curve.scalar.p;
  const logs: bigint[] = [];
  for (let k = 0x1234567890abcdefn; logs.length < n; k = (k * k * k + 1n) % r) logs.push(k);
  return { logs, points: logs.map((k) => curve.mul(k, curve.generator)) };
}

/** Small multiples of one point, of either sign; 0 is the identity. Sums of few of them meet in all ways. */
export function related(curve: Curve, small: readonly number[]): Known {
  const multiples: AffinePoint[] = [IDENTITY];
  while (multiples.length <= Math.max(...small.map(Math.abs)))
    multiples.push(curve.add(multiples.at(-1)!, curve.generator));
  return {
    logs: small.map((k) => curve.scalar.reduce(BigInt(k))),
    points: small.map((k) => (k < 0 ? curve.neg(multiples[-k]!) : multiples[k]!)),
  };
}

/** Bases, kernels and scratch memory of one curve on a device. */
export class MsmBench {
  readonly curve: Curve;
  readonly kernels: MsmKernels;
  readonly scratch: MsmScratch;
  readonly #context: GpuContext;

  private constructor(context: GpuContext, kernels: MsmKernels) {
    this.#context = context;
    this.curve = kernels.curve;
    this.kernels = kernels;
    this.scratch = new MsmScratch(context);
  }

  static async open(context: GpuContext, curve: Curve, layout: Layout = DEFAULT_LAYOUT): Promise<MsmBench> {
    return new MsmBench(context, await MsmKernels.compile(context, curve, layout));
  }

  async bases({ points }: Known, geometry?: Geometry): Promise<MsmBases> {
    const bytes = new Uint8Array(points.length * POINT_BYTES);
    points.forEach((P, i) => {
      if (!P.infinity) bytes.set(this.curve.toXY(P), i * POINT_BYTES);
    });
    const batch = this.#context.batch();
    const bases = MsmBases.create(this.kernels, batch, bytes, geometry);
    await batch.submit();
    return bases;
  }

  /** Sums of vectors over the same bases, by one plan. */
  plan(bases: MsmBases, lengths: readonly number[], options: MsmOptions = {}): MsmPlan {
    return new MsmPlan(bases, this.scratch, lengths, options);
  }

  /** What plans return for these scalars, all of them in one submission. */
  async run(
    sums: readonly { plan: MsmPlan; scalars: readonly (readonly bigint[])[]; blinds: readonly bigint[] }[],
  ): Promise<AffinePoint[][]> {
    const { arena } = this.#context;
    const F = this.curve.scalar;
    const batch = this.#context.batch();
    const buffers: GPUBuffer[] = [];
    const put = (scalars: readonly bigint[]): GPUBuffer => {
      const buffer = this.#context.buffer(FIELD_BYTES * scalars.length, STORAGE, 'scalars');
      buffers.push(buffer);
      batch.write(buffer, 0, elementsToBytes(F, scalars));
      return buffer;
    };
    const results = sums.map(({ plan, scalars, blinds }) =>
      plan.record(
        batch,
        scalars.map((xs, i) => ({
          scalars: { buffer: put(xs), offset: 0, size: FIELD_BYTES * xs.length },
          blind: blinds[i]!,
        })),
      ),
    );
    const bytes = await batch.submit();
    arena.release(...buffers);
    return results.map((result) => result.read(bytes));
  }

  /** The sum that a plan should return. */
  expected({ logs }: Known, scalars: readonly bigint[], blind: bigint): AffinePoint {
    const sum = scalars.reduce((s, x, i) => s + x * logs[i + 1]!, blind * logs[0]!);
    return this.curve.mul(sum % this.curve.scalar.p, this.curve.generator);
  }
}
