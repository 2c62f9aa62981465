import type { CommandBatch } from '../batch.ts';
import type { GpuContext } from '../device.ts';
import { BufferUsage, STORAGE } from '../usage.ts';
import { LEVELS } from './kernels.ts';
import type { PassBytes } from './passes.ts';

/** Bytes of each scratch buffer. */
export interface ScratchBytes extends PassBytes {
  readonly buckets: number;
  readonly results: number;
}

/** Words of a dispatch's numbers of workgroups; the fourth is unused. */
export const DISPATCH_WORDS = 4;

/** Dispatches before those of the levels among them: the first sums, the plan. */
export const EARLY_DISPATCHES = 2;

/** Bytes of the buffers that have the same size for all sums. */
const FIXED_BYTES: Readonly<Record<FixedName, number>> = {
  state: 4 * (LEVELS + 1),
  dispatches: 4 * DISPATCH_WORDS * (EARLY_DISPATCHES + LEVELS),
};

type FixedName = 'state' | 'dispatches';

type ScratchName = keyof ScratchBytes | FixedName;

/**
 * Working memory of multi-scalar multiplications. All sums on a device share it: a device runs commands one after the other,
 * so a sum is done with it before the next begins.
 */
export class MsmScratch {
  readonly #context: GpuContext;
  readonly #buffers = new Map<ScratchName, GPUBuffer>();

  constructor(context: GpuContext) {
    this.#context = context;
  }

  /** Bytes of all buffers. */
  get bytes(): number {
    return [...this.#buffers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get(name: ScratchName): GPUBuffer {
    return this.#buffers.get(name)!;
  }

  /**
   * Sees to it that there is at least so much of each.
   *
   * @param batch commands that were recorded in it may use buffers that were too small
   * @throws {@link NovaError} `OutOfMemory`
   */
  reserve(bytes: ScratchBytes, batch: CommandBatch): void {
    for (const [name, size] of Object.entries({ ...bytes, ...FIXED_BYTES }) as [ScratchName, number][]) {
      const old = this.#buffers.get(name);
      if (old !== undefined && old.size >= size) continue;
      const usage = STORAGE | (name === 'dispatches' ? BufferUsage.Indirect : 0);
      this.#buffers.set(name, this.#context.buffer(size, usage, `msm ${name}`));
      if (old !== undefined) batch.afterSubmit(() => this.#context.arena.release(old));
    }
  }

  /** Frees everything. No command that was not submitted yet may use it. */
  destroy(): void {
    this.#context.arena.release(...this.#buffers.values());
    this.#buffers.clear();
  }
}
