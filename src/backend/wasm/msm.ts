import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { curveByName } from '../../curve/curves.ts';
import { NovaError } from '../../errors.ts';
import { elementsFromBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, readInt, viewOf, writeInt } from '../../field/field.ts';
import { msm } from '../reference/msm.ts';
import { sumByBits, type WeightedPoint } from './bit-sums.ts';
import { digitBias, type Geometry, type SetRange, windowsOf } from './geometry.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { PLAN_SUM_BYTES, PLAN_WINDOW_BYTES } from './kernels/buckets.ts';
import { REFERENCE_BYTES, TABLE_POINT_BYTES } from './kernels/points.ts';
import {
  ADDITION_BYTES,
  batchBytes,
  listBytes,
  PointSums,
  SPARE_SUMS,
  ZeroDifference,
} from './point-sums.ts';

/*
 * Multi-scalar multiplication over fixed bases, the sum of k_i P_i, by the bucket method (N. Pippenger, "On the evaluation of
 * powers and related problems", 1976) with signed digits and tables of shifted bases (E. F. Brickell et al., "Fast
 * exponentiation with precomputation", 1992): see `Geometry`. Buckets are summed in rounds of independent affine additions
 * (`PointSums`). So are the sums over buckets, as a tree, from which the sums by the bits of the buckets' numbers come out: no
 * doubling occurs, and the result is a few points with powers of two as weights.
 *
 * A point that meets itself or its negative stops the additions; the part is then computed again by the reference engine's
 * complete method, slowly. Sums over distinct bases of unknown relation, which is what commitment keys are, do not meet it.
 * The time depends on the scalars.
 */

/** Where the tables of a commitment key lie. Base 0 is the blinding generator h, base i > 0 is G_i. */
export interface Table extends Geometry {
  /** Name of the curve. */
  readonly curve: string;
  /** Address of the first point; table t begins `t * bases * TABLE_POINT_BYTES` later. */
  readonly address: number;
  /** Bases in a table, h included. */
  readonly bases: number;
}

/**
 * A part of a multi-scalar multiplication: of scalars `from` to `to` of a vector with their bases, scalar i with base i + 1, the
 * digits that go to some of the sets of buckets.
 */
export interface MsmJob {
  readonly table: Table;
  /** Address of scalar 0 of the vector, standard form. */
  readonly scalars: number;
  readonly from: number;
  readonly to: number;
  /** Default: all. */
  readonly sets?: SetRange;
  /** Scalar of base 0, as 32 bytes: the blinding factor, for one of the parts of each set. */
  readonly blind?: Uint8Array;
  /** Additions that share an inversion, a multiple of 4; for tests and measurements. */
  readonly batch?: number;
  /** Points in the buckets at a time, at most; for tests and measurements. */
  readonly segment?: number;
}

/** A part's result: the sum of 2^bit times the points. */
export type MsmPart = readonly WeightedPoint[];

/** Additions that share an inversion. */
const BATCH = 2048;

/** Buckets at a time: at some 270 bytes each they and what sums them take half of a thread's scratch memory. */
const MOST_BUCKETS = 2 ** 16;

/** Points in the buckets at a time. With fewer there are more rounds of few additions, with more only memory is lost. */
const SEGMENT = 32768;

/**
 * Computes a part of a multi-scalar multiplication in the thread's scratch memory.
 *
 * @throws {@link NovaError} `InvalidArgument` for a range beyond the bases, `OutOfMemory` if the scratch memory is too small
 */
export function msmChunk(host: KernelHost, job: MsmJob): MsmPart {
  if (!(0 <= job.from && job.from <= job.to && job.to < job.table.bases)) {
    throw new NovaError('InvalidArgument', `scalars ${job.from} to ${job.to} have no bases`);
  }
  const { table, blind, sets: [first, end] = [0, table.stride], ...rest } = job;
  const points: WeightedPoint[] = [];
  const together = Math.max(1, MOST_BUCKETS / 2 ** (table.c - 1));
  for (let set = first; set < end; set += together) {
    const sets: SetRange = [set, Math.min(end, set + together)];
    // references may take up to a fifth of the scratch memory; then there is room for unsorted entries, twice as large
    const references = Math.floor(host.scratch.bytes / 5 / REFERENCE_BYTES);
    const most = Math.floor(references / windowsOf(table, sets).length) - 1;
    if (most < 1) throw new NovaError('OutOfMemory', 'the scratch memory is too small for an MSM');
    for (let from = job.from; ; from += most) {
      const to = Math.min(job.to, from + most);
      const blinded = blind && from === job.from && { blind };
      points.push(...partOf(host, { ...rest, table, sets, from, to, ...blinded }));
      if (to === job.to) break;
    }
  }
  return points;
}

