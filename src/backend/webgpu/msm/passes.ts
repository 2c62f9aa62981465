import { POINT_BYTES } from '../../../curve/curve.ts';
import { NovaError } from '../../../errors.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { type Geometry, tableCount } from '../../wasm/geometry.ts';
import type { GpuLimits } from '../device.ts';
import { bucketsPerSet } from './geometry.ts';
import { LEVELS, SCAN_BLOCK } from './kernels.ts';

/** Scalars `from .. to` of one sum, with the tables and bucket sets that a pass takes of it. */
export interface Piece {
  /** Which of the sums. */
  readonly job: number;
  readonly from: number;
  readonly to: number;
  /** Whether the blinding factor is with them. */
  readonly blinded: boolean;
  /** First bucket, among those of the pass. */
  readonly bucket: number;
}

/** Additions that share the scratch memory: digits are sorted, buckets summed. */
export interface Pass {
  readonly pieces: readonly Piece[];
  readonly fromSet: number;
  readonly endSet: number;
  readonly fromTable: number;
  readonly endTable: number;
  /** Bases that the additions are given: numbers of the first, and of the one after the last, in the buffer of all tables. */
  readonly fromBase: number;
  readonly endBase: number;
  readonly buckets: number;
  /** First of them among the buckets of all sums. */
  readonly target: number;
  /** Whether an earlier pass put something there. */
  readonly adds: boolean;
  /** Digits, at most. */
  readonly digits: number;
  /** Digits of one bucket, at most. */
  readonly deepest: number;
}

/** What bounds a pass. */
export interface PassBounds {
  readonly limits: Pick<GpuLimits, 'maxStorageBufferBindingSize' | 'minStorageBufferOffsetAlignment'>;
  /** Bytes of scratch memory, buckets aside. */
  readonly workBytes: number;
  /** Digits, which bounds how long a dispatch takes. */
  readonly digits: number;
}

/** Slots that a pass needs: pairs of entries, each bucket's rounded up. */
export function slotsFor(digits: number, buckets: number): number {
  return (digits + Math.min(digits, buckets)) >> 1;
}

/** Pairs of a level, at most, as `pairs_at` of levels.wgsl has it: level l has at most slots / 2^l, level 0 half. */
export function pairsAt(level: number, slots: number): number {
  return slots >> Math.max(1, level);
}

/** Where the list of each level starts, and the length of all. */
export function listRegions(slots: number): { regions: number[]; length: number } {
  const regions: number[] = [];
  let length = 0;
  for (let level = 0; level < LEVELS; level++) {
    regions.push(length);
    length += pairsAt(level, slots);
  }
  return { regions, length };
}

/** Bytes of the scratch buffers of a pass. */
export interface PassBytes {
  readonly counts: number;
  readonly blocks: number;
  readonly starts: number;
  readonly entries: number;
  readonly first: number;
  readonly slots: number;
  readonly list: number;
  readonly products: number;
}

const WORD = 4;

export function passBytes(digits: number, buckets: number): PassBytes {
  const slots = slotsFor(digits, buckets);
  return {
    counts: WORD * buckets,
    blocks: WORD * Math.ceil(buckets / SCAN_BLOCK),
    starts: WORD * (buckets + 1),
    entries: WORD * 2 * slots,
    first: WORD * slots,
    slots: POINT_BYTES * slots,
    list: WORD * listRegions(slots).length,
    products: FIELD_BYTES * pairsAt(0, slots),
  };
}

/**
 * The passes in which sums of these lengths are computed: one for all where the memory allows. Otherwise each sum has its own,
 * with as many bucket sets at a time as fit, and where one set alone is too much, with a part of the scalars or tables.
 *
 * @param lengths scalars of each sum, the blinding factor aside
 * @param pitch bases of a table
 * @throws {@link NovaError} `OutOfMemory` if not even the smallest pass fits
 */
export function passesFor(
  lengths: readonly number[],
  geometry: Geometry,
  pitch: number,
  bounds: PassBounds,
): Pass[] {
  return new Passes(geometry, pitch, bounds).all(lengths);
}

class Passes {
  readonly #geometry: Geometry;
  readonly #tables: number;
  readonly #perSet: number;
  readonly #pitch: number;
  readonly #bounds: PassBounds;
  /** Scalars, and bases, between places where a binding may start. */
  readonly #alignedScalars: number;
  readonly #alignedBases: number;

  constructor(geometry: Geometry, pitch: number, bounds: PassBounds) {
    this.#geometry = geometry;
    this.#tables = tableCount(geometry);
    this.#perSet = bucketsPerSet(geometry);
    this.#pitch = pitch;
    this.#bounds = bounds;
    const alignment = bounds.limits.minStorageBufferOffsetAlignment;
    this.#alignedScalars = Math.max(1, alignment / FIELD_BYTES);
    this.#alignedBases = Math.max(1, alignment / POINT_BYTES);
  }

