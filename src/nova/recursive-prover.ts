/** The prover's side of a recursive proof: what `new` and `proveStep` compute, as functions from state to state. */
import { withAside } from '../aside.ts';
import { NovaError, UnSatError } from '../errors.ts';
import type { Backend, Pending } from '../backend/backend.ts';
import type { PrivateInputs } from '../circuit/step-circuit.ts';
import { control, type TaskOptions } from '../pace.ts';
import { defaultInstance, relax, type Instance } from '../r1cs/instance.ts';
import type { AugmentedInputs, AugmentedOutputs, EarlyInputs } from './augmented-circuit.ts';
import { NUM_IO } from './constants.ts';
import type { Draws } from './draws.ts';
import { NIFS, type CrossTerm, type FreshBuffers } from './nifs.ts';
import type { PublicParams, Side } from './params.ts';
import { StepBuffers, type RecursiveState } from './recursive-state.ts';
import type { UpcomingStep } from './step-inputs.ts';
import type { Stopwatch } from './step-report.ts';

/** Proves steps of one computation; owns the vectors that its states live in. */
export class RecursiveProver {
  readonly pp: PublicParams;
  /** Where its vectors are, wherever the parameters go. */
  readonly backend: Backend;
  readonly #primary: NIFS;
  readonly #secondary: NIFS;
  #buffers: StepBuffers | undefined;

  constructor(pp: PublicParams) {
    this.pp = pp;
    this.backend = pp.backend;
    this.#primary = new NIFS(pp.backend, pp.primary, pp.digest);
    this.#secondary = new NIFS(pp.backend, pp.secondary, pp.digest);
  }

  /** The vectors, made at first use. */
  get buffers(): StepBuffers {
    this.#buffers ??= new StepBuffers(this.backend, this.#primary, this.#secondary);
    return this.#buffers;
  }

  close(): void {
    this.#buffers?.close();
    this.#buffers = undefined;
  }

  /** Waits for what was recorded. @throws what it failed with */
  async settle(options: TaskOptions): Promise<void> {
    await this.backend.read([], control(options));
  }

  /**
   * The state after step 0, which counts no step as done.
   *
   * @param draw random elements; whoever asks for a state commits or rewinds them
   */
  async start(
    z0: readonly bigint[],
    inputs: PrivateInputs | undefined,
    draw: Draws,
    options: TaskOptions,
  ): Promise<RecursiveState> {
    const { pp, buffers } = this;
    const [F1, F2] = [pp.primary.curve.scalar, pp.secondary.curve.scalar];
    const riPrimary = draw.next(F1);
    const riSecondary = draw.next(F2);

    // base case on the primary curve: its instance is the first running one
    const first = buffers.runningPrimary.first;
    const base = { digest: pp.digest, i: 0n, z0, rNext: riPrimary, private: inputs };
    const primary = await this.#synthesize(pp.primary, base, first, options);
    const rW = draw.next(F1);
    const [commW] = await this.#commitChecked(pp.primary, primary, first, rW, [], options);
    const uPrimary: Instance = { commW, X: primary.X };

    // base case on the secondary curve, with the cross term of its first fold (into the zero instance)
    const lw = buffers.freshSecondary.first;
    const baseSecondary = { digest: pp.digest, i: 0n, z0: [0n], rNext: riSecondary, u: uPrimary };
    const secondary = await this.#synthesize(pp.secondary, baseSecondary, lw, options);
    const rWLast = draw.next(F2);
    const zero = { ...buffers.runningSecondary.first, rW: 0n, rE: 0n };
    const T = buffers.TSecondary.first;
    const rT = draw.next(F2);
    const pendingT = this.#secondary.commitCrossTerm(T, rT, 0n, zero, lw);
    const [commWLast, commT] = await this.#commitChecked(
      pp.secondary,
      secondary,
      lw,
      rWLast,
      [pendingT],
      options,
    );

