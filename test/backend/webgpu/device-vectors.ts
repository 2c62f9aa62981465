import { expect } from 'vitest';
import type { CommandBatch } from '../../../src/backend/webgpu/batch.ts';
import { GpuContext, type GpuLimits } from '../../../src/backend/webgpu/device.ts';
import { STORAGE } from '../../../src/backend/webgpu/usage.ts';
import type { DeviceProducts } from '../../../src/backend/webgpu/vectors.ts';
import type { DeviceVector } from '../../../src/backend/webgpu/windows.ts';
import { elementsFromBytes, elementsToBytes } from '../../../src/field/bytes.ts';
import { FIELD_BYTES, type PrimeField } from '../../../src/field/field.ts';
import { sharedContext } from '../../support/software-gpu.ts';

const shared = await sharedContext();

/** Whether tests of kernels can run. */
export const hasDevice: boolean = shared !== undefined;

/** Vectors on a software device, and reading them back. */
export class Bench {
  readonly context: GpuContext;
  #batch: CommandBatch;
  /** What the read-backs of the batch are for. */
  #wanted: { at: number; bytes: number; take: (bytes: Uint8Array) => void }[] = [];

  private constructor(context: GpuContext) {
    this.context = context;
    this.#batch = context.batch();
  }

  /** @param limits smaller than the device's, for a context of its own */
  static async open(limits?: Partial<GpuLimits>): Promise<Bench> {
    const { device } = shared!;
    return new Bench(limits === undefined ? shared! : await GpuContext.open({ device, limits }));
  }

  /** What is recorded into. */
  get batch(): CommandBatch {
    return this.#batch;
  }

  /** A vector with these elements, or of so many that are not canonical: nothing may count on zeros. */
  vector(F: PrimeField, xs: readonly bigint[] | number): DeviceVector {
    const length = typeof xs === 'number' ? xs : xs.length;
    const buffer = this.context.buffer(FIELD_BYTES * length, STORAGE, 'v');
    const bytes =
      typeof xs === 'number' ? new Uint8Array(FIELD_BYTES * length).fill(0xff) : elementsToBytes(F, xs);
    this.context.device.queue.writeBuffer(buffer, 0, bytes.slice());
    return { buffer, length };
  }

  products(F: PrimeField, of: readonly (readonly bigint[])[] | number): DeviceProducts {
    const [AZ, BZ, CZ] = typeof of === 'number' ? [of, of, of] : of;
    return { AZ: this.vector(F, AZ), BZ: this.vector(F, BZ), CZ: this.vector(F, CZ) };
  }

  /** A word that is zero when the batch gets here. */
  word(): { buffer: GPUBuffer; offset: number; size: number } {
    const buffer = this.context.buffer(16, STORAGE, 'word');
    return { buffer, offset: 0, size: 4 };
  }

  /** Has a vector compared with these elements, as it is at this place in the batch. */
  expect(F: PrimeField, v: DeviceVector, expected: readonly bigint[], what: string): void {
    this.#want(v.buffer, FIELD_BYTES * v.length, (bytes) => {
      expect(elementsFromBytes(F, bytes), what).toEqual(expected);
    });
  }

  /** Has a word handed to `take`. */
  expectWord({ buffer }: { buffer: GPUBuffer }, take: (word: number) => void): void {
    this.#want(buffer, 4, (bytes) => take(new Uint32Array(bytes.slice().buffer)[0]));
  }

  /** Runs what was recorded, makes the comparisons, and gives all vectors back. */
  async run(): Promise<void> {
    const results = await this.#batch.submit();
    const wanted = this.#wanted;
    this.#wanted = [];
    this.#batch = this.context.batch();
    for (const { at, bytes, take } of wanted) take(results.subarray(at, at + bytes));
  }

  /** Gives back what was made on a context of its own. */
  close(): void {
    if (this.context !== shared) this.context.close();
  }

  #want(buffer: GPUBuffer, bytes: number, take: (bytes: Uint8Array) => void): void {
    this.#wanted.push({ at: this.#batch.readback(buffer, 0, bytes), bytes, take });
  }
}
