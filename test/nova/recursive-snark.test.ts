import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ConstraintSystem,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type PrivateInputs,
  type StepCircuit,
} from '../../src/index.ts';
import { LinearCombination } from '../../src/circuit/linear-combination.ts';
import { WitnessBuilder } from '../../src/circuit/witness-builder.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';
import { leavesOf, valueOf } from './layout.ts';

const Z0 = [2n];
const STEPS = 3;
const addOf = (step: number) => BigInt(step + 1);

const circuit = new RootCircuit();
let backend: Backend;
let pp: PublicParams;
let run: Run;
const open: RecursiveSNARK[] = [];

beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(circuit, { backend });
  run = await new Run(pp, Z0, 'recursive-snark', (i) => ({ add: [addOf(i)] })).record(STEPS);
});
afterEach(() => open.splice(0).forEach((snark) => snark.close()));
afterAll(() => backend?.close());

/** Closes the proof after the test. */
async function closing(snark: Promise<RecursiveSNARK>): Promise<RecursiveSNARK> {
  open.push(await snark);
  return snark;
}

describe('a chain', () => {
  it('leads to what the same steps on BigInts lead to', () => {
    const F = pp.primary.curve.scalar;
    const zs = [2n];
    for (let i = 0; i < STEPS; i++) zs.push(circuit.run(F, zs[i], addOf(i)));
    // `new` runs step 0, the first `proveStep` counts it
    expect(run.outputs).toEqual([[zs[1]], [zs[1]], [zs[2]], [zs[3]]]);
  });

  it('synthesises its circuit once', () => {
    expect(circuit.synthesised).toBe(1);
  });

  it('has a first step that is free: only the count changes', async () => {
    const snark = await closing(run.resume(0));
    expect(snark.numSteps).toBe(0);
    await snark.proveStep();
    expect(snark.numSteps).toBe(1);
    const [before, after] = [run.states[0], await snark.encode()];
    const changed = leavesOf(pp.cycle, before).filter(
      (leaf) => sha3(valueOf(before, leaf)) !== sha3(valueOf(after, leaf)),
    );
    expect(changed.map(({ path }) => path)).toEqual(['i']);
    expect(snark.lastStep).toMatchObject({ allocations: 0, readBacks: 0, bytesUp: 0, bytesDown: 0 });
  });

  it('goes on the same when it is verified and encoded in between', async () => {
    const snark = await closing(run.start());
    await run.step(snark);
    expect(await snark.verify(1, Z0)).toEqual(run.outputs[1]);
    await snark.encode();
    await run.step(snark);
    expect(await snark.verify(2, Z0)).toEqual(run.outputs[2]);
    expect(sha3(await snark.encode())).toBe(sha3(run.states[2]));
  });

  it.each([0, 1, 2])('goes on the same after it was encoded and decoded at %i steps', async (steps) => {
    const snark = await closing(run.resume(steps));
    expect([snark.numSteps, snark.outputs]).toEqual([steps, run.outputs[steps]]);
    expect(sha3(await snark.encode())).toBe(sha3(run.states[steps]));
    while (snark.numSteps < Math.max(steps + 1, 2)) await run.step(snark);
    expect(sha3(await snark.encode())).toBe(sha3(run.states[snark.numSteps]));
  });

  it('draws other blinds every time from the platform', async () => {
    const twice = await Promise.all(
      [0, 1].map(async () => {
        const snark = await closing(RecursiveSNARK.new(pp, Z0, { inputs: run.inputs(0) }));
        await run.step(snark);
        await run.step(snark);
        return snark.encode();
      }),
    );
    const leaves = leavesOf(pp.cycle, twice[0]);
    const blinded = leaves.filter(({ path, kind }) => kind === 'point' || /r_[WE]$|ri_/.test(path));
    expect(blinded).toHaveLength(5 + 5 + 2);
    for (const leaf of blinded) {
      expect(valueOf(twice[0], leaf), leaf.path).not.toEqual(valueOf(twice[1], leaf));
    }
    const same = leaves.filter((leaf) => ['z0', 'i', 'zi'].includes(leaf.path));
    for (const leaf of same) expect(valueOf(twice[0], leaf)).toEqual(valueOf(twice[1], leaf));
  });
});

