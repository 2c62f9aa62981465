const FIRST_CAPACITY = 1024;

/** A list of unsigned 32-bit integers that grows: half the memory of a plain array, and nothing to convert at the end. */
export class Uint32List {
  #items: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(x: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Uint32Array(2 * this.#length);
      grown.set(this.#items);
      this.#items = grown;
    }
    this.#items[this.#length++] = x;
  }

  pushAll(...xs: number[]): void {
    for (const x of xs) this.push(x);
  }

  /** What the list holds, as a copy. */
  finish(): Uint32Array {
    return this.#items.slice(0, this.#length);
  }
}
