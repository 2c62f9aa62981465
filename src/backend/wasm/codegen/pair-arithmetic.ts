import type { Expr } from './assembler.ts';
import type { Pair, PairInMemory } from './pair-bounds.ts';
import type { Element } from './scalar-field.ts';

/** Most that elements can be in magnitude, in multiples of p. */
export interface PairBounds {
  /** Coordinates of points. */
  readonly coordinate: number;
  /** Differences of two coordinates: what is to be inverted. */
  readonly difference: number;
  /** They, products of theirs, and products of those, for 2^32 of them. */
  readonly element: number;
  /** Inverses of these. */
  readonly inverse: number;
}

/**
 * What kernels over points need of arithmetic on two field elements at a time, in whatever form: `PairField` has integers of 29
 * bits, `MaddField` doubles. Sums are lazy, and every step checks its bounds while code is generated; what a method says about
 * them is in those files.
 */
export interface PairArithmetic {
  /** What an element x is held as: x R. */
  readonly R: bigint;
  readonly bounds: PairBounds;

  /** Most that a product can be of factors up to a p and b p, in multiples of p. */
  productBound(a: number, b: number): number;
  load(x: PairInMemory): Pair;
  store(to: PairInMemory, x: Pair): void;
  /** The same element twice, x as it is. */
  constant(x: bigint): Pair;
  add(x: Pair, y: Pair): Pair;
  sub(x: Pair, y: Pair): Pair;
  double(x: Pair): Pair;
  triple(x: Pair): Pair;
  /** mask ? -x : x; see {@link PairArithmetic.mask}. */
  negIf(mask: Expr, x: Pair): Pair;
  /** x as `store` and the first operand of `mul` want it, as to its limbs. */
  carry(x: Pair): Pair;
  /** x with a value as small as it gets without a comparison. */
  reduce(x: Pair): Pair;
  /** a b / R */
  mul(a: PairInMemory, b: Pair): Pair;
  /** a b / R of each two, side by side if that is faster */
  mulEach(factors: readonly (readonly [PairInMemory, Pair])[]): Pair[];
  /** a^2 / R */
  sqr(a: PairInMemory): Pair;
  /** a^2 / R of each, side by side if that is faster */
  sqrEach(factors: readonly PairInMemory[]): Pair[];
  /** Two integers of 256 bits, not reduced. */
  fromWords(x: Expr, y: Expr, offset?: number): Pair;
  /** Two coordinates of table points. */
  gather(x: Expr, y: Expr, offset: number, bound: number): Pair;
  scatter(x: Expr, y: Expr, offset: number, bound: number, pair: Pair): void;
  /** A mask for both elements from two of the four words of a vector, each all ones or all zeros. */
  mask(words: Expr, x: number, y: number): Expr;
  /** Both elements of a pair in memory as integers x R below 4p, in normalised limbs of 29 bits. */
  toScalar(x: PairInMemory): [Element, Element];
  /** The reverse, for canonical integers. */
  fromScalar(to: PairInMemory, x: Element, y: Element): void;
}
