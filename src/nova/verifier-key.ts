import { NovaError } from '../errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import { NUM_HASH_BITS } from '../hash/digest.ts';
import type { KeyOptions, SnarkVerifierKey } from '../spartan/relaxed-snark.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import { blindingGenerator, cycleOf } from './commitment-key.ts';
import { encodeOracleConstants } from './digest.ts';
import { checkFinalSnark, type FinalSnark } from './final-snark.ts';
import { finalVerifiers, type FinalVerifiers } from './final-verifiers.ts';
import { PinnedKey, pinBytes } from './pinned-key.ts';

/** How {@link VerifierKey.decode} works. */
export interface DecodeKeyOptions extends KeyOptions {
  /** `pasta`, `bn-ipa` or `secp`, or a cycle. Default: pasta. */
  readonly cycle?: Cycle | string;
  /** The SNARKs that end the proofs. Default: `snark`. */
  readonly snark?: FinalSnark;
  /** The engine that keeps the key and verifies with it. The caller closes it. */
  readonly backend: Backend;
  /** The {@link VerifierKey.digest} of the key that is meant: any other is refused. */
  readonly digest?: string | undefined;
}

/** What a verifier key is made of. */
export interface VerifierKeyParts {
  readonly cycle: Cycle;
  readonly snark: FinalSnark;
  /** Number of elements of the computation's state. */
  readonly arity: number;
  /** The digest of the public parameters. */
  readonly ppDigest: bigint;
  readonly primary: SnarkVerifierKey;
  readonly secondary: SnarkVerifierKey;
}

/** The number of steps, and so the arity, fits in 32 bits: longer vectors do not exist. */
const MAX_ARITY = 2 ** 32 - 1;

/**
 * What a verifier of compressed proofs needs: the digest of the public parameters, and the keys of the SNARKs that end the
 * proofs. Its encoding, as nova-snark's, has megabytes: the oracle's constants, generators, and without preprocessing the
 * matrices too. A verifier that knows the 32 bytes of its {@link VerifierKey.digest} can take the key from anywhere, or make it
 * anew from the circuit ({@link CompressedSNARK.setup}) and compare.
 *
 * @example
 * const vk = await VerifierKey.decode(bytes, { cycle: 'pasta', snark: 'snark', backend, digest: pinned });
 * const proof = CompressedSNARK.decode(vk, await fetchProof());
 * const zn = await proof.verify(vk, 3, [2n]);
 */
export class VerifierKey extends PinnedKey {
  readonly cycle: Cycle;
  readonly snark: FinalSnark;
  readonly arity: number;
  readonly ppDigest: bigint;
  readonly primary: SnarkVerifierKey;
  readonly secondary: SnarkVerifierKey;
  /** The SNARKs' verifiers. @internal */
  readonly verifiers: FinalVerifiers;
  /** Generators of the blinds on both curves. @internal */
  readonly hPrimary: AffinePoint;
  /** @internal */
  readonly hSecondary: AffinePoint;

  private constructor(
    parts: VerifierKeyParts,
    verifiers: FinalVerifiers,
    hPrimary: AffinePoint,
    hSecondary: AffinePoint,
  ) {
    super();
    this.cycle = parts.cycle;
    this.snark = parts.snark;
    this.arity = parts.arity;
    this.ppDigest = parts.ppDigest;
    this.primary = parts.primary;
    this.secondary = parts.secondary;
    this.verifiers = verifiers;
    this.hPrimary = hPrimary;
    this.hSecondary = hSecondary;
  }

  /** The key of these parts. Use {@link CompressedSNARK.setup} or {@link VerifierKey.decode}. @internal */
  static async of(parts: VerifierKeyParts): Promise<VerifierKey> {
    const { primary, secondary } = parts.cycle;
    const verifiers = await finalVerifiers(parts.cycle, parts.snark);
    return new VerifierKey(
      parts,
      verifiers,
      await blindingGenerator(primary),
      await blindingGenerator(secondary),
    );
  }

