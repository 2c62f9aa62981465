import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKENDS } from '../../src/backend/engines.ts';
import { novaWebgpu, type Ended } from '../support/command.ts';
import { temporaryFolder } from '../support/folder.ts';

/** The fixture `pasta-snark-trivial-1`. */
const FACTS = {
  circuit: 'trivial',
  cycle: 'pasta',
  hint: 'default',
  digest: '0x00e607b91ac4bdf85c0672a889ff1d1ea4651797bee08b7b4277ad8df426ac8d',
  constraints: [9818, 10349],
  variables: [9810, 10331],
  steps: 1,
  z0: ['0x0000000000000000000000000000000000000000000000000000000000000002'],
  zn: ['0x0000000000000000000000000000000000000000000000000000000000000002'],
  recursive_bytes: 1621240,
  recursive_sha3: 'fa22b28e92ca00f3651aa2968f2221e6d53833a21438d748497e868c349b1c77',
  state_sha3: [
    '848f9ea34a8a1da90fa42ef08f0caa9f5cd75e74fc3333c05264725878d26666',
    'fa22b28e92ca00f3651aa2968f2221e6d53833a21438d748497e868c349b1c77',
  ],
};

let root: string;
let proof: string;
let proved: Ended;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nova-webgpu-test-'));
  proof = join(root, 'a', 'proof');
  const line = `prove --circuit trivial --steps 1 --insecure-seed vector-7 --json --out ${proof}`;
  proved = await novaWebgpu(line.split(' '));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Verifies a copy of the proof in which some of meta.json and of recursive.bin was changed. */
async function verifyChanged(
  meta: object,
  change: (bytes: Buffer) => Uint8Array = (bytes) => bytes,
): Promise<Ended> {
  const folder = await temporaryFolder();
  await cp(proof, folder, { recursive: true });
  const facts = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
  await writeFile(join(folder, 'meta.json'), JSON.stringify({ ...facts, ...meta }));
  await writeFile(join(folder, 'recursive.bin'), change(await readFile(join(folder, 'recursive.bin'))));
  return novaWebgpu(['verify', folder, '--json']);
}

test('prove prints one JSON object with the facts of nova-snark and what the work cost', () => {
  expect(proved.code, proved.stderr).toBe(0);
  const result = JSON.parse(proved.stdout);
  expect(result).toMatchObject({
    ...FACTS,
    backend: expect.toBeOneOf([...BACKENDS]),
    setup_cached: expect.any(Boolean),
  });
  for (const time of ['setup_ms', 'prove_ms', 'verify_ms', 'peak_rss'])
    expect(result[time]).toBeGreaterThan(0);
  expect(result.per_step).toEqual([
    {
      ms: expect.any(Number),
      phases: expect.any(Object),
      allocations: 0,
      read_backs: expect.any(Number),
      bytes_up: expect.any(Number),
      bytes_down: expect.any(Number),
      live_bytes: expect.any(Number),
    },
  ]);
  expect(proved.stderr).toContain('--insecure-seed makes all randomness predictable');
});

test('the folder holds the proof and its facts, and nothing else', async () => {
  expect((await readdir(proof)).sort()).toEqual(['meta.json', 'recursive.bin']);
  expect(JSON.parse(await readFile(join(proof, 'meta.json'), 'utf8'))).toEqual(FACTS);
  expect(await readFile(join(proof, 'recursive.bin'))).toHaveLength(FACTS.recursive_bytes);
});

test('verify accepts it', async () => {
  const { code, stdout } = await novaWebgpu(['verify', proof]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'accepted\n' });
});

test.each([
  ['z0 other than claimed', { z0: ['3'], zn: ['3'] }, 'ProofVerifyError'],
  ['another number of steps', { steps: 2 }, 'ProofVerifyError'],
  ['zn other than claimed', { zn: ['3'] }, 'ProofVerifyError'],
  ['another circuit', { circuit: 'cubic' }, 'ParamsMismatch'],
  ['another cycle', { cycle: 'bn-ipa' }, 'ParamsMismatch'],
  [
    'another circuit without a digest',
    { circuit: 'cubic', digest: undefined },
    'InvalidWitnessLength|ProofVerifyError',
  ],
  [
    'another cycle without a digest',
    { cycle: 'bn-ipa', digest: undefined },
    'InvalidEncoding|ProofVerifyError',
  ],
])('verify rejects %s', async (_, meta, error) => {
  const { code, stdout } = await verifyChanged(meta);
  expect(code).toBe(1);
  const verdict = JSON.parse(stdout);
  expect(verdict).toMatchObject({ accepted: false, zn: null });
  expect(verdict.error.code).toMatch(new RegExp(`^(${error})$`));
});

test.each([
  ['truncated', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['empty', () => new Uint8Array(0)],
  ['extended', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
  ['non-canonical', (bytes: Buffer) => bytes.fill(0xff, 8, 40)],
  ['of huge length', (bytes: Buffer) => bytes.fill(0xff, 0, 8)],
])('verify rejects a recursive.bin that is %s', async (_, change) => {
  const { code, stdout } = await verifyChanged({}, change);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ accepted: false, error: { code: 'InvalidEncoding' } });
});

test('an interrupted proof leaves a state that verifies', async () => {
  const folder = join(await temporaryFolder(), 'proof');
  const args = ['prove', '--circuit', 'cubic', '--steps', '1000', '--out', folder];
  const { code, stdout, stderr } = await novaWebgpu(args, /step ([2-9]|\d\d+) of 1000/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/nova-webgpu: Aborted: interrupted after \d+ of 1000 steps; their state is saved/);
  expect((await readdir(folder)).sort()).toEqual(['meta.json', 'recursive.bin']);
  const { steps } = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
  expect(steps).toBeGreaterThanOrEqual(1);
  expect((await novaWebgpu(['verify', folder])).stdout).toBe('accepted\n');
});
