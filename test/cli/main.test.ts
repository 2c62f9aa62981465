import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { version } from '../../package.json';
import { BACKENDS } from '../../src/backend/engines.ts';
import { novaWebgpu } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';

const root = join(import.meta.dirname, '../..');

test('wrong use ends with 2, an error with its code, and how to use it', async () => {
  const { code, stdout, stderr } = await novaWebgpu(['prove', '--circuit', 'quartic', '--steps', '1']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^nova-webgpu: UnknownCircuit: .*\nusage:\n/);
});

test('with --json an error is an object on stdout too', async () => {
  const { code, stdout } = await novaWebgpu(['prove', '--circuit', 'cubic', '--steps', '0', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'InvalidNumSteps', message: expect.stringContaining('from 1 to') },
  });
});

test('help, version and info end with 0', async () => {
  expect(await novaWebgpu(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect(await novaWebgpu(['--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('usage:'),
    stderr: '',
  });
  const { code, stdout, stderr } = await novaWebgpu(['info', '--json']);
  // no word of Dawn's either, where there is no GPU
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    version,
    node: process.version,
    cycles: ['pasta', 'bn-ipa', 'secp', 'bn-kzg', 'bn-mercury'],
    hints: ['default', 'ppsnark', 'ppsnark2'],
    backends: expect.arrayContaining(['auto', ...BACKENDS]),
    auto: expect.toBeOneOf([...BACKENDS]),
    features: {
      simd: expect.any(Boolean),
      relaxedSimd: expect.any(Boolean),
      threads: expect.any(Number),
    },
  });
  const alone = await novaWebgpu(['info', '--threads', '0']);
  expect(alone).toMatchObject({ code: 0, stdout: expect.stringMatching(/^features .*threads: 0, .+$/m) });
});

test('a result that cannot be written is a failure, a reader that has read enough is none', () => {
  const shell = (script: string): string =>
    spawnSync('sh', ['-c', script, process.execPath], { cwd: root, encoding: 'utf8' }).stderr;
  expect(shell('"$0" dist/cli.js --help > /dev/full')).toMatch(/^nova-webgpu: FileError: /);
  expect(shell('"$0" dist/cli.js --help 2> /dev/null > /dev/full; echo $? >&2')).toBe('1\n');
  expect(shell('{ "$0" dist/cli.js --help; echo $? >&2; } | true')).toBe('0\n');
});

test('a folder that cannot be written to is found before any work', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  for (const out of [join(folder, 'file'), join(folder, 'file', 'below'), '/proc/nova-webgpu']) {
    const { code, stdout, stderr } = await novaWebgpu([
      'prove',
      '--circuit',
      'cubic',
      '--steps',
      '1',
      '--out',
      out,
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^nova-webgpu: FileError: [^\n]*\n$/);
  }
  expect(await readdir(folder)).toEqual(['file']);
});

test('an interrupt during setup leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  const args = [
    'prove',
    '--circuit',
    'cubic',
    '--steps',
    '1',
    '--out',
    join(folder, 'a', 'b'),
    '--json',
    '--no-cache',
  ];
  const { code, stdout, stderr } = await novaWebgpu(args, /parameters of/);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'Aborted' } });
  expect(stderr).toContain('stopping');
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['no folder', async () => {}, 'FileError'],
  ['no meta.json', (folder: string) => mkdir(folder), 'FileError'],
  ['a meta.json that is none', (folder: string) => put(folder, '{"steps":'), 'InvalidEncoding'],
  ['a huge number of steps', (folder: string) => put(folder, meta({ steps: 1e18 })), 'InvalidEncoding'],
  ['an unknown circuit', (folder: string) => put(folder, meta({ circuit: 'quartic' })), 'UnknownCircuit'],
  ['an unknown cycle', (folder: string) => put(folder, meta({ cycle: 'bls' })), 'UnknownCycle'],
  ['zero steps', (folder: string) => put(folder, meta({ steps: 0 })), 'InvalidNumSteps'],
  ['z0 of another arity', (folder: string) => put(folder, meta({ z0: [] })), 'InvalidInitialInputLength'],
  ['z0 out of range', (folder: string) => put(folder, meta({ z0: ['-1'] })), 'InvalidFieldElement'],
  ['no recursive.bin', (folder: string) => put(folder, meta({})), 'FileError'],
])('verify with %s', async (_, prepare, error) => {
  const folder = join(await temporaryFolder(), 'proof');
  await prepare(folder);
  const { code, stdout, stderr } = await novaWebgpu(['verify', folder, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ accepted: false, zn: null, error: { code: error } });
  expect(stderr).toMatch(new RegExp(`^nova-webgpu: ${error}: `));
});

function meta(change: object): string {
  return JSON.stringify({
    circuit: 'cubic',
    cycle: 'pasta',
    hint: 'default',
    steps: 3,
    z0: ['2'],
    ...change,
  });
}

async function put(folder: string, text: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'meta.json'), text);
}
