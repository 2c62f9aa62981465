import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, Products, Vec } from '../../../src/backend/backend.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/engine.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { NovaError, type ErrorCode } from '../../../src/errors.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import { faultyDevice, type FaultyDevice } from '../../support/faulty-device.ts';
import { softwareDevice } from '../../support/software-gpu.ts';
import { KnownKeys, put, putProducts, randomElements } from '../suite/tools.ts';

/*
 * Whatever goes wrong with a device, a fold ends with the right values or with a typed error, and what it did not write is as
 * it was.
 */

const F = pallas.scalar;
const ROWS = 3;

/** W_i = (i + 1) x. */
const program: WitnessProgram = {
  field: F,
  variables: ROWS,
  inputs: 1,
  constants: [],
  slots: ROWS + 1,
  code: Uint32Array.from(
    Array.from({ length: ROWS }, (_, i) => (i === 0 ? [Op.Copy, 0, ROWS] : [Op.Add, i, i - 1, ROWS])).flat(),
  ),
  exponents: [],
  hints: [],
  outputs: [ROWS - 1],
};

/** Row i: W_i u = W_i. */
function sample(): ConstraintMatrices {
  const rowPtr = Uint32Array.from({ length: ROWS + 1 }, (_, i) => i);
  const own: SparseMatrix = {
    rowPtr,
    columns: Uint32Array.from({ length: ROWS }, (_, i) => i),
    coefficients: new Uint32Array(ROWS),
  };
  const u = { ...own, columns: new Uint32Array(ROWS).fill(ROWS) };
  return { field: F, constraints: ROWS, variables: ROWS, io: 0, A: own, B: u, C: own, dictionary: [1n] };
}

/** A fold of a small shape: its vectors on an engine, and a step. */
class Fold {
  readonly engine: Backend;
  readonly running: { W: Vec; E: Vec; p: Products };
  readonly next: { W: Vec; E: Vec; p: Products };
  readonly step: (x: bigint) => Promise<unknown[]>;

  private constructor(engine: Backend, step: (fold: Fold, x: bigint) => Promise<unknown[]>) {
    this.engine = engine;
    const random = randomElements(F, 'running');
    const side = (filled: boolean) => ({
      W: put(engine, F, filled ? random(ROWS) : Array<bigint>(ROWS).fill(0n), 'W'),
      E: put(engine, F, filled ? random(ROWS) : Array<bigint>(ROWS).fill(0n), 'E'),
      p: putProducts(engine, F, filled ? [random(ROWS), random(ROWS), random(ROWS)] : ROWS),
    });
    [this.running, this.next] = [side(true), side(false)];
    this.step = (x) => step(this, x);
  }

  static async make(engine: Backend): Promise<Fold> {
    const key = await engine.loadBases(pallas, KEY, { trusted: true });
    const M = engine.matrices(sample());
    const witness = engine.witness(program);
    const [W, T] = [engine.vector(F, ROWS, 'fresh.W'), engine.vector(F, ROWS, 'T')];
    const fresh = putProducts(engine, F, ROWS);
    return new Fold(engine, async ({ running, next }, x) => {
      await engine.generate(witness, [x], W);
      engine.products(fresh, M, W, 1n, []);
      engine.crossTerm(T, running.p, 5n, fresh);
      const values = await engine.read([
        engine.commit(key, W, 3n),
        engine.commit(key, T, 4n),
        engine.firstUnsatisfied(fresh, 1n),
      ]);
      const r = x + 77n; // where the transcript would come in
      engine.addScaled(next.W, running.W, r, W);
      engine.addScaled(next.E, running.E, r, T);
      for (const k of ['AZ', 'BZ', 'CZ'] as const) engine.addScaled(next.p[k], running.p[k], r, fresh[k]);
      return [
        ...values,
        ...(await engine.read([engine.commit(key, next.W, 6n), engine.commit(key, next.E, 7n)])),
      ];
    });
  }

  /** What a step may not change. */
  async state(): Promise<unknown[]> {
    const { W, E, p } = this.running;
    return this.engine.read([W, E, p.AZ, p.BZ, p.CZ].map((v) => this.engine.download(v)));
  }
}

const KEY = new KnownKeys(pallas).bytes(Array.from({ length: ROWS + 1 }, (_, i) => i + 1));

/** Milliseconds after which a device counts as lost. */
const LIMIT_MS = 60_000;

const inner = await softwareDevice();

