/**
 * Whole proofs on devices that fail, each step on one that does so in another way. With everything only: a step takes long.
 * `npm run bench:faults` writes down what the faults came to.
 */
import { describe, expect, it } from 'vitest';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { builtinCircuit, insecureSeededRng, PublicParams, RecursiveSNARK } from '../../../src/index.ts';
import { sha3 } from '../../nova/chain.ts';
import { testBackend } from '../../support/backend.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { FaultRecord, WRONG } from '../../support/fault-record.ts';
import { faultyGpu, type Fault } from '../../support/faulty-device.ts';
import { sharedContext, softwareAdapter } from '../../support/software-gpu.ts';

const software = await softwareAdapter();
const shared = await sharedContext();

/** The fault of each step, and the place where it happens (`PLACES` of faulty-device.ts). */
const FAULTS: readonly (readonly [Fault, number])[] = [
  ['lost', 0],
  ['dropped', 0],
  ['zeroed', 0],
  ['repeated', 1],
  ['flipped', 0],
  ['overwritten', 5],
  ['lost', 9],
  ['dropped', 1],
  ['zeroed', 1],
  ['flipped', 1],
  ['overwritten', 30],
  ['overwritten', 75],
];

describe.skipIf(software === undefined || !EVERYTHING)('a proof on devices that fail', () => {
  it('is the proof of one that does not, whatever fails in its steps', { timeout: 3_600_000 }, async () => {
    const circuit = builtinCircuit('cubic');
    const steps = FAULTS.length + 1;
    const wasm = await testBackend();
    const plain = await PublicParams.setup(circuit, { backend: wasm });
    const expected = await RecursiveSNARK.new(plain, [2n], { rng: insecureSeededRng('faults') });
    const states: string[] = [];
    for (let i = 0; i < steps; i++) {
      await expected.proveStep();
      states.push(sha3(await expected.encode()));
    }

    const { gpu, last, devices } = faultyGpu(software!.gpu, shared!.device);
    const backend = await createWebgpuBackend(
      { webgpu: { gpu, adapter: 'software', layout: '14x19' } },
      { tried: true },
    );
    const circuits = { primary: plain.primary.circuit, secondary: plain.secondary.circuit };
    const pp = await PublicParams.load(circuit, await plain.save(), { backend, trusted: true, circuits });
    const snark = await RecursiveSNARK.new(pp, [2n], { rng: insecureSeededRng('faults') });
    await snark.proveStep();
    // what no answer has shown, the check of a state that is handed out does; it is what steps are proved again from
    expect(sha3(await snark.encode())).toBe(states[0]);
    const record = new FaultRecord('steps', { work: `${pp.cycle.name} ${circuit.name}` });
    for (const [k, [fault, place]] of FAULTS.entries()) {
      const [device, before] = [last(), devices()];
      device.inject(fault, place, k + 1);
      await snark.proveStep();
      const { happened, target } = device;
      expect(happened, `${fault} ${place}`).toBe(true);
      device.inject(fault, Infinity);
      const right = sha3(await snark.encode()) === states[k + 1];
      const again = devices() - before;
      const how = again === 0 ? 'right' : 'proved again on another device';
      record.add(fault, { how: right ? how : WRONG, stepsLost: again, target });
      console.log(`step ${k + 2} with ${fault} ${place}: ${right ? how : WRONG}`);
      await record.write(pp.backend.facts ?? {});
      expect(right, `step with ${fault} ${place}`).toBe(true);
      expect(snark.numSteps, `step with ${fault} ${place}`).toBe(k + 2);
      expect(again, `step with ${fault} ${place}`).toBeLessThanOrEqual(1);
    }
    expect(record.injections).toBe(FAULTS.length);
    expect(pp.backend.name).toBe('webgpu');
    for (const proof of [snark, expected]) proof.close();
    await backend.close();
    await wasm.close();
  });
});
