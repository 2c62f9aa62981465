import { POINT_BYTES } from '../../curve/curve.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { POINT_PAIR_BYTES, REFERENCE_BYTES, SIDE_BY_SIDE, TABLE_POINT_BYTES } from './kernels/points.ts';

/** A point was to be added to itself or to its negative, which these additions cannot do. */
export class ZeroDifference extends Error {}

/** Additions are done so many at a time; the last ones of a round get company. */
const AT_ONCE = 2 * SIDE_BY_SIDE;
/** Places that an arena needs after those of the sums. */
export const SPARE_SUMS: number = AT_ONCE - 1;
/** Bytes of an addition in a list. */
export const ADDITION_BYTES: number = 2 * REFERENCE_BYTES;

/** Bytes that {@link PointSums} needs for batches of this many additions. */
export function batchBytes(batch: number): number {
  // the inverses of d pairs take d + 32 pairs more; two dummies
  return 2 * POINT_PAIR_BYTES * (batch / 2 + 32) + 2 * TABLE_POINT_BYTES;
}

/** Bytes for a list of this many additions. */
export function listBytes(additions: number): number {
  return ADDITION_BYTES * (additions + SPARE_SUMS);
}

/**
 * Sums groups of points given by references, by rounds: each adds neighbours within a group, so that it halves every group.
 * All additions of a round are independent and share inversions, whatever the sizes of the groups. Sums are written one after
 * the other to an arena.
 */
export class PointSums {
  readonly #kernels: FieldKernels;
  readonly #u32: Uint32Array;
  readonly #batch: number;
  readonly #differences: number;
  readonly #dummies: number;
  readonly #list: number;
  readonly #arena: number;
  #used = 0;

  /**
   * @param batch additions that share an inversion, a multiple of 4
   * @param work address of `batchBytes(batch)` bytes
   * @param list address of `listBytes` for the most additions of one round
   * @param arena address of a place for every sum, and {@link SPARE_SUMS} more; 16-byte aligned
   */
  constructor(
    host: KernelHost,
    kernels: FieldKernels,
    batch: number,
    work: number,
    list: number,
    arena: number,
  ) {
    this.#kernels = kernels;
    this.#u32 = host.u32;
    this.#batch = batch;
    this.#dummies = work;
    this.#differences = work + 2 * TABLE_POINT_BYTES;
    this.#list = list;
    this.#arena = arena;
    // the last additions get company: of the "points" (0, 0) and (1, 0)
    const words = this.#differences;
    const [x, y] = [words + 2 * POINT_BYTES, words + 2 * POINT_BYTES + POINT_PAIR_BYTES];
    host.u8.fill(0, words, x);
    host.u8[words + POINT_BYTES] = 1;
    kernels.pointsFromWords(x, y, words, 1);
    kernels.pointsToTable(this.#dummies, x, y, 1);
  }

  /** Additions done since the last {@link PointSums.clear}. */
  get used(): number {
    return this.#used;
  }

  /** Forgets all sums. */
  clear(): void {
    this.#used = 0;
  }

  /** Whether a reference is to a sum in the arena. */
  owns(reference: number): boolean {
    return reference >= this.#arena && reference < this.#arena + this.#used * TABLE_POINT_BYTES;
  }

  /**
   * Sums each group. Before: at `refs` the references of all groups, in order; at `sizes` how many each has. After: one
   * reference for each group that was not empty, and sizes of 1 and 0.
   *
   * @throws ZeroDifference
   */
  sum(refs: number, sizes: number, groups: number): void {
    const { bucketHalve } = this.#kernels;
    for (;;) {
      const to = this.#arena + this.#used * TABLE_POINT_BYTES;
      const additions = bucketHalve(refs, sizes, groups, this.#list, to);
      if (additions === 0) return;
      const padded = Math.ceil(additions / AT_ONCE) * AT_ONCE;
      for (let i = additions; i < padded; i++) {
        const at = (this.#list + ADDITION_BYTES * i) >>> 2;
        this.#u32[at] = this.#dummies;
        this.#u32[at + 1] = this.#dummies + TABLE_POINT_BYTES;
      }
      this.#add(padded, to);
      this.#used += additions;
    }
  }

  /** Does the listed additions, in batches of about the same size. */
  #add(additions: number, to: number): void {
    const { pointDifferences, pointInvertBatch, pointSums } = this.#kernels;
    const batches = Math.ceil(additions / this.#batch);
    const d = this.#differences;
    /** Pairs of additions in the batches before b. */
    const before = (b: number) => SIDE_BY_SIDE * Math.floor((b * additions) / (AT_ONCE * batches));
    for (let b = 0; b < batches; b++) {
      const first = before(b);
      const n = before(b + 1) - first;
      const list = this.#list + 2 * ADDITION_BYTES * first;
      pointDifferences(list, d, n);
      if (pointInvertBatch(d, d + n * POINT_PAIR_BYTES, n) !== 0) throw new ZeroDifference();
      pointSums(list, d, to + 2 * TABLE_POINT_BYTES * first, n);
    }
  }
}
