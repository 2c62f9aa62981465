/** `nova-webgpu/verify` as those see it who import it: what it exports, what it weighs, and that it verifies. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  builtinCircuit,
  CompressedSNARK,
  DirectSNARK,
  insecurePtau,
  insecureSeededRng,
  PublicParams,
  ptauFrom,
  RecursiveSNARK,
} from '../src/index.ts';
import * as library from '../src/verify.ts';
import { testBackend } from './support/backend.ts';
import { buildSite, serve } from './browser/site.ts';
import type { Verification } from './browser/verification.ts';
import { launchChromium } from './support/chromium.ts';
import { bundle, consumer, type Chunk } from './support/consumer.ts';
import { temporaryFolder } from './support/folder.ts';

declare global {
  /** In the page. */
  var verification: (digest: string, steps: number, z0: readonly bigint[]) => Promise<Verification>;
}

const run = promisify(execFile);

const VALUES = [
  'DirectVerifierKey',
  'NovaError',
  'VerifierKey',
  'createBackend',
  'verifyDirectProof',
  'verifyProof',
];
const TYPES = [
  'Backend',
  'BackendOptions',
  'DecodeDirectKeyOptions',
  'DecodeKeyOptions',
  'DirectSnark',
  'ErrorCode',
  'FinalSnark',
  'ProgressEvent',
  'TaskOptions',
];

/** The most bytes, compressed, that a page loads at once; and with all parts that some keys, or some machines, ask for. */
const INITIAL_BYTES = 60 * 1024;
const TOTAL_BYTES = 104 * 1024;

describe('the names that can be imported', () => {
  it('are these', () => {
    expect(Object.keys(library).sort()).toEqual(VALUES);
    const types = readFileSync(join(import.meta.dirname, '../dist/verify.d.ts'), 'utf8');
    const [, names] = /export \{([^{}]*)\};?\s*(?:\/\/#.*)?\s*$/.exec(types) ?? [];
    const declared = (names ?? '').split(',').map((name) => name.replace(/^.*\bas\b|\btype\b/g, '').trim());
    expect(declared.sort()).toEqual([...VALUES, ...TYPES].sort());
  });
});

describe('a bundle for browsers', () => {
  let made: Promise<Chunk[]> | undefined;
  /** All scripts, and those that are loaded at once. */
  const scripts = async () => {
    const chunks = await (made ??= bundle(`export * from 'nova-webgpu/verify';`));
    const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ name }) => name));
    for (const name of names) {
      for (const imported of chunks.find((chunk) => chunk.name === name)?.imports ?? []) names.add(imported);
    }
    return { chunks, initial: chunks.filter(({ name }) => names.has(name)) };
  };

  it('is small', async () => {
    const { chunks, initial } = await scripts();
    const size = (some: readonly Chunk[]) => some.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
    expect(initial.length).toBeGreaterThan(0);
    expect(size(initial)).toBeLessThan(INITIAL_BYTES);
    expect(size(chunks)).toBeLessThan(TOTAL_BYTES);
  });

  it('has the pairing in a part of its own', async () => {
    const { chunks, initial } = await scripts();
    const [late] = chunks.filter((chunk) => chunk.exports.includes('pairingsAgree'));
    expect(late.isEntry).toBe(false);
    expect(initial).not.toContain(late);
  });

  it('contains no prover, no circuit and no shader, and nothing of Node', async () => {
    const of = (some: readonly Chunk[]) => some.map(({ code }) => code).join('\n');
    const code = of((await scripts()).chunks);
    const absent = [
      /@compute|@workgroup_size|requestAdapter/, // shaders and their device
      /is base case|step circuit returned|another constraint system/, // circuits
      /RandomnessFailure|no step is proved yet|recursive proof/, // provers and their random sources
      /node:|__vite-browser-external|\bBuffer\b|\brequire\(|\beval\(/,
    ];
    for (const pattern of absent) expect(code).not.toMatch(pattern);
    // these patterns do find what they look for
    const all = of(await bundle(`export * from 'nova-webgpu';`));
    for (const pattern of absent.slice(0, 3))
      for (const one of pattern.source.split('|')) expect(all).toContain(one);
  });
});

/** Milliseconds that verifying may block a page for: some 100 where nothing else runs, and other tests do. */
const LONGEST_GAP = 400;

/** A compressed proof of three steps of the cubic circuit from 2, with its key. */
async function compressed() {
  const backend = await testBackend();
  const pp = await PublicParams.setup(builtinCircuit('cubic'), { cycle: 'pasta', backend });
  const snark = await RecursiveSNARK.new(pp, [2n], { rng: insecureSeededRng('verify') });
  for (let i = 0; i < 3; i++) await snark.proveStep();
  const { pk, vk } = await CompressedSNARK.setup(pp);
  const proof = (await CompressedSNARK.prove(pk, snark)).encode();
  const key = await vk.encode();
  const digest = await vk.digest();
  await backend.close();
  return { outputs: snark.outputs, proof, key, digest };
}

