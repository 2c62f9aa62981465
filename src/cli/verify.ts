import { bytesToHex } from '@noble/hashes/utils.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { join } from 'node:path';
import { readBytes } from '../node/files.ts';
import { NovaError, RecursiveSNARK, type ErrorCode } from '../node/index.ts';
import { PROOF_FILE, readMeta, type Claim } from './meta.ts';
import { toHex } from './number.ts';
import { checkPtau, type VerifyOptions } from './options.ts';
import { printJson, setUp, withSession, type Session } from './session.ts';

/** Codes that say nothing about the proof: it was not looked at to the end. */
const NO_VERDICT: readonly ErrorCode[] = [
  'InvalidArgument',
  'FileError',
  'PtauFileError',
  'Aborted',
  'OutOfMemory',
  'BackendClosed',
];

/**
 * The `verify` command: rebuilds the parameters that the folder's `meta.json` names, and checks the proof against them and
 * against everything else that `meta.json` claims. Prints the verdict.
 *
 * @throws {@link NovaError} why the proof is not accepted; with `json` the object on stdout has been printed then
 */
export async function verify(options: VerifyOptions, json: boolean): Promise<void> {
  const { folder } = options;
  try {
    const claim = await readMeta(folder);
    const ptau = checkPtau(claim.cycle, options.ptau);
    const proof = await readBytes(join(folder, PROOF_FILE));
    const zn = await withSession(options, (session) => check({ ...claim, ptau }, proof, session));
    if (json) printJson({ accepted: true, zn: zn.map(toHex) });
    else process.stdout.write('accepted\n');
  } catch (error) {
    const { code, message } = error as NovaError;
    if (json) printJson({ accepted: false, zn: null, error: { code, message } });
    else if (!NO_VERDICT.includes(code)) process.stdout.write('rejected\n');
    throw error;
  }
}

async function check(
  claim: Claim & Pick<VerifyOptions, 'ptau'>,
  proof: Uint8Array,
  session: Session,
): Promise<readonly bigint[]> {
  const { progress, signal } = session;
  const { pp } = await setUp(session, claim);
  try {
    if (claim.digest !== undefined && claim.digest !== pp.digest) {
      throw new NovaError(
        'ParamsMismatch',
        `meta.json has the digest ${toHex(claim.digest)}, but ${claim.circuit.name} over ${claim.cycle.name} with the ` +
          `hint ${claim.hint} has ${toHex(pp.digest)}: the proof was made for another circuit, cycle or hint`,
      );
    }
    progress.begin(`verifying ${claim.steps} steps`);
    const snark = await RecursiveSNARK.decode(pp, proof, { signal });
    try {
      const zn = await snark.verify(claim.steps, claim.z0, { signal, onProgress: progress.onProgress });
      compare(claim, proof, zn);
      return zn;
    } finally {
      snark.close();
    }
  } finally {
    pp.close();
  }
}

/** What `meta.json` claims beyond the statement that was verified. */
function compare(claim: Claim, proof: Uint8Array, zn: readonly bigint[]): void {
  const differs = (what: string): never => {
    throw new NovaError('ProofVerifyError', `the proof is valid, but meta.json claims another ${what}`);
  };
  if (claim.zn !== undefined && claim.zn.some((z, i) => z !== zn[i])) differs('zn');
  if (claim.recursiveBytes !== undefined && claim.recursiveBytes !== proof.length) differs('recursive_bytes');
  if (claim.recursiveSha3 !== undefined && claim.recursiveSha3 !== bytesToHex(sha3_256(proof))) {
    differs('recursive_sha3');
  }
}
