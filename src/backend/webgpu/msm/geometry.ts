import type { Curve } from '../../../curve/curve.ts';
import { POINT_BYTES } from '../../../curve/curve.ts';
import { NovaError } from '../../../errors.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { digitBias, type Geometry, tableCount } from '../../wasm/geometry.ts';

/** Bytes of a point in projective coordinates. */
export const PROJECTIVE_BYTES: number = 3 * FIELD_BYTES;

/** Bits of a window, smallest and largest: no more than 64 windows, no more buckets than pay for themselves. */
export const WINDOW_BITS = [4, 16] as const;

/** Digits of c bits that every centred scalar, of at most (q - 1) / 2, has at most. */
export function centredWindows({ scalar }: Curve, c: number): number {
  const half = scalar.p >> 1n;
  let windows = 1;
  // what is left for the highest digit, once those below are made signed
  while ((half + digitBias(c, windows - 1)) >> BigInt(c * (windows - 1)) > 1n << BigInt(c - 1)) windows++;
  return windows;
}

/** Buckets of a set: magnitudes 1 to 2^(c-1). */
export function bucketsPerSet({ c }: Geometry): number {
  return 2 ** (c - 1);
}

/** Cost of an addition with a shared inversion, and of a projective one, in multiplications: counted, for large sums. */
const AFFINE_COST = 8;
const PROJECTIVE_COST = 14;

/** Multiplications of a sum over n random scalars. */
export function expectedCost(geometry: Geometry, n: number): number {
  return n * geometry.windows * AFFINE_COST + geometry.stride * 2 * bucketsPerSet(geometry) * PROJECTIVE_COST;
}

/** What bounds a geometry. */
export interface GeometryBounds {
  /** Bytes that tables of shifted bases may take together, the bases themselves included; 0 for the bases alone. */
  readonly tableBytes: number;
  /** Bytes that the buckets of `jobs` sums may take. */
  readonly bucketBytes: number;
  readonly jobs: number;
}

/**
 * The geometry with the fewest multiplications for random scalars.
 *
 * @param n scalars of a sum
 * @param bases points of a table
 * @throws {@link NovaError} `OutOfMemory` if not even the smallest number of buckets fits
 */
export function chooseGeometry(curve: Curve, n: number, bases: number, bounds: GeometryBounds): Geometry {
  let best: Geometry | undefined;
  for (let c = WINDOW_BITS[0]; c <= WINDOW_BITS[1]; c++) {
    const windows = centredWindows(curve, c);
    for (let stride = 1; stride <= windows; stride++) {
      const geometry: Geometry = { c, windows, stride };
      const tables = tableCount(geometry);
      if (tables > 1 && tables * bases * POINT_BYTES > bounds.tableBytes) continue;
      const buckets = (bounds.jobs + 1) * stride * bucketsPerSet(geometry); // room for a second pass
      if (buckets * PROJECTIVE_BYTES > bounds.bucketBytes) continue;
      if (best === undefined || expectedCost(geometry, n) < expectedCost(best, n)) best = geometry;
    }
  }
  if (best === undefined) {
    throw new NovaError(
      'OutOfMemory',
      `the buckets of a commitment do not fit in ${bounds.bucketBytes} bytes`,
    );
  }
  return best;
}
