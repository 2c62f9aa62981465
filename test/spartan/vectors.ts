import fc from 'fast-check';
import type { Backend, Vec } from '../../src/backend/backend.ts';
import { elementsFromBytes, elementsToBytes } from '../../src/field/bytes.ts';
import type { PrimeField } from '../../src/field/field.ts';

/** Elements, with more zeros, ones and minus ones than chance would give. */
export function element(F: PrimeField): fc.Arbitrary<bigint> {
  return fc.oneof(fc.constantFrom(0n, 1n, F.p - 1n), fc.bigInt(0n, F.p - 1n));
}

export function elements(F: PrimeField, length: number): fc.Arbitrary<bigint[]> {
  return fc.array(element(F), { minLength: length, maxLength: length });
}

/** A vector with these values. */
export function upload(backend: Backend, F: PrimeField, values: readonly bigint[], label = 'test'): Vec {
  const v = backend.vector(F, values.length, label);
  backend.upload(v, elementsToBytes(F, values));
  return v;
}

export async function download(backend: Backend, v: Vec): Promise<bigint[]> {
  const [bytes] = await backend.read([backend.download(v)]);
  return elementsFromBytes(v.field, bytes);
}
