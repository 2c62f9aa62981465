import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Pending, Vec } from '../../../src/backend/backend.ts';
import { DEFAULT_LAYOUT } from '../../../src/backend/webgpu/codegen/layout.ts';
import { sumCost } from '../../../src/backend/webgpu/costs.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { SUMCHECK_SUMS, type SumcheckSum } from '../../../src/backend/webgpu/sumcheck.ts';
import { pallasBase } from '../../../src/field/fields.ts';
import { KeccakTranscript } from '../../../src/hash/transcript.ts';
import { Workspace } from '../../../src/pcs/workspace.ts';
import { EqFactor } from '../../../src/spartan/eq-factor.ts';
import { Multilinear } from '../../../src/spartan/multilinear.ts';
import { proveEqCubic, proveProduct } from '../../../src/spartan/sumcheck-prover.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { mixed, mod, put } from '../suite/tools.ts';

const F = pallasBase;
const shared = await sharedContext();

/** What every submission ends with: the dispatch that marks the read-back as its own. */
const SEAL = 1;

describe.skipIf(shared === undefined)('a round of a sum-check on a GPU', () => {
  const context = shared!;
  let engine: Backend;
  const vectors: Record<string, Vec> = {};
  beforeAll(async () => {
    engine = await createWebgpuBackend({}, { context });
    for (const name of ['P', 'Q', 'R']) vectors[name] = put(engine, F, mixed(F, 256, name));
    vectors.eq = put(engine, F, mixed(F, 128, 'eq'));
    // kernels are compiled and tried before anything is counted
    engine.polynomials.foldHalves(engine.vector(F, 1, 'out'), put(engine, F, [1n, 2n]), 1n, 1n);
    await engine.read([engine.sumcheck.sum(vectors.P)]);
  });
  afterAll(() => engine?.close());

  /** What the engine counts for `ask` and the wait for its values. */
  async function cost(ask: () => readonly Pending<unknown>[]) {
    const [before, dispatches] = [engine.counters(), context.dispatches];
    await engine.read(ask());
    const after = engine.counters();
    return {
      dispatches: context.dispatches - dispatches,
      readBacks: after.readBacks - before.readBacks,
      bytesDown: after.bytesDown - before.bytesDown,
      bytesUp: after.bytesUp - before.bytesUp,
      allocations: after.allocations - before.allocations,
    };
  }

  it.each([
    ['sum', 1, () => engine.sumcheck.sum(vectors.P)],
    ['inner', 1, () => engine.sumcheck.inner(vectors.P, vectors.Q)],
    ['roundQuadratic', 2, () => engine.sumcheck.roundQuadratic(vectors.P, vectors.Q)],
    ['roundCubic', 3, () => engine.sumcheck.roundCubic(vectors.P, vectors.Q, vectors.R)],
    ['roundEq', 2, () => engine.sumcheck.roundEq(vectors.eq, vectors.P, vectors.Q, vectors.R)],
  ] as const)('%s: two dispatches, and %d elements come back', async (kind, elements, record) => {
    const counted = await cost(() => [record()]);
    expect(counted).toEqual({
      dispatches: 2 + SEAL,
      readBacks: 1,
      bytesDown: 32 * elements,
      bytesUp: 0,
      allocations: 0,
    });
    const { dispatches, bytes } = sumCost(
      SUMCHECK_SUMS[kind as SumcheckSum],
      F,
      DEFAULT_LAYOUT,
      128,
      context.limits,
    );
    expect(dispatches + SEAL).toBe(counted.dispatches);
    expect(bytes).toBeLessThanOrEqual(6 * 32 * 128);
  });

  it('binds its tables with a dispatch each, and several rounds come back in one wait', async () => {
    const r = 1n << 77n;
    const { polynomials, sumcheck } = engine;
    const tables = ['P', 'Q', 'R'].map((name) => vectors[name]);
    const counted = await cost(() => {
      const [P, Q, R] = tables.map((v) => {
        const bound = polynomials.prefix(v, v.length / 2);
        polynomials.foldHalves(bound, v, mod(1n - r, F.p), r);
        return bound;
      });
      return [sumcheck.roundCubic(P, Q, R), sumcheck.roundQuadratic(P, Q), sumcheck.sum(R)];
    });
    expect(counted).toEqual({
      dispatches: 3 + 3 * 2 + SEAL,
      readBacks: 1,
      bytesDown: 32 * (3 + 2 + 1),
      bytesUp: 0,
      allocations: 0,
    });
  });

  it.each([
    ['a product', 2 + SEAL + 2, 0, product],
    ['eq(tau, x) (A B - C)', 2 + SEAL + 4, 1, eqCubic],
  ] as const)(
    'of the prover of %s is %d dispatches and one wait for 64 bytes, %d dispatches less at the end',
    async (_, dispatches, less, prove) => {
      const workspace = new Workspace(engine, F, 'rounds');
      const table = (name: string) => {
        const v = workspace.vector(name, 256);
        engine.copy(v, vectors[name]);
        return new Multilinear(engine, workspace, v);
      };
      const start = () => ({ dispatches: context.dispatches, ...engine.counters() });
      let before = start();
      const rounds: unknown[] = [];
      await prove(workspace, table, () => {
        const after = start();
        rounds.push({
          dispatches: after.dispatches - before.dispatches,
          readBacks: after.readBacks - before.readBacks,
          bytesDown: after.bytesDown - before.bytesDown,
          bytesUp: after.bytesUp - before.bytesUp,
        });
        before = after;
      });
      const round = { dispatches, readBacks: 1, bytesDown: 64, bytesUp: 0 };
      const wanted = Array.from({ length: 8 }, () => round);
      wanted[7] = { ...round, dispatches: dispatches - less };
      // the first one has what was recorded before
      expect(rounds.slice(1)).toEqual(wanted.slice(1));
      workspace.close();
    },
  );

  type Table = (name: string) => Multilinear;

  async function product(_: Workspace, table: Table, onProgress: () => void): Promise<void> {
    const transcript = new KeccakTranscript(F, 'test');
    await proveProduct(engine, transcript, 1n, table('P'), table('Q'), { onProgress });
  }

  async function eqCubic(workspace: Workspace, table: Table, onProgress: () => void): Promise<void> {
    const transcript = new KeccakTranscript(F, 'test');
    const tau = mixed(F, 8, 'tau').map((x) => (x === 0n ? 5n : x));
    const eq = new EqFactor(engine, workspace, workspace.vector('eq', 128), tau);
    const [A, B, C] = ['P', 'Q', 'R'].map(table);
    await proveEqCubic(engine, transcript, 1n, eq, A, B, C, { onProgress });
  }
});
