import { createBackend, type Backend, type BackendName } from '../../src/index.ts';
import { nodeGenerators } from '../../src/node/generators.ts';

/**
 * An engine for a test; the reference engine, which is slow at it, gets generators from the cache that the global setup
 * filled. Close it afterwards.
 */
export function testBackend(name: BackendName = 'wasm'): Promise<Backend> {
  return createBackend(name, name === 'reference' ? { generators: nodeGenerators() } : { threads: 2 });
}
