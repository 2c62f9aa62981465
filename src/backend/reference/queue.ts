import { NovaError, throwIfAborted } from '../../errors.ts';
import type { Control, Pending } from '../backend.ts';

/**
 * A computation cut into pieces of a few milliseconds. It yields the share that is done, from 0 to 1, after each piece
 * and returns its result.
 */
export type Work<T = void> = Generator<number, T, void>;

/** Elements, or products, in one piece of {@link Work}: at under a microsecond each, a few milliseconds. */
export const PIECE = 4096;

/** Milliseconds of work between two turns of the event loop. With one piece on top it stays below 50. */
const SLICE_MS = 30;

/** Calls `body` for 0 .. n - 1, in pieces. */
export function* sweep(n: number, body: (i: number) => void, piece: number = PIECE): Work {
  for (let first = 0; first < n; first += piece) {
    const end = Math.min(n, first + piece);
    for (let i = first; i < end; i++) body(i);
    yield end / n;
  }
}

/** The same work as a part of a larger one, whose share `share` derives from the part's. */
export function* portion<T>(work: Work<T>, share: (part: number) => number): Work<T> {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    yield share(piece.value);
  }
}

/** The same work, which reports the milliseconds it takes, without the pauses, by calling `add`. */
export function* timed<T>(work: Work<T>, add: (milliseconds: number) => void): Work<T> {
  for (;;) {
    const start = performance.now();
    const piece = work.next();
    add(performance.now() - start);
    if (piece.done === true) return piece.value;
    yield piece.value;
  }
}

/**
 * Gives the event loop a turn after every slice of work, so that timers, events and signals are served. A message
 * does it: browsers hold back nested timers by 4 ms, and those of hidden pages by a second.
 */
export class Pace {
  #start: number = performance.now();
  #worked = 0;
  readonly #check: () => void;

  /** @param check called at the start and after every turn; stops the work by throwing */
  constructor(check: () => void) {
    check();
    this.#check = check;
  }

  /** Milliseconds of work so far, without the turns. */
  get worked(): number {
    return this.#worked + performance.now() - this.#start;
  }

  /** Takes a turn if it is time to; undefined if not. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#start < SLICE_MS ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    this.#worked = this.worked;
    const { port1, port2 } = new MessageChannel();
    await new Promise<void>((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
    port1.close();
    this.#check();
    this.#start = performance.now();
  }
}

/** Runs work to its end, with pauses. Rejects with what `check` or `work` throws. */
export async function run<T>(work: Work<T>, check: () => void, control?: Control): Promise<T> {
  const pace = new Pace(() => {
    throwIfAborted(control?.signal);
    check();
  });
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
    const pause = pace.pause();
    if (pause !== undefined) {
      control?.onProgress?.(piece.value);
      await pause;
    }
  }
}

/** What stands behind a pending: its value, or why it will never have one. */
interface Outcome {
  value?: unknown;
  error?: unknown;
  /** Bytes of the value, for the counters. */
  readonly bytes: number;
}

interface Task {
  readonly work: Work<unknown>;
  readonly outcome: Outcome;
}

/** The recorded operations, in order, and the values that they left. */
export class Queue {
  #tasks: Task[] = [];
  #running: Task[] = [];
  #turn: Promise<void> = Promise.resolve();
  readonly #outcomes = new WeakMap<object, Outcome>();

  /** Puts work at the end of the queue. @param bytes how many the value takes */
  record<T>(work: Work<T>, bytes = 0): Pending<T> {
    const pending = Object.freeze({}) as Pending<T>;
    const outcome: Outcome = { bytes };
    this.#outcomes.set(pending, outcome);
    this.#tasks.push({ work, outcome });
    return pending;
  }

  /**
   * Runs what was recorded, once the drains before it are over. If that fails, all that is recorded by then is dropped,
   * and its pendings fail with the same error.
   */
  drain(check: () => void, control?: Control): Promise<void> {
    const drained = this.#turn.then(async () => {
      this.#running = this.#tasks;
      this.#tasks = [];
      try {
        await run(runAll(this.#running), check, control);
        control?.onProgress?.(1);
      } catch (error) {
        this.drop(error);
        throw error;
      } finally {
        this.#running = [];
      }
    });
    this.#turn = drained.catch(() => {});
    return drained;
  }

  /** Resolves when no drain is under way. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Empties the queue; the pendings that have no value yet fail with `error`. */
  drop(error: unknown): void {
    for (const { outcome } of [...this.#running, ...this.#tasks]) {
      if (!('value' in outcome)) outcome.error = error;
    }
    this.#tasks = [];
  }

  /** Refuses a pending of another queue. @throws {@link NovaError} `ForeignHandle` */
  check(pending: Pending<unknown>): void {
    this.#outcome(pending);
  }

  /** A pending's value and its size, after a drain. @throws what made the pending fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    const { value, error, bytes } = this.#outcome(pending);
    if (error !== undefined) throw error;
    return { value, bytes };
  }

  #outcome(pending: Pending<unknown>): Outcome {
    const outcome = this.#outcomes.get(pending);
    if (outcome === undefined) throw new NovaError('ForeignHandle', 'a pending value of another engine');
    return outcome;
  }
}

function* runAll(tasks: readonly Task[]): Work {
  for (let i = 0; i < tasks.length; i++) {
    const { work, outcome } = tasks[i];
    let piece = work.next();
    for (; piece.done !== true; piece = work.next()) yield (i + piece.value) / tasks.length;
    outcome.value = piece.value;
    yield (i + 1) / tasks.length;
  }
}
