import fc from 'fast-check';
import { IDENTITY, type AffinePoint, type Curve } from '../../src/curve/curve.ts';
import { element } from '../field/arbitrary.ts';

/** A point of the curve; the identity and the generator more often than chance would give them. */
export function point(curve: Curve): fc.Arbitrary<AffinePoint> {
  const { generator } = curve;
  return fc.oneof(
    { weight: 4, arbitrary: element(curve.scalar).map((k) => curve.mul(k, generator)) },
    { weight: 1, arbitrary: fc.constantFrom(IDENTITY, generator, curve.neg(generator)) },
  );
}
