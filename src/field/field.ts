import { NovaError } from '../errors.ts';
import { squareRoot, type SquareRoot } from './sqrt.ts';

/** Bytes of an encoded field element; every field here fits in 256 bits. */
export const FIELD_BYTES = 32;

/**
 * A prime field over BigInt: slow, plain, and what every engine is compared with.
 * Elements are canonical: a BigInt `0 <= x < p`. The operations expect canonical operands and return canonical results.
 *
 * @example
 * const F = new PrimeField('F17', 17n);
 * F.mul(F.inv(3n), 3n); // 1n
 */
export class PrimeField {
  /** The field's name, for messages. */
  readonly name: string;
  /** The modulus. */
  readonly p: bigint;
  /** Bits of the modulus. */
  readonly bits: number;
  #sqrt: SquareRoot | undefined;

  constructor(name: string, p: bigint) {
    this.name = name;
    this.p = p;
    this.bits = p.toString(2).length;
  }

  /** a + b. Operands of this and the following are canonical; {@link PrimeField.check} tells, {@link PrimeField.reduce} makes them so. */
  add(a: bigint, b: bigint): bigint {
    const s = a + b;
    return s >= this.p ? s - this.p : s;
  }

  sub(a: bigint, b: bigint): bigint {
    return a >= b ? a - b : a - b + this.p;
  }

  neg(a: bigint): bigint {
    return a === 0n ? 0n : this.p - a;
  }

  mul(a: bigint, b: bigint): bigint {
    return (a * b) % this.p;
  }

  sqr(a: bigint): bigint {
    return (a * a) % this.p;
  }

  /** a^e for an integer e >= 0. */
  pow(a: bigint, e: bigint): bigint {
    let result = 1n;
    for (let square = a, rest = e; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = this.mul(result, square);
      square = this.sqr(square);
    }
    return result;
  }

  /** 1/a. @throws {@link NovaError} `DivisionByZero` for 0. */
  inv(a: bigint): bigint {
    if (a === 0n) throw new NovaError('DivisionByZero', `zero has no inverse in ${this.name}`);
    // the extended Euclidean algorithm: every r is s a (mod p)
    let [r, rNext, s, sNext] = [this.p, a, 0n, 1n];
    while (rNext !== 0n) {
      const quotient = r / rNext;
      [r, rNext] = [rNext, r - quotient * rNext];
      [s, sNext] = [sNext, s - quotient * sNext];
    }
    return s < 0n ? s + this.p : s;
  }

  /** The inverses of all elements, at the price of one; zeros stay zero. */
  invBatch(xs: bigint[]): bigint[] {
    const products: bigint[] = [];
    let product = 1n;
    for (const x of xs) {
      products.push(product);
      if (x !== 0n) product = this.mul(product, x);
    }
    let inverse = this.inv(product);
    const inverses = Array.from(xs, () => 0n);
    for (let i = xs.length; i-- > 0;) {
      if (xs[i] === 0n) continue;
      inverses[i] = this.mul(inverse, products[i]);
      inverse = this.mul(inverse, xs[i]);
    }
    return inverses;
  }

  /** Whether a is a square (zero is). */
  isSquare(a: bigint): boolean {
    return this.pow(a, (this.p - 1n) / 2n) !== this.p - 1n;
  }

  /** A square root of a, which one is not specified; undefined if there is none. */
  sqrt(a: bigint): bigint | undefined {
    return (this.#sqrt ??= squareRoot(this))(a);
  }

  /** Any integer, reduced to the canonical range. */
  reduce(n: bigint): bigint {
    const r = n % this.p;
    return r < 0n ? r + this.p : r;
  }

  /** Whether x is from 0 to p - 1. */
  isCanonical(x: bigint): boolean {
    return x >= 0n && x < this.p;
  }

  /** Returns x if it is canonical. @throws {@link NovaError} `InvalidFieldElement`; `what` names x in the message. */
  check(x: bigint, what = 'a value'): bigint {
    if (typeof x !== 'bigint' || !this.isCanonical(x)) {
      throw new NovaError(
        'InvalidFieldElement',
        `${what} is not an element of ${this.name}: it must be a BigInt from 0 to p - 1`,
      );
    }
    return x;
  }

  /** 32 bytes, little-endian. */
  toBytes(x: bigint): Uint8Array {
    return intToBytes(x, FIELD_BYTES);
  }

  /** The element that 32 little-endian bytes encode. @throws {@link NovaError} `InvalidEncoding` unless canonical. */
  fromBytes(bytes: Uint8Array): bigint {
    if (bytes.length !== FIELD_BYTES) {
      throw new NovaError(
        'InvalidEncoding',
        `an element of ${this.name} takes ${FIELD_BYTES} bytes, not ${bytes.length}`,
      );
    }
    const x = bytesToInt(bytes);
    if (x >= this.p)
      throw new NovaError('InvalidEncoding', `bytes encode no canonical element of ${this.name}`);
    return x;
  }
}

/** The little-endian integer that `bytes` holds. */
export function bytesToInt(bytes: Uint8Array): bigint {
  return readInt(viewOf(bytes), 0, bytes.length);
}

/** x as `length` little-endian bytes. @throws {@link NovaError} `InvalidArgument` if x does not fit. */
export function intToBytes(x: bigint, length: number): Uint8Array {
  if (x < 0n || x >> BigInt(8 * length) !== 0n) {
    throw new NovaError('InvalidArgument', `a number does not fit in ${length} bytes`);
  }
  const out = new Uint8Array(length);
  writeInt(viewOf(out), 0, length, x);
  return out;
}

/** A view of the same memory. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The little-endian integer of `length` bytes at `offset`. */
export function readInt(view: DataView, offset: number, length: number): bigint {
  let x = 0n;
  let i = offset + length;
  for (; i - 8 >= offset; i -= 8) x = (x << 64n) | view.getBigUint64(i - 8, true);
  for (; i > offset; i--) x = (x << 8n) | BigInt(view.getUint8(i - 1));
  return x;
}

/** Writes x to `length` bytes at `offset`, little-endian; the part of x that does not fit is lost. */
export function writeInt(view: DataView, offset: number, length: number, x: bigint): void {
  let rest = x;
  let i = offset;
  for (; i + 8 <= offset + length; i += 8) {
    view.setBigUint64(i, rest, true); // takes the low 64 bits
    rest >>= 64n;
  }
  for (; i < offset + length; i++) {
    view.setUint8(i, Number(rest & 0xffn));
    rest >>= 8n;
  }
}
