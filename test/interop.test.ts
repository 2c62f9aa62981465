/**
 * Proofs exchanged with nova-snark itself, with fresh randomness on both sides: what it makes verifies here, what is
 * made here verifies there. `.ci/run` builds the Rust program; `test/interop/README.md` says how to do it by hand.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  builtinCircuit,
  CompressedSNARK,
  cycleByName,
  DirectSNARK,
  hintOf,
  needsPtau,
  NovaError,
  ptauDirectory,
  PublicParams,
  RecursiveSNARK,
  VerifierKey,
  type Backend,
  type FinalSnark,
  type PtauSource,
} from '../src/node/index.ts';
import { testBackend } from './support/backend.ts';
import { testPtau } from './support/ptau.ts';

const binary = process.env.NOVA_INTEROP_BIN;
if (!binary) {
  console.warn(
    'interop tests skipped: NOVA_INTEROP_BIN does not name a nova-interop (test/interop/README.md)',
  );
}

interface Case {
  readonly cycle: string;
  readonly circuit: string;
  readonly snark: FinalSnark;
  readonly steps: number;
}

const cases: readonly Case[] = [
  { cycle: 'pasta', circuit: 'cubic', snark: 'snark', steps: 2 },
  { cycle: 'bn-ipa', circuit: 'wide:3', snark: 'snark', steps: 2 },
  { cycle: 'secp', circuit: 'minroot:4', snark: 'snark', steps: 3 },
  { cycle: 'bn-kzg', circuit: 'cubic', snark: 'snark', steps: 2 },
  { cycle: 'bn-mercury', circuit: 'cubic', snark: 'snark', steps: 2 },
  { cycle: 'bn-kzg', circuit: 'cubic', snark: 'ppsnark', steps: 2 },
  // not by default: Rust folds the generators of the inner-product arguments one by one, which takes it a minute a proof
  ...(process.env.NOVA_INTEROP_ALL
    ? [{ cycle: 'pasta', circuit: 'cubic', snark: 'ppsnark2', steps: 2 } as const]
    : []),
];

describe.skipIf(!binary)('nova-snark 0.76.0', () => {
  let backend: Backend;
  let scratch: string;
  beforeAll(async () => {
    backend = await testBackend();
    scratch = await mkdtemp(join(tmpdir(), 'nova-interop-'));
  });
  afterAll(async () => {
    await backend?.close();
    if (scratch) await rm(scratch, { recursive: true, force: true });
  });

  describe.each(cases)(
    '$cycle $snark $circuit, $steps steps',
    ({ cycle, circuit: name, snark: final, steps }) => {
      const circuit = builtinCircuit(name);
      const hint = hintOf(final);
      const options = ['--cycle', cycle, '--circuit', name, '--hint', hint, '--steps', String(steps)];
      const compressed = ['--snark', final];
      let pp: PublicParams;
      let folder: string;
      beforeAll(async () => {
        folder = join(scratch, `${cycle}-${final}-${name.replace(':', '-')}`);
        await mkdir(folder);
        const powers = needsPtau(cycleByName(cycle)) ? await writePowers(folder, final) : undefined;
        if (powers) options.push('--ptau', folder);
        pp = await PublicParams.setup(circuit, { cycle, hint, ptau: powers, backend });
      });

      test('a proof from Rust verifies here, and not with a byte changed', async () => {
        const made = await nova('make', ...options, ...compressed, '--out', folder);
        expect(made.status).toBe(0);
        const bytes = await readFile(join(folder, 'recursive.bin'));

        const snark = await RecursiveSNARK.decode(pp, bytes);
        const zn = await snark.verify(steps, circuit.z0);
        expect(zn.map(fieldText)).toEqual(made.json.zn);

        await expect(
          RecursiveSNARK.decode(pp, tampered(bytes)).then((bad) => bad.verify(steps, circuit.z0)),
        ).rejects.toThrow(NovaError);
      });

      test('a compressed proof from Rust verifies here, with its key and with ours, and not with a byte changed', async () => {
        const { pk, vk } = await CompressedSNARK.setup(pp, { snark: final });
        const bytes = await readFile(join(folder, 'compressed.bin'));
        const key = await readFile(join(folder, 'vk.bin'));
        const theirs = await VerifierKey.decode(key, {
          cycle,
          snark: final,
          backend,
          digest: await vk.digest(),
        });
        const zn = await CompressedSNARK.decode(vk, bytes).verify(vk, steps, circuit.z0);
        expect(await CompressedSNARK.decode(theirs, bytes).verify(theirs, steps, circuit.z0)).toEqual(zn);
        const bad = async () => CompressedSNARK.decode(vk, tampered(bytes)).verify(vk, steps, circuit.z0);
        await expect(bad()).rejects.toThrow(NovaError);
        for (const open of [pk, vk, theirs]) open.close();
      });

      test('a proof from here verifies in Rust, and not with a byte changed', async () => {
        const snark = await RecursiveSNARK.new(pp, circuit.z0);
        for (let i = 0; i < steps; i++) await snark.proveStep();
        const bytes = await snark.encode();

        const file = join(folder, 'ours.bin');
        await writeFile(file, bytes);
        const answer = await nova('verify', ...options, file);
        expect(answer).toMatchObject({ status: 0, json: { accepted: true } });
        const zn = await snark.verify(steps, circuit.z0);
        expect(answer.json.zn).toEqual(zn.map(fieldText));

        await writeFile(file, tampered(bytes));
        expect(await nova('verify', ...options, file)).toMatchObject({
          status: 1,
          json: { accepted: false },
        });

        const { pk, vk } = await CompressedSNARK.setup(pp, { snark: final });
        const proof = await CompressedSNARK.prove(pk, snark);
        await writeFile(file, proof.encode());
        const verdict = await nova('verify', ...options, ...compressed, file);
        expect(verdict).toMatchObject({ status: 0, json: { accepted: true, zn: zn.map(fieldText) } });
        await writeFile(file, tampered(proof.encode()));
        const refused = await nova('verify', ...options, ...compressed, file);
        expect(refused).toMatchObject({ status: 1, json: { accepted: false } });
        pk.close();
        vk.close();
        snark.close();
      });
    },
  );

  describe.each([
    { cycle: 'pasta', snark: 'snark' },
    { cycle: 'pasta', snark: 'ppsnark' },
    { cycle: 'bn-ipa', snark: 'snark' },
    { cycle: 'secp', snark: 'ppsnark' },
  ] as const)('direct proofs on $cycle with $snark', ({ cycle, snark }) => {
    // not wide:2: nova-snark's verifier panics where there are as many public inputs as variables (multilinear.rs:212)
    const options = ['--cycle', cycle, '--circuit', 'cubic', '--snark', snark];

    test('go both ways, and not with a byte changed', async () => {
      const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { cycle, snark, backend });
      const folder = join(scratch, `direct-${cycle}-${snark}`);
      await mkdir(folder);
      const [z, zNext] = [[3n], [35n]];
      expect(await nova('make-direct', ...options, '--z0', '3', '--out', folder)).toMatchObject({
        status: 0,
      });
      const theirs = await readFile(join(folder, 'direct.bin'));
      await DirectSNARK.decode(vk, theirs).verify(vk, z, zNext);
      expect(await readFile(join(folder, 'vk.bin'))).toEqual(Buffer.from(await vk.encode()));
      const bad = async () => DirectSNARK.decode(vk, tampered(theirs)).verify(vk, z, zNext);
      await expect(bad()).rejects.toThrow(NovaError);

      const { proof } = await DirectSNARK.prove(pk, z);
      const file = join(folder, 'ours.bin');
      const verdict = async (bytes: Uint8Array) => {
        await writeFile(file, bytes);
        return nova('verify-direct', ...options, '--z0', '3,35', file);
      };
      expect(await verdict(proof.encode())).toMatchObject({ status: 0, json: { accepted: true } });
      expect(await verdict(tampered(proof.encode()))).toMatchObject({ status: 1, json: { accepted: false } });
      pk.close();
      vk.close();
    });
  });
});

/** Writes powers of tau where nova-snark looks for them: as many as its keys have. */
async function writePowers(folder: string, snark: FinalSnark): Promise<PtauSource> {
  const power = snark === 'snark' ? 14 : 17;
  await writeFile(join(folder, `ppot_pruned_${power}.ptau`), await testPtau(power));
  return ptauDirectory(folder);
}

/** The proof with the lowest bit of a byte in its middle flipped. */
function tampered(proof: Uint8Array): Uint8Array {
  const copy = proof.slice();
  const middle = copy.length >> 1;
  copy[middle] = copy[middle]! ^ 1;
  return copy;
}

function fieldText(x: bigint): string {
  return `0x${x.toString(16).padStart(64, '0')}`;
}

/** Runs nova-interop, never with a seed; resolves to its exit status and what it printed. */
function nova(...args: string[]): Promise<{ status: number; json: { accepted?: boolean; zn?: string[] } }> {
  const { NOVA_SEED: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(binary!, args, { env }, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      // 0 and 1 are answers; anything else (a crash, a wrong option, no such program) is not
      if (status !== 0 && status !== 1)
        reject(new Error(`nova-interop ${args.join(' ')}: ${stderr}`, { cause: error }));
      // the last line: with powers of tau, halo2curves prints others before
      else resolve({ status, json: JSON.parse(stdout.trimEnd().split('\n').at(-1)!) });
    });
  });
}
