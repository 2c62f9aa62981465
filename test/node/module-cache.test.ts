import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { nodeModules } from '../../src/node/module-cache.ts';
import { temporaryFolder } from '../support/folder.ts';

const module = Uint8Array.from({ length: 100 }, (_, i) => i);

/** A folder with one kept module, which is written in the background. */
async function keptModule(): Promise<{ cacheDir: string; path: string }> {
  const cacheDir = join(await temporaryFolder(), 'cache');
  nodeModules({ cacheDir }).put('a field', module);
  await vi.waitFor(() => expect(nodeModules({ cacheDir }).get('a field')).toEqual(module));
  const [name] = await readdir(cacheDir);
  return { cacheDir, path: join(cacheDir, name) };
}

test('a module comes back under its name alone', async () => {
  const { cacheDir, path } = await keptModule();
  expect(nodeModules({ cacheDir }).get('another field')).toBeUndefined();
  const other = nodeModules({ cacheDir });
  other.put('another field', module.subarray(1));
  await vi.waitFor(() => expect(other.get('another field')).toEqual(module.subarray(1)));
  // a file under the name of another one
  const foreign = (await readdir(cacheDir)).map((name) => join(cacheDir, name)).find((p) => p !== path);
  await writeFile(path, await readFile(foreign as string));
  expect(other.get('a field')).toBeUndefined();
});

test('a changed bit or a missing byte is found', async () => {
  const { cacheDir, path } = await keptModule();
  const file = await readFile(path);
  const { get } = nodeModules({ cacheDir });
  for (let i = 0; i < file.length; i += 7) {
    const damaged = Buffer.from(file);
    damaged[i] ^= 1 << (i % 8);
    await writeFile(path, damaged);
    expect(get('a field'), `byte ${i}`).toBeUndefined();
    await writeFile(path, file.subarray(0, i));
    expect(get('a field'), `length ${i}`).toBeUndefined();
  }
  await writeFile(path, file);
  expect(get('a field')).toEqual(module);
});

test('null keeps nothing, and a folder that cannot be used is no failure', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  for (const cacheDir of [null, join(file, 'below')]) {
    const store = nodeModules({ cacheDir });
    store.put('a field', module);
    expect(store.get('a field')).toBeUndefined();
  }
});
