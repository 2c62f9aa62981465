/** Bits of a folding challenge. */
export const NUM_CHALLENGE_BITS = 128;

/** Bits of the hashes that link one step to the next, and of the digest of the public parameters. */
export const NUM_HASH_BITS = 250;

/** Public inputs of an augmented circuit: the other circuit's hash passed through, and the new hash of its own. */
export const NUM_IO = 2;

/** Label of the commitment keys' generators. */
export const CK_LABEL: Uint8Array = /* @__PURE__ */ new TextEncoder().encode('ck');
