import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { temporaryFolder } from './folder.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The folder of a project with these files that has the built package installed. */
export async function consumer(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules', 'nova-webgpu'), 'dir');
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** A script of a bundle. */
export interface Chunk {
  readonly name: string;
  readonly code: string;
  readonly isEntry: boolean;
  /** The scripts that are loaded along with it. */
  readonly imports: readonly string[];
  /** The exports of the modules in it that were not dropped. */
  readonly exports: readonly string[];
}

/** The scripts that vite makes of a program that imports the package, minified, for browsers. */
export async function bundle(source: string): Promise<Chunk[]> {
  const folder = await consumer({ 'main.js': source });
  const results = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rollupOptions: { input: join(folder, 'main.js'), preserveEntrySignatures: 'strict' },
    },
  });
  const outputs = [results].flat().flatMap((result) => ('output' in result ? result.output : []));
  return outputs.flatMap((output) => {
    if (output.type !== 'chunk') return [];
    const { fileName: name, code, isEntry, imports, modules } = output;
    const exports = Object.values(modules).flatMap((module) => module.renderedExports);
    return [{ name, code, isEntry, imports, exports }];
  });
}
