/**
 * What a polynomial commitment scheme offers to a SNARK: proofs that the multilinear polynomial in a commitment has a value
 * at a point (nova-snark's `src/traits/evaluation.rs`). Schemes are plain objects; the keys hold all state, and serve one operation
 * at a time.
 *
 * The verifier's half stands alone, so that a verifier need not carry a prover's code.
 */
import type { Backend, Bases, Control, Vec } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';

/** A commitment key, resident. A scheme may need more than the generators: powers of tau come with a point of G2. */
export interface CommitmentKey {
  /** The blinding generator h, and one generator per element of the longest vector. */
  readonly bases: Bases;
}

/** A key that holds vectors or other handles of an engine. */
export interface ResidentKey {
  readonly backend: Backend;
  readonly curve: Curve;
  /** Frees what the key itself made, never what it was made from. Closing twice does nothing. */
  close(): void;
}

/** "The polynomial in `comm` has `value` at `point`". */
export interface EvaluationClaim {
  /** The commitment, without a blind, to the 2^k values of a polynomial in k variables. */
  readonly comm: AffinePoint;
  /** k coordinates; the first belongs to the top bit of the index. */
  readonly point: readonly bigint[];
  readonly value: bigint;
}

/** The verifier's half of a scheme. */
export interface EvaluationVerifier<VK extends ResidentKey = ResidentKey, Argument = unknown> {
  /** `ipa`, `hyperkzg` or `mercury`. */
  readonly name: string;

  /**
   * Checks that `arg` proves the claim. The lengths of the argument are checked before anything is computed.
   *
   * @throws {@link NovaError} `InvalidInputLength`, `InvalidPCS`, `ProofVerifyError` (which of them, each scheme says); `Aborted`
   */
  verify(
    vk: VK,
    transcript: KeccakTranscript,
    claim: EvaluationClaim,
    arg: Argument,
    control?: Control,
  ): Promise<void>;

  /** The encoding of an argument, as the reference's. */
  writeArgument(w: ByteWriter, curve: Curve, arg: Argument): void;
  /** @throws {@link NovaError} `InvalidEncoding` */
  readArgument(r: ByteReader, curve: Curve): Argument;

  /** The encoding of the key, as the reference's, in sections: digests and files take one after the other. */
  encodeVerifierKey(vk: VK): AsyncIterable<Uint8Array>;
  /** @throws {@link NovaError} `InvalidEncoding`, `InvalidCommitmentKey`, `Aborted` */
  readVerifierKey(backend: Backend, curve: Curve, r: ByteReader, control?: Control): Promise<VK>;
}

/** A scheme: what a prover needs, too. */
export interface EvaluationEngine<
  CK extends CommitmentKey = CommitmentKey,
  PK extends ResidentKey = ResidentKey,
  VK extends ResidentKey = ResidentKey,
  Argument = unknown,
> extends EvaluationVerifier<VK, Argument> {
  /**
   * Both keys. They use `ck`, which must stay open as long as they do. The prover key makes its vectors when it is first used
   * and keeps them, so that a second proof allocates nothing.
   *
   * @param n length of the longest polynomial, a power of two
   * @throws {@link NovaError} `InvalidCommitmentKeyLength` if ck is shorter; `Aborted`
   */
  setup(backend: Backend, ck: CK, n: number, control?: Control): Promise<{ pk: PK; vk: VK }>;

  /**
   * Proves a claim, which the caller knows to be true, about the polynomial `poly`. `poly` is not changed. An argument of a false
   * claim does not verify.
   *
   * @param poly 2^k values for a point of k coordinates, at most `n`
   * @throws {@link NovaError} `InvalidInputLength` if the lengths do not fit; `Aborted`
   */
  prove(
    pk: PK,
    transcript: KeccakTranscript,
    claim: EvaluationClaim,
    poly: Vec,
    control?: Control,
  ): Promise<Argument>;
}
