import { describe, expect, it } from 'vitest';
import type { GeneratorSource } from '../../src/backend/backend.ts';
import { BACKENDS, createBackend } from '../../src/backend/engines.ts';
import { createReferenceBackend } from '../../src/backend/reference/engine.ts';
import { bn256, pallas, secp256k1 } from '../../src/curve/curves.ts';
import { Op, type WitnessProgram } from '../../src/field/program.ts';
import { backendSuite } from './suite.ts';
import { expectCode, get, KnownKeys, put, randomElements } from './suite/tools.ts';

// BigInts are the same for every curve
const curves = [pallas, bn256, secp256k1];
backendSuite('reference', () => createBackend('reference'), { scale: 0.25, curves });

const F = pallas.scalar;
const logs = Array.from({ length: 513 }, (_, i) => i + 1);

/** Runs `work` and returns its outcome and the longest time, in ms, that the event loop stood still meanwhile. */
async function longestBlock<T>(
  work: () => Promise<T>,
): Promise<{ result: PromiseSettledResult<T>; blocked: number }> {
  let last = performance.now();
  let blocked = 0;
  const timer = setInterval(() => {
    blocked = Math.max(blocked, performance.now() - last);
    last = performance.now();
  }, 1);
  const [result] = await Promise.allSettled([work()]);
  blocked = Math.max(blocked, performance.now() - last);
  clearInterval(timer);
  return { result, blocked };
}

describe('the reference engine', () => {
  it('lets timers run during a long read, reports progress in order, and counts the time by kind', async () => {
    const engine = createReferenceBackend();
    const key = await new KnownKeys(pallas).load(engine, logs);
    const v = put(engine, F, randomElements(F, 'long')(512));
    const pendings = Array.from({ length: 10 }, () => engine.commit(key, v, 1n));
    const shares: number[] = [];
    const { result, blocked } = await longestBlock(() =>
      engine.read(pendings, { onProgress: (share) => void shares.push(share) }),
    );
    expect(result.status).toBe('fulfilled');
    // Slices of 30 ms; the rest is for a busy machine. Uncut, the read would block for half a second.
    expect(blocked).toBeLessThan(250);
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(engine.counters().time.commit).toBeGreaterThan(engine.counters().time.fold);
    await engine.close();
  });

  it('is stopped in the middle of a read by a signal from a timer, and forgets what was recorded', async () => {
    const engine = createReferenceBackend();
    const keys = new KnownKeys(pallas);
    const key = await keys.load(engine, logs);
    const xs = randomElements(F, 'long')(512);
    const v = put(engine, F, xs);
    await engine.read([]);
    const pendings = Array.from({ length: 40 }, () => engine.commit(key, v, 1n));
    const controller = new AbortController();
    const start = performance.now();
    setTimeout(() => controller.abort(new Error('stop')), 50);
    const read = engine.read(pendings, { signal: controller.signal });
    await expect(read).rejects.toMatchObject({ code: 'Aborted', cause: new Error('stop') });
    // 40 commitments take about two seconds.
    expect(performance.now() - start).toBeLessThan(1000);

    await expectCode('Aborted', () => engine.read([pendings[39]]));
    const { time } = engine.counters();
    expect(await get(engine, v)).toEqual(xs);
    expect(engine.counters().time.commit).toBe(time.commit);
    expect(await engine.read([engine.commit(key, v, 2n)])).toEqual([keys.commitment(logs, xs, 2n)]);
    await engine.close();
  });

  it('does what else was recorded when a read is aborted', async () => {
    const engine = createReferenceBackend();
    const key = await new KnownKeys(pallas).load(engine, logs);
    const v = put(engine, F, randomElements(F, 'long')(512));
    const w = put(engine, F, [1n]);
    const controller = new AbortController();
    const pendings = Array.from({ length: 40 }, () => engine.commit(key, v, 1n));
    engine.clear(w);
    const read = engine.read(pendings, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const late = engine.download(w);
    await expectCode('Aborted', () => read);
    expect(await engine.read([late])).toEqual([new Uint8Array(32)]);
    await engine.close();
  });

  it('lets timers run during a long witness program, which a signal stops', async () => {
    const engine = createReferenceBackend();
    const n = 10_000;
    const program: WitnessProgram = {
      field: F,
      variables: n,
      inputs: 1,
      constants: [],
      slots: n + 1,
      code: Uint32Array.from(Array.from({ length: n }, (_, i) => [Op.Pow, i, i === 0 ? n : i - 1, 0]).flat()),
      exponents: [F.p - 2n],
      hints: [],
      head: { inputs: 0, words: 0, variables: [] },
      outputs: [n - 1],
    };
    const W = engine.vector(F, n, 'W');
    const witness = await engine.witness(program);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const { result, blocked } = await longestBlock(() =>
      engine.generate(witness, [3n], W, { signal: controller.signal }),
    );
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'Aborted' } });
    expect(blocked).toBeLessThan(250);
    await engine.close();
  });

  it('ends a long read when it is closed', async () => {
    const engine = createReferenceBackend();
    const key = await new KnownKeys(pallas).load(engine, logs);
    const v = put(engine, F, randomElements(F, 'long')(512));
    const read = engine.read(Array.from({ length: 40 }, () => engine.commit(key, v, 1n)));
    setTimeout(() => void engine.close(), 50);
    await expectCode('BackendClosed', () => read);
  });

  it('takes generators from another source, and checks them', async () => {
    const bytes = new KnownKeys(pallas).bytes([1, 2, 3]);
    const calls: [string, string, number][] = [];
    const source =
      (points: Uint8Array): GeneratorSource =>
      async (curve, label, n) => {
        calls.push([curve.name, new TextDecoder().decode(label), n]);
        return points;
      };
    const label = new TextEncoder().encode('ck');
    const engine = createReferenceBackend({ generators: source(bytes) });
    expect(await engine.saveBases(await engine.bases(pallas, label, 2))).toEqual(bytes);
    expect(calls).toEqual([['pallas', 'ck', 3]]);
    await expectCode('InvalidCommitmentKey', () => engine.bases(pallas, label, 3));
    const hostile = createReferenceBackend({ generators: source(new Uint8Array(3 * 64)) });
    await expectCode('InvalidCommitmentKey', () => hostile.bases(pallas, label, 2));
    await Promise.all([engine.close(), hostile.close()]);
  });
});

describe('createBackend', () => {
  it.each(BACKENDS.filter((name) => name !== 'webgpu'))('makes the engine %s', async (name) => {
    const engine = await createBackend(name);
    expect(engine.name).toBe(name);
    await engine.close();
  });

  it('says what is missing where there is no WebGPU', async () => {
    await expect(createBackend('webgpu')).rejects.toMatchObject({
      code: 'BackendUnavailable',
      message: expect.stringContaining('webgpu'),
    });
  });

  it('picks an engine for auto, which says its name', async () => {
    const engine = await createBackend('auto');
    expect(BACKENDS).toContain(engine.name);
    await engine.close();
  });

  it('names the engines if there is none of that name', async () => {
    await expect(createBackend('cuda' as 'auto')).rejects.toMatchObject({
      code: 'UnknownBackend',
      message: expect.stringContaining('reference'),
    });
  });
});
