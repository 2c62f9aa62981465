import { NovaError } from '../errors.ts';
import type { Pending } from './backend.ts';

/** What stands behind a pending: its value, or why it will never have one. */
export interface Outcome {
  value?: unknown;
  error?: unknown;
  /** Bytes of the value, for the counters. */
  readonly bytes: number;
}

/** The pendings of one engine and what became of them. */
export class Outcomes {
  readonly #outcomes = new WeakMap<object, Outcome>();

  /** A new pending and its outcome, which is still open. @param bytes how many the value takes */
  open<T>(bytes: number): { pending: Pending<T>; outcome: Outcome } {
    const pending = Object.freeze({}) as Pending<T>;
    const outcome: Outcome = { bytes };
    this.#outcomes.set(pending, outcome);
    return { pending, outcome };
  }

  /** Refuses a pending of another engine. @throws {@link NovaError} `ForeignHandle` */
  check(pending: Pending<unknown>): void {
    this.#outcome(pending);
  }

  /** A pending's value and its size, once it has one. @throws what made the pending fail */
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
