/** The seeds that generators are made from: apart from these, which only those need who make some. */
import { shake256 } from '@noble/hashes/sha3.js';
import { NovaError } from '../errors.ts';

/** Bytes of a generator's seed. */
export const SEED_BYTES = 32;

/**
 * The seeds of the first n generators of a label: SHAKE256(label), {@link SEED_BYTES} bytes each (`from_label` in
 * nova-snark's `src/provider/traits.rs`). More generators of a label begin with the same ones.
 *
 * @throws {@link NovaError} `InvalidArgument`
 */
export function generatorSeeds(label: Uint8Array, n: number): Uint8Array {
  return seedStream(label, n).xof(n * SEED_BYTES);
}

/**
 * SHAKE256(label), ready to be read: {@link generatorSeeds} piece by piece.
 *
 * @param n how many seeds are going to be read
 * @throws {@link NovaError} `InvalidArgument`
 */
export function seedStream(label: Uint8Array, n: number): { xof(bytes: number): Uint8Array } {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new NovaError('InvalidArgument', 'the number of generators must be an integer from 0');
  }
  return shake256.create({}).update(label);
}
