/**
 * Points of y^2 = x^3 + b in Jacobian coordinates, for chains of additions without inversions: (X, Y, Z) stands for
 * (X / Z^2, Y / Z^3), the identity has Z = 0. Formulas: dbl-2009-l and madd-2004-hmv of
 * https://www.hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html. A BigInt's remainder costs three products, so sums are reduced
 * once.
 */
import type { PrimeField } from '../field/field.ts';
import type { AffinePoint } from './curve.ts';

/** Canonical coordinates. */
export interface JacobianPoint {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
}

/** A point that is not the identity. */
export type Coordinates = Pick<AffinePoint, 'x' | 'y'>;

export const ZERO: JacobianPoint = /* @__PURE__ */ Object.freeze({ X: 1n, Y: 1n, Z: 0n });

export function double(F: PrimeField, { X, Y, Z }: JacobianPoint): JacobianPoint {
  const A = F.sqr(X);
  const B = F.sqr(Y);
  const C = F.sqr(B);
  const D = F.reduce(4n * X * B); // dbl-2009-l saves this product for two squarings and a remainder
  const E = 3n * A;
  const X3 = F.reduce(E * E - 2n * D);
  return { X: X3, Y: F.reduce(E * (D - X3) - 8n * C), Z: F.reduce(2n * Y * Z) };
}

/** P + Q for any P. */
export function addAffine(F: PrimeField, P: JacobianPoint, { x, y }: Coordinates): JacobianPoint {
  const { X, Y, Z } = P;
  if (Z === 0n) return { X: x, Y: y, Z: 1n };
  const Z2 = F.sqr(Z);
  const H = F.sub(F.mul(x, Z2), X);
  const R = F.sub(F.mul(y, F.mul(Z, Z2)), Y);
  if (H === 0n) return R === 0n ? double(F, P) : ZERO;
  const H2 = F.sqr(H);
  const H3 = F.mul(H, H2);
  const V = F.mul(X, H2);
  const X3 = F.reduce(R * R - H3 - 2n * V);
  return { X: X3, Y: F.reduce(R * (V - X3) - Y * H3), Z: F.mul(Z, H) };
}

/** The points in affine coordinates, undefined for the identity; they share an inversion. */
export function fromJacobian(F: PrimeField, points: readonly JacobianPoint[]): (Coordinates | undefined)[] {
  const inverses = F.invBatch(points.map(({ Z }) => Z)); // zeros stay
  return points.map(({ X, Y, Z }, i) => {
    if (Z === 0n) return undefined;
    const square = F.sqr(inverses[i]);
    return { x: F.mul(X, square), y: F.mul(Y, F.mul(square, inverses[i])) };
  });
}
