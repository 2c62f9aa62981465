/** How elements lie in doubles (`madd-field.ts`), for those who only make room for them. */

/** Bits of a limb, and limbs of an element. */
export const BITS = 51;
export const COUNT = 5;
/** The widest modulus that fits, in bits. */
export const MADD_BITS: number = BITS * COUNT;
/** Bytes of the vector of a limb of two elements, and of a pair of elements in memory. */
export const VECTOR_BYTES = 16;
export const MADD_PAIR_BYTES: number = COUNT * VECTOR_BYTES;
