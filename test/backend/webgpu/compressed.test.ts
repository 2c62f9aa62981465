/** Compressed and direct proofs on the software GPU: nova-snark's bytes, what a proof asks of the device, and devices that fail. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import {
  builtinCircuit,
  CompressedSNARK,
  DirectSNARK,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type DirectSnark,
} from '../../../src/index.ts';
import { sha3 } from '../../nova/chain.ts';
import { testBackend } from '../../support/backend.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { costOf } from '../../support/device-cost.ts';
import { faultyGpu, type Fault } from '../../support/faulty-device.ts';
import { sharedContext, softwareAdapter } from '../../support/software-gpu.ts';

const LONG = 3_600_000;

const software = await softwareAdapter();
const context = await sharedContext();

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
interface Fixture {
  readonly name: string;
  readonly cycle: string;
  readonly circuit: string;
  readonly seed: string;
  readonly z0: readonly string[];
  readonly zn: readonly string[];
  readonly vk_bytes: number;
  readonly vk_sha3: string;
}

interface DirectFixture extends Fixture {
  readonly snark: DirectSnark;
  readonly direct_sha3: string;
}

interface CompressedFixture extends Fixture {
  readonly steps: number;
  readonly compressed_sha3: string;
}

function fixturesOf<F extends Fixture>(file: string): readonly F[] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), 'utf8'));
}

describe.skipIf(context === undefined)('direct proofs on the engine webgpu', { timeout: LONG }, () => {
  let backend: Backend;
  beforeAll(async () => void (backend = await createWebgpuBackend({}, { context: context! })));
  afterAll(() => backend?.close());

  const pasta = fixturesOf<DirectFixture>('direct.json').filter(
    ({ cycle }) => EVERYTHING || cycle === 'pasta',
  );

  it.each(pasta)('$name is that of nova-snark, and a second one makes no buffer', async (fixture) => {
    const { cycle, snark, circuit, seed } = fixture;
    const { pk, vk } = await DirectSNARK.setup(builtinCircuit(circuit), { cycle, snark, backend });
    onTestFinished(() => {
      pk.close();
      vk.close();
    });
    expect(sha3(await vk.encode())).toBe(fixture.vk_sha3);
    const prove = () => DirectSNARK.prove(pk, fixture.z0.map(BigInt), { rng: insecureSeededRng(seed) });
    const { proof, zNext } = await prove();
    expect(zNext).toEqual(fixture.zn.map(BigInt));
    expect(sha3(proof.encode())).toBe(fixture.direct_sha3);
    const { result: again, cost } = await costOf(context!, backend, prove);
    expect(sha3(again.proof.encode())).toBe(fixture.direct_sha3);
    console.log(`${fixture.name}: ${JSON.stringify(cost)}`);
    expect(cost.allocations).toBe(0);
  });
});

describe.skipIf(context === undefined || !EVERYTHING)(
  'compressed proofs on the engine webgpu',
  { timeout: LONG },
  () => {
    const fixture = fixturesOf<CompressedFixture>('recursive.json').find(
      ({ name }) => name === 'pasta-snark-trivial-1',
    )!;

    it('are those of nova-snark, and the recursion can go on', async () => {
      const backend = await createWebgpuBackend({}, { context: context! });
      onTestFinished(() => backend.close());
      const { cycle, circuit, seed, steps } = fixture;
      const z0 = fixture.z0.map(BigInt);
      const pp = await PublicParams.setup(builtinCircuit(circuit), { cycle, backend });
      const { pk, vk } = await CompressedSNARK.setup(pp);
      const snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(seed) });
      for (let i = 0; i < steps; i++) await snark.proveStep();
      const { result: proof, cost } = await costOf(context!, backend, () => CompressedSNARK.prove(pk, snark));
      console.log(`${fixture.name}: ${JSON.stringify(cost)}`);
      expect(sha3(proof.encode())).toBe(fixture.compressed_sha3);
      expect(sha3(await vk.encode())).toBe(fixture.vk_sha3);
      await snark.proveStep();
      expect(await snark.verify(steps + 1, z0)).toEqual(fixture.zn.map(BigInt));
      expect(pp.backend).toBe(backend); // it was not replaced on the way
      for (const opened of [snark, pk, vk, pp]) opened.close();
    });
  },
);

/** The faults of a device, and at which of their places in a proof they happen. */
const FAULTS: readonly (readonly [Fault, readonly number[]])[] = [
  ['lost', [0, 7, 20, 55]],
  ['dropped', [0, 2, 5]],
  ['zeroed', [0, 1, 4, 9]],
  ['repeated', [1, 2, 6]],
  ['flipped', [0, 1, 2, 3, 5, 8]],
  ['overwritten', [0, 1, 2, 3, 4, 5, 6, 7]],
];

describe.skipIf(context === undefined || !EVERYTHING)(
  'direct proofs on devices that fail',
  { timeout: LONG },
  () => {
    const z0 = [2n];
    const rng = () => insecureSeededRng('faults');
    let expected: Uint8Array;
    beforeAll(async () => {
      const wasm = await testBackend();
      const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend: wasm });
      expected = (await DirectSNARK.prove(pk, z0, { rng: rng() })).proof.encode();
      pk.close();
      vk.close();
      await wasm.close();
    });

    it.each(FAULTS)('are those of one that does not: %s', async (fault, places) => {
      const { gpu, last, devices } = faultyGpu(software!.gpu, context!.device);
      const backend = await createWebgpuBackend(
        { webgpu: { gpu, adapter: 'software', layout: '14x19' } },
        { tried: true },
      );
      const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
      const prove = () => DirectSNARK.prove(pk, z0, { rng: rng() });
      await prove(); // what is made once is there
      for (const place of places) {
        const device = last();
        device.inject(fault, place, 1 + place);
        const { proof } = await prove();
        expect(device.happened, `place ${place}`).toBe(true);
        device.inject(fault, Infinity);
        expect(proof.encode(), `place ${place}`).toEqual(expected);
      }
      console.log(`${fault}: ${places.length} faults on ${devices()} devices`);
      pk.close();
      vk.close();
      await backend.close();
    });
  },
);
