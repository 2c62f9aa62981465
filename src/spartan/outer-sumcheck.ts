/**
 * The outer sum-check of both SNARKs: that the sum of eq(tau, x) (Az(x) Bz(x) - (u Cz(x) + E(x))) over all rows x is zero, down to
 * the values of A z, B z, C z and E at a random point.
 *
 * `proveOuter` and `verifyOuter` go through the same steps in the same order.
 */
import type { Backend, Control, Matrices, Vec } from '../backend/backend.ts';
import { eqAt, eqPairs } from '../field/eq.ts';
import type { PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { Workspace } from '../pcs/workspace.ts';
import type { RelaxedInstance } from '../r1cs/instance.ts';
import { EqFactor } from './eq-factor.ts';
import { Multilinear } from './multilinear.ts';
import type { UnblindedWitness } from './relaxed-snark.ts';
import { checkClaim, verifySumcheck, type SumcheckProof } from './sumcheck.ts';
import { proveEqCubic } from './sumcheck-prover.ts';

/** The values at the random point. */
export type OuterClaims = readonly [Az: bigint, Bz: bigint, Cz: bigint, E: bigint];

export interface OuterResult {
  readonly point: readonly bigint[];
  readonly proof: SumcheckProof;
  readonly claims: OuterClaims;
}

/** Vectors of a workspace, of one element for each row of the padded shape. */
export interface OuterVectors {
  readonly Az: Vec;
  readonly Bz: Vec;
  readonly Cz: Vec;
  readonly uCzE: Vec;
  /** In the end, the table of eq(point, .). */
  readonly eq: Vec;
}

/** Leaves the claims for the caller to absorb. @throws {@link NovaError} `Aborted` */
export async function proveOuter(
  backend: Backend,
  workspace: Workspace,
  matrices: Matrices,
  vectors: OuterVectors,
  transcript: KeccakTranscript,
  U: RelaxedInstance,
  { W, E }: UnblindedWitness,
  control: Control,
): Promise<OuterResult> {
  const { polynomials, sumcheck } = backend;
  const { Az, Bz, Cz, uCzE, eq } = vectors;
  const F = eq.field;
  const tau = squeezeTau(transcript, eq.length);

  for (const table of [Az, Bz, Cz]) backend.clear(table);
  const [AZ, BZ, CZ] = [Az, Bz, Cz].map((table) => workspace.prefix(table, matrices.shape.constraints));
  backend.products({ AZ, BZ, CZ }, matrices, W, U.u, U.X);
  polynomials.combine(uCzE, [
    { c: U.u, v: Cz },
    { c: 1n, v: E },
  ]);
  const eqTau = new EqFactor(backend, workspace, eq, tau);
  const [a, b, c] = [Az, Bz, uCzE].map((table) => new Multilinear(backend, workspace, table));
  const { point, proof } = await proveEqCubic(backend, transcript, 0n, eqTau, a, b, c, control);

  polynomials.tensor(eq, eqPairs(F, point));
  const claims = await backend.read(
    [sumcheck.sum(a.values), sumcheck.sum(b.values), sumcheck.inner(Cz, eq), sumcheck.inner(E, eq)],
    { signal: control.signal },
  );
  return { point, proof, claims };
}

/** Returns the point. @throws {@link NovaError} `InvalidSumcheckProof` */
export function verifyOuter(
  F: PrimeField,
  transcript: KeccakTranscript,
  rows: number,
  u: bigint,
  proof: SumcheckProof,
  [Az, Bz, Cz, E]: OuterClaims,
): readonly bigint[] {
  const tau = squeezeTau(transcript, rows);
  const run = verifySumcheck(F, transcript, 0n, tau.length, 3, proof);
  const residue = F.sub(F.mul(Az, Bz), F.add(F.mul(u, Cz), E));
  checkClaim(run, F.mul(eqAt(F, tau, run.point), residue), 'outer');
  return run.point;
}

function squeezeTau(transcript: KeccakTranscript, rows: number): bigint[] {
  return transcript.squeezeMany('t', Math.log2(rows));
}
