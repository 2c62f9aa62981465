/** Operations on tables of polynomials, over the kernels in `shaders/polynomials`. Elements are in standard form, < p. */
import combineCode from '../../../shaders/polynomials/combine.wgsl';
import foldHalvesCode from '../../../shaders/polynomials/fold-halves.wgsl';
import gatherCode from '../../../shaders/polynomials/gather.wgsl';
import invertCode from '../../../shaders/polynomials/invert.wgsl';
import multiplyCode from '../../../shaders/polynomials/multiply.wgsl';
import rampCode from '../../../shaders/polynomials/ramp.wgsl';
import tensorFactorCode from '../../../shaders/polynomials/tensor-factor.wgsl';
import tensorCode from '../../../shaders/polynomials/tensor.wgsl';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Binding, CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import { type Layout, montgomeryRadix } from './codegen/layout.ts';
import type { BindingKind, GpuContext, KernelSource } from './device.ts';
import { bindingKinds, elementWords, FieldKernels, fieldKernel, WORKGROUP } from './field-kernels.ts';
import type { Scratch } from './scratch.ts';
import { copyVector } from './vectors.ts';
import { type DeviceVector, upperWindowOf, type Window, windowOf, windows } from './windows.ts';

/** c v, which counts as followed by zeros. */
export interface DeviceTerm {
  readonly c: bigint;
  readonly v: DeviceVector;
}

/** Elements that an invocation inverts together: an inversion takes the time of some thirty products. */
const INVERSION_BATCH = 16;

/** Terms that a pass of `combine` takes besides out itself. */
const TERMS = 4;

/** Words of a term's parameters, and of an element. */
const TERM_WORDS = 12;
const WORDS = FIELD_BYTES / WORD_BYTES;

/** Pairs of a factor of a tensor product, at most: two factors have as many variables as an index has bits. */
const PAIRS = 16;

/** Ways of `fold-halves.wgsl`. */
const WAYS = { add: 0, bind: 1, both: 2 } as const;

/** What a kernel is made of, and field multiplications that it does for an element. */
interface TableKernel {
  readonly text: string;
  readonly bindings: readonly BindingKind[];
  readonly cost: number;
  readonly constants?: string;
}

type KernelName =
  'combine' | 'multiply' | 'invert' | 'ramp' | 'gather' | 'tensorFactor' | 'tensor' | 'foldHalves';

const KERNELS: Readonly<Record<KernelName, TableKernel>> = {
  combine: { text: combineCode, bindings: bindingKinds(4, 1), cost: 5 },
  multiply: { text: multiplyCode, bindings: bindingKinds(2, 1), cost: 2 },
  invert: {
    text: invertCode,
    bindings: bindingKinds(1, 2),
    cost: 6,
    constants: `const BATCH = ${INVERSION_BATCH}u;\n`,
  },
  ramp: { text: rampCode, bindings: bindingKinds(0, 1), cost: 1 },
  gather: { text: gatherCode, bindings: bindingKinds(2, 1), cost: 1 },
  tensorFactor: {
    text: tensorFactorCode,
    bindings: bindingKinds(0, 1),
    cost: PAIRS,
    constants: `const PAIRS = ${PAIRS}u;\n`,
  },
  tensor: { text: tensorCode, bindings: bindingKinds(2, 1), cost: 1 },
  foldHalves: { text: foldHalvesCode, bindings: bindingKinds(0, 3), cost: 2 },
};

/** The kernels of a field, as text. */
export function tableSources(F: PrimeField, layout: Layout): Record<KernelName, KernelSource> {
  const sources = Object.entries(KERNELS).map(([label, kernel]) => [
    label,
    fieldKernel(F, layout, { label, ...kernel }),
  ]);
  return Object.fromEntries(sources) as Record<KernelName, KernelSource>;
}

/**
 * The operations of a field on a device. They record into a batch; vectors that exceed a binding are cut into windows, a dispatch
 * each.
 */
export class TableKernels {
  readonly #kernels: FieldKernels<KernelName>;
  readonly #scratch: Scratch;

  private constructor(kernels: FieldKernels<KernelName>, scratch: Scratch) {
    this.#kernels = kernels;
    this.#scratch = scratch;
  }

