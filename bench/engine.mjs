/* The engine that a bench is asked for. */
import { createBackend, nodeGpu } from 'nova-webgpu/node';

/** What `parseArgs` reads for {@link openEngine}. */
export const ENGINE_OPTIONS = {
  backend: { type: 'string', default: 'auto' },
  adapter: { type: 'string' },
};

/**
 * The engine of `--backend NAME`, for webgpu on the adapter of `--adapter NAME|software`.
 *
 * @param options as `createBackend` takes them; those in `webgpu` for that engine alone
 */
export async function openEngine({ backend, adapter }, { webgpu, ...options } = {}) {
  if (backend !== 'webgpu') return createBackend(backend, options);
  return createBackend(backend, {
    ...options,
    webgpu: { gpu: await nodeGpu({ adapter }), adapter, ...webgpu },
  });
}
