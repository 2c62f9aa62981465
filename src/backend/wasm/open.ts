/** How the engine for CPUs is made: with what the machine and the page have. */
import { NovaError } from '../../errors.ts';
import type { Backend, BackendOptions } from '../backend.ts';
import { WasmBackend, type WasmLimits } from './engine.ts';
import { detectFeatures } from './features.ts';

/**
 * Makes the fast engine for CPUs: WebAssembly, with SIMD and on worker threads where there are any. Operations start as soon
 * as they are recorded. Times in its counters are those of the tasks, divided by the number of threads.
 *
 * @throws {@link NovaError} `BackendUnavailable` without WebAssembly, `OutOfMemory`, `InvalidArgument` for options that make no sense
 * @example
 * const engine = await createWasmBackend({ threads: 2 });
 */
export async function createWasmBackend(
  options: BackendOptions = {},
  limits: WasmLimits = {},
): Promise<Backend> {
  const { tableBytes } = options;
  if (tableBytes !== undefined && !(tableBytes >= 0)) {
    throw new NovaError('InvalidArgument', `tableBytes must be a number from 0, not ${String(tableBytes)}`);
  }
  const features = await detectFeatures(options.threads);
  if (!features.wasm) {
    throw new NovaError(
      'BackendUnavailable',
      'the wasm engine needs WebAssembly, which is missing here; use the engine reference, or auto',
    );
  }
  return new WasmBackend(options, features, limits);
}
