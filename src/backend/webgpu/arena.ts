import { NovaError } from '../../errors.ts';
import type { GpuContext } from './device.ts';
import { BufferUsage } from './usage.ts';

/** Buffers are made in multiples of this: the size of a vec4, and no buffer is empty. */
const GRANULE = 16;

interface Entry {
  readonly bytes: number;
  readonly label: string;
  /** Why there is no memory behind it. */
  refused: NovaError | undefined;
}

/** All buffers of a device: who has how much, and what the limit is. */
export class Arena {
  readonly #context: GpuContext;
  readonly #budget: number;
  readonly #live = new Map<GPUBuffer, Entry>();
  /** Buffers of which it is not known yet whether the device has memory for them. */
  readonly #asked = new Set<Promise<void>>();
  readonly #onRelease = new Set<(buffer: GPUBuffer) => void>();
  #liveBytes = 0;
  #peakBytes = 0;
  #made = 0;

  /** @param budget the most bytes that buffers may take together */
  constructor(context: GpuContext, budget: number) {
    this.#context = context;
    this.#budget = budget;
  }

  /** Buffers made so far. */
  get made(): number {
    return this.#made;
  }

  /** Bytes of buffers that were not released. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** High-water mark of {@link Arena.liveBytes}. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes of buffers that were not released, by label. */
  usage(): Record<string, number> {
    const usage: Record<string, number> = {};
    for (const { label, bytes } of this.#live.values()) usage[label] = (usage[label] ?? 0) + bytes;
    return usage;
  }

  /** Makes a buffer of zeros: see `GpuContext.buffer`. @throws {@link NovaError} `OutOfMemory`, `DeviceLost` */
  buffer(bytes: number, usage: number, label: string): GPUBuffer {
    const size = Math.max(GRANULE, Math.ceil(bytes / GRANULE) * GRANULE);
    const { device, limits } = this.#context;
    if (size > limits.maxBufferSize) {
      throw outOfMemory(label, bytes, `the device has buffers of up to ${mebibytes(limits.maxBufferSize)}`);
    }
    if (this.#liveBytes + size > this.#budget) {
      const [used, budget] = [mebibytes(this.#liveBytes), mebibytes(this.#budget)];
      throw outOfMemory(label, bytes, `${used} of gpuMemory, ${budget}, are in use`);
    }
    this.#context.check();
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    const entry: Entry = { bytes: size, label, refused: undefined };
    const buffer = device.createBuffer({ size, usage, label });
    const asked = Promise.all([device.popErrorScope(), device.popErrorScope()])
      .then((errors) => {
        const error = errors.find((e) => e !== null);
        if (error) entry.refused = outOfMemory(label, bytes, `the device refused it: ${error.message}`);
      })
      .catch(() => {}) // a lost device: what uses the buffer will say so
      .finally(() => this.#asked.delete(asked));
    this.#asked.add(asked);
    this.#live.set(buffer, entry);
    this.#made++;
    this.#liveBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return buffer;
  }

  /** Waits until it is known whether there is memory for every buffer. @throws {@link NovaError} `OutOfMemory`, `DeviceLost` */
  async settle(): Promise<void> {
    if (this.#asked.size > 0) await this.#context.wait(Promise.all(this.#asked), 'making buffers');
    for (const { refused } of this.#live.values()) if (refused !== undefined) throw refused;
  }

  /** Clears a buffer and gives its memory back. No command that was not submitted yet may use it. */
  release(...buffers: GPUBuffer[]): void {
    const known = buffers.filter((buffer) => this.#live.has(buffer));
    this.#wipe(known);
    for (const buffer of known) {
      this.#liveBytes -= this.#live.get(buffer)?.bytes ?? 0;
      this.#live.delete(buffer);
      for (const listener of this.#onRelease) listener(buffer);
      buffer.destroy();
    }
  }

  /** Has `listener` called with every buffer that is released. */
  onRelease(listener: (buffer: GPUBuffer) => void): void {
    this.#onRelease.add(listener);
  }

  /** Releases everything. */
  close(): void {
    this.release(...this.#live.keys());
  }

  /** Memory that is given back may be seen by whoever gets it next: witnesses must not be in it. */
  #wipe(buffers: readonly GPUBuffer[]): void {
    const { device, lost } = this.#context;
    const clearable = buffers.filter(
      (buffer) =>
        (buffer.usage & BufferUsage.CopyDst) !== 0 &&
        buffer.mapState === 'unmapped' &&
        this.#live.get(buffer)?.refused === undefined,
    );
    if (lost !== undefined || clearable.length === 0) return;
    // a buffer that the device refused a moment ago makes this fail as a whole, which must not count as a fault
    device.pushErrorScope('validation');
    const encoder = device.createCommandEncoder({ label: 'clear' });
    for (const buffer of clearable) encoder.clearBuffer(buffer);
    device.queue.submit([encoder.finish()]);
    device.popErrorScope().catch(() => {});
  }
}

function outOfMemory(label: string, bytes: number, why: string): NovaError {
  return new NovaError(
    'OutOfMemory',
    `${label}: ${mebibytes(bytes)} (${bytes} bytes) of GPU memory are too much: ${why}. Free handles, raise gpuMemory, ` +
      'use a smaller circuit, or the engine wasm',
  );
}

/** A size for people. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
