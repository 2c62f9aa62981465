/** How the engine for GPUs is made: on which device, with which limbs, and for whom. */
import { pallas } from '../../curve/curves.ts';
import { NovaError } from '../../errors.ts';
import type { Backend, BackendOptions } from '../backend.ts';
import { SOFTWARE } from './adapter.ts';
import { DEFAULT_LAYOUT, type Layout, LAYOUTS, type LayoutName } from './codegen/layout.ts';
import { GpuContext, type GpuOptions } from './device.ts';
import { WebgpuBackend } from './engine.ts';
import { DISPATCH_MS, fastest, measureSpeeds } from './speed.ts';
import { DeviceSupervision } from './supervision.ts';

/** What tests make an engine with. */
export interface WebgpuInternals {
  /** A device that several engines share; it stays open when they are closed. */
  readonly context?: GpuContext;
  /** Smaller limits than the device has. */
  readonly limits?: GpuOptions['limits'];
  /** Whether known answers were asked for already. */
  readonly tried?: boolean;
  /** Whether the CPU takes over where devices fail, as `auto` has it. */
  readonly fallback?: boolean;
  /** For the engine that takes the place of one that failed: what both ask of their users. */
  readonly supervision?: DeviceSupervision;
}

/**
 * Makes the engine for GPUs. Vectors, matrices and commitment keys stay on the device; operations are recorded into command
 * buffers, and a read submits them and waits once.
 *
 * Nothing that the device says is believed unchecked: kernels are tried on known answers before they are first used, every
 * read-back carries a mark of its submission, and points that come back must be points of their curve.
 *
 * @throws {@link NovaError} `BackendUnavailable` if there is no adapter to use, `InvalidArgument` for options that make no sense,
 * `DeviceLost`, `DeviceFault`
 * @example
 * const engine = await createWebgpuBackend({ webgpu: { powerPreference: 'high-performance' } });
 */
export async function createWebgpuBackend(
  options: BackendOptions = {},
  internals: WebgpuInternals = {},
): Promise<Backend> {
  const { layout: name, ...gpu } = options.webgpu ?? {};
  if (name !== undefined && !Object.hasOwn(LAYOUTS, name)) {
    throw new NovaError(
      'InvalidArgument',
      `no layout ${JSON.stringify(name)}; there are ${Object.keys(LAYOUTS).join(', ')}`,
    );
  }
  const { limits, fallback = false } = internals;
  // a device of the caller's is the only one
  const reopen = gpu.device === undefined && internals.context === undefined;
  const supervision: DeviceSupervision =
    internals.supervision ??
    new DeviceSupervision(
      options,
      reopen ? () => createWebgpuBackend(options, { ...internals, supervision }) : undefined,
      fallback,
    );
  const context = internals.context ?? (await GpuContext.open({ ...gpu, ...(limits && { limits }) }));
  try {
    const layout = await chooseLayout(context, name as LayoutName | undefined, internals);
    return new WebgpuBackend(context, layout, options, {
      owned: internals.context === undefined,
      tried: internals.tried ?? false,
      supervision,
      supervises: internals.supervision === undefined,
    });
  } catch (error) {
    if (internals.context === undefined) context.close();
    throw error;
  }
}

/** The layout that was asked for, or the fastest one; sees to it that dispatches on a device of the engine's own are short. */
async function chooseLayout(
  context: GpuContext,
  name: LayoutName | undefined,
  internals: WebgpuInternals,
): Promise<Layout> {
  const asked = name && LAYOUTS[name];
  if (internals.context !== undefined) return asked ?? DEFAULT_LAYOUT;
  const speeds = await measureSpeeds(context, asked ? [asked] : Object.values(LAYOUTS));
  const layout = asked ?? fastest(speeds);
  context.limitDispatches(DISPATCH_MS * speeds[layout.name]);
  return layout;
}

/**
 * The engine for `auto`: for an adapter that is no imitation in software, after a trial of its kernels. Where it fails later, the CPU
 * takes over.
 *
 * @throws {@link NovaError} `BackendUnavailable` if there is no such adapter; `DeviceFault`, `DeviceLost`, `OutOfMemory`
 */
export async function tryWebgpuBackend(
  options: BackendOptions,
  internals: WebgpuInternals = {},
): Promise<Backend> {
  const { adapter, ...webgpu } = options.webgpu ?? {};
  const real = adapter === undefined || adapter === SOFTWARE ? webgpu : { ...webgpu, adapter };
  const engine = await createWebgpuBackend({ ...options, webgpu: real }, { ...internals, fallback: true });
  try {
    // others are asked when their fields and curves are first used
    const F = pallas.scalar;
    const v = engine.vector(F, 1, 'trial');
    await engine.read([engine.firstUnsatisfied({ AZ: v, BZ: v, CZ: v }, 1n)]);
    engine.free(v);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
