/** What both SNARKs start from: an instance and a witness that fit a shape, a transcript that has taken the instance, and z. */
import type { Backend, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { elementsToBytes } from '../field/bytes.ts';
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

/** @throws {@link NovaError} `InvalidInputLength`, `PointNotOnCurve` */
export function checkInstance(
  curve: Curve,
  U: RelaxedInstance,
  { io }: Pick<ConstraintMatrices, 'io'>,
): void {
  if (U.X.length !== io) {
    throw new NovaError(
      'InvalidInputLength',
      `the instance has ${U.X.length} public inputs, the constraint system ${io}`,
    );
  }
  checkCommitments(curve, U);
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

/** Writes z = (W, 0.. | u, X, 0..) to `out`, where u stands at `half`; `io` is a vector for (u, X). */
export function writeAssignment(
  backend: Backend,
  out: Vec,
  half: number,
  W: Vec,
  io: Vec,
  { u, X }: RelaxedInstance,
): void {
  backend.upload(io, elementsToBytes(out.field, [u, ...X]));
  backend.clear(out);
  backend.polynomials.copyRange(out, 0, W, 0, W.length);
  backend.polynomials.copyRange(out, half, io, 0, io.length);
}