/** The sum of all parts. Host work: some doublings and additions of BigInts. */
export function combine(curve: Curve, parts: readonly MsmPart[]): AffinePoint {
  return sumByBits(curve, parts.flat());
}

/** A part whose sets are given. */
type SetsJob = MsmJob & Required<Pick<MsmJob, 'sets'>>;

function partOf(host: KernelHost, job: SetsJob): WeightedPoint[] {
  try {
    return new Buckets(host, job).result();
  } catch (e) {
    if (!(e instanceof ZeroDifference)) throw e;
    return complete(host, job);
  }
}

/** The part by additions that are right for all points. */
function complete(host: KernelHost, { table, sets, scalars, from, to, blind }: SetsJob): WeightedPoint[] {
  const curve = curveByName(table.curve);
  const view = viewOf(host.u8);
  const points = [];
  const factors: bigint[] = [];
  const factorAt = (bytes: DataView, at: number) =>
    curve.scalar.reduce(digitsOf(readInt(bytes, at, FIELD_BYTES), table, sets));
  if (blind) {
    points.push(readPoint(host, table, table.address));
    factors.push(factorAt(viewOf(blind), 0));
  }
  for (let i = from; i < to; i++) {
    points.push(readPoint(host, table, table.address + (i + 1) * TABLE_POINT_BYTES));
    factors.push(factorAt(view, scalars + i * FIELD_BYTES));
  }
  const work = msm(curve, { x: points.map((p) => p.x), y: points.map((p) => p.y) }, factors);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value.infinity ? [] : [{ bit: 0, x: value.x, y: value.y }];
  }
}

/** What the digits of k that go to these sets are worth. */
function digitsOf(k: bigint, geometry: Geometry, sets: SetRange): bigint {
  const { c, windows } = geometry;
  const biased = k + digitBias(c, windows);
  const one = digitBias(c, 1);
  return windowsOf(geometry, sets).reduce((sum, w) => {
    const digit = BigInt.asUintN(c, biased >> BigInt(c * w)) - one;
    return sum + (digit << BigInt(c * w));
  }, 0n);
}

/** The table point that a reference names. */
function readPoint(host: KernelHost, { curve }: Table, reference: number): { x: bigint; y: bigint } {
  const F = curveByName(curve).base;
  // kernels take two at a time; see READ_BYTES
  const list = host.scratch.address;
  const words = list + 2 * REFERENCE_BYTES;
  host.u32.set([reference, reference], list >>> 2);
  host.kernels(F.name).pointsToWords(words, list, 1);
  const [x, y] = elementsFromBytes(F, host.u8.slice(words, words + POINT_BYTES));
  return { x, y: reference & 1 ? F.neg(y) : y };
}

/** Bytes at the beginning of the scratch memory that {@link readPoint} works in. */
const READ_BYTES = 2 * REFERENCE_BYTES + 2 * POINT_BYTES;

/** The buckets of one part, in scratch memory. */
class Buckets {
  readonly #host: KernelHost;
  readonly #kernels: FieldKernels;
  readonly #job: SetsJob;
  /** Windows whose digits go to these buckets. */
  readonly #windows: readonly number[];
  readonly #u32: Uint32Array;
  /** Buckets of a set: digits 1 .. 2^(c-1). */
  readonly #perSet: number;
  readonly #count: number;
  readonly #sums: PointSums;
  /** Points in the buckets at a time. */
  readonly #segment: number;
  // addresses
  readonly #plan: number;
  readonly #sizes: number;
  readonly #places: number;
  readonly #refs: number;
  readonly #kept: number;
  readonly #arena: number;
  #keptPoints = 0;

