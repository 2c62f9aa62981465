/** A proof on an engine that fails or lies: nothing is lost, and nothing wrong is handed out. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  builtinCircuit,
  CompressedSNARK,
  DirectSNARK,
  PublicParams,
  RecursiveSNARK,
  insecureSeededRng,
  type Backend,
} from '../../src/index.ts';
import { sha3Hash } from '../../src/cli/digest.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { flakyEngine, type Trouble } from '../support/flaky-engine.ts';
import { RootCircuit, Run, sha3 } from './chain.ts';

const STEPS = 3;
const Z0 = [2n];

const circuit = new RootCircuit();
let wasm: Backend;
let saved: Uint8Array;
let circuits: {
  primary: PublicParams['primary']['circuit'];
  secondary: PublicParams['secondary']['circuit'];
};
let run: Run;

beforeAll(async () => {
  wasm = await testBackend();
  const pp = await PublicParams.setup(circuit, { backend: wasm });
  saved = await pp.save();
  circuits = { primary: pp.primary.circuit, secondary: pp.secondary.circuit };
  run = await new Run(pp, Z0, 'supervisor', (i) => ({ add: [BigInt(i + 1)] })).record(STEPS);
});
afterAll(() => wasm?.close());

/** What follows the engines that have troubles. */
interface Succession {
  readonly every?: number;
  readonly last?: Backend | undefined;
}

/** Engines with these troubles, one after the other, of which the last is followed by `last`. */
function flakyEngines(
  troubles: readonly (Trouble | undefined)[],
  { every = Infinity, last }: Succession,
): { first: Backend; asked: number[] } {
  const asked: number[] = [];
  const rest = [...troubles];
  const supervision = {
    every,
    checker: async () => wasm,
    successor: async (cause: unknown, failures: number): Promise<Backend> => {
      asked.push(failures);
      if (rest.length > 0) return next();
      if (last === undefined) throw cause;
      return last;
    },
  };
  const next = () => flakyEngine(wasm, rest.shift(), supervision);
  return { first: next(), asked };
}

/** Parameters on such engines. */
async function troubled(
  troubles: readonly (Trouble | undefined)[],
  succession: Succession = {},
): Promise<{ pp: PublicParams; asked: number[] }> {
  const { first, asked } = flakyEngines(troubles, succession);
  const pp = await PublicParams.load(circuit, saved, { backend: first, trusted: true, circuits });
  onTestFinished(() => pp.close());
  return { pp, asked };
}

async function start(pp: PublicParams): Promise<RecursiveSNARK> {
  const snark = await RecursiveSNARK.new(pp, Z0, { rng: insecureSeededRng(run.seed), inputs: run.inputs(0) });
  onTestFinished(() => snark.close());
  return snark;
}

/** Proves all steps and expects the bytes of the undisturbed run. */
async function expectWhole(snark: RecursiveSNARK): Promise<void> {
  while (snark.numSteps < STEPS) await run.step(snark);
  expect(snark.outputs).toEqual(run.outputs[STEPS]);
  expect(sha3(await snark.encode())).toBe(sha3(run.states[STEPS]));
}

