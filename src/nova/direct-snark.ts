import { isRefusal, NovaError, UnSatError } from '../errors.ts';
import type { Backend, Bases, Matrices } from '../backend/backend.ts';
import { directCircuit } from '../circuit/direct-circuit.ts';
import type { PrivateInputs, StepCircuit } from '../circuit/step-circuit.ts';
import type { Cycle } from '../curve/cycles.ts';
import { RandomElements, systemRng, type Rng } from '../field/random.ts';
import { control, nextTurn, within, type TaskOptions } from '../pace.ts';
import type { PtauSource } from '../pcs/ptau.ts';
import { derandomize, relax } from '../r1cs/instance.ts';
import type { KeyOptions } from '../spartan/relaxed-snark.ts';
import { cycleOf, keySize, makeCommitmentKey, ptauFor } from './commitment-key.ts';
import {
  DirectProverKey,
  type DirectResidents,
  DirectVerifierKey,
  makeDirectResidents,
  type DirectSnark,
} from './direct-keys.ts';
import { decodeDirectProof, encodeDirectProof, verifyDirect, type DirectProof } from './direct-verifier.ts';
import { checkInitialState } from './initial-state.ts';
import { openingOf, spartan } from './final-snarks.ts';
import { wrongAnswers } from './successors.ts';

/** How the keys of direct proofs are made. */
export interface DirectSetupOptions extends KeyOptions {
  /** The cycle whose primary curve the proofs are on. Default: pasta. */
  readonly cycle?: Cycle | string;
  /** Default: `snark`. */
  readonly snark?: DirectSnark;
  /** Where the powers of tau of `bn-kzg` and `bn-mercury` come from, as in `PublicParams.setup`. */
  readonly ptau?: PtauSource | undefined;
  /** The engine that keeps the keys and works with them. The caller closes it. */
  readonly backend: Backend;
}

/** How a direct proof is made. */
export interface DirectProveOptions extends TaskOptions {
  /** Source of the blind. Default: the platform's. */
  readonly rng?: Rng | undefined;
  /** Private inputs of the step. */
  readonly inputs?: PrivateInputs | undefined;
}

/** A direct proof fresh from the prover. */
export interface ProvedStep {
  readonly proof: DirectSNARK;
  /** The state after the step. */
  readonly zNext: readonly bigint[];
}

/**
 * A proof of one step, zNext = F(z), without folding: nova-snark's `DirectSNARK`. z and zNext are public. It is succinct, but
 * unlike a {@link CompressedSNARK} it does not hide the witness: the sum-checks tell values that depend on it.
 *
 * @example
 * const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
 * const { proof, zNext } = await DirectSNARK.prove(pk, [2n]); // zNext is [15n]
 * await proof.verify(vk, [2n], zNext);
 */
export class DirectSNARK {
  readonly cycle: Cycle;
  readonly snark: DirectSnark;
  readonly #vk: Pick<DirectVerifierKey, 'curve' | 'verifier'>;
  readonly #proof: DirectProof;

  private constructor(vk: DirectVerifierKey, proof: DirectProof) {
    this.cycle = vk.cycle;
    this.snark = vk.snark;
    this.#vk = vk;
    this.#proof = proof;
  }

  /**
   * Synthesises the circuit and makes both keys. The prover key uses the verifier key: close that one last.
   *
   * @throws {@link NovaError} `UnknownCycle`, `InvalidArgument`, `InvalidInputLength` (more public inputs than fit), `Aborted`,
   * `OutOfMemory`, what powers of tau are refused for, and what the circuit's `synthesize` throws
   */
  static async setup(
    stepCircuit: StepCircuit,
    options: DirectSetupOptions,
  ): Promise<{ pk: DirectProverKey; vk: DirectVerifierKey }> {
    const { snark: name = 'snark', backend } = options;
    if (name !== 'snark' && name !== 'ppsnark') {
      throw new NovaError('InvalidArgument', 'a direct proof is made with snark or ppsnark');
    }
    const cycle = cycleOf(options);
    const ptau = ptauFor(cycle, options.ptau);
    const curve = cycle.primary;
    options.onProgress?.({ phase: 'circuit', share: 0 });
    const circuit = directCircuit(curve.scalar, stepCircuit);
    await nextTurn();

    // what the verifier is to believe comes from an engine that is believed
    const believed = (await backend.supervision?.checker()) ?? backend;
    const snark = spartan(openingOf(cycle), name === 'ppsnark');
    const owned: (Bases | Matrices)[] = [];
    try {
      const n = keySize(circuit.matrices, name === 'ppsnark');
      const ck = await makeCommitmentKey(believed, curve, ptau, n, control(options, 'generators'));
      owned.push(ck.bases);
      const matrices = believed.matrices(circuit.matrices);
      owned.push(matrices);
      const keys = await snark.setup(believed, ck, matrices, options);
      keys.pk.close(); // the prover's engine may be another one
      const vk = await DirectVerifierKey.of(cycle, name, stepCircuit.arity, keys.vk, owned);
      const make = (engine: Backend, during: TaskOptions): Promise<DirectResidents> =>
        makeDirectResidents(engine, { circuit, ck, matrices, snark, vk }, during);
      return { pk: new DirectProverKey({ vk, circuit, snark, backend, make }), vk };
    } catch (error) {
      believed.free(...owned);
      throw error;
    }
  }

