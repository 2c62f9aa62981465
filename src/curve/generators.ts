import { NovaError, throwIfAborted } from '../errors.ts';
import { Pace, type Control } from '../pace.ts';
import { POINT_BYTES, type Curve } from './curve.ts';
import { SEED_BYTES, seedStream } from './generator-seeds.ts';
import { hashAllToCurve } from './hash-to-curve.ts';

/** Generators made at a time: enough for their inversions to vanish, few enough to take some 20 ms. */
const BATCH = 64;

/**
 * The generators of the given seeds, {@link POINT_BYTES} bytes each: what a worker does with its share of
 * `generatorSeeds`.
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
