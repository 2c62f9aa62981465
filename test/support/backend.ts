import { createBackend, type Backend, type BackendName } from '../../src/index.ts';
import { nodeGenerators } from '../../src/node/generators.ts';

/** An engine for a test, with generators from the cache that the global setup filled. Close it afterwards. */
export function testBackend(name: BackendName = 'reference'): Promise<Backend> {
  return createBackend(name, { generators: nodeGenerators() });
}
