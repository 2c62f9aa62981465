import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleStore } from '../backend/backend.ts';
import { libraryBuild } from './build.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { writeFileAtomically } from './files.ts';

/** How {@link nodeModules} works. */
export interface NodeModuleOptions {
  /** Folder of the files; null keeps none. Default: {@link defaultCacheDir}. */
  readonly cacheDir?: string | null;
}

/*
 * A file of one WebAssembly module, per name:
 *
 *  32  SHA-256 of all that follows
 *  32  SHA-256 of the build of the library and the module's name
 *   .  the module
 */
const HASH_BYTES = 32;

/**
 * Keeps the WebAssembly modules that the `wasm` engine generates, so that a process need not generate them again: a tenth of a
 * second for each field. Modules of another build of the library, and damaged ones, are not taken; they cost time and
 * nothing else, so that nobody is told. The folder is trusted, as that of {@link cachedParams}.
 *
 * @example
 * const backend = await createBackend('auto', { modules: nodeModules() });
 */
export function nodeModules({ cacheDir = defaultCacheDir() }: NodeModuleOptions = {}): ModuleStore {
  if (cacheDir === null) return { get: () => undefined, put: () => {} };
  const path = (name: string): string => {
    return join(
      cacheDir,
      `kernels-${sha256(new TextEncoder().encode(name)).toString('hex').slice(0, 16)}.bin`,
    );
  };
  return {
    get(name) {
      try {
        const file = new Uint8Array(readFileSync(path(name)));
        const [hash, key] = [file.subarray(0, HASH_BYTES), file.subarray(HASH_BYTES, 2 * HASH_BYTES)];
        if (!keyOf(name).equals(key) || !sha256(file.subarray(HASH_BYTES)).equals(hash)) return undefined;
        return file.slice(2 * HASH_BYTES);
      } catch {
        return undefined; // there is none yet
      }
    },
    put(name, module) {
      const content = Buffer.concat([keyOf(name), module]);
      // in the background: nobody waits for it, and where it cannot be kept it is generated again
      void writeFileAtomically(path(name), Buffer.concat([sha256(content), content])).catch(() => {});
    },
  };
}

function keyOf(name: string): Buffer {
  return sha256(new TextEncoder().encode(`${libraryBuild()}\n${name}`));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
