/**
 * Multi-scalar multiplication, the sum of k_i P_i, by the bucket method (N. Pippenger, "On the evaluation of powers and related
 * problems", 1976) with signed digits of centred scalars, over fixed bases that stay on the device. Every step is parallel
 * over its data, whatever the scalars: none of its kernels gives a bucket to a thread. What the kernels do is told in
 * `shaders/msm`; the passes (`passesFor`) run them in this order:
 *
 *   count      the digits that are not zero, by bucket
 *   scan       where each bucket's entries start
 *   scatter    entries, sorted by bucket
 *   pairSums   entries in pairs, with shared inversions
 *   plan       trees over each bucket's pairs: lists of additions, a list a level
 *   pairSums   a level of all trees, in place, and so on
 *   gather     the buckets' sums
 *   fold       (after all passes) sums by the bits of the buckets' numbers, in place, and from them the sum of each set
 *   results    those, canonical
 *
 * The last doublings and additions, of a point a set, are host work. The time depends on the scalars.
 */
import { POINT_BYTES } from '../../curve/curve.ts';
import { NovaError } from '../../errors.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import { digitBias, type Geometry, tableCount } from '../wasm/geometry.ts';
import type { CommandBatch } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import type { MsmBases } from './msm/bases.ts';
import { additionCosts } from './msm/costs.ts';
import { bucketsPerSet, chooseGeometry, expectedCost, PROJECTIVE_BYTES } from './msm/geometry.ts';
import { PairMode, SCAN_BLOCK, SLOTS_COUNTER, WORKGROUP } from './msm/kernels.ts';
import { listRegions, pairsAt, type Pass, passBytes, passesFor, type Piece, slotsFor } from './msm/passes.ts';
import { MsmResults } from './msm/results.ts';
import { DISPATCH_WORDS, EARLY_DISPATCHES, type MsmScratch, type ScratchBytes } from './msm/scratch.ts';

/** How a plan is made. */
export interface MsmOptions {
  /** Bytes of scratch memory, buckets aside; sums that need more are done in passes. Default: 1 GiB. */
  readonly workBytes?: number;
  /** Digits of a pass, at most: bounds how long a dispatch takes. Default: by the speed of the device. */
  readonly passDigits?: number;
  /** Additions that share an inversion, where there are enough of them to keep the device busy. Default: 64. */
  readonly batch?: number;
  /** Workgroups that keep the device busy: for these, fewer additions share an inversion. Default: 512, and 8 for a CPU. */
  readonly busy?: number;
  /** How scalars are cut up, for tests and measurements: with the tables that the bases have, or without any. */
  readonly geometry?: Geometry;
}

const DEFAULT_WORK_BYTES = 2 ** 30;
/** Field multiplications of a pass for each of its digits: an addition in pairs, its share of an inversion, and as much to spare. */
const DIGIT_MULTIPLICATIONS = 12;
/** Shorter passes would do little else than begin and end. */
const LEAST_PASS_DIGITS = 2 ** 14;
const DEFAULT_BATCH = 64;
const DEFAULT_BUSY = 512;
/** An adapter that computes on the CPU has a few threads: more workgroups would only cost inversions. */
const SOFTWARE_BUSY = 8;

/** One of the sums that a plan computes together. */
export interface MsmInput {
  /** The scalars of the bases after h, canonical, 32 bytes each; its start a multiple of the device's alignment. */
  readonly scalars: BufferSlice;
  /** The scalar of h, canonical. */
  readonly blind: bigint;
}

/** What a plan asks of the device for all its sums, for random scalars; less for others. */
export interface MsmCounts {
  readonly passes: number;
  readonly dispatches: number;
  /** Digits that are put into buckets. */
  readonly digits: number;
  /** Affine additions with shared inversions. */
  readonly affineAdditions: number;
  readonly inversions: number;
  /** Complete additions of the bucket reduction. */
  readonly projectiveAdditions: number;
  /** 32-bit multiplications of all of them. */
  readonly multiplications: number;
  /** Bytes that the host reads. */
  readonly bytesDown: number;
}

/**
 * Sums over the first bases of a set, of fixed lengths, all in one recording. What it needs is worked out once; recording it
 * makes no buffers.
 *
 * @example
 * const plan = new MsmPlan(bases, scratch, [W.length, T.length]);
 * const sums = plan.record(batch, [{ scalars: W, blind: rW }, { scalars: T, blind: rT }]);
 * const [commW, commT] = sums.read(await batch.submit());
 */
