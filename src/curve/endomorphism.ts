/**
 * The endomorphism of a curve y^2 = x^3 + b, phi(x, y) = (beta x, y) with beta^3 = 1: on the group of points it is the multiplication
 * by lambda, with lambda^3 = 1 (R. Gallant, R. Lambert, S. Vanstone, "Faster point multiplication on elliptic curves with efficient
 * endomorphisms", CRYPTO 2001). So scalars are elements a + b w of Z[w], w^2 + w + 1 = 0, of half the length, w standing for phi, and
 * their digits may be turned by w as well as negated, which both cost nothing to speak of.
 */
import type { PrimeField } from '../field/field.ts';
import type { Curve } from './curve.ts';

/** a + b w. */
export type Eisenstein = readonly [a: bigint, b: bigint];

/**
 * What digits stand for, by number: w^t and w^t (1 - w), t = 0, 1, 2. With their negatives these are one of each residue modulo 4 that
 * is not divisible by 2, and none has a larger norm than 3.
 */
export const DIGITS: readonly Eisenstein[] = [
  [1n, 0n],
  [0n, 1n],
  [-1n, -1n],
  [1n, -1n],
  [1n, 2n],
  [-2n, -1n],
];

/** The endomorphism of one curve. */
export class Endomorphism {
  readonly beta: bigint;
  readonly lambda: bigint;
  readonly #order: bigint;
  /** A short multiple of the order of the group: it stands for 0. */
  readonly #zero: Eisenstein;

  private constructor(curve: Curve) {
    const { base, scalar, generator: P } = curve;
    this.beta = cubeRootOfUnity(base);
    const lambda = cubeRootOfUnity(scalar);
    const phi = { ...P, x: base.mul(this.beta, P.x) };
    this.lambda = curve.equals(curve.mul(lambda, P), phi) ? lambda : scalar.sqr(lambda);
    this.#order = scalar.p;
    this.#zero = shortMultiple(scalar.p, this.lambda);
  }

  static readonly #known = new Map<Curve, Endomorphism>();

  /** That of a curve of prime order. */
  static of(curve: Curve): Endomorphism {
    let known = this.#known.get(curve);
    if (known === undefined) this.#known.set(curve, (known = new Endomorphism(curve)));
    return known;
  }

  /** a + b w with a + b lambda = k modulo the order, both about half as long. */
  split(k: bigint): Eisenstein {
    const [u, v] = this.#zero;
    // k over u + v w, which is k times the conjugate (u - v) - v w over the norm, rounded
    const norm = u * u - u * v + v * v;
    const [q, s] = [round(k * (u - v), norm), round(-k * v, norm)];
    return [k - (q * u - s * v), -(q * v + s * u - s * v)];
  }

  /**
   * The digits of k to the base 2, the lowest first: 0, or plus or minus 1 + i for {@link DIGITS} i. There are half as many as k has
   * bits, of two neighbours one is 0, and of seven four on average.
   */
  digits(k: bigint): Int8Array {
    const digits: number[] = [];
    let [a, b] = this.split(k % this.#order);
    while (a !== 0n || b !== 0n) {
      const digit = DIGIT_OF[residue(a, b)];
      digits.push(digit);
      if (digit !== 0) {
        const [c, d] = DIGITS[Math.abs(digit) - 1];
        [a, b] = digit > 0 ? [a - c, b - d] : [a + c, b + d];
      }
      [a, b] = [a >> 1n, b >> 1n];
    }
    return Int8Array.from(digits);
  }
}

/** The number of a residue modulo 4. */
function residue(a: bigint, b: bigint): number {
  return Number((a & 3n) | ((b & 3n) << 2n));
}

/** The digit of each residue modulo 4. */
const DIGIT_OF: Int8Array = /* @__PURE__ */ (() => {
  const digits = new Int8Array(16);
  DIGITS.forEach(([a, b], i) => {
    digits[residue(a, b)] = 1 + i;
    digits[residue(-a, -b)] = -(1 + i);
  });
  return digits;
})();

/** An element other than 1 whose cube is 1; p = 1 modulo 3. */
function cubeRootOfUnity(F: PrimeField): bigint {
  const root = F.sqrt(F.neg(3n));
  return F.mul(F.sub(root!, 1n), F.inv(2n));
}

/** (a, b), both about sqrt(order), with a + b lambda = 0 modulo the order: Euclid's algorithm, stopped half way. */
function shortMultiple(order: bigint, lambda: bigint): Eisenstein {
  let [r, s] = [order, lambda];
  let [t, u] = [0n, 1n]; // r = t lambda, s = u lambda
  while (s * s > order) {
    const q = r / s;
    [r, s] = [s, r - q * s];
    [t, u] = [u, t - q * u];
  }
  return [s, -u];
}

/** The integer next to a / b, for b > 0. */
function round(a: bigint, b: bigint): bigint {
  const twice = 2n * a + b;
  const q = twice / (2n * b);
  return twice < 0n && q * 2n * b !== twice ? q - 1n : q;
}
