import { NovaError, type ErrorCode } from '../../errors.ts';
import { type AdapterChoice, type AdapterDescription, describe, requestDevice } from './adapter.ts';
import { Arena } from './arena.ts';
import { BatchPool, CommandBatch } from './batch.ts';
import { COMPUTE_STAGE } from './usage.ts';

/** How a kernel sees a buffer: reads it, reads and writes it, or has its parameters there. */
export type BindingKind = 'read' | 'write' | 'uniform';

/** A kernel as text. */
export interface KernelSource {
  /** Names it in messages of the device. */
  readonly label: string;
  /** WGSL with an entry point `main` in which binding i of group 0 is `bindings[i]`. */
  readonly code: string;
  readonly bindings: readonly BindingKind[];
  /** Invocations of a workgroup, as the code says. */
  readonly workgroup: number;
}

/** A compiled kernel. */
export interface Kernel extends KernelSource {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** The limits of a device that matter to kernels. Tests make them smaller than the device's to reach what large sizes would. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly minStorageBufferOffsetAlignment: number;
  readonly minUniformBufferOffsetAlignment: number;
  /** Field multiplications of a dispatch: so many that it ends before anybody misses the device. Infinity until they were measured. */
  readonly maxDispatchMultiplications: number;
}

const LIMIT_NAMES = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'minStorageBufferOffsetAlignment',
  'minUniformBufferOffsetAlignment',
] as const satisfies readonly Exclude<keyof GpuLimits, 'maxDispatchMultiplications'>[];

/** How a {@link GpuContext} is opened. */
export interface GpuOptions extends AdapterChoice {
  /** A device of the caller's, used as it is. The context does not destroy it. */
  readonly device?: GPUDevice;
  /** Smaller limits than the device has, for tests. */
  readonly limits?: Partial<GpuLimits>;
  /** Bytes of GPU memory that may be used. Default: what the device gives. */
  readonly gpuMemory?: number;
  /** Milliseconds after which a device that does not answer counts as lost. Default: 30,000, and half an hour for adapters that compute on the CPU. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** A CPU takes minutes for what a GPU does in milliseconds. */
const SOFTWARE_TIMEOUT_MS = 30 * 60_000;

/**
 * A device, what was made on it, and whether it still works. Every wait ends: with the device's answer, when it is lost, or
 * after a time limit. Once it failed that way it stays lost.
 */
export class GpuContext {
  readonly device: GPUDevice;
  readonly info: AdapterDescription;
  readonly arena: Arena;
  /** Milliseconds after which a device that does not answer counts as lost. */
  readonly timeoutMs: number;
  #limits: GpuLimits;
  readonly #owned: boolean;
  readonly #shared = new Map<string, Promise<unknown>>();
  /** Rejects when the device is lost or given up. */
  readonly #end: Promise<never>;
  #reject: (error: NovaError) => void = () => {};
  #lost: NovaError | undefined;
  #fault: NovaError | undefined;
  #batches: BatchPool | undefined;
  #closed = false;