describe('verify', () => {
  it('accepts the right steps and start, also from bytes of a Node Buffer', async () => {
    const snark = await closing(RecursiveSNARK.decode(pp, Buffer.from(run.states[3])));
    expect(await snark.verify(3, Z0)).toEqual(run.outputs[3]);
  });

  it.each([0, 2, 4, -3, 3.5, Number.NaN, Infinity, 2 ** 53])('rejects %d steps', async (n) => {
    const snark = await closing(run.resume(3));
    expect(await codeOf(() => snark.verify(n, Z0))).toBe('ProofVerifyError');
  });

  it('rejects zero steps even where the state says zero', async () => {
    const snark = await closing(run.resume(0));
    expect(await codeOf(() => snark.verify(0, Z0))).toBe('ProofVerifyError');
  });

  it.each<[string, bigint[]]>([
    ['another z0', [3n]],
    ['no z0', []],
    ['too much', [2n, 2n]],
    [
      'the same number, not canonical',
      [2n + 0x40000000000000000000000000000000224698fc0994a8dd8c46eb2100000001n],
    ],
  ])('rejects %s', async (_, z0) => {
    const snark = await closing(run.resume(3));
    expect(await codeOf(() => snark.verify(3, z0))).toBe('ProofVerifyError');
  });

  it('rejects a proof under the parameters of another circuit', async () => {
    const other: StepCircuit = { arity: 1, synthesize: (cs, [z]) => [cs.square('z2', z)] };
    const others = await PublicParams.setup(other, { backend });
    expect(await codeOf(() => RecursiveSNARK.decode(others, run.states[1]))).toBe('InvalidWitnessLength');
    others.close();
  });

  it('rejects a proof under other parameters of the same size', async () => {
    // the sizes agree, one coefficient and with it the digest does not
    const twin: StepCircuit = {
      arity: 1,
      inputs: { add: 1 },
      synthesize(cs, [z], { add }) {
        const sum = cs.add('sum', z, cs.alloc('add', add[0]));
        const r = cs.alloc('root', cs.values.constant(0n));
        const r4 = cs.square('r4', cs.square('r2', r));
        cs.enforce('r^5 = 3 sum', r4, r, cs.lc().add(sum, 3n));
        return [r];
      },
    };
    const others = await PublicParams.setup(twin, { backend });
    expect(others.digest).not.toBe(pp.digest);
    const snark = await closing(RecursiveSNARK.decode(others, run.states[3]));
    expect(await codeOf(() => snark.verify(3, Z0))).toBe('ProofVerifyError');
    snark.close();
    others.close();
  });
});

describe('private inputs', () => {
  const p = 0x40000000000000000000000000000000224698fc0994a8dd8c46eb2100000001n;
  it.each<[string, PrivateInputs | undefined, string, RegExp]>([
    ['none', undefined, 'InvalidInputLength', /add/],
    ['an empty object', {}, 'InvalidInputLength', /add/],
    ['too few', { add: [] }, 'InvalidInputLength', /add takes 1/],
    ['too many', { add: [1n, 2n] }, 'InvalidInputLength', /add takes 1/],
    ['an unknown name', { add: [1n], sub: [1n] }, 'InvalidInputLength', /"sub"/],
    ['an inherited name', { add: [1n], toString: [1n] } as never, 'InvalidInputLength', /"toString"/],
    ['the modulus', { add: [p] }, 'InvalidFieldElement', /add\[0\]/],
    ['a negative number', { add: [-1n] }, 'InvalidFieldElement', /add\[0\]/],
    ['a JavaScript number', { add: [1] } as never, 'InvalidFieldElement', /add\[0\]/],
    ['no list', { add: undefined } as never, 'InvalidInputLength', /add/],
  ])('%s: a typed error that names the input, in a step and in `new`', async (_, inputs, code, message) => {
    const snark = await closing(run.resume(1));
    const error = await novaError(() => snark.proveStep(inputs));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(sha3(await snark.encode())).toBe(sha3(run.states[1]));

    const live = backend.counters().liveBytes;
    expect(await codeOf(() => RecursiveSNARK.new(pp, Z0, { inputs }))).toBe(code);
    expect(backend.counters().liveBytes).toBe(live);
  });

  it('of the free first step must be those of `new`', async () => {
    const inputs = { add: [addOf(0)] };
    const snark = await closing(RecursiveSNARK.new(pp, Z0, { inputs }));
    for (const other of [{ add: [addOf(1)] }, { add: [] }, {}, { sub: [addOf(0)] }]) {
      expect(await codeOf(() => snark.proveStep(other))).toBe('InvalidArgument');
    }
    expect(snark.numSteps).toBe(0);
    inputs.add[0] = 77n; // the caller's object is the caller's
    await snark.proveStep({ add: [addOf(0)] });
    expect(snark.numSteps).toBe(1);
  });
});

describe('z0', () => {
  it.each<[string, unknown, string]>([
    ['none', [], 'InvalidInitialInputLength'],
    ['too much', [1n, 2n], 'InvalidInitialInputLength'],
    ['a JavaScript number', [2], 'InvalidFieldElement'],
    ['a negative number', [-1n], 'InvalidFieldElement'],
    [
      'the modulus',
      [0x40000000000000000000000000000000224698fc0994a8dd8c46eb2100000001n],
      'InvalidFieldElement',
    ],
  ])('%s is refused', async (_, z0, code) => {
    expect(await codeOf(() => RecursiveSNARK.new(pp, z0 as bigint[]))).toBe(code);
  });

  it('is copied: the caller may change it later', async () => {
    const z0 = [2n];
    const snark = await closing(RecursiveSNARK.new(pp, z0, { inputs: run.inputs(0) }));
    z0[0] = 3n;
    await snark.proveStep();
    expect(await snark.verify(1, [2n])).toEqual(run.outputs[1]);
  });
});