  all(lengths: readonly number[]): Pass[] {
    const { stride } = this.#geometry;
    const whole = this.#pass(
      lengths.map((n, job) => [job, 0, n]),
      [0, stride],
      [0, this.#tables],
      false,
    );
    if (this.#fits(whole)) return [whole];
    return lengths.flatMap((n, job) => this.#ofJob(job, n));
  }

  #ofJob(job: number, n: number): Pass[] {
    const { stride } = this.#geometry;
    const sets = largest(stride, (k) =>
      this.#fits(this.#pass([[job, 0, n]], [0, k], [0, this.#tables], false)),
    );
    if (sets > 0) {
      return ranges(stride, sets).map((range) => this.#pass([[job, 0, n]], range, [0, this.#tables], false));
    }
    const step = this.#alignedScalars;
    const most = Math.ceil(n / step);
    // the first part has the blinding factor besides, the others' bases may start before the places where bindings may
    const fits = (tables: number, units: number): boolean =>
      [0, step].every((from) =>
        this.#fits(this.#pass([[job, from, from + units * step]], [0, 1], [0, tables], false)),
      );
    const tables = largest(this.#tables, (k) => fits(k, 1));
    if (tables === 0) {
      throw new NovaError(
        'OutOfMemory',
        `a commitment needs more GPU memory than ${this.#bounds.workBytes} bytes, larger bindings or larger passes`,
      );
    }
    const units = largest(most, (k) => fits(tables, k));
    // a sum of nothing has its blinding factor all the same
    const parts: Range[] = n === 0 ? [[0, 0]] : ranges(n, units * step);
    return ranges(stride, 1).flatMap((set) => {
      let adds = false;
      return ranges(this.#tables, tables).flatMap((table) =>
        parts.map(([from, to]) => {
          const pass = this.#pass([[job, from, to]], set, table, adds);
          adds = true;
          return pass;
        }),
      );
    });
  }

  #pass(
    jobs: readonly (readonly [job: number, from: number, to: number])[],
    [fromSet, endSet]: Range,
    [fromTable, endTable]: Range,
    adds: boolean,
  ): Pass {
    const sets = endSet - fromSet;
    const pieces = jobs.map(([job, from, to], i): Piece => ({
      job,
      from,
      to,
      blinded: from === 0,
      bucket: i * sets * this.#perSet,
    }));
    const first = Math.min(...pieces.map(({ from }) => (from === 0 ? 0 : from + 1)));
    const end = Math.max(...pieces.map(({ to }) => to + 1));
    const aligned = this.#alignedBases;
    const tables = endTable - fromTable;
    const scalars = pieces.map(({ from, to, blinded }) => to - from + Number(blinded));
    return {
      pieces,
      fromSet,
      endSet,
      fromTable,
      endTable,
      fromBase: Math.floor((fromTable * this.#pitch + first) / aligned) * aligned,
      endBase: (endTable - 1) * this.#pitch + end,
      buckets: pieces.length * sets * this.#perSet,
      target: (jobs[0]![0] * this.#geometry.stride + fromSet) * this.#perSet,
      adds,
      digits: scalars.reduce((sum, n) => sum + n * tables * sets, 0),
      deepest: Math.max(...scalars) * tables,
    };
  }

  #fits(pass: Pass): boolean {
    const { limits, workBytes, digits } = this.#bounds;
    const sizes: number[] = Object.values(passBytes(pass.digits, pass.buckets));
    const bases = (pass.endBase - pass.fromBase + this.#alignedBases) * POINT_BYTES;
    const scalars = Math.max(...pass.pieces.map(({ from, to }) => to - from)) * FIELD_BYTES;
    return (
      pass.digits <= digits &&
      Math.max(...sizes, bases, scalars) <= limits.maxStorageBufferBindingSize &&
      sizes.reduce((sum, bytes) => sum + bytes) <= workBytes
    );
  }
}

type Range = readonly [from: number, end: number];

/** 0 .. n in steps. */
function ranges(n: number, step: number): Range[] {
  const out: Range[] = [];
  for (let from = 0; from < n; from += step) out.push([from, Math.min(n, from + step)]);
  return out;
}

/** The largest k from 1 to n for which `fits` holds; 0 if there is none. What fits for k fits for less. */
function largest(n: number, fits: (k: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const k = Math.ceil((low + high) / 2);
    if (fits(k)) low = k;
    else high = k - 1;
  }
  return low;
}
