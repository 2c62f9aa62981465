import { afterAll, describe } from 'vitest';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { SUITE_SCALE } from '../../support/extent.ts';
import { softwareAdapter } from '../../support/software-gpu.ts';
import { openingCases } from '../suite/openings.ts';
import { polynomialCases } from '../suite/polynomials.ts';
import { sumcheckCases } from '../suite/sumcheck.ts';

const software = await softwareAdapter();

/** The suite's cases for the groups of the compressed proof. */
describe.skipIf(software === undefined)('engine webgpu, the compressed proof', async () => {
  // one device for all engines: its kernels are compiled and tried once
  const context = await GpuContext.open({ gpu: software!.gpu, adapter: 'software' });
  afterAll(() => context.close());
  const make = () => createWebgpuBackend({}, { context });
  for (const cases of [polynomialCases, sumcheckCases, openingCases]) {
    cases({ make, scale: SUITE_SCALE, curves: [pallas], begun: true });
  }
});
