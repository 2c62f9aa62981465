import { FIELD_BYTES } from '../../field/field.ts';
import type { CommandBatch } from './batch.ts';
import type { GpuContext } from './device.ts';
import { STORAGE } from './usage.ts';
import type { DeviceVector } from './windows.ts';

/**
 * Vectors that operations work in, by name: made when they are first asked for, and kept. A device runs commands one after the other,
 * so an operation is done with them before the next begins.
 */
export class ScratchVectors {
  readonly #context: GpuContext;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(context: GpuContext) {
    this.#context = context;
  }

  /**
   * A vector of this length, whatever is in it.
   *
   * @param batch commands that were recorded in it may use a buffer that is too small now
   * @throws {@link NovaError} `OutOfMemory`
   */
  get(batch: CommandBatch, name: string, length: number): DeviceVector {
    const old = this.#buffers.get(name);
    const bytes = FIELD_BYTES * length;
    if (old !== undefined && old.size >= bytes) return { buffer: old, length };
    const buffer = this.#context.buffer(bytes, STORAGE, `scratch ${name}`);
    this.#buffers.set(name, buffer);
    if (old !== undefined) batch.release(old);
    return { buffer, length };
  }

  /** Frees everything. Commands that were recorded must have been submitted, or given up. */
  close(): void {
    this.#context.arena.release(...this.#buffers.values());
    this.#buffers.clear();
  }
}
