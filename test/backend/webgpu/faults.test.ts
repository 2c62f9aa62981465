import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, Products, Vec } from '../../../src/backend/backend.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import type { AffinePoint } from '../../../src/curve/curve.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { NovaError, type ErrorCode } from '../../../src/errors.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { FaultRecord, WRONG } from '../../support/fault-record.ts';
import { type Fault, faultyDevice, type FaultyDevice } from '../../support/faulty-device.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { fromBytes, KnownKeys, put, putProducts, randomElements } from '../suite/tools.ts';
import { keyLogs, squares, squaresProgram } from './squares.ts';

/*
 * Whatever goes wrong with a device, a fold ends with the right values or with a typed error, and what it did not write is as
 * it was. `npm run bench:faults` tries all of them and writes down what they came to.
 */

const F = pallas.scalar;
const ROWS = 64;
const VARIABLES = 2 * ROWS;

/** u of the running instance. */
const U = 5n;
/** The challenge of a fold; where the transcript would come in. */
const challenge = (x: bigint): bigint => x + 77n;

/** A running witness that satisfies its instance: W, and E = W_i W_i - u W_(ROWS + i). */
function runningWitness(): { W: bigint[]; E: bigint[]; p: [bigint[], bigint[], bigint[]] } {
  const W = randomElements(F, 'running')(VARIABLES);
  const [x, square] = [W.slice(0, ROWS), W.slice(ROWS)];
  const E = x.map((a, i) => F.sub(F.mul(a, a), F.mul(U, square[i])));
  return { W, E, p: [x, x, square] };
}

/** The commitments to it, under the blinds 1 and 2. */
function runningCommitments(): { W: AffinePoint; E: AffinePoint } {
  const keys = new KnownKeys(pallas);
  const { W, E } = runningWitness();
  return { W: keys.commitment(LOGS, W, 1n), E: keys.commitment(LOGS, E, 2n) };
}

/** A fold of a small shape: its vectors on an engine, and a step. */
class Fold {
  readonly engine: Backend;
  readonly running: { W: Vec; E: Vec; p: Products };
  readonly next: { W: Vec; E: Vec; p: Products };
  readonly step: (x: bigint) => Promise<unknown[]>;

  private constructor(engine: Backend, step: (fold: Fold, x: bigint) => Promise<unknown[]>) {
    this.engine = engine;
    const { W, E, p } = runningWitness();
    this.running = { W: put(engine, F, W, 'W'), E: put(engine, F, E, 'E'), p: putProducts(engine, F, p) };
    this.next = {
      W: engine.vector(F, VARIABLES, 'next.W'),
      E: engine.vector(F, ROWS, 'next.E'),
      p: putProducts(engine, F, ROWS),
    };
    this.step = (x) => step(this, x);
  }

  static async make(engine: Backend): Promise<Fold> {
    const key = await engine.loadBases(pallas, KEY, { trusted: true });
    const M = engine.matrices(squares(F, ROWS));
    const witness = await engine.witness(squaresProgram(F, ROWS));
    const [W, T] = [engine.vector(F, VARIABLES, 'fresh.W'), engine.vector(F, ROWS, 'T')];
    const fresh = putProducts(engine, F, ROWS);
    return new Fold(engine, async ({ running, next }, x) => {
      await engine.generate(witness, [x], W);
      engine.products(fresh, M, W, 1n, []);
      engine.crossTerm(T, running.p, U, fresh);
      const values = await engine.read([
        engine.commit(key, W, 3n),
        engine.commit(key, T, 4n),
        engine.firstUnsatisfied(fresh, 1n),
      ]);
      const r = challenge(x);
      engine.addScaled(next.W, running.W, r, W);
      engine.addScaled(next.E, running.E, r, T);
      for (const k of ['AZ', 'BZ', 'CZ'] as const) engine.addScaled(next.p[k], running.p[k], r, fresh[k]);
      return [
        ...values,
        ...(await engine.read([engine.commit(key, next.W, 6n), engine.commit(key, next.E, 7n)])),
      ];
    });
  }

  /**
   * What the CPU finds of the fold by x with these commitments to W and T: whether the vectors open the folded commitments and
   * satisfy the folded instance. It is what the check of a proof on the engine comes to (src/nova/supervisor.ts).
   */
  async isRight(x: bigint, [commW, commT]: readonly AffinePoint[]): Promise<boolean> {
    const { next, engine } = this;
    const [W, E] = (await engine.read([engine.download(next.W), engine.download(next.E)])).map(fromBytes);
    const r = challenge(x);
    const [keys, running] = [new KnownKeys(pallas), runningCommitments()];
    const folded = (P: AffinePoint, Q: AffinePoint) => pallas.add(P, pallas.mul(r, Q));
    const u = F.add(U, r);
    return (
      pallas.equals(keys.commitment(LOGS, W, F.reduce(1n + 3n * r)), folded(running.W, commW)) &&
      pallas.equals(keys.commitment(LOGS, E, F.reduce(2n + 4n * r)), folded(running.E, commT)) &&
      E.every((e, i) => F.mul(W[i], W[i]) === F.add(F.mul(u, W[ROWS + i]), e))
    );
  }

  /** What a step may not change. */
  async state(): Promise<unknown[]> {
    const { W, E, p } = this.running;
    return this.engine.read([W, E, p.AZ, p.BZ, p.CZ].map((v) => this.engine.download(v)));
  }
}

const LOGS = keyLogs(VARIABLES);
const KEY = new KnownKeys(pallas).bytes(LOGS);

/** Bits of read-backs that are flipped, and words of buffers that are overwritten. */
const [FLIPPED, OVERWRITTEN] = EVERYTHING ? [150, 240] : [7, 3];