    return {
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
      zi: primary.zNext,
      crossTerm: { T, rT, commT },
    };
  }

  /**
   * The state after one more step. Writes only vectors that `state` does not hold.
   *
   * @param upcoming the step after it, if that is known by now: what it needs no answer of the engine for is computed ahead
   */
  async next(
    state: RecursiveState,
    inputs: PrivateInputs | undefined,
    draw: Draws,
    options: TaskOptions,
    clock: Stopwatch,
    upcoming?: () => UpcomingStep | undefined,
  ): Promise<RecursiveState> {
    const { pp, buffers: b } = this;
    const [F1, F2] = [pp.primary.curve.scalar, pp.secondary.curve.scalar];
    const i = BigInt(state.i);

    // fold the last secondary instance into the running one
    const cross = state.crossTerm ?? (await this.crossTerm(state, draw.next(F2), options));
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
    const earlySecondary: EarlyInputs = {
      digest: pp.digest,
      i,
      z0: [0n],
      zi: [0n],
      U: state.rUPrimary,
      ri: state.riSecondary,
    };
    const [commW, commT] = await withAside(
      this.#commitChecked(pp.primary, primary, fresh, rWPrimary, [pendingT], options),
      async (signal) => {
        await this.#prepare(pp.secondary, earlySecondary, signal);
        const step = upcoming?.();
        if (step === undefined) return;
        const early: EarlyInputs = {
          digest: pp.digest,
          i: i + 1n,
          z0: state.z0,
          zi: primary.zNext,
          U: foldedSecondary.U,
          ri: rNextPrimary,
          private: step.inputs,
        };
        await this.#prepare(pp.primary, early, signal);
      },
      options.signal,
    );
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
      { ...earlySecondary, rNext: rNextSecondary, u: lUPrimary, commT },
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
      secondary,
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
  ): Promise<Synthesized> {
    const phase = `${side.circuit.name} witness`;
    options.onProgress?.({ phase, share: 0 });
    const packed = side.circuit.pack(inputs);
    const values = await this.backend.generate(side.witness, packed, to.W, control(options, phase));
    const outputs = side.circuit.unpack(values);
    this.backend.products(to.products, side.matrices, to.W, 1n, outputs.X);
    return { ...outputs, packed };
  }

  /** Runs the head of an augmented circuit's witness program, for the step that these inputs belong to. */
  async #prepare(side: Side, inputs: EarlyInputs, signal: AbortSignal): Promise<void> {
    await this.backend.prepare(side.witness, side.circuit.packHead(inputs), { signal });
  }

  /**
   * Reads the commitment to a fresh witness together with `others`. The products must already be recorded: that they
   * satisfy the constraints is checked in the same read, so a bad witness is refused in the step that made it.
   */
  async #commitChecked<const P extends readonly Pending<unknown>[]>(
    side: Side,
    { packed }: Synthesized,
    fresh: FreshBuffers,
    rW: bigint,
    others: P,
    options: TaskOptions,
  ) {
    const phase = `${side.circuit.name} commitments`;
    options.onProgress?.({ phase, share: 0 });
    const commW = this.backend.commit(side.bases, fresh.W, rW);
    const unsatisfied = this.backend.firstUnsatisfied(fresh.products, 1n);
    const [row, ...points] = await this.backend.read(
      [unsatisfied, commW, ...others],
      control(options, phase),
    );
    if (row !== -1) throw await this.#unsatisfied(side, packed, row);
    return points;
  }

  /** What to say of a constraint that is broken by what the engine computed: it may be the engine that is wrong. */
  async #unsatisfied(side: Side, packed: readonly bigint[], row: number): Promise<NovaError> {
    const { name } = side.circuit;
    if (this.backend.supervision === undefined) return new UnSatError(name, row, side.circuit.path(row));
    const checker = await this.pp.checker();
    const found = await firstUnsatisfiedRow(checker, checker[name], packed);
    if (found !== -1) return new UnSatError(name, found, side.circuit.path(found));
    return new NovaError(
      'DeviceFault',
      `the engine ${this.backend.name} found constraint ${row} of the ${name} circuit broken, and the CPU does not; ` +
        'the state is as it was before the step. Try again, or use the engine wasm',
    );
  }

  /** A state with the vector of the cross term that it was saved without. */
  withCrossTerm(state: RecursiveState, cross: Omit<CrossTerm, 'T'>): RecursiveState {
    const T = this.buffers.TSecondary.first;
    const { rUSecondary, rWSecondary, lWSecondary } = state;
    this.backend.crossTerm(T, rWSecondary.products, rUSecondary.u, lWSecondary.products);
    return { ...state, crossTerm: { T, ...cross } };
  }

  /** The cross term of the next secondary fold, with the blind rT, for a state that has none. */
  async crossTerm(state: RecursiveState, rT: bigint, options: TaskOptions): Promise<CrossTerm> {
    const T = this.buffers.TSecondary.first;
    const { rUSecondary, rWSecondary, lWSecondary } = state;
    const pending = this.#secondary.commitCrossTerm(T, rT, rUSecondary.u, rWSecondary, lWSecondary);
    const [commT] = await this.backend.read([pending], control(options, 'cross term'));
    return { T, rT, commT };
  }
}

/** What a witness program gave. */
interface Synthesized extends AugmentedOutputs {
  /** What it was given. */
  readonly packed: readonly bigint[];
}

/** The first constraint that the witness of these inputs breaks, or -1, by the engine of the parameters alone. */
async function firstUnsatisfiedRow(
  { backend, digest }: PublicParams,
  side: Side,
  packed: readonly bigint[],
): Promise<number> {
  const { W, products } = new NIFS(backend, side, digest).freshBuffers('checked');
  try {
    const { X } = side.circuit.unpack(await backend.generate(side.witness, packed, W));
    backend.products(products, side.matrices, W, 1n, X);
    const [row] = await backend.read([backend.firstUnsatisfied(products, 1n)]);
    return row;
  } finally {
    backend.free(W, products.AZ, products.BZ, products.CZ);
  }
}
