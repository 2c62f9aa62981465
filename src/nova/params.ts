import { NovaError } from '../errors.ts';
import type { Backend, Bases, Control, Matrices, Witness } from '../backend/backend.ts';
import { control, nextTurn, type TaskOptions } from '../pace.ts';
import type { StepCircuit } from '../circuit/step-circuit.ts';
import type { Curve } from '../curve/curve.ts';
import { POINT_BYTES } from '../curve/curve.ts';
import { cycleByName, needsPtau, type Cycle } from '../curve/cycles.ts';
import { encodeG2, equalG2, G2_BYTES, type G2Point } from '../curve/g2.ts';
import type { Sha3 } from '../hash/digest.ts';
import { restoreKzgKey, tauHOf, type KzgKey } from '../pcs/kzg-key.ts';
import type { CommitmentKey } from '../pcs/evaluation-engine.ts';
import type { PtauSource } from '../pcs/ptau.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import type { AugmentedCircuit } from './augmented-circuit.ts';
import { synthesizePair, type CircuitPair } from './circuit-pair.ts';
import { cycleOf, keySize, makeCommitmentKey, ptauFor } from './commitment-key.ts';
import { parametersDigest } from './digest.ts';
import { FINAL_SNARKS, type FinalSnark } from './final-snark.ts';

/**
 * For which final SNARK the commitment keys are sized: none in particular, one with preprocessing on the primary curve, or
 * on both. As nova-snark's `ck_hint`s: the keys, and with them the digest, depend on it.
 */
export type CkHint = 'default' | 'ppsnark' | 'ppsnark2';

/** The hints, and on which of the two curves each asks for room for the matrices' entries. */
export const CK_HINTS: Readonly<Record<CkHint, readonly [primary: boolean, secondary: boolean]>> = {
  default: FINAL_SNARKS.snark,
  ppsnark: FINAL_SNARKS.ppsnark,
  ppsnark2: FINAL_SNARKS.ppsnark2,
};

/** The hint that makes room for a SNARK and for nothing more. */
export function hintOf(snark: FinalSnark): CkHint {
  return snark === 'snark' ? 'default' : snark;
}

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
  /** SHA3-256 for the digest, such as Node's own. Default: that of @noble/hashes, which is several times slower. */
  readonly sha3?: () => Sha3;
  /** The circuits, where the caller has synthesised this very step circuit on this cycle already. @internal */
  readonly circuits?: CircuitPair | undefined;
}

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

/** One curve's part of the parameters: its instances commit on `curve`; its circuit is over the curve's scalar field. */
export interface Side extends CommitmentKey {
  readonly curve: Curve;
  readonly circuit: AugmentedCircuit;
  /** Where the commitment key is one of powers of tau, the primary one's. */
  readonly tauH?: G2Point;
  readonly matrices: Matrices;
  readonly witness: Witness;
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
  readonly backend: Backend;
  readonly stepCircuit: StepCircuit;
  readonly cycle: Cycle;
  readonly hint: CkHint;
  readonly primary: Side;
  readonly secondary: Side;
  /** Below 2^250: the same number in every field. */
  readonly digest: bigint;

  /** Use {@link PublicParams.setup} or {@link PublicParams.load}. */
  private constructor(fields: Omit<PublicParams, 'constraints' | 'variables' | 'save' | 'close'>) {
    this.backend = fields.backend;
    this.stepCircuit = fields.stepCircuit;
    this.cycle = fields.cycle;
    this.hint = fields.hint;
    this.primary = fields.primary;
    this.secondary = fields.secondary;
    this.digest = fields.digest;
  }

  /**
   * Synthesises the circuits and makes the commitment keys.
   *
   * @throws {@link NovaError} `UnknownCycle`, `InvalidArgument` (also where powers of tau are missing, or not asked for),
   * `PtauFileError`, `PointNotOnCurve`, `PointNotInSubgroup`, `Aborted`, and what the circuit's `synthesize` and `ptau` throw
   */
  static async setup(stepCircuit: StepCircuit, options: SetupOptions): Promise<PublicParams> {
    const { backend } = options;
    const cycle = cycleOf(options);
    const ptau = ptauFor(cycle, options.ptau);
    return PublicParams.#make(stepCircuit, { ...options, cycle }, (side, n, control) =>
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
    const { backend, ptau, trusted = false } = options;
    const pp = await PublicParams.#make(
      stepCircuit,
      { ...options, cycle, hint },
      async (side, n, control) => {
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
    makeKey: (
      side: Pick<Side, 'curve' | 'circuit'>,
      n: number,
      control: Control,
    ) => Promise<CommitmentKey | KzgKey>,
    knownDigest?: bigint,
  ): Promise<PublicParams> {
    const { backend, hint = 'default' } = options;
    const cycle = cycleOf(options);
    if (!Object.hasOwn(CK_HINTS, hint)) {
      throw new NovaError(
        'InvalidArgument',
        `no hint ${String(hint)}; there are ${Object.keys(CK_HINTS).join(', ')}`,
      );
    }
    const circuits = options.circuits ?? (await synthesizePair(stepCircuit, cycle, options));

    const made: Side[] = [];
    const handles: (Bases | Matrices | Witness)[] = [];
    const keep = <H extends Bases | Matrices | Witness>(handle: H): H => {
      handles.push(handle);
      return handle;
    };
    try {
      for (const [k, name] of (['primary', 'secondary'] as const).entries()) {
        const curve = cycle[name];
        const circuit = circuits[name];
        const n = keySize(circuit.matrices, CK_HINTS[hint][k]);
        const ck = await makeKey({ curve, circuit }, n, control(options, `${name} generators`));
        keep(ck.bases);
        // each of these blocks for some tens of milliseconds
        await nextTurn();
        const matrices = keep(backend.matrices(circuit.matrices));
        await nextTurn();
        const witness = keep(backend.witness(circuit.program));
        await nextTurn();
        made.push({ curve, circuit, ...ck, matrices, witness });
      }
      const [primary, secondary] = made;
      const digest = knownDigest ?? (await digestOf(stepCircuit, primary, secondary, options));
      return new PublicParams({ backend, stepCircuit, cycle, hint, primary, secondary, digest });
    } catch (error) {
      backend.free(...handles);
      throw error;
    }
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
    freeSide(this.backend, this.primary);
    freeSide(this.backend, this.secondary);
  }
}

function freeSide(backend: Backend, side: Side): void {
  backend.free(side.bases, side.matrices, side.witness);
}

async function digestOf(
  stepCircuit: StepCircuit,
  primary: Side,
  secondary: Side,
  { backend, signal, onProgress, sha3 }: SetupOptions,
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
