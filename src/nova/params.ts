import { NovaError } from '../errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { TaskOptions } from '../pace.ts';
import type { StepCircuit } from '../circuit/step-circuit.ts';
import { POINT_BYTES } from '../curve/curve.ts';
import { cycleByName, needsPtau, type Cycle } from '../curve/cycles.ts';
import { encodeG2, equalG2, G2_BYTES, type G2Point } from '../curve/g2.ts';
import type { Sha3 } from '../hash/digest.ts';
import { restoreKzgKey, tauHOf } from '../pcs/kzg-key.ts';
import type { PtauSource } from '../pcs/ptau.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import { synthesizePair, type CircuitPair } from './circuit-pair.ts';
import { cycleOf, makeCommitmentKey, ptauFor } from './commitment-key.ts';
import { parametersDigest } from './digest.ts';
import type { FinalSnark } from './final-snark.ts';
import {
  CK_HINTS,
  freeResidents,
  makeResidents,
  type CkHint,
  type MakeKey,
  type Residents,
  type Side,
} from './residents.ts';
import { withSuccessors } from './successors.ts';

export { CK_HINTS, type CkHint, type Side } from './residents.ts';

/**
 * The hint that makes room for a SNARK and for nothing more.
 *
 * @example
 * const pp = await PublicParams.setup(circuit, { backend, hint: hintOf('ppsnark') });
 */
export function hintOf(snark: FinalSnark): CkHint {
  return snark === 'snark' ? 'default' : snark;
}

/** How public parameters are made. */
export interface SetupOptions extends TaskOptions {
  /** `pasta`, `bn-ipa`, `secp`, `bn-kzg` or `bn-mercury`, or a cycle. Default: pasta. */
  readonly cycle?: Cycle | string;
  /**
   * Where the powers of tau of `bn-kzg` and `bn-mercury` come from; other cycles take none. Whoever knows their tau can prove
   * anything: take the file of a ceremony.
   */
  readonly ptau?: PtauSource | undefined;
  /** Default: `default`. */
  readonly hint?: CkHint;
  /** The engine that keeps the parameters and proves with them. The caller closes it. */
  readonly backend: Backend;
  /** SHA3-256 for the digest. Default: Node's own, or, where there is none, that of @noble/hashes. */
  readonly sha3?: () => Sha3;
  /** The circuits, where the caller has synthesised this very step circuit on this cycle already. @internal */
  readonly circuits?: CircuitPair | undefined;
}

/** How saved parameters are taken up again. */
export interface LoadOptions extends TaskOptions, Pick<SetupOptions, 'backend' | 'sha3' | 'circuits'> {
  /** If it is there, what was saved must have the tau of this file. Powers of tau are not read from it. */
  readonly ptau?: PtauSource | undefined;
  /**
   * For caches that vouch for the bytes: neither are the points checked to lie on their curves nor is the digest computed
   * anew. Bytes that are not what `save` wrote for this circuit then make proofs that nobody accepts, and let forged ones
   * pass. @internal
   */
  readonly trusted?: boolean;
}

/** First bytes of saved parameters, and the version of their format. */
const MAGIC = /* @__PURE__ */ new TextEncoder().encode('NOVA-WGP');
const VERSION = 1;

/**
 * The public parameters of one step circuit on one cycle of curves: both augmented circuits, the commitment keys, and the
 * digest that binds a proof to them. Equal to nova-snark's `PublicParams` down to the digest.
 *
 * @example
 * const pp = await PublicParams.setup(builtinCircuit('cubic'), { cycle: 'pasta', backend });
 */
export class PublicParams {
  readonly stepCircuit: StepCircuit;
  readonly cycle: Cycle;
  readonly hint: CkHint;
  /** Below 2^250: the same number in every field. */
  readonly digest: bigint;
  #residents: Residents;
  /** The same parameters on the engine that checks; made at first use. */
  #checker: Promise<PublicParams> | undefined;
  #moving: Promise<void> | undefined;

  /** Use {@link PublicParams.setup} or {@link PublicParams.load}. */
  private constructor(
    facts: Pick<PublicParams, 'stepCircuit' | 'cycle' | 'hint' | 'digest'>,
    residents: Residents,
  ) {
    this.stepCircuit = facts.stepCircuit;
    this.cycle = facts.cycle;
    this.hint = facts.hint;
    this.digest = facts.digest;
    this.#residents = residents;
  }

  /** The engine that keeps the parameters: another one after {@link PublicParams.moveFrom}. */
  get backend(): Backend {
    return this.#residents.backend;
  }

  get primary(): Side {
    return this.#residents.primary;
  }

