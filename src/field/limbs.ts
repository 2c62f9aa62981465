import { NovaError } from '../errors.ts';

/** Bits of a limb of non-native numbers, and of those that witness programs divide. */
export const LIMB_BITS = 64n;

/** The integer whose 64-bit limbs (least significant first, possibly oversized) are given. */
export function limbsToInt(limbs: readonly bigint[]): bigint {
  return limbs.reduceRight((acc, limb) => (acc << LIMB_BITS) + limb, 0n);
}

/** The n limbs of x, least significant first. @throws {@link NovaError} `InvalidArgument` if x does not fit. */
export function intToLimbs(x: bigint, n: number): bigint[] {
  if (x < 0n || x >> (LIMB_BITS * BigInt(n)) !== 0n) {
    throw new NovaError('InvalidArgument', `a number does not fit in ${n} limbs of ${LIMB_BITS} bits`);
  }
  return Array.from({ length: n }, (_, i) => BigInt.asUintN(64, x >> (LIMB_BITS * BigInt(i))));
}
