import { prepareOutputFolder, removeIfUnused, writeFilesAtomically } from '../node/files.ts';
import { DirectSNARK, insecureSeededRng, ptauDirectory, systemRng } from '../node/index.ts';
import { sha3, sha3Hash } from './digest.ts';
import { DIRECT_FILE, META_FILE, VERIFIER_KEY_FILE } from './meta.ts';
import { toHex } from './number.ts';
import type { DirectProveOptions } from './options.ts';
import { formatMs } from './progress.ts';
import { printJson, warnOfSeed, withSession, type Session } from './session.ts';

/** The `direct prove` command: one step, without folding. @throws {@link NovaError} `FileError`, `Aborted`, what proving throws */
export async function directProve(options: DirectProveOptions, json: boolean): Promise<void> {
  const output = options.out === undefined ? undefined : await prepareOutputFolder(options.out);
  try {
    await withSession(options, (session) => proveWith(session, options, json, output?.path));
  } catch (error) {
    if (output !== undefined) await removeIfUnused(output);
    throw error;
  }
}

async function proveWith(
  session: Session,
  { circuit, cycle, ptau, snark, z0, insecureSeed }: DirectProveOptions,
  json: boolean,
  folder: string | undefined,
): Promise<void> {
  const { progress, signal, backend, started } = session;
  warnOfSeed(session, insecureSeed);
  const rng = insecureSeed === undefined ? systemRng : insecureSeededRng(insecureSeed);
  const control = { signal, onProgress: progress.onProgress };
  progress.begin(`keys of ${circuit.name} over ${cycle.name}`);
  const { pk, vk } = await DirectSNARK.setup(circuit, {
    cycle,
    snark,
    ptau: ptau === undefined ? undefined : ptauDirectory(ptau),
    backend,
    sha3: sha3Hash,
    ...control,
  });
  try {
    const ready = performance.now();
    progress.begin('proving');
    const { proof, zNext } = await DirectSNARK.prove(pk, z0, {
      rng,
      inputs: circuit.inputsOf?.(0),
      ...control,
    });
    const done = performance.now();
    const [bytes, key] = [proof.encode(), await vk.encode()];
    const facts = {
      circuit: circuit.name,
      cycle: cycle.name,
      snark,
      io: [...z0, ...zNext].map(toHex),
      direct_bytes: bytes.length,
      direct_sha3: sha3(bytes),
      vk_bytes: key.length,
      vk_sha3: sha3(key),
    };
    if (folder !== undefined) {
      await writeFilesAtomically(folder, [
        { name: DIRECT_FILE, bytes },
        { name: VERIFIER_KEY_FILE, bytes: key },
        { name: META_FILE, bytes: new TextEncoder().encode(`${JSON.stringify(facts, null, 2)}\n`) },
      ]);
    }
    progress.end();
    const times = { setup_ms: ready - started, prove_ms: done - ready };
    if (json) return printJson({ ...facts, backend: backend.name, ...times });
    const lines = [
      `proved a step of ${circuit.name} over ${cycle.name} with ${snark} in ${formatMs(times.prove_ms)}, verified`,
      ...facts.io.map((x, i) => `io[${i}]   ${x}`),
      `proof   ${bytes.length} bytes, SHA3-256 ${facts.direct_sha3}`,
      folder === undefined ? 'not saved: give --out DIR to keep it' : `saved   ${folder}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    pk.close();
    vk.close();
  }
}
