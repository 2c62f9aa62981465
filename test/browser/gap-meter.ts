/** Measures how long the page is kept from doing anything else. */
export class GapMeter {
  #last: number = performance.now();
  #longest = 0;
  readonly #timer = setInterval(() => this.#tick(), 10);

  /** The longest gap in milliseconds. */
  stop(): number {
    clearInterval(this.#timer);
    this.#tick();
    return this.#longest;
  }

  #tick(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}
