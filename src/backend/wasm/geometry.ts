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

/** Buckets of all sets together: at some 270 bytes each they and what sums them take half of a thread's scratch memory. */
const MOST_BUCKETS = 2 ** 16;

/**
 * The geometry with the fewest additions for random scalars, within a budget for the tables. Measured: entries and buckets
 * cost the same, memory of the tables nothing that one could tell from the noise.
 *
 * @param n bases
 * @param threads how many chunks a multiplication is cut into; each has its buckets
 * @param budget bytes for the tables; with too little for anything else, only the bases themselves are kept
 */
export function chooseGeometry(scalar: PrimeField, n: number, threads: number, budget: number): Geometry {
  let best: Geometry | undefined;
  let least = Infinity;
  const share = Math.max(1, Math.ceil(n / threads));
  for (let c = WINDOW_RANGE[0]; c <= WINDOW_RANGE[1]; c++) {
    const windows = windowsFor(scalar, c);
    for (let tables = windows; tables >= 1; tables--) {
      const stride = Math.ceil(windows / tables);
      const geometry = { c, windows, stride };
      if (stride < windows && tableBytes(geometry, n) > budget) continue;
      if (stride * 2 ** (c - 1) > MOST_BUCKETS) break;
      const cost = share * windows + bucketAdditions(geometry);
      if (cost < least) [best, least] = [geometry, cost];
      break; // fewer tables only mean more sets
    }
  }
  return best!;
}

/** Additions that summing the buckets takes, however few points are in them: two for every bucket of every set. */
export function bucketAdditions({ c, stride }: Geometry): number {
  return stride * 2 ** c;
}