/** Of the places where a device is lost, hangs, or refuses a buffer, every so many are tried. */
const EVERY = EVERYTHING ? 1 : 16;

/** Milliseconds after which a device counts as lost: no word that was overwritten may keep it busy for so long. */
const LIMIT_MS = 120_000;

/** The end of a step that gave an answer, which the check of a proof then refused. */
const FOUND = 'found by the check';

const shared = await sharedContext();

describe.skipIf(shared === undefined)('a fold on a device that fails', { timeout: 1_800_000 }, () => {
  const inner = shared?.device as GPUDevice;
  const record = new FaultRecord('folds', { rows: ROWS });
  let facts: object = {};
  const expected = new Map<bigint, unknown[]>();
  let state: unknown[];
  beforeAll(async () => {
    const engine = await createWebgpuBackend({}, { context: shared! });
    const fold = await Fold.make(engine);
    const oracle = await Fold.make(createReferenceBackend());
    for (const x of [2n, 3n]) {
      expected.set(x, await oracle.step(x));
      expect(await fold.step(x)).toEqual(expected.get(x));
    }
    state = await oracle.state();
    facts = engine.facts ?? {};
    await engine.close();
  });
  afterAll(() => record.write(facts));

  const open = async (): Promise<{ faulty: FaultyDevice; context: GpuContext; fold: Fold }> => {
    const faulty = faultyDevice(inner);
    const context = await GpuContext.open({ device: faulty.device, timeoutMs: LIMIT_MS });
    const fold = await Fold.make(await createWebgpuBackend({}, { context, tried: true }));
    return { faulty, context, fold };
  };

  /** Runs a step; the error's code, or whether all was right. */
  const attempt = async (fold: Fold, x: bigint): Promise<ErrorCode | 'right' | typeof WRONG> => {
    try {
      return isDeepStrictEqual(await fold.step(x), expected.get(x)) ? 'right' : WRONG;
    } catch (error) {
      if (!(error instanceof NovaError)) throw error;
      return error.code;
    }
  };

  /** Writes down how a step ended in which a fault has happened. */
  const note = (fault: Fault, { happened, target }: FaultyDevice, how: string): void => {
    if (happened) record.add(fault, { how, stepsLost: how === 'right' ? 0 : 1, target });
  };

  it('ends with DeviceLost wherever in a step the device is lost', async () => {
    for (let place = 0; ; place += EVERY) {
      const { faulty, context, fold } = await open();
      if (place === 0) await fold.step(2n); // so that every buffer is made
      faulty.inject('lost', place);
      const code = await attempt(fold, 3n);
      const reached = faulty.happened;
      note('lost', faulty, code);
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
    for (let place = 0; ; place += EVERY) {
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
      note('hung', faulty, code);
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
      for (let place = 0; ; place += Math.min(EVERY, 2)) {
        faulty.inject(fault, place);
        const code = await attempt(fold, 3n);
        const reached = faulty.happened;
        note(fault, faulty, code);
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
    for (let seed = 1; seed <= FLIPPED; seed++) {
      faulty.inject('flipped', seed % 2, seed);
      const code = await attempt(fold, 3n);
      note('flipped', faulty, code);
      codes.push(code);
    }
    const faults = codes.filter((code) => code !== 'right');
    expect(new Set(faults)).toEqual(new Set(['DeviceFault']));
    // a point at infinity may have any Y
    expect(FLIPPED - faults.length).toBeLessThanOrEqual(FLIPPED / 7);
    faulty.inject('flipped', Infinity);
    expect(await fold.state()).toEqual(state);
    expect(await attempt(fold, 2n)).toBe('right');
    await fold.engine.close();
    context.close();
  });

  it('is caught by the check if a word of any buffer was overwritten: scalars, generators, buckets, matrices', async () => {
    let [dispatches, found] = [0, 0];
    for (let seed = 0; seed <= OVERWRITTEN; seed++) {
      const { faulty, context, fold } = await open();
      // without a fault at first, to see how many dispatches there are
      faulty.inject('overwritten', seed === 0 ? Infinity : (37 * seed) % dispatches, seed);
      let end: string;
      try {
        const values = (await fold.step(3n)) as AffinePoint[];
        if (seed === 0) dispatches = faulty.places;
        const right = await fold.isRight(3n, values);
        const same = isDeepStrictEqual(values.slice(0, 3), expected.get(3n)!.slice(0, 3));
        if (right) end = same ? 'right' : WRONG;
        else end = FOUND;
      } catch (error) {
        if (!(error instanceof NovaError)) throw error;
        end = error.code;
      }
      expect(faulty.happened).toBe(seed > 0);
      note('overwritten', faulty, end);
      // a wrong proof is one that the check believes
      expect(end, `seed ${seed}, ${faulty.target}`).not.toBe(WRONG);
      // nor may a word that the device has lost keep it busy
      expect(end, `seed ${seed}, ${faulty.target}`).not.toBe('DeviceLost');
      found += Number(end !== 'right');
      await fold.engine.close();
      context.close();
    }
    if (EVERYTHING) expect(found).toBeGreaterThan(OVERWRITTEN / 8);
  });

  it('ends with OutOfMemory wherever a buffer is refused, which names what was asked for', async () => {
    for (let place = 0; ; place += EVERY) {
      const faulty = faultyDevice(inner);
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
      note('refused', faulty, outcome instanceof NovaError ? outcome.code : String(outcome));
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

  it('has gone through all that, and the real device has not noticed', () => {
    expect(record.injections).toBeGreaterThanOrEqual(EVERYTHING ? 300 : 15);
    expect(record.wrong).toBe(0);
    shared!.check();
  });
});
