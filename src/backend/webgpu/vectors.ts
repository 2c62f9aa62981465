/** Operations on vectors of field elements, over the kernels in `shaders/vectors`. Elements are in standard form, < p. */
import addScaledCode from '../../../shaders/vectors/add-scaled.wgsl';
import crossTermCode from '../../../shaders/vectors/cross-term.wgsl';
import firstUnsatisfiedCode from '../../../shaders/vectors/first-unsatisfied.wgsl';
import { elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import { fieldLibrary } from './codegen/field.ts';
import { type Layout, toMontgomery } from './codegen/layout.ts';
import type { BindingKind, GpuContext, Kernel, KernelSource } from './device.ts';
import { kernelHead } from './kernel-head.ts';
import { type DeviceVector, type Window, windowOf, windows } from './windows.ts';

/** Invocations of a workgroup of all kernels here and in `products.ts`. */
export const WORKGROUP = 64;

/** Field multiplications that a kernel here does for an element, at most. */
export const VECTOR_MULTIPLICATIONS = 8;

/** The vectors A z, B z, C z on a device. */
export interface DeviceProducts {
  readonly AZ: DeviceVector;
  readonly BZ: DeviceVector;
  readonly CZ: DeviceVector;
}

/** A kernel over a field: its own text behind the field's functions that it calls, and constants. */
export function fieldKernel(
  F: PrimeField,
  layout: Layout,
  kernel: { label: string; text: string; bindings: readonly BindingKind[]; constants?: string },
): KernelSource {
  const { label, text, bindings, constants = '' } = kernel;
  const library = fieldLibrary(F, layout, { text: constants + text });
  return {
    label: `${label} ${F.name} ${layout.name}`,
    code: `${library}\n${kernelHead(WORKGROUP)}\n${constants}\n${text}`,
    bindings,
    workgroup: WORKGROUP,
  };
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

/** Parameters, then what is read, then what is written: the order of bindings in all kernels here and in `products.ts`. */
export function bindingKinds(reads: number, writes: number): BindingKind[] {
  return ['uniform', ...Array<'read'>(reads).fill('read'), ...Array<'write'>(writes).fill('write')];
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
  readonly #F: PrimeField;
  readonly #layout: Layout;
  readonly #context: GpuContext;
  readonly #kernels: Readonly<Record<VectorKernel, Kernel>>;

  private constructor(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    kernels: Record<VectorKernel, Kernel>,
  ) {
    this.#context = context;
    this.#F = F;
    this.#layout = layout;
    this.#kernels = kernels;
  }

  /** Compiles the kernels of a field. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create(context: GpuContext, F: PrimeField, layout: Layout): Promise<VectorKernels> {
    const sources = vectorSources(F, layout);
    const [addScaled, crossTerm, firstUnsatisfied] = await Promise.all([
      context.pipeline(sources.addScaled),
      context.pipeline(sources.crossTerm),
      context.pipeline(sources.firstUnsatisfied),
    ]);
    return new VectorKernels(context, F, layout, { addScaled, crossTerm, firstUnsatisfied });
  }

  /** out = a + r b; out is neither a nor b. */
  addScaled(batch: CommandBatch, out: DeviceVector, a: DeviceVector, r: bigint, b: DeviceVector): void {
    const params = this.#montgomery(r);
    this.#forWindows(out, (window, count) => {
      const slices = [a, b, out].map((v) => windowOf(v, window));
      batch.dispatch(this.#kernels.addScaled, [params, ...slices], count);
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
    const u = this.#montgomery(u1);
    const inputs = [running.AZ, running.BZ, running.CZ, fresh.AZ, fresh.BZ, fresh.CZ];
    this.#forWindows(T, (window, count) => {
      const slices = [...inputs, T].map((v) => windowOf(v, window));
      const params = Uint32Array.of(...u, window.from);
      batch.dispatch(this.#kernels.crossTerm, [params, ...slices, unsatisfied], count);
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
    const words = elementWords(this.#F, u);
    this.#forWindows(p.AZ, (window, count) => {
      const slices = [p.AZ, p.BZ, p.CZ, E ?? p.CZ].map((v) => windowOf(v, window));
      const params = Uint32Array.of(...words, window.from, E === undefined ? 0 : 1);
      batch.dispatch(this.#kernels.firstUnsatisfied, [params, ...slices, unsatisfied], count);
    });
  }

  #forWindows({ length }: DeviceVector, record: (window: Window, count: number) => void): void {
    for (const window of windows(length, this.#context.limits, VECTOR_MULTIPLICATIONS))
      record(window, window.to - window.from);
  }

  #montgomery(x: bigint): Uint32Array {
    return elementWords(this.#F, toMontgomery(this.#F, this.#layout, x));
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

/** Elements as the words that kernels have them in. */
export function elementWords(F: PrimeField, ...xs: bigint[]): Uint32Array<ArrayBuffer> {
  const bytes = new Uint8Array(FIELD_BYTES * xs.length);
  bytes.set(elementsToBytes(F, xs));
  return new Uint32Array(bytes.buffer);
}
