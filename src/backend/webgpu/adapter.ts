import { NovaError } from '../../errors.ts';

/** What is known of an adapter. Browsers say little. */
export interface AdapterDescription {
  /** What there is of description, device, architecture and vendor, for people. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
}

/** Which adapter to take. */
export interface AdapterChoice {
  /** Where adapters come from. Default: `navigator.gpu`; in Node, what `nodeGpu` (nova-webgpu/node) returns. */
  readonly gpu?: GPU;
  /** Default: `high-performance`. */
  readonly powerPreference?: GPUPowerPreference;
  /** Part of the adapter's name, or `software` for one that computes on the CPU, which is never taken otherwise. */
  readonly adapter?: string;
}

/** The value of `adapter` that asks for a software adapter, whatever its name. */
export const SOFTWARE = 'software';

/** Limits that are asked for as high as the adapter has them. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const;

/** Names of adapters that compute on the CPU: SwiftShader, Mesa's llvmpipe (lavapipe) and softpipe, and Windows' WARP. */
const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** What an adapter says of itself, in one form. */
export function describe(info: GPUAdapterInfo | undefined): AdapterDescription {
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  const name = [description, device, architecture, vendor].filter((part) => part !== '').join(', ');
  const software = info?.isFallbackAdapter === true || SOFTWARE_NAMES.test(name);
  return { name: name || 'an adapter without a name', vendor, architecture, software };
}

/**
 * The adapter that is asked for.
 *
 * @throws {@link NovaError} `BackendUnavailable`, which says what there is instead
 */
export async function requestAdapter(
  choice: AdapterChoice,
  timeoutMs: number,
): Promise<{ adapter: GPUAdapter; info: AdapterDescription }> {
  const gpu = choice.gpu ?? (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (gpu === undefined) {
    throw unavailable(
      'there is no WebGPU here: in Node install the package `webgpu`, in a browser use https or localhost',
    );
  }
  const { powerPreference = 'high-performance' } = choice;
  const found = await timed(gpu.requestAdapter({ powerPreference }), timeoutMs);
  if (found === null) throw unavailable('WebGPU found no adapter; use the engine wasm');
  const info = describe(found.info);
  const wanted = choice.adapter?.toLowerCase();
  if (wanted === SOFTWARE ? !info.software : info.software && wanted === undefined) {
    throw unavailable(
      wanted === SOFTWARE
        ? `there is no software adapter, but ${info.name}`
        : `the only adapter computes on the CPU (${info.name}): use the engine wasm, or ask for the adapter "${SOFTWARE}"`,
    );
  }
  if (wanted !== undefined && wanted !== SOFTWARE && !info.name.toLowerCase().includes(wanted)) {
    throw unavailable(`there is no adapter "${choice.adapter}", but ${info.name}`);
  }
  return { adapter: found, info };
}

/** A device of the adapter that is asked for, with limits as high as it offers. @throws {@link NovaError} `BackendUnavailable` */
export async function requestDevice(
  choice: AdapterChoice,
  timeoutMs: number,
): Promise<{ device: GPUDevice; info: AdapterDescription }> {
  const { adapter, info } = await requestAdapter(choice, timeoutMs);
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((name) => [name, adapter.limits[name]]));
  try {
    const device = await timed(adapter.requestDevice({ label: 'nova-webgpu', requiredLimits }), timeoutMs);
    return { device, info };
  } catch (cause) {
    if (cause instanceof NovaError) throw cause;
    throw unavailable(`the adapter ${info.name} gave no device: ${String(cause)}`, cause);
  }
}

function unavailable(message: string, cause?: unknown): NovaError {
  return new NovaError('BackendUnavailable', message, { cause });
}

/** A promise of WebGPU that must come to an end. */
async function timed<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(unavailable(`WebGPU did not answer for ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
