/** Kernels over a field: their text, the kernels of a group once compiled, and their parameters. */
import { elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { fieldLibrary } from './codegen/field.ts';
import { type Layout, toMontgomery } from './codegen/layout.ts';
import type { BindingKind, GpuContext, Kernel, KernelSource } from './device.ts';
import { kernelHead } from './kernel-head.ts';

/** Invocations of a workgroup of all kernels over a field. */
export const WORKGROUP = 64;

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

/** Parameters, then what is read, then what is written: the order of bindings in most kernels. */
export function bindingKinds(reads: number, writes: number): BindingKind[] {
  return ['uniform', ...Array<'read'>(reads).fill('read'), ...Array<'write'>(writes).fill('write')];
}

/** Elements as the words that kernels have them in. */
export function elementWords(F: PrimeField, ...xs: bigint[]): Uint32Array<ArrayBuffer> {
  const bytes = new Uint8Array(FIELD_BYTES * xs.length);
  bytes.set(elementsToBytes(F, xs));
  return new Uint32Array(bytes.buffer);
}

/** The kernels of a group of operations over a field, compiled, and the device that they are for. */
export class FieldKernels<K extends string> {
  readonly context: GpuContext;
  readonly F: PrimeField;
  readonly layout: Layout;
  readonly #kernels: ReadonlyMap<K, Kernel>;

  private constructor(context: GpuContext, F: PrimeField, layout: Layout, kernels: ReadonlyMap<K, Kernel>) {
    this.context = context;
    this.F = F;
    this.layout = layout;
    this.#kernels = kernels;
  }

  /** @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async compile<K extends string>(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    sources: Readonly<Record<K, KernelSource>>,
  ): Promise<FieldKernels<K>> {
    const names = Object.keys(sources) as K[];
    const kernels = await Promise.all(names.map((name) => context.pipeline(sources[name])));
    return new FieldKernels(context, F, layout, new Map(names.map((name, i) => [name, kernels[i]])));
  }

  get(name: K): Kernel {
    return this.#kernels.get(name)!;
  }

  /** Constants as kernels multiply with them. */
  montgomery(...xs: bigint[]): Uint32Array<ArrayBuffer> {
    return elementWords(this.F, ...xs.map((x) => toMontgomery(this.F, this.layout, x)));
  }
}
