import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  builtinCircuit,
  createBackend,
  CYCLES,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type CkHint,
  type SetupOptions,
  type StepCircuit,
} from '../../src/index.ts';
import { augment } from '../../src/nova/augmented-circuit.ts';
import { trivialCircuit } from '../../src/circuit/step-circuit.ts';
import { intToBytes } from '../../src/field/field.ts';
import { nodeGenerators } from '../../src/node/generators.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { RootCircuit, sha3 } from './chain.ts';
import { replace } from './layout.ts';

interface Fixture {
  readonly cycle: string;
  readonly circuit: string;
  readonly hint: CkHint;
  readonly digest: string;
  readonly constraints: readonly [number, number];
  readonly variables: readonly [number, number];
}

const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/params.json', import.meta.url), 'utf8'),
);

const cubic = builtinCircuit('cubic');
let backend: Backend;
let pp: PublicParams;
beforeAll(async () => {
  backend = await testBackend();
  pp = await PublicParams.setup(cubic, { backend });
});
afterAll(() => backend?.close());

/** What a setup reports, in some order. */
const PHASES = [
  'primary circuit',
  'primary generators',
  'secondary circuit',
  'secondary generators',
  'digest',
];

/** An engine whose generators report progress, though they come from the cache. Close it afterwards. */
function reportingBackend(): Promise<Backend> {
  const cached = nodeGenerators();
  return createBackend('reference', {
    generators: (curve, label, n, control) => {
      control?.onProgress?.(0.5);
      return cached(curve, label, n, control);
    },
  });
}

// `npm run fixtures` has their digests: half a minute of generators. That of this hint on pasta is in test/nova/fixtures-pasta.test.ts.
describe.each(fixtures)('$cycle $circuit', ({ cycle: name, circuit, constraints, variables }) => {
  it('has the sizes of nova-snark, whose assertions they are', () => {
    const cycle = CYCLES.find((c) => c.name === name)!;
    const primary = augment('primary', cycle.secondary, builtinCircuit(circuit)).matrices;
    const secondary = augment('secondary', cycle.primary, trivialCircuit).matrices;
    expect([primary.constraints, secondary.constraints]).toEqual(constraints);
    expect([primary.variables, secondary.variables]).toEqual(variables);
    expect([primary.io, secondary.io]).toEqual([2, 2]);
  });
});

