import { NovaError } from '../../errors.ts';
import { multiplyAddIsFused } from './kernels/multiply-add.ts';

/** The exports of a field's module (`fieldModule`): functions of addresses and counts. */
export type FieldKernels = Readonly<Record<string, (...args: number[]) => number>>;

/** A part of the memory that one thread has to itself. */
export interface Scratch {
  readonly address: number;
  readonly bytes: number;
}

/** Bytes of each thread's scratch memory. Only what is used of it takes up space. */
export const SCRATCH_BYTES: number = 32 * 2 ** 20;

/** What tasks work with: the memory, the compiled kernels and the scratch memory of the thread that they run on. */
export interface KernelHost {
  readonly memory: WebAssembly.Memory;
  /** All of the memory. A view is good until the memory grows: take it anew after a pause. */
  readonly u8: Uint8Array<ArrayBuffer>;
  /** All of the memory as words. */
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly scratch: Scratch;
  /** The kernels of a field, by its name. @throws {@link NovaError} `InvalidArgument` if they were not loaded */
  kernels(field: string): FieldKernels;
}

/** The {@link KernelHost} of one thread. */
export class Host implements KernelHost {
  readonly memory: WebAssembly.Memory;
  readonly #makeScratch: () => Scratch;
  #scratch: Scratch | undefined;
  readonly #modules = new Map<string, WebAssembly.Module>();
  readonly #kernels = new Map<string, FieldKernels>();
  #u8: Uint8Array<ArrayBuffer>;
  #u32: Uint32Array<ArrayBuffer>;

  /** @param scratch called when the scratch memory is first used */
  constructor(memory: WebAssembly.Memory, scratch: () => Scratch) {
    this.memory = memory;
    this.#makeScratch = scratch;
    // Shared or not: the type says ArrayBuffer because nothing but its views is used.
    const buffer = memory.buffer as ArrayBuffer;
    this.#u8 = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
  }

  get scratch(): Scratch {
    return (this.#scratch ??= this.#makeScratch());
  }

  get u8(): Uint8Array<ArrayBuffer> {
    this.#refresh();
    return this.#u8;
  }

  get u32(): Uint32Array<ArrayBuffer> {
    this.#refresh();
    return this.#u32;
  }

  /** Takes the compiled module of a field. */
  add(field: string, module: WebAssembly.Module): void {
    this.#modules.set(field, module);
  }

  kernels(field: string): FieldKernels {
    let kernels = this.#kernels.get(field);
    if (kernels === undefined) {
      const module = this.#modules.get(field);
      if (module === undefined) throw new NovaError('InvalidArgument', `no kernels of ${field} are loaded`);
      const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
      kernels = exports as unknown as FieldKernels;
      // threads may run on cores that are not alike
      if (kernels.isFused !== undefined && !multiplyAddIsFused(kernels.isFused)) {
        throw new NovaError('EngineFault', 'a thread of the wasm engine has no fused multiply-add');
      }
      this.#kernels.set(field, kernels);
    }
    return kernels;
  }

  #refresh(): void {
    const buffer = this.memory.buffer as ArrayBuffer;
    if (buffer === this.#u8.buffer) return;
    this.#u8 = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
  }
}
