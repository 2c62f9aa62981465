/** The state of an incremental computation, the vectors that hold it, and its encoding. */
import { NovaError } from '../errors.ts';
import type { Backend, Pending, Vec } from '../backend/backend.ts';
import type { PrimeField } from '../field/field.ts';
import {
  readInstance,
  readRelaxedInstance,
  writeInstance,
  writeRelaxedInstance,
  type Instance,
  type RelaxedInstance,
} from '../r1cs/instance.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import { NUM_IO } from './constants.ts';
import {
  NIFS,
  type CrossTerm,
  type FreshBuffers,
  type FreshWitness,
  type RunningBuffers,
  type RunningWitness,
} from './nifs.ts';
import type { PublicParams } from './params.ts';

/**
 * Everything that a step changes, as one immutable value: a step makes a new one, and the old one stays valid until the
 * new one takes its place.
 */
export interface RecursiveState {
  readonly z0: readonly bigint[];
  /** The running instance on the primary curve, its witness, and the blind of the hash that binds it. */
  readonly rUPrimary: RelaxedInstance;
  readonly rWPrimary: RunningWitness;
  readonly riPrimary: bigint;
  readonly rUSecondary: RelaxedInstance;
  readonly rWSecondary: RunningWitness;
  readonly riSecondary: bigint;
  /** The last instance on the secondary curve, not folded in yet, and its witness. */
  readonly lUSecondary: Instance;
  readonly lWSecondary: FreshWitness;
  /** Steps that count as done. */
  readonly i: number;
  /** The computation's state after the steps that were run. */
  readonly zi: readonly bigint[];
  /** The cross term of the next fold on the secondary curve, where it was computed ahead. */
  readonly crossTerm: CrossTerm | undefined;
}

/**
 * All vectors of a prover, made once. What a step changes exists twice: the state holds one copy, the step writes the
 * other. The primary circuit's fresh witness does not outlive its step and exists once.
 */
export class StepBuffers {
  readonly runningPrimary: Pair<RunningBuffers>;
  readonly freshPrimary: FreshBuffers;
  readonly TPrimary: Vec;
  readonly runningSecondary: Pair<RunningBuffers>;
  readonly freshSecondary: Pair<FreshBuffers>;
  readonly TSecondary: Pair<Vec>;
  readonly #backend: Backend;
  readonly #vectors: Vec[] = [];

  constructor(backend: Backend, primary: NIFS, secondary: NIFS) {
    this.#backend = backend;
    try {
      this.runningPrimary = this.#twice((k) => primary.runningBuffers(`primary.running${k}`));
      this.freshPrimary = this.#own(primary.freshBuffers('primary.fresh'));
      this.TPrimary = this.#own(primary.errorVector('primary.T'));
      this.runningSecondary = this.#twice((k) => secondary.runningBuffers(`secondary.running${k}`));
      this.freshSecondary = this.#twice((k) => secondary.freshBuffers(`secondary.fresh${k}`));
      this.TSecondary = this.#twice((k) => secondary.errorVector(`secondary.T${k}`));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#backend.free(...this.#vectors.splice(0));
  }

  #twice<T extends Vec | FreshBuffers>(make: (k: number) => T): Pair<T> {
    return new Pair(this.#own(make(0)), this.#own(make(1)));
  }

  #own<T extends Vec | FreshBuffers>(buffers: T): T {
    if ('products' in buffers) {
      const { AZ, BZ, CZ } = buffers.products;
      this.#vectors.push(buffers.W, AZ, BZ, CZ);
      if ('E' in buffers) this.#vectors.push((buffers as RunningBuffers).E);
    } else {
      this.#vectors.push(buffers as Vec);
    }
    return buffers;
  }
}

/** Two copies of something: the one in use and the one to write next. */
export class Pair<T extends Vec | FreshBuffers> {
  readonly #copies: readonly [T, T];

  constructor(a: T, b: T) {
    this.#copies = [a, b];
  }

  get first(): T {
    return this.#copies[0];
  }