  constructor(host: KernelHost, job: SetsJob) {
    const { table, sets, batch = BATCH, segment = SEGMENT } = job;
    this.#host = host;
    this.#kernels = host.kernels(curveByName(table.curve).base.name);
    this.#job = job;
    this.#u32 = host.u32;
    this.#perSet = 2 ** (table.c - 1);
    this.#count = (sets[1] - sets[0]) * this.#perSet;
    this.#windows = windowsOf(table, sets);
    const entries = (job.to - job.from + 1) * this.#windows.length;
    const { address, bytes } = host.scratch;
    let at = align(address + READ_BYTES);
    const take = (size: number): number => {
      const start = at;
      at = align(at + size);
      return start;
    };
    this.#plan = take(2 * PLAN_SUM_BYTES + FIELD_BYTES + this.#windows.length * PLAN_WINDOW_BYTES);
    this.#sizes = take(4 * this.#count);
    this.#places = take(4 * this.#count);
    this.#refs = take(REFERENCE_BYTES * Math.max(entries, this.#count));
    const work = take(batchBytes(batch));
    // a bucket's points may come in several segments, at most 64 if there is no room for larger ones: one sum of each is kept
    const segments = Math.max(64, Math.ceil(entries / segment));
    this.#kept = take(TABLE_POINT_BYTES * (this.#count + segments + 1));
    // the rest: a list and the arena; bits and tree take fewer than two additions a bucket, after the segments
    const room = Math.floor((address + bytes - at - 256) / (TABLE_POINT_BYTES + ADDITION_BYTES)) - SPARE_SUMS;
    this.#segment = Math.min(segment, room - 2 * this.#count);
    if (this.#segment < 1 || 8 * entries > room * TABLE_POINT_BYTES) {
      throw new NovaError(
        'OutOfMemory',
        `an MSM of ${entries} digits needs more than ${bytes} bytes of scratch`,
      );
    }
    const list = take(listBytes(room));
    this.#arena = at;
    this.#sums = new PointSums(host, this.#kernels, batch, work, list, at);
  }

  result(): WeightedPoint[] {
    const total = this.#sort();
    this.#sumBuckets(total);
    return this.#sumBits();
  }