describe('setup', () => {
  it('takes pasta and the default hint where nothing is said', () => {
    expect([pp.cycle.name, pp.hint, pp.backend]).toEqual(['pasta', 'default', backend]);
    expect(pp.stepCircuit).toBe(cubic);
    expect(pp.digest).toBeLessThan(1n << 250n);
  });

  it('makes the same parameters again, also for a cycle given as an object', async () => {
    const again = await PublicParams.setup(cubic, { cycle: pp.cycle, backend });
    expect(again.digest).toBe(pp.digest);
    again.close();
  });

  it('reports what it is at', async () => {
    const phases = new Set<string>();
    const shares: number[] = [];
    const own = await reportingBackend();
    await PublicParams.setup(cubic, {
      backend: own,
      onProgress: ({ phase, share }) => {
        phases.add(phase);
        shares.push(share);
      },
    });
    await own.close();
    expect(phases).toEqual(new Set(PHASES));
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  it('frees everything when it is closed, which may happen twice', async () => {
    const live = backend.counters().liveBytes;
    const params = await PublicParams.setup(cubic, { backend });
    expect(backend.counters().liveBytes).toBeGreaterThan(live);
    params.close();
    params.close();
    expect(backend.counters().liveBytes).toBe(live);
    expect(await codeOf(() => RecursiveSNARK.new(params, [2n]))).toBe('ForeignHandle');
    expect(backend.counters().liveBytes).toBe(live);
  });

  const step = (circuit: Partial<StepCircuit>) => circuit as StepCircuit;
  const identity: StepCircuit['synthesize'] = (_cs, z) => z;
  it.each<[string, StepCircuit, Partial<Record<keyof SetupOptions, unknown>>, string]>([
    ['an unknown cycle', cubic, { cycle: 'pallas' }, 'UnknownCycle'],
    ['an inherited name of a cycle', cubic, { cycle: 'constructor' }, 'UnknownCycle'],
    ['an unknown hint', cubic, { hint: 'ppsnark3' }, 'InvalidArgument'],
    ['an inherited name of a hint', cubic, { hint: 'toString' }, 'InvalidArgument'],
    ['no circuit', undefined as never, {}, 'InvalidArgument'],
    ['a circuit that is null', null as never, {}, 'InvalidArgument'],
    ['no arity', step({ synthesize: identity }), {}, 'InvalidArgument'],
    ['arity 0', step({ arity: 0, synthesize: identity }), {}, 'InvalidArgument'],
    ['a negative arity', step({ arity: -1, synthesize: identity }), {}, 'InvalidArgument'],
    ['half an element', step({ arity: 1.5, synthesize: identity }), {}, 'InvalidArgument'],
    ['an arity that is text', step({ arity: '1' as never, synthesize: identity }), {}, 'InvalidArgument'],
    ['no synthesize', step({ arity: 1 }), {}, 'InvalidArgument'],
    [
      'a count of inputs that is negative',
      step({ arity: 1, inputs: { a: -1 }, synthesize: identity }),
      {},
      'InvalidArgument',
    ],
    [
      'a count of inputs that is no number',
      step({ arity: 1, inputs: { a: [1] as never }, synthesize: identity }),
      {},
      'InvalidArgument',
    ],
    [
      'a circuit that returns too few outputs',
      step({ arity: 2, synthesize: (_cs, [x]) => [x] }),
      {},
      'InvalidStepOutputLength',
    ],
    [
      'a circuit that returns too many outputs',
      step({ arity: 1, synthesize: (_cs, [x]) => [x, x] }),
      {},
      'InvalidStepOutputLength',
    ],
    [
      'a circuit with public inputs of its own',
      step({
        arity: 1,
        synthesize(cs, z) {
          cs.inputize('mine', z[0]);
          return z;
        },
      }),
      {},
      'InvalidStepCircuitIO',
    ],
  ])('refuses %s', async (_, circuit, options, code) => {
    const live = backend.counters().liveBytes;
    const error = await novaError(() => PublicParams.setup(circuit, { backend, ...options } as SetupOptions));
    expect(error.code).toBe(code);
    expect(backend.counters().liveBytes).toBe(live);
  });

  it('passes on what the circuit throws', async () => {
    const thrown = new RangeError('too large a table');
    const circuit = step({
      arity: 1,
      synthesize() {
        throw thrown;
      },
    });
    await expect(PublicParams.setup(circuit, { backend })).rejects.toBe(thrown);
  });

  it('is aborted before and during its work, and leaves nothing behind', async () => {
    const own = await reportingBackend();
    expect(await codeOf(() => PublicParams.setup(cubic, { backend: own, signal: AbortSignal.abort() }))).toBe(
      'Aborted',
    );
    for (const at of PHASES) {
      const controller = new AbortController();
      const { signal } = controller;
      const onProgress = ({ phase }: { phase: string }) => {
        if (phase === at) controller.abort();
      };
      expect(await codeOf(() => PublicParams.setup(cubic, { backend: own, signal, onProgress })), at).toBe(
        'Aborted',
      );
      expect(own.counters().liveBytes, at).toBe(0);
    }
    await own.close();
  });

  it('leaves nothing behind when the engine fails in the middle', async () => {
    const live = backend.counters().liveBytes;
    for (const method of ['matrices', 'witness', 'saveBases'] as const) {
      const failing = new Proxy(backend, {
        get(target, key) {
          if (key === method) throw new Error(`no ${method}`);
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      await expect(PublicParams.setup(cubic, { backend: failing })).rejects.toThrow(`no ${method}`);
      expect(backend.counters().liveBytes, method).toBe(live);
    }
  });

  it('needs an engine that is open', async () => {
    const closed = await testBackend();
    await closed.close();
    expect(await codeOf(() => PublicParams.setup(cubic, { backend: closed }))).toBe('BackendClosed');
  });
});

describe('saved parameters', () => {
  let saved: Uint8Array;
  beforeAll(async () => {
    saved = await pp.save();
  });

  /** The places of the sections, in order: magic, version, two texts, digest, two keys. */
  function sections() {
    const view = new DataView(saved.buffer);
    const places: Record<string, { start: number; end: number }> = {};
    let at = 0;
    const take = (name: string, size: number) => {
      places[name] = { start: at, end: at + size };
      at += size;
    };
    const withLength = (name: string) => {
      const n = Number(view.getBigUint64(at, true));
      take(`length of ${name}`, 8);
      take(name, n);
    };
    take('magic', 8);
    take('version', 4);
    withLength('cycle');
    withLength('hint');
    take('digest', 32);
    withLength('primary key');
    withLength('secondary key');
    expect(at).toBe(saved.length);
    return places;
  }

  /** The saved bytes with other contents of these sections. */
  function changed(edits: Record<string, Uint8Array>): Uint8Array {
    const places = sections();
    return Object.keys(edits)
      .sort((a, b) => places[b].start - places[a].start) // back to front: the places stay right
      .reduce((out, name) => replace(out, places[name], edits[name]), saved);
  }

  const text = (name: string, value: string) => {
    const utf8 = new TextEncoder().encode(value);
    return { [name]: utf8, [`length of ${name}`]: intToBytes(BigInt(utf8.length), 8) };
  };

  it('give the same parameters back, and with them the same proofs', async () => {
    const loaded = await PublicParams.load(cubic, saved, { backend });
    expect(loaded.digest).toBe(pp.digest);
    expect([loaded.cycle.name, loaded.hint]).toEqual(['pasta', 'default']);
    expect([loaded.constraints, loaded.variables]).toEqual([pp.constraints, pp.variables]);
    expect(sha3(await loaded.save())).toBe(sha3(saved));
    const states = [];
    for (const params of [pp, loaded]) {
      const snark = await RecursiveSNARK.new(params, [2n], { rng: insecureSeededRng('saved') });
      states.push(sha3(await snark.encode()));
      snark.close();
    }
    expect(states[0]).toBe(states[1]);
    loaded.close();
  });

  /** Refuses, and leaves nothing behind. */
  async function refused(bytes: Uint8Array, code: string, circuit: StepCircuit = cubic, what = '') {
    const live = backend.counters().liveBytes;
    expect(await codeOf(() => PublicParams.load(circuit, bytes, { backend })), what).toBe(code);
    expect(backend.counters().liveBytes, what).toBe(live);
  }

  it('are refused when cut off or extended anywhere', async () => {
    const cuts = Object.values(sections()).flatMap(({ start, end }) => [start, start + 1, end - 1]);
    for (const cut of new Set(cuts)) {
      await refused(saved.slice(0, cut), 'InvalidEncoding', cubic, `cut at ${cut}`);
    }
    await refused(Uint8Array.from([...saved, 0]), 'InvalidEncoding');
  });

  it('are refused with lengths that nothing holds', async () => {
    for (const name of Object.keys(sections()).filter((n) => n.startsWith('length'))) {
      for (const n of [2n ** 64n - 1n, 2n ** 53n, 2n ** 32n]) {
        await refused(changed({ [name]: intToBytes(n, 8) }), 'InvalidEncoding', cubic, `${name} ${n}`);
      }
    }
  });

  it.each<[string, () => Record<string, Uint8Array>, string]>([
    ['another magic', () => ({ magic: new TextEncoder().encode('NOVA-WGQ') }), 'InvalidEncoding'],
    ['version 0', () => ({ version: intToBytes(0n, 4) }), 'ParamsMismatch'],
    ['version 2', () => ({ version: intToBytes(2n, 4) }), 'ParamsMismatch'],
    ['an unknown cycle', () => text('cycle', 'pallas'), 'UnknownCycle'],
    ['a name that is no UTF-8', () => ({ cycle: new Uint8Array(5).fill(0xff) }), 'UnknownCycle'],
    ['another cycle', () => text('cycle', 'secp'), 'InvalidCommitmentKey'],
    ['an unknown hint', () => text('hint', 'toString'), 'InvalidArgument'],
    ['another hint', () => text('hint', 'ppsnark'), 'ParamsMismatch'],
    ['a digest that is no element', () => ({ digest: new Uint8Array(32).fill(255) }), 'InvalidEncoding'],
    ['another digest', () => ({ digest: pp.primary.curve.scalar.toBytes(pp.digest ^ 1n) }), 'ParamsMismatch'],
  ])('are refused with %s', async (_, edits, code) => refused(changed(edits()), code));

  it('are refused with a point that is none, anywhere in the keys', async () => {
    const { 'primary key': primary, 'secondary key': secondary } = sections();
    for (const at of [primary.start, primary.end - 1, secondary.start + 32, secondary.end - 64]) {
      const bytes = saved.slice();
      bytes[at] ^= 1;
      await refused(bytes, 'InvalidCommitmentKey', cubic, `byte ${at}`);
    }
    const bytes = saved.slice();
    bytes.fill(0, primary.start, primary.start + 64);
    await refused(bytes, 'InvalidCommitmentKey', cubic, 'the identity');
  });

  it('are refused with the keys of the curves exchanged', async () => {
    const { 'primary key': primary, 'secondary key': secondary } = sections();
    const edits = {
      'primary key': saved.slice(secondary.start, secondary.end),
      'secondary key': saved.slice(primary.start, primary.end),
    };
    await refused(changed(edits), 'InvalidCommitmentKey');
  });

  it('are refused with another point of the curve, or with two points exchanged', async () => {
    const { 'primary key': primary, 'secondary key': secondary } = sections();
    const { curve } = pp.primary;
    const first = saved.slice(primary.start, primary.start + 64);
    const negated = curve.toXY(curve.neg(curve.fromXY(first)));
    await refused(
      replace(saved, { start: primary.start, end: primary.start + 64 }, negated),
      'ParamsMismatch',
    );
    const [a, b] = [secondary.end - 128, secondary.end - 64];
    const exchanged = saved.slice();
    exchanged.set(saved.subarray(a, b), b);
    exchanged.set(saved.subarray(b, secondary.end), a);
    await refused(exchanged, 'ParamsMismatch');
  });

  it('are refused with a key of another size', async () => {
    const { 'primary key': primary } = sections();
    const key = saved.slice(primary.start, primary.end - 64);
    const edits = { 'primary key': key, 'length of primary key': intToBytes(BigInt(key.length), 8) };
    await refused(changed(edits), 'ParamsMismatch');
  });

  it('are refused for another circuit', async () => {
    await refused(saved, 'ParamsMismatch', new RootCircuit());
    await refused(saved, 'ParamsMismatch', builtinCircuit('square:3'));
    await refused(saved, 'ParamsMismatch', builtinCircuit('square:7000')); // needs a longer key
  });

  it('are refused where there is nothing, or something else', async () => {
    for (const junk of [new Uint8Array(0), new Uint8Array(100), new Uint8Array(8)]) {
      await refused(junk, 'InvalidEncoding');
    }
  });
});
