/** The verifier of a recursive proof. */
import { NovaError, UnSatError } from '../errors.ts';
import { control, type TaskOptions } from '../pace.ts';
import { NUM_IO } from './constants.ts';
import type { FreshBuffers, RunningBuffers } from './nifs.ts';
import { publicHash } from './oracle.ts';
import type { PublicParams, Side } from './params.ts';
import type { RecursiveState, StepBuffers } from './recursive-state.ts';

/**
 * Checks that a state is one of `numSteps` steps from z0, and returns where they lead. Works in the vectors that the state
 * does not hold, so it allocates nothing.
 *
 * @throws {@link NovaError} `ProofVerifyError`, `UnSat`
 */
export async function verifyState(
  pp: PublicParams,
  b: StepBuffers,
  s: RecursiveState,
  numSteps: number,
  z0: readonly bigint[],
  options: TaskOptions,
): Promise<readonly bigint[]> {
  // number of steps, start, lengths
  const { arity } = pp.stepCircuit;
  const sameStart = z0.length === arity && s.z0.length === arity && z0.every((z, k) => z === s.z0[k]);
  const lengths = [s.lUSecondary, s.rUPrimary, s.rUSecondary].every((U) => U.X.length === NUM_IO);
  if (numSteps === 0 || s.i !== numSteps || !sameStart || s.zi.length !== arity || !lengths) {
    throw new NovaError(
      'ProofVerifyError',
      `Invalid number of steps or inputs: the proof is of ${s.i} steps${sameStart ? '' : ' from another z0'}`,
    );
  }

  // the last instance's public inputs link both running instances to this computation
  const [E1, E2] = [pp.primary.curve, pp.secondary.curve];
  const hashPrimary = publicHash(E2, pp.digest, numSteps, z0, s.zi, s.rUSecondary, s.riPrimary);
  const hashSecondary = publicHash(E1, pp.digest, numSteps, [0n], [0n], s.rUPrimary, s.riSecondary);
  if (hashPrimary !== E2.base.reduce(s.lUSecondary.X[0]) || hashSecondary !== s.lUSecondary.X[1]) {
    throw new NovaError('ProofVerifyError', 'Invalid output hash in R1CS instances');
  }

  // all three witnesses satisfy their instances and open their commitments
  const scratchPrimary = b.runningPrimary.spare(s.rWPrimary);
  const scratchSecondary = b.runningSecondary.spare(s.rWSecondary);
  const scratchLast = b.freshSecondary.spare(s.lWSecondary);
  const { backend: be, primary, secondary } = pp;
  const satisfied = (
    side: Side,
    scratch: FreshBuffers,
    W: RunningBuffers['W'],
    u: bigint,
    X: readonly bigint[],
    E?: RunningBuffers['E'],
  ) => {
    be.products(scratch.products, side.matrices, W, u, X);
    return be.firstUnsatisfied(scratch.products, u, E);
  };
  const {
    rWPrimary: W1,
    rUPrimary: U1,
    rWSecondary: W2,
    rUSecondary: U2,
    lWSecondary: w,
    lUSecondary: u,
  } = s;
  const [row1, row2, row, commW1, commE1, commW2, commE2, commW] = await be.read(
    [
      satisfied(primary, scratchPrimary, W1.W, U1.u, U1.X, W1.E),
      satisfied(secondary, scratchSecondary, W2.W, U2.u, U2.X, W2.E),
      satisfied(secondary, scratchLast, w.W, 1n, u.X),
      be.commit(primary.bases, W1.W, W1.rW),
      be.commit(primary.bases, W1.E, W1.rE),
      be.commit(secondary.bases, W2.W, W2.rW),
      be.commit(secondary.bases, W2.E, W2.rE),
      be.commit(secondary.bases, w.W, w.rW),
    ],
    control(options, 'verification'),
  );
  for (const [side, at] of [
    [primary, row1],
    [secondary, row2],
    [secondary, row],
  ] as const) {
    if (at !== -1) throw new UnSatError(side.circuit.name, at, side.circuit.path(at));
  }
  const open =
    E1.equals(commW1, U1.commW) &&
    E1.equals(commE1, U1.commE) &&
    E2.equals(commW2, U2.commW) &&
    E2.equals(commE2, U2.commE) &&
    E2.equals(commW, u.commW);
  if (!open) throw new NovaError('UnSat', 'Invalid commitments: a witness does not open its commitment');
  return s.zi;
}
