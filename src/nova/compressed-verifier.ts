/** The verifier of a compressed proof. */
import { NovaError } from '../errors.ts';
import { together, within, type TaskOptions } from '../pace.ts';
import { derandomize } from '../r1cs/instance.ts';
import type { CompressedProof } from './compressed-proof.ts';
import { NUM_IO } from './constants.ts';
import { NIFS } from './nifs.ts';
import { NIFSRelaxed } from './nifs-relaxed.ts';
import { publicHash } from './oracle.ts';
import type { VerifierKey } from './verifier-key.ts';

/**
 * Checks that `proof` is one of `numSteps` steps from z0, and returns where they lead.
 *
 * @throws {@link NovaError} `InvalidNumSteps`, `InvalidFieldElement` (an element of z0); `ProofVerifyError`,
 * `InvalidSumcheckProof`, `InvalidPCS`, `InvalidInputLength`; `Aborted`
 */
export async function verifyCompressed(
  vk: VerifierKey,
  proof: CompressedProof,
  numSteps: number,
  z0: readonly bigint[],
  options: TaskOptions,
): Promise<readonly bigint[]> {
  const [E1, E2] = [vk.cycle.primary, vk.cycle.secondary];

  // number of steps, start, lengths
  if (numSteps === 0) throw new NovaError('ProofVerifyError', 'Number of steps cannot be zero');
  if (!Number.isSafeInteger(numSteps) || numSteps < 0) {
    throw new NovaError('InvalidNumSteps', `a number of steps is a whole number from 1, not ${numSteps}`);
  }
  if (z0.length !== vk.arity || proof.zn.length !== vk.arity) {
    throw new NovaError(
      'ProofVerifyError',
      `Invalid input or output arity: z0 has ${z0.length} elements and zn ${proof.zn.length}; the circuit's arity is ${vk.arity}`,
    );
  }
  z0.forEach((z, k) => E1.scalar.check(z, `z0[${k}]`));
  const { rUPrimary, rUSecondary, lUSecondary, lUrPrimary, lUrSecondary } = proof;
  if ([lUSecondary, rUPrimary, rUSecondary, lUrPrimary, lUrSecondary].some(({ X }) => X.length !== NUM_IO)) {
    throw new NovaError('ProofVerifyError', 'Invalid number of outputs in R1CS instances');
  }

  // the last instance's public inputs link both running instances to this computation
  const { ppDigest } = vk;
  const hashPrimary = publicHash(E2, ppDigest, numSteps, z0, proof.zn, rUSecondary, proof.riPrimary);
  const hashSecondary = publicHash(E1, ppDigest, numSteps, [0n], [0n], rUPrimary, proof.riSecondary);
  if (hashPrimary !== E2.base.reduce(lUSecondary.X[0]) || hashSecondary !== lUSecondary.X[1]) {
    throw new NovaError('ProofVerifyError', 'Invalid output hash in R1CS instances');
  }

  // fold the last secondary instance into the running one
  const Uf = NIFS.verify(E2, ppDigest, rUSecondary, lUSecondary, proof.commTUfSecondary);

  // fold in the random instances that hide both running instances
  const hiddenSecondary = NIFSRelaxed.verify(E2, ppDigest, Uf, lUrSecondary, proof.commTUnSecondary);
  const hiddenPrimary = NIFSRelaxed.verify(E1, ppDigest, rUPrimary, lUrPrimary, proof.commTUnPrimary);

  // take the blinds out of the commitments
  const { rWnPrimary, rEnPrimary, rWnSecondary, rEnSecondary } = proof;
  const UnPrimary = derandomize(E1, vk.hPrimary, hiddenPrimary, rWnPrimary, rEnPrimary);
  const UnSecondary = derandomize(E2, vk.hSecondary, hiddenSecondary, rWnSecondary, rEnSecondary);

  // the SNARKs prove that there are witnesses that satisfy what is left; while the engine works for one, the host does for the other
  const { verifiers } = vk;
  const [first, second] = [within(options, 'primary'), within(options, 'secondary')];
  await together(
    async () => {
      await verifiers.primary.verify(vk.primary, UnPrimary, proof.snarkPrimary, first);
    },
    async () => {
      await verifiers.secondary.verify(vk.secondary, UnSecondary, proof.snarkSecondary, second);
    },
  );
  return proof.zn;
}
