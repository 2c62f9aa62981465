/** The keys of a direct proof. */
import type { Backend, Bases, Matrices, Products, Vec, Witness } from '../backend/backend.ts';
import type { DirectCircuit } from '../circuit/direct-circuit.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import { NovaError } from '../errors.ts';
import { Exclusive } from '../exclusive.ts';
import { control, type TaskOptions } from '../pace.ts';
import type { CommitmentKey, ResidentKey } from '../pcs/evaluation-engine.ts';
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
import { withSuccessors } from './successors.ts';
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

  private constructor(
    cycle: Cycle,
    snark: DirectSnark,
    arity: number,
    key: SnarkVerifierKey,
    verifier: RelaxedSNARKVerifier,
    h: AffinePoint,
    owned: readonly (Bases | Matrices)[],
  ) {
    super();
    this.cycle = cycle;
    this.snark = snark;
    this.arity = arity;
    this.key = key;
    this.verifier = verifier;
    this.h = h;
    this.#owned = owned;
  }

  /** @param owned what is freed along with the key @internal */
  static async of(
    cycle: Cycle,
    snark: DirectSnark,
    arity: number,
    key: SnarkVerifierKey,
    owned: readonly (Bases | Matrices)[] = [],
  ): Promise<DirectVerifierKey> {
    const verifier = await directVerifier(cycle, snark);
    const h = await blindingGenerator(cycle.primary);
    return new DirectVerifierKey(cycle, snark, arity, key, verifier, h, owned);
  }

  /**
   * The key that `bytes` (of `encode`, or of nova-snark) encode. Without a digest nothing says whose key it is: whoever made it
   * decides what its proofs prove.
   *
   * @throws {@link NovaError} `ParamsMismatch` (another digest or arity), `InvalidEncoding`, `InvalidCommitmentKey`, `InvalidIndex`,
   * `InvalidArgument` (preprocessing, and no arity), `UnknownCycle`, `Aborted`
   * @example
   * const vk = await DirectVerifierKey.decode(keyBytes, { cycle: 'pasta', backend, digest: pinned });
   */
  static async decode(bytes: Uint8Array, options: DecodeDirectKeyOptions): Promise<DirectVerifierKey> {
    const { backend, snark = 'snark' } = options;
    const cycle = cycleOf(options);
    if (options.digest !== undefined) await pinBytes(bytes, options.digest, options);
    const r = new ByteReader(bytes);
    await readBlindingGenerator(r, cycle.primary);
    const verifier = await directVerifier(cycle, snark);
    const key = await verifier.readVerifierKey(backend, cycle.primary, r, options);
    try {
      r.end('the verifier key');
      return await DirectVerifierKey.of(cycle, snark, arityOf(key, options), key);
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

async function directVerifier(cycle: Cycle, snark: DirectSnark): Promise<RelaxedSNARKVerifier> {
  return spartanVerifier(await openingVerifier(cycle), snark === 'ppsnark');
}

/** What a prover key is made of. */
export interface DirectProverParts {
  readonly vk: DirectVerifierKey;
  readonly circuit: DirectCircuit;
  readonly snark: RelaxedSNARK;
  /** The engine to prove with. */
  readonly backend: Backend;
  /** Makes what the prover keeps with an engine. */
  readonly make: (backend: Backend, options: TaskOptions) => Promise<DirectResidents>;
}

/** What a prover of direct proofs needs. It uses the verifier key, which must stay open. */
export class DirectProverKey {
  /** The key with which a proof is verified before it is handed out, on an engine that is believed. */
  readonly vk: DirectVerifierKey;
  readonly circuit: DirectCircuit;
  /** @internal */
  readonly snark: RelaxedSNARK;
  /** @internal */
  readonly exclusive: Exclusive;
  readonly #make: DirectProverParts['make'];
  #backend: Backend;
  #residents: DirectResidents | undefined;
  #closed = false;

  /** @internal */
  constructor({ vk, circuit, snark, backend, make }: DirectProverParts) {
    this.vk = vk;
    this.circuit = circuit;
    this.snark = snark;
    this.exclusive = new Exclusive('this prover key');
    this.#make = make;
    this.#backend = backend;
  }

  /** Does something on the engine, or on those that succeed it when it fails, where the key is from then on. @internal */
  use<T>(work: (residents: DirectResidents) => Promise<T>, options: TaskOptions): Promise<T> {
    return withSuccessors(this.#backend, async (backend) => {
      if (this.#closed) throw new NovaError('BackendClosed', 'this prover key was closed');
      if (this.#residents?.backend !== backend) {
        this.#free();
        this.#residents = await this.#make(backend, options);
        this.#backend = backend;
      }
      const residents = this.#residents;
      return residents.workspace.use(() => work(residents));
    });
  }

  /** The first constraint that the witness of these inputs breaks, or -1, by another engine alone. @internal */
  async firstUnsatisfied(backend: Backend, packed: readonly bigint[]): Promise<number> {
    const residents = await this.#make(backend, {});
    try {
      const { witness, matrices, vectors } = residents;
      const X = await backend.generate(witness, packed, vectors.W);
      backend.products(vectors.products, matrices, vectors.W, 1n, X);
      const [row] = await backend.read([backend.firstUnsatisfied(vectors.products, 1n)]);
      return row;
    } finally {
      residents.close();
    }
  }

  /** Frees what the engine keeps for the prover alone. Closing twice does nothing. */
  close(): void {
    this.#closed = true;
    this.#free();
  }

  #free(): void {
    this.#residents?.close();
    this.#residents = undefined;
  }
}

/** What the keys of direct proofs have in common, on the engine of the verifier key. */
export interface DirectCommon {
  readonly circuit: DirectCircuit;
  readonly ck: CommitmentKey;
  readonly matrices: Matrices;
  readonly snark: RelaxedSNARK;
  readonly vk: DirectVerifierKey;
}

/** What a prover keeps with an engine; where that is the verifier key's, it shares the commitment key and the matrices. */
export async function makeDirectResidents(
  backend: Backend,
  { circuit, ck, matrices, snark, vk }: DirectCommon,
  options: TaskOptions,
): Promise<DirectResidents> {
  const believed = vk.key.backend;
  const owned: (Bases | Matrices | Witness)[] = [];
  const keep = <H extends Bases | Matrices | Witness>(handle: H): H => {
    owned.push(handle);
    return handle;
  };
  try {
    const witness = keep(await backend.witness(circuit.program));
    const own = { bases: ck.bases, matrices };
    if (backend !== believed) {
      // the key was checked when it was made
      const trusted = { ...control(options, 'generators'), trusted: true };
      const points = await believed.saveBases(ck.bases);
      own.bases = keep(await backend.loadBases(vk.curve, points, trusted));
      own.matrices = keep(backend.matrices(circuit.matrices));
    }
    const key = await snark.proverKey(backend, { ...ck, bases: own.bases }, own.matrices, vk.key, options);
    return new DirectResidents({ ...own, witness, key }, owned);
  } catch (error) {
    backend.free(...owned);
    throw error;
  }
}

/** What a prover of direct proofs keeps with an engine, and the vectors that it works in. */
export class DirectResidents {
  readonly backend: Backend;
  readonly bases: Bases;
  readonly matrices: Matrices;
  readonly witness: Witness;
  readonly key: ResidentKey;
  readonly workspace: Workspace;
  readonly #owned: readonly (Bases | Matrices | Witness)[];

  /** @param owned what is freed along with the key */
  constructor(
    parts: Pick<DirectResidents, 'bases' | 'matrices' | 'witness' | 'key'>,
    owned: readonly (Bases | Matrices | Witness)[],
  ) {
    this.backend = parts.key.backend;
    this.bases = parts.bases;
    this.matrices = parts.matrices;
    this.witness = parts.witness;
    this.key = parts.key;
    this.workspace = new Workspace(this.backend, this.matrices.shape.field, 'direct');
    this.#owned = owned;
  }

  /** The vectors of a proof: made by the first one and kept. E is zero: the instance is not relaxed. */
  get vectors(): { W: Vec; E: Vec; products: Products } {
    const { constraints, variables } = this.matrices.shape;
    const make = (name: string, length: number) => this.workspace.vector(name, length);
    const [AZ, BZ, CZ] = ['AZ', 'BZ', 'CZ'].map((name) => make(name, constraints));
    return { W: make('W', variables), E: make('E', constraints), products: { AZ, BZ, CZ } };
  }

  /** Closing twice does nothing. */
  close(): void {
    this.workspace.close();
    this.key.close();
    this.backend.free(...this.#owned);
  }
}
