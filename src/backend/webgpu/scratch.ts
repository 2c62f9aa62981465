import type { CommandBatch } from './batch.ts';
import type { GpuContext } from './device.ts';
import { STORAGE } from './usage.ts';

/** Bytes that are there from the start. */
const LEAST_BYTES = 65536;

/** Working memory of operations. All share it: a device runs commands one after the other. */
export class Scratch {
  readonly #context: GpuContext;
  #buffer: GPUBuffer;

  constructor(context: GpuContext) {
    this.#context = context;
    this.#buffer = context.buffer(LEAST_BYTES, STORAGE, 'scratch');
  }

  /**
   * At least so many bytes, of any content, for the commands of one operation.
   *
   * @param batch commands that were recorded in it may use memory that was too small
   * @throws {@link NovaError} `OutOfMemory`
   */
  get(bytes: number, batch: CommandBatch): GPUBuffer {
    const old = this.#buffer;
    if (old.size < bytes) {
      this.#buffer = this.#context.buffer(bytes, STORAGE, 'scratch');
      batch.release(old);
    }
    return this.#buffer;
  }

  /** Frees it. No command that was not submitted yet may use it. */
  close(): void {
    this.#context.arena.release(this.#buffer);
  }
}