describe('a proof on an engine that is not believed', () => {
  it('is that of an engine that is', async () => {
    const { pp, asked } = await troubled([undefined], { every: 2 });
    const snark = await start(pp);
    await expectWhole(snark);
    expect(await snark.verify(STEPS, Z0)).toEqual(run.outputs[STEPS]);
    expect(await codeOf(() => snark.verify(STEPS + 1, Z0))).toBe('ProofVerifyError');
    expect(asked).toEqual([]);
  });

  it('is checked every so many steps, which is counted apart from them', async () => {
    const { pp } = await troubled([undefined], { every: 2 });
    const snark = await start(pp);
    await run.step(snark);
    await run.step(snark);
    expect(snark.lastCheck).toBeUndefined();
    await run.step(snark);
    expect(snark.lastCheck).toMatchObject({ readBacks: 1, allocations: 0, bytesUp: 0 });
    expect(snark.lastCheck!.bytesDown).toBeGreaterThan(1e6);
    expect(snark.lastStep.readBacks).toBe(2);
    const before = snark.lastCheck;
    await run.step(snark);
    expect(snark.lastCheck).toBe(before);
    await snark.encode();
    expect(snark.lastCheck).not.toBe(before);
  });

  it.each([1, 3, 4, 6])('goes on elsewhere when its device is lost at read %i', async (at) => {
    const { pp, asked } = await troubled([{ call: 'read', at }, undefined], { every: 2 });
    const snark = await start(pp);
    await expectWhole(snark);
    expect(asked).toEqual([1]);
  });

  it('goes on with the last engine when the next one fails too, be it in making the state again', async () => {
    const { pp, asked } = await troubled(
      [
        { call: 'read', at: 5 },
        { call: 'read', at: 1 },
      ],
      { last: wasm },
    );
    const snark = await start(pp);
    await expectWhole(snark);
    expect(asked).toEqual([1, 2]);
    expect([pp.backend.name, pp.backend.supervision]).toEqual([wasm.name, undefined]);
  });

  it('survives that it is out of memory', async () => {
    const { pp } = await troubled([{ call: 'read', at: 3, code: 'OutOfMemory' }, undefined]);
    await expectWhole(await start(pp));
  });

  it('fails with the reason if nothing is left to try, and is as it was', async () => {
    const { pp } = await troubled([
      { call: 'read', at: 5 },
      { call: 'read', at: 0 },
    ]);
    const snark = await start(pp);
    await run.step(snark);
    await run.step(snark);
    expect(await codeOf(() => run.step(snark))).toBe('DeviceLost');
    expect([snark.numSteps, snark.outputs]).toEqual([2, run.outputs[2]]);
    expect(await codeOf(() => run.step(snark))).toBe('DeviceLost');
  });

  it('is made again when the user tries again with an engine that works by then', async () => {
    const { pp } = await troubled([{ call: 'read', at: 5, code: 'DeviceFault' }]);
    const snark = await start(pp);
    await run.step(snark);
    await run.step(snark);
    expect(await codeOf(() => run.step(snark))).toBe('DeviceFault');
    await expectWhole(snark);
  });

  it.each([2, Infinity])(
    'is not handed out wrong after a wrong answer (checks every %d steps)',
    async (every) => {
      for (const at of every === 2 ? [3, 14] : [0, 9]) {
        const { pp, asked } = await troubled([{ call: 'addScaled', at }, undefined], { every });
        await expectWhole(await start(pp));
        expect(asked, `fold ${at}`).toEqual([1]);
      }
    },
  );

  it('is refused while wrong answers do not end', async () => {
    const wrong = { call: 'addScaled', at: 3 } as const;
    const { pp } = await troubled([wrong, wrong]);
    const snark = await start(pp);
    await run.step(snark);
    await run.step(snark);
    const error = await novaError(() => snark.encode());
    expect([error.code, error.message]).toEqual(['DeviceFault', expect.stringContaining('of 2 steps')]);
    // the last engine does not lie twice
    expect(await snark.verify(2, Z0)).toEqual(run.outputs[2]);
  });

  it('does not blame the circuit for what its engine got wrong', async () => {
    const { pp, asked } = await troubled([{ call: 'firstUnsatisfied', at: 2 }, undefined]);
    await expectWhole(await start(pp));
    expect(asked).toEqual([1]);
  });

  it('does not blame the engine for a witness that is wrong', async () => {
    const { pp, asked } = await troubled([undefined, undefined]);
    const snark = await start(pp);
    await run.step(snark);
    circuit.hint = (x) => [pp.primary.curve.scalar.add(x, 1n)];
    onTestFinished(() => void (circuit.hint = undefined));
    const error = await novaError(() => run.step(snark));
    circuit.hint = undefined;
    expect([error.code, error.message]).toEqual(['UnSat', expect.stringContaining('r^5 = sum')]);
    expect(asked).toEqual([]);
    await expectWhole(snark);
  });

  it('does not blame the engine for bytes that were wrong when they came', async () => {
    const { pp, asked } = await troubled([undefined, undefined], { every: 1 });
    const bytes = run.states[2].slice();
    bytes[60] ^= 1; // of W
    const snark = await RecursiveSNARK.decode(pp, bytes);
    onTestFinished(() => snark.close());
    expect(await codeOf(() => snark.verify(2, Z0))).toBe('UnSat');
    await run.step(snark);
    expect(await codeOf(() => run.step(snark))).toBe('UnSat');
    expect(asked).toEqual([]);
  });

  it('moves with its parameters when another proof has moved them', async () => {
    const { pp } = await troubled([{ call: 'read', at: 5 }, undefined]);
    const other = await start(pp);
    const snark = await start(pp);
    await expectWhole(snark);
    await expectWhole(other);
  });
});

