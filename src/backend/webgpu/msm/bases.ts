import { POINT_BYTES } from '../../../curve/curve.ts';
import { NovaError } from '../../../errors.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { type Geometry, tableCount } from '../../wasm/geometry.ts';
import type { CommandBatch } from '../batch.ts';
import { windows } from '../windows.ts';
import { STORAGE } from '../usage.ts';
import { type MsmKernels, PairMode } from './kernels.ts';

/** Points that share an inversion when tables are made. */
const DOUBLING_BATCH = 16;

/**
 * The bases of multi-scalar multiplications, resident on a device in Montgomery form: h, then the generators. With tables
 * of shifted bases (E. F. Brickell et al., "Fast exponentiation with precomputation", 1992) the multiples of all bases by
 * 2^(c stride), 2^(2 c stride), ... lie behind them, so that fewer sets of buckets are needed: see `Geometry`.
 */
export class MsmBases {
  readonly kernels: MsmKernels;
  /** Points of a table. */
  readonly count: number;
  /** How sums over these bases are cut up, where tables decide it. */
  readonly geometry: Geometry | undefined;
  /** Points, x then y, a table after the other. */
  readonly buffer: GPUBuffer;

  private constructor(kernels: MsmKernels, count: number, geometry: Geometry | undefined, buffer: GPUBuffer) {
    this.kernels = kernels;
    this.count = count;
    this.geometry = geometry;
    this.buffer = buffer;
  }

  /**
   * Uploads points and records what makes them bases.
   *
   * @param points canonical coordinates, 64 bytes a point (`Curve.toXY`), h first; (0, 0) is the identity
   * @param geometry with fewer sets than windows for tables of shifted bases, which must fit in a binding
   * @throws {@link NovaError} `InvalidArgument`, `OutOfMemory`, `DeviceLost`, `DeviceFault`
   */
  static create(kernels: MsmKernels, batch: CommandBatch, points: Uint8Array, geometry?: Geometry): MsmBases {
    const count = points.length / POINT_BYTES;
    if (!Number.isInteger(count) || count === 0) {
      throw new NovaError('InvalidArgument', `${points.length} bytes are no points`);
    }
    const { context } = kernels;
    const tables = geometry === undefined ? 1 : tableCount(geometry);
    const bytes = tables * points.length;
    if (tables > 1 && bytes > context.limits.maxStorageBufferBindingSize) {
      throw new NovaError(
        'OutOfMemory',
        `tables of ${bytes} bytes do not fit in a binding of the GPU device`,
      );
    }
    const buffer = context.buffer(bytes, STORAGE, 'bases');
    const bases = new MsmBases(kernels, count, tables > 1 ? geometry : undefined, buffer);
    batch.write(buffer, 0, points);
    const coordinates = 2 * count;
    for (const { from, to } of windows(coordinates, context.limits)) {
      const slice = { buffer, offset: FIELD_BYTES * from, size: FIELD_BYTES * (to - from) };
      batch.dispatch(kernels.get('toMontgomery'), [Uint32Array.of(to - from), slice], to - from);
    }
    if (tables > 1) bases.#shift(batch, tables, geometry!);
    return bases;
  }

  /** Bytes on the device. */
  get bytes(): number {
    return this.buffer.size;
  }

  /** Frees the bases. No command that was not submitted yet may use them. */
  destroy(): void {
    this.kernels.context.arena.release(this.buffer);
  }

  #shift(batch: CommandBatch, tables: number, { c, stride }: Geometry): void {
    const { count, buffer, kernels } = this;
    const products = kernels.context.buffer(FIELD_BYTES * count, STORAGE, 'products of doublings');
    const none = kernels.context.buffer(POINT_BYTES, STORAGE, 'nothing'); // a binding needs something
    const threads = Math.ceil(count / DOUBLING_BATCH);
    for (let to = count; to < tables * count; to += count) {
      for (let k = 0; k < c * stride; k++) {
        const from = k === 0 ? to - count : to;
        const parameters = Uint32Array.of(PairMode.Double, from, to, 0, count, threads);
        batch.dispatch(kernels.get('pairSums'), [parameters, none, none, none, buffer, products], threads);
      }
      batch.flush(); // the device may start
    }
    batch.afterSubmit(() => kernels.context.arena.release(products, none));
  }
}
