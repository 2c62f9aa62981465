import { NovaError } from '../errors.ts';
import { FIELD_BYTES, readInt, viewOf, writeInt, type PrimeField } from './field.ts';

/*
 * Vectors of field elements as raw bytes, 32 an element, little-endian: the form in which they lie in files and in an
 * engine's memory.
 */

/** 32-bit words of an element. */
const WORDS = FIELD_BYTES / 4;

/** Index of the first element of `bytes` that is not below p; -1 if there is none. `bytes` holds whole elements. */
export function firstNonCanonical(F: PrimeField, bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const p = Array.from({ length: WORDS }, (_, i) => Number((F.p >> BigInt(32 * i)) & 0xffffffffn));
  for (let offset = 0; offset < bytes.length; offset += FIELD_BYTES) {
    let i = WORDS - 1;
    let word = view.getUint32(offset + 4 * i, true);
    while (i > 0 && word === p[i]) word = view.getUint32(offset + 4 * --i, true);
    if (word >= p[i]) return offset / FIELD_BYTES;
  }
  return -1;
}

/** Whether `bytes` are whole elements of F, each of them canonical. */
export function allCanonical(F: PrimeField, bytes: Uint8Array): boolean {
  return bytes.length % FIELD_BYTES === 0 && firstNonCanonical(F, bytes) === -1;
}

/** The elements that `bytes` holds. @throws {@link NovaError} `InvalidEncoding` unless they are whole and canonical. */
export function elementsFromBytes(F: PrimeField, bytes: Uint8Array): bigint[] {
  if (bytes.length % FIELD_BYTES !== 0) {
    throw new NovaError(
      'InvalidEncoding',
      `elements of ${F.name} take ${FIELD_BYTES} bytes each; ${bytes.length} bytes are no whole number of them`,
    );
  }
  const bad = firstNonCanonical(F, bytes);
  if (bad !== -1)
    throw new NovaError('InvalidEncoding', `element ${bad} is no canonical element of ${F.name}`);
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / FIELD_BYTES }, (_, i) =>
    readInt(view, i * FIELD_BYTES, FIELD_BYTES),
  );
}

/**
 * The elements, one after the other.
 *
 * @throws {@link NovaError} `InvalidFieldElement` if one is not canonical.
 */
export function elementsToBytes(F: PrimeField, xs: readonly bigint[]): Uint8Array {
  const out = new Uint8Array(xs.length * FIELD_BYTES);
  const view = viewOf(out);
  for (let i = 0; i < xs.length; i++) {
    if (typeof xs[i] !== 'bigint' || !F.isCanonical(xs[i])) F.check(xs[i], `element ${i}`);
    writeInt(view, i * FIELD_BYTES, FIELD_BYTES, xs[i]);
  }
  return out;
}
