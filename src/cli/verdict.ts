import { NovaError, type ErrorCode } from '../node/index.ts';
import { toHex } from './number.ts';
import { sha3 } from './digest.ts';
import { printJson } from './session.ts';

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
 * Runs a verification and prints its verdict.
 *
 * @param check resolves to the state after the last step
 * @throws {@link NovaError} why the proof is not accepted; with `json` the object on stdout has been printed then
 */
export async function printVerdict(json: boolean, check: () => Promise<readonly bigint[]>): Promise<void> {
  try {
    const zn = await check();
    if (json) printJson({ accepted: true, zn: zn.map(toHex) });
    else process.stdout.write('accepted\n');
  } catch (error) {
    const { code, message } = error as NovaError;
    if (json) printJson({ accepted: false, zn: null, error: { code, message } });
    else if (!NO_VERDICT.includes(code)) process.stdout.write('rejected\n');
    throw error;
  }
}

/** What `meta.json` may claim about a file. */
export interface FileClaim {
  readonly bytes: number | undefined;
  readonly sha3: string | undefined;
}

/** Compares a file of a valid proof with what `meta.json` claims. @throws {@link NovaError} `ProofVerifyError` */
export function compareFile(name: string, file: Uint8Array, claim: FileClaim): void {
  if (claim.bytes !== undefined && claim.bytes !== file.length) throw otherClaim(`${name}_bytes`);
  if (claim.sha3 !== undefined && claim.sha3 !== sha3(file)) throw otherClaim(`${name}_sha3`);
}

/** The error for a claim beyond the statement that was verified, if it is not true. */
export function otherClaim(what: string): NovaError {
  return new NovaError('ProofVerifyError', `the proof is valid, but meta.json claims another ${what}`);
}
