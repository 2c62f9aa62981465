import { NovaError } from '../errors.ts';
import { Exclusive } from '../exclusive.ts';
import type { PrivateInputs } from '../circuit/step-circuit.ts';
import { systemRng, type RandomElements, type Rng } from '../field/random.ts';
import { checkInitialState } from './initial-state.ts';
import type { PublicParams } from './params.ts';
import type { TaskOptions } from '../pace.ts';
import type { RecursiveProver } from './recursive-prover.ts';
import type { RecursiveState } from './recursive-state.ts';
import { StepInputs, type Steps, type UpcomingStep } from './step-inputs.ts';
import { Stopwatch, type StepReport } from './step-report.ts';
import { Supervisor } from './supervisor.ts';

/** How a proof is begun. */
export interface NewOptions extends TaskOptions {
  /** Source of all blinds of this proof. Default: the platform's. */
  readonly rng?: Rng | undefined;
  /** Private inputs of step 0. */
  readonly inputs?: PrivateInputs | undefined;
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
  readonly #supervisor: Supervisor;
  /** Private inputs of step 0, until the first `proveStep` counts it. */
  #firstInputs: PrivateInputs | undefined;
  #lastStep: StepReport;
  /** All operations share the spare vectors. */
  readonly #exclusive = new Exclusive('this proof');

  private constructor(pp: PublicParams, rng: Rng = systemRng) {
    this.pp = pp;
    this.#supervisor = new Supervisor(pp, rng);
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
    checkInitialState(pp.primary.curve.scalar, z0, pp.stepCircuit.arity);
    const snark = new RecursiveSNARK(pp, options.rng);
    try {
      await snark.#exclusive.run(() => snark.#start([...z0], options));
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
      await snark.#supervisor.decode(bytes, options);
    } catch (error) {
      snark.close();
      throw error;
    }
    return snark;
  }

  /** Steps proved. */
  get numSteps(): number {
    return this.#supervisor.state.i;
  }

  /** The computation's state: F^n(z0) after n steps (and F(z0) before the first is counted, as in nova-snark). */
  get outputs(): readonly bigint[] {
    return this.#supervisor.state.zi;
  }

  /** What the last `proveStep` (or, before it, `new`) took. */
  get lastStep(): StepReport {
    return this.#lastStep;
  }

  /**
   * What the last check on the CPU asked of the engine that is checked: `checkEvery` of the engine `webgpu`. Undefined before
   * the first, and with engines that are believed.
   */
  get lastCheck(): StepReport | undefined {
    return this.#supervisor.lastCheck;
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
    await this.#exclusive.run(() => this.#step(inputs, options));
  }

  /**
   * Proves steps one after the other, each as `proveStep` does, and yields what each took. While the engine works on a step, the
   * step circuit's witness of the next one is computed already, as far as its inputs are there by then: an iterator is asked for
   * one step's inputs more than were proved. Hints of the circuit are called ahead likewise.
   *
   * It stops at the first error; the steps before are proved (`numSteps`). Between two steps everything may be done with the
   * proof, also another step. Ending the loop early ends the iterator.
   *
   * @param steps as in `proveStep` the first one's inputs are those of step 0, or nothing, if none was proved yet
   * @throws {@link NovaError} `InvalidNumSteps`, `InvalidArgument`; what `proveStep` and the iterator throw
   * @example
   * for await (const { ms } of snark.proveSteps(1000)) console.log(snark.numSteps, ms);
   * for await (const _ of snark.proveSteps(messages.map((message) => ({ message })))) if (tired) break;
   */
  async *proveSteps(steps: Steps, options: TaskOptions = {}): AsyncGenerator<StepReport, void, undefined> {
    const inputs = new StepInputs(steps);
    try {
      for (;;) {
        const step = await inputs.take(options.signal);
        if (step === undefined) return;
        await this.#exclusive.run(() => this.#step(step.inputs, options, () => inputs.peek()));
        yield this.#lastStep;
      }
    } finally {
      await inputs.close();
    }
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
    return this.#exclusive.run(() => this.#supervisor.verify(numSteps, z0, options));
  }

  /** The encoding of the proof, byte for byte nova-snark's. It contains the plain witness. */
  async encode(options: TaskOptions = {}): Promise<Uint8Array> {
    return this.#exclusive.run(() => this.#supervisor.encode(options));
  }

  /**
   * Lends the state, its prover and its random source to `work`, which may use up what the state does not hold: the spare vectors, and the cross
   * term that was computed ahead. The state stays as it is. @internal
   */
  async lend<T>(
    work: (prover: RecursiveProver, state: RecursiveState, random: RandomElements) => Promise<T>,
    options: TaskOptions = {},
  ): Promise<T> {
    return this.#exclusive.run(() => this.#supervisor.lend(work, options));
  }

  /** Frees the proof's vectors; the parameters stay. Closing twice does nothing. */
  close(): void {
    this.#supervisor.close();
  }

  async #start(z0: readonly bigint[], options: NewOptions): Promise<void> {
    this.#lastStep = await this.#supervisor.start(z0, options.inputs, options);
    this.#firstInputs = structuredClone(options.inputs ?? {});
  }

  async #step(
    inputs: PrivateInputs | undefined,
    options: TaskOptions,
    upcoming?: () => UpcomingStep | undefined,
  ): Promise<void> {
    if (this.#supervisor.state.i > 0) {
      this.#lastStep = await this.#supervisor.next(inputs, options, upcoming);
      return;
    }
    // step 0 was run by `new`
    const clock = new Stopwatch(this.pp.backend);
    if (inputs !== undefined && !sameInputs(inputs, this.#firstInputs ?? inputs)) {
      throw new NovaError(
        'InvalidArgument',
        'step 0 was run by `new` with other private inputs; pass them there',
      );
    }
    this.#supervisor.count();
    this.#firstInputs = undefined;
    this.#lastStep = clock.report();
  }
}

function sameInputs(a: PrivateInputs, b: PrivateInputs): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => a[key].length === b[key]?.length && a[key].every((x, i) => x === b[key][i]))
  );
}
