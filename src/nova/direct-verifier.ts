/** A direct proof: what it consists of, its encoding, and its verifier. */
import { NovaError } from '../errors.ts';
import type { AffinePoint } from '../curve/curve.ts';
import type { TaskOptions } from '../pace.ts';
import { derandomize, relax } from '../r1cs/instance.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import type { DirectVerifierKey } from './direct-keys.ts';

/** What a direct proof consists of, in nova-snark's order. */
export interface DirectProof {
  readonly commW: AffinePoint;
  /** The blind of commW; the SNARK is about the commitment without it. */
  readonly rW: bigint;
  readonly snark: unknown;
}

/** The encoding of a proof, as nova-snark's. */
export function encodeDirectProof(
  { curve, verifier }: Pick<DirectVerifierKey, 'curve' | 'verifier'>,
  { commW, rW, snark }: DirectProof,
): Uint8Array {
  const w = new ByteWriter();
  w.point(curve, commW);
  w.element(curve.scalar, rW);
  verifier.writeProof(w, curve, snark);
  return w.finish();
}

/** The proof that `bytes` encode, all of them. @throws {@link NovaError} `InvalidEncoding` */
export function decodeDirectProof({ curve, verifier }: DirectVerifierKey, bytes: Uint8Array): DirectProof {
  const r = new ByteReader(bytes);
  const commW = r.point(curve, 'the commitment to W');
  const rW = r.element(curve.scalar, 'its blind');
  const snark = verifier.readProof(r, curve);
  r.end('the direct proof');
  return { commW, rW, snark };
}

/**
 * Checks that `proof` is one of a step from z to zNext.
 *
 * @throws {@link NovaError} `ProofVerifyError`, `InvalidSumcheckProof`, `InvalidPCS`, `InvalidInputLength`;
 * `InvalidFieldElement` (z or zNext), `Aborted`
 */
export async function verifyDirect(
  vk: DirectVerifierKey,
  { commW, rW, snark }: DirectProof,
  z: readonly bigint[],
  zNext: readonly bigint[],
  options: TaskOptions,
): Promise<void> {
  const { curve, verifier } = vk;

  // the two have no mark between them in X
  if (z.length !== vk.arity || zNext.length !== vk.arity) {
    throw new NovaError(
      'ProofVerifyError',
      `Invalid input or output arity: z has ${z.length} elements and zNext ${zNext.length}; the circuit's arity is ${vk.arity}`,
    );
  }
  const X = [...z, ...zNext];
  X.forEach((x, k) => curve.scalar.check(x, k < z.length ? `z[${k}]` : `zNext[${k - z.length}]`));

  // the SNARK is about the commitment without its blind
  const U = derandomize(curve, vk.h, relax({ commW, X }), rW, 0n);
  await verifier.verify(vk.key, U, snark, options);
}
