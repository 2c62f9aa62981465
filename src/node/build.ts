import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../../package.json';

let build: string | undefined;

/**
 * Which build of the library this is: its version, the bytes of its own script, and the byte order of the machine. Caches of
 * what the library's code computes are tied to it, so that a changed library never takes what another one has computed.
 */
export function libraryBuild(): string {
  return (build ??= `${version} ${hashOfScripts()} ${endianness()}`);
}

/** The script's name is in it where a bundler has put the library into one of its own. */
function hashOfScripts(): string {
  const hash = createHash('sha256');
  try {
    for (const path of scripts()) hash.update(readFileSync(path));
  } catch {
    return import.meta.url; // no file that can be read: the version must do
  }
  return hash.digest('hex').slice(0, 32);
}

/** The script with this function, whose bytes name those that it imports by hashes; or, for the library's own tests, which run from source, all sources. */
function scripts(): string[] {
  const own = fileURLToPath(import.meta.url);
  if (!import.meta.url.endsWith('/src/node/build.ts')) return [own];
  const root = fileURLToPath(new URL('..', import.meta.url));
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
