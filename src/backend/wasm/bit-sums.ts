import { type AffinePoint, type Curve, IDENTITY } from '../../curve/curve.ts';
import { addAffine, type Coordinates, double, fromJacobian, ZERO } from '../../curve/jacobian.ts';

/** 2^bit times a point other than the identity. */
export interface WeightedPoint extends Coordinates {
  readonly bit: number;
}

/** The sum of the weighted points, by Horner's rule, with one inversion. */
export function sumByBits(curve: Curve, points: readonly WeightedPoint[]): AffinePoint {
  const F = curve.base;
  const byBit: WeightedPoint[][] = [];
  for (const point of points) (byBit[point.bit] ??= []).push(point);
  let sum = ZERO;
  for (let bit = byBit.length - 1; bit >= 0; bit--) {
    sum = double(F, sum);
    for (const point of byBit[bit] ?? []) sum = addAffine(F, sum, point);
  }
  const [affine] = fromJacobian(F, [sum]);
  return affine === undefined ? IDENTITY : { ...affine, infinity: false };
}
