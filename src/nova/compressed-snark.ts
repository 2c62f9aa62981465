import { NovaError } from '../errors.ts';
import type { Cycle } from '../curve/cycles.ts';
import { within, type TaskOptions } from '../pace.ts';
import type { KeyOptions } from '../spartan/relaxed-snark.ts';
import { decodeCompressedProof, encodeCompressedProof, type CompressedProof } from './compressed-proof.ts';
import { compress } from './compressed-prover.ts';
import { verifyCompressed } from './compressed-verifier.ts';
import { checkFinalSnark, type FinalSnark } from './final-snark.ts';
import { finalSNARKs } from './final-snarks.ts';
import type { FinalVerifiers } from './final-verifiers.ts';
import type { PublicParams } from './params.ts';
import { ProverKey } from './prover-key.ts';
import type { RecursiveSNARK } from './recursive-snark.ts';
import { VerifierKey } from './verifier-key.ts';

/** How the keys of compressed proofs are made. */
export interface CompressedSetupOptions extends KeyOptions {
  /** The SNARKs that end the proofs. Default: those that the parameters' hint made room for. */
  readonly snark?: FinalSnark;
}

/**
 * A proof of n steps for everybody: about ten kilobytes, and nothing about the witness but that it exists. The number of steps,
 * z0 and zn are public.
 *
 * @example
 * const { pk, vk } = await CompressedSNARK.setup(pp);
 * const proof = await CompressedSNARK.prove(pk, snark); // a RecursiveSNARK, which can go on afterwards
 * const bytes = proof.encode();
 * // somewhere else, with the same vk (VerifierKey.decode, or setup again)
 * const zn = await CompressedSNARK.decode(vk, bytes).verify(vk, 3, [2n]);
 */
export class CompressedSNARK {
  readonly cycle: Cycle;
  readonly snark: FinalSnark;
  readonly #verifiers: FinalVerifiers;
  readonly #proof: CompressedProof;

  private constructor({ cycle, snark, verifiers }: VerifierKey, proof: CompressedProof) {
    this.cycle = cycle;
    this.snark = snark;
    this.#verifiers = verifiers;
    this.#proof = proof;
  }

  /**
   * The keys of the prover and the verifier for these parameters, which must stay open as long as the keys do.
   *
   * @throws {@link NovaError} `InvalidArgument`, `InvalidCommitmentKeyLength` (parameters without room for this SNARK), `Aborted`,
   * `OutOfMemory`
   */
  static async setup(
    pp: PublicParams,
    options: CompressedSetupOptions = {},
  ): Promise<{ pk: ProverKey; vk: VerifierKey }> {
    const name = checkFinalSnark(options.snark ?? snarkOf(pp));
    const snarks = finalSNARKs(pp.cycle, name);
    const believed = await pp.believed();
    // what the verifier is to believe comes from an engine that is believed
    const setup = (side: 'primary' | 'secondary') =>
      snarks[side].setup(believed.backend, believed[side], believed[side].matrices, within(options, side));
    const primary = await setup('primary');
    try {
      const secondary = await setup('secondary');
      const vk = await VerifierKey.of({
        cycle: pp.cycle,
        snark: name,
        arity: pp.stepCircuit.arity,
        ppDigest: pp.digest,
        primary: primary.vk,
        secondary: secondary.vk,
      });
      const keys = { backend: believed.backend, primary: primary.pk, secondary: secondary.pk };
      const pk = new ProverKey({ pp, vk, snarks, keys });
      return { pk, vk };
    } catch (error) {
      primary.pk.close();
      primary.vk.close();
      throw error;
    }
  }

  /**
   * Compresses a recursive proof, and verifies the result before handing it out. The recursive proof stays as it is and can go
   * on. Its random source gives the blinds: two proofs of one state have nothing in common but what is public.
   *
   * @throws {@link NovaError} `InvalidNumSteps` (no step was proved yet), `ParamsMismatch` (a proof with other parameters),
   * `RandomnessFailure`, `Busy`, `Aborted`; `ProofVerifyError`, `UnSat`, `InvalidSumcheckProof`, `InvalidPCS` for a recursive proof
   * that does not verify itself; `DeviceLost`, `DeviceFault`, `OutOfMemory`, `EngineFault` if no engine is left to try
   */
  static async prove(
    pk: ProverKey,
    snark: RecursiveSNARK,
    options: TaskOptions = {},
  ): Promise<CompressedSNARK> {
    if (snark.pp !== pk.pp) {
      throw new NovaError('ParamsMismatch', 'the key was made for other parameters than the recursive proof');
    }
    if (snark.numSteps === 0) {
      throw new NovaError('InvalidNumSteps', 'no step is proved yet: call proveStep before compressing');
    }
    return snark.lend(async (prover, state, random) => {
      const proof = await compress(prover, pk, state, random, options);
      const { vk } = pk; // on an engine that is believed, whatever the prover's is
      await verifyCompressed(vk, proof, state.i, state.z0, within(options, 'verifying'));
      return new CompressedSNARK(vk, proof);
    }, options);
  }

  /**
   * The proof that `bytes` (of {@link CompressedSNARK.encode}, or of nova-snark) encode. It is not verified.
   *
   * @throws {@link NovaError} `InvalidEncoding`
   */
  static decode(vk: VerifierKey, bytes: Uint8Array): CompressedSNARK {
    return new CompressedSNARK(vk, decodeCompressedProof(vk.cycle, vk.verifiers, bytes));
  }

  /** The state that the proof claims the steps lead to. Only {@link CompressedSNARK.verify} says whether they do. */
  get outputs(): readonly bigint[] {
    return this.#proof.zn;
  }

  /**
   * Verifies that this is a proof of `numSteps` steps from z0, and returns the state that they lead to.
   *
   * @throws {@link NovaError} `ProofVerifyError` (another start, number of steps, computation or key), `InvalidSumcheckProof`,
   * `InvalidPCS`, `InvalidInputLength` (a malformed proof); `InvalidNumSteps`, `InvalidFieldElement` (z0), `Aborted`
   */
  async verify(
    vk: VerifierKey,
    numSteps: number,
    z0: readonly bigint[],
    options: TaskOptions = {},
  ): Promise<readonly bigint[]> {
    if (vk.cycle.name !== this.cycle.name || vk.snark !== this.snark) {
      throw new NovaError(
        'ProofVerifyError',
        `this is a proof with ${this.snark} on ${this.cycle.name}, and the key is for ${vk.snark} on ${vk.cycle.name}`,
      );
    }
    return verifyCompressed(vk, this.#proof, numSteps, z0, options);
  }

  /** The encoding of the proof, byte for byte nova-snark's. */
  encode(): Uint8Array {
    return encodeCompressedProof(this.cycle, this.#verifiers, this.#proof);
  }
}

/** The SNARK that the parameters' hint made room for. */
function snarkOf({ hint }: PublicParams): FinalSnark {
  return hint === 'default' ? 'snark' : hint;
}
