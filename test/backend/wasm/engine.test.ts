import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Backend, BackendOptions, ModuleStore } from '../../../src/backend/backend.ts';
import { createBackend, detectFeatures } from '../../../src/backend/engines.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import type { WasmLimits } from '../../../src/backend/wasm/open.ts';
import { createWasmBackend } from '../../../src/backend/wasm/open.ts';
import type { AffinePoint } from '../../../src/curve/curve.ts';
import { bn256, pallas, secp256k1, vesta } from '../../../src/curve/curves.ts';
import { fromLabel } from '../../../src/curve/generators.ts';
import { elementsToBytes } from '../../../src/field/bytes.ts';
import { pallasBase, secp256k1Base } from '../../../src/field/fields.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import { nodeGenerators } from '../../../src/node/generators.ts';
import { nodeModules } from '../../../src/node/module-cache.ts';
import { codeOf, novaError } from '../../support/error.ts';
import { backendSuite } from '../suite.ts';
import { get, KnownKeys, mod, put, randomElements } from '../suite/tools.ts';
import { watchWorkers } from './workers.ts';

const modules = nodeModules();
backendSuite('wasm, 2 threads', () => createWasmBackend({ threads: 2, modules }));
// what they do differently from the others, samples show: other threads take the same tasks
const fields = [pallasBase, secp256k1Base];
const curves = [pallas, secp256k1];
const sample = { scale: 0.25, fields, curves };
backendSuite('wasm, 1 thread', () => createWasmBackend({ threads: 1, modules }), sample);
backendSuite('wasm without threads', () => createWasmBackend({ threads: 0, modules }), sample);
// other code for every field
backendSuite('wasm without SIMD', () => createWasmBackend({ threads: 2, modules }, { simd: false }), {
  scale: 0.25,
  curves: [bn256],
});

const F = pallas.scalar;
const LABEL = new TextEncoder().encode('ck');
const keys = new KnownKeys(pallas);

async function open(options: BackendOptions, limits?: WasmLimits): Promise<Backend> {
  const engine = await createWasmBackend({ modules, ...options }, limits);
  onTestFinished(() => engine.close());
  return engine;
}

/** A key of 8,192 generators and a vector whose commitments take some 50 ms each, and how they are related. */
async function longCommitments(engine: Backend, count: number) {
  const n = 8192;
  const key = await engine.bases(pallas, LABEL, n);
  const h = pallas.fromXY((await engine.saveBases(key)).subarray(0, 64));
  const xs = randomElements(F, 'long')(n);
  const v = put(engine, F, xs);
  const commit = () => Array.from({ length: count }, (_, i) => engine.commit(key, v, BigInt(i)));
  const [first] = await engine.read([engine.commit(key, v, 0n)]);
  const expected = (i: number) => pallas.add(first, pallas.mul(BigInt(i), h));
  return { v, xs, commit, expected };
}

/** What the reference engine makes of them, asked once. */
let differentCommitments: Promise<readonly AffinePoint[]> | undefined;

/** Commitments of very different cost, on two curves, in one read. */
async function commitDifferently(engine: Backend): Promise<readonly AffinePoint[]> {
  const n = 3000;
  const random = randomElements(F, 'mixed')(n);
  const vectors = [
    random,
    random.map((x) => x & 1n),
    random.map((x, i) => (i < n / 2 ? x & 1n : x)),
    [],
    random.slice(0, 1),
    random.map(() => 0n),
    random.slice(0, 2000).map((x) => x & 0xffffn),
  ];
  const small = randomElements(vesta.scalar, 'other')(100);
  const generators = nodeGenerators();
  const [key, other] = [
    await engine.loadBases(pallas, await generators(pallas, LABEL, n + 1)),
    await engine.loadBases(vesta, await generators(vesta, LABEL, 101)),
  ];
  return engine.read([
    ...vectors.map((xs, i) => engine.commit(key, put(engine, F, xs), BigInt(i))),
    engine.commit(other, put(engine, vesta.scalar, small), 3n),
  ]);
}

