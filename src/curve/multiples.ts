/**
 * Sums of multiples of points on y^2 = x^3 + b: signed digits of {@link WIDTH} bits, and one chain of doublings for all terms (E. G.
 * Straus, "Addition chains of vectors", 1964). The time depends on the scalars.
 */
import type { PrimeField } from '../field/field.ts';
import { addAffine, double, fromJacobian, ZERO, type Coordinates, type JacobianPoint } from './jacobian.ts';

/** Bits of a digit: digits are 0 or odd, below 2^(WIDTH - 1) in absolute value. */
const WIDTH = 5;

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
  return fromJacobian(F, [sum])[0];
}

/** P, 3P, 5P, ... as far as digits go, for each P. */
function oddMultiples(F: PrimeField, points: readonly Coordinates[]): Coordinates[][] {
  const size = 2 ** (WIDTH - 2);
  const doubles = fromJacobian(
    F,
    points.map((P) => double(F, { X: P.x, Y: P.y, Z: 1n })),
  );
  const multiples = points.flatMap(({ x, y }, t) => {
    const row: JacobianPoint[] = [{ X: x, Y: y, Z: 1n }];
    while (row.length < size) row.push(addAffine(F, row[row.length - 1], doubles[t]!));
    return row;
  });
  // none is the identity: the order is a prime, and larger than all of them
  const affine = fromJacobian(F, multiples) as Coordinates[];
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
