import { type AffinePoint, type Curve, IDENTITY } from '../../curve/curve.ts';
import type { PrimeField } from '../../field/field.ts';

/** 2^bit times a point other than the identity. */
export interface WeightedPoint {
  readonly bit: number;
  readonly x: bigint;
  readonly y: bigint;
}

/** X / Z^2, Y / Z^3; the identity has Z = 0. */
type Jacobian = readonly [X: bigint, Y: bigint, Z: bigint];

/** The sum of the weighted points, by Horner's rule, with one inversion. */
export function sumByBits(curve: Curve, points: readonly WeightedPoint[]): AffinePoint {
  const F = curve.base;
  const byBit: WeightedPoint[][] = [];
  for (const point of points) (byBit[point.bit] ??= []).push(point);
  let sum: Jacobian = [1n, 1n, 0n];
  for (let bit = byBit.length - 1; bit >= 0; bit--) {
    sum = double(F, sum);
    for (const point of byBit[bit] ?? []) sum = addAffine(F, sum, point);
  }
  const [X, Y, Z] = sum;
  if (Z === 0n) return IDENTITY;
  const inverse = F.inv(Z);
  const square = F.sqr(inverse);
  return { x: F.mul(X, square), y: F.mul(Y, F.mul(square, inverse)), infinity: false };
}

/** dbl-2009-l of the Explicit-Formulas Database, https://hyperelliptic.org/EFD, for y^2 = x^3 + b. */
function double(F: PrimeField, [X, Y, Z]: Jacobian): Jacobian {
  const A = F.sqr(X);
  const B = F.sqr(Y);
  const C = F.sqr(B);
  const D = F.reduce(2n * (F.sqr(X + B) - A - C));
  const E = 3n * A;
  const X3 = F.reduce(E * E - 2n * D);
  return [X3, F.reduce(E * (D - X3) - 8n * C), F.reduce(2n * Y * Z)];
}

/** madd-2004-hmv of the same database, and the cases that it leaves out. */
function addAffine(F: PrimeField, P: Jacobian, { x, y }: WeightedPoint): Jacobian {
  const [X1, Y1, Z1] = P;
  if (Z1 === 0n) return [x, y, 1n];
  const ZZ = F.sqr(Z1);
  const H = F.sub(F.mul(x, ZZ), X1);
  const r = F.sub(F.mul(y, F.mul(ZZ, Z1)), Y1);
  if (H === 0n) return r === 0n ? double(F, P) : [1n, 1n, 0n];
  const HH = F.sqr(H);
  const HHH = F.mul(HH, H);
  const V = F.mul(X1, HH);
  const X3 = F.reduce(r * r - HHH - 2n * V);
  return [X3, F.reduce(r * (V - X3) - Y1 * HHH), F.mul(Z1, H)];
}
