/**
 * Every error that the library raises on purpose. The code is stable: scripts and callers may switch on it; the message says what was
 * wrong with this call. Codes that nova-snark has too carry its names (`src/errors.rs`), so that results compare one to one.
 */
export type ErrorCode =
  // The call is wrong, and fails again in the same way: mend the caller.
  | 'InvalidArgument' // an argument of the wrong kind, or out of range
  | 'InvalidFieldElement' // a number that is not below the modulus: reduce it (`PrimeField.reduce`)
  | 'InvalidInputLength' // a public or private input vector of the wrong length
  | 'InvalidInitialInputLength' // z0 does not have the circuit's arity
  | 'InvalidNumSteps' // a number of steps that makes no sense
  | 'InvalidWitnessLength' // a witness or error vector of the wrong length
  | 'InvalidIndex' // a row, column or variable outside its matrix
  | 'InvalidCommitmentKeyLength' // fewer generators than the vector to commit to: take a larger `hint`
  | 'DivisionByZero' // the inverse of zero
  | 'UnknownCircuit' // no built-in circuit of that name; the message has the names
  | 'UnknownCycle' // no curve cycle of that name
  | 'UnknownBackend' // no engine of that name
  | 'ForeignHandle' // a handle of another engine, or one that was freed
  | 'BackendClosed' // an engine, parameter set or proof that was closed is used again: make another
  | 'Busy' // a second operation on an object that is at work: await the first
  // The step circuit is wrong, or was given values that it forbids: the proof is as it was, the step can be tried again.
  | 'UnSat' // a witness that breaks a constraint (`UnSatError` says which), or a state that does not satisfy its commitment
  | 'StepCircuitError' // a hint of a step circuit threw; `cause` has what it threw
  | 'SynthesisError' // a circuit asked for something that cannot be synthesised
  | 'InvalidStepCircuitIO' // a step circuit made public inputs of its own
  | 'InvalidStepOutputLength' // a step circuit returned another number of outputs than its arity
  // What came from elsewhere is not what it should be: do not use it; fetch it again, or from another source.
  | 'InvalidEncoding' // bytes that are no canonical encoding
  | 'ParamsMismatch' // parameters or keys of another circuit, cycle, hint, version or digest
  | 'InvalidCommitmentKey' // a generator that is not a point of its curve
  | 'PtauFileError' // a powers-of-tau file that is malformed, too small, or not the powers of one tau
  | 'PointNotOnCurve' // coordinates that satisfy no curve equation
  | 'PointNotInSubgroup' // a point of the curve around G2 that is not in G2
  // A proof is refused: believe nothing of what it claims.
  | 'ProofVerifyError' // a proof that does not verify
  | 'InvalidSumcheckProof' // a sum-check proof that does not verify, or leads to other values than the claimed ones
  | 'InvalidPCS' // an evaluation argument that does not verify
  | 'InternalError' // a challenge, of negligible probability, for which an honest prover has no proof: prove again
  // The machine has failed, or cannot do it: the state is as it was before; try again, with less or elsewhere.
  | 'OutOfMemory' // an allocation was refused: a smaller circuit, less `tableBytes`, fewer threads
  | 'EngineFault' // a worker or device failed
  | 'DeviceLost' // the GPU went away or does not answer
  | 'DeviceFault' // the GPU refused a command or gave a wrong answer: go on with `wasm`
  | 'BackendUnavailable' // the engine asked for does not run here: take another, or `auto`
  | 'RandomnessFailure' // the random source failed, ran short or repeats itself: mend it before anything is proved
  | 'FileError' // a file or folder that cannot be read or written
  | 'Aborted'; // the caller's AbortSignal fired

/**
 * What went wrong, with a stable `code` and, in the message, what the caller can do about it.
 *
 * @example
 * try {
 *   await snark.verify(3, z0);
 * } catch (error) {
 *   if (!(error instanceof NovaError && error.code === 'ProofVerifyError')) throw error;
 *   console.log('refused:', error.message);
 * }
 */
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
