import type { ResidentKey } from '../pcs/evaluation-engine.ts';
import type { FinalSNARKs } from './final-snarks.ts';
import type { PublicParams } from './params.ts';
import type { VerifierKey } from './verifier-key.ts';

/** What a prover key is made of. */
export interface ProverKeyParts {
  readonly pp: PublicParams;
  readonly vk: VerifierKey;
  readonly snarks: FinalSNARKs;
  readonly primary: ResidentKey;
  readonly secondary: ResidentKey;
}

/**
 * What a prover of compressed proofs needs beside a recursive proof: the keys of the SNARKs that end it, and their vectors,
 * which are made by the first proof and kept. Made by {@link CompressedSNARK.setup}.
 */
export class ProverKey {
  readonly pp: PublicParams;
  /** The key with which a proof is verified before it is handed out. */
  readonly vk: VerifierKey;
  /** @internal */
  readonly snarks: FinalSNARKs;
  /** @internal */
  readonly primary: ResidentKey;
  /** @internal */
  readonly secondary: ResidentKey;

  /** @internal */
  constructor(parts: ProverKeyParts) {
    this.pp = parts.pp;
    this.vk = parts.vk;
    this.snarks = parts.snarks;
    this.primary = parts.primary;
    this.secondary = parts.secondary;
  }

  /** Frees the keys' vectors; the parameters and the verifier key stay. Closing twice does nothing. */
  close(): void {
    this.primary.close();
    this.secondary.close();
  }
}
