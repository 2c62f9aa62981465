import { NovaError, UnSatError } from '../errors.ts';
import type { Backend, Control, Counters, Pending } from '../backend/backend.ts';
import type { PrivateInputs } from '../circuit/step-circuit.ts';
import { systemRng, type Rng } from '../field/random.ts';
import { defaultInstance, relax, type Instance } from '../r1cs/instance.ts';
import type { AugmentedInputs, AugmentedOutputs } from './augmented-circuit.ts';
import { NUM_IO } from './constants.ts';
import { Draws } from './draws.ts';
import { NIFS, type CrossTerm, type FreshBuffers, type FreshWitness, type RunningBuffers } from './nifs.ts';
import { publicHash } from './oracle.ts';
import type { PublicParams, Side, TaskOptions } from './params.ts';
import { decodeState, encodeState, StepBuffers, type RecursiveState } from './recursive-state.ts';

export interface NewOptions extends TaskOptions {
  /** Source of all blinds of this proof. Default: the platform's. */
  readonly rng?: Rng | undefined;
  /** Private inputs of step 0. */
  readonly inputs?: PrivateInputs | undefined;
}

/** What one step took, from the engine's counters. */
export interface StepReport {
  readonly ms: number;
  /** Milliseconds by part: the engine's operations, and `oracle`, the hashing and folding of instances on the host. */
  readonly phases: Readonly<Record<string, number>>;
  readonly allocations: number;
  readonly readBacks: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly liveBytes: number;
}

/**
 * A proof of i steps that can be continued: Nova's IVC. Its encoding is the prover's state and contains the plain witness:
 * verify it yourself, but do not publish it.
 *
 * As in nova-snark, `new` runs step 0, the first `proveStep` only counts it, and the k-th runs step k - 1.
 *
 * @example
 * const snark = await RecursiveSNARK.new(pp, [2n]);
 * for (let i = 0; i < 3; i++) await snark.proveStep();
 * const zn = await snark.verify(3, [2n]);
 */
export class RecursiveSNARK {
  readonly pp: PublicParams;
  readonly #backend: Backend;
  readonly #primary: NIFS;
  readonly #secondary: NIFS;
  readonly #draws: Draws;
  #buffers: StepBuffers | undefined;
  #state: RecursiveState | undefined;
  /** Private inputs of step 0, until the first `proveStep` counts it. */
  #firstInputs: PrivateInputs | undefined;
  #lastStep: StepReport;
  #busy = false;

  private constructor(pp: PublicParams, rng: Rng = systemRng) {
    this.pp = pp;
    this.#backend = pp.backend;
    this.#primary = new NIFS(pp.backend, pp.primary, pp.digest);
    this.#secondary = new NIFS(pp.backend, pp.secondary, pp.digest);
    this.#draws = new Draws(rng);
    this.#lastStep = new Stopwatch(pp.backend).report();
  }

  /**
   * Starts a chain at z0 and runs step 0.
   *
   * @throws {@link NovaError} `InvalidInitialInputLength`, `InvalidFieldElement`, `InvalidInputLength`, `UnSat`,
   * `StepCircuitError`, `RandomnessFailure`, `Aborted`
   */
  static async new(
    pp: PublicParams,
    z0: readonly bigint[],
    options: NewOptions = {},
  ): Promise<RecursiveSNARK> {
    const { arity } = pp.stepCircuit;
    if (z0.length !== arity) {
      throw new NovaError(
        'InvalidInitialInputLength',
        `z0 has ${z0.length} elements; the circuit's arity is ${arity}`,
      );
    }
    z0.forEach((z, k) => pp.primary.curve.scalar.check(z, `z0[${k}]`));
    const snark = new RecursiveSNARK(pp, options.rng);
    try {
      await snark.#exclusively(() => snark.#start([...z0], options));
    } catch (error) {
      snark.close();
      throw error;
    }
    return snark;
  }

