/** The two augmented circuits of a step circuit on a cycle. */
import { throwIfAborted } from '../errors.ts';
import type { CompiledCircuit } from '../circuit/constraint-system.ts';
import { nextTurn } from '../pace.ts';
import { trivialCircuit, type StepCircuit } from '../circuit/step-circuit.ts';
import { checkStepCircuit } from '../circuit/step-synthesis.ts';
import type { Curve } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import { augment, augmented, type AugmentedCircuit } from './augmented-circuit.ts';
import type { TaskOptions } from '../pace.ts';

/** The circuit of the primary curve's instances, with the step in it, and that of the secondary curve's. */
export interface CircuitPair {
  readonly primary: AugmentedCircuit;
  readonly secondary: AugmentedCircuit;
}

/** Secondary circuits, by the curve whose instances they fold: they do not depend on the step circuit. */
const secondaries: WeakMap<Curve, AugmentedCircuit> = /* @__PURE__ */ new WeakMap();

/**
 * Synthesises both circuits; the secondary one only once per process and cycle.
 *
 * @throws {@link NovaError} `InvalidArgument` (no step circuit), `Aborted`, and what the circuit's `synthesize` throws
 */
export async function synthesizePair(
  stepCircuit: StepCircuit,
  cycle: Cycle,
  { signal, onProgress }: TaskOptions = {},
): Promise<CircuitPair> {
  checkStepCircuit(stepCircuit);
  onProgress?.({ phase: 'primary circuit', share: 0 });
  const primary = augment('primary', cycle.secondary, stepCircuit);
  // each takes some tenths of a second
  await nextTurn();
  throwIfAborted(signal);
  onProgress?.({ phase: 'secondary circuit', share: 0 });
  let secondary = secondaries.get(cycle.primary);
  if (secondary === undefined) {
    secondary = augment('secondary', cycle.primary, trivialCircuit);
    secondaries.set(cycle.primary, secondary);
    await nextTurn();
  }
  return { primary, secondary };
}

/** The pair that was compiled before to these circuits. */
export function restorePair(
  stepCircuit: StepCircuit,
  cycle: Cycle,
  primary: CompiledCircuit,
  secondary: CompiledCircuit,
): CircuitPair {
  return {
    primary: augmented('primary', cycle.secondary, stepCircuit, primary),
    secondary: augmented('secondary', cycle.primary, trivialCircuit, secondary),
  };
}
