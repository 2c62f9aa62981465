/** Bits of a folding challenge. */
export const NUM_CHALLENGE_BITS = 128;

/** Public inputs of an augmented circuit: the other circuit's hash passed through, and the new hash of its own. */
export const NUM_IO = 2;
