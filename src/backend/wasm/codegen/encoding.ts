/**
 * Numbers as the binary format of WebAssembly has them: https://webassembly.github.io/spec/core/binary/values.html.
 */

/** Unsigned LEB128. */
export function leb(n: number): number[] {
  const out: number[] = [];
  let rest = n;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

/** Signed LEB128 of 32 bits. */
export function sleb32(n: number): number[] {
  const out: number[] = [];
  for (let rest = n; ;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if (rest === (byte & 0x40 ? -1 : 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** Signed LEB128 of 64 bits. */
export function sleb64(n: bigint): number[] {
  const small = Number(n);
  if (Math.abs(small) < 2 ** 31) return sleb32(small);
  const out: number[] = [];
  for (let rest = n; ;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return out;
  }
}

/** The bytes of a 32-bit word, little-endian. */
export function wordBytes(x: number): number[] {
  return [x & 0xff, (x >> 8) & 0xff, (x >> 16) & 0xff, x >>> 24];
}

/** Bytes that grow at their end. */
export class ByteBuffer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }

  pushAll(bytes: Iterable<number>): void {
    for (const byte of bytes) this.push(byte);
  }

  /** What was pushed so far: a view. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
