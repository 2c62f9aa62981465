import { elementsFromBytes, elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { PIECE, sweep, type Work } from './work.ts';

/** out = a + r b. */
export function addScaled(
  F: PrimeField,
  out: bigint[],
  a: readonly bigint[],
  r: bigint,
  b: readonly bigint[],
): Work {
  return sweep(out.length, (i) => {
    out[i] = (a[i] + r * b[i]) % F.p;
  });
}

/** out = a. */
export function copy(out: bigint[], a: readonly bigint[]): Work {
  return sweep(out.length, (i) => {
    out[i] = a[i];
  });
}

/** out = 0. */
export function clear(out: bigint[]): Work {
  return sweep(out.length, (i) => {
    out[i] = 0n;
  });
}

/** out = the canonical elements that `bytes` holds. */
export function* decode(F: PrimeField, out: bigint[], bytes: Uint8Array): Work {
  for (let i = 0; i < out.length; i += PIECE) {
    const piece = elementsFromBytes(F, bytes.subarray(FIELD_BYTES * i, FIELD_BYTES * (i + PIECE)));
    for (let j = 0; j < piece.length; j++) out[i + j] = piece[j];
    yield (i + piece.length) / out.length;
  }
}

/** The elements as bytes. */
export function* encode(F: PrimeField, elements: readonly bigint[]): Work<Uint8Array> {
  const bytes = new Uint8Array(FIELD_BYTES * elements.length);
  for (let i = 0; i < elements.length; i += PIECE) {
    bytes.set(elementsToBytes(F, elements.slice(i, i + PIECE)), FIELD_BYTES * i);
    yield i / elements.length;
  }
  return bytes;
}
