import { type AffinePoint, type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { curveByName } from '../../curve/curves.ts';
import { DIGITS, Endomorphism } from '../../curve/endomorphism.ts';
import { NovaError } from '../../errors.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { POINT_PAIR_BYTES, REFERENCE_BYTES, TABLE_POINT_BYTES } from './kernels/points.ts';
import { batchBytes, listBytes, PointSums, SPARE_SUMS, ZeroDifference } from './point-sums.ts';

/*
 * Generators folded with weights: m sums of the same multiples, each of points of its own. So all of them take the same steps, and
 * every addition is one of m independent ones, in affine coordinates with a shared inversion (`PointSums`). A sum is one chain of
 * doublings (E. G. Straus, "Addition chains of vectors", 1964) over digits of the weights that the curve's endomorphism halves
 * (`Endomorphism`): for w weights of 255 bits some 128 doublings and 56 w additions. Additions of one column of digits are
 * summed as a tree.
 *
 * Points that meet themselves or their negatives, which generators of unknown relation do not, have their block computed again by
 * additions that are right for all points, slowly. The time depends on the weights.
 */

/** A part of the generators to fold. */
export interface FoldJob {
  /** Name of the curve. */
  readonly curve: string;
  /** Address of generator 0, as canonical x, y: 64 bytes each, points of the curve. */
  readonly points: number;
  /** Folded generator j is the sum of weight i times generator i m + j. */
  readonly m: number;
  readonly weights: readonly bigint[];
  /** Which folded ones. */
  readonly from: number;
  readonly to: number;
  /** Address of folded generator 0. */
  readonly out: number;
}

/** Generators whose multiples are in memory at a time: 480 bytes each. */
const GENERATORS = 4096;

/** Additions that share an inversion. */
const BATCH = 2048;

/** Folded generators that are computed together, even. */
export function foldBlock(weights: number): number {
  return 2 * Math.max(1, Math.floor(GENERATORS / 2 / weights));
}

/** Writes folded generators `from` to `to`. The first of them that is the identity, which is not written, or -1. A task. */
export function foldBases(host: KernelHost, job: FoldJob): number {
  const lockstep = new Lockstep(host, job);
  for (let first = job.from; first < job.to; first += lockstep.room) {
    const identity = lockstep.fold(first, Math.min(lockstep.room, job.to - first));
    if (identity !== -1) return identity;
  }
  return -1;
}

/** A weight that is not 0, by its digits; its generators are those from `first` on. */
interface Weighted {
  readonly digits: Int8Array;
  readonly first: number;
  /** Address of the multiples that {@link DIGITS} 0 stands for; those of the others follow. */
  readonly multiples: number;
}

/** The sums of one block after the other, in scratch memory. Points that are written are table points, 80 bytes each. */
class Lockstep {
  /** Sums in a block. */
  readonly room: number;
  readonly #host: KernelHost;
  readonly #kernels: FieldKernels;
  readonly #job: FoldJob;
  readonly #curve: Curve;
  readonly #weighted: Weighted[] = [];
  readonly #columns: number;
  readonly #sums: PointSums;
  // addresses
  readonly #x: number;
  readonly #y: number;
  readonly #d: number;
  readonly #words: number;
  /** The pairs (beta, beta) and (1, 1). */
  readonly #beta: number;
  readonly #one: number;
  readonly #refs: number;
  readonly #sizes: number;
  /** Where doubles go in turns. */
  readonly #doubles: [number, number];

  constructor(host: KernelHost, job: FoldJob) {
    this.#host = host;
    this.#job = job;
    this.#curve = curveByName(job.curve);
    this.#kernels = host.kernels(this.#curve.base.name);
    const phi = Endomorphism.of(this.#curve);
    const n = (this.room = foldBlock(job.weights.length));
    const most = n * (job.weights.length + 1);
    const { address, bytes } = host.scratch;
    let at = address;
    const take = (size: number): number => {
      const start = Math.ceil(at / 64) * 64;
      at = start + size;
      return start;
    };
    this.#words = take(POINT_BYTES * n);
    this.#x = take((POINT_PAIR_BYTES * n) / 2);
    this.#y = take((POINT_PAIR_BYTES * n) / 2);
    this.#d = take(POINT_PAIR_BYTES * (n + 32));
    this.#beta = take(POINT_PAIR_BYTES);
    this.#one = take(POINT_PAIR_BYTES);
    this.#doubles = [take(TABLE_POINT_BYTES * n), take(TABLE_POINT_BYTES * n)];
    job.weights.forEach((weight, i) => {
      if (weight === 0n) return;
      const multiples = take(DIGITS.length * TABLE_POINT_BYTES * n);
      this.#weighted.push({ digits: phi.digits(weight), first: i * job.m, multiples });
    });
    this.#columns = Math.max(0, ...this.#weighted.map(({ digits }) => digits.length));
    // kernels read four references at a time
    this.#refs = take(REFERENCE_BYTES * (most + 4));
    this.#sizes = take(4 * n);
    const work = take(batchBytes(BATCH));
    const list = take(listBytes(most));
    const arena = take(TABLE_POINT_BYTES * (most + SPARE_SUMS));
    if (at > address + bytes) {
      throw new NovaError('OutOfMemory', 'the scratch memory is too small to fold generators in');
    }
    this.#sums = new PointSums(host, this.#kernels, BATCH, work, list, arena);
    const { u8 } = host;
    for (const word of [0, POINT_BYTES]) {
      u8.set(this.#curve.base.toBytes(phi.beta), this.#words + word);
      u8.set(this.#curve.base.toBytes(1n), this.#words + word + FIELD_BYTES);
    }
    this.#kernels.pointsFromWords(this.#beta, this.#one, this.#words, 1);
  }

  /** Writes n sums from `first` on. */
  fold(first: number, n: number): number {
    if (this.#columns === 0) return first;
    try {
      this.#sum(first, n);
      return -1;
    } catch (e) {
      if (!(e instanceof ZeroDifference)) throw e;
      return this.#complete(first, n);
    }
  }

  #sum(first: number, n: number): void {
    for (const weighted of this.#weighted) this.#multiply(weighted, first, n);
    const { u32 } = this.#host;
    let begun = false;
    for (let column = this.#columns - 1; column >= 0; column--) {
      if (begun) this.#double(n);
      const added = this.#weighted.flatMap(({ digits, multiples }) => {
        const digit = digits[column] ?? 0;
        if (digit === 0) return [];
        const multiple = multiples + (Math.abs(digit) - 1) * TABLE_POINT_BYTES * this.room;
        return [multiple + Number(digit < 0)];
      });
      if (added.length === 0) continue;
      const size = added.length + Number(begun);
      const refs = this.#refs >>> 2;
      // from the last on: the sums so far, of which there are fewer, lie at the beginning of the list
      for (let j = n - 1; j >= 0; j--) {
        let at = refs + size * (j + 1);
        const sum = u32[refs + j];
        for (const multiple of added) u32[--at] = multiple + TABLE_POINT_BYTES * j;
        if (begun) u32[--at] = sum;
      }
      this.#add(size, n);
      if (size === 1) this.#settle(n);
      begun = true;
    }
    this.#write(first, n);
  }

  /** Writes the multiples that digits stand for, of the generators of a weight. */
  #multiply({ first, multiples }: Weighted, block: number, n: number): void {
    const { pointsFromWords, pointsToTable } = this.#kernels;
    const { u8, u32 } = this.#host;
    const pairs = Math.ceil(n / 2);
    const from = this.#job.points + POINT_BYTES * (first + block);
    const words = this.#words;
    u8.copyWithin(words, from, from + POINT_BYTES * n);
    // an odd point gets itself as a partner
    if (n % 2 === 1)
      u8.copyWithin(words + POINT_BYTES * n, words + POINT_BYTES * (n - 1), words + POINT_BYTES * n);
    const multiple = (i: number): number => multiples + i * TABLE_POINT_BYTES * this.room;
    pointsFromWords(this.#x, this.#y, words, pairs);
    pointsToTable(multiple(0), this.#x, this.#y, pairs);
    this.#turn(multiple(0), n);
    // P - phi(P)
    const refs = this.#refs >>> 2;
    for (let j = 0; j < n; j++) {
      u32[refs + 2 * j] = multiple(0) + TABLE_POINT_BYTES * j;
      u32[refs + 2 * j + 1] = multiple(1) + TABLE_POINT_BYTES * j + 1;
    }
    this.#add(2, n);
    this.#scale(multiple(3), this.#one, n);
    this.#turn(multiple(3), n);
  }

  /** After n points at an address: phi of them, and phi of these. */
  #turn(address: number, n: number): void {
    for (const from of [address, address + TABLE_POINT_BYTES * this.room]) {
      this.#refer(from, n);
      this.#scale(from + TABLE_POINT_BYTES * this.room, this.#beta, n);
    }
  }

  /** Copies the points that are referred to, x multiplied by a constant. */
  #scale(out: number, constant: number, n: number): void {
    this.#even(n);
    this.#kernels.tableScaled(out, this.#refs, constant, Math.ceil(n / 2));
  }

  /** Copies the points that are referred to, which may be negatives of multiples. */
  #settle(n: number): void {
    const [out] = this.#doubles;
    this.#scale(out, this.#one, n);
    this.#refer(out, n);
  }

  /** Doubles the points that are referred to. */
  #double(n: number): void {
    const { tableTangents, tableDoubles, pointInvertBatch } = this.#kernels;
    const pairs = Math.ceil(n / 2);
    this.#even(n);
    tableTangents(this.#refs, this.#d, pairs);
    pointInvertBatch(this.#d, this.#d + pairs * POINT_PAIR_BYTES, pairs); // 2y is never 0: the group's order is odd
    this.#doubles.reverse();
    const [out] = this.#doubles;
    tableDoubles(this.#refs, this.#d, out, pairs);
    this.#refer(out, n);
  }

  /** Sums n groups of `size` points, and leaves references to the sums. */
  #add(size: number, n: number): void {
    const sizes = this.#sizes >>> 2;
    this.#host.u32.fill(size, sizes, sizes + n);
    this.#sums.clear();
    this.#sums.sum(this.#refs, this.#sizes, n);
  }

  /** Refers to n points. */
  #refer(address: number, n: number): void {
    const { u32 } = this.#host;
    const refs = this.#refs >>> 2;
    for (let j = 0; j < n; j++) u32[refs + j] = address + TABLE_POINT_BYTES * j;
  }

  /** An odd point gets itself as a partner. */
  #even(n: number): void {
    const { u32 } = this.#host;
    const end = (this.#refs >>> 2) + n;
    u32[end] = u32[end - 1];
  }

  /** Writes the sums as canonical words. */
  #write(first: number, n: number): void {
    this.#even(n);
    this.#kernels.pointsToWords(this.#words, this.#refs, Math.ceil(n / 2));
    const to = this.#job.out + POINT_BYTES * first;
    this.#host.u8.copyWithin(to, this.#words, this.#words + POINT_BYTES * n);
  }

  /** The block by additions that are right for all points. */
  #complete(first: number, n: number): number {
    const { points, m, weights, out } = this.#job;
    const { u8 } = this.#host;
    for (let j = first; j < first + n; j++) {
      const terms = weights.map((weight, i): Term => {
        const at = points + POINT_BYTES * (i * m + j);
        return [weight, this.#curve.fromXY(u8.slice(at, at + POINT_BYTES))];
      });
      const sum: AffinePoint = this.#curve.sum(terms);
      if (sum.infinity) return j;
      u8.set(this.#curve.toXY(sum), out + POINT_BYTES * j);
    }
    return -1;
  }
}
