import { createBackend, type Backend, type BackendName } from '../../src/index.ts';
import { nodeGenerators } from '../../src/node/generators.ts';
import { nodeModules } from '../../src/node/module-cache.ts';

/**
 * An engine for a test. The wasm engine takes its modules from the cache if they are of the sources as they are, and makes no tables of its keys: they cost more than a test's few commitments save, and
 * the recorded proofs are compared with them (`test/nova/fixture-suite.ts`). The reference engine, which is slow at generators,
 * gets them from the cache that the global setup filled. Close it afterwards.
 */
export function testBackend(name: BackendName = 'wasm'): Promise<Backend> {
  return createBackend(
    name,
    name === 'reference'
      ? { generators: nodeGenerators() }
      : { threads: 2, tableBytes: 0, modules: nodeModules() },
  );
}
