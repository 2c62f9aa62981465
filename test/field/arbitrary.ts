import fc from 'fast-check';
import type { PrimeField } from '../../src/field/field.ts';

/** An element of F; its edges more often than chance would give them. */
export function element(F: PrimeField): fc.Arbitrary<bigint> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.bigInt(0n, F.p - 1n) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(0n, 1n, 2n, F.p - 1n, F.p - 2n, (F.p - 1n) / 2n, 1n << 64n, 1n << 128n),
    },
  );
}
