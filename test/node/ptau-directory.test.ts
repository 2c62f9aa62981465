import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ptauDirectory } from '../../src/node/ptau-directory.ts';
import { readPtauLayout, readTauG1 } from '../../src/pcs/ptau.ts';
import { codeOf, novaError } from '../support/error.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testPtau } from '../support/ptau.ts';

/** A folder with empty files of these names. */
async function folderWith(...names: string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) await writeFile(join(folder, name), name);
  return folder;
}

/** Which file of the folder is taken for so many points. */
async function chosen(folder: string, points: number): Promise<string> {
  const file = await ptauDirectory(folder)(points);
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    await file.close();
  }
}

test('the file of the smallest power that suffices is taken, a pruned one first', async () => {
  const folder = await folderWith(
    'ppot_0080_03.ptau',
    'ppot_pruned_05.ptau',
    'ppot_0080_05.ptau',
    'ppot_0080_17.ptau',
    'ppot_0080_final.ptau',
    'ppot_0080_28.ptau', // no name of the largest one
    'pot_09.ptau',
  );
  for (const [points, name] of [
    [1, 'ppot_0080_03.ptau'],
    [8, 'ppot_0080_03.ptau'],
    [9, 'ppot_pruned_05.ptau'],
    [32, 'ppot_pruned_05.ptau'],
    [33, 'ppot_0080_17.ptau'],
    [2 ** 17, 'ppot_0080_17.ptau'],
    [2 ** 17 + 1, 'ppot_0080_final.ptau'],
    [2 ** 28, 'ppot_0080_final.ptau'],
  ] as const) {
    expect(await chosen(folder, points)).toBe(name);
  }
  const { code, message } = await novaError(() => chosen(folder, 2 ** 28 + 1));
  expect([code, message]).toEqual(['PtauFileError', expect.stringContaining('ppot_pruned_29.ptau')]);
});

test('a folder without a file says which names it looked for', async () => {
  const folder = await temporaryFolder();
  const { code, message } = await novaError(() => chosen(folder, 2 ** 14));
  expect(code).toBe('PtauFileError');
  for (const part of [folder, 'ppot_pruned_14.ptau', 'ppot_0080_14.ptau']) expect(message).toContain(part);
  expect(await codeOf(() => chosen(join(folder, 'missing'), 4))).toBe('PtauFileError');
});

test('what is in the way is a FileError', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'ppot_pruned_02.ptau'));
  expect(await codeOf(() => chosen(folder, 4))).toBe('FileError');
  const noFolder = join(await folderWith('file'), 'file');
  expect(await codeOf(() => chosen(noFolder, 4))).toBe('FileError');
});

test('a file is read in parts, and one that becomes shorter is noticed', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'ppot_pruned_04.ptau');
  await writeFile(path, await testPtau(4));
  const file = await ptauDirectory(folder)(16);
  const layout = await readPtauLayout(file);
  expect(await readTauG1(file, layout, 16)).toHaveLength(16 * 64);
  await writeFile(path, (await testPtau(4)).subarray(0, 600));
  const { code, message } = await novaError(() => readTauG1(file, layout, 16));
  expect([code, message]).toEqual(['PtauFileError', expect.stringContaining(path)]);
  await file.close();
  await rm(path);
  expect(await codeOf(() => ptauDirectory(folder)(16))).toBe('PtauFileError');
});
