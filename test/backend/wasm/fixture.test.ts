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

const fixtures: readonly Record<string, never>[] = JSON.parse(
  readFileSync(new URL('../../fixtures/recursive.json', import.meta.url), 'utf8'),
);

describe.each([0, 2])('the wasm engine with %d threads, which makes its generators itself', (threads) => {
  let backend: Backend;
  beforeAll(async () => void (backend = await createBackend('wasm', { threads })));
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
