/** A step circuit within the circuit around it: its synthesis, and the values of its private inputs. */
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { ConstraintSystem } from './constraint-system.ts';
import type { Num } from './linear-combination.ts';
import type { PrivateInputs, StepCircuit } from './step-circuit.ts';
import type { Value } from './witness-builder.ts';

/** @throws {@link NovaError} `InvalidArgument` unless it has an arity, a function and counts of private inputs */
export function checkStepCircuit(circuit: StepCircuit): void {
  const sound =
    Number.isSafeInteger(circuit?.arity) &&
    circuit.arity > 0 &&
    typeof circuit.synthesize === 'function' &&
    Object.values(circuit.inputs ?? {}).every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!sound) {
    throw new NovaError(
      'InvalidArgument',
      'a step circuit has an arity of at least 1, a function synthesize, and counts of its private inputs',
    );
  }
}

/** New inputs of the witness program for the private inputs, in the order of {@link packPrivateInputs}. */
export function privateInputValues(cs: ConstraintSystem, circuit: StepCircuit): Record<string, Value[]> {
  return Object.fromEntries(
    Object.entries(circuit.inputs ?? {}).map(([key, n]) => [
      key,
      Array.from({ length: n }, () => cs.values.input()),
    ]),
  );
}

/**
 * Runs the circuit's `synthesize` and checks what it did.
 *
 * @throws {@link NovaError} `InvalidStepOutputLength`, `InvalidStepCircuitIO`, and what it throws
 */
export function synthesizeStep(
  cs: ConstraintSystem,
  circuit: StepCircuit,
  z: readonly Num[],
  privateInputs: Record<string, Value[]>,
): readonly Num[] {
  const zNext = circuit.synthesize(cs, z, privateInputs);
  if (zNext.length !== circuit.arity) {
    throw new NovaError(
      'InvalidStepOutputLength',
      `the step circuit returned ${zNext.length} outputs; its arity is ${circuit.arity}`,
    );
  }
  if (cs.inputCount !== 0) {
    throw new NovaError(
      'InvalidStepCircuitIO',
      'a step circuit returns its outputs; it must not call inputize',
    );
  }
  return zNext;
}

/** The private inputs as one list. @throws {@link NovaError} `InvalidInputLength` or `InvalidFieldElement`, naming the input */
export function packPrivateInputs(F: PrimeField, circuit: StepCircuit, given: PrivateInputs = {}): bigint[] {
  const declared = circuit.inputs ?? {};
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(declared, key)) {
      throw new NovaError(
        'InvalidInputLength',
        `the step circuit declares no private input ${JSON.stringify(key)}`,
      );
    }
  }
  return Object.entries(declared).flatMap(([key, n]) => {
    const xs = Object.hasOwn(given, key) ? given[key] : [];
    if (!Array.isArray(xs) || xs.length !== n) {
      throw new NovaError(
        'InvalidInputLength',
        `private input ${key} takes ${n} field elements, not ${xs?.length ?? 'none'}`,
      );
    }
    return xs.map((x, k) => F.check(x, `private input ${key}[${k}]`));
  });
}
