/** A step that fails changes nothing, and its retry proves what it would have proved at once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  NovaError,
  PublicParams,
  RecursiveSNARK,
  UnSatError,
  type Backend,
  type Hint,
  type Rng,
} from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';

const STEPS = 3;

const circuit = new RootCircuit();
let backend: Backend;
let pp: PublicParams;
let run: Run;
const open: RecursiveSNARK[] = [];

beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(circuit, { backend });
  run = await new Run(pp, [2n], 'transaction', (i) => ({ add: [BigInt(i + 1)] })).record(STEPS);
});
afterEach(() => {
  circuit.hint = undefined;
  open.splice(0).forEach((snark) => snark.close());
});
afterAll(() => backend?.close());

/** Closes the proof after the test. */
async function closing(snark: Promise<RecursiveSNARK>): Promise<RecursiveSNARK> {
  open.push(await snark);
  return snark;
}

/** Checks that the proof is where the undisturbed run was after so many steps. */
async function expectState(snark: RecursiveSNARK, steps: number): Promise<void> {
  expect(snark.numSteps).toBe(steps);
  expect(snark.outputs).toEqual(run.outputs[steps]);
  expect(sha3(await snark.encode())).toBe(sha3(run.states[steps]));
}

/** The error of a step that is tried with this hint in the circuit. */
async function stepWith(snark: RecursiveSNARK, hint: Hint): Promise<NovaError> {
  circuit.hint = hint;
  try {
    return await novaError(() => run.step(snark));
  } finally {
    circuit.hint = undefined;
  }
}

const wrongRoot: Hint = (x) => [pp.primary.curve.scalar.add(x, 1n)];

/** A hint that throws this. */
function throwing(thrown: unknown): Hint {
  return () => {
    throw thrown;
  };
}

describe('a failing step', () => {
  it('does not shift what later steps prove, however often and wherever it fails', async () => {
    const snark = await closing(run.start());
    await run.step(snark);
    expect((await stepWith(snark, throwing(new Error('no root today')))).code).toBe('StepCircuitError');
    expect((await stepWith(snark, wrongRoot)).code).toBe('UnSat');
    await expectState(snark, 1);
    await run.step(snark);
    await expectState(snark, 2);

    expect(await abortAt(snark, 'secondary commitments', 0.5)).toBe('Aborted');
    await expectState(snark, 2);
    await run.step(snark);
    await expectState(snark, 3);
  });

  it('passes on what a hint threw', async () => {
    const snark = await closing(run.resume(1));
    const thrown = new RangeError('no root today');
    const error = await stepWith(snark, throwing(thrown));
    expect([error.code, error.cause]).toEqual(['StepCircuitError', thrown]);
    await expectState(snark, 1);
  });

  it.each<[string, Hint]>([
    ['a number', (() => [2]) as unknown as Hint],
    ['too many values', (x) => [x, x]],
    ['no values', () => []],
    ['no array', (() => 2n) as unknown as Hint],
    ['a promise', (async () => [2n]) as unknown as Hint],
    ['a value that is not canonical', () => [pp.primary.curve.scalar.p]],
    ['a negative value', () => [-1n]],
  ])('refuses a hint that returns %s', async (_, hint) => {
    const snark = await closing(run.resume(1));
    expect((await stepWith(snark, hint)).code).toBe('StepCircuitError');
    await expectState(snark, 1);
  });

  it('refuses a wrong witness in that very step and names the constraint', async () => {
    const snark = await closing(run.resume(1));
    const error = await stepWith(snark, wrongRoot);
    expect(error).toBeInstanceOf(UnSatError);
    const { constraint, path, message } = error as UnSatError;
    expect(path).toBe('F/r^5 = sum');
    expect(pp.primary.circuit.path(constraint)).toBe(path);
    expect(message).toContain(`constraint ${constraint} of the primary circuit`);
    expect(message).toContain(path);
    await expectState(snark, 1);
    expect(await snark.verify(1, run.z0)).toEqual(run.outputs[1]);
  });

  it('refuses a wrong witness in step 0 and leaves nothing behind', async () => {
    circuit.hint = wrongRoot;
    const before = backend.counters().liveBytes;
    const error = await novaError(() => run.start());
    expect(error).toBeInstanceOf(UnSatError);
    expect((error as UnSatError).path).toBe('F/r^5 = sum');
    expect(backend.counters().liveBytes).toBe(before);
  });
});

/** Aborts a step once it is at this share of this phase; the code of its error. */
function abortAt(snark: RecursiveSNARK, phase: string, share: number): Promise<string> {
  const controller = new AbortController();
  return codeOf(() =>
    snark.proveStep(run.inputs(snark.numSteps), {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.phase === phase && event.share >= share) controller.abort();
      },
    }),
  );
}

