/**
 * Products of a constraint system's matrices with z = (W, u, X), over the kernels in `shaders/r1cs`: the matrices are resident, laid
 * out as `row-plan.ts` says, and z is never built.
 */
import longRowsCode from '../../../shaders/r1cs/long-rows.wgsl';
import rowSumCode from '../../../shaders/r1cs/row-sum.wgsl';
import rowsCode from '../../../shaders/r1cs/rows.wgsl';
import shortRowsCode from '../../../shaders/r1cs/short-rows.wgsl';
import { NovaError } from '../../errors.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { ConstraintMatrices } from '../../field/sparse.ts';
import type { CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import { type Layout, toMontgomery } from './codegen/layout.ts';
import { elementLiteral } from './codegen/words.ts';
import type { GpuContext, Kernel, KernelSource } from './device.ts';
import { bindingKinds, elementWords, fieldKernel, WORKGROUP } from './field-kernels.ts';
import { ENTRY_BYTES, planRows, RECORD_BYTES, type RowCounts, type RowPart, SHORT_ROW } from './row-plan.ts';
import { STORAGE } from './usage.ts';
import type { DeviceProducts } from './vectors.ts';
import { type BindingLimits, type DeviceVector, windowOf } from './windows.ts';

/** The kernels, as text, for matrices with so many public inputs. */
export function productSources(
  F: PrimeField,
  layout: Layout,
  io: number,
): { readonly shortRows: KernelSource; readonly longRows: KernelSource } {
  const sizes = `const TAIL = ${tailRoom(io)}u;\nconst SHORT_ROW = ${SHORT_ROW}u;\n`;
  const constants = sizes + sumConstants(F, layout);
  const source = (label: string, code: string): KernelSource =>
    fieldKernel(F, layout, {
      label,
      text: [rowSumCode, rowsCode, code].join('\n'),
      bindings: bindingKinds(4, 3),
      constants,
    });
  return { shortRows: source('shortRows', shortRowsCode), longRows: source('longRows', longRowsCode) };
}

/** Room for (u, X) in the kernels' parameters: few sizes, so that few kernels are compiled. */
function tailRoom(io: number): number {
  let room = 4;
  while (room < 1 + io) room *= 2;
  return room;
}

/** Bits of a digit of a row's sum, and the digits that are carried into the last one, which then has a word. */
const DIGIT_BITS = 16n;
const LOW_DIGITS = 15n;

/** What `row-sum.wgsl` needs: a multiple of p above every negative sum, by digits, and what the last digit is multiplied with. */
function sumConstants(F: PrimeField, layout: Layout): string {
  const shift = DIGIT_BITS * LOW_DIGITS;
  // the last digit of a sum is above -2^31; that of the bias stays below 2^31 + 2^16
  const least = 1n << (31n + shift);
  const bias = ((least + F.p - 1n) / F.p) * F.p;
  const digit = (k: bigint) =>
    k === LOW_DIGITS ? bias >> shift : BigInt.asUintN(Number(DIGIT_BITS), bias >> (DIGIT_BITS * k));
  const vector = (first: bigint) =>
    `vec4<u32>(${[0n, 2n, 4n, 6n].map((k) => `${digit(first + k)}u`).join(', ')})`;
  return [
    `const SUM_BIAS = Sum(${[0n, 1n, 8n, 9n].map(vector).join(', ')});`,
    `const SUM_TOP = ${elementLiteral(toMontgomery(F, layout, F.reduce(1n << shift)))};`,
    '',
  ].join('\n');
}

/** A part of the rows on the device. */
interface ResidentPart extends Pick<RowPart, 'outputs' | 'inputs' | 'shortRows' | 'longRows'> {
  readonly records: BufferSlice;
  readonly entries: BufferSlice;
}

/**
 * The matrices of a shape on a device.
 *
 * @example
 * const plan = ProductPlan.create(context, layout, shape);
 * await plan.prepare();
 * plan.record(batch, { AZ, BZ, CZ }, W, u, X);
 */
export class ProductPlan {
  readonly shape: ConstraintMatrices;
  /** What a call of {@link ProductPlan.record} costs. */
  readonly counts: RowCounts;
  /** Bytes of its buffers. */
  readonly bytes: number;
  readonly #context: GpuContext;
  readonly #layout: Layout;
  readonly #dictionary: BufferSlice;
  readonly #parts: readonly ResidentPart[];
  #kernels: { shortRows: Kernel; longRows: Kernel } | undefined;

  private constructor(context: GpuContext, layout: Layout, shape: ConstraintMatrices, limits: BindingLimits) {
    this.#context = context;
    this.#layout = layout;
    this.shape = shape;
    const { field: F } = shape;
    const { parts, dictionary, counts } = planRows(shape, limits);
    this.counts = counts;
    const made: GPUBuffer[] = [];
    const resident = (words: Uint32Array<ArrayBuffer>, least: number, label: string): BufferSlice => {
      const size = Math.max(words.byteLength, least);
      const buffer = context.buffer(size, STORAGE, `matrices.${label}`);
      made.push(buffer);
      context.device.queue.writeBuffer(buffer, 0, words);
      return { buffer, offset: 0, size };
    };
    try {
      const coefficients = dictionary.map((c) => toMontgomery(F, layout, c));
      // an element at least: it also stands for W where W is empty
      this.#dictionary = resident(elementWords(F, ...coefficients), FIELD_BYTES, 'dictionary');
      this.#parts = parts.map(({ records, entries, ...part }) => ({
        ...part,
        records: resident(records, RECORD_BYTES, 'rows'),
        entries: resident(entries, ENTRY_BYTES, 'entries'),
      }));
    } catch (error) {
      context.arena.release(...made);
      throw error;
    }
    this.bytes = made.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Lays out well-formed matrices and uploads them; kernels are compiled by {@link ProductPlan.prepare}.
   *
   * @param limits those of the device, or smaller ones
   * @throws {@link NovaError} `OutOfMemory`; `InvalidArgument` if there are too many public inputs or distinct coefficients
   */
  static create(
    context: GpuContext,
    layout: Layout,
    shape: ConstraintMatrices,
    limits: BindingLimits = context.limits,
  ): ProductPlan {
    const { maxStorageBufferBindingSize } = limits;
    if (FIELD_BYTES * shape.dictionary.length > maxStorageBufferBindingSize || shape.io > MAX_IO) {
      throw new NovaError(
        'InvalidArgument',
        `the engine webgpu takes matrices with up to ${MAX_IO} public inputs and ` +
          `${Math.floor(maxStorageBufferBindingSize / FIELD_BYTES)} distinct coefficients on this device; use the engine wasm`,
      );
    }
    return new ProductPlan(context, layout, shape, limits);
  }

  /** Compiles the kernels, or waits until they are. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  async prepare(): Promise<void> {
    if (this.#kernels !== undefined) return;
    const sources = productSources(this.shape.field, this.#layout, this.shape.io);
    const [shortRows, longRows] = await Promise.all([
      this.#context.pipeline(sources.shortRows),
      this.#context.pipeline(sources.longRows),
    ]);
    this.#kernels = { shortRows, longRows };
  }

  /**
   * Records out = (A z, B z, C z) for z = (W, u, X), after {@link ProductPlan.prepare}. u and X are canonical, and as many as
   * the shape says; the outputs are four buffers with W.
   */
  record(batch: CommandBatch, out: DeviceProducts, W: DeviceVector, u: bigint, X: readonly bigint[]): void {
    if (this.#kernels === undefined) throw new NovaError('EngineFault', 'a product before its kernels');
    const { shortRows, longRows } = this.#kernels;
    const { field: F, io } = this.shape;
    const tail = elementWords(F, u, ...X);
    for (const part of this.#parts) {
      const { outputs, inputs } = part;
      const columns = inputs.to - inputs.from;
      const params = (first: number, count: number) => {
        const words = new Uint32Array(4 + WORDS * tailRoom(io));
        words.set([first, count, columns]);
        words.set(tail, 4);
        return words;
      };
      const buffers = [
        part.records,
        part.entries,
        this.#dictionary,
        columns === 0 ? this.#dictionary : windowOf(W, inputs),
        ...[out.AZ, out.BZ, out.CZ].map((v) => windowOf(v, outputs)),
      ];
      batch.dispatch(shortRows, [params(0, part.shortRows), ...buffers], part.shortRows);
      batch.dispatch(
        longRows,
        [params(part.shortRows, part.longRows), ...buffers],
        WORKGROUP * part.longRows,
      );
    }
  }

  /** Gives the buffers back. */
  release(): void {
    const slices = this.#parts.flatMap(({ records, entries }) => [records, entries]);
    this.#context.arena.release(this.#dictionary.buffer, ...slices.map(({ buffer }) => buffer));
  }
}

/** Public inputs whose parameters fit in the smallest uniform binding that WebGPU guarantees, 64 KiB. */
const MAX_IO = 1023;

/** Words of an element. */
const WORDS = FIELD_BYTES / 4;
