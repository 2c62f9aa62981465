/** Whole proofs on devices that fail, each step on one that does so in another way. With everything only: a step takes long. */
import { describe, expect, it } from 'vitest';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { builtinCircuit, insecureSeededRng, PublicParams, RecursiveSNARK } from '../../../src/index.ts';
import { sha3 } from '../../nova/chain.ts';
import { testBackend } from '../../support/backend.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { faultyGpu, type Fault } from '../../support/faulty-device.ts';
import { sharedContext, softwareAdapter } from '../../support/software-gpu.ts';

const software = await softwareAdapter();
const shared = await sharedContext();

/** The fault of each step, and the place where it happens. */
const FAULTS: readonly (readonly [Fault, number])[] = [
  ['lost', 0],
  ['dropped', 0],
  ['zeroed', 0],
  ['repeated', 1],
  ['flipped', 0],
  ['overwritten', 1],
  ['lost', 9],
  ['dropped', 1],
  ['zeroed', 1],
  ['flipped', 1],
  ['overwritten', 2],
  ['overwritten', 3],
];

describe.skipIf(software === undefined || !EVERYTHING)('a proof on devices that fail', () => {
  it('is the proof of one that does not, whatever fails in its steps', { timeout: 3_600_000 }, async () => {
    const circuit = builtinCircuit('cubic');
    const steps = FAULTS.length + 1;
    const wasm = await testBackend();
    const plain = await PublicParams.setup(circuit, { backend: wasm });
    const expected = await RecursiveSNARK.new(plain, [2n], { rng: insecureSeededRng('faults') });
    for (let i = 0; i < steps; i++) await expected.proveStep();

    const { gpu, last, devices } = faultyGpu(software!.gpu, shared!.device);
    const backend = await createWebgpuBackend(
      { webgpu: { gpu, adapter: 'software', layout: '14x19' } },
      { tried: true },
    );
    const circuits = { primary: plain.primary.circuit, secondary: plain.secondary.circuit };
    const pp = await PublicParams.load(circuit, await plain.save(), { backend, trusted: true, circuits });
    const snark = await RecursiveSNARK.new(pp, [2n], { rng: insecureSeededRng('faults') });
    await snark.proveStep();
    let reached = 0;
    for (const [k, [fault, place]] of FAULTS.entries()) {
      // what no answer has shown, the check does; it is what steps are proved again from
      await snark.encode();
      const device = last();
      device.inject(fault, place, k + 1);
      await snark.proveStep();
      reached += Number(device.happened);
      expect(snark.numSteps, `step with ${fault} ${place}`).toBe(k + 2);
      device.inject(fault, Infinity);
      console.log(`step ${k + 2} with ${fault} ${place}, on device ${devices()}`);
    }
    expect(reached).toBe(FAULTS.length);
    expect(sha3(await snark.encode())).toBe(sha3(await expected.encode()));
    expect(pp.backend.name).toBe('webgpu');
    console.log(`${reached} faults in ${snark.numSteps} steps on ${devices()} devices`);
    for (const proof of [snark, expected]) proof.close();
    await backend.close();
    await wasm.close();
  });
});
