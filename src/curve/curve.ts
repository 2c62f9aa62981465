import { NovaError } from '../errors.ts';
import { FIELD_BYTES, type PrimeField } from '../field/field.ts';
import { sumOfMultiples } from './multiples.ts';

/** A point in affine coordinates. The identity has the coordinates (0, 0), which are on none of the curves. */
export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
  readonly infinity: boolean;
}

/** A point times a scalar, in a sum of such terms. */
export type Term = readonly [k: bigint, P: AffinePoint];

/** The neutral element of every curve. */
export const IDENTITY: AffinePoint = /* @__PURE__ */ Object.freeze({ x: 0n, y: 0n, infinity: true });

/** Bytes of a raw point: x, then y, little-endian. Only points other than the identity have this form. */
export const POINT_BYTES = 64;

/** Flag of a compressed point: y is odd. */
const Y_IS_ODD = 0x80;
/** Flag of a compressed point: the identity; x is 0. */
const IS_IDENTITY = 0x40;

/**
 * Where a compressed point keeps its flags (`CompressedFlagConfig` of halo2curves 0.9.0, `src/serde.rs`):
 * - `OneSpare`: the top bit of x's last byte has room for the sign; the identity is all zeros;
 * - `TwoSpare`: the two top bits of x's last byte, sign and identity;
 * - `ExtraByte`: x fills its bytes, and a byte of flags, sign and identity, stands before it.
 */
export type PointFlags = 'OneSpare' | 'TwoSpare' | 'ExtraByte';

/** What defines a {@link Curve}. */
export interface CurveParameters {
  readonly name: string;
  /** The field of the coordinates. */
  readonly base: PrimeField;
  /** The field of the scalars: its modulus is the order of the group, which is prime. */
  readonly scalar: PrimeField;
  readonly b: bigint;
  /** Coordinates of the generator. */
  readonly generator: readonly [x: bigint, y: bigint];
  readonly flags: PointFlags;
}

/**
 * A curve y^2 = x^3 + b of prime order over BigInt. All operations expect points of the curve with canonical
 * coordinates; {@link Curve.check} tests what comes from outside. Variable-time: not for secret scalars that an observer
 * of the clock must not learn.
 *
 * b must be no square in the base field: no point has x = 0, so that x = 0 can stand for the identity in every
 * encoding. As the order is odd, no point has y = 0 either.
 *
 * @example
 * const P = pallas.mul(5n, pallas.generator);
 * pallas.equals(pallas.decode(pallas.encode(P)), P); // true
 */
export class Curve {
  readonly name: string;
  /** The field of the coordinates. */
  readonly base: PrimeField;
  /** The field of the scalars; its modulus is the group's order. */
  readonly scalar: PrimeField;
  readonly b: bigint;
  readonly generator: AffinePoint;
  /** Bytes of a compressed point. */
  readonly encodedBytes: number;
  readonly #flags: PointFlags;

  constructor({ name, base, scalar, b, generator, flags }: CurveParameters) {
    this.name = name;
    this.base = base;
    this.scalar = scalar;
    this.b = b;
    this.generator = { x: generator[0], y: generator[1], infinity: false };
    this.encodedBytes = flags === 'ExtraByte' ? FIELD_BYTES + 1 : FIELD_BYTES;
    this.#flags = flags;
  }

  /** Whether P is the identity (as (0, 0)) or canonical coordinates that satisfy the curve's equation. */
  isOnCurve(P: AffinePoint): boolean {
    if (P.infinity) return P.x === 0n && P.y === 0n;
    const F = this.base;
    return F.isCanonical(P.x) && F.isCanonical(P.y) && F.sqr(P.y) === this.ySquared(P.x);
  }

  /** Returns P if it is a point of the curve. @throws {@link NovaError} `PointNotOnCurve`; `what` names P there. */
  check(P: AffinePoint, what = 'a point'): AffinePoint {
    if (!this.isOnCurve(P)) throw new NovaError('PointNotOnCurve', `${what} is not on ${this.name}`);
    return P;
  }

