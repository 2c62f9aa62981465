import type { Backend } from '../backend/backend.ts';
import { NovaError } from '../errors.ts';
import { within, type TaskOptions } from '../pace.ts';
import type { ResidentKey } from '../pcs/evaluation-engine.ts';
import type { FinalSNARKs } from './final-snarks.ts';
import type { PublicParams } from './params.ts';
import type { VerifierKey } from './verifier-key.ts';

/** The prover keys of the SNARKs that end a proof, on one engine. */
export interface FinalProverKeys {
  readonly backend: Backend;
  readonly primary: ResidentKey;
  readonly secondary: ResidentKey;
}

/** What a prover key is made of. */
export interface ProverKeyParts {
  readonly pp: PublicParams;
  readonly vk: VerifierKey;
  readonly snarks: FinalSNARKs;
  /** If they were made with the verifier key already. */
  readonly keys?: FinalProverKeys | undefined;
}

/**
 * What a prover of compressed proofs needs beside a recursive proof: the keys of the SNARKs that end it, and their vectors,
 * which are made by the first proof and kept. Made by {@link CompressedSNARK.setup}.
 */
export class ProverKey {
  readonly pp: PublicParams;
  /** The key with which a proof is verified before it is handed out, on an engine that is believed. */
  readonly vk: VerifierKey;
  /** @internal */
  readonly snarks: FinalSNARKs;
  #keys: FinalProverKeys | undefined;
  #making: Promise<FinalProverKeys> | undefined;
  #closed = false;

  /** @internal */
  constructor({ pp, vk, snarks, keys }: ProverKeyParts) {
    this.pp = pp;
    this.vk = vk;
    this.snarks = snarks;
    this.#keys = keys;
  }

  /**
   * The keys on the engine where the parameters are: made when they are first asked for, and anew once the parameters have moved.
   *
   * @throws {@link NovaError} `BackendClosed`, and what making them throws
   * @internal
   */
  async keys(options: TaskOptions = {}): Promise<FinalProverKeys> {
    if (this.#closed) throw new NovaError('BackendClosed', 'this prover key was closed');
    await this.#making?.catch(() => {}); // whoever asked for them hears of it
    if (this.#keys !== undefined && this.#keys.backend === this.pp.backend) return this.#keys;
    this.#free();
    this.#making ??= this.#make(options).finally(() => (this.#making = undefined));
    return this.#making;
  }

  /** Frees the keys' vectors; the parameters and the verifier key stay. Closing twice does nothing. */
  close(): void {
    this.#closed = true;
    this.#free();
  }

  async #make(options: TaskOptions): Promise<FinalProverKeys> {
    const { pp, vk, snarks } = this;
    const { backend } = pp;
    const on = (name: 'primary' | 'secondary'): Promise<ResidentKey> =>
      snarks[name].proverKey(backend, pp[name], pp[name].matrices, vk[name], within(options, name));
    const primary = await on('primary');
    try {
      this.#keys = { backend, primary, secondary: await on('secondary') };
    } catch (error) {
      primary.close();
      throw error;
    }
    const keys = this.#keys;
    if (this.#closed) this.#free();
    return keys;
  }

  #free(): void {
    this.#keys?.primary.close();
    this.#keys?.secondary.close();
    this.#keys = undefined;
  }
}
