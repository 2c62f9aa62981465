import { throwIfAborted } from '../../errors.ts';
import type { Control, Pending } from '../backend.ts';
import { Outcomes } from '../outcomes.ts';
import { Stop } from './stop.ts';

/** Something that operations read and write: who touches it decides their order. */
export class Resident {
  /** The last operation that writes it, if that has not ended. */
  writer: Operation | undefined;
  /** Operations recorded since that read it. */
  readers: Operation[] = [];
}

/** What an operation does. It may start once all that it depends on has ended. */
export interface Recording<T> {
  readonly reads: readonly Resident[];
  readonly writes: readonly Resident[];
  /** Bytes of the value, for the counters. */
  readonly bytes?: number;
  /** Whether it waits until nothing else runs, so that all such operations start together. */
  readonly late?: boolean;
  /** Does it. Work in the pool is given `stop`, and has come to its end when the promise is settled. */
  readonly run: (stop: Stop) => T | Promise<T>;
}

/** A recorded operation. */
interface Operation {
  /** Gone when it has ended, with what it holds. */
  run: ((stop: Stop) => unknown) | undefined;
  /** Operations to wait for. */
  waits: number;
  /** Operations that wait for this one. */
  readonly followers: Operation[];
  ended: boolean;
  /** Called once it has ended or was dropped. */
  readonly end: (ended: { value: unknown } | { error: unknown }) => void;
  /** Whether it is nobody's concern if it fails, and it happens even if others fail. */
  readonly apart: boolean;
  readonly late: boolean;
}

/**
 * The recorded operations. Each starts as soon as those are over that write what it reads, or touch what it writes; all others
 * run beside it. So the pool always has the tasks of everything that can be done, and several commitments share it.
 *
 * If one fails, those that have not started are dropped, and so is what is recorded until a read has reported the error.
 */
export class Queue {
  readonly #outcomes = new Outcomes();
  /** Operations that have not ended. */
  readonly #open = new Set<Operation>();
  /** Called when an operation ends. */
  readonly #listeners = new Set<() => void>();
  /** Late operations that have nothing else to wait for. */
  #ready: Operation[] = [];
  /** Operations that run and are neither late nor apart. */
  #running = 0;
  #scheduled = false;
  #stop = new Stop();
  #failure: { readonly error: unknown } | undefined;

  /** Puts an operation at the end of the order. */
  record<T>(recording: Recording<T>): Pending<T> {
    const { pending, outcome } = this.#outcomes.open<T>(recording.bytes ?? 0);
    if (this.#failure !== undefined) outcome.error = this.#failure.error;
    else this.#add(recording, false, (end) => void Object.assign(outcome, end));
    return pending;
  }

  /**
   * Does something in its place in the order that is no recorded operation: it happens even if recorded ones fail, and if it
   * fails, nobody but its caller is concerned. Runs at once if it has nothing to wait for.
   */
  apart<T>(recording: Recording<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#add(recording, true, (end) => {
        if ('error' in end) reject(end.error);
        else resolve(end.value as T);
      });
    });
  }

  /** Whether nothing under way touches it. */
  isFree({ writer, readers }: Resident): boolean {
    return (writer?.ended ?? true) && readers.every(({ ended }) => ended);
  }

  /**
   * Waits for everything that was recorded before the call, and reports its share to `control`.
   *
   * @throws what the first operation that failed threw; {@link NovaError} `Aborted`; what `onProgress` throws
   */
  async drain({ signal, onProgress }: Control = {}): Promise<void> {
    const open = [...this.#open].filter(({ apart }) => !apart);
    /** Runs what is the caller's; if it throws, all is dropped. */
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        this.drop(error);
      }
    };
    const abort = () => attempt(() => throwIfAborted(signal));
    abort();
    signal?.addEventListener('abort', abort, { once: true });
    let left = open.length;
    await this.#until(() => {
      const now = open.reduce((sum, { ended }) => sum + (ended ? 0 : 1), 0);
      if (now < left && this.#failure === undefined) attempt(() => onProgress?.(1 - now / open.length));
      left = now;
      return now === 0;
    });
    signal?.removeEventListener('abort', abort);
    if (open.length === 0) attempt(() => onProgress?.(1));
    const failure = this.#failure;
    if (failure === undefined) return;
    // what runs beside the one that failed must have ended before memory is used again
    await this.#until(() => ![...this.#open].some(({ apart }) => !apart));
    if (this.#failure === failure) [this.#failure, this.#stop] = [undefined, new Stop()];
    throw failure.error;
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#until(() => this.#open.size === 0);
  }

  /** Stops what is under way and drops what has not started; the next drain throws `error`. */
  drop(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.fire(error);
    for (const operation of this.#open) {
      if (!operation.apart && operation.waits > 0) this.#end(operation, { error });
    }
    for (const operation of this.#ready.splice(0)) this.#end(operation, { error });
  }

  /** Refuses a pending of another queue. @throws {@link NovaError} `ForeignHandle` */
  check(pending: Pending<unknown>): void {
    this.#outcomes.check(pending);
  }

  /** A pending's value and its size, after a drain. @throws what made the pending fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    return this.#outcomes.take(pending);
  }

  #add<T>({ reads, writes, run, late = false }: Recording<T>, apart: boolean, end: Operation['end']): void {
    const operation: Operation = { run, waits: 0, followers: [], ended: false, end, apart, late };
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
  }

  /** Starts an operation that has nothing to wait for any more. */
  #release(operation: Operation): void {
    if (!operation.late) return void this.#start(operation);
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
    const counts = !operation.apart && !operation.late;
    if (counts) this.#running++;
    try {
      const running = operation.run?.(this.#stop);
      this.#end(operation, { value: running instanceof Promise ? await running : running });
    } catch (error) {
      if (!operation.apart) this.drop(error);
      this.#end(operation, { error });
    }
    if (counts) this.#running--;
    this.#schedule();
  }

  #end(operation: Operation, end: { value: unknown } | { error: unknown }): void {
    if (operation.ended) return;
    operation.ended = true;
    operation.run = undefined;
    this.#open.delete(operation);
    operation.end(end);
    for (const follower of operation.followers) {
      follower.waits--;
      if (follower.waits > 0 || follower.ended) continue;
      if (this.#failure === undefined || follower.apart) this.#release(follower);
      else this.#end(follower, this.#failure);
    }
    operation.followers.length = 0;
    for (const listener of this.#listeners) listener();
  }

  /** Resolves once `condition` holds; it is looked at now and whenever an operation ends. */
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
