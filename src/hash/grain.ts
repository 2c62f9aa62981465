import { FIELD_BYTES, readInt, type PrimeField } from '../field/field.ts';

/*
 * The Grain LFSR in self-shrinking mode, as the Poseidon paper prescribes it for round constants
 * (https://eprint.iacr.org/2019/458, appendix E). Seed and byte order as in nova-snark's
 * src/frontend/gadgets/poseidon/round_constants.rs.
 */

/** The seed, from bit 0 on: values with their widths, each most significant bit first. */
function seedFields(
  F: PrimeField,
  width: number,
  fullRounds: number,
  partialRounds: number,
): [number, number][] {
  return [
    [1, 2], // a prime field
    // The S-box: nova-snark writes 1 for x^5. The paper's script has 0 there, and 1 for the inverse.
    [1, 4],
    [F.bits, 12],
    [width, 12],
    [fullRounds, 10],
    [partialRounds, 10],
    [2 ** 30 - 1, 30],
  ];
}

/** Offsets of the feedback: b[i + 80] is the sum of the bits b[i + tap]. */
const TAPS = [62, 51, 38, 23, 13, 0] as const;

/** Bits made at a time. The highest tap leaves 80 - 62 = 18 new bits that depend on old ones only. */
const WORD = 16;

/** Words that are dropped before the first output: 160 bits. */
const WARM_UP_WORDS = 10;

/**
 * What each byte of the sequence puts out, which is self-shrinking: of each pair of bits, the second counts if the first
 * is 1. An entry is the bits, the first of them most significant, above three bits with their number.
 */
function shrunkBytes(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    let bits = 0;
    let count = 0;
    for (let i = 0; i < 8; i += 2) {
      if (((byte >> i) & 1) === 0) continue;
      bits = (bits << 1) | ((byte >> (i + 1)) & 1);
      count++;
    }
    return (bits << 3) | count;
  });
}

class Grain {
  /** The 80 bits of the register in five words; the oldest bit is bit 0 of word 0. */
  readonly #words: Uint16Array;
  readonly #shrunk = shrunkBytes();
  /** Output bits that were not yet taken, the first of them most significant, and their number. */
  #bits = 0;
  #left = 0;

  constructor(seed: [number, number][]) {
    const bits = seed.flatMap(([value, n]) =>
      Array.from({ length: n }, (_, i) => (value >>> (n - 1 - i)) & 1),
    );
    this.#words = Uint16Array.from({ length: bits.length / WORD }, (_, w) =>
      bits.slice(w * WORD, (w + 1) * WORD).reduceRight((acc, bit) => (acc << 1) | bit, 0),
    );
    for (let i = 0; i < WARM_UP_WORDS; i++) this.#step();
  }

  /** The next 16 bits of the sequence, the first of them as bit 0. */
  #step(): number {
    const w = this.#words;
    let next = 0;
    for (let t = 0; t < TAPS.length; t++) {
      const q = TAPS[t] >> 4;
      next ^= (w[q] | (w[q + 1] << WORD)) >>> (TAPS[t] & (WORD - 1));
    }
    w.copyWithin(0, 1);
    w[w.length - 1] = next;
    return next & 0xffff;
  }

  /** The next n <= 16 output bits, the first of them most significant. */
  next(n: number): number {
    while (this.#left < n) {
      const word = this.#step();
      for (let i = 0; i < WORD; i += 8) {
        const entry = this.#shrunk[(word >> i) & 0xff];
        const count = entry & 7;
        // at most 15 + 8 bits are left
        this.#bits = (this.#bits << count) | (entry >> 3);
        this.#left += count;
      }
    }
    this.#left -= n;
    const out = this.#bits >>> this.#left;
    this.#bits &= (1 << this.#left) - 1;
    return out;
  }
}

/**
 * The round constants of a Poseidon instance: `width` field elements for each round. Numbers of `F.bits` bits are
 * drawn, most significant bit first, and those that are not below p are dropped.
 */
export function grainConstants(
  F: PrimeField,
  width: number,
  fullRounds: number,
  partialRounds: number,
): bigint[] {
  const grain = new Grain(seedFields(F, width, fullRounds, partialRounds));
  const count = width * (fullRounds + partialRounds);
  const out: bigint[] = [];
  const top = (F.bits - 1) % WORD;
  const view = new DataView(new ArrayBuffer(FIELD_BYTES));
  while (out.length < count) {
    for (let at = F.bits - 1 - top, n = top + 1; at >= 0; at -= WORD, n = WORD) {
      view.setUint16(at / 8, grain.next(n), true);
    }
    const x = readInt(view, 0, FIELD_BYTES);
    if (x < F.p) out.push(x);
  }
  return out;
}
