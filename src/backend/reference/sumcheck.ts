import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import type { SumcheckOperations } from '../polynomials.ts';
import { innerOperands, roundEqOperands, roundOperands } from '../sumcheck-operands.ts';
import type { Recorder, VecData } from './recorder.ts';
import { sweep, type Work } from './work.ts';

/** The rounds of sum-checks, on BigInts. */
export class Sumcheck implements SumcheckOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  sum(a: Vec): Pending<bigint> {
    const x = this.#recorder.vector(a.field, a);
    return this.#one(a.field, a.length, (i) => x.elements[i], [x]);
  }

  inner(a: Vec, b: Vec): Pending<bigint> {
    const { tables, n } = innerOperands(this.#recorder, a, b);
    const [x, y] = tables.map(({ elements }) => elements);
    return this.#one(a.field, n, (i) => x[i] * y[i], tables);
  }

  roundQuadratic(P: Vec, Q: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const { tables, n: half } = roundOperands(this.#recorder, P, Q);
    const [p, q] = tables.map(({ elements }) => elements);
    return this.#sums<readonly [bigint, bigint]>(
      2,
      P.field,
      half,
      (i) => [p[i] * q[i], (p[half + i] - p[i]) * (q[half + i] - q[i])],
      tables,
    );
  }

  roundCubic(P: Vec, Q: Vec, R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]> {
    const { tables, n: half } = roundOperands(this.#recorder, P, Q, R);
    const product = (at: (elements: readonly bigint[]) => bigint) =>
      tables.reduce((value, { elements }) => value * at(elements), 1n);
    return this.#sums<readonly [bigint, bigint, bigint]>(
      3,
      P.field,
      half,
      (i) => [
        product((v) => v[i]),
        product((v) => 2n * v[i] - v[half + i]),
        product((v) => v[half + i] - v[i]),
      ],
      tables,
    );
  }

  roundEq(eq: Vec, A: Vec, B: Vec, C?: Vec): Pending<readonly [at0: bigint, leading: bigint]> {
    const { tables, n: half } = roundEqOperands(this.#recorder, eq, A, B, C);
    const [w, a, b, c] = tables.map(({ elements }) => elements);
    return this.#sums<readonly [bigint, bigint]>(
      2,
      A.field,
      half,
      (i) => [w[i] * (a[i] * b[i] - (c?.[i] ?? 0n)), w[i] * (a[half + i] - a[i]) * (b[half + i] - b[i])],
      tables,
    );
  }

  #one(F: PrimeField, n: number, term: (i: number) => bigint, reads: readonly VecData[]): Pending<bigint> {
    return this.#recorder.record('sumcheck', one(F, n, term), reads, [], FIELD_BYTES);
  }

  #sums<T extends readonly bigint[]>(
    count: T['length'],
    F: PrimeField,
    n: number,
    terms: (i: number) => T,
    reads: readonly VecData[],
  ): Pending<T> {
    return this.#recorder.record('sumcheck', sums(F, n, terms), reads, [], FIELD_BYTES * count);
  }
}

/** The sum over i < n of the terms. */
function* one(F: PrimeField, n: number, term: (i: number) => bigint): Work<bigint> {
  const [sum = 0n] = yield* sums(F, n, (i) => [term(i)]);
  return sum;
}

/** The sums over i < n of the terms that belong to i, reduced at the end. */
export function* sums<T extends readonly bigint[]>(
  F: PrimeField,
  n: number,
  terms: (i: number) => T,
): Work<T> {
  const totals: bigint[] = [];
  yield* sweep(n, (i) => terms(i).forEach((term, k) => (totals[k] = (totals[k] ?? 0n) + term)));
  return totals.map((total) => F.reduce(total)) as readonly bigint[] as T;
}
