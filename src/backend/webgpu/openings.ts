import { NovaError } from '../../errors.ts';
import type { Pending, Vec } from '../backend.ts';
import type { OpeningOperations } from '../polynomials.ts';
import type { Recorder } from './recorder.ts';

/** What openings of commitments ask for, on a device. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  crossInner(_a: Vec, _b: Vec): Pending<readonly [bigint, bigint]> {
    return this.#unavailable();
  }

  spreadHalves(_L: Vec, _R: Vec, _w: Vec, _a: Vec): void {
    this.#unavailable();
  }

  foldPairs(_out: Vec, _a: Vec, _x: bigint): void {
    this.#unavailable();
  }

  evaluate(_a: Vec, _u: bigint): Pending<bigint> {
    return this.#unavailable();
  }

  quotient(_out: Vec, _a: Vec, _u: bigint): void {
    this.#unavailable();
  }

  quotientBinomial(_out: Vec, _a: Vec, _m: number, _u: bigint): void {
    this.#unavailable();
  }

  /** What this engine cannot do. */
  #unavailable(): never {
    this.#recorder.checkOpen();
    throw new NovaError(
      'BackendUnavailable',
      'the webgpu engine has no operations for openings of commitments yet: make the compressed proof with the engine wasm, or auto',
    );
  }
}
