/** The cases of test/fixtures/recursive.json on one cycle: a file per cycle, so that they run side by side. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  builtinCircuit,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type BackendName,
  type CkHint,
} from '../../src/index.ts';
import { testBackend } from '../support/backend.ts';
import { sha3 } from './chain.ts';

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
interface Fixture {
  readonly name: string;
  readonly cycle: string;
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
}

const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/recursive.json', import.meta.url), 'utf8'),
);

/** The cases that the reference engine, which takes seconds a step, is checked with too. */
const ON_REFERENCE = /^(pasta-snark-trivial|[a-z-]+-snark-cubic)-/;

/** Proves every case of the cycle anew and compares all facts, byte for byte. */
export function fixtureSuite(cycle: string): void {
  const ofCycle = fixtures.filter((fixture) => fixture.cycle === cycle);

  it('has cases', () => expect(ofCycle.length).toBeGreaterThan(0));
  describe.each(ofCycle)('$name on wasm', (fixture) => prove(fixture, 'wasm'));
  describe.each(ofCycle.filter(({ name }) => ON_REFERENCE.test(name)))('$name on reference', (fixture) =>
    prove(fixture, 'reference'),
  );

  function prove(fixture: Fixture, engine: BackendName) {
    const z0 = fixture.z0.map(BigInt);
    let backend: Backend;
    let pp: PublicParams;
    let snark: RecursiveSNARK;
    const states: Uint8Array[] = [];
    beforeAll(async () => {
      backend = await testBackend(engine);
      const circuit = builtinCircuit(fixture.circuit);
      pp = await PublicParams.setup(circuit, { cycle, hint: fixture.hint, backend });
      snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(fixture.seed) });
      states.push(await snark.encode());
      for (let i = 0; i < fixture.steps; i++) {
        await snark.proveStep();
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

    it('has the state of nova-snark after `new` and after every step', () => {
      expect(states.map(sha3)).toEqual(fixture.state_sha3);
      expect(states.at(-1)).toHaveLength(fixture.recursive_bytes);
      expect(sha3(states[fixture.steps])).toBe(fixture.recursive_sha3);
    });

    it('verifies and leads to the outputs of nova-snark', async () => {
      expect(snark.numSteps).toBe(fixture.steps);
      expect(await snark.verify(fixture.steps, z0)).toEqual(fixture.zn.map(BigInt));
    });
  }
}
