import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../node/files.ts';
import { DirectSNARK, DirectVerifierKey, ptauDirectory } from '../node/index.ts';
import { sha3Hash } from './digest.ts';
import { DIRECT_FILE, VERIFIER_KEY_FILE, readDirectMeta, type DirectClaim } from './meta.ts';
import { checkPtau, type DirectVerifyOptions } from './options.ts';
import { withSession, type Session } from './session.ts';
import { compareFile, otherClaim, printVerdict } from './verdict.ts';

/**
 * The `direct verify` command: checks the direct proof in a folder against what its `meta.json` claims, with a verifier key made
 * from the circuit that it names, or the folder's own if it has the digest that was asked for. Prints the verdict.
 *
 * @throws {@link NovaError} why the proof is not accepted; with `json` the object on stdout has been printed then
 */
export async function directVerify(options: DirectVerifyOptions, json: boolean): Promise<void> {
  const { folder, vkDigest } = options;
  await printVerdict(json, async () => {
    const claim = await readDirectMeta(folder);
    const pinnedKey = vkDigest !== undefined && existsSync(join(folder, VERIFIER_KEY_FILE));
    const ptau = pinnedKey ? undefined : checkPtau(claim.cycle, options.ptau);
    const proof = await readBytes(join(folder, DIRECT_FILE));
    return withSession(options, async (session) => {
      const vk = pinnedKey
        ? await readKey(claim, folder, vkDigest, session)
        : await makeKey(claim, vkDigest, ptau, session);
      try {
        return await check(claim, vk, proof, session);
      } finally {
        vk.close();
      }
    });
  });
}

async function readKey(
  { circuit, cycle, snark }: DirectClaim,
  folder: string,
  digest: string,
  { progress, signal, backend }: Session,
): Promise<DirectVerifierKey> {
  progress.begin(`reading ${VERIFIER_KEY_FILE}`);
  const bytes = await readBytes(join(folder, VERIFIER_KEY_FILE));
  const { onProgress } = progress;
  return DirectVerifierKey.decode(bytes, {
    cycle,
    snark,
    arity: circuit.arity,
    backend,
    digest,
    sha3: sha3Hash,
    signal,
    onProgress,
  });
}

async function makeKey(
  { circuit, cycle, snark }: DirectClaim,
  digest: string | undefined,
  ptau: string | undefined,
  { progress, signal, backend }: Session,
): Promise<DirectVerifierKey> {
  progress.begin(`keys of ${circuit.name} over ${cycle.name}`);
  const source = ptau === undefined ? undefined : ptauDirectory(ptau);
  const { onProgress } = progress;
  const options = { cycle, snark, ptau: source, backend, sha3: sha3Hash, signal, onProgress };
  const { pk, vk } = await DirectSNARK.setup(circuit, options);
  pk.close();
  try {
    if (digest !== undefined) await vk.pin(digest, { sha3: sha3Hash, signal });
    return vk;
  } catch (error) {
    vk.close();
    throw error;
  }
}

async function check(
  claim: DirectClaim,
  vk: DirectVerifierKey,
  proof: Uint8Array,
  { progress, signal }: Session,
): Promise<readonly bigint[]> {
  progress.begin('verifying');
  const { arity } = claim.circuit;
  const [z, zNext] = [claim.io.slice(0, arity), claim.io.slice(arity)];
  const direct = DirectSNARK.decode(vk, proof);
  await direct.verify(vk, z, zNext, { signal, onProgress: progress.onProgress });
  compareFile('direct', proof, { bytes: claim.directBytes, sha3: claim.directSha3 });
  if (claim.vkSha3 !== undefined && claim.vkSha3 !== (await vk.digest({ sha3: sha3Hash, signal }))) {
    throw otherClaim('vk_sha3');
  }
  return zNext;
}