  /** Compiles the kernels of a field. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    scratch: Scratch,
  ): Promise<TableKernels> {
    return new TableKernels(await FieldKernels.compile(context, F, layout, tableSources(F, layout)), scratch);
  }

  /** out = constant + the sum of the terms, which are no longer than out, and may be out or its prefixes. */
  combine(batch: CommandBatch, out: DeviceVector, terms: readonly DeviceTerm[], constant: bigint): void {
    const F = this.#kernels.F;
    const none = { ...out, length: 0 };
    const own = terms.filter(({ v }) => v.buffer === out.buffer);
    let others = terms.filter((term) => !own.includes(term));
    let kept: DeviceTerm = { c: own.reduce((sum, { c }) => F.add(sum, c), 0n), v: own[0]?.v ?? none };
    if (own.some(({ v }) => v.length !== kept.v.length)) {
      // a pass reads and writes out at once, so prefixes of several lengths are taken from what it was
      const buffer = this.#scratch.get(FIELD_BYTES * out.length, batch);
      copyVector(batch, { ...out, buffer }, out);
      others = [...own.map(({ c, v }) => ({ c, v: { ...v, buffer } })), ...others];
      kept = { c: 0n, v: none };
    }
    let first = constant;
    for (let k = 0; k === 0 || k < others.length; k += TERMS) {
      this.#combine(batch, out, [kept, ...others.slice(k, k + TERMS)], first);
      first = 0n;
      kept = { c: 1n, v: out };
    }
  }

  /** out = a o b; a and b may be out. */
  multiply(batch: CommandBatch, out: DeviceVector, a: DeviceVector, b: DeviceVector): void {
    const isOut = [a, b].map(({ buffer }) => buffer === out.buffer);
    const params = Uint32Array.from(isOut, Number);
    this.#forWindows(batch, 'multiply', out.length, (window) => {
      const reads = [a, b].map((v, k) => (isOut[k] ? this.#nothing(batch) : windowOf(v, window)));
      return [params, ...reads, windowOf(out, window)];
    });
  }