  /** x^3 + b: the square of y at the points whose coordinate is x, if there are such points. */
  ySquared(x: bigint): bigint {
    const F = this.base;
    return F.add(F.mul(F.sqr(x), x), this.b);
  }

  equals(P: AffinePoint, Q: AffinePoint): boolean {
    return P.infinity ? Q.infinity : !Q.infinity && P.x === Q.x && P.y === Q.y;
  }

  neg(P: AffinePoint): AffinePoint {
    return P.infinity ? IDENTITY : { x: P.x, y: this.base.neg(P.y), infinity: false };
  }

  /** P + Q for any two points of the curve. */
  add(P: AffinePoint, Q: AffinePoint): AffinePoint {
    if (P.infinity) return Q;
    if (Q.infinity) return P;
    if (P.x === Q.x) return P.y === Q.y ? this.double(P) : IDENTITY;
    return this.addWith(P, Q, this.base.inv(this.base.sub(Q.x, P.x)));
  }

  /** P + Q for P.x != Q.x, neither the identity, given 1 / (Q.x - P.x): for callers that invert in batches. */
  addWith(P: AffinePoint, Q: AffinePoint, inverse: bigint): AffinePoint {
    return this.#chord(P, Q.x, this.base.mul(this.base.sub(Q.y, P.y), inverse));
  }

  double(P: AffinePoint): AffinePoint {
    if (P.infinity) return IDENTITY;
    const F = this.base;
    const slope = F.mul(F.mul(3n, F.sqr(P.x)), F.inv(F.add(P.y, P.y)));
    return this.#chord(P, P.x, slope);
  }

  /** kP for an integer k >= 0. @throws {@link NovaError} `InvalidArgument` for k < 0. */
  mul(k: bigint, P: AffinePoint): AffinePoint {
    if (k < 0n) throw new NovaError('InvalidArgument', `a scalar of ${this.name} must not be negative`);
    const scalar = k % this.scalar.p;
    if (scalar === 0n || P.infinity) return IDENTITY;
    return this.#sum([[scalar, P]]);
  }

  /**
   * The sum of k P over all terms, for a handful; longer sums are an engine's work (`sumOfMultiples`, `commit`).
   *
   * @throws {@link NovaError} `InvalidFieldElement` unless every k is a scalar
   */
  sum(terms: readonly Term[]): AffinePoint {
    return this.#sum(this.contributing(terms));
  }

  /** The terms that are not the identity. @throws {@link NovaError} `InvalidFieldElement` unless every k is a scalar */
  contributing(terms: readonly Term[]): readonly Term[] {
    return terms.filter(([k, P]) => this.scalar.check(k, 'a scalar') !== 0n && !P.infinity);
  }

  /** The point in the {@link Curve.encodedBytes} bytes that halo2curves' serde writes. */
  encode(P: AffinePoint): Uint8Array {
    const out = new Uint8Array(this.encodedBytes);
    const extra = this.#flags === 'ExtraByte';
    if (!P.infinity) out.set(this.base.toBytes(P.x), extra ? 1 : 0);
    const flagByte = extra ? 0 : FIELD_BYTES - 1;
    if (P.infinity) out[flagByte] |= this.#flags === 'OneSpare' ? 0 : IS_IDENTITY;
    else if (P.y & 1n) out[flagByte] |= Y_IS_ODD;
    return out;
  }

  /** {@link Curve.encode} of points as {@link Curve.toXY} writes them, one after the other; none is checked. */
  compressXY(points: Uint8Array): Uint8Array {
    const n = points.length / POINT_BYTES;
    const out = new Uint8Array(n * this.encodedBytes);
    const extra = this.#flags === 'ExtraByte';
    for (let i = 0; i < n; i++) {
      const from = i * POINT_BYTES;
      const to = i * this.encodedBytes;
      out.set(points.subarray(from, from + FIELD_BYTES), extra ? to + 1 : to);
      if (points[from + FIELD_BYTES] & 1) out[extra ? to : to + FIELD_BYTES - 1] |= Y_IS_ODD;
    }
    return out;
  }