  /** The copy that does not share its vectors with `used`; the first one if nothing is in use. */
  spare(used: Vec | FreshBuffers | undefined): T {
    return used !== undefined && vectorOf(this.#copies[0]) === vectorOf(used)
      ? this.#copies[1]
      : this.#copies[0];
  }
}

function vectorOf(x: Vec | FreshBuffers): Vec {
  return 'products' in x ? x.W : x;
}

/** The encoding of a state, as nova-snark's: it contains the plain witness. */
export async function encodeState(pp: PublicParams, s: RecursiveState): Promise<Uint8Array> {
  const { backend } = pp;
  const [E1, E2] = [pp.primary.curve, pp.secondary.curve];
  const vectors = [s.rWPrimary.W, s.rWPrimary.E, s.rWSecondary.W, s.rWSecondary.E, s.lWSecondary.W];
  const [WPrimary, EPrimary, WSecondary, ESecondary, WLast] = await backend.read(
    vectors.map((v): Pending<Uint8Array> => backend.download(v)),
  );

  const w = new ByteWriter();
  w.elements(E1.scalar, s.z0);
  w.elementBytes(E1.scalar, WPrimary).element(E1.scalar, s.rWPrimary.rW);
  w.elementBytes(E1.scalar, EPrimary).element(E1.scalar, s.rWPrimary.rE);
  writeRelaxedInstance(w, E1, s.rUPrimary);
  w.element(E1.scalar, s.riPrimary);
  w.elementBytes(E2.scalar, WSecondary).element(E2.scalar, s.rWSecondary.rW);
  w.elementBytes(E2.scalar, ESecondary).element(E2.scalar, s.rWSecondary.rE);
  writeRelaxedInstance(w, E2, s.rUSecondary);
  w.element(E2.scalar, s.riSecondary);
  w.elementBytes(E2.scalar, WLast).element(E2.scalar, s.lWSecondary.rW);
  writeInstance(w, E2, s.lUSecondary);
  w.u64(s.i);
  w.elements(E1.scalar, s.zi);
  return w.finish();
}

/**
 * The state that `bytes` encode, with its vectors in `buffers`. The whole input is read before anything is uploaded; the
 * products of the witnesses are computed anew.
 *
 * @throws {@link NovaError} `InvalidEncoding`, `InvalidWitnessLength`, `ProofVerifyError`
 */
export function decodeState(pp: PublicParams, buffers: () => StepBuffers, bytes: Uint8Array): RecursiveState {
  const [E1, E2] = [pp.primary.curve, pp.secondary.curve];
  const r = new ByteReader(bytes);
  const z0 = r.elements(E1.scalar, 'z0');
  const running = (F: PrimeField, side: string) => {
    const W = r.elementBytes(F, `the ${side} W`);
    const rW = r.element(F, `the ${side} r_W`);
    const E = r.elementBytes(F, `the ${side} E`);
    const rE = r.element(F, `the ${side} r_E`);
    return { W, rW, E, rE };
  };
  const witnessPrimary = running(E1.scalar, 'primary');
  const rUPrimary = readRelaxedInstance(r, E1);
  const riPrimary = r.element(E1.scalar, 'ri_primary');
  const witnessSecondary = running(E2.scalar, 'secondary');
  const rUSecondary = readRelaxedInstance(r, E2);
  const riSecondary = r.element(E2.scalar, 'ri_secondary');
  const WLast = r.elementBytes(E2.scalar, 'the last W');
  const rWLast = r.element(E2.scalar, 'the last r_W');
  const lUSecondary = readInstance(r, E2);
  const steps = r.u64();
  const zi = r.elements(E1.scalar, 'zi');
  r.end('the state');

  const { arity } = pp.stepCircuit;
  const io = [rUPrimary, rUSecondary, lUSecondary].every((U) => U.X.length === NUM_IO);
  if (z0.length !== arity || zi.length !== arity || !io || steps > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new NovaError(
      'ProofVerifyError',
      'Invalid number of steps or inputs: this state belongs to another circuit or was changed',
    );
  }
  for (const [side, { W, E }, S] of [
    ['primary', witnessPrimary, pp.primary.circuit.matrices],
    ['secondary', witnessSecondary, pp.secondary.circuit.matrices],
    ['last', { W: WLast, E: undefined }, pp.secondary.circuit.matrices],
  ] as const) {
    checkLength(W, S.variables, `the ${side} W`);
    if (E) checkLength(E, S.constraints, `the ${side} E`);
  }

  const { backend } = pp;
  const b = buffers();
  const upload = (
    to: RunningBuffers,
    from: ReturnType<typeof running>,
    side: PublicParams['primary'],
    U: RelaxedInstance,
  ): RunningWitness => {
    backend.upload(to.W, from.W);
    backend.upload(to.E, from.E);
    backend.products(to.products, side.matrices, to.W, U.u, U.X);
    return { ...to, rW: from.rW, rE: from.rE };
  };
  const rWPrimary = upload(b.runningPrimary.first, witnessPrimary, pp.primary, rUPrimary);
  const rWSecondary = upload(b.runningSecondary.first, witnessSecondary, pp.secondary, rUSecondary);
  const fresh = b.freshSecondary.first;
  backend.upload(fresh.W, WLast);
  backend.products(fresh.products, pp.secondary.matrices, fresh.W, 1n, lUSecondary.X);
  return {
    z0,
    rUPrimary,
    rWPrimary,
    riPrimary,
    rUSecondary,
    rWSecondary,
    riSecondary,
    lUSecondary,
    lWSecondary: { ...fresh, rW: rWLast },
    i: Number(steps),
    zi,
    crossTerm: undefined,
  };
}

function checkLength(vector: Uint8Array, n: number, what: string): void {
  const length = vector.length / 32;
  if (length !== n) {
    throw new NovaError('InvalidWitnessLength', `${what} has ${length} elements; this circuit's has ${n}`);
  }
}
