import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Table } from '../ledger.ts';
import {
  checkAtMost,
  checkDistinct,
  checkPairs,
  checkPositions,
  checkPrefix,
  checkRanges,
  checkTable,
  halfLength,
} from '../operands.ts';
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
    const { buffer, resident } = this.#recorder.vector(v.field, v);
    checkPrefix(v, length);
    const view = { field: v.field, length, label: v.label } as Vec;
    return this.#recorder.vecs.addView(view, v, { buffer, length, resident, partial: true });
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
    const [o, x] = [out, a].map((v) => this.#recorder.vector(out.field, v));
    const isOut = o.resident === x.resident;
    checkRanges(out, to, a, from, count, isOut);
    const [at, start, bytes] = [to, from, count].map((n) => FIELD_BYTES * n);
    this.#recorder.record(KIND, { reads: [x], writes: [{ ...o, partial: true }] }, (batch) => {
      if (!isOut) return void batch.copy(x.buffer, start, o.buffer, at, bytes);
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
    const o = this.#recorder.vector(F, out);
    const inputs = terms.map(({ c, v }, k) => {
      const data = this.#recorder.vector(F, v);
      checkAtMost(v, out.length);
      return { c: F.check(c, `the factor of term ${k}`), v: data };
    });
    F.check(constant, 'the constant');
    this.#record(F, { reads: inputs.map(({ v }) => v), writes: [o] }, (batch, kernels) =>
      kernels.combine(batch, o, inputs, constant),
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
    const F = out.field;
    this.#recorder.checkOpen();
    const positions = this.#indices.get(indices);
    const [o] = this.#recorder.vectors(F, indices.length, out);
    const x = this.#recorder.vector(F, table);
    checkTable(table, indices);
    checkDistinct(this.#recorder.vecs, [out], [table]);
    this.#record(F, { reads: [x, positions], writes: [o] }, (batch, kernels) =>
      kernels.gather(batch, o, x, positions.buffer, indices.bound),
    );
  }

  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
    const F = out.field;
    const o = this.#recorder.vector(F, out);
    checkPairs(out, pairs);
    const kept = structuredClone(pairs);
    this.#record(F, { reads: [], writes: [o] }, (batch, kernels) => kernels.tensor(batch, o, kept));
  }

  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void {
    const F = out.field;
    const x = this.#recorder.vector(F, v);
    const [o] = this.#recorder.vectors(F, halfLength(v), out);
    F.check(c0, 'the factor of the lower half');
    F.check(c1, 'the factor of the upper half');
    this.#record(F, { reads: [x], writes: [o] }, (batch, kernels) => kernels.foldHalves(batch, o, x, c0, c1));
  }

  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void {
    this.#recorder.checkOpen();
    const matrices = this.#matrices.get(M);
    const { field: F, constraints, variables, io } = M.shape;
    const [o] = this.#recorder.vectors(F, variables + 1 + io, out);
    const [rows] = this.#recorder.vectors(F, constraints, x);
    const factors = c.map((factor, k) => F.check(factor, `the factor of matrix ${'ABC'[k]}`));
    checkDistinct(this.#recorder.vecs, [out], [x]);
    const { plan, ready } = this.#transposed(M, matrices);
    this.#record(F, { reads: [rows], writes: [o], ready: [ready] }, (batch, kernels) =>
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
