import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmBackend } from '../src/backend/wasm/open.ts';
import { CURVES } from '../src/curve/curves.ts';
import { CACHE_VARIABLE } from '../src/node/cache-dir.ts';
import { writeFileAtomically } from '../src/node/files.ts';
import { encodeGenerators, generatorPath } from '../src/node/generator-file.ts';
import { nodeGenerators } from '../src/node/generators.ts';

/** h and 16,384 generators: the commitment key of the small circuits with the default hint. */
const COUNT = 16_385;

/**
 * Runs once, before any test file: sees to it that the generators which the proof tests need are in a cache folder of the
 * project's own. The variable is inherited by the test workers and by the command lines that tests start. The engine that is fast
 * makes them; digests of nova-snark, which cover the keys, tell whether they are right.
 */
export default async function setup(): Promise<void> {
  const folder = (process.env[CACHE_VARIABLE] ??= join(
    import.meta.dirname,
    '../node_modules/.cache/nova-webgpu',
  ));
  const start = performance.now();
  const label = new TextEncoder().encode('ck');
  const engine = await createWasmBackend({ threads: 2 });
  const generators = nodeGenerators({ workers: 2, onWarning: (message) => console.warn(message) });
  for (const curve of CURVES) {
    const key = { curve: curve.name, label };
    const path = generatorPath(folder, key);
    if (!existsSync(path)) {
      const bases = await engine.bases(curve, label, COUNT - 1);
      await writeFileAtomically(path, encodeGenerators(key, await engine.saveBases(bases)));
    }
    await generators(curve, label, COUNT);
  }
  await engine.close();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`generators: ${COUNT} points on each of ${CURVES.length} curves ready after ${seconds} s`);
}
