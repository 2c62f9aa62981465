/** A step circuit by itself, with the state before and after the step as its public inputs: nova-snark's `DirectCircuit`. */
import type { PrimeField } from '../field/field.ts';
import { ConstraintSystem, type CompiledCircuit } from './constraint-system.ts';
import type { PrivateInputs, StepCircuit } from './step-circuit.ts';
import { checkStepCircuit, packPrivateInputs, privateInputValues, synthesizeStep } from './step-synthesis.ts';

/** A synthesised step circuit, and the packing of its inputs. */
export interface DirectCircuit extends CompiledCircuit {
  readonly stepCircuit: StepCircuit;
  /** The witness program's inputs. Its outputs are the public inputs: the state before the step, then the one after it. */
  pack(z: readonly bigint[], privateInputs?: PrivateInputs): bigint[];
}

/**
 * Synthesises a step circuit by itself.
 *
 * @throws {@link NovaError} `InvalidArgument` (no step circuit), `InvalidStepOutputLength`, `InvalidStepCircuitIO`, and what the
 * circuit's `synthesize` throws
 */
export function directCircuit(field: PrimeField, stepCircuit: StepCircuit): DirectCircuit {
  checkStepCircuit(stepCircuit);
  const cs = new ConstraintSystem(field);
  const inputs = Array.from({ length: stepCircuit.arity }, () => cs.values.input());
  const privateInputs = privateInputValues(cs, stepCircuit);
  const z = inputs.map((x, k) => cs.alloc(`z ${k}`, x));
  const zNext = synthesizeStep(cs.ns('F'), stepCircuit, z, privateInputs);
  z.forEach((x, k) => cs.inputize(`input ${k}`, x));
  zNext.forEach((x, k) => cs.inputize(`output ${k}`, x));
  return {
    ...cs.finish(),
    stepCircuit,
    pack: (values, given) => [...values, ...packPrivateInputs(field, stepCircuit, given)],
  };
}
