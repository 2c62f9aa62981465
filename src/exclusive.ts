import { NovaError } from './errors.ts';

/** Lets one operation at a time use an object whose vectors are shared by all of them. */
export class Exclusive {
  readonly #what: string;
  #busy = false;

  /** @param what names the object in the error */
  constructor(what: string) {
    this.#what = what;
  }

  /** Runs the operation. @throws {@link NovaError} `Busy` while another one runs, and what the operation throws */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new NovaError('Busy', `${this.#what} is at work; await the operation under way first`);
    }
    this.#busy = true;
    try {
      return await operation();
    } finally {
      this.#busy = false;
    }
  }
}
