import type { AffinePoint, Curve, Term } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { throwIfAborted } from '../../errors.ts';
import type { Backend, Bases, Control, Pending, Vec } from '../backend.ts';
import {
  evaluateOperands,
  foldPairsOperands,
  quotientOperands,
  spreadOperands,
} from '../opening-operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import { roundOperands } from '../sumcheck-operands.ts';
import { foldOnHost } from '../reference/fold-bases.ts';
import { run } from '../reference/work.ts';
import type { CommandBatch } from './batch.ts';
import type { OpeningKernels } from './opening-kernels.ts';
import type { Decode } from './queue.ts';
import type { Recorder, Touches } from './recorder.ts';
import { pairOf } from './sumcheck.ts';
import type { Sums } from './sums.ts';

/** What openings of commitments ask for, on a device. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;
  readonly #keys: Pick<Backend, 'loadBases' | 'saveBases'>;
  readonly #sums: Sums;

  constructor(recorder: Recorder, keys: Pick<Backend, 'loadBases' | 'saveBases'>, sums: Sums) {
    this.#recorder = recorder;
    this.#keys = keys;
    this.#sums = sums;
  }

  /** On the CPU, while the device works: so few terms would leave most of it idle. */
  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint> {
    this.#recorder.checkOpen();
    const counted = curve.contributing(terms);
    return this.#recorder.record('openings', { reads: [], writes: [] }, () => () => curve.sum(counted));
  }

  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]> {
    const { tables, n } = roundOperands(this.#recorder, a, b);
    return this.#record(a.field, { reads: tables, writes: [], bytes: 2 * FIELD_BYTES }, (batch, { sums }) => {
      const decode = this.#sums.record(batch, sums, { kind: 'crossInner', n, tables });
      return (results) => pairOf(decode(results));
    });
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const { left, right, weights, x } = spreadOperands(this.#recorder, L, R, w, a);
    this.#record(a.field, { reads: [weights, x], writes: [left, right] }, (batch, kernels) =>
      kernels.spreadHalves(batch, left, right, weights, x),
    );
  }

  /** Commitments of the whole length are what a device is good at. */
  roundsPerFold(): number {
    return Infinity;
  }

  /** On the CPU: nothing here asks for it. */
  async foldBases(
    bases: Bases,
    weights: readonly bigint[],
    m: number,
    control: Control = {},
  ): Promise<Bases> {
    const check = () => {
      throwIfAborted(control.signal);
      this.#recorder.checkOpen();
    };
    return foldOnHost(this.#keys, bases, weights, m, control, (work) => run(work, check, control.onProgress));
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const { o, x: data } = foldPairsOperands(this.#recorder, out, a, x);
    this.#record(a.field, { reads: [data], writes: [o] }, (batch, kernels) =>
      kernels.foldPairs(batch, o, data, x),
    );
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const x = evaluateOperands(this.#recorder, a, u);
    return this.#record(
      a.field,
      { reads: [x], writes: [], bytes: FIELD_BYTES },
      (batch, { division, sums }) => {
        if (x.length === 0) return () => 0n;
        return this.#sums.read(batch, sums, division.evaluate(batch, x, u));
      },
    );
  }

  quotient(out: Vec, a: Vec, u: bigint): void {
    this.quotientBinomial(out, a, 1, u);
  }

  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void {
    const { o, x } = quotientOperands(this.#recorder, out, a, m, u);
    this.#record(a.field, { reads: [x], writes: [o] }, (batch, { division }) =>
      division.divide(batch, o, x, m, u),
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
