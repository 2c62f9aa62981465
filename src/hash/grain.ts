import type { PrimeField } from '../field/field.ts';

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

class Grain {
  /** The 80 bits of the register in five words; the oldest bit is bit 0 of word 0. */
  readonly #words: number[];
  /** The last word made, and how many of its bits were not yet looked at. */
  #word = 0;
  #left = 0;

  constructor(seed: [number, number][]) {
    const bits = seed.flatMap(([value, n]) =>
      Array.from({ length: n }, (_, i) => (value >>> (n - 1 - i)) & 1),
    );
    this.#words = Array.from({ length: bits.length / WORD }, (_, w) =>
      bits.slice(w * WORD, (w + 1) * WORD).reduceRight((acc, bit) => (acc << 1) | bit, 0),
    );
    for (let i = 0; i < WARM_UP_WORDS; i++) this.#step();
  }

  /** The next 16 bits of the sequence, the first of them as bit 0. */
  #step(): number {
    const w = this.#words;
    let next = 0;
    for (const tap of TAPS) {
      const q = tap >> 4;
      next ^= (w[q] | (w[q + 1] << WORD)) >>> (tap & (WORD - 1));
    }
    next &= 0xffff;
    w.shift();
    w.push(next);
    return next;
  }

  /** The next n <= 32 output bits, the first of them most significant. */
  next(n: number): number {
    let out = 0;
    for (let taken = 0; taken < n;) {
      if (this.#left === 0) {
        this.#word = this.#step();
        this.#left = WORD;
      }
      // self-shrinking: of each pair of bits, the second counts if the first is 1
      if ((this.#word & 1) === 1) {
        out = (out << 1) | ((this.#word >> 1) & 1);
        taken++;
      }
      this.#word >>= 2;
      this.#left -= 2;
    }
    return out >>> 0;
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
  while (out.length < count) {
    let x = 0n;
    for (let left = F.bits; left > 0;) {
      const n = left % 32 || 32;
      x = (x << BigInt(n)) | BigInt(grain.next(n));
      left -= n;
    }
    if (x < F.p) out.push(x);
  }
  return out;
}
