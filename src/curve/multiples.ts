/**
 * Sums of multiples of points on y^2 = x^3 + b: signed digits of {@link WIDTH} bits, and one chain of doublings for all terms (E. G.
 * Straus, "Addition chains of vectors", 1964). Points on the way are in Jacobian coordinates: (X, Y, Z) stands for
 * (X / Z^2, Y / Z^3), the identity has Z = 0. Formulas: dbl-2009-l and the usual mixed addition of
 * https://www.hyperelliptic.org/EFD/g1p/auto-shortw-jacobian-0.html. The time depends on the scalars.
 */
import type { PrimeField } from '../field/field.ts';
import type { AffinePoint } from './curve.ts';

interface JacobianPoint {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
}

/** A point that is not the identity. */
type Coordinates = Pick<AffinePoint, 'x' | 'y'>;

/** Bits of a digit: digits are 0 or odd, below 2^(WIDTH - 1) in absolute value. */
const WIDTH = 5;

const ZERO: JacobianPoint = /* @__PURE__ */ Object.freeze({ X: 1n, Y: 1n, Z: 0n });

/**
 * The sum of k P over all terms, undefined for the identity.
 *
 * @param terms k from 0 below the group's order, a prime above 2^WIDTH; P not the identity
 */
export function sumOfMultiples(
  F: PrimeField,
  terms: readonly (readonly [k: bigint, P: Coordinates])[],
): Coordinates | undefined {
  const tables = oddMultiples(
    F,
    terms.map(([, P]) => P),
  );
  const digits = terms.map(([k]) => signedDigits(k));
  let sum = ZERO;
  for (let i = Math.max(0, ...digits.map(({ length }) => length)) - 1; i >= 0; i--) {
    sum = double(F, sum);
    for (const [t, table] of tables.entries()) {
      const digit = digits[t][i] ?? 0;
      if (digit === 0) continue;
      const { x, y } = table[Math.abs(digit) >> 1];
      sum = addAffine(F, sum, { x, y: digit < 0 ? F.neg(y) : y });
    }
  }
  return toAffine(F, [sum])[0];
}

/** P, 3P, 5P, ... as far as digits go, for each P. */
function oddMultiples(F: PrimeField, points: readonly Coordinates[]): Coordinates[][] {
  const size = 2 ** (WIDTH - 2);
  const doubles = toAffine(
    F,
    points.map((P) => double(F, { X: P.x, Y: P.y, Z: 1n })),
  );
  const multiples = points.flatMap(({ x, y }, t) => {
    const row: JacobianPoint[] = [{ X: x, Y: y, Z: 1n }];
    while (row.length < size) row.push(addAffine(F, row[row.length - 1], doubles[t]!));
    return row;
  });
  // none is the identity: the order is a prime, and larger than all of them
  const affine = toAffine(F, multiples) as Coordinates[];
  return points.map((_, t) => affine.slice(size * t, size * (t + 1)));
}

/** The digits of k, the lowest first. */
function signedDigits(k: bigint): Int8Array {
  const digits: number[] = [];
  for (let rest = k; rest > 0n; rest >>= 1n) {
    let digit = 0;
    if (rest & 1n) {
      digit = Number(BigInt.asIntN(WIDTH, rest));
      rest -= BigInt(digit);
    }
    digits.push(digit);
  }
  return Int8Array.from(digits);
}

function double(F: PrimeField, { X, Y, Z }: JacobianPoint): JacobianPoint {
  const A = F.sqr(X);
  const B = F.sqr(Y);
  const C = F.sqr(B);
  const half = F.sub(F.sub(F.sqr(F.add(X, B)), A), C);
  const D = F.add(half, half);
  const E = F.mul(3n, A);
  const X3 = F.sub(F.sqr(E), F.add(D, D));
  return {
    X: X3,
    Y: F.sub(F.mul(E, F.sub(D, X3)), F.mul(8n, C)),
    Z: F.mul(F.add(Y, Y), Z),
  };
}

function addAffine(F: PrimeField, P: JacobianPoint, { x, y }: Coordinates): JacobianPoint {
  const { X, Y, Z } = P;
  if (Z === 0n) return { X: x, Y: y, Z: 1n };
  const Z2 = F.sqr(Z);
  const H = F.sub(F.mul(x, Z2), X);
  const R = F.sub(F.mul(y, F.mul(Z, Z2)), Y);
  if (H === 0n) return R === 0n ? double(F, P) : ZERO;
  const H2 = F.sqr(H);
  const H3 = F.mul(H, H2);
  const V = F.mul(X, H2);
  const X3 = F.sub(F.sub(F.sqr(R), H3), F.add(V, V));
  return { X: X3, Y: F.sub(F.mul(R, F.sub(V, X3)), F.mul(Y, H3)), Z: F.mul(Z, H) };
}

/** The points in affine coordinates, undefined for the identity; they share an inversion. */
function toAffine(F: PrimeField, points: readonly JacobianPoint[]): (Coordinates | undefined)[] {
  const inverses = F.invBatch(points.map(({ Z }) => Z)); // zeros stay
  return points.map(({ X, Y, Z }, i) => {
    if (Z === 0n) return undefined;
    const square = F.sqr(inverses[i]);
    return { x: F.mul(X, square), y: F.mul(Y, F.mul(square, inverses[i])) };
  });
}
