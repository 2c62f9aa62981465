import type { PrimeField } from '../field/field.ts';
import { RandomElements, type Rng } from '../field/random.ts';

/**
 * The random elements of a step, in the order in which the reference draws them. A step that fails is rewound: its retry
 * gets the same elements, so that a failure does not shift the stream.
 */
export class Draws {
  /** Elements that no step has drawn, nor will. */
  readonly source: RandomElements;
  #drawn: bigint[];
  #used = 0;

  /** @param drawn elements that come first: those of a step that is done again */
  constructor(rng: Rng, drawn: readonly bigint[] = []) {
    this.source = new RandomElements(rng);
    this.#drawn = [...drawn];
  }

  /** The next element; the draws of a retry must ask for the same fields in the same order. */
  next(F: PrimeField): bigint {
    if (this.#used === this.#drawn.length) this.#drawn.push(this.source.next(F));
    return this.#drawn[this.#used++];
  }

  /** The step succeeded: its elements are spent. @returns them */
  commit(): readonly bigint[] {
    const spent = this.#drawn;
    this.#drawn = [];
    this.#used = 0;
    return spent;
  }

  /** The step failed: the next one starts with the same elements. */
  rewind(): void {
    this.#used = 0;
  }
}
