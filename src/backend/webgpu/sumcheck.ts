import innerCode from '../../../shaders/sumcheck/inner.wgsl';
import roundCubicCode from '../../../shaders/sumcheck/round-cubic.wgsl';
import roundEqCode from '../../../shaders/sumcheck/round-eq.wgsl';
import roundQuadraticCode from '../../../shaders/sumcheck/round-quadratic.wgsl';
import sumCode from '../../../shaders/sumcheck/sum.wgsl';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import type { SumcheckOperations } from '../polynomials.ts';
import { innerOperands, roundEqOperands, roundOperands, type RoundOperands } from '../sumcheck-operands.ts';
import type { Recorder, VecData } from './recorder.ts';
import type { SumKind, Sums } from './sums.ts';

export type SumcheckSum = 'sum' | 'inner' | 'roundQuadratic' | 'roundCubic' | 'roundEq';

/** The sums that rounds ask for. */
export const SUMCHECK_SUMS: Readonly<Record<SumcheckSum, SumKind>> = {
  sum: { text: sumCode, halves: [false], count: 1, divisions: 0, cost: 1 },
  inner: { text: innerCode, halves: [false, false], count: 1, divisions: 1, cost: 1 },
  roundQuadratic: { text: roundQuadraticCode, halves: [true, true], count: 2, divisions: 1, cost: 2 },
  roundCubic: { text: roundCubicCode, halves: [true, true, true], count: 3, divisions: 2, cost: 6 },
  roundEq: { text: roundEqCode, halves: [false, true, true, false], count: 2, divisions: 2, cost: 5 },
};

/** The rounds of sum-checks, on a device. */
export class Sumcheck implements SumcheckOperations {
  readonly #recorder: Recorder;
  readonly #sums: Sums;

  constructor(recorder: Recorder, sums: Sums) {
    this.#recorder = recorder;
    this.#sums = sums;
  }

  sum(a: Vec): Pending<bigint> {
    const x = this.#recorder.vector(a.field, a);
    return this.#record(a.field, 'sum', { tables: [x], n: a.length }, ([sum]) => sum);
  }

  inner(a: Vec, b: Vec): Pending<bigint> {
    return this.#record(a.field, 'inner', innerOperands(this.#recorder, a, b), ([sum]) => sum);
  }

  roundQuadratic(P: Vec, Q: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    return this.#record(P.field, 'roundQuadratic', roundOperands(this.#recorder, P, Q), pairOf);
  }

  roundCubic(P: Vec, Q: Vec, R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]> {
    const operands = roundOperands(this.#recorder, P, Q, R);
    return this.#record(P.field, 'roundCubic', operands, ([at0, atMinus1, leading]) => [
      at0,
      atMinus1,
      leading,
    ]);
  }

  roundEq(eq: Vec, A: Vec, B: Vec, C?: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    return this.#record(A.field, 'roundEq', roundEqOperands(this.#recorder, eq, A, B, C), pairOf);
  }

  /** Records sums over n elements of the tables or their halves. @param value makes the value of the operation from them */
  #record<T>(
    F: PrimeField,
    kind: SumcheckSum,
    { tables, n }: RoundOperands<VecData>,
    value: (sums: readonly bigint[]) => T,
  ): Pending<T> {
    const { sumcheck } = this.#recorder.trials;
    const bytes = FIELD_BYTES * SUMCHECK_SUMS[kind].count;
    const touches = { reads: tables, writes: [], bytes, ready: [sumcheck.ready(F)] };
    return this.#recorder.record('sumcheck', touches, (batch) => {
      const decode = this.#sums.record(batch, sumcheck.kernels(F), { kind, n, tables });
      return (results) => value(decode(results));
    });
  }
}

/** Two sums as they are. */
export function pairOf([a, b]: readonly bigint[]): readonly [bigint, bigint] {
  return [a, b];
}
