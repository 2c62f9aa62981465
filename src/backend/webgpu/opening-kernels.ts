/** What openings of commitments ask for on a device, over the kernels in `shaders/openings`. Elements are in standard form, < p. */
import crossInnerCode from '../../../shaders/openings/cross-inner.wgsl';
import foldPairsCode from '../../../shaders/openings/fold-pairs.wgsl';
import spreadHalvesCode from '../../../shaders/openings/spread-halves.wgsl';
import type { PrimeField } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext, KernelSource } from './device.ts';
import { Division } from './division.ts';
import { bindingKinds, FieldKernels, fieldKernel } from './field-kernels.ts';
import type { Scratch } from './scratch.ts';
import { SumKernels, type SumKind } from './sums.ts';
import { alignment, type DeviceVector, type Window, windowOf, windows } from './windows.ts';

export type OpeningSum = 'crossInner';

/** The sums that openings ask for. */
export const OPENING_SUMS: Readonly<Record<OpeningSum, SumKind>> = {
  crossInner: { text: crossInnerCode, halves: [true, true], count: 2, divisions: 1, cost: 2 },
};

export type OpeningKernel = 'spreadHalves' | 'foldPairs';

/** Field multiplications that a kernel here does for an element, at most. */
const MULTIPLICATIONS = 2;

/** The kernels of a field, as text. */
export function openingSources(F: PrimeField, layout: Layout): Record<OpeningKernel, KernelSource> {
  const source = (label: OpeningKernel, text: string, reads: number, writes: number): KernelSource =>
    fieldKernel(F, layout, { label, text, bindings: bindingKinds(reads, writes) });
  return {
    spreadHalves: source('spreadHalves', spreadHalvesCode, 2, 2),
    foldPairs: source('foldPairs', foldPairsCode, 1, 1),
  };
}

/** The operations of openings over a field. They record into a batch; vectors that exceed a binding are cut into windows. */
export class OpeningKernels {
  readonly division: Division;
  readonly sums: SumKernels<OpeningSum>;
  readonly #kernels: FieldKernels<OpeningKernel>;

  private constructor(
    kernels: FieldKernels<OpeningKernel>,
    division: Division,
    sums: SumKernels<OpeningSum>,
  ) {
    this.#kernels = kernels;
    this.division = division;
    this.sums = sums;
  }

  /** Compiles the kernels of a field. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    scratch: Scratch,
  ): Promise<OpeningKernels> {
    const [kernels, division, sums] = await Promise.all([
      FieldKernels.compile(context, F, layout, openingSources(F, layout)),
      Division.create(context, F, layout, scratch),
      SumKernels.create(context, F, layout, OPENING_SUMS),
    ]);
    return new OpeningKernels(kernels, division, sums);
  }

  /** L and R of w and a: see `OpeningOperations.spreadHalves`. a's length is a power of two from 2. */
  spreadHalves(
    batch: CommandBatch,
    L: DeviceVector,
    R: DeviceVector,
    w: DeviceVector,
    a: DeviceVector,
  ): void {
    const half = a.length / 2;
    for (const { rows, columns, out } of this.#spreadWindows(w.length, a.length)) {
      const params = Uint32Array.of(half, out.from, rows.from, columns.from);
      const slices = [windowOf(w, rows), windowOf(a, columns), windowOf(L, out), windowOf(R, out)];
      batch.dispatch(this.#kernels.get('spreadHalves'), [params, ...slices], out.to - out.from);
    }
  }

  /** out[i] = a[2i] + x (a[2i+1] - a[2i]). */
  foldPairs(batch: CommandBatch, out: DeviceVector, a: DeviceVector, x: bigint): void {
    const params = this.#kernels.montgomery(x);
    // a window of a is twice as long as that of out
    for (const { from, to } of windows(a.length, this.#kernels.context.limits, MULTIPLICATIONS, 2)) {
      const slices = [windowOf(a, { from, to }), windowOf(out, { from: from / 2, to: to / 2 })];
      batch.dispatch(this.#kernels.get('foldPairs'), [params, ...slices], (to - from) / 2);
    }
  }

  /** The windows of L and R, and what of w and a goes into each: all of a while a binding holds it, or else a part of a half. */
  *#spreadWindows(rows: number, columns: number): Generator<Record<'out' | 'rows' | 'columns', Window>> {
    const { limits } = this.#kernels.context;
    const aligned = alignment(limits);
    const whole = windows(columns, limits).length === 1;
    const [half, length] = [columns / 2, rows * columns];
    const piece = whole ? length : half;
    for (let start = 0; start < length; start += piece) {
      for (const { from, to } of windows(piece, limits, MULTIPLICATIONS)) {
        const out = { from: start + from, to: start + to };
        const row = Math.floor(out.from / columns);
        const other = (out.from + half) % columns;
        yield {
          out,
          rows: { from: row - (row % aligned), to: Math.ceil(out.to / columns) },
          columns: whole ? { from: 0, to: columns } : { from: other, to: other + to - from },
        };
      }
    }
  }
}
