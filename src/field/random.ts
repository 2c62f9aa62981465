import { shake256 } from '@noble/hashes/sha3.js';
import { NovaError } from '../errors.ts';
import { bytesToInt, type PrimeField } from './field.ts';

/** Bytes behind one random field element: reduced mod a 256-bit p, they are uniform up to 2^-256. */
const RANDOM_BYTES = 64;

/** A source of random bytes. Blinding hides a witness only as well as these bytes are unpredictable. */
export interface Rng {
  /** The next n bytes. */
  bytes(n: number): Uint8Array;
}

/** The platform's cryptographic source, `crypto.getRandomValues`. */
export const systemRng: Rng = {
  bytes: (n) => globalThis.crypto.getRandomValues(new Uint8Array(n)),
};

/**
 * INSECURE: every byte follows from `seed`, as SHAKE256(seed) read in order. Proofs made with it hide nothing.
 * It exists so that a test can reproduce a proof byte for byte.
 */
export function insecureSeededRng(seed: string): Rng {
  const xof = shake256.create({});
  xof.update(new TextEncoder().encode(seed));
  return { bytes: (n) => xof.xof(n) };
}

/**
 * One random element: 64 bytes, little-endian, reduced mod p (as halo2curves' `Field::random`).
 *
 * @throws {@link NovaError} `RandomnessFailure` when the source throws, runs short, or hands out a constant block.
 */
export function randomElement(F: PrimeField, rng: Rng): bigint {
  let bytes: Uint8Array;
  try {
    bytes = rng.bytes(RANDOM_BYTES);
  } catch (cause) {
    throw new NovaError('RandomnessFailure', 'the random source failed; nothing was proved with it', {
      cause,
    });
  }
  if (!(bytes instanceof Uint8Array) || bytes.length !== RANDOM_BYTES) {
    throw new NovaError(
      'RandomnessFailure',
      `the random source must return ${RANDOM_BYTES} bytes when asked for them`,
    );
  }
  if (bytes.every((b) => b === bytes[0])) {
    throw new NovaError('RandomnessFailure', 'the random source returned 64 equal bytes; it is broken');
  }
  return F.reduce(bytesToInt(bytes));
}
