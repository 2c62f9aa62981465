import type { BackendOptions, Pending, Vec } from '../backend.ts';
import { type Kind, KINDS, Ledger, Table } from '../ledger.ts';
import { OpenEngine } from '../open-engine.ts';
import { type Operand, touched } from '../operands.ts';
import { Queue, type Recording, type Resident } from '../queue.ts';
import type { Stop } from '../stop.ts';
import { FieldModules, type ModuleKind } from './field-module.ts';
import { Host, SCRATCH_BYTES } from './host.ts';
import { Heap } from './memory.ts';
import { Pool, receivedError, type RunOptions } from './pool.ts';
import { ranges } from './ranges.ts';
import { runTask, type TaskCall } from './tasks.ts';

/** What this engine counts the time of: what every engine does, and the tables of commitment keys. */
export type WasmKind = Kind | 'tables';
const WASM_KINDS: readonly WasmKind[] = [...KINDS, 'tables'];

/** Elements up to which the calling thread does an operation at once: sending it to a worker and back takes some 0.1 ms. */
const SMALL = 4096;

/** A vector in memory. A view has the address of its vector. */
export interface VecData {
  readonly address: number;
  readonly resident: Resident;
  readonly partial?: boolean;
}

/** What an operation touches; see {@link Recording}. */
export interface Touches extends Pick<Recording<unknown>, 'bytes' | 'late' | 'atomic'> {
  readonly reads: readonly Operand<Resident>[];
  readonly writes: readonly Operand<Resident>[];
}

/** An operation on elements 0 .. n - 1, cut into ranges. */
export interface RangedWork<R, T> {
  readonly n: number;
  readonly task: (range: { readonly from: number; readonly to: number }) => TaskCall<R>;
  /** What the results of the ranges are together. */
  readonly join?: (results: R[]) => T;
}

/** The memory and threads of an engine, and how its operations come by their vectors and into the queue. */
export class Recorder extends OpenEngine<VecData> {
  readonly ledger: Ledger<WasmKind> = new Ledger(WASM_KINDS);
  readonly queue: Queue = new Queue();
  readonly heap: Heap;
  readonly host: Host;
  readonly pool: Pool;
  readonly fields: FieldModules;
  readonly vecs: Table<Vec, VecData>;

  /**
   * @param threads how many workers
   * @param kind what the kernels are made for
   * @param modules where they are kept
   * @param maximumPages the most that the memory may grow to
   * @throws {@link NovaError} `OutOfMemory`
   */
  constructor(
    threads: number,
    kind: ModuleKind,
    modules: BackendOptions['modules'],
    maximumPages: number | undefined,
  ) {
    super();
    const heap = new Heap({
      shared: kind.shared,
      ...(maximumPages !== undefined && { maximumPages }),
    });
    this.heap = heap;
    this.host = new Host(heap.memory, () => ({
      address: heap.allocate(SCRATCH_BYTES, 'scratch memory'),
      bytes: SCRATCH_BYTES,
    }));
    this.pool = new Pool(this.host, heap, threads);
    this.fields = new FieldModules(this.pool, kind, modules);
    this.vecs = new Table('a vector', this.ledger, ({ address, resident }) =>
      this.release(resident, () => heap.free(address)),
    );
  }

  /** Records work for the pool. `options` stop it and count its time. */
  record<T>(
    kind: WasmKind,
    touches: Touches,
    work: (options: Required<RunOptions>) => T | Promise<T>,
  ): Pending<T> {
    this.checkOpen();
    return this.queue.record({
      ...touches,
      ...touched(touches.reads, touches.writes),
      run: (stop) => work({ stop, onTask: this.timer(kind) }),
    });
  }

  /** Records work on ranges of elements. */
  recordRanges<R, T = void>(kind: WasmKind, touches: Touches, work: RangedWork<R, T>): Pending<T> {
    return this.record(kind, touches, ({ stop }) => this.runRanges(kind, work, stop));
  }

  /** Runs work on ranges of elements: at once, if there are few. */
  runRanges<R, T = void>(
    kind: WasmKind,
    { n, task, join = () => undefined as T }: RangedWork<R, T>,
    stop?: Stop,
  ): T | Promise<T> {
    const done = this.run(kind, this.ranges(n).map(task), n, stop);
    return done instanceof Promise ? done.then(join) : join(done);
  }

  /** Runs tasks: at once, if they have few elements. */
  run<R>(kind: WasmKind, calls: readonly TaskCall<R>[], elements: number, stop?: Stop): R[] | Promise<R[]> {
    if (elements > SMALL) return this.pool.run(calls, { ...(stop && { stop }), onTask: this.timer(kind) });
    return calls.map((call) => {
      const end = runTask(this.host, call);
      this.ledger.addTime(kind, end.ms);
      if (end.kind === 'failed') throw receivedError(end.error);
      return end.result as R;
    });
  }

  /** Records work that the calling thread does at once. */
  recordHere<T>(kind: WasmKind, touches: Touches, work: () => T): Pending<T> {
    return this.record(kind, touches, () => {
      const start = performance.now();
      const value = work();
      this.ledger.addTime(kind, performance.now() - start);
      return value;
    });
  }

  /** Does something once the operations that touch the resident are over: those that were recorded still need it. */
  release(resident: Resident, free: () => void): void {
    this.queue.perform({ reads: [], writes: [resident], run: free }).catch(() => {}); // the engine was closed
  }

  /** Counts the time of tasks, each as its share of all threads. */
  timer(kind: WasmKind): (milliseconds: number) => void {
    return (milliseconds) => this.ledger.addTime(kind, milliseconds / this.pool.width);
  }

  ranges(length: number): { from: number; to: number }[] {
    return ranges(length, this.pool.width);
  }
}
