import { NovaError } from '../errors.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { createReferenceBackend } from './reference/engine.ts';
import { createWasmBackend } from './wasm/open.ts';
import { detectFeatures } from './wasm/features.ts';

export type { BackendOptions, GeneratorSource } from './backend.ts';
export { detectFeatures, type WasmFeatures } from './wasm/features.ts';

/** The name of an engine: `wasm` is for CPUs, `webgpu` for GPUs, `reference` is what they are compared with. */
export type BackendName = 'wasm' | 'webgpu' | 'reference';

/** The names of the engines. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'webgpu', 'reference'];

/**
 * Makes an engine. A name gets that engine or an error. `auto` takes the GPU if there is one that is no imitation in software and
 * gives right answers to known questions, else the CPU; `onNotice` is told why, and the engine's `name` says which it is.
 *
 * @throws {@link NovaError} `UnknownBackend`; the message lists the names. `BackendUnavailable` if it does not run here;
 * `InvalidArgument` for options that make no sense
 * @example
 * const backend = await createBackend('auto');
 */
export async function createBackend(
  name: BackendName | 'auto',
  options: BackendOptions = {},
): Promise<Backend> {
  switch (name) {
    case 'auto':
      return (await gpuBackend(options)) ?? cpuBackend(options);
    case 'wasm':
      return createWasmBackend(options);
    case 'webgpu': {
      // what only users of GPUs need is loaded then
      const { createWebgpuBackend } = await import('./webgpu/open.ts');
      return createWebgpuBackend(options);
    }
    case 'reference':
      return createReferenceBackend(options);
    default:
      throw new NovaError(
        'UnknownBackend',
        `no engine "${String(name)}"; there are auto, ${BACKENDS.join(', ')}`,
      );
  }
}

/** The engine for the GPU that is here, which the CPU takes over from if it fails. Undefined, with a notice, if there is none to be used. */
async function gpuBackend(options: BackendOptions): Promise<Backend | undefined> {
  try {
    const { tryWebgpuBackend } = await import('./webgpu/open.ts');
    return await tryWebgpuBackend(options);
  } catch (error) {
    if (!(error instanceof NovaError) || !NO_GPU.includes(error.code)) throw error;
    options.onNotice?.(`not using a GPU: ${error.message}`);
    return undefined;
  }
}

/** Errors after which there is no GPU to be used. */
const NO_GPU: readonly string[] = ['BackendUnavailable', 'DeviceLost', 'DeviceFault', 'OutOfMemory'];

async function cpuBackend(options: BackendOptions): Promise<Backend> {
  const { wasm } = await detectFeatures(options.threads);
  return createBackend(wasm ? 'wasm' : 'reference', options);
}
