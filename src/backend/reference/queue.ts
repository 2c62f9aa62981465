import { throwIfAborted } from '../../errors.ts';
import type { Control, Pending } from '../backend.ts';
import { type Outcome, Outcomes } from '../outcomes.ts';
import { Pace } from '../pace.ts';

/**
 * A computation cut into pieces of a few milliseconds. It yields the share that is done, from 0 to 1, after each piece
 * and returns its result.
 */
export type Work<T = void> = Generator<number, T, void>;

/** Elements, or products, in one piece of {@link Work}: at under a microsecond each, a few milliseconds. */
export const PIECE = 4096;

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

interface Task {
  readonly work: Work<unknown>;
  readonly outcome: Outcome;
}

/** The recorded operations, in order, and the values that they left. */
export class Queue {
  #tasks: Task[] = [];
  #running: Task[] = [];
  #turn: Promise<void> = Promise.resolve();
  readonly #outcomes = new Outcomes();

  /** Puts work at the end of the queue. @param bytes how many the value takes */
  record<T>(work: Work<T>, bytes = 0): Pending<T> {
    const { pending, outcome } = this.#outcomes.open<T>(bytes);
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
    this.#outcomes.check(pending);
  }

  /** A pending's value and its size, after a drain. @throws what made the pending fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    return this.#outcomes.take(pending);
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