  get secondary(): Side {
    return this.#residents.secondary;
  }

  /**
   * Synthesises the circuits and makes the commitment keys.
   *
   * @throws {@link NovaError} `UnknownCycle`, `InvalidArgument` (also where powers of tau are missing, or not asked for),
   * `PtauFileError`, `PointNotOnCurve`, `PointNotInSubgroup`, `Aborted`, and what the circuit's `synthesize` and `ptau` throw
   */
  static async setup(stepCircuit: StepCircuit, options: SetupOptions): Promise<PublicParams> {
    const cycle = cycleOf(options);
    const ptau = ptauFor(cycle, options.ptau);
    return PublicParams.#make(stepCircuit, { ...options, cycle }, (backend, side, n, control) =>
      makeCommitmentKey(backend, side.curve, side.circuit.name === 'primary' ? ptau : undefined, n, control),
    );
  }

  /**
   * The parameters that `save` wrote, for the same circuit. Nothing in the bytes is trusted: the points are checked, and the
   * digest is computed anew.
   *
   * @throws {@link NovaError} `InvalidEncoding`, `InvalidCommitmentKey`, `PointNotInSubgroup`, `ParamsMismatch` (another
   * circuit, version or tau, or damaged bytes)
   */
  static async load(
    stepCircuit: StepCircuit,
    bytes: Uint8Array,
    options: LoadOptions,
  ): Promise<PublicParams> {
    const { cycle, hint, digest, points, tauH } = await readSaved(bytes);
    const { ptau, trusted = false } = options;
    const pp = await PublicParams.#make(
      stepCircuit,
      { ...options, cycle, hint },
      async (backend, side, n, control) => {
        const key = points[side.circuit.name];
        if (key.length !== (n + 1) * POINT_BYTES) throw mismatch('they have other sizes');
        if (tauH === undefined || side.circuit.name === 'secondary')
          return { bases: await backend.loadBases(side.curve, key, { ...control, trusted }) };
        if (ptau !== undefined && !equalG2(tauH, await tauHOf(ptau, n)))
          throw mismatch('they have the powers of another tau');
        return restoreKzgKey(backend, key, tauH, trusted, control);
      },
      trusted ? digest : undefined,
    );
    if (pp.digest === digest) return pp;
    pp.close();
    throw mismatch('their digest is another one');
  }

  static async #make(
    stepCircuit: StepCircuit,
    options: SetupOptions,
    makeKey: MakeKey,
    knownDigest?: bigint,
  ): Promise<PublicParams> {
    const { hint = 'default' } = options;
    const cycle = cycleOf(options);
    if (!Object.hasOwn(CK_HINTS, hint)) {
      throw new NovaError(
        'InvalidArgument',
        `no hint ${String(hint)}; there are ${Object.keys(CK_HINTS).join(', ')}`,
      );
    }
    const circuits = options.circuits ?? (await synthesizePair(stepCircuit, cycle, options));
    const residents = await withSuccessors(options.backend, (backend) =>
      makeResidents(backend, cycle, circuits, hint, makeKey, options),
    );
    try {
      const digest = knownDigest ?? (await digestOf(stepCircuit, residents, options));
      return new PublicParams({ stepCircuit, cycle, hint, digest }, residents);
    } catch (error) {
      freeResidents(residents);
      throw error;
    }
  }

  /**
   * These parameters on the engine that checks what is computed on theirs (`Supervision`).
   *
   * @throws {@link NovaError} what making it throws
   */
  checker(): Promise<PublicParams> {
    if (this.#checker === undefined) {
      const made = this.#makeChecker();
      made.catch(() => (this.#checker = undefined));
      this.#checker = made;
    }
    return this.#checker;
  }

  /**
   * Moves the parameters from an engine that failed to its successor (`Supervision`). If they have left it already, they stay
   * where they are. Whatever else was on that engine is lost to its owners.
   *
   * @throws cause, if there is no successor; what the successor throws
   */
  async moveFrom(engine: Backend, cause: unknown, failures: number): Promise<void> {
    if (this.backend !== engine) return;
    this.#moving ??= this.#move(cause, failures).finally(() => (this.#moving = undefined));
    await this.#moving;
  }

  /** These parameters on an engine that is believed: themselves, or on the one that checks. */
  async believed(): Promise<PublicParams> {
    return this.backend.supervision === undefined ? this : this.checker();
  }

  async #move(cause: unknown, failures: number): Promise<void> {
    const { supervision } = this.backend;
    if (supervision === undefined) throw cause;
    const engine = await supervision.successor(cause, failures);
    const old = this.#residents;
    const checker = await this.#checker;
    this.#residents = checker?.backend === engine ? checker.#residents : await this.#residentsOn(engine);
    freeResidents(old);
  }

  async #makeChecker(): Promise<PublicParams> {
    const { supervision } = this.backend;
    if (supervision === undefined) throw new NovaError('EngineFault', 'this engine names none to check it');
    return new PublicParams(this, await this.#residentsOn(await supervision.checker()));
  }

  /** The keys are the host's copy of what was set up, and were checked then. */
  #residentsOn(engine: Backend): Promise<Residents> {
    const { backend, primary, secondary } = this.#residents;
    const sides = { primary, secondary };
    const circuits = { primary: primary.circuit, secondary: secondary.circuit };
    return makeResidents(engine, this.cycle, circuits, this.hint, async (to, { circuit, curve }) => {
      const { bases, tauH } = sides[circuit.name];
      const loaded = await to.loadBases(curve, await backend.saveBases(bases), { trusted: true });
      return { bases: loaded, ...(tauH && { tauH }) };
    });
  }

  /** Number of constraints of the primary and the secondary circuit. */
  get constraints(): [primary: number, secondary: number] {
    return [this.primary.circuit.matrices.constraints, this.secondary.circuit.matrices.constraints];
  }

  /** Number of variables of the primary and the secondary circuit. */
  get variables(): [primary: number, secondary: number] {
    return [this.primary.circuit.matrices.variables, this.secondary.circuit.matrices.variables];
  }

  /** What {@link PublicParams.load} needs to skip the making of generators: magic, version, cycle, hint, digest, keys. */
  async save(): Promise<Uint8Array> {
    const w = new ByteWriter();
    w.bytes(MAGIC);
    w.u32(VERSION);
    for (const text of [this.cycle.name, this.hint]) {
      const utf8 = new TextEncoder().encode(text);
      w.u64(utf8.length);
      w.bytes(utf8);
    }
    w.element(this.primary.curve.scalar, this.digest);
    for (const side of [this.primary, this.secondary]) {
      const points = await this.backend.saveBases(side.bases);
      w.u64(points.length);
      w.bytes(points);
    }
    if (this.primary.tauH !== undefined) w.bytes(encodeG2(this.primary.tauH));
    return w.finish();
  }

  /** Frees what the engine keeps. Proofs made with these parameters must be closed first. */
  close(): void {
    freeResidents(this.#residents);
    void this.#checker?.then((checker) => checker.close());
  }
}

