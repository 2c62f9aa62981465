import type { Backend, Vec } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';
import type { Workspace } from '../pcs/workspace.ts';
import { eqPairs } from '../field/eq.ts';
import { Multilinear } from './multilinear.ts';
import type { RoundPolynomial } from './sumcheck.ts';

/**
 * The factor eq(tau, x) of a sum-check's polynomial eq(tau, x) f(x), taken apart (A. Gruen, ePrint 2024/108, section 3). In the
 * round that binds x_k it is p l(X) eq(tau', x') where p is what the bound variables come to, l(X) = eq(tau_k, X), and
 * the last part depends on the variables that are left. So the message is s(X) = p l(X) t(X) where
 *
 *     t(X) = sum over x' of eq(tau', x') f(bound, X, x')
 *
 * has a degree less than s, and tables have half the length. The engine computes t(0) and t's leading coefficient; t(1) follows
 * from s(0) + s(1) = claim.
 */
export class EqFactor {
  readonly #F: PrimeField;
  readonly #tau: readonly bigint[];
  readonly #rest: Multilinear | undefined;
  #bound = 1n;
  #round = 0;

  /** @param vector of the workspace, for the table of half the length, 2^(tau.length - 1) or longer */
  constructor(backend: Backend, workspace: Workspace, vector: Vec, tau: readonly bigint[]) {
    this.#F = vector.field;
    this.#tau = tau;
    if (tau.length === 0) return;
    const table = workspace.prefix(vector, 2 ** (tau.length - 1));
    backend.polynomials.tensor(table, eqPairs(this.#F, tau.slice(1)));
    this.#rest = new Multilinear(backend, workspace, table);
  }

  /** The table of eq(tau', x') over the variables after the one that this round binds. */
  get rest(): Vec {
    if (this.#rest === undefined) throw new RangeError('no variable is left');
    return this.#rest.values;
  }

  /**
   * The round's message for a t of degree 1, or of degree 2 if `leading` is given.
   *
   * @param at1 computes t(1), for the case that s(1) does not give it: it is 0 whatever t is if tau_k = 0
   */
  async message(
    claim: bigint,
    t0: bigint,
    leading: bigint | undefined,
    at1: () => Promise<bigint>,
  ): Promise<RoundPolynomial> {
    const F = this.#F;
    const p = this.#bound;
    const tau = this.#tau[this.#round];
    const [l0, slope] = [F.mul(p, F.sub(1n, tau)), F.mul(p, F.sub(F.add(tau, tau), 1n))];
    const l1 = F.mul(p, tau);
    const s0 = F.mul(l0, t0);
    const t1 = l1 === 0n ? await at1() : F.mul(F.sub(claim, s0), F.inv(l1));
    const quadratic = leading ?? 0n;
    const linear = F.sub(F.sub(t1, t0), quadratic);
    const s2 = F.add(F.mul(l0, quadratic), F.mul(slope, linear));
    return leading === undefined ? [s0, s2] : [s0, s2, F.mul(slope, leading)];
  }

  /** Binds the round's variable to r. */
  bind(r: bigint): void {
    const F = this.#F;
    const tau = this.#tau[this.#round++];
    const neither = F.mul(F.sub(1n, tau), F.sub(1n, r));
    this.#bound = F.mul(this.#bound, F.add(F.mul(tau, r), neither));
    if (this.#round < this.#tau.length) this.#rest?.sumOut();
  }
}
