/** Digests of what a proof depends on: SHA3-256 over an encoding, as nova-snark's src/digest.rs. */
import { sha3_256 } from '@noble/hashes/sha3.js';
import { throwIfAborted } from '../errors.ts';
import { bytesToInt } from '../field/field.ts';
import { Pace } from '../pace.ts';

/** Bits of digests, and of the hashes that link one step of a computation to the next: they fit in every field. */
export const NUM_HASH_BITS = 250;

/** Bytes hashed between two looks at the clock. */
const SLICE = 1 << 20;

/** A SHA3-256 under way. */
export interface Sha3 {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/**
 * The low 250 bits of the SHA3-256 of the sections, one after the other, as a number.
 *
 * @param options.sha3 starts a hash; default: @noble/hashes
 * @throws {@link NovaError} `Aborted`
 */
export async function digest(
  sections: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: { signal?: AbortSignal | undefined; sha3?: (() => Sha3) | undefined } = {},
): Promise<bigint> {
  const { signal, sha3 = () => sha3_256.create() } = options;
  const hash = sha3();
  const pace = new Pace(() => throwIfAborted(signal));
  for await (const section of sections) {
    for (let i = 0; i < section.length; i += SLICE) {
      hash.update(section.subarray(i, i + SLICE));
      await pace.pause();
    }
  }
  return BigInt.asUintN(NUM_HASH_BITS, bytesToInt(hash.digest()));
}
