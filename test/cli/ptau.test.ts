import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { novaWebgpu } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';
import { testPtau, testPtauFolder } from '../support/ptau.ts';

/** Where the tests keep generators, but not where parameters would be found that another test has made. */
const kept = ['--no-cache'];

test('a proof with powers of tau is made and verified with their folder', async () => {
  const ptau = ['--ptau', await testPtauFolder(14)];
  const out = join(await temporaryFolder(), 'proof');
  const made = await novaWebgpu([
    'prove',
    '--circuit',
    'cubic',
    '--cycle',
    'bn-mercury',
    '--steps',
    '1',
    '--out',
    out,
    ...ptau,
    ...kept,
  ]);
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('proved 1 steps of cubic over bn-mercury'),
  });

  expect(await novaWebgpu(['verify', out, ...ptau, ...kept])).toMatchObject({
    code: 0,
    stdout: 'accepted\n',
  });

  // without the folder, or with one of no use, nothing is said about the proof
  const missing = await novaWebgpu(['verify', out, ...kept]);
  expect(missing).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/InvalidArgument: .*--ptau DIR/),
  });
  const empty = await novaWebgpu(['verify', out, '--ptau', await temporaryFolder(), ...kept]);
  expect(empty).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/PtauFileError: .*ppot_pruned_14\.ptau/),
  });
});

test('a malformed file ends the command with its name and what is wrong', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'ppot_0080_14.ptau');
  await writeFile(path, (await testPtau(14)).subarray(0, 100_000));
  const { code, stderr } = await novaWebgpu([
    'params',
    '--circuit',
    'cubic',
    '--cycle',
    'bn-kzg',
    '--ptau',
    folder,
    ...kept,
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/nova-webgpu: PtauFileError: .*ppot_0080_14\.ptau: its section 2 has 1048576 bytes/);
});