describe('a compression on an engine that is not believed', () => {
  /** Whether a compression is under way. */
  let compressing = false;
  const when = () => compressing;
  /** What an engine that is believed makes of two steps, a compression, and a third step. */
  let expected: { compressed: Uint8Array; state: Uint8Array };

  /** Two steps and a compression of them. */
  async function compressed(pp: PublicParams) {
    const { pk, vk } = await CompressedSNARK.setup(pp, { sha3: sha3Hash });
    onTestFinished(() => {
      pk.close();
      vk.close();
    });
    const snark = await start(pp);
    while (snark.numSteps < 2) await run.step(snark);
    const compress = async () => {
      compressing = true;
      try {
        return await CompressedSNARK.prove(pk, snark);
      } finally {
        compressing = false;
      }
    };
    return { snark, vk, compress };
  }

  beforeAll(async () => {
    const pp = await PublicParams.load(circuit, saved, { backend: wasm, trusted: true, circuits });
    const { pk, vk } = await CompressedSNARK.setup(pp, { sha3: sha3Hash });
    const snark = await RecursiveSNARK.new(pp, Z0, {
      rng: insecureSeededRng(run.seed),
      inputs: run.inputs(0),
    });
    while (snark.numSteps < 2) await run.step(snark);
    const proof = await CompressedSNARK.prove(pk, snark);
    await run.step(snark);
    expected = { compressed: proof.encode(), state: await snark.encode() };
    for (const opened of [snark, pk, vk, pp]) opened.close();
  });

  it('is that of an engine that is, and the recursion goes on after it, be the next step lost and the state made again', async () => {
    let later = false;
    const { pp, asked } = await troubled([{ call: 'read', at: 1, when: () => later }, undefined]);
    const { snark, compress } = await compressed(pp);
    expect(sha3((await compress()).encode())).toBe(sha3(expected.compressed));
    expect(asked).toEqual([]);
    later = true;
    await run.step(snark);
    expect(asked).toEqual([1]);
    expect(sha3(await snark.encode())).toBe(sha3(expected.state));
  });

  it('is made elsewhere when its device is lost', async () => {
    const { pp, asked } = await troubled([{ call: 'read', at: 20, when }, undefined]);
    const { snark, vk, compress } = await compressed(pp);
    const proof = await compress();
    expect(asked).toEqual([1]);
    expect(await proof.verify(vk, 2, Z0)).toEqual(run.outputs[2]);
    await run.step(snark);
    expect(await snark.verify(3, Z0)).toEqual(run.outputs[3]);
  });

  it('is not handed out wrong after a wrong answer in a fold of the witness', async () => {
    const { pp, asked } = await troubled([{ call: 'addScaled', at: 0, when }, undefined]);
    const { vk, compress } = await compressed(pp);
    const proof = await compress();
    expect(asked).toEqual([1]);
    expect(await proof.verify(vk, 2, Z0)).toEqual(run.outputs[2]);
  });

  it('fails with the reason if no engine is left to try, and the recursion is as it was', async () => {
    const wrong = { call: 'foldHalves', at: 0, when } as const;
    const lost = { call: 'read', at: 1, code: 'OutOfMemory', when } as const;
    const { pp, asked } = await troubled([wrong, lost]);
    const { snark, compress } = await compressed(pp);
    expect(await codeOf(compress)).toBe('OutOfMemory');
    expect(asked).toEqual([1, 2]);
    expect(await snark.verify(2, Z0)).toEqual(run.outputs[2]);
  });

  it('does not blame the engine for a state that was wrong when it came', async () => {
    const { pp, asked } = await troubled([undefined, undefined]);
    const bytes = run.states[2].slice();
    bytes[60] ^= 1; // of W
    const { pk, vk } = await CompressedSNARK.setup(pp, { sha3: sha3Hash });
    const snark = await RecursiveSNARK.decode(pp, bytes);
    onTestFinished(() => [snark, pk, vk].forEach((opened) => opened.close()));
    expect(await codeOf(() => CompressedSNARK.prove(pk, snark))).toBe('UnSat');
    expect(asked).toEqual([]);
  });
});

describe('a direct proof on an engine that is not believed', () => {
  const fifteen = [15n];

  /** Keys on engines with these troubles, and the bytes that are expected. */
  async function keys(troubles: readonly (Trouble | undefined)[], succession: Succession = {}) {
    const { first, asked } = flakyEngines(troubles, succession);
    const step = builtinCircuit('cubic');
    const made = await DirectSNARK.setup(step, { backend: first });
    const believed = await DirectSNARK.setup(step, { backend: wasm });
    onTestFinished(() => {
      for (const { pk, vk } of [made, believed]) {
        pk.close();
        vk.close();
      }
    });
    const prove = async ({ pk }: typeof made) =>
      (await DirectSNARK.prove(pk, Z0, { rng: insecureSeededRng('direct') })).proof;
    return { asked, vk: made.vk, expected: (await prove(believed)).encode(), prove: () => prove(made) };
  }

  it.each([
    ['nothing', undefined, []],
    ['a lost device', { call: 'read', at: 1 }, [1]],
    ['a wrong table', { call: 'foldHalves', at: 0 }, [1]],
    ['a constraint that is not broken', { call: 'firstUnsatisfied', at: 0 }, [1]],
  ] as const)('is that of an engine that is, after %s', async (_, trouble, successors) => {
    const { asked, expected, prove, vk } = await keys([trouble, undefined]);
    const proof = await prove();
    expect(asked).toEqual(successors);
    expect(proof.encode()).toEqual(expected);
    await proof.verify(vk, Z0, fifteen);
    // and so is the next one, where the last was made
    expect((await prove()).encode()).toEqual(expected);
    expect(asked).toEqual(successors);
  });

  it('fails with the reason if no engine is left to try, and the recursion is as it was', async () => {
    const troubles: Trouble[] = [
      { call: 'foldHalves', at: 0 },
      { call: 'read', at: 0 },
    ];
    const { expected, prove } = await keys(troubles, { last: wasm });
    expect((await prove()).encode()).toEqual(expected);
    const lost = await keys(troubles);
    expect(await codeOf(lost.prove)).toBe('DeviceLost');
    expect(lost.asked).toEqual([1, 2]);
  });
});
