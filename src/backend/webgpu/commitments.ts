import type { AffinePoint, Curve } from '../../curve/curve.ts';
import { POINT_BYTES } from '../../curve/curve.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import { MsmBases } from './msm/bases.ts';
import { chooseGeometry } from './msm/geometry.ts';
import { MsmKernels } from './msm/kernels.ts';
import { MsmScratch } from './msm/scratch.ts';
import { MsmPlan } from './msm.ts';
import { type Decode, Rejected, type Resident } from './queue.ts';
import type { DeviceVector } from './windows.ts';

/** A vector that is committed to. */
export interface CommittedVector extends DeviceVector {
  readonly resident: Resident;
}

/** Commitments under one key that are computed together. */
interface Group {
  readonly bases: MsmBases;
  readonly inputs: { readonly v: CommittedVector; readonly blind: bigint }[];
  /** Takes what was read back; the points are computed once for all. */
  points: ((results: Uint8Array) => readonly AffinePoint[]) | undefined;
  /** Why the group could not be recorded. */
  failure: Rejected | undefined;
}

/**
 * Computes commitments. Those under one key wait for each other until their batch is submitted, or one of their vectors is
 * about to change: then all of them share the passes of one multi-scalar multiplication, whose end is a chain of small dispatches.
 */
export class Commitments {
  readonly #context: GpuContext;
  readonly #layout: Layout;
  readonly #tableBytes: number;
  readonly #scratch: MsmScratch;
  /** Plans by the lengths of their vectors. */
  readonly #plans = new Map<MsmBases, Map<string, MsmPlan>>();
  #waiting: Group[] = [];

  /** @param tableBytes the most that a key with its tables may take */
  constructor(context: GpuContext, layout: Layout, tableBytes: number) {
    this.#context = context;
    this.#layout = layout;
    this.#tableBytes = tableBytes;
    this.#scratch = new MsmScratch(context);
  }

  /** Puts the points of a key, h first, on the device. @throws {@link NovaError} `OutOfMemory`, `DeviceLost`, `DeviceFault` */
  async load(curve: Curve, points: Uint8Array): Promise<MsmBases> {
    const tables = this.#tableBytes > 0;
    const kernels = await this.#context.once(`msm ${curve.name} ${this.#layout.name}`, () =>
      MsmKernels.compile(this.#context, curve, this.#layout),
    );
    const count = points.length / POINT_BYTES;
    const { maxStorageBufferBindingSize } = this.#context.limits;
    const geometry = tables
      ? chooseGeometry(curve, count, count, {
          tableBytes: Math.min(this.#tableBytes, maxStorageBufferBindingSize),
          bucketBytes: maxStorageBufferBindingSize,
          jobs: 2,
        })
      : undefined;
    const batch = this.#context.batch();
    const bases = MsmBases.create(kernels, batch, points, geometry);
    try {
      await batch.submit(); // now it is known whether there was memory
    } catch (error) {
      bases.destroy();
      throw error;
    }
    this.#plans.set(bases, new Map());
    return bases;
  }

  /** Frees a key. Commands that were recorded must have been submitted. */
  free(bases: MsmBases): void {
    this.#plans.delete(bases);
    bases.destroy();
  }

  /** Records a commitment; the vector may not change before {@link Commitments.compute}. */
  record(batch: CommandBatch, bases: MsmBases, v: CommittedVector, blind: bigint): Decode<AffinePoint> {
    if (this.#waiting.length === 0) batch.beforeSubmit(() => this.compute(batch));
    const group = this.#group(bases);
    const i = group.inputs.push({ v, blind }) - 1;
    return (results) => group.failure ?? group.points!(results)[i]!;
  }

  /** Whether a commitment to one of these has yet to be computed. */
  isWaitingFor(residents: readonly Resident[]): boolean {
    return (
      this.#waiting.length > 0 &&
      this.#waiting.some(({ inputs }) => inputs.some(({ v }) => residents.includes(v.resident)))
    );
  }

  /** Records the computation of everything that waits for it. */
  compute(batch: CommandBatch): void {
    for (const group of this.#waiting.splice(0)) {
      try {
        this.#compute(batch, group);
      } catch (error) {
        group.failure = new Rejected(error);
      }
    }
  }

  /** Frees everything but the keys. Commands that were recorded must have been submitted, or given up. */
  close(): void {
    this.#waiting = [];
    this.#plans.clear();
    this.#scratch.destroy();
  }

  #group(bases: MsmBases): Group {
    let group = this.#waiting.find((other) => other.bases === bases);
    if (group === undefined) {
      group = { bases, inputs: [], points: undefined, failure: undefined };
      this.#waiting.push(group);
    }
    return group;
  }

  #compute(batch: CommandBatch, group: Group): void {
    const { bases, inputs } = group;
    const plan = this.#plan(
      bases,
      inputs.map(({ v }) => v.length),
    );
    plan.reserve(batch);
    // zeros are no result: what a device hands back that skips the sums is refused
    batch.clear(this.#scratch.get('results'));
    const sums = plan.record(
      batch,
      inputs.map(({ v: { buffer, length }, blind }) => ({
        scalars: { buffer, offset: 0, size: FIELD_BYTES * length },
        blind,
      })),
    );
    let points: readonly AffinePoint[] | undefined;
    group.points = (results) => (points ??= sums.read(results));
  }

  #plan(bases: MsmBases, lengths: readonly number[]): MsmPlan {
    const plans = this.#plans.get(bases) ?? new Map<string, MsmPlan>();
    const key = lengths.join();
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = new MsmPlan(bases, this.#scratch, lengths);
      if (plans.size >= MOST_PLANS) plans.clear();
      plans.set(key, plan);
    }
    return plan;
  }
}

/** Plans that are remembered for a key: a proof has two. */
const MOST_PLANS = 64;
