import { setFlagsFromString } from 'node:v8';
import { detectFeatures } from '../backend/wasm/features.ts';

/** The first version of Node whose V8 (11.4 and later) has relaxed SIMD without being asked. */
const FIRST_WITH_IT = 22;

/**
 * Lets this process use relaxed SIMD, with which commitments are faster (docs/performance.md). Node 20 has it, but only shows it
 * when asked; later versions have it anyway. It is a setting of the whole process, so the library leaves it to whoever owns the
 * process: call it before an engine is made, as the command line does. An engine uses what it finds, once it has tried on every
 * thread that a multiply-add rounds once.
 *
 * @returns whether engines will use it
 * @example
 * await allowRelaxedSimd();
 * const backend = await createBackend('wasm', { threads: 2 });
 */
export async function allowRelaxedSimd(): Promise<boolean> {
  // a V8 without this flag would complain about it on stderr
  if (Number(process.versions.node.split('.')[0]) < FIRST_WITH_IT) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  return (await detectFeatures()).relaxedSimd;
}
