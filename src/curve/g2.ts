import { FIELD_BYTES } from '../field/field.ts';
import { bn256 } from './curves.ts';

/*
 * The points of G2, the other side of BN254's pairing e: G1 x G2 -> GT (EIP-197). G1 is the curve bn256; G2 is the subgroup of
 * order r of the twist y^2 = x^3 + 3 / (9 + u) over Fq2 = Fq[u] / (u^2 + 1), whose cofactor is not 1. What computes with them
 * is in `pairing.ts`.
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

/** Flag of a compressed point of G2, in its last byte: y.c0 is odd. */
export const G2_IS_ODD = 0x80;

/** The generator of EIP-197, which is that of halo2curves. */
export const G2_GENERATOR: G2Point = /* @__PURE__ */ Object.freeze({
  x: {
    c0: 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
    c1: 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  },
  y: {
    c0: 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
    c1: 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  },
});

export function equalG2(P: G2Point, Q: G2Point): boolean {
  return P.x.c0 === Q.x.c0 && P.x.c1 === Q.x.c1 && P.y.c0 === Q.y.c0 && P.y.c1 === Q.y.c1;
}

/** The point in the {@link G2_BYTES} bytes that halo2curves' serde writes. */
export function encodeG2({ x, y }: G2Point): Uint8Array {
  const out = new Uint8Array(G2_BYTES);
  out.set(bn256.base.toBytes(x.c0));
  out.set(bn256.base.toBytes(x.c1), FIELD_BYTES);
  if (y.c0 & 1n) out[G2_BYTES - 1] |= G2_IS_ODD;
  return out;
}
