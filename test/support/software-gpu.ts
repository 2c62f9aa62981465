import { NovaError } from '../../src/errors.ts';
import { GpuContext } from '../../src/backend/webgpu/device.ts';
import { loadVulkan, softwareVulkan } from '../../src/node/software-gpu.ts';

/** Dawn on SwiftShader. Keep both: Dawn crashes once the `GPU` object is collected while its adapter is in use. */
export interface SoftwareAdapter {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
}

/** Dawn's environment is one for the process, and crashes if it is collected: made once, kept for good. */
let gpu: Promise<GPU | undefined> | undefined;

/**
 * A software GPU in this process, through Dawn: for tests, without any hardware. Undefined, with a message on the
 * console, where its packages (`webgpu`, `@sparticuz/chromium`) are missing or made for another platform. An adapter gives
 * one device: ask again for the next.
 */
export async function softwareAdapter(): Promise<SoftwareAdapter | undefined> {
  const dawn = await (gpu ??= open());
  const adapter = await dawn?.requestAdapter();
  return dawn && adapter ? { gpu: dawn, adapter } : undefined;
}

let shared: Promise<GpuContext | undefined> | undefined;

/**
 * A context on one device for all tests of this process: kernels, which take seconds to compile, are compiled and tried once. It
 * is never closed: what a test opens on its device, it closes itself. Undefined as {@link softwareAdapter}.
 */
export function sharedContext(): Promise<GpuContext | undefined> {
  shared ??= (async () => {
    const software = await softwareAdapter();
    return software && GpuContext.open({ gpu: software.gpu, adapter: 'software' });
  })();
  return shared;
}

/**
 * A device of the software GPU with the adapter's limits. Destroy it when done: it keeps Node alive. Errors that no scope
 * takes are thrown, so that the test fails.
 */
export async function softwareDevice(): Promise<GPUDevice | undefined> {
  const software = await softwareAdapter();
  if (!software) return undefined;
  const { limits } = software.adapter;
  const device = await software.adapter.requestDevice({
    label: 'software GPU of the tests',
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    },
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(error.message);
  });
  return device;
}

async function open(): Promise<GPU | undefined> {
  try {
    loadVulkan(await softwareVulkan());
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals); // GPUBufferUsage and its like
    // a real GPU, where there is one, would come first
    return create(['adapter=SwiftShader']);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!missing && !(cause instanceof NovaError && cause.code === 'BackendUnavailable')) throw cause;
    console.warn(`skipped, no software GPU: ${(cause as Error).message}`);
    return undefined;
  }
}
