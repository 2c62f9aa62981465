/**
 * Values and quotients of polynomials given by their coefficients, over `shaders/openings/horner.wgsl` and `divide.wgsl`.
 *
 * Both are linear recurrences. They are cut into segments, whose values are the coefficients of a shorter polynomial in X to the
 * power of a segment's length: at the end of that chain is the value of the whole; and the quotients along it, from its end back, are
 * what each segment has above it.
 */
import divideCode from '../../../shaders/openings/divide.wgsl';
import hornerCode from '../../../shaders/openings/horner.wgsl';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext, KernelSource } from './device.ts';
import { bindingKinds, FieldKernels, fieldKernel } from './field-kernels.ts';
import type { Scratch } from './scratch.ts';
import { clearVector, copyVector } from './vectors.ts';
import { alignment, type DeviceVector, windowOf, windows } from './windows.ts';

/** Rows of a segment: an invocation works them off one after the other, and each level has so many times fewer. */
const SEGMENT = 16;

/** Field multiplications for an element. */
const MULTIPLICATIONS = 1;

/** Coefficients, and where the polynomial is evaluated: shorter from level to level, with a power of the point before. */
interface Level {
  readonly v: DeviceVector;
  readonly x: bigint;
}

export type DivisionKernel = 'horner' | 'divide';

/** The kernels of a field, as text. */
export function divisionSources(F: PrimeField, layout: Layout): Record<DivisionKernel, KernelSource> {
  return {
    horner: fieldKernel(F, layout, { label: 'horner', text: hornerCode, bindings: bindingKinds(1, 1) }),
    divide: fieldKernel(F, layout, { label: 'divide', text: divideCode, bindings: bindingKinds(0, 2) }),
  };
}

/** Values and quotients over a field. They record into a batch; vectors that exceed a binding are cut into windows. */
export class Division {
  readonly #kernels: FieldKernels<DivisionKernel>;
  readonly #scratch: Scratch;

  private constructor(kernels: FieldKernels<DivisionKernel>, scratch: Scratch) {
    this.#kernels = kernels;
    this.#scratch = scratch;
  }

  /** Compiles the kernels of a field. @throws {@link NovaError} `DeviceFault`, `DeviceLost` */
  static async create(
    context: GpuContext,
    F: PrimeField,
    layout: Layout,
    scratch: Scratch,
  ): Promise<Division> {
    return new Division(await FieldKernels.compile(context, F, layout, divisionSources(F, layout)), scratch);
  }

  /**
   * The value at u of the polynomial whose coefficients are a, of which there is at least one.
   *
   * @returns where the value is, until the scratch memory is used again
   */
  evaluate(batch: CommandBatch, a: DeviceVector, u: bigint): BufferSlice {
    return windowOf(this.#chain(batch, a, 1, u).at(-1)!.v, { from: 0, to: 1 });
  }

  /**
   * out = the coefficients of the quotient of a by X^m - u, followed by m zeros; out is another buffer than a, and m divides their
   * length.
   */
  divide(batch: CommandBatch, out: DeviceVector, a: DeviceVector, m: number, u: bigint): void {
    copyVector(batch, out, a);
    const unit = SEGMENT * m * alignment(this.#kernels.context.limits);
    if (FIELD_BYTES * unit > this.#kernels.context.limits.maxStorageBufferBindingSize) {
      return this.#divideRows(batch, out, m, u);
    }
    const levels = this.#chain(batch, out, m, u);
    // nothing is above the last level, which is a single row
    clearVector(batch, levels.at(-1)!.v);
    for (let k = levels.length - 2; k >= 0; k--) {
      this.#forSegments(levels[k].v, levels[k + 1].v, m, (level, carry, count) => {
        batch.dispatch(
          this.#kernels.get('divide'),
          [this.#params(levels[k].x, m, SEGMENT, 0), level, carry],
          count,
        );
      });
    }
  }

  /** The levels from the coefficients, rows of m, to a single row: the values of all columns at u. */
  #chain(batch: CommandBatch, a: DeviceVector, m: number, u: bigint): Level[] {
    const levels: Level[] = [{ v: a, x: u }];
    for (let { v, x } = levels[0]; v.length > m;) {
      const next = this.#work(batch, levels.length - 1, Math.ceil(v.length / (SEGMENT * m)) * m);
      this.#forSegments(v, next, m, (level, values, count) => {
        batch.dispatch(this.#kernels.get('horner'), [this.#params(x, m, SEGMENT), level, values], count);
      });
      [v, x] = [next, this.#kernels.F.pow(x, BigInt(SEGMENT))];
      levels.push({ v, x });
    }
    return levels;
  }

  /** Cuts a level into windows of whole segments, and the level above it alike. */
  #forSegments(
    level: DeviceVector,
    above: DeviceVector,
    m: number,
    record: (level: BufferSlice, above: BufferSlice, count: number) => void,
  ): void {
    for (const window of windows(level.length, this.#kernels.context.limits, MULTIPLICATIONS, SEGMENT * m)) {
      const segments = { from: window.from / SEGMENT, to: Math.ceil(window.to / (SEGMENT * m)) * m };
      record(windowOf(level, window), windowOf(above, segments), segments.to - segments.from);
    }
  }

  /** The same for so many columns that a binding does not hold the rows of a segment: row by row, in strips. */
  #divideRows(batch: CommandBatch, out: DeviceVector, m: number, u: bigint): void {
    const { limits } = this.#kernels.context;
    const aligned = alignment(limits);
    const carry = this.#work(batch, 0, m);
    clearVector(batch, carry);
    // a row may begin where no binding can
    const room = {
      ...limits,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize - FIELD_BYTES * aligned,
    };
    const strips = windows(m, room, MULTIPLICATIONS);
    for (let row = out.length - m; row >= 0; row -= m) {
      for (const strip of strips) {
        const first = (row + strip.from) % aligned;
        const window = { from: row + strip.from - first, to: row + strip.to };
        const columns = strip.to - strip.from;
        batch.dispatch(
          this.#kernels.get('divide'),
          [this.#params(u, columns, 1, first), windowOf(out, window), windowOf(carry, strip)],
          columns,
        );
      }
    }
  }

  /** A vector to work in: part `part` of the scratch memory. */
  #work(batch: CommandBatch, part: number, length: number): DeviceVector {
    return { buffer: this.#scratch.get(FIELD_BYTES * length, batch, part), length };
  }

  #params(u: bigint, ...counts: number[]): Uint32Array {
    return Uint32Array.of(...this.#kernels.montgomery(u), ...counts);
  }
}
