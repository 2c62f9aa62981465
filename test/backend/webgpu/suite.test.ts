import { afterAll } from 'vitest';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { bn256, pallas, secp256k1 } from '../../../src/curve/curves.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { EVERYTHING, SUITE_SCALE } from '../../support/extent.ts';
import { softwareAdapter } from '../../support/software-gpu.ts';
import { backendSuite } from '../suite.ts';

const software = await softwareAdapter();

if (software !== undefined) {
  // one device for all engines: its kernels are compiled and tried once
  const context = await GpuContext.open({ gpu: software.gpu, adapter: 'software' });
  afterAll(() => context.close());
  backendSuite('webgpu', () => createWebgpuBackend({}, { context }), {
    scale: SUITE_SCALE,
    compressed: false,
    // one of each kind of prime: Pasta's, a general one, one of 256 bits
    curves: EVERYTHING ? [pallas, bn256, secp256k1] : [pallas],
  });
}
