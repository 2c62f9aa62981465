import { NovaError } from '../errors.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { elementsFromBytes, firstNonCanonical } from '../field/bytes.ts';
import { FIELD_BYTES, readInt, viewOf, type PrimeField } from '../field/field.ts';

/**
 * Reads what {@link ByteWriter} writes, strictly: whatever is accepted would be written as the same bytes again, and no
 * length makes it allocate more than the input holds. Each method takes `what` is read, for the message of its error.
 * All results are copies.
 *
 * Every failure is a {@link NovaError} `InvalidEncoding` that names what was read and the offset.
 *
 * @example
 * const r = new ByteReader(bytes);
 * const steps = r.u64('the number of steps');
 * const z = r.elements(F, 'z');
 * r.end();
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    // a plain Uint8Array: the slice() of a Node Buffer would share its memory
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = viewOf(this.#bytes);
  }

  /** Where the next read begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(what = 'a byte'): number {
    return Number(this.#integer(1, what));
  }

  u32(what = 'a 32-bit integer'): number {
    return Number(this.#integer(4, what));
  }

  u64(what = 'a 64-bit integer'): bigint {
    return this.#integer(8, what);
  }

  /**
   * The length of a vector, checked against the bytes that are left.
   *
   * @param itemBytes the least number of bytes that an item takes, at least 1
   */
  length(itemBytes: number, what = 'a vector'): number {
    const start = this.#offset;
    const n = this.u64(`the length of ${what}`);
    if (n * BigInt(itemBytes) > BigInt(this.remaining)) {
      throw invalid(
        what,
        start,
        `its ${n} items of ${itemBytes} bytes do not fit in the ${this.remaining} bytes left`,
      );
    }
    return Number(n);
  }

  bytes(n: number, what = 'a run of bytes'): Uint8Array {
    const at = this.#take(n, what);
    return this.#bytes.slice(at, at + n);
  }

  element(F: PrimeField, what = 'a field element'): bigint {
    const at = this.#take(FIELD_BYTES, what);
    const x = readInt(this.#view, at, FIELD_BYTES);
    if (!F.isCanonical(x)) throw invalid(what, at, `no canonical element of ${F.name}`);
    return x;
  }

  /** A vector of elements. */
  elements(F: PrimeField, what = 'a vector of field elements'): bigint[] {
    return elementsFromBytes(F, this.elementBytes(F, what));
  }

  /** A vector of elements, 32 bytes each, checked to be canonical and left as they are. */
  elementBytes(F: PrimeField, what = 'a vector of field elements'): Uint8Array {
    const n = this.length(FIELD_BYTES, what);
    const start = this.#offset;
    const raw = this.bytes(n * FIELD_BYTES, what);
    const bad = firstNonCanonical(F, raw);
    if (bad !== -1) {
      throw invalid(what, start + bad * FIELD_BYTES, `item ${bad} is no canonical element of ${F.name}`);
    }
    return raw;
  }

  /** A compressed point ({@link Curve.decode}). */
  point(curve: Curve, what = 'a point'): AffinePoint {
    const at = this.#take(curve.encodedBytes, what);
    try {
      return curve.decode(this.#bytes.subarray(at, this.#offset));
    } catch (cause) {
      throw invalid(what, at, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  /** Checks that nothing is left. */
  end(what = 'the input'): void {
    if (this.remaining !== 0) throw invalid(what, this.#offset, `${this.remaining} bytes too many`);
  }

  #integer(size: number, what: string): bigint {
    return readInt(this.#view, this.#take(size, what), size);
  }

  /** Claims the next n bytes and returns where they begin. */
  #take(n: number, what: string): number {
    if (!(n >= 0 && n <= this.remaining)) {
      throw invalid(what, this.#offset, `it takes ${n} bytes and ${this.remaining} are left`);
    }
    const at = this.#offset;
    this.#offset += n;
    return at;
  }
}

function invalid(what: string, offset: number, why: string, cause?: unknown): NovaError {
  return new NovaError('InvalidEncoding', `${what} at byte ${offset}: ${why}`, { cause });
}
