import { isEngineFailure, isRefusal, NovaError } from '../errors.ts';
import type { Supervision } from '../backend/backend.ts';
import type { PrivateInputs } from '../circuit/step-circuit.ts';
import type { RandomElements, Rng } from '../field/random.ts';
import type { TaskOptions } from '../pace.ts';
import { Draws } from './draws.ts';
import type { CrossTerm } from './nifs.ts';
import type { PublicParams } from './params.ts';
import { RecursiveProver } from './recursive-prover.ts';
import { decodeState, encodeState, type RecursiveState } from './recursive-state.ts';
import { verifyState } from './recursive-verifier.ts';
import type { UpcomingStep } from './step-inputs.ts';
import { Stopwatch, type StepReport } from './step-report.ts';
import { wrongAnswers } from './successors.ts';

/** Something that was proved: enough to prove it again, with the same result. */
interface Work {
  /** Steps that counted as done before; undefined for the start of a chain. */
  readonly i: number | undefined;
  readonly z0: readonly bigint[];
  readonly inputs: PrivateInputs | undefined;
  /** The random elements that it drew. */
  readonly draws: readonly bigint[];
  /** Whether somebody else has used up the cross term that it computed ahead. */
  readonly crossTermUsed?: boolean;
}

/** A state as the host has it. */
interface Checkpoint {
  readonly i: number;
  readonly bytes: Uint8Array;
  /** The cross term that was computed ahead, but for its vector. */
  readonly crossTerm: Omit<CrossTerm, 'T'> | undefined;
  /** Whether the engine that checks has verified it; bytes that a caller gave were not. */
  readonly verified: boolean;
}

/** For work that is done again: it draws what it drew. */
const NO_MORE: Rng = {
  bytes: () => {
    throw new NovaError('EngineFault', 'a step that was proved again asked for more randomness than before');
  },
};

/**
 * Proves steps on an engine that may fail or give wrong answers, so that nothing is lost and nothing wrong is handed out.
 *
 * Every so many steps, and before a proof is handed out, its state comes to the host and is verified by another engine: it is then a
 * checkpoint. Of what is proved after it only the inputs and the random elements are kept. When the engine fails, or a check
 * does, the parameters move to the engine that succeeds it, and the state is made again there: from the checkpoint, and by
 * proving anew what came after. Then what had failed is tried again. Why it is enough to check seldom: a running instance is a random
 * linear combination of all steps, so a wrong answer in any of them leaves it wrong for good.
 *
 * With an engine that is believed (one without `supervision`) nothing is kept and nothing is checked.
 */
export class Supervisor {
  readonly pp: PublicParams;
  readonly #draws: Draws;
  #prover: RecursiveProver;
  #state: RecursiveState | undefined;
  #checkpoint: Checkpoint | undefined;
  /** What was proved since the checkpoint. */
  #log: Work[] = [];
  /** Whether the state's vectors must be made again. */
  #stale = false;
  /** Has the vectors on the engine that checks. */
  #verifier: RecursiveProver | undefined;
  #lastCheck: StepReport | undefined;

  constructor(pp: PublicParams, rng: Rng) {
    this.pp = pp;
    this.#draws = new Draws(rng);
    this.#prover = new RecursiveProver(pp);
  }

