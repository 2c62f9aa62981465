import { it } from 'vitest';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { SUITE_CURVES, SUITE_FIELDS, SUITE_SCALE } from '../../support/extent.ts';
import { sharedContext } from '../../support/software-gpu.ts';
import { backendSuite } from '../suite.ts';

const context = await sharedContext();

if (context === undefined) {
  it.skip('the suite of all engines: there is no software GPU', () => {});
} else {
  backendSuite('webgpu', () => createWebgpuBackend({}, { context }), {
    scale: SUITE_SCALE,
    fields: SUITE_FIELDS,
    curves: SUITE_CURVES,
    begun: true,
  });
}
