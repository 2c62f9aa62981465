import type { Backend, Pending } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';
import type { EqFactor } from './eq-factor.ts';
import { eqAt, eqAtZero } from '../field/eq.ts';
import type { Answer, JointClaim } from './joint-sumcheck.ts';
import type { Multilinear } from './multilinear.ts';
import { evaluateRound, type RoundPolynomial } from './sumcheck.ts';
import { sumAtOne } from './sumcheck-prover.ts';

/** A polynomial among 2^n values: 2^k values, followed by zeros. */
export interface PaddedPolynomial {
  /** The 2^k values. */
  readonly P: Multilinear;
  /** The first n - k coordinates of the point of eq. */
  readonly head: readonly bigint[];
  /** The factor eq of the other coordinates. */
  readonly eq: EqFactor;
  /** The value of the polynomial of the 2^k values at the other coordinates. */
  readonly value: bigint;
}

/**
 * The sum of eq(r, x) P(x) for a padded P; `masked`, without the x of the 2^k values, which is zero because P is zero there.
 *
 * While the first n - k variables are bound, (head | x), all that depends on the values is `value`:
 *
 *     P(head', x') = prod (1 - head'_j) P(x'),    eq(r, (head', x')) = eq(head, head') eq(rest, x')
 *
 * and the mask takes prod (1 - head_j)(1 - head'_j) from eq(head, head'). So the engine works on 2^k values, in the last k rounds.
 */
export class PaddedClaim implements JointClaim {
  readonly #backend: Backend;
  readonly #F: PrimeField;
  readonly #polynomial: PaddedPolynomial;
  readonly #coefficient: bigint;
  #round = 0;
  /** What the bound variables of the head come to: eq(head, .), the mask, and prod (1 - .). */
  #eqHead = 1n;
  #mask: bigint;
  #zeros = 1n;
  /** The sum of eq(rest, x') P(x') over the variables that are left, and the last message on it. */
  #claim: bigint;
  #message: RoundPolynomial = [];

  constructor(
    backend: Backend,
    F: PrimeField,
    polynomial: PaddedPolynomial,
    masked: boolean,
    coefficient: bigint,
  ) {
    this.#backend = backend;
    this.#F = F;
    this.#polynomial = polynomial;
    this.#mask = masked ? 1n : 0n;
    this.#coefficient = coefficient;
    this.#claim = polynomial.value;
  }

  get #inHead(): boolean {
    return this.#round < this.#polynomial.head.length;
  }

  ask(): readonly Pending<Answer>[] {
    const { eq, P } = this.#polynomial;
    return this.#inHead ? [] : [this.#backend.sumcheck.inner(eq.rest, P.values)]; // with the lower half of P
  }

  async message([t0]: readonly bigint[]): Promise<RoundPolynomial> {
    const F = this.#F;
    const { head, eq, P } = this.#polynomial;
    if (this.#inHead) {
      // (1 - X) (a (1 - X) + b X), and zeros in the rest of the head
      const r = head[this.#round];
      const a = F.mul(F.sub(this.#eqHead, this.#mask), F.sub(1n, r));
      const b = F.mul(this.#eqHead, r);
      const rest = eqAtZero(F, head.slice(this.#round + 1));
      const scale = F.mul(F.mul(this.#coefficient, this.#zeros), F.mul(rest, this.#claim));
      return [F.mul(scale, a), F.mul(scale, F.sub(a, b)), 0n];
    }
    const scale = F.mul(F.mul(this.#coefficient, this.#zeros), F.sub(this.#eqHead, this.#mask));
    const at1 = () => sumAtOne(this.#backend, eq.rest, P.values);
    this.#message = await eq.message(this.#claim, t0, undefined, at1);
    const [c0, c2] = this.#message;
    return [F.mul(scale, c0), F.mul(scale, c2), 0n];
  }

  bind(x: bigint): void {
    const F = this.#F;
    const { head, eq, P } = this.#polynomial;
    if (this.#inHead) {
      const r = head[this.#round];
      this.#eqHead = F.mul(this.#eqHead, eqAt(F, [r], [x]));
      this.#mask = F.mul(this.#mask, eqAtZero(F, [r, x]));
      this.#zeros = F.mul(this.#zeros, F.sub(1n, x));
    } else {
      this.#claim = evaluateRound(F, this.#message, this.#claim, x);
      P.bind(x);
      eq.bind(x);
    }
    this.#round++;
  }
}
