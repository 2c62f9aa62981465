/**
 * Every error that the library raises on purpose. The code is stable: scripts and callers may switch on it.
 * Codes that nova-snark has too carry its names (`src/errors.rs`), so that results compare one to one.
 */
export type ErrorCode =
  // names shared with nova-snark
  | 'InvalidIndex' // a row, column or variable outside its matrix
  | 'InvalidStepCircuitIO' // a step circuit made public inputs of its own
  | 'InvalidInputLength' // a public input vector of the wrong length
  | 'InvalidWitnessLength' // a witness or error vector of the wrong length
  | 'UnSat' // a witness that does not satisfy its constraints or its commitment
  | 'ProofVerifyError' // a proof that does not verify
  | 'InvalidCommitmentKeyLength' // fewer generators than the vector to commit to
  | 'InvalidCommitmentKey' // a generator that is not a point of its curve
  | 'InvalidPCS' // an evaluation argument that does not verify
  | 'InvalidSumcheckProof' // a sum-check proof that does not verify, or leads to other values than the claimed ones
  | 'InternalError' // a challenge, of negligible probability, for which an honest prover has no proof
  | 'InvalidNumSteps' // a number of steps that makes no sense
  | 'InvalidInitialInputLength' // z0 does not have the circuit's arity
  | 'InvalidStepOutputLength' // a step circuit returned another number of outputs than its arity
  | 'SynthesisError' // a circuit asked for something that cannot be synthesised
  | 'PtauFileError' // a powers-of-tau file that is malformed, too small, or not the powers of one tau
  | 'PointNotOnCurve' // coordinates that satisfy no curve equation
  | 'PointNotInSubgroup' // a point of the curve around G2 that is not in G2
  // this library's own
  | 'InvalidArgument' // an argument of the wrong kind, or out of range
  | 'InvalidEncoding' // bytes that are no canonical encoding
  | 'InvalidFieldElement' // a number that is not below the modulus
  | 'DivisionByZero' // the inverse of zero
  | 'UnknownCircuit' // no built-in circuit of that name
  | 'UnknownCycle' // no curve cycle of that name
  | 'UnknownBackend' // no engine of that name
  | 'StepCircuitError' // a hint of a step circuit threw; `cause` has what it threw
  | 'ParamsMismatch' // parameters of another circuit, cycle, hint or version
  | 'RandomnessFailure' // the random source failed, ran short or repeats itself
  | 'BackendClosed' // an engine, parameter set or proof that was closed is used again
  | 'ForeignHandle' // a handle of another engine, or one that was freed
  | 'OutOfMemory' // an allocation was refused
  | 'EngineFault' // a worker or device failed; the state is as it was before the step, try again
  | 'DeviceLost' // the GPU went away or does not answer; the state is as it was before the step, try again
  | 'DeviceFault' // the GPU refused a command or gave a wrong answer; the state is as it was before the step
  | 'BackendUnavailable' // the engine asked for does not run here
  | 'Busy' // a second operation on an object that is at work
  | 'Aborted' // the caller's AbortSignal fired
  | 'FileError'; // a file or folder that cannot be read or written

/** What went wrong, with a stable `code` and, in the message, what the caller can do about it. */
export class NovaError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NovaError';
    this.code = code;
  }
}

/** Whether an engine or its device is to blame, so that another one may do better. */
export function isEngineFailure(error: unknown): error is NovaError {
  return error instanceof NovaError && ENGINE_FAILURES.includes(error.code);
}

const ENGINE_FAILURES: readonly ErrorCode[] = ['EngineFault', 'OutOfMemory', 'DeviceLost', 'DeviceFault'];

/** Whether something that was computed is refused: where the engine is not believed, it may be to blame. */
export function isRefusal(error: unknown): error is NovaError {
  return error instanceof NovaError && REFUSALS.includes(error.code);
}

/** `InternalError` is what provers say of values that honest ones do not meet. */
const REFUSALS: readonly ErrorCode[] = [
  'UnSat',
  'ProofVerifyError',
  'InvalidSumcheckProof',
  'InvalidPCS',
  'InternalError',
];

/** A witness that breaks a constraint: which one, in which circuit, and the path of names that leads to it. */
export class UnSatError extends NovaError {
  /** Row of the constraint in its circuit, from 0. */
  readonly constraint: number;
  /** Names of the gadgets around the constraint, outermost first, joined by `/`. */
  readonly path: string;

  constructor(circuit: string, constraint: number, path: string) {
    super(
      'UnSat',
      `constraint ${constraint} of the ${circuit} circuit is not satisfied: ${path}. ` +
        'Check the values (inputs or hints) that this constraint reads.',
    );
    this.name = 'UnSatError';
    this.constraint = constraint;
    this.path = path;
  }
}

/** Throws `Aborted` if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new NovaError('Aborted', 'aborted by the caller; the state is as it was before', {
      cause: signal.reason,
    });
  }
}
