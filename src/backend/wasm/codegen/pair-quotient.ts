import { MARGIN, outOfBounds, type Pair, RADIX, TOP, TOP_SLACK } from './pair-bounds.ts';

/** How the quotient q of x + k p by p is estimated, for any x within its bounds; see `PairField.reduce`. */
export interface QuotientEstimate {
  /** x + k p is positive. */
  readonly k: number;
  /** In the middle of what q can be, and how far q can be from there. */
  readonly middle: number;
  readonly reach: number;
  /** q = ((highest limb of x + k p, with `below` added) >> shift) mu >> shift2, all of it below 2^32. */
  readonly below: number;
  readonly shift: number;
  readonly shift2: number;
  readonly mu: number;
  /** The most by which x + (k - q) p exceeds p, in multiples of p; q is never too high. */
  readonly error: number;
}

/** @throws {@link NovaError} `InvalidArgument` if the bounds are too wide for an estimate that is good enough */
export function quotientOf(p: bigint, { limbs, value }: Pair): QuotientEstimate {
  const topOfP = Number(p >> TOP);
  const k = Math.ceil(-value[0] + MARGIN);
  const most = value[1] + k;
  const middle = Math.floor(most / 2);
  const reach = Math.max(middle, Math.floor(most) - middle);

  // the highest limb is rounded down generously
  const below = Math.floor(limbs[0] / RADIX) - TOP_SLACK;
  const topMost = most * (topOfP + 1) + limbs[1] / RADIX;
  const shift = Math.max(0, Math.ceil(Math.log2(topMost)) - 15);
  const shift2 = Math.floor(Math.log2(topOfP)) + 16 - shift;
  const mu = Math.floor(2 ** (shift + shift2) / (topOfP + 1));
  const error =
    (2 ** shift + (limbs[1] - limbs[0]) / RADIX + TOP_SLACK + 2 + most) / topOfP +
    topMost / 2 ** (shift + shift2);
  if (mu * (topMost / 2 ** shift) >= 2 ** 32 || shift2 > 31 || shift2 < 1 || error > 2 ** -7) {
    throw outOfBounds(`the quotient of values up to ${most} p`);
  }
  return { k, middle, reach, below, shift, shift2, mu, error };
}