  /** @throws {@link NovaError} `BackendClosed` if there is none (any more) */
  get state(): RecursiveState {
    if (this.#state === undefined) throw new NovaError('BackendClosed', 'this proof was closed');
    return this.#state;
  }

  /** What the last check asked of the engine that was checked; undefined before the first. */
  get lastCheck(): StepReport | undefined {
    return this.#lastCheck;
  }

  /** Runs step 0, which then is to be counted. */
  start(z0: readonly bigint[], inputs: PrivateInputs | undefined, options: TaskOptions): Promise<StepReport> {
    return this.#prove({ i: undefined, z0, inputs: structuredClone(inputs) }, options);
  }

  /** Counts step 0. */
  count(): void {
    this.#state = { ...this.state, i: 1 };
  }

  /** Proves a step; see `RecursiveProver.next`. If it rejects, the state is as it was. */
  async next(
    inputs: PrivateInputs | undefined,
    options: TaskOptions,
    upcoming?: () => UpcomingStep | undefined,
  ): Promise<StepReport> {
    if (this.#log.length >= (this.#supervision?.every ?? Infinity)) await this.#check(options);
    const { i, z0 } = this.state;
    return this.#prove({ i, z0, inputs: structuredClone(inputs) }, options, upcoming);
  }

  /** Takes the state that bytes hold, as `encode` makes them; they are not verified. */
  async decode(bytes: Uint8Array, options: TaskOptions): Promise<void> {
    const state = await this.#attempt(async () => {
      const decoded = decodeState(this.pp, () => this.#prover.buffers, bytes);
      await this.#prover.settle(options);
      return decoded;
    });
    this.#state = state;
    const { i } = state;
    if (this.#supervision) {
      this.#checkpoint = { i, bytes: bytes.slice(), crossTerm: undefined, verified: false };
    }
  }

  /** The encoding of the state; if its engine is not believed, one that was verified. */
  async encode(options: TaskOptions = {}): Promise<Uint8Array> {
    const bytes = await this.#checked(options);
    return bytes?.slice() ?? encodeState(this.pp, this.state);
  }

  /** Verifies the state: see `RecursiveSNARK.verify`. */
  async verify(numSteps: number, z0: readonly bigint[], options: TaskOptions): Promise<readonly bigint[]> {
    const bytes = await this.#checked(options);
    if (bytes === undefined) {
      return verifyState(this.pp, this.#prover.buffers, this.state, numSteps, z0, options);
    }
    return this.#onChecker(bytes, (pp, state, { buffers }) =>
      verifyState(pp, buffers, state, numSteps, z0, options),
    );
  }

  /**
   * Lends the state to `work`, which verifies what it makes of it on an engine that is believed before handing that out. It may write
   * what the state does not hold and draw elements that no step will; the cross term that was computed ahead is used up, whatever
   * comes of it: its blind must not be seen twice. When the engine fails, or what it made is refused, `work` is done again where the
   * parameters are then, with other random elements.
   */
  async lend<T>(
    work: (prover: RecursiveProver, state: RecursiveState, random: RandomElements) => Promise<T>,
    options: TaskOptions,
  ): Promise<T> {
    const { state: lent } = this;
    const first = this.#prover;
    this.#useUpCrossTerm();
    return this.#attempt(async () => {
      // a state that was made again has no cross term
      const state = this.#prover === first ? lent : this.state;
      try {
        return await work(this.#prover, state, this.#draws.source);
      } catch (error) {
        if (!this.#supervision || !isRefusal(error)) throw error;
        await this.#verifyNow(options);
        throw wrongAnswers(
          this.pp.backend,
          'a proof made of its state does not verify on the CPU, and the state does',
          error,
        );
      }
    });
  }

  /** Frees the vectors. */
  close(): void {
    this.#prover.close();
    this.#verifier?.close();
    this.#state = undefined;
    this.#checkpoint = undefined;
    this.#log = [];
  }

  get #supervision(): Supervision | undefined {
    return this.pp.backend.supervision;
  }

