/**
 * How fast a device multiplies, by a short measurement: which limbs suit it, and how much a dispatch may do before it keeps
 * the device from drawing the screen, or a watchdog ends it.
 */
import chainCode from '../../../shaders/chain.wgsl';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { pallasBase } from '../../field/fields.ts';
import { fieldLibrary } from './codegen/field.ts';
import { DEFAULT_LAYOUT, LAYOUTS, type Layout } from './codegen/layout.ts';
import type { GpuContext, Kernel } from './device.ts';
import { kernelHead } from './kernel-head.ts';
import { STORAGE } from './usage.ts';

/** Multiplications that an invocation does one after the other. */
const CHAIN = 64;

const WORKGROUP = 64;

/** Invocations of the first measurement, and at most: enough for the largest GPUs. */
const FEW = 256;
const MANY = 2 ** 18;

/** A measurement that took at least this long is one of the device and not of the way to it. In milliseconds. */
const LONG_ENOUGH = 4;

/** The longest that a dispatch is to take, in milliseconds. */
export const DISPATCH_MS = 100;

/** Any field does for the comparison. */
const FIELD: PrimeField = pallasBase;

/** What was measured, in field multiplications a millisecond. */
export type Speeds = Readonly<Record<string, number>>;

/** The speed of each layout on a device; once for each device. @throws {@link NovaError} what a submission throws */
export function measureSpeeds(context: GpuContext, layouts: readonly Layout[]): Promise<Speeds> {
  return context.once(`speeds ${layouts.map(({ name }) => name).join()}`, async () => {
    const speeds: Record<string, number> = {};
    for (const layout of layouts) speeds[layout.name] = await measure(context, layout);
    return speeds;
  });
}

/** The fastest of the layouts; the default one unless another is faster by more than chance has it. */
export function fastest(speeds: Speeds): Layout {
  const clearly = 1.05;
  return Object.values(LAYOUTS).reduce(
    (best, layout) => ((speeds[layout.name] ?? 0) > clearly * (speeds[best.name] ?? 0) ? layout : best),
    DEFAULT_LAYOUT,
  );
}

async function measure(context: GpuContext, layout: Layout): Promise<number> {
  const kernel = await context.pipeline({
    label: `chain ${layout.name}`,
    code: `${fieldLibrary(FIELD, layout, { text: chainCode })}\n${kernelHead(WORKGROUP)}\n${chainCode}`,
    bindings: ['uniform', 'write'],
    workgroup: WORKGROUP,
  });
  const out = context.buffer(FIELD_BYTES, STORAGE, 'speed');
  try {
    await time(context, kernel, out, FEW); // a first dispatch takes longer
    const way = await time(context, kernel, out, 1);
    for (let n = FEW; ; n *= 4) {
      const spent = Math.min(await time(context, kernel, out, n), await time(context, kernel, out, n)) - way;
      if (spent >= LONG_ENOUGH || n >= MANY) return (n * CHAIN) / Math.max(spent, 0.01);
    }
  } finally {
    context.arena.release(out);
  }
}

/** Milliseconds until the answer of a dispatch is there. */
async function time(context: GpuContext, kernel: Kernel, out: GPUBuffer, n: number): Promise<number> {
  const batch = context.batch();
  batch.dispatch(kernel, [Uint32Array.of(n, CHAIN), out], n);
  const start = performance.now();
  await batch.submit();
  return performance.now() - start;
}
