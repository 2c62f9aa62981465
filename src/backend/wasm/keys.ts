import { type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { SEED_BYTES, seedStream } from '../../curve/generator-seeds.ts';
import { NovaError, throwIfAborted } from '../../errors.ts';
import type { Control, LoadControl } from '../backend.ts';
import { identityGenerator, keyPoints } from '../checks.ts';
import { Pace } from '../../pace.ts';
import type { FieldModules } from './field-module.ts';
import { chooseGeometry, type Geometry, tableBytes } from './geometry.ts';
import type { KernelHost } from './host.ts';
import { TABLE_POINT_BYTES } from './kernels/points.ts';
import type { Heap } from './memory.ts';
import type { Table } from './msm.ts';
import type { Pool, RunOptions } from './pool.ts';
import { Resident } from '../queue.ts';
import { Stop } from '../stop.ts';
import { addTask, taskCall, type TaskCall } from './tasks.ts';

/** Points that one task makes (some 10 ms), checks (1 ms), or enters into the table (30 ms). */
const MADE = 512;
const CHECKED = 8192;
const TABLED = 512;

/** Multiplications with a key before its tables are made: a verification has three, the first two steps of a proof four. */
const USES_WITHOUT_TABLES = 4;

/** Bases are entered into tables in multiples of this: vectors of nearly the same length find theirs there. */
const FILLED = 1024;

/**
 * Tables that a key has by default, and the most bytes that they take. For 2^14 random scalars they take a sixth off a
 * multiplication; those of 2^17 would be out of every cache and save nothing (docs/performance.md).
 */
const TABLES = 4;
const MOST_TABLE_BYTES = 16 * 2 ** 20;

/** A commitment key in memory. */
export interface Key {
  readonly curve: Curve;
  /** h, then the generators. */
  readonly count: number;
  /** Where they lie as 64 bytes each. */
  readonly points: number;
  readonly resident: Resident;
  /** Whether it is there for so many multiplications that it may have more tables than the bases themselves. */
  readonly lasting: boolean;
  /** What multiplications use; made at the first one. */
  tables: Tables | undefined;
  /** Memory of tables, also of ones that became too small: they may be in use. */
  readonly blocks: number[];
}

/** The tables of a key's first bases. Until they are worth making, only the bases themselves are there. */
interface Tables {
  /** Bases that they have room for: a power of two and h. Longer vectors of the same proof, padded, find room too. */
  readonly bases: number;
  readonly address: number;
  /** How multiplications go with all tables, and with the bases alone. */
  readonly shifted: Geometry;
  readonly plain: Geometry;
  /** Bases that are entered: as many as the longest vector so far needs, rounded up. */
  filled: number;
  /** Multiplications so far. */
  uses: number;
  /** What multiplications use now, as soon as it is there; whether it has all tables. */
  table: Promise<Table>;
  complete: boolean;
}

/** Wraps `onTask` to report that `n` points are done with each task. */
type OnDone = (n: number, onTask: RunOptions['onTask']) => (ms: number) => void;

/** Makes commitment keys and their tables. */
export class Keys {
  readonly #host: KernelHost;
  readonly #heap: Heap;
  readonly #pool: Pool;
  readonly #fields: FieldModules;
  readonly #tableBytes: number | undefined;

  /** @param tableBytes the most that a key's tables may take */
  constructor(
    host: KernelHost,
    heap: Heap,
    pool: Pool,
    fields: FieldModules,
    tableBytes: number | undefined,
  ) {
    this.#host = host;
    this.#heap = heap;
    this.#pool = pool;
    this.#fields = fields;
    this.#tableBytes = tableBytes;
  }

  /** The key of h and n generators of a label. @throws {@link NovaError} `OutOfMemory`, `Aborted`, `EngineFault` */
  async make(
    curve: Curve,
    label: Uint8Array,
    n: number,
    control: Control,
    onTask: RunOptions['onTask'],
  ): Promise<Key> {
    return this.#build(curve, n + 1, control, async (points, stop, onDone) => {
      await this.#loadMaker(curve);
      const seeds = seedStream(label, n + 1);
      // hashing the seeds takes a while too: what is there is dealt out at once
      const runs: Promise<unknown>[] = [];
      try {
        const pace = new Pace(() => {});
        for (let first = 0; first <= n && !stop.fired; first += MADE) {
          const count = Math.min(MADE, n + 1 - first);
          const call = taskCall('generators', {
            curve: curve.name,
            seeds: seeds.xof(count * SEED_BYTES),
            count,
            out: points + first * POINT_BYTES,
          });
          const run = this.#pool.run([call], { stop, onTask: onDone(count, onTask) });
          run.catch((error: unknown) => stop.fire(error));
          runs.push(run);
          await pace.pause();
        }
      } finally {
        // nothing may write to the memory any more when this returns
        await Promise.allSettled(runs);
      }
      if (stop.fired) throw stop.error;
    });
  }

  /**
   * The key with these points, all of them checked unless they are trusted.
   *
   * @throws {@link NovaError} `InvalidCommitmentKey` and those of `make`
   */
  async load(
    curve: Curve,
    bytes: Uint8Array,
    control: LoadControl,
    onTask: RunOptions['onTask'],
  ): Promise<Key> {
    const count = keyPoints(bytes);
    return this.#build(curve, count, control, async (points, stop, onDone) => {
      this.#host.u8.set(bytes, points);
      if (control.trusted) return;
      const calls: TaskCall<number>[] = [];
      for (let first = 0; first < count; first += CHECKED) {
        const n = Math.min(CHECKED, count - first);
        calls.push(
          taskCall('checkPoints', { curve: curve.name, points: points + first * POINT_BYTES, count: n }),
        );
      }
      const found = await this.#pool.run(calls, { stop, onTask: onDone(CHECKED, onTask) });
      found.forEach((i, k) => {
        if (i !== -1) {
          const which = CHECKED * k + i;
          throw new NovaError('InvalidCommitmentKey', `generator ${which} is not a point of ${curve.name}`);
        }
      });
    });
  }

  /**
   * The key of h and m sums of generators with weights: see `OpeningOperations.foldBases`.
   *
   * @throws {@link NovaError} `InvalidCommitmentKey` if a sum is the identity, and those of `make`
   */
  async fold(
    { curve, points: from }: Key,
    weights: readonly bigint[],
    m: number,
    control: Control,
    onTask: RunOptions['onTask'],
  ): Promise<Key> {
    const { foldBases, foldBlock } = await import('./fold-bases.ts');
    addTask('foldBases', foldBases);
    const fill = async (points: number, stop: Stop, onDone: OnDone) => {
      this.#host.u8.copyWithin(points, from, from + POINT_BYTES);
      const size = Math.min(foldBlock(weights.length), Math.ceil(m / this.#pool.width));
      const job = {
        curve: curve.name,
        points: from + POINT_BYTES,
        m,
        weights,
        out: points + POINT_BYTES,
      };
      const calls: TaskCall<number>[] = [];
      for (let first = 0; first < m; first += size) {
        calls.push(taskCall('foldBases', { ...job, from: first, to: Math.min(m, first + size) }));
      }
      const found = await this.#pool.run(calls, { stop, onTask: onDone(size, onTask) });
      const identity = found.find((j) => j !== -1);
      if (identity !== undefined) throw identityGenerator(curve, identity);
    };
    return this.#build(curve, m + 1, control, fill, false);
  }

  /**
   * What a multiplication uses: the bases alone at first, then all tables. By counts they cost as much as nine multiplications
   * and take a sixth off each, so who only verifies, or proves a step or two, does without.
   *
   * @param length scalars of the multiplication
   * @param onMemory called with the bytes of new tables
   * @throws {@link NovaError} `OutOfMemory`, `EngineFault`, what `stop` was fired with; the next call tries again
   */
  table(key: Key, length: number, options: RunOptions, onMemory: (bytes: number) => void): Promise<Table> {
    if (key.tables === undefined || key.tables.bases <= length) {
      key.tables = this.#reserve(key, length, onMemory);
    }
    const tables = key.tables;
    const { bases, filled } = tables;
    const needed = Math.max(filled, Math.min(bases, FILLED * Math.ceil((length + 1) / FILLED)));
    const completes = !tables.complete && tables.uses >= USES_WITHOUT_TABLES;
    if (completes) tables.complete = true;
    const from = completes ? 0 : filled;
    if (from < needed) {
      tables.filled = needed;
      tables.table = tables.table.then(() => this.#fill(key, tables, from, needed, options));
    }
    tables.uses++;
    return tables.table;
  }

  /** Gives a key's memory back. */
  free(key: Key): void {
    this.#heap.free(key.points);
    for (const block of key.blocks) this.#heap.free(block);
  }

  #reserve(
    { curve, count, blocks, lasting }: Key,
    length: number,
    onMemory: (bytes: number) => void,
  ): Tables {
    const bases = Math.min(count, 1 + 2 ** Math.ceil(Math.log2(Math.max(1, length))));
    const budget = !lasting
      ? 0
      : (this.#tableBytes ?? Math.min(MOST_TABLE_BYTES, TABLES * bases * TABLE_POINT_BYTES));
    const geometry = (most: number) => chooseGeometry(curve.scalar, bases, this.#pool.width, most);
    const [shifted, plain] = [geometry(budget), geometry(0)];
    const bytes = tableBytes(shifted, bases);
    const address = this.#heap.allocate(bytes, `the tables of a commitment key of ${count - 1} generators`);
    blocks.push(address);
    onMemory(bytes);
    const table = { ...plain, curve: curve.name, address, bases };
    return {
      bases,
      address,
      shifted,
      plain,
      filled: 0,
      uses: 0,
      table: Promise.resolve(table),
      complete: !lasting,
    };
  }

  /** Enters bases into the tables; into the first of them, the bases themselves, likewise in every geometry. */
  #fill(key: Key, tables: Tables, from: number, to: number, options: RunOptions): Promise<Table> {
    const { curve, points } = key;
    const { bases, address, shifted, plain, complete } = tables;
    const table: Table = { ...(complete ? shifted : plain), curve: curve.name, address, bases };
    const size = Math.min(TABLED, Math.ceil((to - from) / this.#pool.width));
    const calls: TaskCall<void>[] = [];
    for (let first = from; first < to; first += size) {
      calls.push(taskCall('buildTable', { table, points, from: first, to: Math.min(to, first + size) }));
    }
    this.#fields.ensure(curve.base);
    return this.#pool.run(calls, options).then(
      () => table,
      (error: unknown) => {
        key.tables = undefined;
        throw error;
      },
    );
  }

  /** Makes what makes generators known to all threads. It is loaded for the first ones: not everybody makes any. */
  async #loadMaker({ base }: Curve): Promise<void> {
    const { GENERATORS, generatorModule, generatorsTask } = await import('./generators.ts');
    addTask('generators', generatorsTask);
    this.#fields.ensurePart(base, GENERATORS, generatorModule);
  }

  /** Reserves memory for points and has `fill` write them; gives the memory back if that fails. */
  async #build(
    curve: Curve,
    count: number,
    { signal, onProgress }: Control,
    fill: (points: number, stop: Stop, onDone: OnDone) => Promise<void>,
    lasting = true,
  ): Promise<Key> {
    throwIfAborted(signal);
    this.#fields.ensure(curve.base);
    const points = this.#heap.allocate(
      count * POINT_BYTES,
      `a commitment key of ${count - 1} generators on ${curve.name}`,
    );
    const stop = new Stop();
    const abort = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        stop.fire(error);
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    let done = 0;
    try {
      abort();
      await fill(points, stop, (n, onTask) => (ms) => {
        onTask?.(ms);
        done = Math.min(count, done + n);
        onProgress?.(done / count);
      });
      throwIfAborted(signal);
    } catch (error) {
      this.#heap.free(points);
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    return { curve, count, points, resident: new Resident(), lasting, tables: undefined, blocks: [] };
  }
}
