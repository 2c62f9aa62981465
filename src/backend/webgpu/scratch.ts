import type { CommandBatch } from './batch.ts';
import type { GpuContext } from './device.ts';
import { STORAGE } from './usage.ts';

/** Bytes that are there from the start. */
const LEAST_BYTES = 65536;

/**
 * Working memory of operations. All share it: a device runs commands one after the other. It has parts, buffers of their own, since a
 * kernel may not read one and write it.
 */
export class Scratch {
  readonly #context: GpuContext;
  readonly #parts: GPUBuffer[];

  constructor(context: GpuContext) {
    this.#context = context;
    this.#parts = [context.buffer(LEAST_BYTES, STORAGE, 'scratch')];
  }

  /**
   * At least so many bytes, of any content, for the commands of one operation.
   *
   * @param batch commands that were recorded in it may use memory that was too small
   * @param part which part, from 0; those after the first one are made when they are asked for
   * @throws {@link NovaError} `OutOfMemory`
   */
  get(bytes: number, batch: CommandBatch, part = 0): GPUBuffer {
    const old = this.#parts.at(part);
    if (old !== undefined && old.size >= bytes) return old;
    const buffer = this.#context.buffer(bytes, STORAGE, 'scratch');
    this.#parts[part] = buffer;
    if (old !== undefined) batch.release(old);
    return buffer;
  }

  /** Frees it. No command that was not submitted yet may use it. */
  close(): void {
    this.#context.arena.release(...this.#parts);
  }
}
