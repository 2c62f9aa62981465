import { curveByName } from '../../curve/curves.ts';
import { POINT_BYTES } from '../../curve/curve.ts';
import { NovaError } from '../../errors.ts';
import { tableCount } from './geometry.ts';
import type { KernelHost } from './host.ts';
import { POINT_PAIR_BYTES, TABLE_POINT_BYTES } from './kernels/points.ts';
import type { Table } from './msm.ts';

/** A range of bases whose table points are to be computed. */
export interface TableJob {
  readonly table: Table;
  /** Address of base 0, as canonical x, y: 64 bytes each, points of the curve. */
  readonly points: number;
  readonly from: number;
  readonly to: number;
}

/** Points that are doubled together and share inversions, even: their coordinates stay in the cache. */
const BATCH = 2048;

/** Fills all tables for bases `from` to `to`. A task; ranges are independent of each other. */
export function buildTable(host: KernelHost, { table, points, from, to }: TableJob): void {
  const { pointsFromWords, pointTangents, pointInvertBatch, pointDoubles, pointsToTable } = host.kernels(
    curveByName(table.curve).base.name,
  );
  const x = Math.ceil(host.scratch.address / 64) * 64;
  const size = (BATCH / 2) * POINT_PAIR_BYTES;
  const [y, d, words] = [x + size, x + 2 * size, x + 4 * size + 64 * POINT_PAIR_BYTES];
  const out = words + BATCH * POINT_BYTES;
  if (out + BATCH * TABLE_POINT_BYTES > host.scratch.address + host.scratch.bytes) {
    throw new NovaError('OutOfMemory', 'the scratch memory is too small to build tables in');
  }
  const u8 = host.u8;
  for (let first = from; first < to; first += BATCH) {
    const n = Math.min(BATCH, to - first);
    const pairs = Math.ceil(n / 2);
    u8.copyWithin(words, points + first * POINT_BYTES, points + (first + n) * POINT_BYTES);
    // an odd point gets itself as a partner
    u8.copyWithin(words + n * POINT_BYTES, words + (n - 1) * POINT_BYTES, words + n * POINT_BYTES);
    pointsFromWords(x, y, words, pairs);
    for (let t = 0; t < tableCount(table); t++) {
      for (let k = 0; t > 0 && k < table.c * table.stride; k++) {
        pointTangents(d, y, pairs);
        pointInvertBatch(d, d + pairs * POINT_PAIR_BYTES, pairs); // 2y is never 0: the group's order is odd
        pointDoubles(x, y, d, pairs);
      }
      pointsToTable(out, x, y, pairs);
      u8.copyWithin(
        table.address + (t * table.bases + first) * TABLE_POINT_BYTES,
        out,
        out + n * TABLE_POINT_BYTES,
      );
    }
  }
}
