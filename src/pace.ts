/** How a long operation reports and is stopped. */
export interface Control {
  /** Stops the operation: it rejects with the code `Aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the share that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** What a long operation is at, and which share of that is done. */
export interface ProgressEvent {
  readonly phase: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** How an operation of several phases reports and is stopped. */
export interface TaskOptions {
  /** Stops the operation: it rejects with the code `Aborted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

/** Task options as an operation of one phase takes them; progress is reported under `phase`. */
export function control(options: TaskOptions, phase = ''): Control {
  return {
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: (share: number) => options.onProgress?.({ phase, share }) }),
  };
}

/** Task options for a part of an operation: its phases are reported as `part: phase`. */
export function within(options: TaskOptions, part: string): TaskOptions {
  const { signal, onProgress } = options;
  return {
    signal,
    onProgress: onProgress && (({ phase, share }) => onProgress({ phase: `${part}: ${phase}`, share })),
  };
}

/** Begins all tasks and waits until all are over. If several fail, it throws what the first of them, in this order, threw. */
export async function together(...tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const ends = await Promise.allSettled(tasks.map((task) => task()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Milliseconds of work between two turns of the event loop. With one piece of work on top it stays below 50. */
const SLICE_MS = 30;

/** The same for work that is done beside other work, whose messages should not wait for it. */
export const ASIDE_MS = 1;

/**
 * Resolves in a later turn of the event loop, when timers, events and signals were served. Messages do it: browsers hold
 * back nested timers by 4 ms, and those of hidden pages by a second. Two, because Chromium looks which timers are due only when
 * it takes a task: they come after the first message, and before the second.
 */
export async function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let i = 0; i < 2; i++) {
    await new Promise<void>((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  }
  port1.close();
}

/** Gives the event loop a turn after every slice of work. */
export class Pace {
  #start: number = performance.now();
  #worked = 0;
  readonly #check: () => void;
  readonly #slice: number;

  /**
   * @param check called at the start and after every turn; stops the work by throwing
   * @param slice milliseconds between turns
   */
  constructor(check: () => void, slice: number = SLICE_MS) {
    check();
    this.#check = check;
    this.#slice = slice;
  }

  /** Milliseconds of work so far, without the turns. */
  get worked(): number {
    return this.#worked + performance.now() - this.#start;
  }

  /** Takes a turn if it is time to; undefined if not. */
  pause(): Promise<void> | undefined {
    return performance.now() - this.#start < this.#slice ? undefined : this.#turn();
  }

  async #turn(): Promise<void> {
    this.#worked = this.worked;
    await nextTurn();
    this.#check();
    this.#start = performance.now();
  }
}