  /** Does a piece of work, and keeps what it takes to do it again. */
  async #prove(
    work: Omit<Work, 'draws'>,
    options: TaskOptions,
    upcoming?: () => UpcomingStep | undefined,
  ): Promise<StepReport> {
    try {
      const [state, report] = await this.#attempt(async () => {
        this.#draws.rewind();
        const clock = new Stopwatch(this.pp.backend);
        const next = await this.#run(work, this.#state, this.#draws, options, clock, upcoming);
        return [next, clock.report()] as const;
      });
      this.#state = state;
      const draws = this.#draws.commit();
      if (this.#supervision) this.#log.push({ ...work, draws });
      return report;
    } catch (error) {
      this.#draws.rewind();
      throw error;
    }
  }

  #run(
    { i, z0, inputs }: Omit<Work, 'draws'>,
    state: RecursiveState | undefined,
    draws: Draws,
    options: TaskOptions,
    clock: Stopwatch,
    upcoming?: () => UpcomingStep | undefined,
  ): Promise<RecursiveState> {
    if (i === undefined || state === undefined) return this.#prover.start(z0, inputs, draws, options);
    return this.#prover.next({ ...state, i }, inputs, draws, options, clock, upcoming);
  }

  /** Does something on the engine; when that fails, on those that succeed it, with the state as it was. */
  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      const { backend } = this.pp;
      try {
        if (this.#stale || this.#prover.backend !== backend) await this.#remake();
        return await action();
      } catch (error) {
        if (backend.supervision === undefined || !isEngineFailure(error)) throw error;
        this.#stale = true;
        await this.pp.moveFrom(backend, error, failures);
      }
    }
  }

  /** Makes the state again where the parameters are now. */
  async #remake(): Promise<void> {
    this.#prover.close();
    const prover = new RecursiveProver(this.pp);
    this.#prover = prover;
    let state: RecursiveState | undefined;
    if (this.#checkpoint !== undefined) {
      const { bytes, crossTerm } = this.#checkpoint;
      state = decodeState(this.pp, () => prover.buffers, bytes);
      if (crossTerm !== undefined) state = prover.withCrossTerm(state, crossTerm);
    }
    for (const work of this.#log) {
      const draws = new Draws(NO_MORE, work.draws);
      state = await this.#run(work, state, draws, {}, new Stopwatch(this.pp.backend));
      if (work.crossTermUsed) state = { ...state, crossTerm: undefined };
    }
    await prover.settle({});
    if (state !== undefined) this.#state = { ...state, i: this.#state?.i ?? state.i };
    this.#stale = false;
  }

  /** The encoding of the state as it is now, verified unless it came from the caller; undefined if the engine is believed. */
  async #checked(options: TaskOptions): Promise<Uint8Array | undefined> {
    if (this.#supervision && (this.#log.length > 0 || this.#checkpoint?.i !== this.state.i)) {
      await this.#check(options);
    }
    return this.#supervision && this.#checkpoint?.bytes;
  }

  /** Has the state verified on the engine that checks, and makes it the checkpoint. */
  async #check(options: TaskOptions): Promise<void> {
    await this.#attempt(() => this.#verifyNow(options));
  }

  /** The same for the state as it is, without another attempt. @throws `DeviceFault`; what is wrong with bytes that the caller gave */
  async #verifyNow(options: TaskOptions): Promise<void> {
    if (!this.#supervision) return; // one that is believed has taken its place
    const { i, crossTerm } = this.state;
    const clock = new Stopwatch(this.pp.backend);
    const bytes = await encodeState(this.pp, this.state);
    this.#lastCheck = clock.report();
    try {
      await this.#verifyBytes(bytes, crossTerm, options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // what the caller gave may be what is wrong
      if (this.#checkpoint?.verified === false) {
        await this.#verifyBytes(this.#checkpoint.bytes, this.#checkpoint.crossTerm, options);
      }
      throw wrongAnswers(this.pp.backend, `the proof of ${i} steps does not verify on the CPU`, error);
    }
    this.#checkpoint = {
      i,
      bytes,
      crossTerm: crossTerm && { rT: crossTerm.rT, commT: crossTerm.commT },
      verified: true,
    };
    this.#log = [];
  }

  /** Sees to it that nobody uses the cross term of the state again, neither now nor when the state is made again. */
  #useUpCrossTerm(): void {
    this.#state = { ...this.state, crossTerm: undefined };
    const last = this.#log.pop();
    if (last !== undefined) this.#log.push({ ...last, crossTermUsed: true });
    else if (this.#checkpoint) this.#checkpoint = { ...this.#checkpoint, crossTerm: undefined };
  }

  /** Verifies that bytes encode a state of as many steps as they say, and the cross term that was computed ahead. */
  #verifyBytes(
    bytes: Uint8Array,
    crossTerm: Checkpoint['crossTerm'],
    options: TaskOptions,
  ): Promise<unknown> {
    return this.#onChecker(bytes, async (pp, state, verifier) => {
      const i = Math.max(1, state.i); // step 0 was run before it is counted
      await verifyState(pp, verifier.buffers, { ...state, i }, i, state.z0, options);
      if (crossTerm === undefined) return;
      const { commT } = await verifier.crossTerm(state, crossTerm.rT, options);
      if (!pp.secondary.curve.equals(commT, crossTerm.commT)) {
        throw new NovaError(
          'ProofVerifyError',
          'the cross term of the next step is not the one committed to',
        );
      }
    });
  }

  /** Does something with a state on the engine that checks. */
  async #onChecker<T>(
    bytes: Uint8Array,
    action: (pp: PublicParams, state: RecursiveState, prover: RecursiveProver) => Promise<T>,
  ): Promise<T> {
    const pp = await this.pp.checker();
    const verifier = (this.#verifier ??= new RecursiveProver(pp));
    return action(
      pp,
      decodeState(pp, () => verifier.buffers, bytes),
      verifier,
    );
  }
}