  /** Cuts the scalars into digits and leaves references at #refs, sorted by bucket, and at #sizes how many each has. */
  #sort(): number {
    const { table, sets, scalars, from, to, blind } = this.#job;
    const { c, stride, bases } = table;
    const windows = this.#windows;
    const u32 = this.#u32;
    const plan = this.#plan;
    let at = plan + PLAN_SUM_BYTES;
    writeInt(viewOf(this.#host.u8), plan, PLAN_SUM_BYTES, digitBias(c, table.windows));
    for (const w of windows) {
      const table = Math.floor(w / stride) * bases * TABLE_POINT_BYTES;
      u32.set([c * w, table, ((w % stride) - sets[0]) * this.#perSet], at >>> 2);
      at += PLAN_WINDOW_BYTES;
    }
    const temp = at;
    const sizes = this.#sizes >>> 2;
    u32.fill(0, sizes, sizes + this.#count);
    const entries = this.#arena; // not yet in use
    const run = (address: number, n: number, base: number, end: number): number =>
      this.#kernels.bucketEntries(
        address,
        n,
        windows.length,
        plan,
        temp,
        table.address + base * TABLE_POINT_BYTES,
        end,
        this.#sizes,
        c,
      ) >>> 0;
    let end = run(scalars + from * FIELD_BYTES, to - from, from + 1, entries);
    if (blind) {
      const copy = temp + PLAN_SUM_BYTES;
      this.#host.u8.set(blind, copy);
      end = run(copy, 1, 0, end);
    }
    const places = this.#places >>> 2;
    for (let b = 0, place = 0; b < this.#count; b++) {
      u32[places + b] = place;
      place += u32[sizes + b];
    }
    const total = (end - entries) / 8;
    this.#kernels.bucketSort(entries, total, this.#places, this.#refs);
    return total;
  }

  /** Sums all buckets, in segments that fit in the arena. Leaves a reference for each that is not empty, and sizes of 1 and 0. */
  #sumBuckets(total: number): void {
    if (total <= this.#segment) {
      this.#sums.sum(this.#refs, this.#sizes, this.#count);
      return;
    }
    const u32 = this.#u32;
    const [sizes, refs, parts] = [this.#sizes >>> 2, this.#refs >>> 2, this.#places >>> 2];
    /** Sums of each bucket so far. Their references are moved to the front of the list, which has been read. */
    const pieces = new Uint32Array(this.#count);
    let kept = 0;
    let read = 0;
    for (let b = 0, left = u32[sizes]; b < this.#count;) {
      const [first, start] = [b, read];
      let groups = 0;
      // as many buckets as fit, the last one perhaps in part
      for (let free = this.#segment; free > 0 && b < this.#count;) {
        const n = Math.min(free, left);
        u32[parts + groups++] = n;
        free -= n;
        left -= n;
        read += n;
        if (left === 0) left = u32[sizes + ++b];
      }
      this.#sums.sum(this.#refs + REFERENCE_BYTES * start, this.#places, groups);
      for (let g = 0, at = refs + start; g < groups; g++) {
        if (u32[parts + g] === 0) continue;
        u32[refs + kept++] = this.#keep(u32[at++]);
        pieces[first + g]++;
      }
      this.#sums.clear();
    }
    u32.set(pieces, sizes);
    this.#sums.sum(this.#refs, this.#sizes, this.#count);
  }

  /** Moves a sum out of the arena. */
  #keep(reference: number): number {
    if (!this.#sums.owns(reference)) return reference;
    const to = this.#kept + this.#keptPoints++ * TABLE_POINT_BYTES;
    this.#host.u8.copyWithin(to, reference, reference + TABLE_POINT_BYTES);
    return to;
  }

  /**
   * The sum of (b + 1) times bucket b, for every set: all buckets, with weight 1, and for each bit of b the buckets that have
   * it. In each step neighbours, whose numbers differ in the lowest bit, are added, and those that have it are noted.
   */
  #sumBits(): WeightedPoint[] {
    const {
      table: { c },
      sets: [first, end],
    } = this.#job;
    const count = end - first;
    const u32 = this.#u32;
    const [sizes, refs] = [this.#sizes >>> 2, this.#refs >>> 2];
    /** References of the buckets, or of what they were merged to; 0 for none. */
    let sums = new Uint32Array(this.#count);
    for (let b = 0, at = refs; b < this.#count; b++) if (u32[sizes + b] !== 0) sums[b] = u32[at++];
    const withBit: number[][] = [];
    for (let width = this.#perSet, bit = 0; width > 1; width /= 2, bit++) {
      for (let set = 0; set < count; set++) {
        const members: number[] = (withBit[set * c + bit] = []);
        for (let b = set * width + 1; b < (set + 1) * width; b += 2) if (sums[b] !== 0) members.push(sums[b]);
      }
      sums = this.#merge(sums);
    }
    for (let set = 0; set < count; set++) {
      // the total: with c - 1 bits, the last place of each set is free
      withBit[set * c + c - 1] = sums[set] === 0 ? [] : [sums[set]];
    }
    let at = refs;
    withBit.forEach((members, i) => {
      u32[sizes + i] = members.length;
      for (const reference of members) u32[at++] = reference;
    });
    this.#sums.sum(this.#refs, this.#sizes, withBit.length);
    const points: WeightedPoint[] = [];
    at = refs;
    for (let i = 0; i < withBit.length; i++) {
      if (u32[sizes + i] === 0) continue;
      const bit = i % c === c - 1 ? i - (c - 1) : i;
      points.push({ bit: c * first + bit, ...readPoint(this.#host, this.#job.table, u32[at++]) });
    }
    return points;
  }

  /** Adds neighbours. */
  #merge(sums: Uint32Array): Uint32Array<ArrayBuffer> {
    const u32 = this.#u32;
    const [sizes, refs] = [this.#sizes >>> 2, this.#refs >>> 2];
    let at = refs;
    for (let b = 0; b < sums.length; b += 2) {
      u32[sizes + b / 2] = Number(sums[b] !== 0) + Number(sums[b + 1] !== 0);
      if (sums[b] !== 0) u32[at++] = sums[b];
      if (sums[b + 1] !== 0) u32[at++] = sums[b + 1];
    }
    const merged = new Uint32Array(sums.length / 2);
    this.#sums.sum(this.#refs, this.#sizes, merged.length);
    at = refs;
    for (let b = 0; b < merged.length; b++) if (u32[sizes + b] !== 0) merged[b] = u32[at++];
    return merged;
  }
}

/** Addresses of regions are multiples of 64, a line of the cache. */
function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
