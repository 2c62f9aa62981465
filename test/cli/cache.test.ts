import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultCacheDir } from '../../src/node/cache-dir.ts';
import { novaWebgpu } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';

const DIGEST = '0x00e607b91ac4bdf85c0672a889ff1d1ea4651797bee08b7b4277ad8df426ac8d';
const PARAMS = 'params-pasta-default-trivial.bin';
const GENERATORS = ['generators-pallas-ck.bin', 'generators-vesta-ck.bin'];

/** A cache folder with generators, which take seconds to make, and no parameters. */
async function cacheFolder(): Promise<string> {
  const folder = join(await temporaryFolder(), 'cache');
  await mkdir(folder);
  for (const name of GENERATORS) await copyFile(join(defaultCacheDir(), name), join(folder, name));
  return folder;
}

async function params(...args: string[]): Promise<{ result: Record<string, unknown>; stderr: string }> {
  const { code, stdout, stderr } = await novaWebgpu(['params', '--circuit', 'trivial', '--json', ...args]);
  expect(code, stderr).toBe(0);
  return { result: JSON.parse(stdout), stderr };
}

test('the second run with a cache folder takes the parameters from it, and says so', async () => {
  const folder = await cacheFolder();
  const first = await params('--cache-dir', folder);
  expect(first.result).toMatchObject({ digest: DIGEST, setup_cached: false });
  expect(await readdir(folder)).toContain(PARAMS);
  const second = await params('--cache-dir', folder);
  expect(second.result).toMatchObject({ ...first.result, setup_cached: true, setup_ms: expect.any(Number) });
  expect(second.result.setup_ms).toBeLessThan(first.result.setup_ms as number);
  expect(second.stderr).not.toContain('warning');
});

test('a proof made with kept parameters is accepted with those made anew', async () => {
  const folder = await cacheFolder();
  const proof = join(folder, 'proof');
  await params('--cache-dir', folder);
  const prove = ['prove', '--circuit', 'trivial', '--steps', '1', '--out', proof, '--cache-dir', folder];
  const { stdout, stderr } = await novaWebgpu(prove);
  expect(stdout, stderr).toMatch(/\(setup [\d.]+ m?s from the cache, /);
  expect((await novaWebgpu(['verify', proof, '--no-cache'])).stdout).toBe('accepted\n');
  expect((await novaWebgpu(['verify', proof, '--cache-dir', folder])).stdout).toBe('accepted\n');
});

test('a damaged file is reported and replaced', async () => {
  const folder = await cacheFolder();
  await params('--cache-dir', folder);
  const file = await readFile(join(folder, PARAMS));
  await writeFile(join(folder, PARAMS), file.fill(0, 1000, 1100));
  const { result, stderr } = await params('--cache-dir', folder);
  expect(result).toMatchObject({ digest: DIGEST, setup_cached: false });
  expect(stderr).toMatch(/^nova-webgpu: warning: the kept parameters in .* it is damaged$/m);
  expect((await params('--cache-dir', folder)).result.setup_cached).toBe(true);
});

test('--no-cache reads and writes nothing', async () => {
  const before = await contents(defaultCacheDir());
  const { result } = await params('--no-cache');
  expect(result).toMatchObject({ digest: DIGEST, setup_cached: false });
  expect(await contents(defaultCacheDir())).toEqual(before);
});

test('a cache folder that cannot be used is a warning', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  const { result, stderr } = await params('--cache-dir', join(file, 'below'));
  expect(result).toMatchObject({ digest: DIGEST, setup_cached: false });
  expect(stderr).toContain('warning: the parameters could not be kept');
});

/** Names and times of change of a folder's files that this test uses. */
async function contents(folder: string): Promise<[string, number][]> {
  const names = (await readdir(folder)).filter((name) => name === PARAMS || GENERATORS.includes(name));
  return Promise.all(
    names.map(async (name) => [name, (await stat(join(folder, name))).mtimeMs] as [string, number]),
  );
}
