/** The keys of a direct proof. */
import type { Backend, Bases, Matrices, Products, Vec, Witness } from '../backend/backend.ts';
import type { DirectCircuit } from '../circuit/direct-circuit.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import { NovaError } from '../errors.ts';
import { Exclusive } from '../exclusive.ts';
import type { ResidentKey } from '../pcs/evaluation-engine.ts';
import { Workspace } from '../pcs/workspace.ts';
import type {
  KeyOptions,
  RelaxedSNARK,
  RelaxedSNARKVerifier,
  SnarkVerifierKey,
} from '../spartan/relaxed-snark.ts';
import { SpartanVerifierKey } from '../spartan/snark-keys.ts';
import { ByteReader } from '../wire/reader.ts';
import { blindingGenerator, cycleOf } from './commitment-key.ts';
import { openingVerifier, spartanVerifier } from './final-verifiers.ts';
import { PinnedKey, pinBytes } from './pinned-key.ts';
import { readBlindingGenerator } from './verifier-key.ts';

/** How a step is proved directly: with Spartan, or with Spartan with preprocessing. */
export type DirectSnark = 'snark' | 'ppsnark';

/** How {@link DirectVerifierKey.decode} works. */
export interface DecodeDirectKeyOptions extends KeyOptions {
  /** The cycle whose primary curve the proofs are on. Default: pasta. */
  readonly cycle?: Cycle | string;
  /** Default: `snark`. */
  readonly snark?: DirectSnark;
  /** Number of elements of the state. A key with preprocessing has only commitments to the matrices and does not tell. */
  readonly arity?: number | undefined;
  /** The engine that keeps the key and verifies with it. The caller closes it. */
  readonly backend: Backend;
  /** The {@link DirectVerifierKey.digest} of the key that is meant: any other is refused. */
  readonly digest?: string | undefined;
}

/** What a verifier of direct proofs needs. It keeps the commitment key and the matrices that the prover's key uses, too. */
export class DirectVerifierKey extends PinnedKey {
  readonly cycle: Cycle;
  readonly snark: DirectSnark;
  /** Number of elements of the state. */
  readonly arity: number;
  readonly key: SnarkVerifierKey;
  /** @internal */
  readonly verifier: RelaxedSNARKVerifier;
  /** The generator of the blinds. @internal */
  readonly h: AffinePoint;
  readonly #owned: readonly (Bases | Matrices)[];

  /** @param owned what is freed along with the key @internal */
  constructor(
    cycle: Cycle,
    snark: DirectSnark,
    arity: number,
    key: SnarkVerifierKey,
    owned: readonly (Bases | Matrices)[] = [],
  ) {
    super();
    this.cycle = cycle;
    this.snark = snark;
    this.arity = arity;
    this.key = key;
    this.verifier = directVerifier(cycle, snark);
    this.h = blindingGenerator(cycle.primary);
    this.#owned = owned;
  }

  /**
   * The key that `bytes` (of `encode`, or of nova-snark) encode. Without a digest nothing says whose key it is: whoever made it
   * decides what its proofs prove.
   *
   * @throws {@link NovaError} `ParamsMismatch` (another digest or arity), `InvalidEncoding`, `InvalidCommitmentKey`, `InvalidIndex`,
   * `InvalidArgument` (preprocessing, and no arity), `UnknownCycle`, `Aborted`
   */
  static async decode(bytes: Uint8Array, options: DecodeDirectKeyOptions): Promise<DirectVerifierKey> {
    const { backend, snark = 'snark' } = options;
    const cycle = cycleOf(options);
    if (options.digest !== undefined) await pinBytes(bytes, options.digest, options);
    const r = new ByteReader(bytes);
    readBlindingGenerator(r, cycle.primary);
    const key = await directVerifier(cycle, snark).readVerifierKey(backend, cycle.primary, r, options);
    try {
      r.end('the verifier key');
      return new DirectVerifierKey(cycle, snark, arityOf(key, options), key);
    } catch (error) {
      key.close();
      throw error;
    }
  }

  get curve(): Curve {
    return this.cycle.primary;
  }

  /** Frees what the engine keeps of the key; prover keys made with it must not be used any more. Closing twice does nothing. */
  close(): void {
    this.key.close();
    this.key.backend.free(...this.#owned);
  }

  protected async *sections(): AsyncGenerator<Uint8Array> {
    yield this.curve.encode(this.h);
    yield* this.verifier.encodeVerifierKey(this.key);
  }
}

/**
 * How many elements z has. A key with preprocessing has room for more public inputs than its circuit has: about those that it does
 * not have a proof could say anything.
 */
function arityOf(key: SnarkVerifierKey, { arity }: DecodeDirectKeyOptions): number {
  if (key instanceof SpartanVerifierKey) {
    const own = key.matrices.shape.io / 2;
    if (arity === undefined || arity === own) return own;
    throw new NovaError('ParamsMismatch', `this verifier key is of a circuit of arity ${own}, not ${arity}`);
  }
  if (arity !== undefined) return arity;
  throw new NovaError(
    'InvalidArgument',
    "a verifier key with preprocessing does not tell its circuit's arity: give it as an option",
  );
}

function directVerifier(cycle: Cycle, snark: DirectSnark): RelaxedSNARKVerifier {
  return spartanVerifier(openingVerifier(cycle), snark === 'ppsnark');
}

/** What a prover of direct proofs needs, and the vectors that it works in. It uses the verifier key, which must stay open. */
export class DirectProverKey {
  /** The key with which a proof is verified before it is handed out. */
  readonly vk: DirectVerifierKey;
  readonly circuit: DirectCircuit;
  /** @internal */
  readonly parts: DirectProverParts;
  /** @internal */
  readonly workspace: Workspace;
  /** @internal */
  readonly exclusive: Exclusive;

  /** @internal */
  constructor(vk: DirectVerifierKey, circuit: DirectCircuit, parts: DirectProverParts) {
    this.vk = vk;
    this.circuit = circuit;
    this.parts = parts;
    this.workspace = new Workspace(parts.key.backend, vk.curve.scalar, 'direct');
    this.exclusive = new Exclusive('this prover key');
  }

  /** The vectors of a proof: made by the first one and kept. E is zero: the instance is not relaxed. @internal */
  get vectors(): { W: Vec; E: Vec; products: Products } {
    const { constraints, variables } = this.circuit.matrices;
    const make = (name: string, length: number) => this.workspace.vector(name, length);
    const [AZ, BZ, CZ] = ['AZ', 'BZ', 'CZ'].map((name) => make(name, constraints));
    return { W: make('W', variables), E: make('E', constraints), products: { AZ, BZ, CZ } };
  }

  /** Frees what the engine keeps for the prover alone. Closing twice does nothing. */
  close(): void {
    const { key, witness } = this.parts;
    this.workspace.close();
    key.close();
    key.backend.free(witness);
  }
}

/** What a prover key keeps with the engine, and the SNARK that it is for. */
export interface DirectProverParts {
  readonly bases: Bases;
  readonly matrices: Matrices;
  readonly witness: Witness;
  readonly snark: RelaxedSNARK;
  readonly key: ResidentKey;
}
