/** Steps on the software GPU: what they ask of the device, of small shapes many; of whole circuits the reference's bytes. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
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
import { sharedContext } from '../../support/software-gpu.ts';
import { SmallRecursion } from './squares.ts';

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
/** A step takes half a minute of a CPU. */
const FIXTURE = EVERYTHING ? 'pasta-snark-cubic-3' : 'pasta-snark-trivial-1';
const fixture = fixtures.find(({ name }) => name === FIXTURE)!;

/** Steps of a small shape whose counters are looked at. */
const SMALL_STEPS = 10;

/** Steps after the fixture's, whose counters are looked at too. */
const MORE = EVERYTHING ? 7 : 0;

const context = await sharedContext();

/** What is asked of a device through WebGPU itself, apart from the engine's own counters. */
function tally(device: GPUDevice): {
  take(): Record<'buffers' | 'maps' | 'bytesUp' | 'parameterBytes', number>;
  end(): void;
} {
  let [buffers, maps, bytesUp, parameterBytes] = [0, 0, 0, 0];
  const { createBuffer } = device;
  const { writeBuffer } = device.queue;
  device.createBuffer = function (descriptor) {
    buffers++;
    return createBuffer.call(this, descriptor);
  };
  device.queue.writeBuffer = function (...args: Parameters<GPUQueue['writeBuffer']>) {
    const [target, , data, first = 0, length] = args;
    const unit = 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1;
    const bytes = length === undefined ? data.byteLength - first * unit : length * unit;
    if (target.label === 'parameters') parameterBytes += bytes;
    else bytesUp += bytes;
    writeBuffer.apply(this, args as Parameters<typeof writeBuffer>);
  };
  const { prototype } = GPUBuffer;
  const { mapAsync } = prototype;
  prototype.mapAsync = function (...args) {
    maps++;
    return mapAsync.apply(this, args);
  };
  return {
    take: () => {
      const taken = { buffers, maps, bytesUp, parameterBytes };
      [buffers, maps, bytesUp, parameterBytes] = [0, 0, 0, 0];
      return taken;
    },
    end: () => {
      Object.assign(device, { createBuffer });
      Object.assign(device.queue, { writeBuffer });
      Object.assign(prototype, { mapAsync });
    },
  };
}

describe.skipIf(context === undefined)('steps of small circuits on the engine webgpu', () => {
  it('after the first make no buffer, grow by no byte, read twice, and upload the witnesses and a constant', async () => {
    const backend = await createWebgpuBackend({}, { context: context! });
    const reference = createReferenceBackend();
    const [recursion, oracle] = [await SmallRecursion.open(backend), await SmallRecursion.open(reference)];
    const { arena, device } = context!;
    const calls = tally(device);
    onTestFinished(() => calls.end());
    const parameters = new Set<number>();
    let liveBytes = NaN;
    // `new`, and the first step: the one after is like all that follow
    for (let i = -1; i <= SMALL_STEPS; i++) {
      const report = await recursion.step();
      const { buffers, maps, bytesUp, parameterBytes } = calls.take();
      await oracle.step();
      expect(recursion.state, `step ${i}`).toEqual(oracle.state);
      if (i > 0) {
        expect(report, `step ${i}`).toMatchObject({
          allocations: 0,
          readBacks: 2,
          bytesUp: SmallRecursion.witnessBytes,
        });
        expect({ buffers, maps, bytesUp, live: arena.liveBytes }, `step ${i}`).toEqual({
          buffers: 0,
          maps: 2,
          bytesUp: SmallRecursion.witnessBytes,
          live: liveBytes,
        });
        parameters.add(parameterBytes);
      }
      ({ liveBytes } = arena);
    }
    // what is constant: the parameters of dispatches
    const [constant, ...others] = parameters;
    expect(others).toEqual([]);
    expect(constant).toBeGreaterThan(0);
    expect(constant).toBeLessThan(2 ** 16);
    await Promise.all([backend.close(), reference.close()]);
  });
});

describe.skipIf(context === undefined)('steps on the engine webgpu', { timeout: 1_800_000 }, () => {
  const z0 = fixture.z0.map(BigInt);
  let backend: Backend;
  let pp: PublicParams;
  let snark: RecursiveSNARK;
  beforeAll(async () => {
    backend = await createWebgpuBackend({}, { context: context! });
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

  it('are the same with look-ahead, and ask for as much', async () => {
    const ahead = await RecursiveSNARK.new(pp, z0, { rng: insecureSeededRng(fixture.seed) });
    const [primary, secondary] = pp.variables;
    for await (const report of ahead.proveSteps(fixture.steps)) {
      const i = ahead.numSteps;
      if (i > 1) {
        expect(report.phases.ahead, `step ${i}`).toBeGreaterThan(0);
        expect(report, `step ${i}`).toMatchObject({ readBacks: 2, bytesUp: 32 * (primary + secondary) });
      }
      if (i > 2) expect(report, `step ${i}`).toMatchObject({ allocations: 0 });
    }
    expect(sha3(await ahead.encode())).toBe(fixture.state_sha3[fixture.steps]);
    expect(pp.backend).toBe(backend);
    ahead.close();
  });
});
