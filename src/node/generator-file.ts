import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { POINT_BYTES } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';

/*
 * A file of generators, one per curve and label. All numbers are little-endian.
 *
 *   8  magic "NOVAGENS"
 *   4  version of this format and of the generators' derivation
 *   4  number of points n
 *  32  SHA-256 of the points
 *   1  length of the curve's name, then the name (ASCII)
 *   2  length of the label, then the label
 * 64n  the points, x then y, as `Curve.toXY` writes them
 *
 * The hash finds damage, not malice: who can write to the cache can write the hash too. A wrong generator shows in the
 * digest of the public parameters, which covers the commitment key.
 */
const MAGIC = 'NOVAGENS';
const VERSION = 1;
const HASH_BYTES = 32;
const FIXED_BYTES = MAGIC.length + 4 + 4 + HASH_BYTES;

/** Whose generators a file holds. */
export interface GeneratorKey {
  /** The curve's name. */
  readonly curve: string;
  readonly label: Uint8Array;
}

/** The file of a curve and label in the cache folder. */
export function generatorPath(folder: string, { curve, label }: GeneratorKey): string {
  const text = new TextDecoder('latin1').decode(label);
  const name = /^[a-z0-9_-]{1,32}$/.test(text) ? text : sha256(label).toString('hex');
  return join(folder, `generators-${curve}-${name}.bin`);
}

/** The file that keeps these points. */
export function encodeGenerators({ curve, label }: GeneratorKey, points: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(curve);
  const start = FIXED_BYTES + 1 + name.length + 2 + label.length;
  const out = new Uint8Array(start + points.length);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(MAGIC));
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + 4, points.length / POINT_BYTES, true);
  out.set(sha256(points), MAGIC.length + 8);
  view.setUint8(FIXED_BYTES, name.length);
  out.set(name, FIXED_BYTES + 1);
  view.setUint16(FIXED_BYTES + 1 + name.length, label.length, true);
  out.set(label, start - label.length);
  out.set(points, start);
  return out;
}

/**
 * The points of a file.
 *
 * @throws {@link NovaError} `InvalidEncoding` if it is damaged, another version, or of another curve or label
 */
export function decodeGenerators(key: GeneratorKey, file: Uint8Array): Uint8Array {
  const refuse = (why: string): never => {
    throw new NovaError('InvalidEncoding', why);
  };
  if (
    file.length < FIXED_BYTES ||
    new TextDecoder('latin1').decode(file.subarray(0, MAGIC.length)) !== MAGIC
  ) {
    refuse('it is no file of generators');
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) refuse(`its format has version ${version}, this library writes ${VERSION}`);
  const count = view.getUint32(MAGIC.length + 4, true);
  // The header of a file of this key is known but for count and hash: compare it whole.
  const expected = encodeGenerators(key, new Uint8Array(0)).subarray(FIXED_BYTES);
  const start = FIXED_BYTES + expected.length;
  if (!Buffer.from(file.subarray(FIXED_BYTES, start)).equals(expected)) {
    refuse('it holds the generators of another curve or label');
  }
  const points = file.subarray(start);
  if (points.length !== count * POINT_BYTES) refuse('its length does not fit its number of points');
  if (!sha256(points).equals(file.subarray(FIXED_BYTES - HASH_BYTES, FIXED_BYTES))) refuse('it is damaged');
  return points;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