  /**
   * The key that `bytes` (of {@link VerifierKey.encode}, or of nova-snark) encode. Without a digest nothing says whose key it is:
   * whoever made it decides what its proofs prove.
   *
   * @throws {@link NovaError} `ParamsMismatch` (another digest), `InvalidEncoding`, `InvalidCommitmentKey`, `InvalidIndex`,
   * `UnknownCycle`, `InvalidArgument`, `Aborted`
   */
  static async decode(bytes: Uint8Array, options: DecodeKeyOptions): Promise<VerifierKey> {
    const { backend } = options;
    const cycle = cycleOf(options);
    const snark = checkFinalSnark(options.snark ?? 'snark');
    const [E1, E2] = [cycle.primary, cycle.secondary];
    if (options.digest !== undefined) await pinBytes(bytes, options.digest, options);

    const made: SnarkVerifierKey[] = [];
    try {
      const verifiers = await finalVerifiers(cycle, snark);
      const r = new ByteReader(bytes);
      const arity = Number(r.u64('the arity'));
      if (arity < 1 || arity > MAX_ARITY) {
        throw new NovaError('InvalidEncoding', `a verifier key has an arity from 1, not ${arity}`);
      }
      readOracleConstants(r, E1);
      readOracleConstants(r, E2);
      const ppDigest = r.element(E1.scalar, 'the digest of the public parameters');
      if (ppDigest >> BigInt(NUM_HASH_BITS) !== 0n) {
        throw new NovaError('InvalidEncoding', `a digest of public parameters has ${NUM_HASH_BITS} bits`);
      }
      const primary = await verifiers.primary.readVerifierKey(backend, E1, r, options);
      made.push(primary);
      const secondary = await verifiers.secondary.readVerifierKey(backend, E2, r, options);
      made.push(secondary);
      await readBlindingGenerator(r, E1);
      await readBlindingGenerator(r, E2);
      r.end('the verifier key');
      return await VerifierKey.of({ cycle, snark, arity, ppDigest, primary, secondary });
    } catch (error) {
      for (const key of made) key.close();
      throw error;
    }
  }

  /** Frees what the engine keeps of the key alone. Closing twice does nothing. */
  close(): void {
    this.primary.close();
    this.secondary.close();
  }

  protected async *sections(): AsyncGenerator<Uint8Array> {
    const [E1, E2] = [this.cycle.primary, this.cycle.secondary];
    yield new ByteWriter().u64(this.arity).finish();
    yield encodeOracleConstants(E1.base);
    yield encodeOracleConstants(E2.base);
    yield E1.scalar.toBytes(this.ppDigest);
    yield* this.verifiers.primary.encodeVerifierKey(this.primary);
    yield* this.verifiers.secondary.encodeVerifierKey(this.secondary);
    yield E1.encode(this.hPrimary);
    yield E2.encode(this.hSecondary);
  }
}

/** A key has the oracle's constants, but there is only one set of them on a curve. */
function readOracleConstants(r: ByteReader, curve: Curve): void {
  const constants = encodeOracleConstants(curve.base);
  const what = `the oracle's constants on ${curve.name}`;
  const bytes = r.bytes(constants.length, what);
  if (!constants.every((b, i) => b === bytes[i])) {
    throw new NovaError('InvalidEncoding', `${what} are not those of nova-snark 0.76.0`);
  }
}

/** Likewise the generator of the blinds. @throws {@link NovaError} `InvalidEncoding`, `InvalidCommitmentKey` */
export async function readBlindingGenerator(r: ByteReader, curve: Curve): Promise<void> {
  const P = r.point(curve, `the generator of the blinds on ${curve.name}`);
  if (!curve.equals(P, await blindingGenerator(curve))) {
    throw new NovaError(
      'InvalidCommitmentKey',
      `the generator of the blinds on ${curve.name} is not nova-snark's`,
    );
  }
}