  /**
   * The proof that `bytes` (of `encode`, or of nova-snark) hold. It is not verified.
   *
   * @param options.rng source of the blinds of further steps
   * @throws {@link NovaError} `InvalidEncoding`, `InvalidWitnessLength`, `ProofVerifyError`
   */
  static async decode(
    pp: PublicParams,
    bytes: Uint8Array,
    options: { rng?: Rng | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<RecursiveSNARK> {
    const snark = new RecursiveSNARK(pp, options.rng);
    try {
      snark.#state = decodeState(pp, () => snark.#makeBuffers(), bytes);
      await snark.#backend.read([], control(options));
    } catch (error) {
      snark.close();
      throw error;
    }
    return snark;
  }

  /** Steps proved. */
  get numSteps(): number {
    return this.#current().i;
  }

  /** The computation's state: F^n(z0) after n steps (and F(z0) before the first is counted, as in nova-snark). */
  get outputs(): readonly bigint[] {
    return this.#current().zi;
  }

  /** What the last `proveStep` (or, before it, `new`) took. */
  get lastStep(): StepReport {
    return this.#lastStep;
  }

  /**
   * Proves one more step. A transaction: if it rejects, the proof is as it was, and the step can be tried again; the retry
   * uses the same random elements.
   *
   * @param inputs the step's private inputs; for the first call those of step 0, or nothing
   * @throws {@link NovaError} `UnSat` (naming the constraint), `StepCircuitError`, `InvalidInputLength`,
   * `InvalidFieldElement`, `RandomnessFailure`, `Aborted`, `Busy`
   */
  async proveStep(inputs?: PrivateInputs, options: TaskOptions = {}): Promise<void> {
    await this.#exclusively(() => this.#step(inputs, options));
  }

  /**
   * Verifies that this is a proof of `numSteps` steps from z0, and returns the state that they lead to.
   *
   * @throws {@link NovaError} `ProofVerifyError` (other steps, start or hashes), `UnSat` (a witness that does not satisfy its
   * instance)
   */
  async verify(
    numSteps: number,
    z0: readonly bigint[],
    options: TaskOptions = {},
  ): Promise<readonly bigint[]> {
    return this.#exclusively(() => this.#verify(numSteps, z0, options));
  }

  /** The encoding of the proof, byte for byte nova-snark's. It contains the plain witness. */
  async encode(): Promise<Uint8Array> {
    return this.#exclusively(() => encodeState(this.pp, this.#current()));
  }

  /** Frees the proof's vectors; the parameters stay. Closing twice does nothing. */
  close(): void {
    this.#buffers?.close();
    this.#buffers = undefined;
    this.#state = undefined;
  }

  // ---- prover

  async #start(z0: readonly bigint[], options: NewOptions): Promise<void> {
    const { pp } = this;
    const clock = new Stopwatch(this.#backend);
    const buffers = this.#makeBuffers();
    const draw = this.#draws;
    const [F1, F2] = [pp.primary.curve.scalar, pp.secondary.curve.scalar];
    const riPrimary = draw.next(F1);
    const riSecondary = draw.next(F2);

    // base case on the primary curve: its instance is the first running one
    const first = buffers.runningPrimary.first;
    const base = { digest: pp.digest, i: 0n, z0, rNext: riPrimary, private: options.inputs };
    const { X, zNext } = await this.#synthesize(pp.primary, base, first, options);
    const rW = draw.next(F1);
    const [commW] = await this.#commitChecked(pp.primary, first, rW, [], options);
    const uPrimary: Instance = { commW, X };

    // base case on the secondary curve, with the cross term of its first fold (into the zero instance)
    const lw = buffers.freshSecondary.first;
    const inputs = { digest: pp.digest, i: 0n, z0: [0n], rNext: riSecondary, u: uPrimary };
    const secondary = await this.#synthesize(pp.secondary, inputs, lw, options);
    const rWLast = draw.next(F2);
    const zero = { ...buffers.runningSecondary.first, rW: 0n, rE: 0n };
    const T = buffers.TSecondary.first;
    const rT = draw.next(F2);
    const pendingT = this.#secondary.commitCrossTerm(T, rT, 0n, zero, lw);
    const [commWLast, commT] = await this.#commitChecked(pp.secondary, lw, rWLast, [pendingT], options);

    this.#state = {
      z0,
      rUPrimary: relax(uPrimary),
      rWPrimary: { ...first, rW, rE: 0n },
      riPrimary,
      rUSecondary: defaultInstance(NUM_IO),
      rWSecondary: zero,
      riSecondary,
      lUSecondary: { commW: commWLast, X: secondary.X },
      lWSecondary: { ...lw, rW: rWLast },
      i: 0,
      zi: zNext,
      crossTerm: { T, rT, commT },
    };
    this.#draws.commit();
    this.#firstInputs = options.inputs ?? {};
    this.#lastStep = clock.report();
  }

  async #step(inputs: PrivateInputs | undefined, options: TaskOptions): Promise<void> {
    const clock = new Stopwatch(this.#backend);
    const state = this.#current();
    if (state.i === 0) {
      // step 0 was run by `new`
      if (inputs !== undefined && !sameInputs(inputs, this.#firstInputs ?? inputs)) {
        throw new NovaError(
          'InvalidArgument',
          'step 0 was run by `new` with other private inputs; pass them there',
        );
      }
      this.#state = { ...state, i: 1 };
      this.#firstInputs = undefined;
      this.#lastStep = clock.report();
      return;
    }
    try {
      this.#state = await this.#next(state, inputs, options, clock);
      this.#draws.commit();
    } catch (error) {
      this.#draws.rewind();
      throw error;
    }
    this.#lastStep = clock.report();
  }

  /** The state after one more step. Writes only vectors that `state` does not hold. */
  async #next(
    state: RecursiveState,
    inputs: PrivateInputs | undefined,
    options: TaskOptions,
    clock: Stopwatch,
  ): Promise<RecursiveState> {
    const { pp } = this;
    const b = this.#makeBuffers();
    const draw = this.#draws;
    const [F1, F2] = [pp.primary.curve.scalar, pp.secondary.curve.scalar];
    const i = BigInt(state.i);

    // fold the last secondary instance into the running one
    const cross = state.crossTerm ?? (await this.#crossTermNow(state, options));
    const foldedSecondary = clock.time('oracle', () =>
      this.#secondary.prove(
        state.rUSecondary,
        state.rWSecondary,
        state.lUSecondary,
        state.lWSecondary,
        cross,
        b.runningSecondary.spare(state.rWSecondary),
      ),
    );

    // run the step in the primary circuit, which verifies that fold
    const rNextPrimary = draw.next(F1);
    const fresh = b.freshPrimary;
    const primary = await this.#synthesize(
      pp.primary,
      {
        digest: pp.digest,
        i,
        z0: state.z0,
        zi: state.zi,
        U: state.rUSecondary,
        ri: state.riPrimary,
        rNext: rNextPrimary,
        u: state.lUSecondary,
        commT: cross.commT,
        private: inputs,
      },
      fresh,
      options,
    );
    const rWPrimary = draw.next(F1);
    const rTPrimary = draw.next(F1);
    const pendingT = this.#primary.commitCrossTerm(
      b.TPrimary,
      rTPrimary,
      state.rUPrimary.u,
      state.rWPrimary,
      fresh,
    );
    const [commW, commT] = await this.#commitChecked(pp.primary, fresh, rWPrimary, [pendingT], options);
    const lUPrimary: Instance = { commW, X: primary.X };

