/** Steps whose step circuit ran ahead are the same steps; what was computed ahead for another one is never used. */
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  builtinCircuit,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type Hint,
  type PrivateInputs,
  type StepReport,
  type Steps,
} from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { flakyEngine } from '../support/flaky-engine.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';

const STEPS = 4;
const Z0 = [2n];
const addOf = (step: number) => BigInt(step + 1);

const circuit = new RootCircuit();
let backend: Backend;
let pp: PublicParams;
let run: Run;
/** How often the hint, which is in the head, was called. */
let calls = 0;
const open: RecursiveSNARK[] = [];

/** The honest hint, counted. */
const honest: Hint = (x) => {
  calls++;
  const F = pp.primary.curve.scalar;
  return [circuit.run(F, x, 0n)];
};

beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(circuit, { backend });
  run = await new Run(pp, Z0, 'look-ahead', (i) => ({ add: [addOf(i)] })).record(STEPS);
  circuit.hint = honest;
});
afterEach(() => {
  circuit.hint = honest;
  open.splice(0).forEach((snark) => snark.close());
});
afterAll(() => backend?.close());

async function closing(snark: Promise<RecursiveSNARK>): Promise<RecursiveSNARK> {
  open.push(await snark);
  return snark;
}

/** The inputs of the recorded run's steps from this one on. */
const inputsFrom = (first: number, last = STEPS - 1): PrivateInputs[] =>
  Array.from({ length: last - first + 1 }, (_, i) => run.inputs(first + i)!);

/** Checks that the proof is where the undisturbed run was after so many steps. */
async function expectState(snark: RecursiveSNARK, steps: number): Promise<void> {
  expect([snark.numSteps, snark.outputs]).toEqual([steps, run.outputs[steps]]);
  expect(sha3(await snark.encode())).toBe(sha3(run.states[steps]));
}

/** Proves steps to the end, and returns their reports. */
async function all(steps: AsyncIterable<StepReport>): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for await (const report of steps) reports.push(report);
  return reports;
}

/** Proves one step of a loop that goes on with `next`, and leaves it: that step's head is prepared then. */
async function stepBefore(snark: RecursiveSNARK, next: PrivateInputs): Promise<void> {
  for await (const _ of snark.proveSteps([run.inputs(snark.numSteps), next])) return;
}