describe('an aborted step', () => {
  it('leaves the state as it was, wherever it is stopped', async () => {
    const snark = await closing(run.resume(1));
    for (const [phase, share] of [
      ['cross term', 0.1], // only a decoded proof has it to make
      ['primary witness', 0],
      ['primary commitments', 0],
      ['primary commitments', 0.6],
      ['secondary witness', 0],
      ['secondary commitments', 0],
      ['secondary commitments', 0.6],
    ] as const) {
      expect(await abortAt(snark, phase, share), phase).toBe('Aborted');
      await expectState(snark, 1);
    }
    await run.step(snark);
    await expectState(snark, 2);
  });

  it('does nothing if the signal has fired before, and keeps its reason', async () => {
    const snark = await closing(run.resume(1));
    const error = await novaError(() =>
      snark.proveStep(run.inputs(1), { signal: AbortSignal.abort('enough') }),
    );
    expect([error.code, error.cause]).toEqual(['Aborted', 'enough']);
    await expectState(snark, 1);
  });

  it('is not the only one that can be aborted: so can `new` and `verify`', async () => {
    const before = backend.counters().liveBytes;
    const signal = AbortSignal.abort();
    expect(await codeOf(() => RecursiveSNARK.new(pp, run.z0, { inputs: run.inputs(0), signal }))).toBe(
      'Aborted',
    );
    expect(await codeOf(() => RecursiveSNARK.decode(pp, run.states[1], { signal }))).toBe('Aborted');
    expect(backend.counters().liveBytes).toBe(before);

    const snark = await closing(run.resume(1));
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    expect(await codeOf(() => snark.verify(1, run.z0, { signal: controller.signal, onProgress }))).toBe(
      'Aborted',
    );
    await expectState(snark, 1);
  });

  it('may also be stopped by an error that the progress callback throws', async () => {
    const snark = await closing(run.resume(1));
    const stop = new Error('stop');
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'secondary witness') throw stop;
    };
    await expect(snark.proveStep(run.inputs(1), { onProgress })).rejects.toBe(stop);
    await expectState(snark, 1);
  });
});

describe('two proofs on one engine', () => {
  it('do not disturb each other', async () => {
    const [a, b] = await Promise.all([closing(run.resume(1)), closing(run.resume(1))]);
    await Promise.all([run.step(a), run.step(b)]);
    await expectState(a, 2);
    await expectState(b, 2);
  });

  it('do not disturb each other when one is aborted', async () => {
    const [a, b] = [await closing(run.start()), await closing(run.resume(1))];
    await run.step(a);
    const controller = new AbortController();
    let step: Promise<void> | undefined;
    const aborted = codeOf(() =>
      b.proveStep(run.inputs(1), {
        signal: controller.signal,
        onProgress: ({ phase, share }) => {
          if (step !== undefined || phase !== 'primary commitments' || share === 0) return;
          // `a` records its first operations now; `b` is in the middle of a read and never finishes it
          step = run.step(a);
          controller.abort();
        },
      }),
    );
    expect(await aborted).toBe('Aborted');
    await step;
    await expectState(a, 2);
    await expectState(b, 1);
    expect(await a.verify(2, run.z0)).toEqual(run.outputs[2]);
  });
});

describe('a random source that fails', () => {
  /** Passes `rng` on, but misbehaves in call number `at` (from 0), once. */
  const failing = (rng: Rng, at: number, fault: (n: number) => Uint8Array): Rng => {
    let call = 0;
    return { bytes: (n) => (call++ === at ? fault(n) : rng.bytes(n)) };
  };
  const faults: [string, (n: number) => Uint8Array][] = [
    ['throws', throwing(new Error('no entropy')) as unknown as () => Uint8Array],
    ['runs short', (n) => new Uint8Array(n - 1).map((_, i) => i)],
    ['returns too much', (n) => new Uint8Array(n + 1).map((_, i) => i)],
    ['returns zeros', (n) => new Uint8Array(n)],
    ['returns a constant', (n) => new Uint8Array(n).fill(0x5a)],
    ['returns no bytes', (() => 'bytes') as unknown as () => Uint8Array],
    [
      'returns an array',
      ((n: number) => Array.from({ length: n }, (_, i) => i)) as unknown as () => Uint8Array,
    ],
  ];

  it.each(faults)('is noticed when it %s, and the state stays as it was', async (_, fault) => {
    const snark = await closing(run.resume(1, (rng) => failing(rng, 0, fault)));
    expect(await codeOf(() => run.step(snark))).toBe('RandomnessFailure');
    await expectState(snark, 1);
  });

  it('is noticed at every draw of a step; retries continue where it failed', async () => {
    let fail = true;
    const snark = await closing(
      run.resume(1, (rng) => ({
        bytes: (n) => {
          fail = !fail;
          if (!fail) throw new Error('every other call fails');
          return rng.bytes(n);
        },
      })),
    );
    let failures = 0;
    for (;;) {
      const error: unknown = await run.step(snark).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (error === undefined) break;
      expect(error).toMatchObject({ code: 'RandomnessFailure' });
      expect(snark.numSteps).toBe(1);
      failures++;
    }
    expect(failures).toBe(7); // the cross term's, and six more
    await expectState(snark, 2);
  });

  it('makes `new` fail and leaves nothing behind', async () => {
    const before = backend.counters().liveBytes;
    const constant: Rng = { bytes: (n) => new Uint8Array(n) };
    expect(await codeOf(() => run.start(constant))).toBe('RandomnessFailure');
    expect(backend.counters().liveBytes).toBe(before);
  });
});