describe.each([0, 2])('the wasm engine with %d threads', (threads) => {
  it('makes the same commitments without a table, and counts the time and the bytes of one', async () => {
    const logs = Array.from({ length: 301 }, (_, i) => i + 1);
    const xs = randomElements(F, 'table')(300);
    for (const tableBytes of [0, 100_000, 2 ** 26]) {
      const engine = await open({ threads, tableBytes });
      const key = await keys.load(engine, logs);
      const v = put(engine, F, xs);
      const before = engine.counters();
      expect(await engine.read([engine.commit(key, v, 7n)])).toEqual([keys.commitment(logs, xs, 7n)]);
      const after = engine.counters();
      expect(after.time.tables).toBeGreaterThan(0);
      expect(after.liveBytes - before.liveBytes).toBeGreaterThanOrEqual(301 * 64);
      expect(after.liveBytes - before.liveBytes).toBeLessThanOrEqual(Math.max(tableBytes, 301 * 80));
      engine.free(key, v);
      expect(engine.counters().liveBytes).toBe(0);
    }
  });

  it('commits to vectors of any length, whatever is in the tables so far', async () => {
    const n = 2048;
    // in tables of 1,025 bases, then in larger ones: those for 1,500 scalars, all tables from the fifth time on, one base more
    const lengths = [600, 1023, 1024, 1500, 900, 1600, 300, 1023, n, 600];
    const xs = randomElements(F, 'growing')(n);
    const vectors = (engine: Backend) => lengths.map((length) => put(engine, F, xs.slice(0, length)));
    const plain = await open({ threads, tableBytes: 0 });
    const whole = await plain.bases(pallas, LABEL, n);
    await plain.read([plain.commit(whole, put(plain, F, xs), 0n)]);
    const expected = await plain.read(vectors(plain).map((v, i) => plain.commit(whole, v, BigInt(i))));

    const engine = await open({ threads });
    const [key, again] = [await engine.bases(pallas, LABEL, n), await engine.bases(pallas, LABEL, n)];
    // what is not entered is not zero: points that are equal would be added by other means
    const junk = engine.vector(F, 65_536, 'junk');
    let state = 1;
    const byte = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
    const bytes = Uint8Array.from({ length: 32 * junk.length }, byte);
    engine.upload(
      junk,
      bytes.map((b, k) => (k % 32 === 31 ? 0 : b)),
    );
    await engine.read([]);
    engine.free(junk);
    for (const [i, v] of vectors(engine).entries()) {
      expect(await engine.read([engine.commit(key, v, BigInt(i))]), `of ${lengths[i]}`).toEqual([
        expected[i],
      ]);
    }
    // all at once: tables grow while others are used
    expect(await engine.read(vectors(engine).map((v, i) => engine.commit(again, v, BigInt(i))))).toEqual(
      expected,
    );
  });

  it('makes several commitments of very different cost in one read', async () => {
    const reference = (differentCommitments ??= commitDifferently(createReferenceBackend()));
    expect(await commitDifferently(await open({ threads }))).toEqual(await reference);
  });

  it('refuses memory beyond its limit with OutOfMemory, which names what and how much, and works on', async () => {
    const engine = await open({ threads }, { maximumPages: 1100 }); // 68.75 MiB
    const v = put(engine, F, [1n, 2n]);
    const { liveBytes } = engine.counters();
    for (const make of [
      () => engine.vector(F, 4_000_000, 'E'),
      () => engine.bases(pallas, LABEL, 2_000_000),
      () => engine.witness({ ...sum(1), slots: 4_000_000 }),
    ]) {
      const error = await novaError(make);
      expect(error.code).toBe('OutOfMemory');
      expect(error.message).toMatch(/: \d+\.\d MiB \(\d+ bytes\)/);
    }
    expect((await novaError(() => engine.vector(F, 4_000_000, 'E'))).message).toContain(
      'vector E of 4000000',
    );
    expect(engine.counters().liveBytes).toBe(liveBytes);
    expect(await get(engine, v)).toEqual([1n, 2n]);
  });

  it('reports at the read that there is no memory for what an operation needs', async () => {
    const engine = await open({ threads }, { maximumPages: 100 }); // less than the scratch memory
    const [v, out] = [put(engine, F, [1n, 2n]), engine.vector(F, 2, 'out')];
    engine.addScaled(out, v, 3n, v);
    expect((await novaError(() => engine.read([engine.download(out)]))).message).toContain('scratch memory');
    expect(await get(engine, v)).toEqual([1n, 2n]);
  });

  it('stops soon when a read is aborted, and works on', async () => {
    const engine = await open({ threads, tableBytes: 0, generators: nodeGenerators() });
    const { commit, expected } = await longCommitments(engine, 30);
    const controller = new AbortController();
    const start = performance.now();
    setTimeout(() => controller.abort(new Error('stop')), 30);
    const read = engine.read(commit(), { signal: controller.signal });
    await expect(read).rejects.toMatchObject({ code: 'Aborted', cause: new Error('stop') });
    const stopped = performance.now() - start;
    const again = performance.now();
    const [C] = await engine.read(commit().slice(0, 1));
    expect(C).toEqual(expected(0));
    // 30 of them take 30 times as long as one
    expect(stopped).toBeLessThan(30 + 15 * (performance.now() - again));
  });

  it('stops making generators when aborted, reports their progress, and leaves no memory in use', async () => {
    const engine = await open({ threads });
    const controller = new AbortController();
    const shares: number[] = [];
    const onProgress = (share: number) => {
      shares.push(share);
      if (share > 0.2) controller.abort();
    };
    const making = engine.bases(pallas, LABEL, 20_000, { signal: controller.signal, onProgress });
    expect(await codeOf(() => making)).toBe('Aborted');
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThan(1);
    expect(engine.counters().liveBytes).toBe(0);
    const bases = await engine.bases(pallas, LABEL, 600, { onProgress: (share) => void shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    expect(await engine.saveBases(bases)).toEqual(await fromLabel(pallas, LABEL, 601));
  });

  it('takes generators from another source, and checks them', async () => {
    const bytes = keys.bytes([1, 2, 3]);
    const engine = await open({ threads, generators: async () => bytes });
    expect(await engine.saveBases(await engine.bases(pallas, LABEL, 2))).toEqual(bytes);
    expect(await codeOf(() => engine.bases(pallas, LABEL, 3))).toBe('InvalidCommitmentKey');
    const wrong = bytes.slice();
    wrong[70] ^= 1;
    const hostile = await open({ threads, generators: async () => wrong });
    const error = await novaError(() => hostile.bases(pallas, LABEL, 2));
    expect([error.code, error.message]).toEqual([
      'InvalidCommitmentKey',
      expect.stringContaining('generator 1 '),
    ]);
  });

  it('makes nothing new in 200 steps', async () => {
    const engine = await open({ threads });
    const n = 100;
    const key = await keys.load(
      engine,
      Array.from({ length: n + 1 }, (_, i) => i + 1),
    );
    const witness = await engine.witness(sum(n));
    const W = engine.vector(F, n, 'W');
    const running = [put(engine, F, randomElements(F, 'a')(n)), engine.vector(F, n, 'b')];
    const step = async (i: number) => {
      await engine.generate(witness, [BigInt(i)], W);
      engine.addScaled(running[1 - (i % 2)], running[i % 2], BigInt(i), W);
      await engine.read([engine.commit(key, W, 1n), engine.commit(key, running[1 - (i % 2)], 1n)]);
    };
    await step(0);
    const before = engine.counters();
    for (let i = 1; i <= 200; i++) await step(i);
    const after = engine.counters();
    expect([after.allocations, after.liveBytes, after.peakBytes]).toEqual([
      before.allocations,
      before.liveBytes,
      before.peakBytes,
    ]);
    expect(after.readBacks - before.readBacks).toBe(200);
  });
});

describe('the wasm engine', () => {
  it('fails with EngineFault when a worker ends in the middle of a read, and works on', async () => {
    const workers = watchWorkers();
    const engine = await open({ threads: 2, tableBytes: 0, generators: nodeGenerators() });
    const { v, xs, commit, expected } = await longCommitments(engine, 20);
    const [w, out] = [put(engine, F, xs), engine.vector(F, xs.length, 'out')];
    engine.addScaled(out, v, 2n, w);
    const pendings = commit();
    const read = engine.read(pendings);
    setTimeout(() => void workers[1].terminate(), 20);
    expect(await codeOf(() => read)).toBe('EngineFault');
    expect(await codeOf(() => engine.read([pendings[19]]))).toBe('EngineFault');

    expect(await get(engine, v)).toEqual(xs);
    engine.addScaled(out, v, 2n, w);
    const [C, sums] = await engine.read([commit()[3], engine.download(out)]);
    expect(C).toEqual(expected(3));
    expect(sums.slice(0, 32)).toEqual(F.toBytes(mod(3n * xs[0], F.p)));
    expect(workers).toHaveLength(3);
  });

  it('fails with EngineFault when a worker ends while generators are made, and makes them again', async () => {
    const workers = watchWorkers();
    const engine = await open({ threads: 2 });
    const making = engine.bases(pallas, LABEL, 20_000, {
      onProgress: () => void workers[0].terminate(),
    });
    expect(await codeOf(() => making)).toBe('EngineFault');
    expect(engine.counters().liveBytes).toBe(0);
    expect((await engine.bases(pallas, LABEL, 10)).length).toBe(10);
  });

  it('lets folds run while a witness program waits for its hints', async () => {
    const engine = await open({ threads: 2 });
    const [a, b, out] = [put(engine, F, [1n]), put(engine, F, [2n]), engine.vector(F, 1, 'out')];
    const W = engine.vector(F, 1, 'W');
    const old = engine.vector(F, 1, 'old');
    engine.copy(old, W);
    const generated = engine.generate(await engine.witness(sum(1)), [5n], W);
    engine.addScaled(out, a, 3n, b);
    engine.copy(old, W);
    const [sums, copied] = await engine.read([engine.download(out), engine.download(old)]);
    expect([sums, copied]).toEqual([F.toBytes(7n), F.toBytes(5n)]);
    expect(await generated).toEqual([5n]);
  });

  it('makes no witness program ready once it was closed, be it in the midst of that', async () => {
    const engine = await createWasmBackend({ threads: 0 });
    const witness = engine.witness(sum(1));
    const [code] = await Promise.all([codeOf(() => witness), engine.close()]);
    expect(code).toBe('BackendClosed');
  });

  it('keeps its modules where it is told to, and makes them again if what is kept is no module', async () => {
    const kept = new Map<string, Uint8Array<ArrayBuffer>>();
    const got: string[] = [];
    const modules: ModuleStore = {
      get: (name) => (got.push(name), kept.get(name)),
      put: (name, module) => void kept.set(name, module),
    };
    const use = async (threads: number) => {
      const engine = await createWasmBackend({ threads, modules });
      const [a, out] = [put(engine, F, [3n]), engine.vector(F, 1, 'out')];
      engine.addScaled(out, a, 4n, a);
      expect(await get(engine, out)).toEqual([15n]);
      await engine.close();
    };
    await use(0);
    await use(1);
    // one for a memory that is shared and one for one that is not
    expect(kept.size).toBe(2);
    const [name] = kept.keys();
    const module = kept.get(name);
    await use(0);
    expect(kept.get(name)).toBe(module);
    kept.set(name, new Uint8Array(100));
    await use(0);
    expect(kept.get(name)).toEqual(module);
    expect(got).toEqual([...kept.keys(), name, name]);
  });

  it('refuses options that make no sense', async () => {
    for (const threads of [-1, 1.5, 64, NaN]) {
      expect(await codeOf(() => createWasmBackend({ threads }))).toBe('InvalidArgument');
    }
    for (const tableBytes of [-1, NaN]) {
      expect(await codeOf(() => createWasmBackend({ tableBytes }))).toBe('InvalidArgument');
    }
  });

  it('is refused by name without WebAssembly, and auto takes another engine', async () => {
    expect(await detectFeatures()).toMatchObject({ wasm: true, simd: true });
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await detectFeatures()).toMatchObject({ wasm: false, simd: false, relaxedSimd: false });
    expect(await codeOf(() => createBackend('wasm'))).toBe('BackendUnavailable');
    const engine = await createBackend('auto');
    expect(engine.name).toBe('reference');
    await engine.close();
  });

  it('is what auto takes, with the threads that are there', async () => {
    const engine = await createBackend('auto', { threads: 2 });
    expect(engine.name).toBe('wasm');
    await engine.close();
    expect(await detectFeatures(3)).toMatchObject({ threads: 3 });
    expect(await detectFeatures(0)).toMatchObject({ threads: 0, whyNoThreads: 'none were asked for' });
    expect((await detectFeatures()).threads).toBeGreaterThan(0);
  });
});

describe('a process with a wasm engine', () => {
  const library = new URL('../../../dist/index.js', import.meta.url);
  const start = `
    import { createBackend, cycleByName } from ${JSON.stringify(library.href)};
    const { primary } = cycleByName('pasta');
    const engine = await createBackend('wasm', { threads: 2 });
    const v = engine.vector(primary.scalar, 4096, 'v');
    const bases = await engine.bases(primary, new TextEncoder().encode('ck'), 4096);
  `;
  /** Runs a module to its end; fails if it does not come to one by itself. */
  const run = async (source: string, ...flags: string[]) => {
    const args = [...flags, '--input-type=module', '--eval', start + source];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    return stdout;
  };

  it('ends by itself while the engine is open and idle', async () => {
    expect(await run(`await engine.read([engine.commit(bases, v, 1n)]); console.log('idle');`)).toBe(
      'idle\n',
    );
  });

  it('ends by itself after the engine was closed', async () => {
    expect(await run(`await engine.close(); console.log('closed');`)).toBe('closed\n');
  });

  // V8 has no SIMD on x86-64 without SSE 4.1
  it.runIf(process.arch === 'x64')('works on a machine without SIMD, where auto takes it too', async () => {
    const vector = randomElements(F, 'no SIMD')(64);
    const source = `
      import { detectFeatures } from ${JSON.stringify(library.href)};
      const auto = await createBackend('auto', { threads: 2 });
      const short = auto.vector(primary.scalar, 64, 'short');
      auto.upload(short, Uint8Array.from(${JSON.stringify([...elementsToBytes(F, vector)])}));
      const key = await auto.bases(primary, new TextEncoder().encode('ck'), 64);
      const [{ x }] = await auto.read([auto.commit(key, short, 5n)]);
      const { simd, threads } = await detectFeatures(2);
      console.log(JSON.stringify([auto.name, simd, threads, String(x)]));
      await engine.close();
      await auto.close();
    `;
    const here = await open({ threads: 0 });
    const key = await here.bases(pallas, LABEL, 64);
    const [{ x }] = await here.read([here.commit(key, put(here, F, vector), 5n)]);
    const facts = JSON.parse(await run(source, '--no-enable-sse4-1')) as unknown;
    expect(facts).toEqual(['wasm', false, 2, String(x)]);
  });

  it('does not end while a read is under way', async () => {
    const read = `engine.read([engine.commit(bases, v, 1n)]).then(([C]) => console.log(C.infinity));`;
    expect(await run(read)).toBe('false\n');
  });
});

/** W_i = i + 1 times the input, as sums; the last one is the output. */
function sum(n: number): WitnessProgram {
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
