import type { AffinePoint, Curve, Term } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import { checkDistinct, checkDivides, checkSpread, halfLength } from '../operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import type { CommandBatch } from './batch.ts';
import type { OpeningKernels } from './opening-kernels.ts';
import type { Decode } from './queue.ts';
import type { Recorder, Touches, VecData } from './recorder.ts';
import { pairOf } from './sumcheck.ts';
import type { Sums } from './sums.ts';

/** What openings of commitments ask for, on a device. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;
  readonly #sums: Sums;

  constructor(recorder: Recorder, sums: Sums) {
    this.#recorder = recorder;
    this.#sums = sums;
  }

  /** On the CPU, while the device works: so few terms would leave most of it idle. */
  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint> {
    this.#recorder.checkOpen();
    const counted = curve.contributing(terms);
    return this.#recorder.record('openings', { reads: [], writes: [] }, () => () => curve.sum(counted));
  }

  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]> {
    const F = a.field;
    const tables = this.#recorder.vectors(F, a.length, a, b);
    const n = halfLength(a);
    return this.#record(F, { reads: tables, writes: [], bytes: 2 * FIELD_BYTES }, (batch, { sums }) => {
      const decode = this.#sums.record(batch, sums, { kind: 'crossInner', n, tables });
      return (results) => pairOf(decode(results));
    });
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const F = a.field;
    const [weights, x] = [w, a].map((v) => this.#recorder.vector(F, v));
    const [left, right] = this.#recorder.vectors(F, L.length, L, R);
    halfLength(a);
    checkSpread(L, w, a);
    checkDistinct(this.#recorder.vecs, [L, R], [w, a]);
    this.#record(F, { reads: [weights, x], writes: [left, right] }, (batch, kernels) =>
      kernels.spreadHalves(batch, left, right, weights, x),
    );
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const F = a.field;
    const data = this.#recorder.vector(F, a);
    const [o] = this.#recorder.vectors(F, halfLength(a), out);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    F.check(x, 'the challenge');
    this.#record(F, { reads: [data], writes: [o] }, (batch, kernels) => kernels.foldPairs(batch, o, data, x));
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const F = a.field;
    const x = this.#recorder.vector(F, a);
    F.check(u, 'the point');
    return this.#record(F, { reads: [x], writes: [], bytes: FIELD_BYTES }, (batch, { division, sums }) => {
      if (x.length === 0) return () => 0n;
      return this.#sums.read(batch, sums, division.evaluate(batch, x, u));
    });
  }

  quotient(out: Vec, a: Vec, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    this.#divide(F, o, x, 1, F.check(u, 'the point'));
  }

  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    checkDivides(m, a);
    this.#divide(F, o, x, m, F.check(u, 'the constant'));
  }

  #divide(F: PrimeField, out: VecData, a: VecData, m: number, u: bigint): void {
    this.#record(F, { reads: [a], writes: [out] }, (batch, { division }) =>
      division.divide(batch, out, a, m, u),
    );
  }

  #record<T = void>(
    F: PrimeField,
    touches: Touches,
    encode: (batch: CommandBatch, kernels: OpeningKernels) => Decode<T> | void,
  ): Pending<T> {
    const { openings } = this.#recorder.trials;
    return this.#recorder.record('openings', { ...touches, ready: [openings.ready(F)] }, (batch) =>
      encode(batch, openings.kernels(F)),
    );
  }
}
