import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { pallas } from '../../../src/curve/curves.ts';
import { generatorSeeds } from '../../../src/curve/generator-seeds.ts';
import { generatorsFromSeeds } from '../../../src/curve/generators.ts';
import { NovaError } from '../../../src/errors.ts';
import { claim, makeClaims, MAX_OWNER, next, ownerOf, SLOTS } from '../../../src/backend/wasm/claims.ts';
import { FieldModules } from '../../../src/backend/wasm/field-module.ts';
import { GENERATORS, generatorModule, generatorsTask } from '../../../src/backend/wasm/generators.ts';
import { Host } from '../../../src/backend/wasm/host.ts';
import { Heap } from '../../../src/backend/wasm/memory.ts';
import { Pool } from '../../../src/backend/wasm/pool.ts';
import { Stop } from '../../../src/backend/stop.ts';
import { addTask, taskCall, type TaskCall } from '../../../src/backend/wasm/tasks.ts';
import { codeOf, novaError } from '../../support/error.ts';
import { forbidWorkers, watchWorkers } from './workers.ts';

const pools: Pool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

addTask('generators', generatorsTask);

/** A pool and some memory in which 64 points lie, all of them on the curve but one. */
function makePool(threads: number, bad = -1) {
  const heap = new Heap({ shared: threads > 0 });
  const scratch = { address: heap.allocate(2 ** 25, 'scratch'), bytes: 2 ** 25 };
  const pool = new Pool(new Host(heap.memory, () => scratch), heap, threads);
  pools.push(pool);
  const fields = new FieldModules(pool, { shared: threads > 0 });
  fields.ensure(pallas.base);
  fields.ensurePart(pallas.base, GENERATORS, generatorModule);
  const points = heap.allocate(64 * 64, 'points');
  const bytes = new Uint8Array(heap.memory.buffer, points, 64 * 64);
  for (let i = 0; i < 64; i++) bytes.set(pallas.toXY(pallas.generator), 64 * i);
  if (bad >= 0) bytes[64 * bad + 33] ^= 1;
  /** Whether point i is on the curve, as a task of its own. */
  const check = (i: number) =>
    taskCall('checkPoints', { curve: 'pallas', points: points + 64 * i, count: 1 });
  /** A task of half a second. */
  const out = heap.allocate(64 * 20_000, 'generators');
  const seeds = generatorSeeds(new TextEncoder().encode('ck'), 20_000);
  const long = (at = 0) =>
    taskCall('generators', { curve: 'pallas', seeds: seeds.slice(), count: 10_000, out: out + at });
  return { heap, pool, check, long, seeds, out };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe.each([0, 1, 2])('a pool of %d threads', (threads) => {
  it('returns results in the order of the calls', async () => {
    const { pool, check } = makePool(threads, 37);
    const results = await pool.run(Array.from({ length: 64 }, (_, i) => check(i)));
    expect(results).toEqual(Array.from({ length: 64 }, (_, i) => (i === 37 ? 0 : -1)));
  });

  it('takes more tasks than have numbers at a time, from several calls', async () => {
    const { pool, check } = makePool(threads, 3);
    const calls = Array.from({ length: SLOTS }, (_, i) => check(i % 64));
    const all = await Promise.all([pool.run(calls), pool.run(calls), pool.run(calls)]);
    for (const results of all) expect(results).toEqual(calls.map((_, i) => (i % 64 === 3 ? 0 : -1)));
  });

  it('computes in the memory that all share', async () => {
    const { pool, heap, seeds, out } = makePool(threads);
    await pool.run([taskCall('generators', { curve: 'pallas', seeds: seeds.slice(0, 96), count: 3, out })]);
    const made = new Uint8Array(heap.memory.buffer, out, 192).slice();
    expect(made).toEqual(generatorsFromSeeds(pallas, seeds.subarray(0, 96)));
  });

  it('sees memory that was added after the threads had started', async () => {
    const { pool, heap, check, seeds } = makePool(threads);
    await pool.run([check(0), check(1)]);
    const out = heap.allocate(2 ** 26, 'more') + 2 ** 26 - 64;
    await pool.run([taskCall('generators', { curve: 'pallas', seeds: seeds.slice(0, 32), count: 1, out })]);
    const made = new Uint8Array(heap.memory.buffer, out, 64).slice();
    expect(made).toEqual(generatorsFromSeeds(pallas, seeds.subarray(0, 32)));
  });

  it('counts the time of tasks', async () => {
    const { pool, check } = makePool(threads);
    const times: number[] = [];
    await pool.run([check(0), check(1)], { onTask: (ms) => void times.push(ms) });
    expect(times).toHaveLength(2);
    expect(times.every((ms) => ms >= 0 && ms < 10_000)).toBe(true);
  });

  it('rejects with what a task throws, or with EngineFault, and works on', async () => {
    const { pool, check } = makePool(threads);
    const unknown: TaskCall<number> = { name: 'toString', args: {} };
    expect((await novaError(() => pool.run([check(0), unknown, check(1)]))).message).toBe('no task toString');
    const outside = taskCall('checkPoints', { curve: 'pallas', points: 2 ** 32 - 128, count: 4 });
    const fault = await novaError(() => pool.run([outside]));
    expect(fault.code).toBe('EngineFault');
    expect(fault.message).toMatch(/out of bounds/);
    expect(await pool.run([check(0)])).toEqual([-1]);
  });

  it('begins no task after it was stopped, and ends when nothing runs any more', async () => {
    const { pool, check, long } = makePool(threads);
    const stop = new Stop();
    let ended = 0;
    const calls = Array.from({ length: 8 }, (_, i) => long(64 * 10_000 * (i % 2)));
    const run = pool.run(calls, { stop, onTask: () => void ended++ });
    const other = pool.run([check(5)]);
    setTimeout(() => stop.fire(new NovaError('Aborted', 'stop')), 20);
    expect(await codeOf(() => run)).toBe('Aborted');
    expect(ended).toBeLessThanOrEqual(Math.max(1, threads));
    expect(await other).toEqual([-1]);
    expect(await codeOf(() => pool.run([check(0)], { stop }))).toBe('Aborted');
  });

  it('rejects what is under way when it is closed, and all later calls', async () => {
    const { pool, check, long } = makePool(threads);
    await pool.run([check(0)]);
    const runs = [pool.run([long(), long(), long(), long()]), pool.run([check(0)])].map((run) =>
      codeOf(() => run),
    );
    await Promise.all([pool.close(), pool.close()]);
    // without threads a short task may have come to its end
    expect((await Promise.all(runs))[0]).toBe('BackendClosed');
    expect(await codeOf(() => pool.run([check(0)]))).toBe('BackendClosed');
  });
});

describe('the worker threads of a pool', () => {
  it('are started once, with the first tasks', async () => {
    const workers = watchWorkers();
    const { pool, check } = makePool(2);
    expect(workers).toHaveLength(0);
    for (let i = 0; i < 20; i++) await pool.run([check(i), check(i + 1)]);
    expect(workers).toHaveLength(2);
    expect(pool.threads).toBe(2);
  });

  it.each<[string, (worker: Worker) => unknown]>([
    ['is terminated', (worker) => worker.terminate()],
    ['throws', (worker) => worker.postMessage({ kind: 'tasks', tasks: 5 })],
  ])('fail what is under way with EngineFault when one %s, and are replaced', async (_, kill) => {
    const workers = watchWorkers();
    const { pool, check, long } = makePool(2);
    await pool.run([check(0)]);
    // a worker that is at work reads no message: those that come first are read first
    const run = pool.run([long(0), long(64 * 10_000), long(0), long(0)]);
    kill(workers[0]);
    expect(await codeOf(() => run)).toBe('EngineFault');
    expect(await pool.run([check(0), check(1), check(2)])).toEqual([-1, -1, -1]);
    expect(workers).toHaveLength(3);
  });

  it('fail what is under way when one is terminated in the middle of a task', async () => {
    const workers = watchWorkers();
    const { pool, check, long } = makePool(1);
    await pool.run([check(0)]);
    let ended = 0;
    const run = pool.run([long(0), long(0)], { onTask: () => void ended++ });
    setTimeout(() => void workers[0].terminate(), 50);
    expect(await codeOf(() => run)).toBe('EngineFault');
    expect(ended).toBe(0);
    expect(await pool.run([check(0)])).toEqual([-1]);
  });

  it('are replaced when they ended while nothing was to do', async () => {
    const workers = watchWorkers();
    const { pool, check } = makePool(2);
    await pool.run([check(0)]);
    await until(() => workers.every((worker) => worker.threadId > 0));
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(await pool.run([check(0), check(1)])).toEqual([-1, -1]);
    expect(workers).toHaveLength(4);
  });

  it('are done without where none can be started', async () => {
    forbidWorkers();
    const { pool, check } = makePool(2, 1);
    expect(await pool.run([check(0), check(1)])).toEqual([-1, 0]);
    expect(pool.threads).toBe(0);
  });

  it('are done without where their script cannot be loaded', async () => {
    watchWorkers(new URL('./no-such-worker.js', import.meta.url));
    const { pool, check } = makePool(2, 1);
    expect(await pool.run([check(0), check(1)])).toEqual([-1, 0]);
    expect(pool.threads).toBe(0);
    expect(await pool.run([check(1)])).toEqual([0]);
  });
});

describe('claims', () => {
  it('go to one thread each, and numbers come round', () => {
    const claims = makeClaims(false);
    let id = 0;
    const start = performance.now();
    for (let k = 0; k < 3 * SLOTS; k++) {
      expect(ownerOf(claims, id)).toBeUndefined();
      expect(claim(claims, id, 1 + (k % MAX_OWNER))).toBe(true);
      expect(claim(claims, id, 1 + ((k + 1) % MAX_OWNER))).toBe(false);
      expect(ownerOf(claims, id)).toBe(1 + (k % MAX_OWNER));
      id = next(id);
    }
    expect(performance.now() - start).toBeLessThan(5000);
    const last = 2 ** 26 - 1;
    expect(next(last)).toBe(0);
    const wrapped = makeClaims(false);
    for (let slot = 0; slot < SLOTS; slot++) wrapped[slot] = (last - SLOTS + 1 + slot) << 6;
    expect(claim(wrapped, 0, 63)).toBe(true);
    expect([ownerOf(wrapped, 0), claim(wrapped, last, 1)]).toEqual([63, false]);
  });
});
