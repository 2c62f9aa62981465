/** (Relaxed) R1CS instances: what the verifier sees of a witness. */
import { IDENTITY, type AffinePoint, type Curve } from '../curve/curve.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';

/** A plain instance: A z o B z = C z for z = (W, 1, X). */
export interface Instance {
  readonly commW: AffinePoint;
  readonly X: readonly bigint[];
}

/** A relaxed instance: A z o B z = u C z + E for z = (W, u, X). */
export interface RelaxedInstance {
  readonly commW: AffinePoint;
  readonly commE: AffinePoint;
  readonly u: bigint;
  readonly X: readonly bigint[];
}

/** The instance that the zero witness satisfies. */
export function defaultInstance(io: number): RelaxedInstance {
  return { commW: IDENTITY, commE: IDENTITY, u: 0n, X: Array.from({ length: io }, () => 0n) };
}

/** A plain instance as a relaxed one: E = 0, u = 1. */
export function relax(U: Instance): RelaxedInstance {
  return { commW: U.commW, commE: IDENTITY, u: 1n, X: U.X };
}

/** U1 + r U2, given the commitment to their cross term. */
export function foldInstances(
  curve: Curve,
  U1: RelaxedInstance,
  U2: Instance,
  commT: AffinePoint,
  r: bigint,
): RelaxedInstance {
  const F = curve.scalar;
  return {
    commW: curve.add(U1.commW, curve.mul(r, U2.commW)),
    commE: curve.add(U1.commE, curve.mul(r, commT)),
    u: F.add(U1.u, r),
    X: U1.X.map((x, i) => F.add(x, F.mul(r, U2.X[i]))),
  };
}

/** U1 + r U2 of two relaxed instances, given the commitment to their cross term. */
export function foldRelaxedInstances(
  curve: Curve,
  U1: RelaxedInstance,
  U2: RelaxedInstance,
  commT: AffinePoint,
  r: bigint,
): RelaxedInstance {
  const F = curve.scalar;
  const commTE = curve.sum([
    [r, commT],
    [F.sqr(r), U2.commE],
  ]);
  return {
    commW: curve.add(U1.commW, curve.mul(r, U2.commW)),
    commE: curve.add(U1.commE, commTE),
    u: F.add(U1.u, F.mul(r, U2.u)),
    X: U1.X.map((x, i) => F.add(x, F.mul(r, U2.X[i]))),
  };
}

/**
 * The instance without its blinds: the commitments become those with the blind zero.
 *
 * @param h the generator of the blinds
 */
export function derandomize(
  curve: Curve,
  h: AffinePoint,
  U: RelaxedInstance,
  rW: bigint,
  rE: bigint,
): RelaxedInstance {
  const minus = (P: AffinePoint, r: bigint) => curve.add(P, curve.neg(curve.mul(r, h)));
  return { commW: minus(U.commW, rW), commE: minus(U.commE, rE), u: U.u, X: U.X };
}

/** Absorbs commW, commE, u and X under one label. @throws {@link NovaError} `InvalidFieldElement` */
export function absorbRelaxedInstance(transcript: KeccakTranscript, label: string, U: RelaxedInstance): void {
  transcript.absorbPoint(label, U.commW);
  transcript.absorbPoint('', U.commE);
  transcript.absorbScalars('', [U.u, ...U.X]);
}

// In an encoding X comes before u; the random oracle and the transcript take them the other way round.

export function writeInstance(w: ByteWriter, curve: Curve, U: Instance): void {
  w.point(curve, U.commW);
  w.elements(curve.scalar, U.X);
}

export function readInstance(r: ByteReader, curve: Curve): Instance {
  const commW = r.point(curve);
  const X = r.elements(curve.scalar);
  return { commW, X };
}

export function writeRelaxedInstance(w: ByteWriter, curve: Curve, U: RelaxedInstance): void {
  w.point(curve, U.commW);
  w.point(curve, U.commE);
  w.elements(curve.scalar, U.X);
  w.element(curve.scalar, U.u);
}

export function readRelaxedInstance(r: ByteReader, curve: Curve): RelaxedInstance {
  const commW = r.point(curve);
  const commE = r.point(curve);
  const X = r.elements(curve.scalar);
  const u = r.element(curve.scalar);
  return { commW, commE, u, X };
}
