import { NovaError } from '../../errors.ts';
import type { Pending, Vec } from '../backend.ts';
import type { SumcheckOperations } from '../polynomials.ts';
import type { Recorder } from './recorder.ts';

/** The rounds of sum-checks, on a device. */
export class Sumcheck implements SumcheckOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  sum(_a: Vec): Pending<bigint> {
    return this.#unavailable();
  }

  inner(_a: Vec, _b: Vec): Pending<bigint> {
    return this.#unavailable();
  }

  roundQuadratic(_P: Vec, _Q: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    return this.#unavailable();
  }

  roundCubic(_P: Vec, _Q: Vec, _R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]> {
    return this.#unavailable();
  }

  roundEq(_eq: Vec, _A: Vec, _B: Vec, _C?: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    return this.#unavailable();
  }

  #unavailable(): never {
    this.#recorder.checkOpen();
    throw new NovaError(
      'BackendUnavailable',
      'the webgpu engine has no operations for sum-checks yet: make the compressed proof with the engine wasm, or auto',
    );
  }
}
