/**
 * The map to secp256k1 of the suite secp256k1_XMD:SHA-256_SSWU_RO_ (RFC 9380, 8.7): simplified SWU (6.6.2) to a curve
 * E': y^2 = x^3 + A x + B, and a 3-isogeny from there (appendix E.1), here by J. Velu's formulas
 * (https://en.wikipedia.org/wiki/Velu's_formulas) for its kernel {O, (x1, +-y1)}.
 */
import type { AffinePoint } from './curve.ts';
import { secp256k1 } from './curves.ts';

/** What defines the map. */
export interface SswuConstants {
  readonly A: bigint;
  readonly B: bigint;
  readonly Z: bigint;
  /** -B / A */
  readonly x0: bigint;
  /**
   * The isogeny: with i = 1 / (x - x1), the image is x + t i + u i^2 over 9, and y (1 - t i^2 - 2 u i^3) over 27. No point has
   * x = x1: its order would be 3, and that of E', as of secp256k1, is a prime.
   */
  readonly x1: bigint;
  readonly t: bigint;
  readonly u: bigint;
  readonly ninth: bigint;
  readonly twentySeventh: bigint;
}

let constants: SswuConstants | undefined;

/** The constants, all of them worked out from A, B and Z. */
export function sswuConstants(): SswuConstants {
  if (constants !== undefined) return constants;
  const { base: F, b } = secp256k1;
  const A = 0x3f8731abdd661adca08a5558f0f5d272e953d363cb6f0e5d405447c01a444533n;
  const B = 1771n;
  // y^2 = x^3 + b has points of order 3 with x^3 = -4 b. E' is the image of the isogeny with such a kernel, so
  // A = -30 x^2, and the dual isogeny has its kernel at x1 = -3 x = -360 b / A; its image is scaled by 3^2 and 3^3
  const x1 = F.reduce(-360n * b * F.inv(A));
  constants = {
    A,
    B,
    Z: F.reduce(-11n),
    x0: F.neg(F.mul(B, F.inv(A))),
    x1,
    t: F.reduce(6n * x1 * x1 + 2n * A),
    u: F.reduce(4n * (x1 ** 3n + A * x1 + B)),
    ninth: F.inv(9n),
    twentySeventh: F.inv(27n),
  };
  return constants;
}

/** The points of secp256k1 that the field elements `us` map to; they share the inversions. */
export function mapToSecp256k1(us: readonly bigint[]): AffinePoint[] {
  const F = secp256k1.base;
  const { A, B, Z, x0, x1, t, u: velu, ninth, twentySeventh } = sswuConstants();
  const v = us.map((u) => F.mul(Z, F.sqr(u)));
  const tv1 = F.invBatch(v.map((v_i) => F.add(F.sqr(v_i), v_i))); // zeros stay, as inv0 wants it

  // -B / A (1 + tv1), or B / (Z A) where tv1 is zero; if that is no x-coordinate, v times it is one
  const atZero = F.neg(F.mul(x0, F.inv(Z)));
  const onE = us.map((u, i) => {
    const first = tv1[i] === 0n ? atZero : F.mul(x0, F.add(1n, tv1[i]));
    const root = (x: bigint) => F.sqrt(F.add(F.mul(F.add(F.sqr(x), A), x), B));
    const y1 = root(first);
    const x = y1 === undefined ? F.mul(v[i], first) : first;
    const y = y1 ?? root(x)!;
    return { x, y: (y & 1n) === (u & 1n) ? y : F.neg(y) };
  });

  const inverses = F.invBatch(onE.map(({ x }) => F.sub(x, x1)));
  return onE.map(({ x, y }, k) => {
    const i = inverses[k];
    const ti = F.mul(t, i);
    const ui2 = F.mul(velu, F.sqr(i));
    const factor = F.sub(1n, F.mul(F.add(ti, F.add(ui2, ui2)), i));
    return {
      x: F.mul(F.add(x, F.add(ti, ui2)), ninth),
      y: F.mul(F.mul(y, factor), twentySeventh),
      infinity: false,
    };
  });
}
