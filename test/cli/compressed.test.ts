import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { novaWebgpu, type Ended } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
const fixture = (file: string, name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')).find(
    (c: { name: string }) => c.name === name,
  );

let root: string;
let folder: string;
let proved: Ended;
const facts = fixture('recursive.json', 'pasta-snark-trivial-1');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nova-webgpu-test-'));
  folder = join(root, 'proof');
  const line = `prove --circuit trivial --steps 1 --snark snark --insecure-seed ${facts.seed} --json --out ${folder}`;
  proved = await novaWebgpu(line.split(' '));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A copy of the proof in which some files are missing and some were changed. */
async function copyWith(files: Record<string, ((bytes: Buffer) => Uint8Array) | undefined>): Promise<string> {
  const copy = await temporaryFolder();
  await cp(folder, copy, { recursive: true });
  for (const [name, change] of Object.entries(files)) {
    if (change === undefined) await rm(join(copy, name));
    else await writeFile(join(copy, name), change(await readFile(join(copy, name))));
  }
  return copy;
}

const flip = (at: number) => (bytes: Buffer) => {
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes;
};

const verdictOf = ({ stdout }: Ended): { accepted: boolean; error?: { code: string } } => JSON.parse(stdout);

test('prove --snark prints the facts of nova-snark, and writes the proof and its key beside the state', async () => {
  expect(proved.code, proved.stderr).toBe(0);
  const { compressed_bytes, compressed_sha3, vk_bytes, vk_sha3, recursive_sha3, digest } = facts;
  const expected = {
    snark: 'snark',
    compressed_bytes,
    compressed_sha3,
    vk_bytes,
    vk_sha3,
    recursive_sha3,
    digest,
  };
  const result = JSON.parse(proved.stdout);
  expect(result).toMatchObject({ ...expected, hint: 'default' });
  for (const time of ['keys_ms', 'compress_ms']) expect(result[time]).toBeGreaterThan(0);
  expect((await readdir(folder)).sort()).toEqual(['compressed.bin', 'meta.json', 'recursive.bin', 'vk.bin']);
  expect(JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'))).toMatchObject(expected);
  expect(await readFile(join(folder, 'compressed.bin'))).toHaveLength(Number(compressed_bytes));
  expect(await readFile(join(folder, 'vk.bin'))).toHaveLength(Number(vk_bytes));
});

test('verify takes the compressed proof, and needs neither the state nor the key file', async () => {
  const copy = await copyWith({ 'recursive.bin': undefined, 'vk.bin': undefined });
  const { code, stdout } = await novaWebgpu(['verify', copy]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'accepted\n' });
});

test('verify --snark none takes the state', async () => {
  const copy = await copyWith({ 'compressed.bin': undefined });
  expect(await novaWebgpu(['verify', copy, '--snark', 'none'])).toMatchObject({
    code: 0,
    stdout: 'accepted\n',
  });
});

test('verify --vk-digest takes the key of the folder if it is the one, and no other', async () => {
  const pinned = await novaWebgpu(['verify', folder, '--vk-digest', facts.vk_sha3, '--json']);
  expect(verdictOf(pinned), pinned.stderr).toMatchObject({ accepted: true });
  const damaged = await copyWith({ 'vk.bin': flip(-1) });
  const refused = await novaWebgpu(['verify', damaged, '--vk-digest', facts.vk_sha3, '--json']);
  expect(verdictOf(refused)).toMatchObject({ accepted: false, error: { code: 'ParamsMismatch' } });
  // without the file the key is made from the circuit, and compared
  const missing = await copyWith({ 'vk.bin': undefined });
  const other = await novaWebgpu(['verify', missing, '--vk-digest', '0'.repeat(64), '--json']);
  expect(verdictOf(other)).toMatchObject({ accepted: false, error: { code: 'ParamsMismatch' } });
});

test.each([
  ['changed in its last element', { 'compressed.bin': flip(-32) }, 'ProofVerifyError'],
  ['cut', { 'compressed.bin': (bytes: Buffer) => bytes.subarray(0, -1) }, 'InvalidEncoding'],
  [
    'claimed to lead elsewhere',
    {
      'meta.json': (bytes: Buffer) => Buffer.from(bytes.toString().replace(/("zn": \[\s*"0x\d{63})2/, '$13')),
    },
    'ProofVerifyError',
  ],
])('verify rejects a compressed proof that was %s', async (_, change, code) => {
  const answer = await novaWebgpu(['verify', await copyWith(change), '--json']);
  expect(verdictOf(answer)).toMatchObject({ accepted: false, error: { code } });
});

test('an interrupted compression leaves the state', async () => {
  const out = join(await temporaryFolder(), 'proof');
  const args = ['prove', '--circuit', 'trivial', '--steps', '1', '--snark', 'snark', '--out', out];
  const { code, stderr } = await novaWebgpu(args, /keys of snark|compressing/);
  expect(code).toBe(1);
  expect(stderr).toMatch(/nova-webgpu: Aborted: interrupted after 1 of 1 steps; their state is saved/);
  expect((await readdir(out)).sort()).toEqual(['meta.json', 'recursive.bin']);
});

test('a state is named for what it is', async () => {
  const help = await novaWebgpu(['--help']);
  expect(help.stdout).toContain('recursive.bin (the state, contains the witness');
  const text = await novaWebgpu(['prove', '--circuit', 'trivial', '--steps', '1']);
  expect(text.stdout).toMatch(/^state +\d+ bytes, contains the witness/m);
});

test('direct prove and verify have the facts of nova-snark', async () => {
  const direct = fixture('direct.json', 'direct-pasta-snark-cubic');
  const out = join(root, 'direct');
  const line = `direct prove --circuit cubic --insecure-seed ${direct.seed} --out ${out} --json`;
  const made = await novaWebgpu(line.split(' '));
  const { direct_bytes, direct_sha3, vk_bytes, vk_sha3 } = direct;
  expect(JSON.parse(made.stdout), made.stderr).toMatchObject({
    direct_bytes,
    direct_sha3,
    vk_bytes,
    vk_sha3,
  });
  expect((await readdir(out)).sort()).toEqual(['direct.bin', 'meta.json', 'vk.bin']);
  expect(await novaWebgpu(['direct', 'verify', out])).toMatchObject({ code: 0, stdout: 'accepted\n' });
  expect(await novaWebgpu(['direct', 'verify', out, '--vk-digest', vk_sha3])).toMatchObject({ code: 0 });

  const meta = await readFile(join(out, 'meta.json'), 'utf8');
  await writeFile(join(out, 'meta.json'), meta.replace(/f"/, 'e"'));
  const refused = await novaWebgpu(['direct', 'verify', out, '--json']);
  expect(verdictOf(refused)).toMatchObject({ accepted: false, error: { code: 'InvalidSumcheckProof' } });
});
