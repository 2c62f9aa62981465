import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  builtinCircuit,
  createBackend,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
} from '../../../src/index.ts';
import { sha3 } from '../../nova/chain.ts';
import { watchWorkers } from './workers.ts';

const fixtures: readonly Record<string, never>[] = JSON.parse(
  readFileSync(new URL('../../fixtures/recursive.json', import.meta.url), 'utf8'),
);

// with threads: test/nova/fixtures-pasta.test.ts
describe('the wasm engine without threads, which makes its generators itself', () => {
  let backend: Backend;
  beforeAll(async () => void (backend = await createBackend('wasm', { threads: 0 })));
  afterAll(() => backend.close());

  it('proves and verifies `cubic` on pasta byte for byte as nova-snark does', async () => {
    const fixture = fixtures.find(({ name }) => name === 'pasta-snark-cubic-3')!;
    const { circuit, cycle, hint, digest, seed, steps, state_sha3, zn } = fixture;
    const z0 = (fixture.z0 as string[]).map(BigInt);
    const pp = await PublicParams.setup(builtinCircuit(circuit), { cycle, hint, backend });
    expect(pp.digest).toBe(BigInt(digest));
    const snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(seed) });
    const states = [sha3(await snark.encode())];
    for (let i = 0; i < steps; i++) {
      await snark.proveStep();
      states.push(sha3(await snark.encode()));
    }
    expect(states).toEqual(state_sha3);
    expect(await snark.verify(steps, z0)).toEqual((zn as string[]).map(BigInt));
    const { allocations } = backend.counters();
    for (let i = 0; i < 3; i++) await snark.proveStep();
    expect(backend.counters().allocations).toBe(allocations);
    snark.close();
    pp.close();
    expect(backend.counters().liveBytes).toBe(0);
  });
});

it('leaves the state as before a step in which a worker ends; the retry proves what nova-snark proves', async () => {
  const workers = watchWorkers();
  const backend = await createBackend('wasm', { threads: 2 });
  const fixture = fixtures.find(({ name }) => name === 'pasta-snark-cubic-3')!;
  const { circuit, cycle, hint, seed, steps, state_sha3 } = fixture;
  const pp = await PublicParams.setup(builtinCircuit(circuit), { cycle, hint, backend });
  const z0 = (fixture.z0 as string[]).map(BigInt);
  const snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(seed) });
  let faults = 0;
  // the first step only counts what `new` has done
  await snark.proveStep();
  for (let i = 1; i < steps; i++) {
    for (const milliseconds of [1, 8, 30]) {
      if (snark.numSteps > i) break;
      const before = snark.numSteps;
      const step = snark.proveStep().then(
        () => 'done',
        (error: { code: unknown }) => error.code,
      );
      setTimeout(() => void workers.at(-1)!.terminate(), milliseconds);
      const code = await step;
      expect(code).toBeOneOf(['done', 'EngineFault']);
      if (code === 'done') continue;
      faults++;
      expect(snark.numSteps).toBe(before);
      expect(sha3(await snark.encode())).toBe(state_sha3[i]);
    }
    if (snark.numSteps === i) await snark.proveStep();
    expect(sha3(await snark.encode())).toBe(state_sha3[i + 1]);
  }
  expect(faults).toBeGreaterThan(0);
  expect(workers.length).toBeGreaterThan(2);
  snark.close();
  pp.close();
  await backend.close();
});
