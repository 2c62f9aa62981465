import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  prepareOutputFolder,
  readBytes,
  removeIfUnused,
  writeFileAtomically,
  writeFilesAtomically,
} from '../../src/node/files.ts';
import { novaError } from '../support/error.ts';
import { temporaryFolder } from '../support/folder.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test('files are written whole, and an old one is replaced', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a'), 'something longer');
  await writeFilesAtomically(folder, [
    { name: 'a', bytes: bytes(1, 2) },
    { name: 'b', bytes: bytes() },
  ]);
  expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  expect(await readBytes(join(folder, 'a'))).toEqual(bytes(1, 2));
  expect(await readBytes(join(folder, 'b'))).toEqual(bytes());
});

test('a write that fails leaves neither a temporary file nor a changed one', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a'), 'old');
  const long = 'x'.repeat(300);
  const error = await novaError(() =>
    writeFilesAtomically(folder, [
      { name: 'a', bytes: bytes(1) },
      { name: long, bytes: bytes(2) },
    ]),
  );
  expect(error.code).toBe('FileError');
  expect(await readdir(folder)).toEqual(['a']);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
});

test('of files that belong together none is left if one cannot take its name', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'b', 'full'), { recursive: true });
  const files = ['a', 'b'].map((name) => ({ name, bytes: bytes(1) }));
  expect((await novaError(() => writeFilesAtomically(folder, files))).code).toBe('FileError');
  expect(await readdir(folder)).toEqual(['b']);
});

test('a single file makes its folder', async () => {
  const path = join(await temporaryFolder(), 'x', 'y', 'file');
  await writeFileAtomically(path, bytes(7));
  expect(await readBytes(path)).toEqual(bytes(7));
});

test('what cannot be read is a FileError that names path and reason', async () => {
  const folder = await temporaryFolder();
  const missing = await novaError(() => readBytes(join(folder, 'none')));
  expect(missing.code).toBe('FileError');
  expect(missing.message).toContain(join(folder, 'none'));
  expect(missing.message).toContain('no such file');
  expect((await novaError(() => readBytes(folder))).message).toContain('it is not a file');
  await writeFile(join(folder, 'big'), 'abc');
  expect((await novaError(() => readBytes(join(folder, 'big'), 2))).message).toContain('3 bytes, at most 2');
  expect(await readBytes(join(folder, 'big'), 3)).toHaveLength(3);
});

test('an output folder is made, tried, and removed again only as far as it is empty and was made', async () => {
  const root = await temporaryFolder();
  const unused = await prepareOutputFolder(join(root, 'a', 'b', 'c'));
  expect(await readdir(unused.path)).toEqual([]);
  await removeIfUnused(unused);
  expect(await readdir(root)).toEqual([]);

  await mkdir(join(root, 'mine'));
  await removeIfUnused(await prepareOutputFolder(join(root, 'mine')));
  expect(await readdir(root)).toEqual(['mine']);

  const used = await prepareOutputFolder(join(root, 'mine', 'd', 'e'));
  await writeFile(join(root, 'mine', 'd', 'file'), '');
  await removeIfUnused(used);
  expect(await readdir(join(root, 'mine', 'd'))).toEqual(['file']);
});

test('a folder that cannot be made is refused and leaves nothing', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'file'), '');
  for (const path of [join(root, 'file'), join(root, 'file', 'below'), '/proc/nova-webgpu']) {
    expect((await novaError(() => prepareOutputFolder(path))).code).toBe('FileError');
  }
  expect(await readdir(root)).toEqual(['file']);
});
