/**
 * nova-webgpu: Nova folding proofs (incrementally verifiable computation), compatible with nova-snark byte for byte.
 *
 * @packageDocumentation
 */
export { NovaError, UnSatError, type ErrorCode } from './errors.ts';
export { insecureSeededRng, systemRng, type Rng } from './field/random.ts';
export { PrimeField } from './field/field.ts';
export type { Hint } from './field/program.ts';
export { CYCLES, cycleByName, needsPtau, type Cycle, type Opening } from './curve/cycles.ts';
export { ptauFrom, type PtauFile, type PtauSource } from './pcs/ptau.ts';
export { insecurePtau } from './pcs/insecure-ptau.ts';
export type { AffinePoint, Curve } from './curve/curve.ts';
export { ConstraintSystem } from './circuit/constraint-system.ts';
export type { LinearCombination, Num, Term } from './circuit/linear-combination.ts';
export type { Operand, Value } from './circuit/witness-builder.ts';
export type { PrivateInputs, StepCircuit } from './circuit/step-circuit.ts';
export { BUILTIN_CIRCUITS, builtinCircuit, stepsOf, type BuiltinCircuit } from './circuit/builtin.ts';
export type {
  Backend,
  Control,
  Counters,
  GeneratorSource,
  ModuleStore,
  WebgpuOptions,
} from './backend/backend.ts';
export {
  BACKENDS,
  createBackend,
  detectFeatures,
  type BackendName,
  type BackendOptions,
  type WasmFeatures,
} from './backend/engines.ts';
export {
  CK_HINTS,
  hintOf,
  PublicParams,
  type CkHint,
  type LoadOptions,
  type SetupOptions,
} from './nova/params.ts';
export { RecursiveSNARK, type NewOptions } from './nova/recursive-snark.ts';
export type { ProgressEvent, TaskOptions } from './pace.ts';
export type { StepReport } from './nova/step-report.ts';
export type { Steps } from './nova/step-inputs.ts';
export { CompressedSNARK, type CompressedSetupOptions } from './nova/compressed-snark.ts';
export { FINAL_SNARKS, type FinalSnark } from './nova/final-snark.ts';
export { VerifierKey, type DecodeKeyOptions } from './nova/verifier-key.ts';
export type { ProverKey } from './nova/prover-key.ts';
export { DirectSNARK, type DirectProveOptions, type DirectSetupOptions } from './nova/direct-snark.ts';
export {
  DirectVerifierKey,
  type DecodeDirectKeyOptions,
  type DirectProverKey,
  type DirectSnark,
} from './nova/direct-keys.ts';
