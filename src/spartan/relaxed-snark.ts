/**
 * What a SNARK of a relaxed R1CS instance offers (nova-snark's `RelaxedR1CSSNARKTrait`, src/traits/snark.rs): a short proof
 * that a witness (W, E) satisfies A z o B z = u C z + E for z = (W, u, X) and opens the commitments of U, which have no blinds.
 * `snark` and `ppsnark` are built for any polynomial commitment scheme.
 *
 * The verifier's half stands alone, so that a verifier need not carry a prover's code.
 */
import type { Backend, Matrices, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import type { Sha3 } from '../hash/digest.ts';
import type { TaskOptions } from '../pace.ts';
import type { CommitmentKey, ResidentKey } from '../pcs/evaluation-engine.ts';
import type { RelaxedInstance } from '../r1cs/instance.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';

/** A verifier key; its digest stands for it in every transcript. */
export interface SnarkVerifierKey extends ResidentKey {
  /** SHA3-256 of the key's encoding, its low 250 bits. */
  readonly digest: bigint;
}

/** A witness of a relaxed instance whose commitments were made without blinds, or had them removed. */
export interface UnblindedWitness {
  /** One element per variable. */
  readonly W: Vec;
  /** One element per constraint. */
  readonly E: Vec;
}

export interface KeyOptions extends TaskOptions {
  /** SHA3-256 for the digest. Default: Node's own, or, where there is none, that of @noble/hashes. */
  readonly sha3?: (() => Sha3) | undefined;
}

/** The verifier's half of a SNARK. */
export interface RelaxedSNARKVerifier<VK extends SnarkVerifierKey = SnarkVerifierKey, Proof = unknown> {
  /** `snark` or `ppsnark`. */
  readonly name: string;

  /**
   * Checks that `proof` proves the satisfiability of U.
   *
   * @throws {@link NovaError} `InvalidInputLength`, `InvalidSumcheckProof`, `InvalidPCS`, `ProofVerifyError`, `Aborted`
   */
  verify(vk: VK, U: RelaxedInstance, proof: Proof, options?: TaskOptions): Promise<void>;

  /** The encoding of a proof, as the reference's. */
  writeProof(w: ByteWriter, curve: Curve, proof: Proof): void;
  /** @throws {@link NovaError} `InvalidEncoding` */
  readProof(r: ByteReader, curve: Curve): Proof;

  /** The encoding of the key, as the reference's, in sections: digests and files take one after the other. */
  encodeVerifierKey(vk: VK): AsyncIterable<Uint8Array>;
  /** Computes the digest anew. @throws {@link NovaError} `InvalidEncoding`, `InvalidCommitmentKey`, `InvalidIndex`, `Aborted` */
  readVerifierKey(backend: Backend, curve: Curve, r: ByteReader, options?: KeyOptions): Promise<VK>;
}

/** A SNARK: what a prover needs, too. */
export interface RelaxedSNARK<
  CK extends CommitmentKey = CommitmentKey,
  PK extends ResidentKey = ResidentKey,
  VK extends SnarkVerifierKey = SnarkVerifierKey,
  Proof = unknown,
> extends RelaxedSNARKVerifier<VK, Proof> {
  /** The generators that a commitment key must have at least, beside those for W and E; 0 if these suffice. */
  ckFloor(shape: ConstraintMatrices): number;

  /**
   * Both keys. They use `ck` and `matrices` (of the shape as it is folded, without padding), which must stay open as long as
   * they do. The prover key makes its vectors when it is first used and keeps them, so that a second proof allocates nothing.
   *
   * @throws {@link NovaError} `InvalidCommitmentKeyLength`, `InvalidInputLength` (more public inputs than fit), `Aborted`
   */
  setup(backend: Backend, ck: CK, matrices: Matrices, options?: KeyOptions): Promise<{ pk: PK; vk: VK }>;

  /**
   * Another prover key for a verifier key of this shape, on an engine of its own. What the verifier key says is taken from there: it
   * need not be believed what this engine would make of it.
   *
   * @throws as `setup`
   */
  proverKey(backend: Backend, ck: CK, matrices: Matrices, vk: VK, options?: KeyOptions): Promise<PK>;

  /**
   * A proof that W satisfies U, which the caller knows: a proof of an unsatisfied instance does not verify. W is not changed.
   *
   * @throws {@link NovaError} `InvalidInputLength`, `InvalidWitnessLength`, `Aborted`
   */
  prove(pk: PK, U: RelaxedInstance, W: UnblindedWitness, options?: TaskOptions): Promise<Proof>;
}