describe('steps with look-ahead', () => {
  it('are those without, state by state, and each step circuit ran once and ahead', async () => {
    const snark = await closing(run.start());
    let before = (calls = 0);
    for await (const report of snark.proveSteps(inputsFrom(0))) {
      const i = snark.numSteps;
      // the free first step looks not ahead, the second is the first that does, the last one has no successor
      expect(calls - before, `calls in step ${i}`).toBe([0, 2, 1, 0][i - 1]);
      if (i > 1) expect(report.phases.ahead).toBeGreaterThan(0);
      before = calls;
      await expectState(snark, i);
    }
    expect(await snark.verify(STEPS, Z0)).toEqual(run.outputs[STEPS]);
  });

  it('make no buffer, wait twice, and move nothing up but the witnesses', async () => {
    const snark = await closing(run.start());
    const [, , ...reports] = await all(snark.proveSteps(inputsFrom(0)));
    const [primary, secondary] = pp.variables;
    for (const report of reports) {
      expect(report).toMatchObject({ allocations: 0, readBacks: 2, bytesUp: 32 * (primary + secondary) });
    }
  });

  it.each<[string, () => Steps]>([
    ['a list', () => inputsFrom(1)],
    ['a generator', () => inputsFrom(1).values()],
    ['a set', () => new Set(inputsFrom(1))],
    [
      'an async generator',
      async function* () {
        for (const inputs of inputsFrom(1)) yield inputs;
      },
    ],
    [
      'an async generator that is slow',
      async function* () {
        for (const inputs of inputsFrom(1)) {
          await new Promise((resolve) => setTimeout(resolve, 400));
          yield inputs;
        }
      },
    ],
    [
      'a stream',
      () =>
        new ReadableStream<PrivateInputs>({
          start(controller) {
            for (const inputs of inputsFrom(1)) controller.enqueue(inputs);
            controller.close();
          },
        }),
    ],
  ])('take their inputs from %s', async (_, steps) => {
    const snark = await closing(run.resume(1));
    expect(await all(snark.proveSteps(steps()))).toHaveLength(STEPS - 1);
    await expectState(snark, STEPS);
  });

  it('are counted where the circuit takes no inputs', async () => {
    const cubic = builtinCircuit('cubic');
    const params = await PublicParams.setup(cubic, { backend });
    onTestFinished(() => params.close());
    const rng = () => insecureSeededRng('counted');
    const [a, b] = await Promise.all(
      [0, 1].map(() => closing(RecursiveSNARK.new(params, [2n], { rng: rng() }))),
    );
    expect(await all(a.proveSteps(0))).toEqual([]);
    await all(a.proveSteps(3));
    for (let i = 0; i < 3; i++) await b.proveStep();
    expect(sha3(await a.encode())).toBe(sha3(await b.encode()));
  });

  it.each<[string, unknown, string]>([
    ['a negative number', -1, 'InvalidNumSteps'],
    ['half a step', 0.5, 'InvalidNumSteps'],
    ['infinitely many', Infinity, 'InvalidNumSteps'],
    ['nothing', undefined, 'InvalidArgument'],
    ['null', null, 'InvalidArgument'],
    ['an object', { add: [1n] }, 'InvalidArgument'],
    ['a number where inputs are declared', 2, 'InvalidInputLength'],
    ['inputs that do not fit', [{ add: [] }], 'InvalidInputLength'],
    ['no inputs', [undefined], 'InvalidInputLength'],
  ])('are refused with a typed error: %s', async (_, steps, code) => {
    const snark = await closing(run.resume(1));
    expect(await codeOf(() => all(snark.proveSteps(steps as Steps)))).toBe(code);
    await expectState(snark, 1);
  });
});

