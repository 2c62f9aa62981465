import { NovaError } from '../errors.ts';
import { SOFTWARE } from '../backend/webgpu/adapter.ts';
import { hasVulkan, loadVulkan, softwareVulkan } from './software-gpu.ts';

/** Which adapter {@link nodeGpu} looks for. */
export interface NodeGpuOptions {
  /** Part of an adapter's name; `software` for SwiftShader, from the development dependency `@sparticuz/chromium`. */
  readonly adapter?: string;
}

/** Dawn crashes if what `create` returned is collected while something of it is in use: kept for good, by adapter. */
const instances: Map<string, Promise<GPU>> = /* @__PURE__ */ new Map();

/**
 * WebGPU in Node, by the optional package `webgpu` (Dawn), which is loaded at the first call.
 *
 * @throws {@link NovaError} `BackendUnavailable` if the package, Vulkan, or what the software adapter needs, is not installed
 * @example
 * const backend = await createBackend('webgpu', { webgpu: { gpu: await nodeGpu() } });
 */
export function nodeGpu({ adapter }: NodeGpuOptions = {}): Promise<GPU> {
  const key = adapter ?? '';
  let gpu = instances.get(key);
  if (gpu === undefined) {
    gpu = open(adapter);
    instances.set(key, gpu);
    gpu.catch(() => instances.delete(key));
  }
  return gpu;
}

async function open(adapter: string | undefined): Promise<GPU> {
  if (adapter === SOFTWARE) loadVulkan(await softwareVulkan());
  const { create } = await load();
  if (!hasVulkan()) {
    throw new NovaError(
      'BackendUnavailable',
      'there is no Vulkan (libvulkan.so.1), which comes with the driver of a GPU; use the engine wasm',
    );
  }
  const wanted = adapter === SOFTWARE ? 'SwiftShader' : adapter;
  return create(wanted === undefined ? [] : [`adapter=${wanted}`]);
}

/** Part of the package's interface. */
interface Dawn {
  create(options: string[]): GPU;
}

async function load(): Promise<Dawn> {
  try {
    return (await import('webgpu')) as Dawn;
  } catch (cause) {
    throw new NovaError(
      'BackendUnavailable',
      'the engine webgpu needs the package `webgpu` in Node: npm install webgpu (glibc 2.34 or newer, or another system)',
      { cause },
    );
  }
}
