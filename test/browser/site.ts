import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Builds a site in the empty folder `root`, as a project would that has the package installed.
 *
 * @param main the page's program; it can import the modules of this folder
 * @param files what else the site has
 * @returns the folder with the built site
 */
export async function buildSite(
  root: string,
  main: string,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<string> {
  const modules = join(root, 'node_modules');
  const installed = join(modules, 'nova-webgpu');
  await mkdir(installed, { recursive: true });
  // what npm would install: the package as files, since linked packages are treated otherwise, and what it depends on
  await copyFile(join(ROOT, 'package.json'), join(installed, 'package.json'));
  await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
  await symlink(join(ROOT, 'node_modules/@noble'), join(modules, '@noble'), 'dir');
  for (const module of ['session.ts', 'verification.ts', 'gap-meter.ts'])
    await copyFile(join(import.meta.dirname, module), join(root, module));
  await writeFile(join(root, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>');
  await writeFile(join(root, 'main.js'), main);
  await mkdir(join(root, 'public'));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(root, 'public', name), bytes);
  await build({ root, configFile: false, logLevel: 'warn' });
  return join(root, 'dist');
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.bin': 'application/octet-stream',
};

/** A site on a port of its own. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder.
 *
 * @param headers sent with every file
 * @param missing files whose names match are not found
 */
export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>>,
  missing?: RegExp,
): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname === '/' ? '/index.html' : pathname;
    const file = missing?.test(name) ? Promise.reject(new Error('missing')) : readFile(join(folder, name));
    file.then(
      (bytes) => response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(name)] }).end(bytes),
      () => response.writeHead(404, headers).end(),
    );
  });
  // the address and not the name, which not every machine knows
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