describe('what was computed ahead', () => {
  it('is used by the next step with the same inputs, whoever proves it', async () => {
    const snark = await closing(run.resume(1));
    await stepBefore(snark, run.inputs(2)!);
    const before = calls;
    await run.step(snark);
    expect(calls - before).toBe(0);
    await expectState(snark, 3);
  });

  it('is dropped if the next step has other inputs', async () => {
    const snark = await closing(run.resume(1));
    await stepBefore(snark, { add: [77n] });
    const before = calls;
    await run.step(snark);
    expect(calls - before).toBe(1);
    await expectState(snark, 3);
  });

  it('is dropped if the inputs do not fit, which the step itself reports', async () => {
    const snark = await closing(run.resume(1));
    for (const [bad, code] of [
      [{ add: [] }, 'InvalidInputLength'],
      [{ add: [-1n] }, 'InvalidFieldElement'],
      [{ sub: [1n] }, 'InvalidInputLength'],
    ] as const) {
      const done = snark.numSteps;
      const steps = snark.proveSteps([run.inputs(done), bad as PrivateInputs]);
      expect(await codeOf(() => all(steps))).toBe(code);
      await expectState(snark, done + 1);
    }
  });

  it('is not what the caller has made of the inputs since', async () => {
    const snark = await closing(run.resume(1));
    const next = { add: [55n] };
    for await (const _ of snark.proveSteps([run.inputs(1), next])) next.add[0] = addOf(2);
    await expectState(snark, 3);
  });

  it('is not for another proof at another place, nor disturbed by it beyond being lost', async () => {
    const [a, b] = [await closing(run.resume(1)), await closing(run.resume(2))];
    await stepBefore(a, run.inputs(2)!);
    await run.step(b); // with the inputs that were prepared for a
    await expectState(b, 3);
    await run.step(a);
    await expectState(a, 3);
    await Promise.all([stepBefore(a, run.inputs(3)!), run.step(b)]);
    await expectState(b, 4);
    await expectState(a, 4);
  });

  it('is not for the same proof after it was decoded from another step', async () => {
    const snark = await closing(run.resume(1));
    await stepBefore(snark, run.inputs(2)!);
    const bytes = await snark.encode();
    snark.close();
    const earlier = await closing(run.resume(1));
    await run.step(earlier);
    await expectState(earlier, 2);
    const same = await closing(RecursiveSNARK.decode(pp, bytes));
    await run.step(same);
    expect(same.outputs).toEqual(run.outputs[3]);
    expect(await same.verify(3, Z0)).toEqual(run.outputs[3]);
  });

  it('is not lost to encoding and verifying', async () => {
    const snark = await closing(run.resume(1));
    await stepBefore(snark, run.inputs(2)!);
    await snark.encode();
    await snark.verify(2, Z0);
    const before = calls;
    await run.step(snark);
    expect(calls - before).toBe(0);
    await expectState(snark, 3);
  });

  it('does not outlive a hint that throws: its own step calls it again, and may report it', async () => {
    const snark = await closing(run.resume(1));
    const thrown = new Error('not yet');
    circuit.hint = (x) => {
      if (x === run.outputs[1][0] + addOf(1)) return honest(x);
      throw thrown;
    };
    await stepBefore(snark, run.inputs(2)!);
    await expectState(snark, 2);
    const error = await novaError(() => run.step(snark));
    expect([error.code, error.cause]).toEqual(['StepCircuitError', thrown]);
    circuit.hint = honest;
    await run.step(snark);
    await expectState(snark, 3);
  });

  it('is computed anew when its step is tried again after a wrong witness', async () => {
    const snark = await closing(run.resume(1));
    const F = pp.primary.curve.scalar;
    circuit.hint = (x) => (x === F.add(run.outputs[1][0], addOf(1)) ? honest(x) : [F.add(x, 1n)]);
    await stepBefore(snark, run.inputs(2)!);
    circuit.hint = honest;
    const error = await novaError(() => run.step(snark));
    expect([error.code, error.message]).toEqual(['UnSat', expect.stringContaining('F/r^5 = sum')]);
    await expectState(snark, 2);
    await run.step(snark);
    await expectState(snark, 3);
  });
});

