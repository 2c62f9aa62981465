/** The private inputs of steps to come. */
import { NovaError, throwIfAborted } from '../errors.ts';
import type { PrivateInputs } from '../circuit/step-circuit.ts';

/**
 * Steps to prove: the private inputs of each, from anything that can be iterated over; or, where the circuit takes none, their
 * number.
 */
export type Steps = number | Iterable<PrivateInputs | undefined> | AsyncIterable<PrivateInputs | undefined>;

/** A step to come. */
export interface UpcomingStep {
  readonly inputs: PrivateInputs | undefined;
}

type StepIterator = Iterator<PrivateInputs | undefined> | AsyncIterator<PrivateInputs | undefined>;

/** What was asked for, and what has come of it. */
interface Request {
  readonly answer: Promise<UpcomingStep | undefined>;
  settled: boolean;
  step: UpcomingStep | undefined;
}

/** Asks for the inputs of steps, always for those of one step more than were taken. */
export class StepInputs {
  readonly #iterator: StepIterator;
  #request: Request;

  /** @throws {@link NovaError} `InvalidNumSteps`, `InvalidArgument` (nothing to iterate over) */
  constructor(steps: Steps) {
    this.#iterator = iteratorOf(steps);
    this.#request = this.#ask();
  }

  /**
   * Takes the step that comes next, and asks for the one after it; undefined if there is none.
   *
   * @throws {@link NovaError} `Aborted`; what the iterator throws
   */
  async take(signal?: AbortSignal): Promise<UpcomingStep | undefined> {
    const step = await unlessAborted(this.#request.answer, signal);
    if (step !== undefined) this.#request = this.#ask();
    return step;
  }

  /** The step that comes next, if it is known by now that there is one. */
  peek(): UpcomingStep | undefined {
    return this.#request.step;
  }

  /** Tells the iterator that nothing more is wanted, and waits for its end, unless it still owes an answer. */
  async close(): Promise<void> {
    const ended = (async () => this.#iterator.return?.())().catch(() => {});
    if (this.#request.settled) await ended;
  }

  #ask(): Request {
    const answer = (async () => {
      const { done, value } = await this.#iterator.next();
      return done === true ? undefined : { inputs: value };
    })();
    const request: Request = { answer, settled: false, step: undefined };
    const settle = (step?: UpcomingStep): void => {
      request.settled = true;
      request.step = step;
    };
    answer.then(settle, () => settle()); // whoever takes the step hears of the error
    return request;
  }
}

/** @throws {@link NovaError} `InvalidNumSteps`, `InvalidArgument` */
function iteratorOf(steps: Steps): StepIterator {
  if (typeof steps === 'number') {
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw new NovaError('InvalidNumSteps', `${steps} is no number of steps`);
    }
    return repeated(steps);
  }
  const iterable = steps as Partial<Iterable<undefined> & AsyncIterable<undefined>> | null | undefined;
  const iterator = iterable?.[Symbol.asyncIterator]?.() ?? iterable?.[Symbol.iterator]?.();
  if (typeof iterator?.next !== 'function') {
    throw new NovaError('InvalidArgument', 'steps are a number, or private inputs to iterate over');
  }
  return iterator;
}

function* repeated(n: number): Generator<undefined> {
  for (let i = 0; i < n; i++) yield undefined;
}

/** The promise's value, unless the signal fires first. @throws {@link NovaError} `Aborted` */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal);
  if (signal === undefined) return promise;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error as Error);
      }
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
