/**
 * The sum-check protocol: that the sum of a polynomial of low degree over {0, 1}^k is what the prover claims, down to one value
 * of the polynomial at a random point. A round binds the first variable that is left: the prover sends the sum over the others
 * as a polynomial s in it, with s(0) + s(1) equal to the claim, and the next claim is s(r) for a challenge r.
 *
 * This is the part that prover and verifier share, and the verifier (nova-snark's src/spartan/sumcheck.rs); the provers are in
 * sumcheck-prover.ts.
 */
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';

/** The coefficients of a polynomial but the linear one, lowest first: as many as its degree. The claim gives the linear one. */
export type RoundPolynomial = readonly bigint[];

/** One polynomial for every round. */
export type SumcheckProof = readonly RoundPolynomial[];

/** What a run of the protocol comes to: "the polynomial has this value at this point". */
export interface SumcheckResult {
  readonly point: readonly bigint[];
  readonly claim: bigint;
}

/** A run of the protocol on a transcript; prover and verifier go through the same rounds. */
export class Sumcheck implements SumcheckResult {
  readonly #F: PrimeField;
  readonly #transcript: KeccakTranscript;
  #claim: bigint;
  readonly #polynomials: RoundPolynomial[] = [];
  readonly #point: bigint[] = [];

  constructor(F: PrimeField, transcript: KeccakTranscript, claim: bigint) {
    this.#F = F;
    this.#transcript = transcript;
    this.#claim = claim;
  }

  /** What the polynomial's sum over the variables that are left must be. */
  get claim(): bigint {
    return this.#claim;
  }

  /** The challenges so far. */
  get point(): readonly bigint[] {
    return this.#point;
  }

  /** The messages so far. */
  get proof(): SumcheckProof {
    return this.#polynomials;
  }

  /** A round, given its message: returns the challenge. */
  round(s: RoundPolynomial): bigint {
    this.#transcript.absorbScalars('p', s);
    const r = this.#transcript.squeeze('c');
    this.#claim = evaluateRound(this.#F, s, this.#claim, r);
    this.#polynomials.push(s);
    this.#point.push(r);
    return r;
  }
}

/** s(x), for the s with s(0) + s(1) = claim. */
export function evaluateRound(F: PrimeField, s: RoundPolynomial, claim: bigint, x: bigint): bigint {
  const [c0, ...higher] = s;
  const linear = higher.reduce((rest, c) => F.sub(rest, c), F.sub(claim, F.add(c0, c0)));
  return [c0, linear, ...higher].reduceRight((sum, c) => F.add(F.mul(sum, x), c), 0n);
}

/**
 * The verifier. Every polynomial must have exactly `degree` coefficients, as honest provers send them: more would be of a higher
 * degree, and with fewer a proof would have several encodings.
 *
 * @throws {@link NovaError} `InvalidSumcheckProof`
 */
export function verifySumcheck(
  F: PrimeField,
  transcript: KeccakTranscript,
  claim: bigint,
  rounds: number,
  degree: number,
  proof: SumcheckProof,
): SumcheckResult {
  if (proof.length !== rounds) {
    throw invalid(`it has ${proof.length} rounds and should have ${rounds}`);
  }
  const odd = proof.findIndex((s) => s.length !== degree);
  if (odd !== -1) {
    throw invalid(`the polynomial of round ${odd} has ${proof[odd].length} coefficients, not ${degree}`);
  }
  const run = new Sumcheck(F, transcript, claim);
  for (const s of proof) run.round(s);
  return run;
}

/** @throws {@link NovaError} `InvalidSumcheckProof` unless the claim that is left is `expected` */
export function checkClaim(run: SumcheckResult, expected: bigint, what: string): void {
  if (run.claim !== expected)
    throw invalid(`the ${what} sum-check ends in another value than the claimed ones`);
}

/** Several claims as one: the sum of coefficients[i] claims[i]. */
export function joinClaims(
  F: PrimeField,
  coefficients: readonly bigint[],
  claims: readonly bigint[],
): bigint {
  return claims.reduce((sum, claim, i) => F.add(sum, F.mul(coefficients[i], claim)), 0n);
}

function invalid(why: string): NovaError {
  return new NovaError('InvalidSumcheckProof', `a sum-check proof does not verify: ${why}`);
}

/** A vector of polynomials, each the vector of its coefficients. */
export function writeSumcheckProof(w: ByteWriter, F: PrimeField, proof: SumcheckProof): void {
  w.u64(proof.length);
  for (const s of proof) w.elements(F, s);
}

/** The verifier checks the lengths. @throws {@link NovaError} `InvalidEncoding` */
export function readSumcheckProof(r: ByteReader, F: PrimeField, what: string): SumcheckProof {
  // a polynomial takes its length at least
  const rounds = r.length(8, what);
  return Array.from({ length: rounds }, (_, i) => r.elements(F, `round ${i} of ${what}`));
}
