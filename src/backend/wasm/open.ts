/** How the engine for CPUs is made: with what the machine and the page have. */
import { NovaError } from '../../errors.ts';
import type { Backend, BackendOptions } from '../backend.ts';
import { WasmBackend } from './engine.ts';
import { detectFeatures, type WasmFeatures } from './features.ts';
import type { ModuleKind } from './field-module.ts';

/** Limits of an engine, for tests. */
export interface WasmLimits {
  /** False: as if the machine had no vectors, or none with multiply-add. */
  readonly simd?: false;
  readonly relaxedSimd?: false;
  /** The most that the memory may grow to, in pages of 64 KiB. */
  readonly maximumPages?: number;
}

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
  { maximumPages, ...without }: WasmLimits = {},
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
  return new WasmBackend(
    options,
    features.threads,
    await moduleKind({ ...features, ...without }),
    maximumPages,
  );
}

/** What modules are made for on a machine; what only some machines need is loaded there. */
async function moduleKind({
  threads,
  simd,
  relaxedSimd,
}: Pick<WasmFeatures, 'threads' | 'simd' | 'relaxedSimd'>): Promise<ModuleKind> {
  return {
    shared: threads > 0,
    lanes: simd ? undefined : (await import('./codegen/lanes.ts')).Lanes,
    doubles: simd && relaxedSimd ? (await import('./codegen/madd-field.ts')).MaddField : undefined,
  };
}
