import { NovaError } from '../errors.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { allCanonical } from '../field/bytes.ts';
import { FIELD_BYTES, viewOf, writeInt, type PrimeField } from '../field/field.ts';

/**
 * Writes bincode's `legacy` format, as nova-snark does: little-endian integers of fixed size, a vector as its length
 * (u64) and its items, a struct as its fields.
 *
 * @example
 * new ByteWriter().u64(1).element(F, 5n).finish(); // 40 bytes
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** @param capacity bytes to reserve; the buffer grows when they do not suffice */
  constructor(capacity = 1024) {
    this.#bytes = allocate(capacity);
    this.#view = viewOf(this.#bytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** @throws {@link NovaError} `InvalidArgument` unless n is an integer that fits; so do u32 and u64. */
  u8(n: number): this {
    return this.#integer(n, 1);
  }

  u32(n: number): this {
    return this.#integer(n, 4);
  }

  /** Also a `usize`. */
  u64(n: number | bigint): this {
    return this.#integer(n, 8);
  }

  /** The bytes as they are, without a length. */
  bytes(raw: Uint8Array): this {
    const at = this.#take(raw.length);
    this.#bytes.set(raw, at);
    return this;
  }

  /** 32 bytes. @throws {@link NovaError} `InvalidFieldElement` */
  element(F: PrimeField, x: bigint): this {
    F.check(x);
    const at = this.#take(FIELD_BYTES);
    writeInt(this.#view, at, FIELD_BYTES, x);
    return this;
  }

  /** A vector. @throws {@link NovaError} `InvalidFieldElement` */
  elements(F: PrimeField, xs: readonly bigint[]): this {
    this.u64(xs.length);
    this.#reserve(xs.length * FIELD_BYTES);
    for (const x of xs) this.element(F, x);
    return this;
  }

  /** A vector of elements that are bytes already. @throws {@link NovaError} `InvalidFieldElement` */
  elementBytes(F: PrimeField, raw: Uint8Array): this {
    if (!allCanonical(F, raw)) {
      throw new NovaError('InvalidFieldElement', `the bytes to write are no canonical elements of ${F.name}`);
    }
    return this.u64(raw.length / FIELD_BYTES).bytes(raw);
  }

  /** A point, compressed ({@link Curve.encode}). */
  point(curve: Curve, P: AffinePoint): this {
    return this.bytes(curve.encode(P));
  }

  /** What was written, as a copy. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #integer(n: number | bigint, size: number): this {
    const sound = typeof n === 'bigint' || Number.isSafeInteger(n);
    if (!sound || BigInt(n) >> BigInt(8 * size) !== 0n) {
      throw new NovaError('InvalidArgument', `${n} is no unsigned integer of ${8 * size} bits`);
    }
    const at = this.#take(size);
    writeInt(this.#view, at, size, BigInt(n));
    return this;
  }

  /** Claims the next `size` bytes and returns where they begin. */
  #take(size: number): number {
    this.#reserve(size);
    const at = this.#length;
    this.#length += size;
    return at;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const grown = allocate(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

function allocate(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new NovaError('OutOfMemory', `no memory for ${size} bytes of output`, { cause });
  }
}