describe('one operation at a time', () => {
  it('refuses a second one and finishes the first', async () => {
    const snark = await closing(run.resume(1));
    const step = run.step(snark);
    const seconds = [() => run.step(snark), () => snark.verify(1, Z0), () => snark.encode()];
    expect(await Promise.all(seconds.map(codeOf))).toEqual(['Busy', 'Busy', 'Busy']);
    await step;
    expect(sha3(await snark.encode())).toBe(sha3(run.states[2]));
  });
});

describe('a closed proof', () => {
  it('frees what it made, refuses everything, and may be closed twice', async () => {
    const live = backend.counters().liveBytes;
    const snark = await run.resume(1);
    expect(backend.counters().liveBytes).toBeGreaterThan(live);
    snark.close();
    snark.close();
    expect(backend.counters().liveBytes).toBe(live);
    const uses = [
      () => snark.numSteps,
      () => snark.outputs,
      () => snark.proveStep(),
      () => snark.verify(1, Z0),
      () => snark.encode(),
    ];
    for (const use of uses) expect(await codeOf(use)).toBe('BackendClosed');
  });

  it.each(['primary commitments', 'secondary witness', 'secondary commitments'])(
    'stays closed when that happens in a step (%s)',
    async (phase) => {
      const live = backend.counters().liveBytes;
      const snark = await closing(run.resume(1));
      const error = await codeOf(() =>
        snark.proveStep(run.inputs(1), {
          onProgress: (event) => {
            if (event.phase === phase) snark.close();
          },
        }),
      );
      expect(['BackendClosed', 'ForeignHandle']).toContain(error);
      expect(await codeOf(() => snark.numSteps)).toBe('BackendClosed');
      expect(backend.counters().liveBytes).toBe(live);
    },
  );

  it('is what a proof on a closed engine amounts to', async () => {
    const own = await testBackend();
    const params = await PublicParams.setup(circuit, { backend: own });
    const snark = await RecursiveSNARK.decode(params, run.states[1]);
    await own.close();
    expect(await codeOf(() => run.step(snark))).toBe('BackendClosed');
    expect(await codeOf(() => snark.verify(1, Z0))).toBe('BackendClosed');
    expect(await codeOf(() => snark.encode())).toBe('BackendClosed');
    expect(await codeOf(() => RecursiveSNARK.new(params, Z0, { inputs: run.inputs(0) }))).toBe(
      'BackendClosed',
    );
    snark.close();
    params.close();
  });
});

describe('a step', () => {
  it('synthesises nothing: it only runs the witness programs', async () => {
    const snark = await closing(run.resume(1));
    const spies = [ConstraintSystem, LinearCombination, WitnessBuilder].flatMap(({ prototype }) =>
      Object.getOwnPropertyNames(prototype)
        .filter((name) => name !== 'constructor')
        .filter((name) => typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function')
        .map((name) => vi.spyOn(prototype as unknown as Record<string, () => unknown>, name)),
    );
    expect(spies.length).toBeGreaterThan(10);
    try {
      await run.step(snark);
      expect(spies.filter((spy) => spy.mock.calls.length > 0).map((spy) => spy.getMockName())).toEqual([]);
    } finally {
      spies.forEach((spy) => spy.mockRestore());
    }
    expect(snark.numSteps).toBe(2);
  });

  it('makes no buffer, waits twice, and moves nothing up but the witnesses', async () => {
    const snark = await closing(run.start());
    await run.step(snark);
    const live = backend.counters().liveBytes;
    for (let i = 0; i < 2; i++) {
      await run.step(snark);
      const { lastStep } = snark;
      const [primary, secondary] = pp.variables;
      expect(lastStep).toMatchObject({
        allocations: 0,
        readBacks: 2,
        bytesUp: 32 * (primary + secondary),
        liveBytes: live,
      });
      // in each read two points and the number of a row
      expect(lastStep.bytesDown).toBeLessThan(512);
      expect(Object.keys(lastStep.phases)).toEqual(
        expect.arrayContaining(['oracle', 'witness', 'products', 'crossTerm', 'check', 'fold', 'commit']),
      );
      const sum = Object.values(lastStep.phases).reduce((a, b) => a + b, 0);
      expect(sum).toBeLessThanOrEqual(lastStep.ms);
      expect(sum).toBeGreaterThan(lastStep.ms / 2);
    }
  });
});
