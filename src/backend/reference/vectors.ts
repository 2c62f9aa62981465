/** Vectors here are arrays whose first n elements count: a view has the array of its vector. */
import { elementsFromBytes, elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { PIECE, sweep, type Work } from './work.ts';

/** out = a + r b. */
export function addScaled(
  F: PrimeField,
  n: number,
  out: bigint[],
  a: readonly bigint[],
  r: bigint,
  b: readonly bigint[],
): Work {
  return sweep(n, (i) => {
    out[i] = (a[i] + r * b[i]) % F.p;
  });
}

/** out = a. */
export function copy(n: number, out: bigint[], a: readonly bigint[]): Work {
  return sweep(n, (i) => {
    out[i] = a[i];
  });
}

/** out = 0. */
export function clear(n: number, out: bigint[]): Work {
  return sweep(n, (i) => {
    out[i] = 0n;
  });
}

/** out = the canonical elements that `bytes` holds. */
export function* decode(F: PrimeField, out: bigint[], bytes: Uint8Array): Work {
  const n = bytes.length / FIELD_BYTES;
  for (let i = 0; i < n; i += PIECE) {
    const piece = elementsFromBytes(F, bytes.subarray(FIELD_BYTES * i, FIELD_BYTES * (i + PIECE)));
    for (let j = 0; j < piece.length; j++) out[i + j] = piece[j];
    yield (i + piece.length) / n;
  }
}

/** The elements as bytes. */
export function* encode(F: PrimeField, n: number, elements: readonly bigint[]): Work<Uint8Array> {
  const bytes = new Uint8Array(FIELD_BYTES * n);
  for (let i = 0; i < n; i += PIECE) {
    bytes.set(elementsToBytes(F, elements.slice(i, Math.min(n, i + PIECE))), FIELD_BYTES * i);
    yield i / n;
  }
  return bytes;
}