describe.skipIf(inner === undefined)('a fold on a device that fails', () => {
  let first: GpuContext;
  const expected = new Map<bigint, unknown[]>();
  let state: unknown[];
  beforeAll(async () => {
    // keeps the kernels of the device compiled
    first = await GpuContext.open({ device: inner! });
    const engine = await createWebgpuBackend({}, { context: first });
    const fold = await Fold.make(engine);
    const oracle = await Fold.make(createReferenceBackend());
    for (const x of [2n, 3n]) {
      expected.set(x, await oracle.step(x));
      expect(await fold.step(x)).toEqual(expected.get(x));
    }
    state = await oracle.state();
    await engine.close();
  });
  afterAll(() => {
    first?.close();
    inner?.destroy();
  });

  const open = async (): Promise<{ faulty: FaultyDevice; context: GpuContext; fold: Fold }> => {
    const faulty = faultyDevice(inner!);
    const context = await GpuContext.open({ device: faulty.device, timeoutMs: LIMIT_MS });
    const fold = await Fold.make(await createWebgpuBackend({}, { context, tried: true }));
    return { faulty, context, fold };
  };

  /** Runs a step with a fault; the error's code, or that all was right. */
  const attempt = async (fold: Fold, x: bigint): Promise<ErrorCode | 'right'> => {
    try {
      expect(await fold.step(x)).toEqual(expected.get(x));
      return 'right';
    } catch (error) {
      if (!(error instanceof NovaError)) throw error;
      return error.code;
    }
  };

  it('ends with DeviceLost wherever in a step the device is lost', async () => {
    for (let place = 0; ; place++) {
      const { faulty, context, fold } = await open();
      if (place === 0) await fold.step(2n); // so that every buffer is made
      faulty.inject('lost', place);
      const code = await attempt(fold, 3n);
      const reached = faulty.happened;
      if (reached) {
        expect(code, `at place ${place}`).toBe('DeviceLost');
        expect(await attempt(fold, 3n)).toBe('DeviceLost');
      } else {
        expect(code).toBe('right');
      }
      await fold.engine.close();
      context.close();
      if (!reached) break;
    }
  });

  it('ends with DeviceLost wherever in a step a promise of the device hangs', async () => {
    for (let place = 0; ; place++) {
      const { faulty, context, fold } = await open();
      await fold.step(2n);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      faulty.inject('hung', place);
      let code: string | undefined;
      const ended = attempt(fold, 3n).then((c) => (code = c));
      while (code === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        if (faulty.happened) vi.advanceTimersByTime(LIMIT_MS);
      }
      await ended;
      vi.useRealTimers();
      expect(code, `at place ${place}`).toBe(faulty.happened ? 'DeviceLost' : 'right');
      await fold.engine.close();
      context.close();
      if (!faulty.happened) break;
    }
  });

  it.each(['dropped', 'zeroed', 'repeated'] as const)(
    'ends with DeviceFault wherever something is %s, and works on with the state as it was',
    async (fault) => {
      const { faulty, context, fold } = await open();
      await fold.step(2n);
      for (let place = 0; ; place++) {
        faulty.inject(fault, place);
        const code = await attempt(fold, 3n);
        const reached = faulty.happened;
        expect(code, `at place ${place}`).toBe(reached ? 'DeviceFault' : 'right');
        faulty.inject(fault, Infinity);
        expect(await fold.state()).toEqual(state);
        expect(await attempt(fold, 2n)).toBe('right');
        if (!reached) break;
      }
      await fold.engine.close();
      context.close();
    },
  );

  it('ends with DeviceFault whatever bit of the points and marks that are read back is flipped and matters', async () => {
    const { faulty, context, fold } = await open();
    const codes: string[] = [];
    for (let seed = 1; seed <= 150; seed++) {
      faulty.inject('flipped', seed % 2, seed);
      codes.push(await attempt(fold, 3n));
    }
    // a point at infinity may have any Y
    expect(new Set(codes)).toEqual(new Set(['DeviceFault', 'right']));
    expect(codes.filter((code) => code === 'right').length).toBeLessThan(20);
    faulty.inject('flipped', Infinity);
    expect(await fold.state()).toEqual(state);
    expect(await attempt(fold, 2n)).toBe('right');
    await fold.engine.close();
    context.close();
  });

  it('ends with OutOfMemory wherever a buffer is refused, which names what was asked for', async () => {
    for (let place = 0; ; place++) {
      const faulty = faultyDevice(inner!);
      faulty.inject('refused', place);
      let context: GpuContext | undefined;
      let engine: Backend | undefined;
      let outcome: unknown;
      try {
        context = await GpuContext.open({ device: faulty.device });
        engine = await createWebgpuBackend({}, { context, tried: true });
        const fold = await Fold.make(engine);
        expect(await fold.step(3n)).toEqual(expected.get(3n));
      } catch (error) {
        outcome = error;
      }
      await engine?.close();
      context?.close();
      if (!faulty.happened) {
        expect(outcome).toBeUndefined();
        break;
      }
      expect(outcome, `at place ${place}`).toMatchObject({
        code: 'OutOfMemory',
        message: expect.stringMatching(/^.+: \d+\.\d MiB \(\d+ bytes\)/),
      });
    }
  });
});