export class MsmPlan {
  readonly bases: MsmBases;
  readonly lengths: readonly number[];
  readonly geometry: Geometry;
  readonly #scratch: MsmScratch;
  readonly #passes: readonly Pass[];
  readonly #needs: ScratchBytes;
  readonly #batch: number;
  readonly #busy: number;
  /** Where a pass puts its buckets that adds to others. */
  readonly #spare: number;

  /**
   * @param lengths scalars of each sum
   * @throws {@link NovaError} `InvalidCommitmentKeyLength` if there are too few bases, `OutOfMemory` if the limits are too small
   */
  constructor(bases: MsmBases, scratch: MsmScratch, lengths: readonly number[], options: MsmOptions = {}) {
    const longest = Math.max(...lengths);
    if (longest >= bases.count) {
      throw new NovaError(
        'InvalidCommitmentKeyLength',
        `a vector of ${longest} elements needs as many generators; there are ${bases.count - 1}`,
      );
    }
    const { context } = bases.kernels;
    const jobs = lengths.length;
    const bucketBytes = context.limits.maxStorageBufferBindingSize;
    this.bases = bases;
    this.lengths = lengths;
    this.geometry = options.geometry ?? this.#chooseGeometry(longest + 1, bucketBytes);
    if (tableCount(this.geometry) > 1 && this.geometry !== bases.geometry) {
      throw new NovaError('InvalidArgument', 'sums take the tables that their bases were made with');
    }
    this.#scratch = scratch;
    this.#batch = options.batch ?? DEFAULT_BATCH;
    this.#busy = options.busy ?? (context.info.software ? SOFTWARE_BUSY : DEFAULT_BUSY);
    this.#passes = passesFor(lengths, this.geometry, bases.count, {
      limits: context.limits,
      workBytes: options.workBytes ?? DEFAULT_WORK_BYTES,
      digits:
        options.passDigits ??
        Math.max(LEAST_PASS_DIGITS, context.limits.maxDispatchMultiplications / DIGIT_MULTIPLICATIONS),
    });
    this.#spare = jobs * this.geometry.stride * bucketsPerSet(this.geometry);
    const added = Math.max(0, ...this.#passes.filter(({ adds }) => adds).map(({ buckets }) => buckets));
    this.#needs = {
      ...maxima(this.#passes.map(({ digits, buckets }) => passBytes(digits, buckets))),
      buckets: PROJECTIVE_BYTES * (this.#spare + added),
      results: PROJECTIVE_BYTES * this.#sets,
    };
    if (this.#needs.buckets > bucketBytes) {
      throw new NovaError(
        'OutOfMemory',
        `${this.#needs.buckets} bytes of buckets are more than a binding holds`,
      );
    }
  }

  /** Bytes of scratch memory that it uses; plans share theirs. */
  get bytes(): number {
    return Object.values(this.#needs).reduce((sum: number, size: number) => sum + size, 0);
  }

  /** What the sums cost for random scalars. */
  counts(): MsmCounts {
    const { c } = this.geometry;
    const sum = (of: (pass: Pass) => number): number => this.#passes.reduce((s, pass) => s + of(pass), 0);
    const filled = 1 - 2 ** -c;
    const digits = Math.round(sum((pass) => pass.digits) * filled);
    // entries meet in pairs, a bucket's last one perhaps the identity; then every slot but a bucket's first is added
    const slots = sum((pass) => Math.ceil((pass.digits * filled + pass.buckets / 2) / 2));
    const tree = sum((pass) => Math.max(0, Math.ceil((pass.digits * filled - pass.buckets) / 2)));
    const affineAdditions = slots + tree;
    const inversions = sum((pass) => {
      const share = (pairs: number): number =>
        Math.min(pairs, Math.max(Math.ceil(pairs / this.#batch), WORKGROUP * this.#busy));
      const levels = levelsOf(pass);
      const pairs = (pass.digits * filled) / 2;
      return Array.from({ length: levels + 1 }, (_, l) => share(Math.ceil(pairs / 2 ** l))).reduce(
        (s, n) => s + n,
      );
    });
    const projectiveAdditions =
      sum(({ adds, buckets }) => (adds ? buckets : 0)) +
      2 * this.#spare +
      this.#sets * (turnsOf(this.geometry) - 2);
    const { kernels } = this.bases;
    const costs = additionCosts(kernels.curve, kernels.layout);
    return {
      passes: this.#passes.length,
      dispatches: sum((pass) => 2 * pass.pieces.length + 7 + levelsOf(pass) + Number(pass.adds)) + c + 1,
      digits,
      affineAdditions,
      inversions,
      projectiveAdditions,
      multiplications:
        affineAdditions * costs.affine +
        inversions * costs.inversion +
        projectiveAdditions * costs.projective,
      bytesDown: this.#needs.results,
    };
  }

  /**
   * Makes the scratch memory as large as this plan needs. `record` does so too.
   *
   * @param batch commands that were recorded in it may use what was there before
   * @throws {@link NovaError} `OutOfMemory`
   */
  reserve(batch: CommandBatch): void {
    this.#scratch.reserve(this.#needs, batch);
  }

  /**
   * Records the sums.
   *
   * @param inputs one for each length
   * @throws {@link NovaError} `OutOfMemory`, `DeviceLost`, `DeviceFault`
   */
  record(batch: CommandBatch, inputs: readonly MsmInput[]): MsmResults {
    this.reserve(batch);
    for (const pass of this.#passes) this.#recordPass(batch, pass, inputs);
    this.#recordFolds(batch);
    const perSet = bucketsPerSet(this.geometry);
    const results = this.#scratch.get('results');
    batch.dispatch(
      this.bases.kernels.get('results'),
      [Uint32Array.of(this.#sets, perSet >> 1, perSet), this.#scratch.get('buckets'), results],
      this.#sets,
    );
    const at = batch.readback(results, 0, this.#needs.results);
    const { curve } = this.bases.kernels;
    return new MsmResults(curve, this.geometry, this.lengths.length, at);
  }

  /** With tables, or without where the sums are too short for them. */
  #chooseGeometry(n: number, bucketBytes: number): Geometry {
    const { kernels, count, geometry } = this.bases;
    const jobs = this.lengths.length;
    const plain = chooseGeometry(kernels.curve, n, count, { tableBytes: 0, bucketBytes, jobs });
    return geometry !== undefined && expectedCost(geometry, n) <= expectedCost(plain, n) ? geometry : plain;
  }

  /** Sets of buckets of all sums; the host gets a point for each. */
  get #sets(): number {
    return this.lengths.length * this.geometry.stride;
  }

  #recordPass(batch: CommandBatch, pass: Pass, inputs: readonly MsmInput[]): void {
    const { kernels } = this.bases;
    const scratch = this.#scratch;
    const { buckets, fromBase, endBase } = pass;
    const [counts, blocks, starts] = (['counts', 'blocks', 'starts'] as const).map((name) =>
      scratch.get(name),
    );
    const [entries, first, slots] = (['entries', 'first', 'slots'] as const).map((name) => scratch.get(name));
    const [list, state, groups] = (['list', 'state', 'dispatches'] as const).map((name) => scratch.get(name));
    const mostSlots = slotsFor(pass.digits, buckets);
    const widest = kernels.context.limits.maxComputeWorkgroupsPerDimension;
    const dispatches = [this.#batch, this.#busy, widest, mostSlots]; // `Dispatches` of dispatches.wgsl
    const blockLanes = Math.ceil(buckets / SCAN_BLOCK) * WORKGROUP;

    batch.clear(counts!, 0, 4 * buckets);
    const pieces = pass.pieces.map((piece) => {
      const { scalars, blind } = inputs[piece.job]!;
      return {
        words: this.#pieceWords(pass, piece, blind),
        scalars: this.#scalarsOf(piece, scalars),
        n: piece.to - piece.from + Number(piece.blinded),
      };
    });
    for (const { words, scalars, n } of pieces) {
      batch.dispatch(kernels.get('count'), [words, scalars, counts!], n);
    }
    batch.dispatch(kernels.get('scanBlocks'), [Uint32Array.of(buckets), counts!, blocks!], blockLanes);
    batch.dispatch(
      kernels.get('scanTotals'),
      [Uint32Array.of(buckets, ...dispatches), blocks!, state!, groups!],
      WORKGROUP,
    );
    batch.dispatch(
      kernels.get('scanStarts'),
      [Uint32Array.of(buckets), counts!, blocks!, starts!, entries!],
      blockLanes,
    );
    for (const { words, scalars, n } of pieces) {
      batch.dispatch(kernels.get('scatter'), [words, scalars, starts!, counts!, entries!, first!], n);
    }
    const bases: BufferSlice = {
      buffer: this.bases.buffer,
      offset: POINT_BYTES * fromBase,
      size: POINT_BYTES * (endBase - fromBase),
    };
    const products = scratch.get('products');
    const addPairs = (words: Uint32Array, from: GPUBuffer, dispatch: number): void =>
      batch.dispatchIndirect(
        kernels.get('pairSums'),
        [words, state!, from, bases, slots!, products],
        groups!,
        4 * DISPATCH_WORDS * dispatch,
      );
    addPairs(Uint32Array.of(PairMode.Fetch, 0, 0, SLOTS_COUNTER, mostSlots, 0), entries!, 0);
    const { regions } = listRegions(mostSlots);
    batch.dispatchIndirect(
      kernels.get('plan'),
      [Uint32Array.from(regions), first!, state!, list!],
      groups!,
      4 * DISPATCH_WORDS,
    );
    batch.dispatch(kernels.get('sizes'), [Uint32Array.from(dispatches), state!, groups!], WORKGROUP);
    for (let level = 0; level < levelsOf(pass); level++) {
      const words = Uint32Array.of(
        PairMode.Tree,
        level,
        regions[level]!,
        level,
        pairsAt(level, mostSlots),
        0,
      );
      addPairs(words, list!, EARLY_DISPATCHES + level);
    }
    const to = pass.adds ? this.#spare : pass.target;
    const all = scratch.get('buckets');
    batch.dispatch(kernels.get('gather'), [Uint32Array.of(buckets, to), starts!, slots!, all], buckets);
    if (pass.adds) {
      const words = Uint32Array.of(buckets, buckets, 1, 0, pass.target, to - pass.target, 1);
      batch.dispatch(kernels.get('fold'), [words, all], buckets);
    }
  }

  #recordFolds(batch: CommandBatch): void {
    const perSet = bucketsPerSet(this.geometry);
    const sets = this.#sets;
    const fold = (...words: [additions: number, ...number[]]): void =>
      batch.dispatch(
        this.bases.kernels.get('fold'),
        [Uint32Array.from(words), this.#scratch.get('buckets')],
        words[0],
      );
    for (let half = perSet >> 1, segments = 1; half > 0; half >>= 1, segments++) {
      fold(sets * segments * half, half, segments, perSet, 0, half, 1);
    }
    fold(sets, 1, 1, perSet, perSet >> 1, 0, turnsOf(this.geometry));
  }

  #scalarsOf({ from, to }: Piece, scalars: BufferSlice): BufferSlice {
    const size = FIELD_BYTES * (to - from);
    // a sum may have no scalars, a binding needs something
    if (size === 0) return wholeOf(this.#scratch.get('state'));
    return { buffer: scalars.buffer, offset: scalars.offset + FIELD_BYTES * from, size };
  }

  /** `Piece` of digits.wgsl. */
  #pieceWords(pass: Pass, piece: Piece, blind: bigint): Uint32Array {
    const { c, windows, stride } = this.geometry;
    const { count: pitch } = this.bases;
    const { p: q } = this.bases.kernels.curve.scalar;
    const { from, to, blinded, bucket } = piece;
    const { fromSet, endSet, fromTable, endTable, fromBase } = pass;
    const h = fromTable * pitch - fromBase;
    return Uint32Array.of(
      ...[q, q >> 1n, digitBias(c, windows - 1), blind].flatMap(wordsOf),
      to - from,
      Number(blinded),
      c,
      windows,
      stride,
      fromSet,
      endSet,
      fromTable,
      endTable,
      bucket,
      h + from + 1,
      h,
      pitch,
    );
  }
}

function wholeOf(buffer: GPUBuffer): BufferSlice {
  return { buffer, offset: 0, size: buffer.size };
}

/** Additions, one after the other, that make the sum of a set from its sums by bits (fold.wgsl). */
function turnsOf({ c }: Geometry): number {
  return 2 * (c - 1) - 1;
}

/** Levels of the trees over the deepest bucket that a pass can have. */
function levelsOf({ deepest }: Pass): number {
  return Math.max(0, Math.ceil(Math.log2(Math.ceil(deepest / 2))));
}

/** A 256-bit integer as little-endian words. */
function wordsOf(x: bigint): number[] {
  return Array.from({ length: FIELD_BYTES / 4 }, (_, i) => Number((x >> BigInt(32 * i)) & 0xffffffffn));
}

/** The largest value of each key. */
function maxima<T extends object>(of: readonly T[]): T {
  const out: Record<string, number> = {};
  for (const sizes of of) {
    for (const [key, size] of Object.entries(sizes)) out[key] = Math.max(out[key] ?? 0, size);
  }
  return out as T;
}
