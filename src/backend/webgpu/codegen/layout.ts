import type { PrimeField } from '../../../field/field.ts';

/** How kernels cut a field element into limbs that a 32-bit multiplication can take, and how often they reduce. */
export interface Layout {
  readonly name: string;
  /** Bits of a limb, w. */
  readonly bits: number;
  /** Limbs of an element of a prime below 2^255. The top limb may hold more than `bits` bits. */
  readonly limbs: number;
  /** Limbs of an element of a 256-bit prime. */
  readonly limbs256: number;
  /** Montgomery steps, at least as many as limbs: R = 2^(bits * steps). */
  readonly steps: number;
}

export type LayoutName = '14x19' | '13x20' | '15x17+1';

/**
 * The layouts to choose from. 14 x 19 needs the fewest instructions where a product fuses with an addition; 13-bit limbs need no
 * split column sums, 15-bit ones the fewest products, but one more Montgomery step, since R = 2^255 leaves no room for
 * values above p. Which is fastest depends on the device.
 */
export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  '14x19': { name: '14x19', bits: 14, limbs: 19, limbs256: 19, steps: 19 },
  '13x20': { name: '13x20', bits: 13, limbs: 20, limbs256: 20, steps: 20 },
  '15x17+1': { name: '15x17+1', bits: 15, limbs: 17, limbs256: 18, steps: 18 },
};

/** The layout where nobody chose another. */
export const DEFAULT_LAYOUT: Layout = LAYOUTS['14x19'];

/** Bits and bytes of a stored element: eight words. */
export const ELEMENT_BITS = 256;

/** R, the Montgomery radix of a layout; an element x is stored as x R mod p. */
export function montgomeryRadix(layout: Layout): bigint {
  return 1n << BigInt(layout.bits * layout.steps);
}

/** x in Montgomery form, canonical: for constants that the host hands to kernels. */
export function toMontgomery(F: PrimeField, layout: Layout, x: bigint): bigint {
  return F.reduce(x * montgomeryRadix(layout));
}

/** The element whose Montgomery form is congruent to `v`. */
export function fromMontgomery(F: PrimeField, layout: Layout, v: bigint): bigint {
  return F.mul(F.reduce(v), F.inv(F.reduce(montgomeryRadix(layout))));
}

/**
 * B, the largest stored integer that kernels take and return: floor(2.25 p), which spares most subtractions of p, or, where
 * that has more than 256 bits (the primes of secp256k1), p - 1.
 */
export function storedBound(F: PrimeField): bigint {
  const lazy = (9n * F.p) / 4n;
  return lazy >> BigInt(ELEMENT_BITS) === 0n ? lazy : F.p - 1n;
}
