/** What both SNARKs start from: an instance and a witness that fit a shape, and a transcript that has taken the instance. */
import type { Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import { KeccakTranscript } from '../hash/transcript.ts';
import { absorbRelaxedInstance, type RelaxedInstance } from '../r1cs/instance.ts';
import type { UnblindedWitness } from './relaxed-snark.ts';

const TRANSCRIPT_LABEL = 'RelaxedR1CSSNARK';

/** The transcript of a proof about U. */
export function startTranscript(curve: Curve, vkDigest: bigint, U: RelaxedInstance): KeccakTranscript {
  const transcript = new KeccakTranscript(curve.scalar, TRANSCRIPT_LABEL);
  transcript.absorbScalar('vk', vkDigest);
  absorbRelaxedInstance(transcript, 'U', U);
  return transcript;
}

/** @throws {@link NovaError} `InvalidInputLength` for another number of public inputs */
export function checkInputLength({ X }: RelaxedInstance, { io }: Pick<ConstraintMatrices, 'io'>): void {
  if (X.length === io) return;
  throw new NovaError(
    'InvalidInputLength',
    `the instance has ${X.length} public inputs, the constraint system ${io}`,
  );
}

/** @throws {@link NovaError} `PointNotOnCurve` */
export function checkCommitments(curve: Curve, U: RelaxedInstance): void {
  curve.check(U.commW, 'the commitment to W');
  curve.check(U.commE, 'the commitment to E');
}

/** @throws {@link NovaError} `InvalidWitnessLength` */
export function checkWitness(
  { W, E }: UnblindedWitness,
  { variables, constraints }: ConstraintMatrices,
): void {
  if (W.length === variables && E.length === constraints) return;
  throw new NovaError(
    'InvalidWitnessLength',
    `W has ${W.length} elements and E ${E.length}; the constraint system has ${variables} variables and ${constraints} constraints`,
  );
}
