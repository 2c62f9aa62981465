import { bn254 } from '@noble/curves/bn254.js';
import type { G2Point } from '../../src/curve/g2.ts';

/** A point of the twist that is not in G2: nearly every one is, as the cofactor is large. */
export function outsideG2(): G2Point {
  const { Fp2 } = bn254.fields;
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
    let y;
    try {
      y = Fp2.sqrt(square);
    } catch {
      continue; // no square
    }
    // by the order, not by noble's shorter test
    const P = bn254.G2.Point.fromAffine({ x, y });
    const r = bn254.fields.Fr.ORDER;
    if (
      !P.multiplyUnsafe(r - 1n)
        .add(P)
        .is0()
    )
      return { x, y };
  }
}
