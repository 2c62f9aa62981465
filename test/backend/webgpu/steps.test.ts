/** Whole steps on the software GPU: the reference's bytes, and what a step asks of the device. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import {
  builtinCircuit,
  insecureSeededRng,
  PublicParams,
  RecursiveSNARK,
  type Backend,
} from '../../../src/index.ts';
import { sha3 } from '../../nova/chain.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { softwareAdapter } from '../../support/software-gpu.ts';

interface Fixture {
  readonly name: string;
  readonly cycle: string;
  readonly circuit: string;
  readonly seed: string;
  readonly z0: readonly string[];
  readonly zn: readonly string[];
  readonly steps: number;
  readonly digest: string;
  readonly state_sha3: readonly string[];
}

const fixtures: readonly Fixture[] = JSON.parse(
  readFileSync(new URL('../../fixtures/recursive.json', import.meta.url), 'utf8'),
);
const fixture = fixtures.find(({ name }) => name === 'pasta-snark-cubic-3')!;

/** Steps after the fixture's, whose counters are looked at too. */
const MORE = EVERYTHING ? 7 : 0;

const software = await softwareAdapter();

describe.skipIf(software === undefined)('steps on the engine webgpu', { timeout: 1_800_000 }, () => {
  const z0 = fixture.z0.map(BigInt);
  let backend: Backend;
  let pp: PublicParams;
  let snark: RecursiveSNARK;
  beforeAll(async () => {
    backend = await createWebgpuBackend({
      webgpu: { gpu: software!.gpu, adapter: 'software', layout: '14x19' },
    });
    pp = await PublicParams.setup(builtinCircuit(fixture.circuit), { cycle: fixture.cycle, backend });
    snark = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(fixture.seed) });
  }, 1_800_000);
  afterAll(async () => {
    snark?.close();
    pp?.close();
    await backend?.close();
  });

  it('are those of nova-snark, and after the first make no buffer, read twice, and upload the witnesses alone', async () => {
    expect(pp.digest).toBe(BigInt(fixture.digest));
    expect(sha3(await snark.encode())).toBe(fixture.state_sha3[0]);
    const [primary, secondary] = pp.variables;
    const { steps } = fixture;
    let liveBytes: number | undefined;
    for (let i = 1; i <= steps + MORE; i++) {
      await snark.proveStep();
      const { lastStep } = snark;
      // step 1 counts what `new` has done; the next one is the first that folds into both
      if (i > 2) {
        const counters = { allocations: 0, readBacks: 2, bytesUp: 32 * (primary + secondary), liveBytes };
        expect(lastStep, `step ${i}`).toMatchObject(counters);
      }
      ({ liveBytes } = lastStep);
      if (i <= steps) expect(sha3(await snark.encode()), `step ${i}`).toBe(fixture.state_sha3[i]);
      if (i === steps) expect(await snark.verify(steps, z0)).toEqual(fixture.zn.map(BigInt));
    }
    // what checks need is counted apart
    expect(snark.lastCheck).toMatchObject({ readBacks: 1, bytesUp: 0 });
    expect(pp.backend).toBe(backend); // it was not replaced on the way
  });
});
