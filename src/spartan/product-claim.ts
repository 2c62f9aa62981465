import type { Backend, Pending } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';
import type { Answer, JointClaim } from './joint-sumcheck.ts';
import type { Multilinear } from './multilinear.ts';
import { evaluateRound, type RoundPolynomial } from './sumcheck.ts';

/** That the sum of P(x) Q(x) R(x) is `claim`. */
export class ProductClaim implements JointClaim {
  readonly #backend: Backend;
  readonly #F: PrimeField;
  readonly #tables: readonly [P: Multilinear, Q: Multilinear, R: Multilinear];
  readonly #coefficient: bigint;
  #claim: bigint;
  #message: RoundPolynomial = [];

  constructor(
    backend: Backend,
    F: PrimeField,
    claim: bigint,
    tables: readonly [P: Multilinear, Q: Multilinear, R: Multilinear],
    coefficient: bigint,
  ) {
    this.#backend = backend;
    this.#F = F;
    this.#claim = claim;
    this.#tables = tables;
    this.#coefficient = coefficient;
  }

  ask(): readonly Pending<Answer>[] {
    const [P, Q, R] = this.#tables;
    return [this.#backend.sumcheck.roundCubic(P.values, Q.values, R.values)];
  }

  async message([at0, atMinus1, leading]: readonly bigint[]): Promise<RoundPolynomial> {
    const F = this.#F;
    // s(1) + s(-1) = 2 (s(0) + c2)
    const at1 = F.sub(this.#claim, at0);
    const c2 = F.sub(F.mul(F.add(at1, atMinus1), F.inv(2n)), at0);
    this.#message = [at0, c2, leading];
    return this.#message.map((c) => F.mul(this.#coefficient, c));
  }

  bind(r: bigint): void {
    this.#claim = evaluateRound(this.#F, this.#message, this.#claim, r);
    for (const table of this.#tables) table.bind(r);
  }
}
