import type { PrimeField } from '../../field/field.ts';
import { TABLE_POINT_BYTES } from './kernels/points.ts';

/**
 * How multi-scalar multiplications over fixed bases are cut up. A scalar has `windows` signed digits of c bits; window w meets
 * table floor(w / stride), whose points are 2^(c stride table) times the bases, in the set of buckets w mod stride. With
 * stride = 1 there is a table for every window and one set of buckets; with stride = windows only the bases themselves.
 */
export interface Geometry {
  /** Bits of a window. */
  readonly c: number;
  readonly windows: number;
  readonly stride: number;
}

/** Sets of buckets: the first, and the one after the last. */
export type SetRange = readonly [first: number, end: number];

/** Digits of c bits, from -(2^(c-1) - 1) to 2^(c-1), that every element of F has at most. */
export function windowsFor(F: PrimeField, c: number): number {
  const half = 1n << BigInt(c - 1);
  let windows = 1;
  // what is left for the highest digit, once the others are made signed
  while ((F.p - 1n + digitBias(c, windows - 1)) >> BigInt(c * (windows - 1)) > half) windows++;
  return windows;
}

/** 2^(c-1) - 1 in each of `windows` windows: what makes signed digits unsigned. */
export function digitBias(c: number, windows: number): bigint {
  let bias = 0n;
  for (let w = 0; w < windows; w++) bias |= ((1n << BigInt(c - 1)) - 1n) << BigInt(c * w);
  return bias;
}

/** Number of tables, the bases themselves included. */
export function tableCount({ windows, stride }: Geometry): number {
  return Math.ceil(windows / stride);
}

/** Bytes of the tables of n bases. */
export function tableBytes(geometry: Geometry, n: number): number {
  return tableCount(geometry) * n * TABLE_POINT_BYTES;
}

/** Smallest and largest window. */
const WINDOW_RANGE = [4, 16] as const;

/** Wider windows have twice as many buckets, which take memory: they must save this share of the additions. */
const WIDER = 0.98;

/**
 * The geometry with the fewest additions for random scalars, within a budget for the tables. Measured: entries and buckets
 * cost the same, memory of the tables nothing that one could tell from the noise.
 *
 * @param n bases
 * @param threads how many share a multiplication; see {@link cutBetweenSets}
 * @param budget bytes for the tables; with too little for anything else, only the bases themselves are kept
 */
export function chooseGeometry(scalar: PrimeField, n: number, threads: number, budget: number): Geometry {
  let best: Geometry | undefined;
  let least = Infinity;
  for (let c = WINDOW_RANGE[0]; c <= WINDOW_RANGE[1]; c++) {
    const windows = windowsFor(scalar, c);
    for (let tables = windows; tables >= 1; tables--) {
      const stride = Math.ceil(windows / tables);
      const geometry = { c, windows, stride };
      if (stride < windows && tableBytes(geometry, n) > budget) continue;
      const [parts, cuts] = cutBetweenSets(geometry) ? [1, threads - 1] : [threads, 0];
      const cost = n * windows + (parts * stride + cuts) * setAdditions(geometry);
      if (cost < WIDER * least) [best, least] = [geometry, cost];
      break; // fewer tables only mean more sets
    }
  }
  return best!;
}

/** Additions that summing a set's buckets takes, however few points are in them: two for every bucket. */
export function setAdditions({ c }: Pick<Geometry, 'c'>): number {
  return 2 ** c;
}

/**
 * Whether threads share a multiplication by taking sets of buckets, a set now and then between two of them. With tables there are
 * few sets, and each would read all tables: threads take ranges of bases then, whose part of the tables stays in the cache, and
 * sum buckets of all sets.
 */
export function cutBetweenSets({ windows, stride }: Geometry): boolean {
  return stride === windows;
}

/** Windows whose digits go to these sets. */
export function windowsOf({ windows, stride }: Geometry, [first, end]: SetRange): number[] {
  return Array.from({ length: windows }, (_, w) => w).filter((w) => w % stride >= first && w % stride < end);
}
