import { join } from 'node:path';
import { CURVES } from '../src/curve/curves.ts';
import { CACHE_VARIABLE } from '../src/node/cache-dir.ts';
import { nodeGenerators } from '../src/node/generators.ts';

/** h and 16,384 generators: the commitment key of the small circuits with the default hint. */
const COUNT = 16_385;

/**
 * Runs once, before any test file: sees to it that the generators which the proof tests need are in a cache folder of the
 * project's own. The variable is inherited by the test workers and by the command lines that tests start.
 */
export default async function setup(): Promise<void> {
  process.env[CACHE_VARIABLE] ??= join(import.meta.dirname, '../node_modules/.cache/nova-webgpu');
  const start = performance.now();
  const make = nodeGenerators({ workers: 2, onWarning: (message) => console.warn(message) });
  const label = new TextEncoder().encode('ck');
  for (const curve of CURVES) await make(curve, label, COUNT);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`generators: ${COUNT} points on each of ${CURVES.length} curves ready after ${seconds} s`);
}
