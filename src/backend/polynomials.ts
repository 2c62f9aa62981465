/**
 * The operations that the compressed proof needs of an engine, in three groups beside those of folding (backend.ts):
 * tables of multilinear polynomials, the rounds of sum-checks, and the openings of commitments.
 *
 * A multilinear polynomial in k variables is the vector of its 2^k values; the first variable is the top bit of the index.
 * Lengths are powers of two where halves or points are spoken of. `lo` and `hi` name the two halves of a vector.
 *
 * All guarantees of backend.ts hold: operations are recorded and run in the order of their calls, an operation that fails
 * spoils what it should have written, whatever is not canonical is refused, an output may not be an input unless said so.
 */
import type { AffinePoint, Curve, Term } from '../curve/curve.ts';
import type { Bases, Control, Matrices, Pending, Vec } from './backend.ts';

declare const brand: unique symbol;

/** Positions in a table, kept by the engine. Freed like any handle. */
export interface Indices {
  readonly [brand]: 'Indices';
  readonly length: number;
  /** Every position is below this. */
  readonly bound: number;
}

/** c v, in a sum of such terms. */
export interface ScaledVec {
  readonly c: bigint;
  readonly v: Vec;
}

/** Tables of polynomials: made, combined, and halved. */
export interface PolynomialOperations {
  /**
   * The first `length` elements of v as a vector of its own, without a copy: what is written to one is seen in the other.
   * It costs no memory; freeing it frees nothing; freeing v frees it too. @throws `InvalidArgument` if v is shorter
   */
  prefix(v: Vec, length: number): Vec;
  /** Keeps positions below `bound`. @throws `InvalidIndex`, `OutOfMemory` */
  indices(positions: Uint32Array, bound: number): Indices;

  /** out[to + i] = a[from + i] for i < count. out may be a if the ranges do not meet. */
  copyRange(out: Vec, to: number, a: Vec, from: number, count: number): void;
  /** out[i] = constant + the sum of c v[i] over the terms. A vector shorter than out counts as followed by zeros; out may be one of them. */
  combine(out: Vec, terms: readonly ScaledVec[], constant?: bigint): void;
  /** out[i] = a[i] b[i]; out may be a or b. */
  multiply(out: Vec, a: Vec, b: Vec): void;
  /** out[i] = 1 / a[i], in batches; where a[i] is 0, so is out[i]. The value is the first such i, or -1. out may be a. */
  invert(out: Vec, a: Vec): Pending<number>;
  /** out[i] = i. */
  ramp(out: Vec): void;
  /** out[i] = table[indices[i]]. @throws `InvalidArgument` if the table is shorter than the indices' bound */
  gather(out: Vec, table: Vec, indices: Indices): void;
  /**
   * out[i] = the product over k of pairs[k][bit k of i], where bit 0 is the top one; out has 2^pairs.length elements.
   * With the pairs (1 - x_k, x_k) that is eq(x, i), the table of the Lagrange basis.
   */
  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void;
  /**
   * out[i] = c0 lo[i] + c1 hi[i] for the halves of v; out has half v's length and may be its prefix. (1 - r, r) binds the
   * first variable to r, for which one multiplication is enough; (1, 1) sums it out, for which none is.
   */
  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void;
  /** out = x^T (cA A + cB B + cC C) for x of one element per constraint; out has one element per column: W, then u, then X. */
  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void;
}

/** What a round of a sum-check asks of the tables. Several of these come back in one read. */
export interface SumcheckOperations {
  /** The sum of a's elements. */
  sum(a: Vec): Pending<bigint>;
  /** The sum of a[i] b[i] over the shorter length: a vector that is shorter counts as followed by zeros. */
  inner(a: Vec, b: Vec): Pending<bigint>;
  /**
   * Of s(X) = sum_i P(X, i) Q(X, i): s(0), and the coefficient of X^2.
   */
  roundQuadratic(P: Vec, Q: Vec): Pending<readonly [at0: bigint, leading: bigint]>;
  /** Of s(X) = sum_i P(X, i) Q(X, i) R(X, i): s(0), s(-1), and the coefficient of X^3. */
  roundCubic(P: Vec, Q: Vec, R: Vec): Pending<readonly [at0: bigint, atMinus1: bigint, leading: bigint]>;
  /**
   * Of s(X) = sum_i eq[i] (A(X, i) B(X, i) - C(X, i)): s(0), and the coefficient of X^2. `eq` has half their length;
   * without C, C is zero. The caller multiplies by the factor of the variable that is bound (Gruen, ePrint 2024/108).
   */
  roundEq(eq: Vec, A: Vec, B: Vec, C?: Vec): Pending<readonly [at0: bigint, leading: bigint]>;
}

/** What the openings of commitments ask for. */
export interface OpeningOperations {
  /** The sum of k P over some dozens of terms, points of the curve. @throws `InvalidFieldElement` unless every k is a scalar */
  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint>;
  /** <lo(a), hi(b)> and <hi(a), lo(b)>. */
  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]>;
  /**
   * With m = a.length and w of out.length / m elements: L[i m + m/2 + j] = w[i] lo(a)[j] and R[i m + j] = w[i] hi(a)[j] for
   * j < m/2, zero elsewhere: a round of the inner-product argument as two commitments under the original generators.
   */
  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void;
  /**
   * Rounds of an inner-product argument over n generators that are best left unfolded, before all of them are folded at once;
   * Infinity where commitments under the original generators cost less.
   */
  roundsPerFold(n: number): number;
  /**
   * A key of h and m generators, G'_j = the sum of weights[i] G_(i m + j). To be freed; it is made for a few commitments.
   *
   * @throws `InvalidCommitmentKey` if a sum is the identity, `InvalidCommitmentKeyLength` if there are not as many generators,
   * `InvalidFieldElement`, `InvalidArgument`, `OutOfMemory`, `Aborted`
   */
  foldBases(bases: Bases, weights: readonly bigint[], m: number, control?: Control): Promise<Bases>;
  /** out[i] = a[2i] + x (a[2i+1] - a[2i]): binds the last variable. out has half a's length. */
  foldPairs(out: Vec, a: Vec, x: bigint): void;
  /** The value at u of the polynomial whose coefficients are a, lowest first. */
  evaluate(a: Vec, u: bigint): Pending<bigint>;
  /** out = the coefficients of (a(X) - a(u)) / (X - u), as many as a has; the last is zero. */
  quotient(out: Vec, a: Vec, u: bigint): void;
  /**
   * out = the coefficients of (a(X) - rest(X)) / (X^m - u), as many as a has; m divides their number, and the last m are zero. The
   * rest, of degree below m, is rest[i] = a[i] + u out[i].
   */
  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void;
}
