import { NovaError } from '../../errors.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import type { Table } from '../ledger.ts';
import type { Indices, PolynomialOperations, ScaledVec } from '../polynomials.ts';
import type { ProductPlan } from './products.ts';
import type { Readiness } from './queue.ts';
import type { Recorder } from './recorder.ts';
import type { Verdicts } from './verdicts.ts';

/** Matrices on a device. */
export interface MatricesData {
  readonly plan: ProductPlan;
  readonly ready: Readiness;
  transposed?: ProductPlan;
}

/** Positions on a device. */
export interface IndicesData {
  readonly buffer: GPUBuffer;
}

/** Tables of polynomials, on a device. */
export class Polynomials implements PolynomialOperations {
  readonly #recorder: Recorder;

  constructor(
    recorder: Recorder,
    _verdicts: Verdicts,
    _matrices: Table<Matrices, MatricesData>,
    _indices: Table<Indices, IndicesData>,
  ) {
    this.#recorder = recorder;
  }

  prefix(_v: Vec, _length: number): Vec {
    return this.#unavailable();
  }

  indices(_positions: Uint32Array, _bound: number): Indices {
    return this.#unavailable();
  }

  copyRange(_out: Vec, _to: number, _a: Vec, _from: number, _count: number): void {
    this.#unavailable();
  }

  combine(_out: Vec, _terms: readonly ScaledVec[], _constant?: bigint): void {
    this.#unavailable();
  }

  multiply(_out: Vec, _a: Vec, _b: Vec): void {
    this.#unavailable();
  }

  invert(_out: Vec, _a: Vec): Pending<number> {
    return this.#unavailable();
  }

  ramp(_out: Vec): void {
    this.#unavailable();
  }

  gather(_out: Vec, _table: Vec, _indices: Indices): void {
    this.#unavailable();
  }

  tensor(_out: Vec, _pairs: readonly (readonly [bigint, bigint])[]): void {
    this.#unavailable();
  }

  foldHalves(_out: Vec, _v: Vec, _c0: bigint, _c1: bigint): void {
    this.#unavailable();
  }

  transposed(_out: Vec, _M: Matrices, _x: Vec, _c: readonly [bigint, bigint, bigint]): void {
    this.#unavailable();
  }

  #unavailable(): never {
    this.#recorder.checkOpen();
    throw new NovaError(
      'BackendUnavailable',
      'the webgpu engine has no operations for tables of polynomials yet: make the compressed proof with the engine wasm, or auto',
    );
  }
}
