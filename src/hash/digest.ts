/** Digests of what a proof depends on: SHA3-256 over an encoding, as nova-snark's src/digest.rs. */
import { sha3_256 } from '@noble/hashes/sha3.js';
import { throwIfAborted } from '../errors.ts';
import { bytesToInt } from '../field/field.ts';
import { nodeModule } from '../node-module.ts';
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

/** How a hash is computed. */
export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Starts a SHA3-256. Default: Node's own, or, where there is none, that of @noble/hashes, which is several times slower. */
  readonly sha3?: (() => Sha3) | undefined;
}

/** The SHA3-256 of the sections, one after the other. @throws {@link NovaError} `Aborted` */
export async function hashSections(
  sections: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { signal, sha3 = startSha3 }: HashOptions = {},
): Promise<Uint8Array> {
  const hash = sha3();
  const pace = new Pace(() => throwIfAborted(signal));
  for await (const section of sections) {
    for (let i = 0; i < section.length; i += SLICE) {
      hash.update(section.subarray(i, i + SLICE));
      await pace.pause();
    }
  }
  return hash.digest();
}

function startSha3(): Sha3 {
  const crypto = nodeModule<typeof import('node:crypto')>('crypto');
  const known = crypto?.getHashes().includes('sha3-256') === true;
  return known ? crypto.createHash('sha3-256') : sha3_256.create();
}

/** The low 250 bits of the hash of the sections, as a number. @throws {@link NovaError} `Aborted` */
export async function digest(
  sections: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: HashOptions = {},
): Promise<bigint> {
  return BigInt.asUintN(NUM_HASH_BITS, bytesToInt(await hashSections(sections, options)));
}
