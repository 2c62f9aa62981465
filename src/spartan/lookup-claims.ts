import type { Backend, Pending } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';
import type { EqFactor } from './eq-factor.ts';
import type { Answer, JointClaim } from './joint-sumcheck.ts';
import type { Multilinear } from './multilinear.ts';
import { evaluateRound, type RoundPolynomial } from './sumcheck.ts';
import { sumAtOne } from './sumcheck-prover.ts';

/** One memory and its reads: of the rows, where cell i holds eq(r, i), or of the columns, where it holds z[i]. */
export interface Lookups {
  /** ts / T: how often a cell is read, over the hash of its address and value. */
  readonly t: Multilinear;
  /** 1 / W: the inverse of the hash of a read's address and value. */
  readonly w: Multilinear;
  readonly T: Multilinear;
  readonly W: Multilinear;
  readonly ts: Multilinear;
}

/**
 * That all reads return what their cells hold, by logarithmic derivatives (U. Haböck, https://eprint.iacr.org/2022/1530): the sum
 * over the cells of ts / T is the sum over the reads of 1 / W. Three claims for the rows and three for the columns:
 *
 *     0 = sum of t(x) - w(x)
 *     0 = sum of eq(rho, x) (t(x) T(x) - ts(x))
 *     0 = sum of eq(rho, x) (w(x) W(x) - 1)
 */
export class LookupClaims implements JointClaim {
  readonly #backend: Backend;
  readonly #F: PrimeField;
  readonly #lookups: readonly Lookups[];
  readonly #eq: EqFactor;
  readonly #sums: readonly bigint[];
  readonly #products: readonly bigint[];
  /** The part with the factor eq: its sum over the variables that are left, and its last message. */
  #claim = 0n;
  #message: RoundPolynomial = [];

  /** @param s the coefficients: of the two sums, then of the products of the rows (t T, w W) and of the columns */
  constructor(
    backend: Backend,
    F: PrimeField,
    rows: Lookups,
    columns: Lookups,
    eq: EqFactor,
    s: readonly bigint[],
  ) {
    this.#backend = backend;
    this.#F = F;
    this.#lookups = [rows, columns];
    this.#eq = eq;
    this.#sums = s.slice(0, 2);
    this.#products = s.slice(2, 6);
  }

  ask(): readonly Pending<Answer>[] {
    const { sumcheck } = this.#backend;
    const eq = this.#eq.rest;
    return this.#lookups.flatMap(({ t, w, T, W, ts }): Pending<Answer>[] => [
      sumcheck.sum(t.lower),
      sumcheck.sum(w.lower),
      sumcheck.roundEq(eq, t.values, T.values, ts.values),
      sumcheck.roundEq(eq, w.values, W.values),
    ]);
  }

  async message(answers: readonly bigint[]): Promise<RoundPolynomial> {
    const F = this.#F;
    let sum0 = 0n;
    let [product0, leading] = [0n, 0n];
    this.#lookups.forEach((_, i) => {
      const [t0, w0, tT0, tTLeading, wW0, wWLeading] = answers.slice(6 * i, 6 * i + 6);
      const [cT, cW] = this.#products.slice(2 * i);
      sum0 = F.add(sum0, F.mul(this.#sums[i], F.sub(t0, w0)));
      // the table eq sums to 1, so this is what the 1 in w W - 1 comes to
      product0 = F.add(product0, F.add(F.mul(cT, tT0), F.mul(cW, F.sub(wW0, 1n))));
      leading = F.add(leading, F.add(F.mul(cT, tTLeading), F.mul(cW, wWLeading)));
    });
    this.#message = await this.#eq.message(this.#claim, product0, leading, () => this.#productsAtOne());
    const [c0, c2, c3] = this.#message;
    return [F.add(sum0, c0), c2, c3];
  }

  bind(r: bigint): void {
    this.#claim = evaluateRound(this.#F, this.#message, this.#claim, r);
    for (const { t, w, T, W, ts } of this.#lookups) for (const table of [t, w, T, W, ts]) table.bind(r);
    this.#eq.bind(r);
  }

  async #productsAtOne(): Promise<bigint> {
    const F = this.#F;
    const eq = this.#eq.rest;
    let sum = 0n;
    for (const [i, { t, w, T, W, ts }] of this.#lookups.entries()) {
      const [cT, cW] = this.#products.slice(2 * i);
      const tT = await sumAtOne(this.#backend, eq, t.values, T.values, ts.values);
      const wW = await sumAtOne(this.#backend, eq, w.values, W.values);
      sum = F.add(sum, F.add(F.mul(cT, tT), F.mul(cW, F.sub(wW, 1n))));
    }
    return sum;
  }
}
