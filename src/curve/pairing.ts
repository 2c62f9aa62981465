import { bn254 } from '@noble/curves/bn254.js';
import { NovaError } from '../errors.ts';
import { FIELD_BYTES } from '../field/field.ts';
import type { AffinePoint } from './curve.ts';
import { bn256 } from './curves.ts';
import { G2_BYTES, G2_IS_ODD, type Fq2, type G2Point } from './g2.ts';

/*
 * What is computed with points of G2, and BN254's pairing: group law and pairing are noble's. Only the cycles with powers of
 * tau need it: everybody else imports `g2.ts`, and this file when it comes to it (`await import`).
 */

const IS_IDENTITY = 0x40;

/** Returns Q if it is a point of G2. @throws {@link NovaError} `PointNotOnCurve`, `PointNotInSubgroup`; `what` names Q there. */
export function checkG2(Q: G2Point, what: string): G2Point {
  const { Fp2 } = bn254.fields;
  const F = bn256.base;
  const { x, y } = Q;
  const canonical = [x.c0, x.c1, y.c0, y.c1].every((c) => F.isCanonical(c));
  if (!canonical || !Fp2.eql(Fp2.sqr(y), ySquared(x))) {
    throw new NovaError('PointNotOnCurve', `${what} is not on the curve of G2`);
  }
  if (!nobleG2(Q).isTorsionFree()) {
    throw new NovaError(
      'PointNotInSubgroup',
      `${what} is on the curve of G2, but not in its subgroup of order r`,
    );
  }
  return Q;
}

/** kQ for 0 < k < r. @throws {@link NovaError} `InvalidArgument` for other k */
export function mulG2(k: bigint, Q: G2Point): G2Point {
  if (k <= 0n || !bn256.scalar.isCanonical(k)) {
    throw new NovaError('InvalidArgument', 'a scalar of G2 must be from 1 to r - 1');
  }
  const { x, y } = nobleG2(Q).multiplyUnsafe(k).toAffine();
  return { x, y };
}

/**
 * The point that `bytes` encodes: exactly what {@link encodeG2} writes, of a point of G2.
 *
 * @throws {@link NovaError} `InvalidEncoding`, also for the identity; `PointNotInSubgroup`
 */
export function decodeG2(bytes: Uint8Array, what: string): G2Point {
  const refuse = (why: string) => new NovaError('InvalidEncoding', `${what}, an encoded point of G2, ${why}`);
  if (bytes.length !== G2_BYTES) throw refuse(`takes ${G2_BYTES} bytes, not ${bytes.length}`);
  const flags = bytes[G2_BYTES - 1] & (G2_IS_ODD | IS_IDENTITY);
  if (flags & IS_IDENTITY) throw refuse('is the identity, which proves everything');
  const xBytes = new Uint8Array(G2_BYTES);
  xBytes.set(bytes);
  xBytes[G2_BYTES - 1] ^= flags;
  const F = bn256.base;
  const x = {
    c0: F.fromBytes(xBytes.subarray(0, FIELD_BYTES)),
    c1: F.fromBytes(xBytes.subarray(FIELD_BYTES)),
  };
  const { Fp2 } = bn254.fields;
  let y: Fq2;
  try {
    y = Fp2.sqrt(ySquared(x));
  } catch (cause) {
    throw new NovaError('InvalidEncoding', refuse('has an x-coordinate that is not on the curve').message, {
      cause,
    });
  }
  const odd = flags === G2_IS_ODD;
  if (((y.c0 & 1n) === 1n) !== odd) y = Fp2.neg(y);
  // where y.c0 is 0, so is that of -y, and only one of the two has an encoding
  if (((y.c0 & 1n) === 1n) !== odd) throw refuse('has a sign that its point does not have');
  return checkG2({ x, y }, what);
}

/** Whether e(P1, Q1) = e(P2, Q2): two Miller loops and one final exponentiation. P1 and P2 may be the identity. */
export function pairingsAgree(P1: AffinePoint, Q1: G2Point, P2: AffinePoint, Q2: G2Point): boolean {
  const { Fp12 } = bn254.fields;
  const pairs = [
    { P: P1, Q: Q1 },
    { P: bn256.neg(P2), Q: Q2 },
  ];
  // e(identity, Q) = 1, and noble refuses the identity
  const factors = pairs
    .filter(({ P }) => !P.infinity)
    .map(({ P, Q }) => ({ g1: bn254.G1.Point.fromAffine({ x: P.x, y: P.y }), g2: nobleG2(Q) }));
  return Fp12.eql(bn254.pairingBatch(factors), Fp12.ONE);
}

/** x^3 + 3 / (9 + u): the square of y at the points whose coordinate is x. */
function ySquared(x: Fq2): Fq2 {
  const { Fp2 } = bn254.fields;
  return Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
}

function nobleG2({ x, y }: G2Point): ReturnType<typeof bn254.G2.Point.fromAffine> {
  return bn254.G2.Point.fromAffine({ x, y });
}
