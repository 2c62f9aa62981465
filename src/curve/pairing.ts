import { bn254 } from '@noble/curves/bn254.js';
import { NovaError } from '../errors.ts';
import { FIELD_BYTES } from '../field/field.ts';
import type { AffinePoint } from './curve.ts';
import { bn256 } from './curves.ts';

/*
 * The other side of BN254's pairing e: G1 x G2 -> GT (EIP-197). G1 is the curve bn256; G2 is the subgroup of order r of the
 * twist y^2 = x^3 + 3 / (9 + u) over Fq2 = Fq[u] / (u^2 + 1), whose cofactor is not 1. Group law and pairing are noble's.
 */

/** An element c0 + c1 u of Fq2. */
export interface Fq2 {
  readonly c0: bigint;
  readonly c1: bigint;
}

/** A point of G2 in affine coordinates; never the identity. */
export interface G2Point {
  readonly x: Fq2;
  readonly y: Fq2;
}

/** Bytes of a compressed point of G2: x, with the sign of y in the top bit and the identity in the one below. */
export const G2_BYTES: number = 2 * FIELD_BYTES;

const Y_IS_ODD = 0x80;
const IS_IDENTITY = 0x40;

/** The generator of EIP-197, which is that of halo2curves. */
export const G2_GENERATOR: G2Point = /* @__PURE__ */ (() => {
  const { x, y } = bn254.G2.Point.BASE.toAffine();
  return Object.freeze({ x, y });
})();

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

export function equalG2(P: G2Point, Q: G2Point): boolean {
  const { Fp2 } = bn254.fields;
  return Fp2.eql(P.x, Q.x) && Fp2.eql(P.y, Q.y);
}

/** kQ for 0 < k < r. @throws {@link NovaError} `InvalidArgument` for other k */
export function mulG2(k: bigint, Q: G2Point): G2Point {
  if (k <= 0n || !bn256.scalar.isCanonical(k)) {
    throw new NovaError('InvalidArgument', 'a scalar of G2 must be from 1 to r - 1');
  }
  const { x, y } = nobleG2(Q).multiplyUnsafe(k).toAffine();
  return { x, y };
}

/** The point in the {@link G2_BYTES} bytes that halo2curves' serde writes. */
export function encodeG2({ x, y }: G2Point): Uint8Array {
  const out = new Uint8Array(G2_BYTES);
  out.set(bn256.base.toBytes(x.c0));
  out.set(bn256.base.toBytes(x.c1), FIELD_BYTES);
  if (y.c0 & 1n) out[G2_BYTES - 1] |= Y_IS_ODD;
  return out;
}

/**
 * The point that `bytes` encodes: exactly what {@link encodeG2} writes, of a point of G2.
 *
 * @throws {@link NovaError} `InvalidEncoding`, also for the identity; `PointNotInSubgroup`
 */
export function decodeG2(bytes: Uint8Array, what: string): G2Point {
  const refuse = (why: string) => new NovaError('InvalidEncoding', `${what}, an encoded point of G2, ${why}`);
  if (bytes.length !== G2_BYTES) throw refuse(`takes ${G2_BYTES} bytes, not ${bytes.length}`);
  const flags = bytes[G2_BYTES - 1] & (Y_IS_ODD | IS_IDENTITY);
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
  const odd = flags === Y_IS_ODD;
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
