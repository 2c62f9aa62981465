/** The prover's side of a compressed proof. {@link verifyCompressed} goes through the same steps in the same order. */
import type { Vec } from '../backend/backend.ts';
import type { AffinePoint } from '../curve/curve.ts';
import type { RandomElements } from '../field/random.ts';
import { control, within, type TaskOptions } from '../pace.ts';
import { derandomize, type RelaxedInstance } from '../r1cs/instance.ts';
import type { CompressedProof } from './compressed-proof.ts';
import { NIFS, type RunningBuffers, type RunningWitness } from './nifs.ts';
import { NIFSRelaxed, type RelaxedWitness } from './nifs-relaxed.ts';
import type { PublicParams, Side } from './params.ts';
import type { ProverKey } from './prover-key.ts';
import { sampleRandomInstance } from './random-instance.ts';
import type { RecursiveProver } from './recursive-prover.ts';
import type { RecursiveState } from './recursive-state.ts';

/**
 * Compresses a state, which stays as it is: all vectors written are those that the state does not hold, and the SNARKs' own.
 * The state's cross term is used up.
 *
 * @throws {@link NovaError} `RandomnessFailure`, `Aborted`
 */
export async function compress(
  prover: RecursiveProver,
  pk: ProverKey,
  s: RecursiveState,
  random: RandomElements,
  options: TaskOptions,
): Promise<CompressedProof> {
  const { snarks } = pk;
  const keys = await pk.keys(options);
  const { pp, buffers: b } = prover;
  const [E1, E2] = [pp.primary.curve, pp.secondary.curve];

  // fold the last secondary instance into the running one
  const nifs = new NIFS(pp.backend, pp.secondary, pp.digest);
  const cross = s.crossTerm ?? (await prover.crossTerm(s, random.next(E2.scalar), options));
  const outUf = b.runningSecondary.spare(s.rWSecondary);
  const { U: Uf, W: Wf } = nifs.prove(
    s.rUSecondary,
    s.rWSecondary,
    s.lUSecondary,
    s.lWSecondary,
    cross,
    outUf,
  );

  // hide both running instances
  const secondary = await hide(pp, pp.secondary, Uf, Wf, random, options, {
    random: { ...b.freshSecondary.spare(s.lWSecondary), E: b.TSecondary.spare(cross.T) },
    T: cross.T,
    out: outUf,
  });
  const outPrimary = b.runningPrimary.spare(s.rWPrimary);
  const primary = await hide(pp, pp.primary, s.rUPrimary, s.rWPrimary, random, options, {
    random: { ...b.freshPrimary, E: outPrimary.products.AZ },
    T: b.TPrimary,
    out: outPrimary,
  });

  // take the blinds out of the commitments
  const UnPrimary = derandomize(E1, pk.vk.hPrimary, primary.Un, primary.Wn.rW, primary.Wn.rE);
  const UnSecondary = derandomize(E2, pk.vk.hSecondary, secondary.Un, secondary.Wn.rW, secondary.Wn.rE);

  // the SNARKs prove that the witnesses satisfy what is left
  const first = within(options, 'primary');
  const snarkPrimary = await snarks.primary.prove(keys.primary, UnPrimary, primary.Wn, first);
  const second = within(options, 'secondary');
  const snarkSecondary = await snarks.secondary.prove(keys.secondary, UnSecondary, secondary.Wn, second);

  return {
    rUSecondary: s.rUSecondary,
    riSecondary: s.riSecondary,
    lUSecondary: s.lUSecondary,
    commTUfSecondary: cross.commT,
    lUrSecondary: secondary.lUr,
    commTUnSecondary: secondary.commT,
    rUPrimary: s.rUPrimary,
    riPrimary: s.riPrimary,
    lUrPrimary: primary.lUr,
    commTUnPrimary: primary.commT,
    rWnPrimary: primary.Wn.rW,
    rEnPrimary: primary.Wn.rE,
    rWnSecondary: secondary.Wn.rW,
    rEnSecondary: secondary.Wn.rE,
    snarkPrimary,
    snarkSecondary,
    zn: s.zi,
  };
}

/** A running instance behind a random one, and what the verifier needs to follow. */
interface Hidden {
  readonly lUr: RelaxedInstance;
  readonly commT: AffinePoint;
  readonly Un: RelaxedInstance;
  readonly Wn: RelaxedWitness;
}

/** Folds a fresh random instance into (U, W). */
async function hide(
  { backend, digest }: PublicParams,
  side: Side,
  U: RelaxedInstance,
  W: RunningWitness,
  random: RandomElements,
  options: TaskOptions,
  buffers: {
    readonly random: RunningBuffers;
    readonly T: Vec;
    readonly out: Pick<RunningBuffers, 'W' | 'E'>;
  },
): Promise<Hidden> {
  const { T, out } = buffers;
  const phase = `${side.circuit.name} random instance`;
  const nifs = new NIFSRelaxed(backend, side, digest);
  const lr = await sampleRandomInstance(backend, side, random, buffers.random, control(options, phase));
  const rT = random.next(side.curve.scalar);
  const pendingT = nifs.commitCrossTerm(T, rT, U.u, W, lr.u, lr.W);
  const [commW, commE, commT] = await backend.read([lr.commW, lr.commE, pendingT], control(options, phase));
  const lUr: RelaxedInstance = { commW, commE, u: lr.u, X: lr.X };
  const { U: Un, W: Wn } = nifs.prove(U, W, lUr, lr.W, { T, rT, commT }, out);
  return { lUr, commT, Un, Wn };
}
