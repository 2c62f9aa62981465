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
  cycleByName,
  NovaError,
  PublicParams,
  RecursiveSNARK,
  type Backend,
  type CkHint,
} from '../src/index.ts';
import { testBackend } from './support/backend.ts';

const binary = process.env.NOVA_INTEROP_BIN;
if (!binary) {
  console.warn(
    'interop tests skipped: NOVA_INTEROP_BIN does not name a nova-interop (test/interop/README.md)',
  );
}

interface Case {
  readonly cycle: string;
  readonly circuit: string;
  readonly hint: CkHint;
  readonly steps: number;
}

const cases: readonly Case[] = [
  { cycle: 'pasta', circuit: 'cubic', hint: 'default', steps: 2 },
  { cycle: 'bn-ipa', circuit: 'wide:3', hint: 'default', steps: 2 },
  { cycle: 'secp', circuit: 'minroot:4', hint: 'default', steps: 3 },
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

  describe.each(cases)('$cycle $circuit, $steps steps', ({ cycle, circuit: name, hint, steps }) => {
    const circuit = builtinCircuit(name);
    const options = ['--cycle', cycle, '--circuit', name, '--hint', hint, '--steps', String(steps)];
    let pp: PublicParams;
    let folder: string;
    beforeAll(async () => {
      pp = await PublicParams.setup(circuit, { cycle: cycleByName(cycle), hint, backend });
      folder = join(scratch, `${cycle}-${name.replace(':', '-')}`);
      await mkdir(folder);
    });

    test('a proof from Rust verifies here, and not with a byte changed', async () => {
      const made = await nova('make', ...options, '--out', folder);
      expect(made.status).toBe(0);
      const bytes = await readFile(join(folder, 'recursive.bin'));

      const snark = await RecursiveSNARK.decode(pp, bytes);
      const zn = await snark.verify(steps, circuit.z0);
      expect(zn.map(fieldText)).toEqual(made.json.zn);

      await expect(
        RecursiveSNARK.decode(pp, tampered(bytes)).then((bad) => bad.verify(steps, circuit.z0)),
      ).rejects.toThrow(NovaError);
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
      expect(await nova('verify', ...options, file)).toMatchObject({ status: 1, json: { accepted: false } });
    });
  });
});

/** The proof with the lowest bit of a byte in its middle flipped: in the running witness, still a valid encoding. */
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
      else resolve({ status, json: JSON.parse(stdout) });
    });
  });
}
