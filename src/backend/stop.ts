/** How work that is under way is told to stop, and why. (An AbortSignal warns when many things listen to it.) */
export class Stop {
  #error: unknown;
  #fired = false;
  readonly #listeners = new Set<() => void>();

  get fired(): boolean {
    return this.#fired;
  }

  /** What it was fired with. */
  get error(): unknown {
    return this.#error;
  }

  /** Calls the listeners, once. */
  fire(error: unknown): void {
    if (this.#fired) return;
    this.#fired = true;
    this.#error = error;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls `listener` when it fires. @returns what takes the listener away again */
  onFire(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
