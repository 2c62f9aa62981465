import { throwIfAborted } from '../errors.ts';
import type { Control, Pending } from './backend.ts';
import { type Outcome, Pendings } from './pendings.ts';
import { Stop } from './stop.ts';

/**
 * Something that operations read and write. Who touches it decides their order; and if what should have written it failed,
 * whatever reads it fails likewise.
 */
export class Resident {
  /** The last operation that writes it. */
  writer: Operation | undefined;
  /** Operations recorded since that read it. */
  readers: Operation[] = [];
  /** Why its contents are unspecified, if they are: until it is written anew. */
  spoilt: { readonly error: unknown } | undefined;
}

/** What an operation does. It may start once all that it depends on has ended. */
export interface Recording<T> {
  readonly reads: readonly Resident[];
  /** What it writes as a whole. */
  readonly writes: readonly Resident[];
  /** Bytes of the value, for the counters. */
  readonly bytes?: number;
  /** Whether what it writes stays as it was if it fails. */
  readonly atomic?: boolean;
  /** Whether it waits until nothing else runs, so that all such operations start together. */
  readonly late?: boolean;
  /** Whether late operations start although it runs. */
  readonly aside?: boolean;
  /**
   * Does it. When the promise is settled, its work has come to its end, also if `stop` has fired. `report` takes the share
   * that is done.
   */
  readonly run: (stop: Stop, report: (share: number) => void) => T | Promise<T>;
}

/** A recorded operation. */
interface Operation {
  /** Gone when it has ended, with what it holds. */
  run: ((stop: Stop, report: (share: number) => void) => unknown) | undefined;
  readonly reads: readonly Resident[];
  readonly writes: readonly Resident[];
  /** Operations to wait for. */
  waits: number;
  /** Operations that wait for this one. */
  readonly followers: Operation[];
  readonly stop: Stop;
  started: boolean;
  /** Why it is not to start, if so. It then ends in its place in the order. */
  cancelled: { readonly error: unknown } | undefined;
  ended: boolean;
  share: number;
  readonly late: boolean;
  readonly aside: boolean;
  readonly atomic: boolean;
  readonly bytes: number;
  outcome: Outcome | undefined;
  /** Called once it has ended. */
  readonly end: (outcome: Outcome) => void;
}

/**
 * The recorded operations of an engine. Each starts as soon as those are over that write what it reads, or touch what it
 * writes; all others run beside it. So the engine always has everything that can be done.
 *
 * An operation that fails spoils what it should have written. What reads that fails with the same error, and what overwrites
 * it mends it. So an error reaches exactly those who depend on it, and never becomes a wrong result.
 */
export class Queue {
  readonly #pendings = new Pendings<Operation>();
  /** Operations that have not ended. */
  readonly #open = new Set<Operation>();
  /** Called when an operation ends or reports. */
  readonly #listeners = new Set<() => void>();
  /** Late operations that have nothing else to wait for. */
  #ready: Operation[] = [];
  /** Operations that run and that late ones wait for. */
  #running = 0;
  #scheduled = false;

  /** Puts an operation at the end of the order. */
  record<T>(recording: Recording<T>): Pending<T> {
    return this.#pendings.add(this.#add(recording, () => {}));
  }

