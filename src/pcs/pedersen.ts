/** The encoding of a Pedersen commitment key, as nova-snark's src/provider/pedersen.rs. */
import type { Backend, Bases, Control } from '../backend/backend.ts';
import { POINT_BYTES, type Curve } from '../curve/curve.ts';
import { NovaError, throwIfAborted } from '../errors.ts';
import { Pace } from '../pace.ts';
import type { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';

/** Label of the commitment keys' generators. */
export const CK_LABEL: Uint8Array = /* @__PURE__ */ new TextEncoder().encode('ck');

/** Points encoded between two looks at the clock. */
const POINTS_PER_SECTION = 4096;

/**
 * The generators, then h, a section every few thousand points.
 *
 * @param points h, then the generators, 64 bytes each, as an engine's `saveBases` returns them
 */
export function* encodePedersenKey(curve: Curve, points: Uint8Array): Generator<Uint8Array> {
  const h = points.subarray(0, POINT_BYTES);
  const generators = points.subarray(POINT_BYTES);
  yield new ByteWriter().u64(generators.length / POINT_BYTES).finish();
  const section = POINTS_PER_SECTION * POINT_BYTES;
  for (let i = 0; i < generators.length; i += section) {
    yield curve.compressXY(generators.subarray(i, i + section));
  }
  yield curve.compressXY(h);
}

/** A key as it is encoded: the generators, then h, compressed, without the length. Nothing of it is checked but the length. */
export function readPedersenKey(r: ByteReader, curve: Curve): Uint8Array {
  const n = r.length(curve.encodedBytes, 'a commitment key');
  return r.bytes((n + 1) * curve.encodedBytes, 'a commitment key');
}

/**
 * The key that {@link readPedersenKey} returned, resident. Keys usually are the generators of {@link CK_LABEL}, which an engine makes
 * much faster than points are decompressed: they are tried first.
 *
 * @throws {@link NovaError} `InvalidEncoding`, `Aborted`, `OutOfMemory`
 */
export async function loadPedersenKey(
  backend: Backend,
  curve: Curve,
  compressed: Uint8Array,
  control: Control = {},
): Promise<Bases> {
  const n = compressed.length / curve.encodedBytes - 1;
  const usual = await backend.bases(curve, CK_LABEL, n, control);
  try {
    if (isEncodingOf(compressed, curve, await backend.saveBases(usual))) return usual;
  } catch (error) {
    backend.free(usual);
    throw error;
  }
  backend.free(usual);
  return backend.loadBases(curve, await decompressKey(curve, compressed, control), control);
}

/** Whether these points, h first, have this encoding. */
function isEncodingOf(compressed: Uint8Array, curve: Curve, points: Uint8Array): boolean {
  let at = -8; // the length comes first
  for (const section of encodePedersenKey(curve, points)) {
    const same = at < 0 || section.every((byte, i) => byte === compressed[at + i]);
    if (!same) return false;
    at += section.length;
  }
  return true;
}

/**
 * h, then the generators, 64 bytes each, of a key that {@link readPedersenKey} returned.
 *
 * @throws {@link NovaError} `InvalidEncoding` for what is no point of the curve, or the identity; `Aborted`
 */
export async function decompressKey(
  curve: Curve,
  compressed: Uint8Array,
  { signal, onProgress }: Control = {},
): Promise<Uint8Array> {
  const size = curve.encodedBytes;
  const count = compressed.length / size;
  const points = new Uint8Array(count * POINT_BYTES);
  const pace = new Pace(() => throwIfAborted(signal));
  for (let i = 0; i < count; i++) {
    const P = curve.decode(compressed.subarray(i * size, (i + 1) * size));
    if (P.infinity) {
      throw new NovaError(
        'InvalidEncoding',
        `point ${i} of a commitment key of ${curve.name} is the identity`,
      );
    }
    points.set(curve.toXY(P), ((i + 1) % count) * POINT_BYTES);
    const pause = pace.pause();
    if (pause !== undefined) onProgress?.(i / count);
    await pause;
  }
  return points;
}

/** Whether there are generators, or powers of tau, for n values. @throws {@link NovaError} `InvalidCommitmentKeyLength` */
export function checkKeyLength(bases: Bases, n: number): void {
  if (n > bases.length) {
    throw new NovaError(
      'InvalidCommitmentKeyLength',
      `a polynomial of ${n} values needs a commitment key of that length, not of ${bases.length}`,
    );
  }
}
