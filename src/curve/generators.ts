import { shake256 } from '@noble/hashes/sha3.js';
import { NovaError, throwIfAborted } from '../errors.ts';
import { Pace, type Control } from '../pace.ts';
import { POINT_BYTES, type Curve } from './curve.ts';
import { hashAllToCurve } from './hash-to-curve.ts';

/** Bytes of a generator's seed. */
export const SEED_BYTES = 32;

/** Generators made at a time: enough for their inversions to vanish, few enough to take some 20 ms. */
const BATCH = 64;

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
 * The generators of the given seeds, {@link POINT_BYTES} bytes each: what a worker does with its share of
 * {@link generatorSeeds}.
 *
 * @throws {@link NovaError} `InvalidArgument` if the seeds are not whole.
 */
export function generatorsFromSeeds(curve: Curve, seeds: Uint8Array): Uint8Array {
  const n = seeds.length / SEED_BYTES;
  if (!Number.isInteger(n)) throw new NovaError('InvalidArgument', `seeds take ${SEED_BYTES} bytes each`);
  const out = new Uint8Array(n * POINT_BYTES);
  for (let start = 0; start < n; start += BATCH) {
    const messages: Uint8Array[] = [];
    for (let i = start; i < Math.min(start + BATCH, n); i++) {
      messages.push(seeds.subarray(i * SEED_BYTES, (i + 1) * SEED_BYTES));
    }
    hashAllToCurve(curve, messages).forEach((P, i) => out.set(curve.toXY(P), (start + i) * POINT_BYTES));
  }
  return out;
}

/**
 * The first n generators of a label, {@link POINT_BYTES} bytes each, in this thread, with a return to the event loop every
 * 30 ms. In a Pedersen key the first one is h, the blinder's.
 *
 * @throws {@link NovaError} `Aborted`, `InvalidArgument`
 * @example
 * const ck = await fromLabel(pallas, new TextEncoder().encode('ck'), 1025);
 */
export async function fromLabel(
  curve: Curve,
  label: Uint8Array,
  n: number,
  { signal, onProgress }: Control = {},
): Promise<Uint8Array> {
  const pace = new Pace(() => throwIfAborted(signal));
  const seeds = seedStream(label, n);
  const out = new Uint8Array(n * POINT_BYTES);
  for (let done = 0; done < n;) {
    const count = Math.min(BATCH, n - done);
    out.set(generatorsFromSeeds(curve, seeds.xof(count * SEED_BYTES)), done * POINT_BYTES);
    done += count;
    const pause = done < n ? pace.pause() : undefined;
    if (pause !== undefined) onProgress?.(done / n);
    await pause;
  }
  onProgress?.(1);
  return out;
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
