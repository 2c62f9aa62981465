/** Milliseconds of work between two turns of the event loop. With one piece of work on top it stays below 50. */
const SLICE_MS = 30;

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
