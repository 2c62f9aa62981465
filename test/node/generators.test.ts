import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pallas, vesta } from '../../src/curve/curves.ts';
import { fromLabel } from '../../src/curve/generators.ts';
import { nodeGenerators } from '../../src/node/generators.ts';
import { codeOf } from '../support/error.ts';
import { temporaryFolder } from '../support/folder.ts';

const label = new TextEncoder().encode('test');
const FILE = 'generators-pallas-test.bin';

test('threads make the same points as fromLabel, whatever their number', async () => {
  const expected = await fromLabel(pallas, label, 600);
  for (const workers of [1, 2]) {
    const shares: number[] = [];
    const points = await nodeGenerators({ cacheDir: null, workers })(pallas, label, 600, {
      onProgress: (share) => shares.push(share),
    });
    expect(points).toEqual(expected);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  }
});

test('a file serves shorter requests, is extended by longer ones, and is one per curve', async () => {
  const cacheDir = await temporaryFolder();
  const make = nodeGenerators({ cacheDir, onWarning: (message) => expect.unreachable(message) });
  const expected = await fromLabel(pallas, label, 150);

  expect(await make(pallas, label, 20)).toEqual(expected.subarray(0, 20 * 64));
  expect(await make(pallas, label, 150)).toEqual(expected);
  const { mtimeMs, size } = await stat(join(cacheDir, FILE));
  expect(await make(pallas, label, 5)).toEqual(expected.subarray(0, 5 * 64));
  expect(await stat(join(cacheDir, FILE))).toMatchObject({ mtimeMs, size });

  await make(vesta, label, 1);
  expect((await readdir(cacheDir)).sort()).toEqual([FILE, 'generators-vesta-test.bin']);
});

test('an extension makes only what is missing', async () => {
  const cacheDir = await temporaryFolder();
  await nodeGenerators({ cacheDir })(pallas, label, 100);
  // points that no derivation gives, in a file that is sound otherwise: they must come back as they are
  const { encodeGenerators } = await import('../../src/node/generator-file.ts');
  const marked = new Uint8Array(100 * 64).fill(9);
  await writeFile(join(cacheDir, FILE), encodeGenerators({ curve: 'pallas', label }, marked));
  const points = await nodeGenerators({ cacheDir })(pallas, label, 120);
  expect(points.subarray(0, marked.length)).toEqual(marked);
  expect(points.subarray(marked.length)).toEqual(
    (await fromLabel(pallas, label, 120)).subarray(marked.length),
  );
});

test('a damaged file is reported, and replaced by a sound one', async () => {
  const cacheDir = await temporaryFolder();
  const warnings: string[] = [];
  const make = nodeGenerators({ cacheDir, onWarning: (message) => warnings.push(message) });
  const expected = await make(pallas, label, 10);
  const file = await readFile(join(cacheDir, FILE));
  file[file.length - 1] ^= 1;
  await writeFile(join(cacheDir, FILE), file);

  expect(await make(pallas, label, 10)).toEqual(expected);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('damaged');
  expect(await make(pallas, label, 10)).toEqual(expected);
  expect(warnings).toHaveLength(1);
});

test('a cache that cannot be written is a warning, not a failure', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const warnings: string[] = [];
  const make = nodeGenerators({
    cacheDir: join(folder, 'file'),
    onWarning: (message) => warnings.push(message),
  });
  expect(await make(pallas, label, 2)).toEqual(await fromLabel(pallas, label, 2));
  expect(warnings).toHaveLength(1);
});

test('an abort stops the threads, rejects, and leaves no file; the source works on', async () => {
  const cacheDir = await temporaryFolder();
  const make = nodeGenerators({ cacheDir });
  const controller = new AbortController();
  const stopped = make(pallas, label, 100_000, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  expect(await codeOf(() => stopped)).toBe('Aborted');
  expect(await readdir(cacheDir)).toEqual([]);
  expect(await codeOf(() => make(pallas, label, 2, { signal: AbortSignal.abort() }))).toBe('Aborted');
  expect(await make(pallas, label, 2)).toEqual(await fromLabel(pallas, label, 2));
});

test('a listener that throws ends the work with its error', async () => {
  const make = nodeGenerators({ cacheDir: null });
  const onProgress = (): never => {
    throw new RangeError('mine');
  };
  await expect(make(pallas, label, 600, { onProgress })).rejects.toThrow('mine');
});

test('requests at the same time share one list', async () => {
  const cacheDir = await temporaryFolder();
  const make = nodeGenerators({ cacheDir });
  const [a, b] = await Promise.all([make(pallas, label, 30), make(pallas, label, 40)]);
  expect(b.subarray(0, a.length)).toEqual(a);
  expect(await readdir(cacheDir)).toEqual([FILE]);
});

test.each([0, -1, 1.5, NaN, '2'])('%s workers are refused', async (workers) => {
  expect(await codeOf(() => nodeGenerators({ workers: workers as number }))).toBe('InvalidArgument');
});
