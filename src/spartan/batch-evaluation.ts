/**
 * Several claims about values of polynomials, each at a point of its own, reduced to one (nova-snark's `batch_eval_reduce` and
 * `batch_eval_verify`, src/spartan/mod.rs): a sum-check moves them to one point, and a random combination joins them.
 * Polynomials may differ in size. In the sum-check a shorter one does not depend on the first variables; in the combination
 * it counts as followed by zeros.
 *
 * `reduceEvaluations` and `verifyEvaluations` go through the same steps in the same order.
 */
import type { Backend, Control, Pending, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { EvaluationClaim } from '../pcs/evaluation-engine.ts';
import type { Workspace } from '../pcs/workspace.ts';
import { EqFactor } from './eq-factor.ts';
import { eqAt, eqAtZero } from '../field/eq.ts';
import { Multilinear } from './multilinear.ts';
import { checkClaim, verifySumcheck, type SumcheckProof } from './sumcheck.ts';
import { proveEvaluations } from './sumcheck-prover.ts';

/** What the prover sends: the sum-check, and the values of all polynomials at its point. */
export interface BatchProof {
  readonly sumcheck: SumcheckProof;
  readonly evals: readonly bigint[];
}

/** A claim in k variables, as its prover has it. */
export interface ProvedEvaluation extends EvaluationClaim {
  /** The polynomial's values; those that are missing at the end are zero. Not changed. */
  readonly P: Vec;
  /** A vector of the workspace, of 2^k elements or more, for a copy of P. */
  readonly table: Vec;
  /** A vector of the workspace, of 2^(k-1) elements or more. */
  readonly eq: Vec;
}

/** Reduces true claims to one, and writes the polynomial that it is about to `joint`, of the largest one's length. */
export async function reduceEvaluations(
  backend: Backend,
  workspace: Workspace,
  curve: Curve,
  transcript: KeccakTranscript,
  evaluations: readonly ProvedEvaluation[],
  joint: Vec,
  control: Control,
): Promise<{ claim: EvaluationClaim; proof: BatchProof }> {
  const F = curve.scalar;
  const rho = powers(F, transcript.squeeze('r'), evaluations.length);

  const parts = evaluations.map(({ point, value, P, table, eq }) => {
    const copy = workspace.prefix(table, 2 ** point.length);
    backend.polynomials.combine(copy, [{ c: 1n, v: P }]);
    return {
      claim: value,
      eq: new EqFactor(backend, workspace, eq, point),
      P: new Multilinear(backend, workspace, copy),
    };
  });
  const sum = joinClaims(F, evaluations, rho);
  const run = await proveEvaluations(backend, transcript, sum, parts, rho, control);
  const evals = await backend.read(
    parts.map((part): Pending<bigint> => backend.sumcheck.sum(part.P.values)),
    { signal: control.signal },
  );

  transcript.absorbScalars('l', evals);
  const c = transcript.squeeze('c');
  const coefficients = powers(F, c, evaluations.length);
  const terms = evaluations.map(({ P }, i) => ({ c: coefficients[i], v: P }));
  backend.polynomials.combine(joint, terms);
  const claim = combineClaims(curve, evaluations, run.point, evals, coefficients);
  return { claim, proof: { sumcheck: run.proof, evals } };
}

/**
 * The claim that `reduceEvaluations` arrives at.
 *
 * @throws {@link NovaError} `InvalidSumcheckProof`
 */
export function verifyEvaluations(
  curve: Curve,
  transcript: KeccakTranscript,
  claims: readonly EvaluationClaim[],
  { sumcheck, evals }: BatchProof,
): EvaluationClaim {
  const F = curve.scalar;
  if (evals.length !== claims.length) {
    throw new NovaError(
      'InvalidSumcheckProof',
      `the proof has ${evals.length} values for the batch of ${claims.length} polynomials`,
    );
  }
  const rho = powers(F, transcript.squeeze('r'), claims.length);

  const rounds = longest(claims);
  const run = verifySumcheck(F, transcript, joinClaims(F, claims, rho), rounds, 2, sumcheck);
  const expected = claims.reduce((sum, { point }, i) => {
    const eq = eqAt(F, point, run.point.slice(rounds - point.length));
    return F.add(sum, F.mul(rho[i], F.mul(eq, evals[i])));
  }, 0n);
  checkClaim(run, expected, 'batch');

  transcript.absorbScalars('l', evals);
  const c = transcript.squeeze('c');
  return combineClaims(curve, claims, run.point, evals, powers(F, c, claims.length));
}

/** The sum that is checked: of every polynomial over all variables, those on which it does not depend included. */
function joinClaims(F: PrimeField, claims: readonly EvaluationClaim[], rho: readonly bigint[]): bigint {
  const variables = longest(claims);
  return claims.reduce((sum, { point, value }, i) => {
    const copies = F.pow(2n, BigInt(variables - point.length));
    return F.add(sum, F.mul(rho[i], F.mul(copies, value)));
  }, 0n);
}

/** The claim that the combination of polynomials with values `evals` at the ends of `point` makes, zeros appended. */
export function combineClaims(
  curve: Curve,
  claims: readonly Pick<EvaluationClaim, 'comm' | 'point'>[],
  point: readonly bigint[],
  evals: readonly bigint[],
  coefficients: readonly bigint[],
): EvaluationClaim {
  const F = curve.scalar;
  const comm = curve.sum(claims.map((claim, i) => [coefficients[i], claim.comm]));
  const value = claims.reduce((sum, claim, i) => {
    const zeros = eqAtZero(F, point.slice(0, point.length - claim.point.length));
    return F.add(sum, F.mul(coefficients[i], F.mul(zeros, evals[i])));
  }, 0n);
  return { comm, point, value };
}

function longest(claims: readonly EvaluationClaim[]): number {
  return Math.max(...claims.map(({ point }) => point.length));
}

/** 1, x, ..., x^(n-1) */
export function powers(F: PrimeField, x: bigint, n: number): bigint[] {
  const list = [1n];
  while (list.length < n) list.push(F.mul(list[list.length - 1], x));
  return list;
}
