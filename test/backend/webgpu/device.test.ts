import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GpuContext, type GpuOptions, type Kernel } from '../../../src/backend/webgpu/device.ts';
import { BufferUsage, STORAGE } from '../../../src/backend/webgpu/usage.ts';
import { codeOf, novaError } from '../../support/error.ts';
import { softwareAdapter } from '../../support/software-gpu.ts';

const software = await softwareAdapter();

/** Adds a constant to `n` words. */
const ADD = {
  label: 'add',
  bindings: ['uniform', 'write'],
  workgroup: 4,
  code: `
    struct Parameters { n: u32, summand: u32 }
    @group(0) @binding(0) var<uniform> parameters: Parameters;
    @group(0) @binding(1) var<storage, read_write> words: array<u32>;
    @compute @workgroup_size(4)
    fn main(
      @builtin(workgroup_id) group: vec3<u32>,
      @builtin(num_workgroups) groups: vec3<u32>,
      @builtin(local_invocation_index) local: u32,
    ) {
      let i = (group.y * groups.x + group.x) * 4u + local;
      if (i >= parameters.n) { return; }
      words[i] += parameters.summand;
    }`,
} as const;

describe.skipIf(software === undefined)('a GPU context', () => {
  const gpu = software?.gpu as GPU;
  const open = async (options: GpuOptions = {}): Promise<GpuContext> => {
    const context = await GpuContext.open({ gpu, adapter: 'software', ...options });
    onTestFinished(() => context.close());
    return context;
  };

  it('is refused if only a software adapter is there and none was asked for', async () => {
    const error = await novaError(() => GpuContext.open({ gpu }));
    expect(error.code).toBe('BackendUnavailable');
    expect(error.message).toContain('SwiftShader');
    expect(await codeOf(() => GpuContext.open({ gpu, adapter: 'GeForce' }))).toBe('BackendUnavailable');
    expect(await codeOf(() => GpuContext.open({ gpu, adapter: 'swiftshader', timeoutMs: 0 }))).toBe(
      'InvalidArgument',
    );
    const none = { requestAdapter: async () => null } as unknown as GPU;
    expect(await codeOf(() => GpuContext.open({ gpu: none }))).toBe('BackendUnavailable');
    const silent = { requestAdapter: () => new Promise(() => {}) } as unknown as GPU;
    expect(await codeOf(() => GpuContext.open({ gpu: silent, timeoutMs: 10 }))).toBe('BackendUnavailable');
  });

  it('says what its adapter is', async () => {
    const { info, limits } = await open();
    expect(info.software).toBe(true);
    expect(info.name).toContain('SwiftShader');
    expect(limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
  });

  describe('with a kernel', () => {
    let context: GpuContext;
    let add: Kernel;
    beforeAll(async () => {
      context = await GpuContext.open({ gpu, adapter: 'software' });
      add = await context.pipeline(ADD);
    });
    afterAll(() => context.close());
    const words = (bytes: Uint8Array, at = 0, n = 1) =>
      Array.from(new Uint32Array(bytes.slice(at, at + 4 * n).buffer));

    it('runs commands in their order and reads back what was there at its place', async () => {
      const n = 10;
      const a = context.buffer(4 * n, STORAGE, 'a');
      const b = context.buffer(4 * n, STORAGE, 'b');
      const batch = context.batch();
      const data = new Uint8Array(Uint32Array.from({ length: n }, (_, i) => i).buffer);
      batch.write(a, 0, data);
      batch.dispatch(add, [Uint32Array.of(n, 5), a], n);
      batch.copy(a, 0, b, 0, 4 * n);
      const first = batch.readback(a, 0, 4 * n);
      batch.write(a, 0, data);
      batch.dispatch(add, [Uint32Array.of(4, 100), a], n);
      const second = batch.readback(a, 8, 16);
      batch.clear(a);
      const third = batch.readback(a, 0, 4);
      const fourth = batch.readback(b, 36, 4);
      const bytes = await batch.submit();
      expect(words(bytes, first, n)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
      expect(words(bytes, second, 4)).toEqual([102, 103, 4, 5]);
      expect(words(bytes, third)).toEqual([0]);
      expect(words(bytes, fourth)).toEqual([14]);
      context.arena.release(a, b);
    });

    it('compiles each kernel once, and refuses one that is no WGSL', async () => {
      expect(await context.pipeline({ ...ADD })).toBe(add);
      expect(await codeOf(() => context.pipeline({ ...ADD, code: 'nonsense' }))).toBe('DeviceFault');
    });

    it('makes no buffer for a step like one before, whatever its parameters', async () => {
      const a = context.buffer(64, STORAGE, 'a');
      const step = async (k: number) => {
        const batch = context.batch();
        for (let i = 0; i < 300; i++) batch.dispatch(add, [Uint32Array.of(16, k), a], 16);
        const at = batch.readback(a, 60, 4);
        return words(await batch.submit(), at)[0];
      };
      expect(await step(1)).toBe(300);
      const { made } = context.arena;
      expect([await step(2), await step(3)]).toEqual([900, 1800]);
      expect(context.arena.made).toBe(made);
      context.arena.release(a);
    });

    it('serves a batch that is recorded while another one is waited for, without a new buffer', async () => {
      const a = context.buffer(64, STORAGE, 'a');
      const { made } = context.arena;
      const batches = [1, 2].map((k) => {
        const batch = context.batch();
        batch.dispatch(add, [Uint32Array.of(1, k), a], 1);
        const at = batch.readback(a, 0, 4);
        return batch.submit().then((bytes) => words(bytes, at)[0]);
      });
      expect(await Promise.all(batches)).toEqual([1, 3]);
      expect(context.arena.made).toBe(made);
      context.arena.release(a);
    });

    it('reads back more than a staging buffer holds, and keeps no memory for it', async () => {
      const n = 300_000;
      const a = context.buffer(4 * n, STORAGE, 'a');
      const { liveBytes } = context.arena;
      const batch = context.batch();
      batch.dispatch(add, [Uint32Array.of(n, 7), a], n);
      const [x, y] = [batch.readback(a, 4, 4), batch.readback(a, 0, 4 * n)];
      const bytes = await batch.submit();
      expect(words(bytes, x)).toEqual([7]);
      expect(words(bytes, y, n)).toEqual(Array.from({ length: n }, () => 7));
      expect(context.arena.liveBytes).toBe(liveBytes);
      context.arena.release(a);
    });

    it('reports a command that the device refuses as DeviceFault, and works on', async () => {
      const a = context.buffer(16, STORAGE, 'a');
      const bad = context.batch();
      bad.copy(a, 0, a, 8, 16);
      expect(await codeOf(() => bad.submit())).toBe('DeviceFault');
      const good = context.batch();
      good.dispatch(add, [Uint32Array.of(1, 9), a], 1);
      const at = good.readback(a, 0, 4);
      expect(words(await good.submit(), at)).toEqual([9]);
      context.arena.release(a);
    });
  });

  it('folds workgroups beyond the limit of a dimension, and takes its limits from the caller', async () => {
    const context = await open({ limits: { maxComputeWorkgroupsPerDimension: 7 } });
    const add = await context.pipeline(ADD);
    for (const n of [1, 28, 29, 57, 111, 196]) {
      const a = context.buffer(4 * n, STORAGE, 'a');
      const batch = context.batch();
      batch.dispatch(add, [Uint32Array.of(n, 3), a], n);
      const at = batch.readback(a, 0, 4 * n);
      const bytes = await batch.submit();
      expect(Array.from(new Uint32Array(bytes.slice(at).buffer))).toEqual(Array.from({ length: n }, () => 3));
    }
  });

  it('counts memory by label, and refuses what is beyond the budget or a buffer of the device', async () => {
    const context = await open({ gpuMemory: 2 ** 20 });
    const { arena } = context;
    const before = arena.liveBytes;
    const a = context.buffer(100, STORAGE, 'mine');
    expect(arena.usage().mine).toBe(112);
    expect(arena.liveBytes - before).toBe(112);
    const error = await novaError(() => context.buffer(2 ** 20, STORAGE, 'E of 32768 elements'));
    expect(error.code).toBe('OutOfMemory');
    expect(error.message).toMatch(/^E of 32768 elements: 1\.0 MiB \(1048576 bytes\).*gpuMemory/);
    expect(await codeOf(() => context.buffer(2 ** 50, STORAGE, 'huge'))).toBe('OutOfMemory');
    arena.release(a, a);
    expect(arena.liveBytes).toBe(before);
    expect(arena.peakBytes).toBe(before + 112);
  });

  it('reports memory that the device refuses at the submit, until the buffer is released', async () => {
    const context = await open();
    const { createBuffer } = context.device;
    // what a device does whose memory is used up: see "out of memory" in the specification
    context.device.createBuffer = function (descriptor) {
      return createBuffer.call(this, { ...descriptor, size: 2 ** 50 });
    };
    const refused = context.buffer(64, STORAGE, 'W of 2 elements');
    context.device.createBuffer = createBuffer;
    const error = await novaError(() => context.batch().submit());
    expect([error.code, error.message]).toEqual(['OutOfMemory', expect.stringMatching(/^W of 2 elements: /)]);
    expect(await codeOf(() => context.batch().submit())).toBe('OutOfMemory');
    context.arena.release(refused);
    await context.batch().submit();
  });

  it('ends every wait when the device is lost', async () => {
    const context = await open();
    const a = context.buffer(16, STORAGE, 'a');
    const batch = context.batch();
    batch.clear(a);
    const submitted = batch.submit();
    context.device.destroy();
    expect(await codeOf(() => submitted)).toBe('DeviceLost');
    expect(await codeOf(() => context.pipeline(ADD))).toBe('DeviceLost');
    expect(await codeOf(() => context.batch().submit())).toBe('DeviceLost');
    expect(await codeOf(() => context.buffer(16, STORAGE, 'b'))).toBe('DeviceLost');
  });

  it('ends a wait that takes too long, and counts the device as lost', async () => {
    const context = await open({ timeoutMs: 50 });
    const error = await novaError(() => context.wait(new Promise(() => {}), 'nothing'));
    expect([error.code, error.message]).toEqual(['DeviceLost', expect.stringContaining('(nothing)')]);
    expect(await codeOf(() => context.batch().submit())).toBe('DeviceLost');
  });

  it('refuses a read-back that is not of its submission', async () => {
    const context = await open();
    const { submit } = context.device.queue;
    // a device that loses commands and says nothing
    context.device.queue.submit = () => {};
    expect(await codeOf(() => context.batch().submit())).toBe('DeviceFault');
    context.device.queue.submit = submit;
    await context.batch().submit();
    // one whose answer is an older one
    context.device.queue.submit = () => {};
    expect(await codeOf(() => context.batch().submit())).toBe('DeviceFault');
    context.device.queue.submit = submit;
  });

  it('clears what it destroys', async () => {
    const context = await open();
    const a = context.buffer(16, STORAGE, 'a');
    const cleared: string[] = [];
    const { createCommandEncoder } = context.device;
    context.device.createCommandEncoder = function (descriptor) {
      const encoder = createCommandEncoder.call(this, descriptor);
      const { clearBuffer } = encoder;
      encoder.clearBuffer = function (...args) {
        cleared.push(args[0].label);
        return clearBuffer.apply(this, args);
      };
      return encoder;
    };
    context.arena.release(a);
    expect(cleared).toEqual(['a']);
    context.buffer(16, STORAGE, 'b');
    context.buffer(16, BufferUsage.MapRead | BufferUsage.CopyDst, 'c');
    context.close();
    expect(cleared).toEqual(expect.arrayContaining(['a', 'b', 'c', 'staging', 'parameters']));
  });
});
