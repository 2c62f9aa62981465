import { NovaError } from '../../errors.ts';
import sealCode from '../../../shaders/seal.wgsl';
import { BindGroups, type BufferSlice } from './bind-groups.ts';
import { deviceError, type GpuContext, type Kernel, type KernelSource } from './device.ts';
import { BufferUsage, MAP_READ, STORAGE } from './usage.ts';

/** What a kernel's binding gets: a buffer, a part of one, or the words of its parameters, which are taken over at once. */
export type Binding = GPUBuffer | BufferSlice | Uint32Array;

/** Bytes of a buffer for read-backs, at least. */
const STAGING_BYTES = 65536;

/** Buffers for read-backs that are larger, for whole vectors, are not kept. */
const MOST_STAGING_BYTES: number = 2 ** 20;

/** Bytes of a buffer for the parameters of dispatches. */
const PARAMETER_BYTES = 65536;

/** Words of a nonce and of what the device makes of it. */
const NONCE_WORDS = 4;
const NONCE_BYTES = 4 * NONCE_WORDS;

const SEAL: KernelSource = {
  label: 'seal',
  code: sealCode,
  bindings: ['uniform', 'write'],
  workgroup: 1,
};

/** What the batches of a device share: their buffers, made once. */
export class BatchPool {
  readonly context: GpuContext;
  readonly groups: BindGroups;
  readonly seal: Kernel;
  /** Where the seal is computed. */
  readonly mark: GPUBuffer;
  /** Buffers of parameters, used in turn within a submission. */
  readonly parameters: GPUBuffer[] = [];
  readonly #staging: GPUBuffer[] = [];
  /** Dispatches that were recorded. */
  dispatches = 0;

  private constructor(context: GpuContext, seal: Kernel) {
    this.context = context;
    this.groups = new BindGroups(context);
    this.seal = seal;
    this.mark = context.buffer(NONCE_BYTES, STORAGE, 'seal');
    this.parametersAt(0);
    // one for the read-back that is waited for, one for what is recorded meanwhile
    this.#staging.push(this.#makeStaging(STAGING_BYTES), this.#makeStaging(STAGING_BYTES));
  }

  /** @throws {@link NovaError} `DeviceFault`, `DeviceLost`, `OutOfMemory` */
  static async create(context: GpuContext): Promise<BatchPool> {
    return new BatchPool(context, await context.pipeline(SEAL));
  }

  /** The buffer of parameters number i. */
  parametersAt(i: number): GPUBuffer {
    const usage = BufferUsage.Uniform | BufferUsage.CopyDst;
    return (this.parameters[i] ??= this.context.buffer(PARAMETER_BYTES, usage, 'parameters'));
  }

  /** A staging buffer for at least this many bytes: the smallest that is there, or a new one. */
  takeStaging(bytes: number): GPUBuffer {
    const fits = this.#staging.filter(({ size }) => size >= bytes);
    if (fits.length === 0) return this.#makeStaging(Math.max(bytes, STAGING_BYTES));
    const smallest = fits.reduce((a, b) => (b.size < a.size ? b : a));
    this.#staging.splice(this.#staging.indexOf(smallest), 1);
    return smallest;
  }

  /** Takes a staging buffer back. @param sound whether it can be used again */
  returnStaging(buffer: GPUBuffer, sound: boolean): void {
    if (sound && buffer.size <= MOST_STAGING_BYTES) this.#staging.push(buffer);
    else this.context.arena.release(buffer);
  }

  #makeStaging(bytes: number): GPUBuffer {
    return this.context.buffer(bytes, BufferUsage.MapRead | BufferUsage.CopyDst, 'staging');
  }
}

/** A staging buffer and how far it is filled. The nonce's place is at its start. */
interface Page {
  readonly buffer: GPUBuffer;
  used: number;
}

/**
 * Commands that are recorded for a device and submitted together, with at most one wait. They take effect in the order of
 * their calls; those of an earlier batch that was submitted come before.
 *
 * @example
 * const batch = context.batch();
 * batch.dispatch(kernel, [input, output, Uint32Array.of(n)], n);
 * const at = batch.readback(output, 0, 32);
 * const result = (await batch.submit()).subarray(at, at + 32);
 */
export class CommandBatch {
  readonly #pool: BatchPool;
  readonly #context: GpuContext;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  readonly #pages: Page[] = [];
  /** Bytes of results in all pages. */
  #results = 0;
  /** Parameters since the last flush, of one buffer each. */
  #parameters: { words: Uint32Array<ArrayBuffer>; used: number }[] = [];
  /** What the device said to each submission, once it is known. */
  readonly #answers: Promise<GPUError | null>[] = [];
  readonly #before: (() => void)[] = [];
  readonly #after: (() => void)[] = [];
  #commands = 0;

  constructor(pool: BatchPool) {
    this.#pool = pool;
    this.#context = pool.context;
  }

