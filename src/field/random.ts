import { shake256 } from '@noble/hashes/sha3.js';
import { NovaError, throwIfAborted } from '../errors.ts';
import { Pace, type Control } from '../pace.ts';
import { bytesToInt, FIELD_BYTES, readInt, viewOf, writeInt, type PrimeField } from './field.ts';

/** Bytes behind one random field element: reduced mod a 256-bit p, they are uniform up to 2^-256. */
const RANDOM_BYTES = 64;

/** Elements drawn in one call: `crypto.getRandomValues` gives at most 65,536 bytes. */
const MOST_AT_ONCE = 1024;

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
 *
 * @example
 * const snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng('a test') });
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
  return new RandomElements(rng).next(F);
}

/**
 * Random elements from one source, each as {@link randomElement} takes it. The source is watched from one draw to the next:
 * one that throws, runs short, or repeats itself is refused.
 */
export class RandomElements {
  readonly #rng: Rng;
  /** The last block that was drawn. */
  #last: Uint8Array | undefined;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** @throws {@link NovaError} `RandomnessFailure` */
  next(F: PrimeField): bigint {
    return F.reduce(bytesToInt(this.#draw(1)));
  }

  /**
   * n elements, {@link FIELD_BYTES} bytes each, drawn in their order, with turns of the event loop.
   *
   * @throws {@link NovaError} `RandomnessFailure`, `Aborted`
   */
  async vector(F: PrimeField, n: number, { signal, onProgress }: Control = {}): Promise<Uint8Array> {
    const pace = new Pace(() => throwIfAborted(signal));
    const out = new Uint8Array(n * FIELD_BYTES);
    const view = viewOf(out);
    for (let done = 0; done < n;) {
      const count = Math.min(MOST_AT_ONCE, n - done);
      const blocks = viewOf(this.#draw(count));
      for (let i = 0; i < count; i++) {
        const x = F.reduce(readInt(blocks, i * RANDOM_BYTES, RANDOM_BYTES));
        writeInt(view, (done + i) * FIELD_BYTES, FIELD_BYTES, x);
      }
      done += count;
      onProgress?.(done / n);
      await pace.pause();
    }
    return out;
  }

  /** `count` blocks, none of them constant or equal to the one before it. */
  #draw(count: number): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = this.#rng.bytes(count * RANDOM_BYTES);
    } catch (cause) {
      throw new NovaError('RandomnessFailure', 'the random source failed; nothing was proved with it', {
        cause,
      });
    }
    if (!(bytes instanceof Uint8Array) || bytes.length !== count * RANDOM_BYTES) {
      throw new NovaError(
        'RandomnessFailure',
        `the random source must return ${count * RANDOM_BYTES} bytes when asked for them`,
      );
    }
    for (let i = 0; i < count; i++) {
      const block = bytes.subarray(i * RANDOM_BYTES, (i + 1) * RANDOM_BYTES);
      if (block.every((b) => b === block[0])) {
        throw new NovaError('RandomnessFailure', 'the random source returned 64 equal bytes; it is broken');
      }
      const last = this.#last;
      if (last !== undefined && block.every((b, k) => b === last[k])) {
        throw new NovaError('RandomnessFailure', 'the random source returned 64 bytes twice; it is broken');
      }
      this.#last = block;
    }
    // a copy: the source may use its memory again
    this.#last = this.#last?.slice();
    return bytes;
  }
}
