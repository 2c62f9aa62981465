/** The engines' suite for `webgpu`, as a page runs it. Bundled by vite with `vitest-in-page.ts` in vitest's place. */
import { createWebgpuBackend } from '../../src/backend/webgpu/open.ts';
import { GpuContext } from '../../src/backend/webgpu/device.ts';
import { pallas } from '../../src/curve/curves.ts';
import { FIELDS } from '../../src/field/fields.ts';
import { backendSuite } from '../backend/suite.ts';
import { runPage, type PageReport } from './vitest-in-page.ts';

/**
 * Runs the suite on the adapter that the browser has.
 *
 * @param scale of the largest sizes
 * @param fields names of those of the cases that every field has
 */
export async function runSuite(
  scale: number,
  fields: readonly string[],
): Promise<PageReport & { readonly adapter: string }> {
  const context = await GpuContext.open({ adapter: 'software' });
  backendSuite('webgpu', () => createWebgpuBackend({ threads: 0 }, { context }), {
    scale,
    fields: FIELDS.filter(({ name }) => fields.includes(name)),
    curves: [pallas],
    begun: true,
  });
  const report = await runPage();
  context.close();
  return { ...report, adapter: context.info.name };
}
