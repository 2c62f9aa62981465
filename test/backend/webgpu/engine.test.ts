import { describe, expect, it, onTestFinished } from 'vitest';
import type { Backend, BackendOptions } from '../../../src/backend/backend.ts';
import { LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend, type WebgpuInternals } from '../../../src/backend/webgpu/open.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import { createBackend } from '../../../src/index.ts';
import { nodeGpu } from '../../../src/node/webgpu.ts';
import { codeOf, novaError } from '../../support/error.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { faultyDevice } from '../../support/faulty-device.ts';
import { sharedContext, softwareAdapter, softwareDevice } from '../../support/software-gpu.ts';
import { get, KnownKeys, mod, put, putProducts, randomElements } from '../suite/tools.ts';

const F = pallas.scalar;
const keys = new KnownKeys(pallas);
const software = await softwareAdapter();
const shared = await sharedContext();

describe.skipIf(software === undefined)('the webgpu engine', () => {
  const gpu = software?.gpu as GPU;
  const context = shared!;

  const open = async (options: BackendOptions = {}, internals?: WebgpuInternals): Promise<Backend> => {
    const engine = await createWebgpuBackend(options, internals ?? { context });
    onTestFinished(() => engine.close());
    return engine;
  };

  it('does not take an adapter that computes on the CPU unless asked to, and auto never does', async () => {
    expect(await codeOf(() => createBackend('webgpu', { webgpu: { gpu } }))).toBe('BackendUnavailable');
    for (const webgpu of [{}, { gpu }]) {
      const engine = await createBackend('auto', { threads: 0, webgpu });
      expect(engine.name).toBe('wasm');
      await engine.close();
    }
    const engine = await createBackend('webgpu', { webgpu: { gpu, adapter: 'software' } });
    expect(engine.name).toBe('webgpu');
    await engine.close();
  });

  it('says what is missing where there is no WebGPU', async () => {
    const error = await novaError(() => createBackend('webgpu'));
    expect([error.code, error.message]).toEqual(['BackendUnavailable', expect.stringContaining('`webgpu`')]);
  });

  it('finds the software adapter through the package for Node', async () => {
    const engine = await createBackend('webgpu', {
      webgpu: { gpu: await nodeGpu({ adapter: 'software' }), adapter: 'software' },
    });
    expect(await get(engine, put(engine, F, [7n]))).toEqual([7n]);
    await engine.close();
  });

  it('refuses options that make no sense', async () => {
    for (const webgpu of [{ layout: '16x16' }, { gpuMemory: -1 }, { gpuMemory: NaN }, { timeoutMs: 0 }]) {
      const options = { webgpu: { gpu, adapter: 'software', ...webgpu } };
      expect(await codeOf(() => createWebgpuBackend(options))).toBe('InvalidArgument');
    }
  });

  it.each(EVERYTHING ? Object.keys(LAYOUTS) : ['13x20'])(
    'computes the same with limbs of %s',
    async (layout) => {
      const engine = await open({ webgpu: { layout } });
      const random = randomElements(F, 'layouts');
      const [a, b, [r]] = [random(70), random(70), random(1)];
      const out = engine.vector(F, 70, 'out');
      engine.addScaled(out, put(engine, F, a), r, put(engine, F, b));
      expect(await get(engine, out)).toEqual(a.map((x, i) => mod(x + r * b[i], F.p)));
    },
  );

  it('makes no buffer in a step like those before, waits twice, and uploads the witness alone', async () => {
    const engine = await open();
    const n = 16;
    const key = await keys.load(
      engine,
      Array.from({ length: n + 1 }, (_, i) => i + 1),
    );
    const witness = await engine.witness(sums(n));
    const [W, T] = [engine.vector(F, n, 'W'), engine.vector(F, n, 'T')];
    const running = [put(engine, F, randomElements(F, 'a')(n)), engine.vector(F, n, 'b')];
    const [p1, p2] = [putProducts(engine, F, n), putProducts(engine, F, n)];
    const step = async (i: number) => {
      const [from, to] = [running[i % 2], running[1 - (i % 2)]];
      await engine.generate(witness, [BigInt(i)], W);
      engine.crossTerm(T, p1, 1n, p2);
      await engine.read([
        engine.commit(key, W, 1n),
        engine.commit(key, T, 2n),
        engine.firstUnsatisfied(p2, 1n),
      ]);
      engine.addScaled(to, from, BigInt(i), W);
      await engine.read([engine.commit(key, to, 3n)]);
    };
    await step(0);
    const [before, made] = [engine.counters(), context.arena.made];
    for (let i = 1; i <= 5; i++) await step(i);
    const after = engine.counters();
    expect(context.arena.made).toBe(made);
    expect([after.allocations, after.liveBytes, after.peakBytes]).toEqual([
      before.allocations,
      before.liveBytes,
      before.peakBytes,
    ]);
    expect(after.readBacks - before.readBacks).toBe(10);
    expect(after.bytesUp - before.bytesUp).toBe(5 * 32 * n);
    expect(after.bytesDown - before.bytesDown).toBe(5 * (3 * 64 + 4));
  });

  it('finds the unsatisfied row by a cross term or without, and again after it was mended', async () => {
    const engine = await open();
    const n = 80;
    const [zero, T] = [putProducts(engine, F, n), engine.vector(F, n, 'T')];
    const one = Array.from({ length: n }, () => 1n);
    const wrong = one.map((x, i) => (i === 70 ? 2n : x));
    const p = putProducts(engine, F, [one, one, wrong]);
    engine.crossTerm(T, zero, 1n, p);
    const checks = [engine.firstUnsatisfied(p, 1n), engine.firstUnsatisfied(zero, 1n)];
    engine.copy(p.CZ, p.AZ);
    checks.push(engine.firstUnsatisfied(p, 1n));
    expect(await engine.read(checks)).toEqual([70, -1, -1]);
    engine.crossTerm(T, zero, 1n, p);
    expect(await engine.read([engine.firstUnsatisfied(p, 2n), engine.firstUnsatisfied(p, 1n)])).toEqual([
      0, -1,
    ]);
  });

  it('refuses memory beyond its budget, which names what and how much, and works on', async () => {
    const engine = await open({ webgpu: { gpu, adapter: 'software', gpuMemory: 2 ** 20 } }, {});
    const v = put(engine, F, [1n, 2n]);
    const { liveBytes } = engine.counters();
    const error = await novaError(() => engine.vector(F, 40_000, 'E'));
    expect([error.code, error.message]).toEqual([
      'OutOfMemory',
      expect.stringMatching(/^vector E of 40000 elements: 1\.2 MiB \(1280000 bytes\).*gpuMemory/),
    ]);
    expect(engine.counters().liveBytes).toBe(liveBytes);
    expect(await get(engine, v)).toEqual([1n, 2n]);
    const large = engine.vector(F, 20_000, 'large');
    engine.free(large);
    engine.vector(F, 20_000, 'again');
  });

  it('does not use kernels that give a wrong answer to a known question', async () => {
    const inner = await softwareDevice();
    const faulty = faultyDevice(inner!);
    const broken = await GpuContext.open({ device: faulty.device });
    const engine = await open({}, { context: broken });
    const v = put(engine, F, randomElements(F, 'known')(3));
    // the answers of the first question come in the first read-back
    faulty.inject('flipped', 0, 1);
    engine.addScaled(engine.vector(F, 3, 'unused'), v, 2n, v);
    const out = engine.vector(F, 3, 'out');
    engine.addScaled(out, v, 2n, v);
    expect(await codeOf(() => engine.read([engine.download(out)]))).toBe('DeviceFault');
    // nothing else depends on it, and the next use asks again
    const xs = await get(engine, v);
    engine.addScaled(out, v, 2n, v);
    expect(await get(engine, out)).toEqual(xs.map((x) => mod(3n * x, F.p)));
    await engine.close();
    broken.close();
    inner!.destroy();
  });
});

/** W_i = i + 1 times the input, as sums; the last one is the output. */
function sums(n: number): WitnessProgram {
  const code = Array.from({ length: n }, (_, i) => (i === 0 ? [Op.Copy, 0, n] : [Op.Add, i, i - 1, n]));
  return {
    field: F,
    variables: n,
    inputs: 1,
    constants: [],
    slots: n + 1,
    code: Uint32Array.from(code.flat()),
    exponents: [],
    hints: [],
    head: { inputs: 0, words: 0, variables: [] },
    outputs: [n - 1],
  };
}
