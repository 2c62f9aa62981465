import { WORD_BYTES } from '../checks.ts';
import { type CommandBatch, faultError } from './batch.ts';
import type { BufferSlice } from './bind-groups.ts';
import type { Decode } from './queue.ts';
import type { Recorder, VecData } from './recorder.ts';
import { STORAGE } from './usage.ts';
import { firstRow } from './vectors.ts';

/** A word of its own for each kernel that leaves one, at places that bindings allow. */
const PLACES = { check: 0, crossTerm: 256, inversion: 512 } as const;
const BYTES = 768;

/**
 * Where kernels leave the first index at which something is not as it should be, and what the last cross term has seen on
 * its way.
 */
export class Verdicts {
  readonly #recorder: Recorder;
  readonly #buffer: GPUBuffer;
  /** The products whose check the last cross term has left, if they were not written since. */
  #seen: readonly VecData[] | undefined;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.#buffer = recorder.context.buffer(BYTES, STORAGE, 'checks');
    recorder.onWrite((_, residents) => {
      if (this.#seen?.some(({ resident }) => residents.includes(resident)) === true) this.#seen = undefined;
    });
  }

  /** The word of a kernel, which raises it, cleared. */
  begin(batch: CommandBatch, kernel: keyof typeof PLACES): BufferSlice {
    batch.clear(this.#buffer, PLACES[kernel], WORD_BYTES);
    return { buffer: this.#buffer, offset: PLACES[kernel], size: WORD_BYTES };
  }

  /** Reads a kernel's word back: an index below `length`, or -1. @param what the index is of, for messages */
  read(batch: CommandBatch, kernel: keyof typeof PLACES, length: number, what: string): Decode<number> {
    const at = batch.readback(this.#buffer, PLACES[kernel], WORD_BYTES);
    return (results) => {
      const index = firstRow(new DataView(results.buffer, results.byteOffset).getUint32(at, true));
      if (index >= length) throw faultError(`it found ${what} ${index} of ${length}`);
      return index;
    };
  }

  /** Keeps in mind that the last cross term has checked these products. */
  see(products: readonly VecData[]): void {
    this.#seen = products;
  }

  /** Whether the last cross term has checked these products, and they are as they were. */
  hasSeen(products: readonly VecData[]): boolean {
    return (
      this.#seen?.every(
        ({ resident, length }, i) => resident === products[i].resident && length === products[i].length,
      ) === true
    );
  }

  /** Frees the words. */
  close(): void {
    this.#recorder.context.arena.release(this.#buffer);
  }
}