  /** Commands that were recorded and not submitted yet. */
  get pending(): number {
    return this.#commands;
  }

  /**
   * Runs a kernel with at least this many invocations, in workgroups of its size. More workgroups than one dimension holds
   * are folded into x and y: the flat number of a workgroup is `workgroup_id.y * num_workgroups.x + workgroup_id.x`, and
   * kernels return beyond what their parameters say.
   *
   * @param bindings one for each of the kernel's; Uint32Arrays for uniforms
   */
  dispatch(kernel: Kernel, bindings: readonly Binding[], invocations: number): void {
    const groups = Math.ceil(invocations / kernel.workgroup);
    if (groups === 0) return;
    const y = Math.ceil(groups / this.#context.limits.maxComputeWorkgroupsPerDimension);
    this.#bind(kernel, bindings).dispatchWorkgroups(Math.ceil(groups / y), y);
  }

  /** Runs a kernel with numbers of workgroups that a kernel before has written. @param offset of three words in `counts` */
  dispatchIndirect(kernel: Kernel, bindings: readonly Binding[], counts: GPUBuffer, offset: number): void {
    this.#bind(kernel, bindings).dispatchWorkgroupsIndirect(counts, offset);
  }

  /** Copies bytes: multiples of 4, between different buffers. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    if (bytes > 0) this.#commandEncoder().copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
  }

  /** Sets bytes to zero: multiples of 4. */
  clear(buffer: GPUBuffer, offset = 0, bytes: number = buffer.size - offset): void {
    if (bytes > 0) this.#commandEncoder().clearBuffer(buffer, offset, bytes);
  }

  /**
   * Writes bytes of the host, a multiple of 4, which may change after the call. What was recorded before is submitted.
   *
   * @throws {@link NovaError} `DeviceLost`, `DeviceFault`
   */
  write(buffer: GPUBuffer, offset: number, bytes: Uint8Array<ArrayBufferLike>): void {
    this.flush();
    // the type refuses views of shared memory, as browsers do
    const data = isShared(bytes) ? bytes.slice() : bytes;
    if (data.length > 0)
      this.#context.device.queue.writeBuffer(buffer, offset, data as Uint8Array<ArrayBuffer>);
  }

  /** Reads bytes back, a multiple of 4, as they are at this place. @returns their place in what `submit` returns */
  readback(buffer: GPUBuffer, offset: number, bytes: number): number {
    const at = this.#results;
    if (bytes === 0) return at;
    let page = this.#pages.at(-1);
    if (page === undefined || page.used + bytes > page.buffer.size) page = this.#addPage(bytes);
    this.copy(buffer, offset, page.buffer, page.used, bytes);
    page.used += bytes;
    this.#results += bytes;
    return at;
  }

  /** Has more commands recorded when what was recorded by then is about to be submitted. */
  beforeSubmit(action: () => void): void {
    this.#before.push(action);
  }

  /** Has something done once everything that was recorded by now is submitted: buffers may be released then. */
  afterSubmit(action: () => void): void {
    this.#after.push(action);
  }

  /** Gives buffers back once everything that was recorded by now is submitted. */
  release(...buffers: GPUBuffer[]): void {
    this.afterSubmit(() => this.#context.arena.release(...buffers));
  }

  /** Submits what was recorded and does not wait: the device starts. @throws {@link NovaError} `DeviceLost`, `DeviceFault` */
  flush(): void {
    try {
      for (const action of this.#before.splice(0)) action();
      this.#endPass();
      if (this.#encoder !== undefined) this.#send(this.#encoder);
    } finally {
      this.#forget();
    }
  }

  /**
   * Submits what was recorded and waits for it.
   *
   * @returns what the read-backs brought, at the places that they told
   * @throws {@link NovaError} `DeviceLost`; `DeviceFault` if the device refused a command or its answer is not that of this
   * submission; `OutOfMemory`
   */
  async submit(): Promise<Uint8Array> {
    const context = this.#context;
    let sound = false;
    try {
      for (const action of this.#before.splice(0)) action();
      if (this.#pages.length === 0) this.#addPage(0);
      const nonce = crypto.getRandomValues(new Uint32Array(NONCE_WORDS));
      this.dispatch(this.#pool.seal, [nonce, this.#pool.mark], 1);
      for (const { buffer } of this.#pages) this.copy(this.#pool.mark, 0, buffer, 0, NONCE_BYTES);
      this.flush();
      const maps = this.#pages.map(({ buffer, used }) => buffer.mapAsync(MAP_READ, 0, used));
      const mapped = await context.wait(Promise.allSettled(maps), 'a read-back');
      await context.arena.settle();
      for (const error of await context.wait(Promise.all(this.#answers), 'a submission')) {
        if (error !== null) throw deviceError(error);
      }
      context.check();
      for (const map of mapped)
        if (map.status === 'rejected') throw faultError(String(map.reason), map.reason);
      const results = new Uint8Array(this.#results);
      const mark = sealOf(nonce);
      let at = 0;
      for (const { buffer, used } of this.#pages) {
        const bytes = new Uint8Array(buffer.getMappedRange(0, used));
        if (new Uint32Array(bytes.slice(0, NONCE_BYTES).buffer).some((word, i) => word !== mark[i])) {
          throw faultError('what it handed back is not the result of this submission');
        }
        results.set(bytes.subarray(NONCE_BYTES), at);
        at += used - NONCE_BYTES;
      }
      for (const { buffer } of this.#pages) buffer.unmap();
      sound = true;
      return results;
    } finally {
      for (const { buffer } of this.#pages.splice(0)) this.#pool.returnStaging(buffer, sound);
    }
  }

  /** Forgets what was recorded and not submitted yet. */
  drop(): void {
    this.#before.length = 0;
    this.#endPass();
    for (const { buffer } of this.#pages.splice(0)) this.#pool.returnStaging(buffer, true);
    this.#results = 0;
    this.#forget();
  }

  #send(encoder: GPUCommandEncoder): void {
    this.#context.check();
    const { device } = this.#context;
    const scopes = ['validation', 'internal', 'out-of-memory'] as const;
    for (const scope of scopes) device.pushErrorScope(scope);
    this.#parameters.forEach(({ words, used }, i) => {
      device.queue.writeBuffer(this.#pool.parametersAt(i), 0, words, 0, used);
    });
    device.queue.submit([encoder.finish()]);
    const answers = scopes.map(() => device.popErrorScope());
    for (const answer of answers) answer.catch(() => {}); // waited for in submit, if at all
    this.#answers.push(...answers);
  }

  /** Begins anew after what was recorded was submitted, or will never be. */
  #forget(): void {
    this.#encoder = undefined;
    this.#parameters = [];
    this.#commands = 0;
    for (const action of this.#after.splice(0)) action();
  }

  #addPage(bytes: number): Page {
    const page = { buffer: this.#pool.takeStaging(NONCE_BYTES + bytes), used: NONCE_BYTES };
    this.#pages.push(page);
    return page;
  }

  #bind(kernel: Kernel, bindings: readonly Binding[]): GPUComputePassEncoder {
    const slices = bindings.map((binding) => this.#slice(binding));
    if (this.#encoder === undefined || this.#pass === undefined) {
      this.#encoder = this.#commandEncoder();
      this.#pass = this.#encoder.beginComputePass();
    }
    const pass = this.#pass;
    pass.setPipeline(kernel.pipeline);
    const offsets = slices.filter((_, i) => kernel.bindings[i] === 'uniform').map(({ offset }) => offset);
    pass.setBindGroup(0, this.#pool.groups.get(kernel, slices), offsets);
    this.#commands++;
    this.#pool.dispatches++;
    return pass;
  }

  #slice(binding: Binding): BufferSlice {
    if (binding instanceof Uint32Array) return this.#addParameters(binding);
    return 'buffer' in binding ? binding : { buffer: binding, offset: 0, size: binding.size };
  }

  #addParameters(words: Uint32Array): BufferSlice {
    const { minUniformBufferOffsetAlignment } = this.#context.limits;
    const size = Math.ceil((4 * words.length) / 16) * 16; // a uniform's size is a multiple of a vec4's
    let current = this.#parameters.at(-1);
    if (current === undefined || 4 * current.used + size > PARAMETER_BYTES) {
      current = { words: new Uint32Array(PARAMETER_BYTES / 4), used: 0 };
      this.#parameters.push(current);
    }
    const offset = 4 * current.used;
    current.words.set(words, current.used);
    const next =
      Math.ceil((offset + size) / minUniformBufferOffsetAlignment) * minUniformBufferOffsetAlignment;
    current.used = next / 4;
    return { buffer: this.#pool.parametersAt(this.#parameters.length - 1), offset, size };
  }

  /** The encoder, outside of a pass. */
  #commandEncoder(): GPUCommandEncoder {
    this.#endPass();
    this.#commands++;
    return (this.#encoder ??= this.#context.device.createCommandEncoder({ label: 'batch' }));
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}

/** What the kernel `seal` makes of a nonce. */
function sealOf(nonce: Uint32Array): Uint32Array {
  return nonce.map((word, i) => ((word << 7) | (word >>> 25)) + nonce[(i + 1) % NONCE_WORDS]);
}

function isShared(bytes: Uint8Array<ArrayBufferLike>): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && bytes.buffer instanceof SharedArrayBuffer;
}

/** A device that does not do what it should. */
export function faultError(what: string, cause?: unknown): NovaError {
  return new NovaError(
    'DeviceFault',
    `the GPU device failed: ${what}; the state is as it was before the step. Try again, or use the engine wasm`,
    { cause },
  );
}
