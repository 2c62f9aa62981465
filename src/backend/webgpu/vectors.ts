/** Operations on vectors of field elements, over the kernels in `shaders/vectors`. Elements are in standard form, < p. */
import addScaledCode from '../../../shaders/vectors/add-scaled.wgsl';
import crossTermCode from '../../../shaders/vectors/cross-term.wgsl';
import firstUnsatisfiedCode from '../../../shaders/vectors/first-unsatisfied.wgsl';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext, KernelSource } from './device.ts';
import { bindingKinds, elementWords, FieldKernels, fieldKernel } from './field-kernels.ts';
import { type DeviceVector, type Window, windowOf, windows } from './windows.ts';

/** Field multiplications that a kernel here does for an element, at most. */
export const VECTOR_MULTIPLICATIONS = 8;

/** The vectors A z, B z, C z on a device. */
export interface DeviceProducts {
  readonly AZ: DeviceVector;
  readonly BZ: DeviceVector;
  readonly CZ: DeviceVector;
}

export type VectorKernel = 'addScaled' | 'crossTerm' | 'firstUnsatisfied';

/** The kernels' own texts. */
export const VECTOR_TEXTS: Readonly<Record<VectorKernel, string>> = {
  addScaled: addScaledCode,
  crossTerm: crossTermCode,
  firstUnsatisfied: firstUnsatisfiedCode,
};

/** The kernels of a field, as text. */
export function vectorSources(F: PrimeField, layout: Layout): Record<VectorKernel, KernelSource> {
  const source = (label: VectorKernel, reads: number, writes: number): KernelSource =>
    fieldKernel(F, layout, { label, text: VECTOR_TEXTS[label], bindings: bindingKinds(reads, writes) });
  return {
    addScaled: source('addScaled', 2, 1),
    crossTerm: source('crossTerm', 6, 2),
    firstUnsatisfied: source('firstUnsatisfied', 4, 1),
  };
}

/**
 * The vector operations of a field on a device. They record into a batch; vectors that exceed a binding are cut into windows,
 * a dispatch each. All vectors of a call have the same length.
 *
 * @example
 * const kernels = await VectorKernels.create(context, F, layout);
 * kernels.addScaled(batch, out, a, r, b);
 */
export class VectorKernels {
  readonly #kernels: FieldKernels<VectorKernel>;

  private constructor(kernels: FieldKernels<VectorKernel>) {
    this.#kernels = kernels;
  }

  /** Compiles the kernels of a field. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create(context: GpuContext, F: PrimeField, layout: Layout): Promise<VectorKernels> {
    return new VectorKernels(await FieldKernels.compile(context, F, layout, vectorSources(F, layout)));
  }

  /** out = a + r b; out is neither a nor b. */
  addScaled(batch: CommandBatch, out: DeviceVector, a: DeviceVector, r: bigint, b: DeviceVector): void {
    const params = this.#kernels.montgomery(r);
    this.#forWindows(out, (window, count) => {
      const slices = [a, b, out].map((v) => windowOf(v, window));
      batch.dispatch(this.#kernels.get('addScaled'), [params, ...slices], count);
    });
  }

  /**
   * T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1, where `running` has the products 1 and `fresh` the products 2. On the way
   * it raises the word `unsatisfied` as {@link VectorKernels.firstUnsatisfied} does for `fresh` with u = 1.
   */
  crossTerm(
    batch: CommandBatch,
    T: DeviceVector,
    running: DeviceProducts,
    u1: bigint,
    fresh: DeviceProducts,
    unsatisfied: BufferSlice,
  ): void {
    const u = this.#kernels.montgomery(u1);
    const inputs = [running.AZ, running.BZ, running.CZ, fresh.AZ, fresh.BZ, fresh.CZ];
    this.#forWindows(T, (window, count) => {
      const slices = [...inputs, T].map((v) => windowOf(v, window));
      const params = Uint32Array.of(...u, window.from);
      batch.dispatch(this.#kernels.get('crossTerm'), [params, ...slices, unsatisfied], count);
    });
  }

  /**
   * Looks for the first row i where AZ_i BZ_i != u CZ_i + E_i, and raises the word `unsatisfied` to what {@link firstRow}
   * tells it from. The word must be zero before; it may be shared by checks of which any failing row is of interest.
   *
   * @param unsatisfied 4 bytes
   * @param E zero if it is missing
   */
  firstUnsatisfied(
    batch: CommandBatch,
    p: DeviceProducts,
    u: bigint,
    E: DeviceVector | undefined,
    unsatisfied: BufferSlice,
  ): void {
    const words = elementWords(this.#kernels.F, u);
    this.#forWindows(p.AZ, (window, count) => {
      const slices = [p.AZ, p.BZ, p.CZ, E ?? p.CZ].map((v) => windowOf(v, window));
      const params = Uint32Array.of(...words, window.from, E === undefined ? 0 : 1);
      batch.dispatch(this.#kernels.get('firstUnsatisfied'), [params, ...slices, unsatisfied], count);
    });
  }

  #forWindows({ length }: DeviceVector, record: (window: Window, count: number) => void): void {
    for (const window of windows(length, this.#kernels.context.limits, VECTOR_MULTIPLICATIONS))
      record(window, window.to - window.from);
  }
}

/** out = a. Two buffers. */
export function copyVector(batch: CommandBatch, out: DeviceVector, a: DeviceVector): void {
  batch.copy(a.buffer, 0, out.buffer, 0, FIELD_BYTES * out.length);
}

/** out = 0. */
export function clearVector(batch: CommandBatch, out: DeviceVector): void {
  batch.clear(out.buffer, 0, FIELD_BYTES * out.length);
}

/** What the word of a check says: the first row that failed, or -1. */
export function firstRow(unsatisfied: number): number {
  return unsatisfied === 0 ? -1 : ~unsatisfied >>> 0;
}