  /**
   * The point that `bytes` encodes. Stricter than halo2curves, which takes two encodings of the Pasta identity: what is
   * accepted here is what {@link Curve.encode} writes, byte for byte.
   *
   * @throws {@link NovaError} `InvalidEncoding`
   */
  decode(bytes: Uint8Array): AffinePoint {
    if (bytes.length !== this.encodedBytes) {
      throw this.#invalid(`takes ${this.encodedBytes} bytes, not ${bytes.length}`);
    }
    const extra = this.#flags === 'ExtraByte';
    const xBytes = new Uint8Array(FIELD_BYTES); // no slice(): that of a Node Buffer shares its memory
    xBytes.set(extra ? bytes.subarray(1) : bytes);
    const mask = this.#flags === 'OneSpare' ? Y_IS_ODD : Y_IS_ODD | IS_IDENTITY;
    const flagByte = extra ? bytes[0] : bytes[FIELD_BYTES - 1];
    const flags = flagByte & mask;
    if (extra && flagByte !== flags) throw this.#invalid('has a flag that does not exist');
    if (!extra) xBytes[FIELD_BYTES - 1] ^= flags;
    const x = this.base.fromBytes(xBytes);

    const identity = this.#flags === 'OneSpare' ? x === 0n : (flags & IS_IDENTITY) !== 0;
    if (identity) {
      if (x !== 0n || (flags & Y_IS_ODD) !== 0)
        throw this.#invalid('marks the identity and has coordinates too');
      return IDENTITY;
    }
    const y = this.base.sqrt(this.ySquared(x));
    if (y === undefined) throw this.#invalid('has an x-coordinate that is not on the curve');
    const odd = (flags & Y_IS_ODD) !== 0;
    return { x, y: ((y & 1n) === 1n) === odd ? y : this.base.neg(y), infinity: false };
  }

  /** x, then y: {@link POINT_BYTES} bytes. @throws {@link NovaError} `InvalidArgument` for the identity. */
  toXY(P: AffinePoint): Uint8Array {
    if (P.infinity)
      throw new NovaError('InvalidArgument', `the identity of ${this.name} has no coordinates to write`);
    const out = new Uint8Array(POINT_BYTES);
    out.set(this.base.toBytes(P.x), 0);
    out.set(this.base.toBytes(P.y), FIELD_BYTES);
    return out;
  }

  /**
   * The point whose coordinates are given; never the identity.
   *
   * @throws {@link NovaError} `InvalidEncoding` (length, or a coordinate that is not canonical), `PointNotOnCurve`
   */
  fromXY(bytes: Uint8Array): AffinePoint {
    if (bytes.length !== POINT_BYTES) throw this.#invalid(`takes ${POINT_BYTES} bytes, not ${bytes.length}`);
    const x = this.base.fromBytes(bytes.subarray(0, FIELD_BYTES));
    const y = this.base.fromBytes(bytes.subarray(FIELD_BYTES));
    return this.check({ x, y, infinity: false });
  }

  /** -R for the third point R in which the line through P with the given slope, which also meets x = x2, cuts the curve. */
  #chord(P: AffinePoint, x2: bigint, slope: bigint): AffinePoint {
    const F = this.base;
    const x = F.sub(F.sub(F.sqr(slope), P.x), x2);
    return { x, y: F.sub(F.mul(slope, F.sub(P.x, x)), P.y), infinity: false };
  }

  #invalid(why: string): NovaError {
    return new NovaError('InvalidEncoding', `an encoded point of ${this.name} ${why}`);
  }

  #sum(terms: readonly Term[]): AffinePoint {
    const sum = sumOfMultiples(this.base, terms);
    return sum === undefined ? IDENTITY : { ...sum, infinity: false };
  }
}
