/** The cases of test/fixtures/recursive.json on one cycle: a file per cycle, so that they run side by side. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  builtinCircuit,
  CompressedSNARK,
  createBackend,
  cycleByName,
  insecureSeededRng,
  needsPtau,
  ptauFrom,
  PublicParams,
  RecursiveSNARK,
  stepsOf,
  type Backend,
  type BackendName,
  type CkHint,
  type FinalSnark,
  type PtauSource,
} from '../../src/index.ts';
import { nodeModules } from '../../src/node/module-cache.ts';
import { testBackend } from '../support/backend.ts';
import { testPtau } from '../support/ptau.ts';
import { sha3 } from './chain.ts';

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
interface Fixture {
  readonly name: string;
  readonly cycle: string;
  readonly snark: FinalSnark;
  readonly hint: CkHint;
  readonly circuit: string;
  readonly seed: string;
  readonly steps: number;
  readonly z0: readonly string[];
  readonly zn: readonly string[];
  readonly digest: string;
  readonly constraints: readonly number[];
  readonly variables: readonly number[];
  readonly recursive_bytes: number;
  readonly recursive_sha3: string;
  readonly state_sha3: readonly string[];
  readonly compressed_bytes: number;
  readonly compressed_sha3: string;
  readonly vk_bytes: number;
  readonly vk_sha3: string;
}

const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/recursive.json', import.meta.url), 'utf8'),
);

/** The cases that the reference engine, which takes seconds a step, is checked with too, and how far: one fold. */
const ON_REFERENCE = /^(pasta|secp)-snark-cubic-/;
const STEPS_ON_REFERENCE = 2;

/** The cases that are proved twice, with look-ahead and without, on an engine that makes tables of its keys: one a cycle. */
const LOOK_AHEAD = /-snark-cubic-/;

/** The cases that are compressed, too; `npm run fixtures` compresses all of them, which takes minutes. */
const COMPRESSED = /-snark-cubic-/;

/** The cases that only `npm run fixtures` has: 2^17 powers of tau take BigInt a minute. */
const BY_SCRIPT = /^bn-kzg-ppsnark-/;

/** The cases of which nothing but the parameters and the first state are compared: their steps make tables of 2^16 points. */
const BEGUN = /-sha256-/;

/** Powers of tau for the cycles that take them. */
const ptauOf = (cycle: string): PtauSource | undefined =>
  needsPtau(cycleByName(cycle))
    ? async (points) => ptauFrom(await testPtau(Math.log2(points)))(points)
    : undefined;

/** Proves every case of the cycle anew and compares all facts, byte for byte. */
export function fixtureSuite(cycle: string): void {
  const ofCycle = fixtures.filter((fixture) => fixture.cycle === cycle && !BY_SCRIPT.test(fixture.name));

  it('has cases', () => expect(ofCycle.length).toBeGreaterThan(0));
  describe.each(ofCycle)('$name on wasm', (fixture) => prove(fixture, 'wasm'));
  describe.each(ofCycle.filter(({ name }) => ON_REFERENCE.test(name)))('$name on reference', (fixture) =>
    prove(fixture, 'reference'),
  );

  function prove(fixture: Fixture, engine: BackendName) {
    const z0 = fixture.z0.map(BigInt);
    const most = engine === 'reference' ? STEPS_ON_REFERENCE : fixture.steps;
    const steps = BEGUN.test(fixture.name) ? 0 : Math.min(fixture.steps, most);
    let backend: Backend;
    let pp: PublicParams;
    let snark: RecursiveSNARK;
    const states: Uint8Array[] = [];
    beforeAll(async () => {
      const tables = engine === 'wasm' && LOOK_AHEAD.test(fixture.name); // as users have it
      const options = { threads: 2, modules: nodeModules() };
      backend = await (tables ? createBackend('wasm', options) : testBackend(engine));
      const circuit = builtinCircuit(fixture.circuit);
      pp = await PublicParams.setup(circuit, { cycle, hint: fixture.hint, ptau: ptauOf(cycle), backend });
      const rng = insecureSeededRng(fixture.seed);
      snark = await RecursiveSNARK.new(pp, z0, { rng, inputs: circuit.inputsOf?.(0) });
      states.push(await snark.encode());
      for (let i = 0; i < steps; i++) {
        await snark.proveStep(circuit.inputsOf?.(i));
        states.push(await snark.encode());
      }
    });
    afterAll(async () => {
      snark?.close();
      pp?.close();
      await backend?.close();
    });

    it('has the parameters of nova-snark', () => {
      expect(pp.digest).toBe(BigInt(fixture.digest));
      expect(pp.constraints).toEqual(fixture.constraints);
      expect(pp.variables).toEqual(fixture.variables);
    });

    it(`has the state of nova-snark after \`new\` and after each of ${steps} steps`, () => {
      expect(states.map(sha3)).toEqual(fixture.state_sha3.slice(0, 1 + steps));
    });

    if (steps < fixture.steps) return;

    if (engine === 'wasm' && LOOK_AHEAD.test(fixture.name)) {
      it('has that state with look-ahead too', async () => {
        const circuit = builtinCircuit(fixture.circuit);
        const rng = insecureSeededRng(fixture.seed);
        const ahead = await RecursiveSNARK.new(pp, z0, { rng, inputs: circuit.inputsOf?.(0) });
        let i = 0;
        for await (const _ of ahead.proveSteps(stepsOf(circuit, fixture.steps))) {
          expect(sha3(await ahead.encode()), `step ${++i}`).toBe(fixture.state_sha3[i]);
        }
        expect(i).toBe(fixture.steps);
        ahead.close();
      });
    }

    it('verifies and leads to the outputs of nova-snark', async () => {
      expect(states.at(-1)).toHaveLength(fixture.recursive_bytes);
      expect(fixture.recursive_sha3).toBe(fixture.state_sha3[steps]);
      expect(snark.numSteps).toBe(steps);
      expect(await snark.verify(steps, z0)).toEqual(fixture.zn.map(BigInt));
    });

    if (engine !== 'wasm' || !COMPRESSED.test(fixture.name)) return;

    it('compresses to the proof of nova-snark, with its verifier key', async () => {
      const { pk, vk } = await CompressedSNARK.setup(pp, { snark: fixture.snark });
      const key = await vk.encode();
      expect(key).toHaveLength(fixture.vk_bytes);
      expect(sha3(key)).toBe(fixture.vk_sha3);
      expect(await vk.digest()).toBe(fixture.vk_sha3);

      const proof = await CompressedSNARK.prove(pk, snark);
      expect(proof.encode()).toHaveLength(fixture.compressed_bytes);
      expect(sha3(proof.encode())).toBe(fixture.compressed_sha3);
      expect(await snark.encode()).toEqual(states.at(-1));
      pk.close();
      vk.close();
    });
  }
}
