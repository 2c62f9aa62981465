import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Table } from '../ledger.ts';
import { checkPositions } from '../operands.ts';
import {
  combineOperands,
  copyRangeOperands,
  foldHalvesOperands,
  gatherOperands,
  prefixOperands,
  tensorOperands,
  transposedOperands,
} from '../polynomial-operands.ts';
import type { Indices, PolynomialOperations, ScaledVec } from '../polynomials.ts';
import type { CommandBatch } from './batch.ts';
import type { TableKernels } from './multilinear.ts';
import type { ProductPlan } from './products.ts';
import { type Decode, type Readiness, Resident } from './queue.ts';
import type { Recorder, Touches } from './recorder.ts';
import type { Scratch } from './scratch.ts';
import { TransposedPlan } from './transposed.ts';
import { STORAGE } from './usage.ts';
import type { Verdicts } from './verdicts.ts';

const KIND = 'polynomials';

/** Bytes that are copied within a buffer at once. */
const COPY_BYTES: number = 2 ** 20;

/** Matrices on a device; transposed ones once they were asked for. */
export interface MatricesData {
  readonly plan: ProductPlan;
  readonly ready: Readiness;
  transposed?: { readonly plan: TransposedPlan; readonly ready: Readiness };
}

/** Positions on a device. */
export interface IndicesData {
  readonly buffer: GPUBuffer;
  readonly resident: Resident;
}

/** Tables of polynomials, on a device. */
export class Polynomials implements PolynomialOperations {
  readonly #recorder: Recorder;
  readonly #verdicts: Verdicts;
  readonly #scratch: Scratch;
  readonly #matrices: Table<Matrices, MatricesData>;
  readonly #indices: Table<Indices, IndicesData>;

  constructor(
    recorder: Recorder,
    verdicts: Verdicts,
    scratch: Scratch,
    matrices: Table<Matrices, MatricesData>,
    indices: Table<Indices, IndicesData>,
  ) {
    this.#recorder = recorder;
    this.#verdicts = verdicts;
    this.#scratch = scratch;
    this.#matrices = matrices;
    this.#indices = indices;
  }

  prefix(v: Vec, length: number): Vec {
    const { view, data } = prefixOperands(this.#recorder, v, length);
    return this.#recorder.vecs.addView(view, v, { ...data, length, partial: true });
  }

  indices(positions: Uint32Array, bound: number): Indices {
    this.#recorder.checkOpen();
    checkPositions(positions, bound);
    const { context } = this.#recorder;
    const { length, byteLength } = positions;
    const buffer = context.buffer(byteLength, STORAGE, `${length} positions`);
    context.device.queue.writeBuffer(buffer, 0, positions.slice());
    const handle = { length, bound } as Indices;
    return this.#indices.add(handle, byteLength, { buffer, resident: new Resident() });
  }

  copyRange(out: Vec, to: number, a: Vec, from: number, count: number): void {
    const { o, x, shared } = copyRangeOperands(this.#recorder, out, to, a, from, count);
    const [at, start, bytes] = [to, from, count].map((n) => FIELD_BYTES * n);
    this.#recorder.record(KIND, { reads: [x], writes: [{ ...o, partial: true }] }, (batch) => {
      if (!shared) return void batch.copy(x.buffer, start, o.buffer, at, bytes);
      // a device copies between two buffers
      for (let done = 0; done < bytes; done += COPY_BYTES) {
        const piece = Math.min(COPY_BYTES, bytes - done);
        const buffer = this.#scratch.get(piece, batch);
        batch.copy(x.buffer, start + done, buffer, 0, piece);
        batch.copy(buffer, 0, o.buffer, at + done, piece);
      }
    });
  }

  combine(out: Vec, terms: readonly ScaledVec[], constant: bigint = 0n): void {
    const F = out.field;
    const { o, inputs } = combineOperands(this.#recorder, out, terms, constant);
    const scaled = inputs.map(({ c, data }) => ({ c, v: data }));
    this.#record(F, { reads: scaled.map(({ v }) => v), writes: [o] }, (batch, kernels) =>
      kernels.combine(batch, o, scaled, constant),
    );
  }

  multiply(out: Vec, a: Vec, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#recorder.vectors(F, out.length, out, a, b);
    this.#record(F, { reads: [x, y], writes: [o] }, (batch, kernels) => kernels.multiply(batch, o, x, y));
  }

  invert(out: Vec, a: Vec): Pending<number> {
    const F = out.field;
    const { length } = out;
    const [o, x] = this.#recorder.vectors(F, length, out, a);
    return this.#record(F, { reads: [x], writes: [o], bytes: WORD_BYTES }, (batch, kernels) => {
      kernels.invert(batch, o, x, this.#verdicts.begin(batch, 'inversion'));
      return this.#verdicts.read(batch, 'inversion', length, 'a zero at');
    });
  }

  ramp(out: Vec): void {
    const o = this.#recorder.vector(out.field, out);
    this.#record(out.field, { reads: [], writes: [o] }, (batch, kernels) => kernels.ramp(batch, o));
  }

  gather(out: Vec, table: Vec, indices: Indices): void {
    const { o, x, positions } = gatherOperands(this.#recorder, this.#indices, out, table, indices);
    this.#record(out.field, { reads: [x, positions], writes: [o] }, (batch, kernels) =>
      kernels.gather(batch, o, x, positions.buffer, indices.bound),
    );
  }

  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
    const o = tensorOperands(this.#recorder, out, pairs);
    const kept = structuredClone(pairs);
    this.#record(out.field, { reads: [], writes: [o] }, (batch, kernels) => kernels.tensor(batch, o, kept));
  }

  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void {
    const { o, x } = foldHalvesOperands(this.#recorder, out, v, c0, c1);
    this.#record(out.field, { reads: [x], writes: [o] }, (batch, kernels) =>
      kernels.foldHalves(batch, o, x, c0, c1),
    );
  }

  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void {
    const { o, rows, matrices, factors } = transposedOperands(this.#recorder, this.#matrices, out, M, x, c);
    const { plan, ready } = this.#transposed(M, matrices);
    this.#record(M.shape.field, { reads: [rows], writes: [o], ready: [ready] }, (batch, kernels) =>
      plan.record(batch, kernels, o, rows, factors),
    );
  }

  /** Made when it is first asked for, and kept. @throws {@link NovaError} `OutOfMemory` */
  #transposed(M: Matrices, matrices: MatricesData): NonNullable<MatricesData['transposed']> {
    if (matrices.transposed === undefined) {
      const { context, layout, trials, ledger } = this.#recorder;
      const start = performance.now();
      const plan = TransposedPlan.create(context, layout, M.shape);
      matrices.transposed = { plan, ready: trials.products(plan.plan) };
      this.#matrices.grow(M, plan.bytes);
      ledger.addTime('setup', performance.now() - start);
    }
    return matrices.transposed;
  }

  /** Records an operation on tables over a field. */
  #record<T>(
    F: PrimeField,
    touches: Touches,
    encode: (batch: CommandBatch, kernels: TableKernels) => Decode<T> | void,
  ): Pending<T> {
    const { polynomials } = this.#recorder.trials;
    const ready = [polynomials.ready(F), ...(touches.ready ?? [])];
    return this.#recorder.record<T>(KIND, { ...touches, ready }, (batch) =>
      encode(batch, polynomials.kernels(F)),
    );
  }
}
