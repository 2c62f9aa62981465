/**
 * nova-webgpu/verify: the verifier alone, for pages and servers that check proofs and make none. It has no prover, no circuits and no
 * shaders; what only some keys need, such as a pairing, is loaded when such a key is decoded.
 *
 * @example
 * const backend = await createBackend();
 * const vk = await VerifierKey.decode(keyBytes, { cycle: 'pasta', snark: 'snark', backend, digest: pinned });
 * const zn = await verifyProof(vk, proofBytes, 3, [2n]);
 * vk.close();
 * await backend.close();
 *
 * @packageDocumentation
 */
import type { Backend, BackendOptions } from './backend/backend.ts';
import { createWasmBackend } from './backend/wasm/open.ts';
import { decodeCompressedProof } from './nova/compressed-proof.ts';
import { verifyCompressed } from './nova/compressed-verifier.ts';
import type { DirectVerifierKey } from './nova/direct-keys.ts';
import { decodeDirectProof, verifyDirect } from './nova/direct-verifier.ts';
import type { VerifierKey } from './nova/verifier-key.ts';
import type { TaskOptions } from './pace.ts';

export { NovaError, type ErrorCode } from './errors.ts';
export type { Backend, BackendOptions } from './backend/backend.ts';
export type { FinalSnark } from './nova/final-snark.ts';
export { VerifierKey, type DecodeKeyOptions } from './nova/verifier-key.ts';
export { DirectVerifierKey, type DecodeDirectKeyOptions, type DirectSnark } from './nova/direct-keys.ts';
export type { ProgressEvent, TaskOptions } from './pace.ts';

/**
 * Makes the engine that keeps the keys and verifies with them: WebAssembly, with threads where there are any. Whoever makes it
 * closes it.
 *
 * @throws {@link NovaError} `BackendUnavailable` without WebAssembly, `OutOfMemory`, `InvalidArgument` for options that make no sense
 * @example
 * const backend = await createBackend({ threads: 2 });
 */
export function createBackend(options: BackendOptions = {}): Promise<Backend> {
  return createWasmBackend(options);
}

/**
 * Verifies that `bytes` (of `CompressedSNARK.encode`, or of nova-snark) are a proof of `numSteps` steps from z0, and returns the
 * state that they lead to. It says so of the computation whose key `vk` is: pin the key by its digest.
 *
 * @throws {@link NovaError} `InvalidEncoding`; `ProofVerifyError` (another start, number of steps, computation or key),
 * `InvalidSumcheckProof`, `InvalidPCS`, `InvalidInputLength` (a malformed proof); `InvalidNumSteps`, `InvalidFieldElement` (z0), `Aborted`
 * @example
 * const zn = await verifyProof(vk, new Uint8Array(await response.arrayBuffer()), 3, [2n]);
 */
export async function verifyProof(
  vk: VerifierKey,
  bytes: Uint8Array,
  numSteps: number,
  z0: readonly bigint[],
  options: TaskOptions = {},
): Promise<readonly bigint[]> {
  const proof = decodeCompressedProof(vk.cycle, vk.verifiers, bytes);
  return verifyCompressed(vk, proof, numSteps, z0, options);
}

/**
 * Verifies that `bytes` (of `DirectSNARK.encode`, or of nova-snark) are a proof of one step from z to zNext.
 *
 * @throws {@link NovaError} `InvalidEncoding`; `ProofVerifyError`, `InvalidSumcheckProof`, `InvalidPCS`, `InvalidInputLength`;
 * `InvalidFieldElement` (z or zNext), `Aborted`
 * @example
 * await verifyDirectProof(vk, bytes, [2n], [15n]);
 */
export async function verifyDirectProof(
  vk: DirectVerifierKey,
  bytes: Uint8Array,
  z: readonly bigint[],
  zNext: readonly bigint[],
  options: TaskOptions = {},
): Promise<void> {
  return verifyDirect(vk, decodeDirectProof(vk, bytes), z, zNext, options);
}