    // fold the new primary instance into the running one
    const foldedPrimary = clock.time('oracle', () =>
      this.#primary.prove(
        state.rUPrimary,
        state.rWPrimary,
        lUPrimary,
        { ...fresh, rW: rWPrimary },
        { T: b.TPrimary, rT: rTPrimary, commT },
        b.runningPrimary.spare(state.rWPrimary),
      ),
    );

    // the secondary circuit verifies that fold; the cross term of its own next fold is committed along with it
    const rNextSecondary = draw.next(F2);
    const lw = b.freshSecondary.spare(state.lWSecondary);
    const secondary = await this.#synthesize(
      pp.secondary,
      {
        digest: pp.digest,
        i,
        z0: [0n],
        zi: [0n],
        U: state.rUPrimary,
        ri: state.riSecondary,
        rNext: rNextSecondary,
        u: lUPrimary,
        commT,
      },
      lw,
      options,
    );
    const rWLast = draw.next(F2);
    const rTNext = draw.next(F2);
    const TNext = b.TSecondary.spare(cross.T);
    const { U: rUSecondary, W: rWSecondary } = foldedSecondary;
    const pendingTNext = this.#secondary.commitCrossTerm(TNext, rTNext, rUSecondary.u, rWSecondary, lw);
    const [commWLast, commTNext] = await this.#commitChecked(
      pp.secondary,
      lw,
      rWLast,
      [pendingTNext],
      options,
    );

    return {
      z0: state.z0,
      rUPrimary: foldedPrimary.U,
      rWPrimary: foldedPrimary.W,
      riPrimary: rNextPrimary,
      rUSecondary,
      rWSecondary,
      riSecondary: rNextSecondary,
      lUSecondary: { commW: commWLast, X: secondary.X },
      lWSecondary: { ...lw, rW: rWLast },
      i: state.i + 1,
      zi: primary.zNext,
      crossTerm: { T: TNext, rT: rTNext, commT: commTNext },
    };
  }

  /** Runs an augmented circuit's witness program into `to.W` and records the products of the fresh witness. */
  async #synthesize(
    side: Side,
    inputs: AugmentedInputs,
    to: FreshBuffers,
    options: TaskOptions,
  ): Promise<AugmentedOutputs> {
    const phase = `${side.circuit.name} witness`;
    options.onProgress?.({ phase, share: 0 });
    const packed = side.circuit.pack(inputs);
    const values = await this.#backend.generate(side.witness, packed, to.W, control(options, phase));
    const outputs = side.circuit.unpack(values);
    this.#backend.products(to.products, side.matrices, to.W, 1n, outputs.X);
    return outputs;
  }

  /**
   * Reads the commitment to a fresh witness together with `others`. The products must already be recorded: that they
   * satisfy the constraints is checked in the same read, so a bad witness is refused in the step that made it.
   */
  async #commitChecked<const P extends readonly Pending<unknown>[]>(
    side: Side,
    fresh: FreshBuffers,
    rW: bigint,
    others: P,
    options: TaskOptions,
  ) {
    const phase = `${side.circuit.name} commitments`;
    options.onProgress?.({ phase, share: 0 });
    const commW = this.#backend.commit(side.bases, fresh.W, rW);
    const unsatisfied = this.#backend.firstUnsatisfied(fresh.products, 1n);
    const [row, ...points] = await this.#backend.read(
      [unsatisfied, commW, ...others],
      control(options, phase),
    );
    if (row !== -1) throw new UnSatError(side.circuit.name, row, side.circuit.path(row));
    return points;
  }

  /** The cross term of the next secondary fold, for a state that came without it. */
  async #crossTermNow(state: RecursiveState, options: TaskOptions): Promise<CrossTerm> {
    const T = this.#makeBuffers().TSecondary.first;
    const rT = this.#draws.next(this.pp.secondary.curve.scalar);
    const { rUSecondary, rWSecondary, lWSecondary } = state;
    const pending = this.#secondary.commitCrossTerm(T, rT, rUSecondary.u, rWSecondary, lWSecondary);
    const [commT] = await this.#backend.read([pending], control(options, 'cross term'));
    return { T, rT, commT };
  }

  // ---- verifier

  async #verify(numSteps: number, z0: readonly bigint[], options: TaskOptions): Promise<readonly bigint[]> {
    const { pp } = this;
    const s = this.#current();

    // number of steps, start, lengths
    const { arity } = pp.stepCircuit;
    const sameStart = z0.length === arity && s.z0.length === arity && z0.every((z, k) => z === s.z0[k]);
    const lengths = [s.lUSecondary, s.rUPrimary, s.rUSecondary].every((U) => U.X.length === NUM_IO);
    if (numSteps === 0 || s.i !== numSteps || !sameStart || s.zi.length !== arity || !lengths) {
      throw new NovaError(
        'ProofVerifyError',
        `Invalid number of steps or inputs: the proof is of ${s.i} steps${sameStart ? '' : ' from another z0'}`,
      );
    }

    // the last instance's public inputs link both running instances to this computation
    const [E1, E2] = [pp.primary.curve, pp.secondary.curve];
    const hashPrimary = publicHash(E2, pp.digest, numSteps, z0, s.zi, s.rUSecondary, s.riPrimary);
    const hashSecondary = publicHash(E1, pp.digest, numSteps, [0n], [0n], s.rUPrimary, s.riSecondary);
    if (hashPrimary !== E2.base.reduce(s.lUSecondary.X[0]) || hashSecondary !== s.lUSecondary.X[1]) {
      throw new NovaError('ProofVerifyError', 'Invalid output hash in R1CS instances');
    }

    // all three witnesses satisfy their instances and open their commitments
    const b = this.#makeBuffers();
    const scratchPrimary = b.runningPrimary.spare(s.rWPrimary);
    const scratchSecondary = b.runningSecondary.spare(s.rWSecondary);
    const scratchLast = b.freshSecondary.spare(s.lWSecondary);
    const be = this.#backend;
    const [primary, secondary] = [pp.primary, pp.secondary];
    const satisfied = (
      side: Side,
      scratch: FreshBuffers,
      W: RunningBuffers['W'],
      u: bigint,
      X: readonly bigint[],
      E?: RunningBuffers['E'],
    ) => {
      be.products(scratch.products, side.matrices, W, u, X);
      return be.firstUnsatisfied(scratch.products, u, E);
    };
    const {
      rWPrimary: W1,
      rUPrimary: U1,
      rWSecondary: W2,
      rUSecondary: U2,
      lWSecondary: w,
      lUSecondary: u,
    } = s;
    const [row1, row2, row, commW1, commE1, commW2, commE2, commW] = await be.read(
      [
        satisfied(primary, scratchPrimary, W1.W, U1.u, U1.X, W1.E),
        satisfied(secondary, scratchSecondary, W2.W, U2.u, U2.X, W2.E),
        satisfied(secondary, scratchLast, w.W, 1n, u.X),
        be.commit(primary.bases, W1.W, W1.rW),
        be.commit(primary.bases, W1.E, W1.rE),
        be.commit(secondary.bases, W2.W, W2.rW),
        be.commit(secondary.bases, W2.E, W2.rE),
        be.commit(secondary.bases, w.W, w.rW),
      ],
      control(options, 'verification'),
    );
    for (const [side, at] of [
      [primary, row1],
      [secondary, row2],
      [secondary, row],
    ] as const) {
      if (at !== -1) throw new UnSatError(side.circuit.name, at, side.circuit.path(at));
    }
    const open =
      E1.equals(commW1, U1.commW) &&
      E1.equals(commE1, U1.commE) &&
      E2.equals(commW2, U2.commW) &&
      E2.equals(commE2, U2.commE) &&
      E2.equals(commW, u.commW);
    if (!open) throw new NovaError('UnSat', 'Invalid commitments: a witness does not open its commitment');
    return s.zi;
  }

  // ---- housekeeping

  #makeBuffers(): StepBuffers {
    this.#buffers ??= new StepBuffers(this.#backend, this.#primary, this.#secondary);
    return this.#buffers;
  }

  #current(): RecursiveState {
    if (this.#state === undefined) throw new NovaError('BackendClosed', 'this proof was closed');
    return this.#state;
  }

  /** One operation at a time: they share the spare vectors. */
  async #exclusively<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new NovaError('Busy', 'this proof is at work; await the operation under way first');
    this.#busy = true;
    try {
      return await operation();
    } finally {
      this.#busy = false;
    }
  }
}

