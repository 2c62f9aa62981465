import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../node/files.ts';
import { CompressedSNARK, NovaError, RecursiveSNARK, VerifierKey, type FinalSnark } from '../node/index.ts';
import { sha3Hash } from './digest.ts';
import { COMPRESSED_FILE, STATE_FILE, VERIFIER_KEY_FILE, readMeta, type Claim } from './meta.ts';
import { toHex } from './number.ts';
import { checkPtau, type VerifyOptions } from './options.ts';
import { setUp, withSession, type Session } from './session.ts';
import { compareFile, otherClaim, printVerdict } from './verdict.ts';

/** A claim, and what the command line says about how to check it. */
type Task = Claim & Pick<VerifyOptions, 'folder' | 'ptau' | 'vkDigest'>;

/**
 * The `verify` command: checks the proof in a folder against what its `meta.json` claims, with parameters or a verifier key made
 * from the circuit that `meta.json` names. The compressed proof, if there is one; otherwise the state. Prints the verdict.
 *
 * @throws {@link NovaError} why the proof is not accepted; with `json` the object on stdout has been printed then
 */
export async function verify(options: VerifyOptions, json: boolean): Promise<void> {
  const { folder, vkDigest } = options;
  await printVerdict(json, async () => {
    const claim = await readMeta(folder);
    const snark = options.snark ?? claim.snark ?? 'none';
    if (snark === 'none' && vkDigest !== undefined) {
      throw new NovaError('InvalidArgument', 'a state has no verifier key: leave --vk-digest out');
    }
    const pinnedKey = vkDigest !== undefined && existsSync(join(folder, VERIFIER_KEY_FILE));
    const ptau = pinnedKey ? undefined : checkPtau(claim.cycle, options.ptau);
    const task: Task = { ...claim, folder, ptau, vkDigest };
    const proof = await readBytes(join(folder, snark === 'none' ? STATE_FILE : COMPRESSED_FILE));
    return withSession(options, (session) => {
      if (snark === 'none') return checkState(task, proof, session);
      return pinnedKey
        ? checkWithPinnedKey(task, snark, proof, session)
        : checkCompressed(task, snark, proof, session);
    });
  });
}

async function checkState(task: Task, proof: Uint8Array, session: Session): Promise<readonly bigint[]> {
  const { progress, signal } = session;
  const pp = await parametersOf(task, session);
  try {
    progress.begin(`verifying ${task.steps} steps`);
    const snark = await RecursiveSNARK.decode(pp, proof, { signal });
    try {
      const zn = await snark.verify(task.steps, task.z0, { signal, onProgress: progress.onProgress });
      compareState(task, zn);
      compareFile('recursive', proof, { bytes: task.recursiveBytes, sha3: task.recursiveSha3 });
      return zn;
    } finally {
      snark.close();
    }
  } finally {
    pp.close();
  }
}

/** With a verifier key made from the circuit. */
async function checkCompressed(
  task: Task,
  snark: FinalSnark,
  proof: Uint8Array,
  session: Session,
): Promise<readonly bigint[]> {
  const { progress, signal } = session;
  const pp = await parametersOf(task, session);
  try {
    progress.begin(`keys of ${snark}`);
    const control = { signal, onProgress: progress.onProgress };
    const { pk, vk } = await CompressedSNARK.setup(pp, { snark, sha3: sha3Hash, ...control });
    try {
      if (task.vkDigest !== undefined) await vk.pin(task.vkDigest, { sha3: sha3Hash, signal });
      return await checkWithKey(task, vk, proof, session);
    } finally {
      pk.close();
      vk.close();
    }
  } finally {
    pp.close();
  }
}

/** With the verifier key of the folder, which must be the one that was asked for. */
async function checkWithPinnedKey(
  task: Task,
  snark: FinalSnark,
  proof: Uint8Array,
  session: Session,
): Promise<readonly bigint[]> {
  const { progress, signal, backend } = session;
  const { cycle, vkDigest, folder } = task;
  progress.begin(`reading ${VERIFIER_KEY_FILE}`);
  const bytes = await readBytes(join(folder, VERIFIER_KEY_FILE));
  const { onProgress } = progress;
  const options = { cycle, snark, backend, digest: vkDigest, sha3: sha3Hash, signal, onProgress };
  const vk = await VerifierKey.decode(bytes, options);
  try {
    return await checkWithKey(task, vk, proof, session);
  } finally {
    vk.close();
  }
}

async function checkWithKey(
  task: Task,
  vk: VerifierKey,
  proof: Uint8Array,
  { progress, signal }: Session,
): Promise<readonly bigint[]> {
  progress.begin(`verifying ${task.steps} steps`);
  const snark = CompressedSNARK.decode(vk, proof);
  const zn = await snark.verify(vk, task.steps, task.z0, { signal, onProgress: progress.onProgress });
  compareState(task, zn);
  compareFile('compressed', proof, { bytes: task.compressedBytes, sha3: task.compressedSha3 });
  if (task.vkSha3 !== undefined && task.vkSha3 !== (await vk.digest({ sha3: sha3Hash, signal }))) {
    throw otherClaim('vk_sha3');
  }
  return zn;
}

/** @throws {@link NovaError} `ParamsMismatch` if they have another digest than `meta.json` claims */
async function parametersOf(task: Task, session: Session) {
  const { pp } = await setUp(session, task);
  const { digest, circuit, cycle, hint } = task;
  if (digest === undefined || digest === pp.digest) return pp;
  const actual = toHex(pp.digest);
  pp.close();
  throw new NovaError(
    'ParamsMismatch',
    `meta.json has the digest ${toHex(digest)}, but ${circuit.name} over ${cycle.name} with the ` +
      `hint ${hint} has ${actual}: the proof was made for another circuit, cycle or hint`,
  );
}

function compareState({ zn }: Claim, actual: readonly bigint[]): void {
  if (zn?.some((z, i) => z !== actual[i])) throw otherClaim('zn');
}
