import { NovaError } from '../errors.ts';
import type { Pending } from './backend.ts';

/** How an operation ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** What a queue keeps of an operation for whoever holds its pending value. */
interface Operation {
  /** Missing until it has ended. */
  readonly outcome: Outcome | undefined;
  /** Bytes of the value, for the counters. */
  readonly bytes: number;
}

/** The operations behind the pending values that a queue has handed out. */
export class Pendings<O extends Operation> {
  readonly #operations = new WeakMap<object, O>();

  /** Hands out a pending value. */
  add<T>(operation: O): Pending<T> {
    const pending = Object.freeze({}) as Pending<T>;
    this.#operations.set(pending, operation);
    return pending;
  }

  /** @throws {@link NovaError} `ForeignHandle` for one of another queue */
  get(pending: Pending<unknown>): O {
    const operation = this.#operations.get(pending);
    if (operation === undefined) throw new NovaError('ForeignHandle', 'a pending value of another engine');
    return operation;
  }

  /** A pending's value and its size, after a drain. @throws what made the operation fail */
  take(pending: Pending<unknown>): { value: unknown; bytes: number } {
    const { outcome, bytes } = this.get(pending);
    if (outcome === undefined) {
      throw new NovaError('InvalidArgument', 'a pending value that was not waited for');
    }
    if ('error' in outcome) throw outcome.error;
    return { value: outcome.value, bytes };
  }
}
