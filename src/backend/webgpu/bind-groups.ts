import type { GpuContext, Kernel } from './device.ts';

/** A part of a buffer. */
export interface BufferSlice {
  readonly buffer: GPUBuffer;
  /** In bytes; a multiple of the device's alignment. */
  readonly offset: number;
  readonly size: number;
}

/**
 * Which buffers go to which bindings, remembered: the steps of a proof use the same ones over and over. A uniform's offset is
 * given at the dispatch, so that its group serves all offsets.
 */
export class BindGroups {
  readonly #device: GPUDevice;
  readonly #ids = new WeakMap<object, number>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** The keys of the groups that a buffer is in. */
  readonly #keys = new Map<number, Set<string>>();
  #nextId = 0;

  constructor(context: GpuContext) {
    this.#device = context.device;
    context.arena.onRelease((buffer) => this.#forget(buffer));
  }

  /** The group with these slices at a kernel's bindings. */
  get(kernel: Kernel, slices: readonly BufferSlice[]): GPUBindGroup {
    const resources = slices.map(({ buffer, offset, size }, i) => ({
      buffer,
      offset: kernel.bindings[i] === 'uniform' ? 0 : offset,
      size,
    }));
    const ids = resources.map(({ buffer }) => this.#id(buffer));
    const parts = resources.map(({ offset, size }, i) => `${ids[i]}+${offset}:${size}`);
    const key = `${this.#id(kernel.layout)}|${parts.join()}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#device.createBindGroup({
        label: kernel.label,
        layout: kernel.layout,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      this.#groups.set(key, group);
      for (const id of ids) {
        const keys = this.#keys.get(id) ?? new Set();
        this.#keys.set(id, keys.add(key));
      }
    }
    return group;
  }

  #forget(buffer: GPUBuffer): void {
    const id = this.#id(buffer);
    for (const key of this.#keys.get(id) ?? []) this.#groups.delete(key);
    this.#keys.delete(id);
  }

  #id(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) this.#ids.set(object, (id = this.#nextId++));
    return id;
  }
}