  /** Puts an operation at the end of the order and waits for it. Runs at once if it has nothing to wait for. */
  perform<T>(recording: Recording<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add(recording, (outcome) => {
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.value as T);
      });
    });
  }

  /** Whether nothing under way touches it. */
  isFree({ writer, readers }: Resident): boolean {
    return (writer?.ended ?? true) && readers.every(({ ended }) => ended);
  }

  /**
   * Waits for the operations behind the pendings; without pendings, for everything that was recorded before the call. An abort
   * cancels these operations only: what else was recorded still happens.
   *
   * @throws {@link NovaError} `Aborted`; what `onProgress` throws
   */
  async drain(pendings: readonly Pending<unknown>[], { signal, onProgress }: Control = {}): Promise<void> {
    const wanted = pendings.map((pending) => this.#pendings.get(pending));
    const open = pendings.length > 0 ? wanted.filter(({ ended }) => !ended) : [...this.#open];
    const around = [...this.#open];
    let failure: { readonly error: unknown } | undefined;
    const cancel = (error: unknown) => {
      failure ??= { error };
      for (const operation of wanted) this.#cancel(operation, error);
    };
    const abort = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        cancel(error);
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    abort();
    try {
      let last = 0;
      await this.#until(() => {
        if (open.every(({ ended }) => ended)) return true;
        const share = around.reduce((sum, o) => sum + (o.ended ? 1 : o.share), 0) / around.length;
        if (failure === undefined && share > last) {
          last = share;
          try {
            onProgress?.(share);
          } catch (error) {
            cancel(error);
          }
        }
        return failure !== undefined && wanted.every(({ ended }) => ended);
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    if (failure !== undefined) throw failure.error;
    onProgress?.(1);
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#until(() => this.#open.size === 0);
  }

  /** Stops everything: what is under way and what has not started fails with `error`. */
  drop(error: unknown): void {
    for (const operation of Array.from(this.#open)) this.#cancel(operation, error);
  }

  /** Refuses a pending of another queue. @throws {@link NovaError} `ForeignHandle` */
  check(pending: Pending<unknown>): void {
    this.#pendings.get(pending);
  }

  /** A pending's value and its size, after a drain. @throws what made the operation fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    return this.#pendings.take(pending);
  }

  #add<T>(recording: Recording<T>, end: Operation['end']): Operation {
    const { reads, writes, run, late = false, aside = false, atomic = false, bytes = 0 } = recording;
    const operation: Operation = {
      run,
      reads,
      writes,
      waits: 0,
      followers: [],
      stop: new Stop(),
      started: false,
      cancelled: undefined,
      ended: false,
      share: 0,
      late,
      aside,
      atomic,
      bytes,
      outcome: undefined,
      end,
    };
    const before = new Set<Operation>();
    for (const { writer } of reads) if (writer !== undefined) before.add(writer);
    for (const { writer, readers } of writes) {
      if (writer !== undefined) before.add(writer);
      for (const reader of readers) before.add(reader);
    }
    for (const earlier of before) {
      if (earlier.ended) continue;
      earlier.followers.push(operation);
      operation.waits++;
    }
    for (const resident of reads) {
      resident.readers = resident.readers.filter(({ ended }) => !ended);
      resident.readers.push(operation);
    }
    for (const resident of writes) [resident.writer, resident.readers] = [operation, []];
    this.#open.add(operation);
    if (operation.waits === 0) this.#release(operation);
    return operation;
  }

  /** Starts an operation that has nothing to wait for any more. */
  #release(operation: Operation): void {
    if (operation.ended) return;
    if (!operation.late || operation.cancelled) return void this.#start(operation);
    this.#ready.push(operation);
    this.#schedule();
  }

  /** Starts the late operations, if it is time to, once the caller has recorded all that it has to. */
  #schedule(): void {
    if (this.#scheduled || this.#running > 0 || this.#ready.length === 0) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#running > 0) return;
      const ready = this.#ready;
      this.#ready = [];
      for (const operation of ready) if (!operation.ended) void this.#start(operation);
    });
  }

  async #start(operation: Operation): Promise<void> {
    const spoilt = operation.reads.find((resident) => resident.spoilt !== undefined)?.spoilt;
    const failed = operation.cancelled ?? spoilt;
    if (failed !== undefined) return this.#end(operation, failed);
    operation.started = true;
    const awaited = !operation.late && !operation.aside;
    if (awaited) this.#running++;
    let outcome: Outcome;
    try {
      const report = (share: number) => {
        operation.share = share;
        this.#notify();
      };
      const running = operation.run?.(operation.stop, report);
      outcome = { value: running instanceof Promise ? await running : running };
    } catch (error) {
      outcome = { error };
    }
    if (awaited) this.#running--;
    this.#end(operation, outcome);
    this.#schedule();
  }

  /** Tells an operation that runs to stop. One that does not is never started; what it should have written is spoilt. */
  #cancel(operation: Operation, error: unknown): void {
    if (operation.started) operation.stop.fire(error);
    else if (operation.writes.length === 0) this.#end(operation, { error });
    else operation.cancelled ??= { error };
  }

  #end(operation: Operation, outcome: Outcome): void {
    if (operation.ended) return;
    operation.ended = true;
    operation.outcome = outcome;
    operation.run = undefined;
    this.#open.delete(operation);
    const spoilt = 'error' in outcome ? outcome : undefined;
    if (spoilt === undefined || !operation.atomic) {
      for (const resident of operation.writes) resident.spoilt = spoilt;
    }
    operation.end(outcome);
    for (const follower of operation.followers) {
      follower.waits--;
      if (follower.waits === 0) this.#release(follower);
    }
    operation.followers.length = 0;
    this.#notify();
  }

  #notify(): void {
    for (const listener of Array.from(this.#listeners)) listener();
  }

  /** Resolves once `condition` holds; it is looked at now and whenever an operation ends or reports. */
  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const listener = () => {
        if (!condition()) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}
