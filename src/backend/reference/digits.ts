import type { PrimeField } from '../../field/field.ts';
import { sweep, type Work } from './work.ts';

/** Prices in batched additions (about 2 microseconds): an inversion, and a window's part of the final sum. */
const INVERSION_COST = 25;
const WINDOW_COST = 40;

/** Scalars whose digits are visited in one piece of work. */
const VISITED = 256;

/** Widths of a window that are tried. */
const MIN_WIDTH = 2;
const MAX_WIDTH = 16;

/** Called with the window of a digit, the digit (not zero, from -2^(c-1) to 2^(c-1)) and the index of its scalar. */
export type DigitVisitor = (window: number, digit: number, index: number) => void;

/**
 * Scalars in signed digits of c bits, k = sum of d_w 2^(cw), made for an MSM: a scalar k above p / 2 counts as k - p, and
 * has no more digits than its size needs, so that small scalars of either sign touch few windows.
 */
export class Digits {
  /** Bits of a digit. */
  readonly c: number;
  /** Digits of the largest scalar. */
  readonly windows: number;
  /** How many digits each scalar has. */
  readonly #counts: Uint16Array;
  /** How many scalars have a digit in each window. */
  readonly #lengths: readonly number[];
  /**
   * k + sum of 2^(c-1) 2^(cw) over k's windows, so that digit w is (the w-th c bits) - 2^(c-1). With a bit to spare for
   * the sign this is not negative, and a top digit that keeps all the bits above it is at most 2^(c-1).
   */
  readonly #biased: readonly bigint[];

  private constructor(c: number, counts: Uint16Array, lengths: readonly number[], biased: readonly bigint[]) {
    this.c = c;
    this.windows = lengths.length;
    this.#counts = counts;
    this.#lengths = lengths;
    this.#biased = biased;
  }

  /** Cuts scalars of F into digits of the width that makes the MSM cheapest. */
  static *of(F: PrimeField, scalars: readonly bigint[]): Work<Digits> {
    const n = scalars.length;
    const signed: bigint[] = [];
    const sizes = new Uint16Array(n);
    const histogram = new Uint32Array(F.bits + 1);
    const half = F.p >> 1n;
    yield* sweep(n, (i) => {
      signed[i] = scalars[i] > half ? scalars[i] - F.p : scalars[i];
      sizes[i] = bitLength(signed[i]);
      histogram[sizes[i]]++;
    });

    const c = cheapestWidth(histogram);
    const bias = [0n];
    const lengths: number[] = [];
    histogram.forEach((count, bits) => {
      for (let w = 0; count > 0 && w < windowsOf(bits, c); w++) {
        lengths[w] = (lengths[w] ?? 0) + count;
        bias[w + 1] = bias[w] + (1n << BigInt(c * w + c - 1));
      }
    });
    const counts = sizes.map((bits) => windowsOf(bits, c));
    yield* sweep(n, (i) => {
      signed[i] += bias[counts[i]];
    });
    return new Digits(c, counts, lengths, signed);
  }

  /** The largest end such that windows `first .. end - 1` have at most `limit` digits; one window at least. */
  groupEnd(first: number, limit: number): number {
    let total = this.#lengths[first];
    let end = first + 1;
    while (end < this.windows && (total += this.#lengths[end]) <= limit) end++;
    return end;
  }

  /** Visits the digits of windows `first .. end - 1` that are not zero. */
  *visit(first: number, end: number, visitor: DigitVisitor): Work {
    const c = this.c;
    const half = 2 ** (c - 1);
    const visit = (i: number) => {
      const count = this.#counts[i];
      for (let w = first; w < end && w < count; w++) {
        const rest = this.#biased[i] >> BigInt(c * w);
        const digit = Number(w === count - 1 ? rest : BigInt.asUintN(c, rest)) - half;
        if (digit !== 0) visitor(w, digit, i);
      }
    };
    yield* sweep(this.#biased.length, visit, VISITED);
  }
}

/** Signed digits of c bits that a number of this many bits takes, with a bit for the sign; none for zero. */
function windowsOf(bits: number, c: number): number {
  return bits === 0 ? 0 : Math.floor(bits / c) + 1;
}

/** The width that makes the MSM of scalars of these sizes cheapest: additions into buckets, then sums of buckets. */
function cheapestWidth(histogram: Uint32Array): number {
  const top = histogram.findLastIndex((count, bits) => count > 0 || bits === 0);
  const cost = (c: number) => {
    const buckets = 2 ** (c - 1);
    const windows = windowsOf(top, c);
    const digits = histogram.reduce((sum, count, bits) => sum + count * windowsOf(bits, c), 0);
    return digits + windows * (2 * buckets + WINDOW_COST) + buckets * INVERSION_COST;
  };
  let best = MIN_WIDTH;
  for (let c = MIN_WIDTH + 1; c <= MAX_WIDTH; c++) if (cost(c) < cost(best)) best = c;
  return best;
}

/** Bits of |k|. */
function bitLength(k: bigint): number {
  const hex = (k < 0n ? -k : k).toString(16);
  return 4 * (hex.length - 1) + 32 - Math.clz32(parseInt(hex[0], 16));
}