  /** out = 1 / a, and 0 where a is 0; out may be a. Raises the word `zero` as {@link VectorKernels.firstUnsatisfied} does. */
  invert(batch: CommandBatch, out: DeviceVector, a: DeviceVector, zero: BufferSlice): void {
    const isOut = a.buffer === out.buffer;
    this.#forWindows(
      batch,
      'invert',
      out.length,
      (window) => [
        Uint32Array.of(window.from, Number(isOut)),
        isOut ? this.#nothing(batch) : windowOf(a, window),
        windowOf(out, window),
        zero,
      ],
      // whole groups of invocations, whose elements lie side by side
      (count) => WORKGROUP * Math.ceil(count / (WORKGROUP * INVERSION_BATCH)),
    );
  }

  /** out[i] = i. */
  ramp(batch: CommandBatch, out: DeviceVector): void {
    this.#forWindows(batch, 'ramp', out.length, (window) => [
      Uint32Array.of(window.from),
      windowOf(out, window),
    ]);
  }

  /** out[i] = table[positions[i]], for 32-bit positions below `bound`. */
  gather(
    batch: CommandBatch,
    out: DeviceVector,
    table: DeviceVector,
    positions: GPUBuffer,
    bound: number,
  ): void {
    const { limits } = this.#kernels.context;
    // a window of out is one of the positions too, which are smaller
    const alignment = (limits.minStorageBufferOffsetAlignment * FIELD_BYTES) / WORD_BYTES;
    const aligned = { ...limits, minStorageBufferOffsetAlignment: alignment };
    for (const part of windows(bound, limits)) {
      for (const window of windows(out.length, aligned, KERNELS.gather.cost)) {
        const [offset, size] = [window.from, window.to - window.from].map((n) => WORD_BYTES * n);
        const slices = [{ buffer: positions, offset, size }, windowOf(table, part), windowOf(out, window)];
        const params = Uint32Array.of(part.from);
        batch.dispatch(this.#kernels.get('gather'), [params, ...slices], window.to - window.from);
      }
    }
  }

  /** out[i] = the product over k of pairs[k][bit k of i], where bit 0 is the top one. */
  tensor(batch: CommandBatch, out: DeviceVector, pairs: readonly (readonly [bigint, bigint])[]): void {
    const high = pairs.slice(0, pairs.length >> 1);
    const low = pairs.slice(high.length);
    const bytes = [high, low].map((half) => FIELD_BYTES * 2 ** half.length);
    const offset = this.#aligned(bytes[0]);
    const buffer = this.#scratch.get(offset + bytes[1], batch);
    const factors = [
      { buffer, offset: 0, size: bytes[0] },
      { buffer, offset, size: bytes[1] },
    ];
    this.#tensorFactor(batch, factors[0], high, 1n);
    this.#tensorFactor(batch, factors[1], low, montgomeryRadix(this.#kernels.layout));
    this.#forWindows(batch, 'tensor', out.length, (window) => [
      Uint32Array.of(window.from, low.length),
      ...factors,
      windowOf(out, window),
    ]);
  }

  /** out = c0 lo + c1 hi for the halves of v, whose length is twice out's; out may be the lower one. */
  foldHalves(batch: CommandBatch, out: DeviceVector, v: DeviceVector, c0: bigint, c1: bigint): void {
    const F = this.#kernels.F;
    const half = out.length;
    const isOut = v.buffer === out.buffer;
    const way = c0 === 1n && c1 === 1n ? WAYS.add : F.add(c0, c1) === 1n ? WAYS.bind : WAYS.both;
    const params = Uint32Array.of(...this.#kernels.montgomery(c0, c1), way, Number(isOut));
    this.#forWindows(batch, 'foldHalves', half, (window) => {
      const lo = isOut ? this.#nothing(batch) : windowOf(v, window);
      return [params, lo, this.#upperHalf(batch, v, half, window), windowOf(out, window)];
    });
  }

  /** A pass of {@link TableKernels.combine}: the first term is out itself. */
  #combine(batch: CommandBatch, out: DeviceVector, terms: readonly DeviceTerm[], constant: bigint): void {
    const factors = terms.map(({ c }) => this.#kernels.montgomery(c));
    this.#forWindows(batch, 'combine', out.length, (window) => {
      const params = new Uint32Array(WORDS + (1 + TERMS) * TERM_WORDS);
      params.set(elementWords(this.#kernels.F, constant));
      const slices = terms.map(({ v }, k) => {
        const part = { from: window.from, to: Math.min(window.to, v.length) };
        const isThere = part.to > part.from;
        params.set(factors[k], WORDS + k * TERM_WORDS);
        params[2 * WORDS + k * TERM_WORDS] = isThere ? part.to - part.from : 0;
        return isThere ? windowOf(v, part) : this.#nothing(batch);
      });
      while (slices.length <= TERMS) slices.push(this.#nothing(batch));
      return [params, ...slices.slice(1), windowOf(out, window)];
    });
  }

  /** A table of products of pairs, of which each factor of a tensor product has half. */
  #tensorFactor(
    batch: CommandBatch,
    out: BufferSlice,
    pairs: readonly (readonly [bigint, bigint])[],
    start: bigint,
  ): void {
    const params = new Uint32Array(WORDS + 4 + 2 * WORDS * PAIRS);
    params.set(elementWords(this.#kernels.F, this.#kernels.F.reduce(start)));
    params[WORDS] = pairs.length;
    params.set(this.#kernels.montgomery(...pairs.flat()), WORDS + 4);
    batch.dispatch(this.#kernels.get('tensorFactor'), [params, out], 2 ** pairs.length);
  }

  /** A window of v's upper half. Where bindings cannot begin there, because the half is small, it is copied. */
  #upperHalf(batch: CommandBatch, v: DeviceVector, half: number, window: Window): BufferSlice {
    const { slice, first } = upperWindowOf(v, half, window, this.#kernels.context.limits);
    if (first === 0) return slice;
    const size = slice.size - FIELD_BYTES * first;
    const buffer = this.#scratch.get(size, batch);
    batch.copy(v.buffer, slice.offset + FIELD_BYTES * first, buffer, 0, size);
    return { buffer, offset: 0, size };
  }

  /** What is bound where a kernel does not look, behind the first bytes of the scratch memory. */
  #nothing(batch: CommandBatch): BufferSlice {
    const offset = this.#aligned(1);
    return { buffer: this.#scratch.get(offset + FIELD_BYTES, batch), offset, size: FIELD_BYTES };
  }

  /** The next place where a binding may begin. */
  #aligned(bytes: number): number {
    const { minStorageBufferOffsetAlignment } = this.#kernels.context.limits;
    return Math.ceil(bytes / minStorageBufferOffsetAlignment) * minStorageBufferOffsetAlignment;
  }

  /** Dispatches a kernel for each window of n elements. */
  #forWindows(
    batch: CommandBatch,
    name: KernelName,
    n: number,
    bindings: (window: Window) => Binding[],
    invocations = (count: number): number => count,
  ): void {
    for (const window of windows(n, this.#kernels.context.limits, KERNELS[name].cost)) {
      batch.dispatch(this.#kernels.get(name), bindings(window), invocations(window.to - window.from));
    }
  }
}