function control(options: TaskOptions, phase = ''): Control {
  return {
    ...(options.signal && { signal: options.signal }),
    ...(options.onProgress && { onProgress: (share: number) => options.onProgress?.({ phase, share }) }),
  };
}

function sameInputs(a: PrivateInputs, b: PrivateInputs): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => a[key].length === b[key]?.length && a[key].every((x, i) => x === b[key][i]))
  );
}

/** Measures a step by the engine's counters. */
class Stopwatch {
  readonly #backend: Backend;
  readonly #before: Counters;
  readonly #start = performance.now();
  readonly #phases: Record<string, number> = {};

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#before = backend.counters();
  }

  /** Runs host work and books its time under `phase`. */
  time<T>(phase: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#phases[phase] = (this.#phases[phase] ?? 0) + performance.now() - start;
    return result;
  }

  report(): StepReport {
    const before = this.#before;
    const after = this.#backend.counters();
    const phases = { ...this.#phases };
    for (const [key, ms] of Object.entries(after.time)) {
      const spent = ms - (before.time[key] ?? 0);
      if (spent > 0) phases[key] = spent;
    }
    return {
      ms: performance.now() - this.#start,
      phases,
      allocations: after.allocations - before.allocations,
      readBacks: after.readBacks - before.readBacks,
      bytesUp: after.bytesUp - before.bytesUp,
      bytesDown: after.bytesDown - before.bytesDown,
      liveBytes: after.liveBytes,
    };
  }
}
