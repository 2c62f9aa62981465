import { type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { SEED_BYTES, seedStream } from '../../curve/generators.ts';
import { NovaError, throwIfAborted } from '../../errors.ts';
import type { Control, LoadControl } from '../backend.ts';
import { keyPoints } from '../checks.ts';
import { Pace } from '../pace.ts';
import type { FieldModules } from './field-module.ts';
import { chooseGeometry, tableBytes } from './geometry.ts';
import type { KernelHost } from './host.ts';
import type { Heap } from './memory.ts';
import type { Table } from './msm.ts';
import type { Pool, RunOptions } from './pool.ts';
import { Resident } from '../queue.ts';
import { Stop } from '../stop.ts';
import { taskCall, type TaskCall } from './tasks.ts';

/** Points that one task makes (some 10 ms), checks (1 ms), or enters into the table (25 ms). */
const MADE = 512;
const CHECKED = 8192;
const TABLED = 2048;

/** A commitment key in memory. */
export interface Key {
  readonly curve: Curve;
  /** h, then the generators. */
  readonly count: number;
  /** Where they lie as 64 bytes each. */
  readonly points: number;
  readonly resident: Resident;
  /** What multiplications use; made when it is first needed. */
  table: Promise<Table> | undefined;
  /** The memory of the table. */
  tableBlock: number | undefined;
}

/** Makes commitment keys and their tables. */
export class Keys {
  readonly #host: KernelHost;
  readonly #heap: Heap;
  readonly #pool: Pool;
  readonly #fields: FieldModules;
  readonly #tableBytes: number;

  /** @param tableBytes the most that a key's table may take */
  constructor(host: KernelHost, heap: Heap, pool: Pool, fields: FieldModules, tableBytes: number) {
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
   * The key's table, made at the first call.
   *
   * @param onTable called with the size of a new table
   * @throws {@link NovaError} `OutOfMemory`, `EngineFault`, what `stop` was fired with; the next call tries again
   */
  table(key: Key, options: RunOptions, onTable: (bytes: number) => void): Promise<Table> {
    key.table ??= this.#makeTable(key, options, onTable).catch((error: unknown) => {
      key.table = undefined;
      if (key.tableBlock !== undefined) this.#heap.free(key.tableBlock);
      key.tableBlock = undefined;
      throw error;
    });
    return key.table;
  }

  /** Gives a key's memory back. */
  free(key: Key): void {
    this.#heap.free(key.points);
    if (key.tableBlock !== undefined) this.#heap.free(key.tableBlock);
  }

  async #makeTable(key: Key, options: RunOptions, onTable: (bytes: number) => void): Promise<Table> {
    const { curve, count } = key;
    const geometry = chooseGeometry(curve.scalar, count, this.#pool.width, this.#tableBytes);
    const bytes = tableBytes(geometry, count);
    const address = this.#heap.allocate(bytes, `the table of a commitment key of ${count - 1} generators`);
    key.tableBlock = address;
    const table: Table = { ...geometry, curve: curve.name, address, bases: count };
    const size = Math.min(TABLED, Math.ceil(count / this.#pool.width));
    const calls: TaskCall<void>[] = [];
    for (let from = 0; from < count; from += size) {
      const to = Math.min(count, from + size);
      calls.push(taskCall('buildTable', { table, points: key.points, from, to }));
    }
    this.#fields.ensure(curve.base);
    await this.#pool.run(calls, options);
    onTable(bytes);
    return table;
  }

  /** Reserves memory for points and has `fill` write them; gives the memory back if that fails. */
  async #build(
    curve: Curve,
    count: number,
    { signal, onProgress }: Control,
    fill: (
      points: number,
      stop: Stop,
      /** Wraps `onTask` to report that `n` points are done with each task. */
      onDone: (n: number, onTask: RunOptions['onTask']) => (ms: number) => void,
    ) => Promise<void>,
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
    return { curve, count, points, resident: new Resident(), table: undefined, tableBlock: undefined };
  }
}