  private constructor(device: GPUDevice, info: AdapterDescription, owned: boolean, options: GpuOptions) {
    this.device = device;
    this.info = info;
    this.#owned = owned;
    this.timeoutMs = options.timeoutMs ?? (info.software ? SOFTWARE_TIMEOUT_MS : DEFAULT_TIMEOUT_MS);
    const limits = Object.fromEntries(
      LIMIT_NAMES.map((name) => [name, chooseLimit(name, device.limits[name], options.limits?.[name])]),
    ) as Record<(typeof LIMIT_NAMES)[number], number>;
    this.#limits = { maxDispatchMultiplications: Infinity, ...options.limits, ...limits };
    this.#end = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#end.catch(() => {}); // nobody may be waiting
    this.arena = new Arena(this, options.gpuMemory ?? Infinity);
    void device.lost.then(({ reason, message }) => {
      if (!this.#closed) this.#giveUp(`the GPU device was lost (${reason || 'unknown'}: ${message})`);
    });
    device.addEventListener?.('uncapturederror', this.#onError);
  }

  /**
   * Opens a device with the highest limits that its adapter has to offer.
   *
   * @throws {@link NovaError} `BackendUnavailable` if there is no such adapter or device; `InvalidArgument`
   * @example
   * const gpu = await GpuContext.open({ powerPreference: 'high-performance' });
   * gpu.close();
   */
  static async open(options: GpuOptions = {}): Promise<GpuContext> {
    checkOptions(options);
    const given = options.device;
    const { device, info } =
      given === undefined
        ? await requestDevice(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
        : { device: given, info: describe(given.adapterInfo) };
    const context = new GpuContext(device, info, given === undefined, options);
    try {
      context.#batches = await BatchPool.create(context);
      return context;
    } catch (error) {
      context.close();
      throw error;
    }
  }

  /** What kernels may ask of the device. */
  get limits(): GpuLimits {
    return this.#limits;
  }

  /** Has dispatches that are planned from now on do at most so many field multiplications. */
  limitDispatches(multiplications: number): void {
    const maxDispatchMultiplications = Math.min(
      this.#limits.maxDispatchMultiplications,
      Math.floor(multiplications),
    );
    this.#limits = { ...this.#limits, maxDispatchMultiplications };
  }

  /** Dispatches that were recorded so far. */
  get dispatches(): number {
    return this.#batches?.dispatches ?? 0;
  }

  /** Why the device is of no use any more. */
  get lost(): NovaError | undefined {
    return this.#lost;
  }

  /** A new list of commands. */
  batch(): CommandBatch {
    if (this.#batches === undefined) throw new NovaError('BackendClosed', 'the GPU device was closed');
    return new CommandBatch(this.#batches);
  }

  /** Compiles a kernel, once for each text. @throws {@link NovaError} `DeviceFault` if the device refuses it, `DeviceLost` */
  pipeline(source: KernelSource): Promise<Kernel> {
    return this.once(`kernel ${source.bindings.join()}\n${source.code}`, () => this.#compile(source));
  }

  /** What `make` makes for all who use this device, once for each key; if that fails, the next call tries again. */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let made = this.#shared.get(key) as Promise<T> | undefined;
    if (made === undefined) {
      made = make();
      this.#shared.set(key, made);
      made.catch(() => this.#shared.delete(key));
    }
    return made;
  }

  /**
   * Makes a buffer of zeros, counted by the arena. Whether the device could is known at the next submit, which fails with
   * `OutOfMemory` if not.
   *
   * @param usage bits of `BufferUsage`
   * @throws {@link NovaError} `OutOfMemory` if it is larger than the device allows, or beyond the budget
   */
  buffer(bytes: number, usage: number, label: string): GPUBuffer {
    return this.arena.buffer(bytes, usage, label);
  }

  /**
   * A promise of the device, which is given up if it takes too long.
   *
   * @param what names what is waited for in the message
   * @throws {@link NovaError} `DeviceLost`; what the promise rejects with while the device lives
   */
  async wait<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(this.#giveUp(`the GPU device did not answer for ${this.timeoutMs / 1000} s (${what})`));
      }, this.timeoutMs);
    });
    try {
      return await Promise.race([promise, this.#end, limit]);
    } catch (error) {
      // a lost device rejects its promises in any order
      throw this.#lost ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Refuses to go on with a device that is lost or reported an error. @throws {@link NovaError} `DeviceLost`, `DeviceFault` */
  check(): void {
    if (this.#lost !== undefined) throw this.#lost;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }

  /** Counts the device as lost: nothing that it says is believed any more. */
  abandon(why: string): NovaError {
    return this.#giveUp(why);
  }

  /** Clears and destroys all buffers, and the device if it was opened here. Closing twice does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.arena.close();
    this.#batches = undefined;
    this.device.removeEventListener?.('uncapturederror', this.#onError);
    this.#shared.clear();
    this.#reject(new NovaError('BackendClosed', 'the GPU device was closed'));
    if (this.#owned) this.device.destroy();
  }

  async #compile(source: KernelSource): Promise<Kernel> {
    const { label, code, bindings } = source;
    const { device } = this;
    this.check();
    // what the parts are refused for, the pipeline is refused for too: the scope keeps it from counting twice
    device.pushErrorScope('validation');
    const layout = device.createBindGroupLayout({
      label,
      entries: bindings.map((kind, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: BINDING_LAYOUTS[kind],
      })),
    });
    const compiled = device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'main' },
    });
    const scope = device.popErrorScope().catch(() => null);
    try {
      return { ...source, pipeline: await this.wait(compiled, `compiling the kernel ${label}`), layout };
    } catch (cause) {
      if (cause instanceof NovaError) throw cause;
      const { message } = (await this.wait(scope, `compiling the kernel ${label}`)) ?? {
        message: String(cause),
      };
      throw new NovaError('DeviceFault', `the GPU device refused the kernel ${label}: ${message}`, { cause });
    }
  }

  #giveUp(message: string): NovaError {
    if (this.#lost === undefined) {
      this.#lost = new NovaError(
        'DeviceLost',
        `${message}; the state is as it was before the step. Try again, or use the engine wasm`,
      );
      this.#reject(this.#lost);
    }
    return this.#lost;
  }

  readonly #onError = (event: GPUUncapturedErrorEvent): void => {
    this.#fault ??= deviceError(event.error);
  };
}

/** The device's limit, or the smaller one that is asked for. Alignments are minima: there larger is stricter. */
function chooseLimit(name: string, offered: number, wanted: number = offered): number {
  return name.startsWith('min') ? Math.max(offered, wanted) : Math.min(offered, wanted);
}

/** @throws {@link NovaError} `InvalidArgument` for numbers that make no sense */
function checkOptions({ gpuMemory, timeoutMs }: GpuOptions): void {
  for (const [name, value] of Object.entries({ gpuMemory, timeoutMs })) {
    if (value !== undefined && !(value > 0)) {
      throw new NovaError('InvalidArgument', `${name} must be a number above 0, not ${String(value)}`);
    }
  }
}

/** What an error that a device reports means here. */
export function deviceError(error: GPUError, what = 'a command'): NovaError {
  const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
  const code: ErrorCode = outOfMemory ? 'OutOfMemory' : 'DeviceFault';
  const advice = outOfMemory ? '. Free handles, or use a smaller circuit or the engine wasm' : '';
  return new NovaError(code, `the GPU device refused ${what}: ${error.message}${advice}`, { cause: error });
}

const BINDING_LAYOUTS: Readonly<Record<BindingKind, GPUBufferBindingLayout>> = {
  read: { type: 'read-only-storage' },
  write: { type: 'storage' },
  // one bind group serves all places of a parameter buffer
  uniform: { type: 'uniform', hasDynamicOffset: true },
};