describe('the built verifier', () => {
  let made: ReturnType<typeof compressed> | undefined;

  /** What a project needs that verifies with the package alone: keys, proofs, and a program that prints what came of them. */
  const verifying = async (files: Record<string, Uint8Array>, program: string) => {
    const folder = await consumer({
      ...files,
      'main.mjs': `
        import { readFileSync } from 'node:fs';
        import { createBackend, DirectVerifierKey, verifyDirectProof, VerifierKey, verifyProof } from 'nova-webgpu/verify';
        const [key, proof] = [readFileSync('key.bin'), readFileSync('proof.bin')];
        const failing = (f) => f().then(() => 'no error', (error) => error.code ?? String(error));
        const backend = await createBackend();
        ${program}
        await backend.close();`,
    });
    const { stdout, stderr } = await run(process.execPath, ['--no-warnings', 'main.mjs'], { cwd: folder });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('verifies a compressed proof with a pinned key, and no other', async () => {
    const { outputs, proof, key, digest } = await (made ??= compressed());
    const program = `
      const options = { cycle: 'pasta', snark: 'snark', backend, digest: '${digest}' };
      const vk = await VerifierKey.decode(key, options);
      const zn = await verifyProof(vk, proof, 3, [2n]);
      const phases = new Set();
      await verifyProof(vk, proof, 3, [2n], { onProgress: ({ phase }) => phases.add(phase) });
      const changed = [];
      for (const i of [40, 2000, proof.length - 1]) {
        changed.push(await failing(() => verifyProof(vk, proof.with(i, proof[i] ^ 1), 3, [2n])));
      }
      const cut = await failing(() => verifyProof(vk, proof.subarray(1), 3, [2n]));
      const otherStart = await failing(() => verifyProof(vk, proof, 3, [3n]));
      const aborted = await failing(() => verifyProof(vk, proof, 3, [2n], { signal: AbortSignal.abort() }));
      const otherKey = await failing(() => VerifierKey.decode(key.with(1000, key[1000] ^ 1), options));
      vk.close();
      console.log(JSON.stringify({
        zn: zn.map(String), progress: phases.size, changed, cut, otherStart, aborted, otherKey,
      }));`;
    const result = await verifying({ 'key.bin': key, 'proof.bin': proof }, program);
    expect(result.zn).toEqual(outputs.map(String));
    expect(result.progress).toBeGreaterThan(0);
    expect(result.changed).not.toContain('no error');
    for (const code of [...result.changed, result.cut]) {
      expect(['InvalidEncoding', 'ProofVerifyError', 'InvalidSumcheckProof', 'InvalidPCS']).toContain(code);
    }
    expect(result).toMatchObject({
      otherStart: 'ProofVerifyError',
      aborted: 'Aborted',
      otherKey: 'ParamsMismatch',
    });
  });

  // what blocks does so every time; a machine that is busy with other tests does not
  it('verifies in a page, which goes on meanwhile', { retry: 2 }, async ({ skip }) => {
    const browser = await launchChromium();
    if (browser === undefined) return skip();
    onTestFinished(() => browser.close());
    const { outputs, proof, key, digest } = await (made ??= compressed());
    const main = `
      import * as library from 'nova-webgpu/verify';
      import { verification } from './verification.ts';
      globalThis.verification = (...args) => verification(library, ...args);`;
    const site = await buildSite(await temporaryFolder(), main, { 'key.bin': key, 'proof.bin': proof });
    // not isolated: no threads do the work elsewhere
    const served = await serve(site, {});
    onTestFinished(() => served.close());
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => void errors.push(String(error)));
    await page.goto(served.url);
    const result = await page.evaluate((pin) => verification(pin, 3, [2n]), digest);

    expect(result.outputs).toEqual(outputs);
    const codes = ['InvalidEncoding', 'ProofVerifyError', 'InvalidSumcheckProof', 'InvalidPCS'];
    expect(result.refused).toHaveLength(4);
    for (const code of result.refused) expect(codes).toContain(code);
    expect(Math.max(...Object.values(result.gaps)), JSON.stringify(result.gaps)).toBeLessThan(LONGEST_GAP);
    expect(errors).toEqual([]);
  });

  it('verifies a direct proof whose opening needs a pairing', async () => {
    const backend = await testBackend();
    const cycle = 'bn-kzg';
    const ptau = ptauFrom(await insecurePtau(5n, 6));
    const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { cycle, ptau, backend });
    const { proof, zNext } = await DirectSNARK.prove(pk, [2n]);
    const key = await vk.encode();
    const digest = await vk.digest();
    await backend.close();

    const program = `
      const vk = await DirectVerifierKey.decode(key, { cycle: 'bn-kzg', backend, digest: '${digest}' });
      const z = [2n];
      const right = await failing(() => verifyDirectProof(vk, proof, z, [${zNext[0]}n]));
      const wrong = await failing(() => verifyDirectProof(vk, proof, z, [${zNext[0] + 1n}n]));
      console.log(JSON.stringify({ right, wrong }));`;
    const result = await verifying({ 'key.bin': key, 'proof.bin': proof.encode() }, program);
    expect(result.right).toBe('no error');
    expect(['ProofVerifyError', 'InvalidSumcheckProof']).toContain(result.wrong);
  });
});