async function digestOf(
  stepCircuit: StepCircuit,
  { backend, primary, secondary }: Residents,
  { signal, onProgress, sha3 }: SetupOptions,
): Promise<bigint> {
  onProgress?.({ phase: 'digest', share: 0 });
  const digested = async ({ curve, bases, tauH, circuit }: Side) => {
    return { curve, points: await backend.saveBases(bases), tauH, shape: circuit.matrices };
  };
  return parametersDigest(stepCircuit.arity, await digested(primary), await digested(secondary), {
    signal,
    sha3,
  });
}

interface Saved {
  readonly cycle: Cycle;
  readonly hint: CkHint;
  readonly digest: bigint;
  readonly points: { readonly primary: Uint8Array; readonly secondary: Uint8Array };
  readonly tauH: G2Point | undefined;
}

async function readSaved(bytes: Uint8Array): Promise<Saved> {
  const r = new ByteReader(bytes);
  if (!MAGIC.every((b, i) => b === bytes[i]))
    throw new NovaError('InvalidEncoding', 'these are no saved parameters');
  r.bytes(MAGIC.length);
  const version = r.u32();
  if (version !== VERSION) throw mismatch(`they have version ${version}, this library writes ${VERSION}`);
  const text = (what: string) => new TextDecoder().decode(r.bytes(r.length(1, what), what));
  const cycle = cycleByName(text('the name of the cycle'));
  const hint = text('the hint') as CkHint;
  const digest = r.element(cycle.primary.scalar, 'the digest');
  const key = (what: string) => r.bytes(r.length(1, what), what);
  const points = { primary: key('the primary key'), secondary: key('the secondary key') };
  const tauH = needsPtau(cycle) ? await readTauH(r) : undefined;
  r.end('saved parameters');
  return { cycle, hint, digest, points, tauH };
}

async function readTauH(r: ByteReader): Promise<G2Point> {
  const { decodeG2 } = await import('../curve/pairing.ts');
  return decodeG2(r.bytes(G2_BYTES, 'tau H'), 'the saved tau H');
}

function mismatch(why: string): NovaError {
  return new NovaError(
    'ParamsMismatch',
    `saved parameters do not fit this circuit: ${why}. Set them up anew.`,
  );
}
