/**
 * Pairs of field elements in locals, and the bounds that are kept of them while code is generated: see `pair-field.ts`.
 */
import { NovaError } from '../../../errors.ts';
import type { Expr } from './assembler.ts';
import { LIMB_BITS, LIMBS, toLimbs } from './field-description.ts';

/** 2^29 */
export const RADIX: number = 2 ** LIMB_BITS;
/** Place of the lowest bit of the highest limb. */
export const TOP: bigint = /* @__PURE__ */ BigInt(LIMB_BITS * (LIMBS - 1));

/** A range of numbers, both ends included. */
export type Range = readonly [low: number, high: number];

/** Two elements in locals. */
export interface Pair {
  readonly vectors: readonly Expr[];
  /** Range of all limbs but the highest, as integers; lanes hold them modulo 2^32. */
  readonly limbs: Range;
  /** Range of the value, in multiples of p. */
  readonly value: Range;
}

/** An operand in memory: limbs at most `LOOSE_LIMB`, value from 0 to `bound` times p. */
export interface PairInMemory {
  readonly address: Expr;
  readonly offset?: number;
  readonly bound: number;
}

/**
 * Most that a limb of a pair in memory can be: what one round of carries leaves. The highest limb is bounded by the value
 * instead, everywhere.
 */
export const LOOSE_LIMB: number = RADIX + 7;
/** Elements in arrays are below this many p: enough for a difference of two coordinates without a reduction. */
export const ARRAY_BOUND = 3.5;

/** How far above 0 a value must be, in multiples of p, for its highest limb to be positive whatever the others are. */
export const MARGIN: number = 2 ** -10;
/** Units of the highest limb by which a quotient's numerator is taken too low, so that the rest stays above 0. */
export const TOP_SLACK = 16;

/** `value` in limbs that are at least `least`, except the highest; what they have more, the next one has less. */
export function padded(value: bigint, least: number): { limbs: bigint[]; least: number; most: number } {
  const pad = BigInt(Math.ceil(least / (RADIX - 1)));
  const limbs = toLimbs(value).map(
    (limb, j) => limb + (j < LIMBS - 1 ? pad << BigInt(LIMB_BITS) : 0n) - (j > 0 ? pad : 0n),
  );
  const low = limbs.slice(0, -1).map(Number);
  return { limbs, least: Math.min(...low), most: Math.max(...low) };
}

/** a / b as a number, rounded up a little. */
export function ratio(a: bigint, b: bigint): number {
  return Number((a << 40n) / b + 1n) / 2 ** 40;
}

/** For the generators: a step could overflow. */
export function outOfBounds(what: string): NovaError {
  return new NovaError('InvalidArgument', `pair arithmetic: bounds do not hold: ${what}`);
}