describe('a loop over steps', () => {
  it.each([
    ['primary witness', 0],
    ['primary commitments', 0],
    ['primary commitments', 0.6],
    ['secondary witness', 0],
    ['secondary commitments', 0.6],
  ])('leaves the state as it was when a step is aborted (%s, %d)', async (phase, share) => {
    const snark = await closing(run.resume(1));
    const controller = new AbortController();
    const steps = snark.proveSteps(inputsFrom(1), {
      signal: controller.signal,
      onProgress: (event) => {
        if (snark.numSteps === 2 && event.phase === phase && event.share >= share) controller.abort('enough');
      },
    });
    const error = await novaError(() => all(steps));
    expect([error.code, error.cause]).toEqual(['Aborted', 'enough']);
    await expectState(snark, 2);
    await all(snark.proveSteps(inputsFrom(2)));
    await expectState(snark, STEPS);
  });

  it('has ended what it computes ahead when it rejects', async () => {
    const snark = await closing(run.resume(1));
    const controller = new AbortController();
    let ended = false;
    const prepare = vi.spyOn(backend, 'prepare');
    onTestFinished(() => prepare.mockRestore());
    prepare.mockImplementation(async (_witness, _inputs, control) => {
      const { signal } = control!;
      signal!.throwIfAborted();
      await new Promise((resolve) => signal!.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 50));
      ended = true;
    });
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'primary commitments') setTimeout(() => controller.abort(), 20);
    };
    const steps = snark.proveSteps(inputsFrom(1), { signal: controller.signal, onProgress });
    expect(await codeOf(() => all(steps))).toBe('Aborted');
    expect(ended).toBe(true);
    prepare.mockRestore();
    await all(snark.proveSteps(inputsFrom(1)));
    await expectState(snark, STEPS);
  });

  it('can be aborted while it waits for inputs', async () => {
    const snark = await closing(run.resume(1));
    const controller = new AbortController();
    const never: AsyncIterable<PrivateInputs> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    };
    setTimeout(() => controller.abort(), 20);
    expect(await codeOf(() => all(snark.proveSteps(never, { signal: controller.signal })))).toBe('Aborted');
    await expectState(snark, 1);
  });

  it('proves the steps before its inputs fail, and passes on why', async () => {
    const snark = await closing(run.resume(1));
    const thrown = new Error('no more mail');
    const steps = function* () {
      yield run.inputs(1);
      throw thrown;
    };
    await expect(all(snark.proveSteps(steps()))).rejects.toBe(thrown);
    await expectState(snark, 2);
  });

  it('asks for one step more than it proves, and ends the iterator when it is left', async () => {
    const snark = await closing(run.resume(1));
    const asked: number[] = [];
    let ended = false;
    const steps = function* () {
      try {
        for (let i = 1; i < STEPS; i++) {
          asked.push(i);
          yield run.inputs(i);
        }
      } finally {
        ended = true;
      }
    };
    for await (const _ of snark.proveSteps(steps())) break;
    expect([asked, ended]).toEqual([[1, 2], true]);
    await expectState(snark, 2);
  });

  it('lets others work between its steps, and nobody in them', async () => {
    const snark = await closing(run.resume(1));
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const steps = snark.proveSteps([run.inputs(1), run.inputs(3)], { onProgress: () => begun() });
    const first = steps.next();
    await beginning;
    expect(await codeOf(() => run.step(snark))).toBe('Busy');
    await first;
    await run.step(snark);
    await steps.next();
    await expectState(snark, 4);
  });

  it.each(['primary commitments', 'secondary commitments'])(
    'leaves nothing behind when the proof is closed in a step (%s)',
    async (phase) => {
      const live = backend.counters().liveBytes;
      const snark = await closing(run.resume(1));
      const steps = snark.proveSteps(inputsFrom(1), {
        onProgress: (event) => {
          if (event.phase === phase) snark.close();
        },
      });
      expect(['BackendClosed', 'ForeignHandle']).toContain(await codeOf(() => all(steps)));
      expect(backend.counters().liveBytes).toBe(live);
    },
  );

  it('ends with the engine when that is closed in a step', async () => {
    const own = await testBackend();
    const params = await PublicParams.setup(circuit, { backend: own });
    const snark = await RecursiveSNARK.decode(params, run.states[1]);
    const steps = snark.proveSteps(inputsFrom(1), {
      onProgress: ({ phase }) => {
        if (phase === 'primary commitments') void own.close();
      },
    });
    expect(await codeOf(() => all(steps))).toBe('BackendClosed');
    snark.close();
    params.close();
  });
});

describe('look-ahead on an engine that fails', () => {
  it.each([3, 4, 5, 6, 7])('goes on on the next one, with the same proof (read %i)', async (at) => {
    const troubles = [{ call: 'read', at } as const, undefined];
    const supervision = { every: 2, checker: async () => backend, successor: async () => next() };
    const next = () => flakyEngine(backend, troubles.shift(), supervision);
    const circuits = { primary: pp.primary.circuit, secondary: pp.secondary.circuit };
    const params = await PublicParams.load(circuit, await pp.save(), {
      backend: next(),
      trusted: true,
      circuits,
    });
    onTestFinished(() => params.close());
    const snark = await closing(
      RecursiveSNARK.new(params, Z0, { rng: insecureSeededRng(run.seed), inputs: run.inputs(0) }),
    );
    await all(snark.proveSteps(inputsFrom(0)));
    expect(troubles).toEqual([]); // it did fail
    await expectState(snark, STEPS);
  });
});
