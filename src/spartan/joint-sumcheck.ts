/** The prover of several sum-checks as one: their polynomials are summed with coefficients, and they share all challenges. */
import type { Backend, Control, Pending } from '../backend/backend.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { PrimeField } from '../field/field.ts';
import { Sumcheck, type RoundPolynomial } from './sumcheck.ts';

/** What an operation of the engine answers. */
export type Answer = bigint | readonly bigint[];

/** A claim, or several, among those that are proved together; its coefficient is part of its messages. */
export interface JointClaim {
  /** Asks the engine for what this round's message needs. */
  ask(): readonly Pending<Answer>[];
  /**
   * The claim's share of this round's message, of degree 3.
   *
   * @param answers to what was asked, one number after the other
   */
  message(answers: readonly bigint[]): Promise<RoundPolynomial>;
  /** Binds the round's variable to r. */
  bind(r: bigint): void;
}

/** That the claims, with their coefficients, sum up to `claim`. A round is one read, whatever the number of claims. */
export async function proveJointly(
  backend: Backend,
  F: PrimeField,
  transcript: KeccakTranscript,
  claim: bigint,
  rounds: number,
  claims: readonly JointClaim[],
  control: Control,
): Promise<Sumcheck> {
  const run = new Sumcheck(F, transcript, claim);
  while (run.point.length < rounds) {
    const asked = claims.map((one) => one.ask());
    const answers = await backend.read(asked.flat(), { signal: control.signal });
    let message: RoundPolynomial = [0n, 0n, 0n];
    let at = 0;
    for (const [i, one] of claims.entries()) {
      const share = await one.message(answers.slice(at, (at += asked[i].length)).flat());
      message = message.map((c, k) => F.add(c, share[k]));
    }
    const r = run.round(message);
    for (const one of claims) one.bind(r);
    control.onProgress?.(run.point.length / rounds);
  }
  return run;
}