  /**
   * Proves the step from z, and verifies the proof before handing it out.
   *
   * @throws {@link NovaError} `InvalidInitialInputLength`, `InvalidFieldElement`, `InvalidInputLength` (private inputs),
   * `StepCircuitError`, `UnSat`, `RandomnessFailure`, `Busy`, `Aborted`, `BackendClosed`; `DeviceLost`, `DeviceFault`, `OutOfMemory`,
   * `EngineFault` if no engine is left to try
   */
  static prove(
    pk: DirectProverKey,
    z: readonly bigint[],
    options: DirectProveOptions = {},
  ): Promise<ProvedStep> {
    return pk.exclusive.run(async () => {
      const { curve } = pk.vk;
      checkInitialState(curve.scalar, z, pk.circuit.stepCircuit.arity);
      // the same for all engines that try
      let rW: bigint | undefined;
      const draw = (): bigint => (rW ??= new RandomElements(options.rng ?? systemRng).next(curve.scalar));
      return pk.use((residents) => DirectSNARK.#prove(pk, residents, z, draw, options), options);
    });
  }

  static async #prove(
    pk: DirectProverKey,
    { backend, bases, matrices, witness, key, vectors }: DirectResidents,
    z: readonly bigint[],
    draw: () => bigint,
    options: DirectProveOptions,
  ): Promise<ProvedStep> {
    const { vk, circuit, snark } = pk;
    const { curve } = vk;
    const { W, E, products } = vectors;

    // the witness, and its commitment
    const packed = circuit.pack(z, options.inputs);
    const X = await backend.generate(witness, packed, W, control(options, 'witness'));
    const rW = draw();
    backend.products(products, matrices, W, 1n, X);
    const [row, commW] = await backend.read(
      [backend.firstUnsatisfied(products, 1n), backend.commit(bases, W, rW)],
      control(options, 'commitment'),
    );
    if (row !== -1) throw await unsatisfied(pk, backend, packed, row);

    // the SNARK is about the commitment without its blind
    const U = derandomize(curve, vk.h, relax({ commW, X }), rW, 0n);
    try {
      const inner = await snark.prove(key, U, { W, E }, options);

      const proof = new DirectSNARK(vk, { commW, rW, snark: inner });
      const zNext = X.slice(circuit.stepCircuit.arity);
      await proof.verify(vk, z, zNext, within(options, 'verifying'));
      return { proof, zNext };
    } catch (error) {
      if (backend.supervision === undefined || !isRefusal(error)) throw error;
      throw wrongAnswers(backend, 'the proof that it made does not verify on the CPU', error);
    }
  }

  /**
   * The proof that `bytes` (of {@link DirectSNARK.encode}, or of nova-snark) encode. It is not verified.
   *
   * @throws {@link NovaError} `InvalidEncoding`
   */
  static decode(vk: DirectVerifierKey, bytes: Uint8Array): DirectSNARK {
    return new DirectSNARK(vk, decodeDirectProof(vk, bytes));
  }

  /**
   * Verifies that the step leads from z to zNext.
   *
   * @throws {@link NovaError} `ProofVerifyError`, `InvalidSumcheckProof`, `InvalidPCS`, `InvalidInputLength`;
   * `InvalidFieldElement` (z or zNext), `Aborted`
   */
  async verify(
    vk: DirectVerifierKey,
    z: readonly bigint[],
    zNext: readonly bigint[],
    options: TaskOptions = {},
  ): Promise<void> {
    if (vk.cycle.name !== this.cycle.name || vk.snark !== this.snark) {
      throw new NovaError(
        'ProofVerifyError',
        `this is a proof with ${this.snark} on ${this.cycle.name}, and the key is for ${vk.snark} on ${vk.cycle.name}`,
      );
    }
    return verifyDirect(vk, this.#proof, z, zNext, options);
  }

  /** The encoding of the proof, byte for byte nova-snark's. */
  encode(): Uint8Array {
    return encodeDirectProof(this.#vk, this.#proof);
  }
}

/** What to say of a constraint that is broken by what the engine computed: it may be the engine that is wrong. */
async function unsatisfied(
  pk: DirectProverKey,
  backend: Backend,
  packed: readonly bigint[],
  row: number,
): Promise<NovaError> {
  const { supervision } = backend;
  const found =
    supervision === undefined ? row : await pk.firstUnsatisfied(await supervision.checker(), packed);
  if (found !== -1) return new UnSatError('direct', found, pk.circuit.path(found));
  return wrongAnswers(backend, `it found constraint ${row} broken, and the CPU does not`);
}
