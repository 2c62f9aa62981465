import type { ConstraintSystem } from './constraint-system.ts';
import type { Num } from './linear-combination.ts';
import type { Value } from './witness-builder.ts';

/** The values of a step circuit's private inputs, by name: as many field elements as the circuit declares. */
export type PrivateInputs = Readonly<Record<string, readonly bigint[]>>;

/**
 * One step of the computation that is proved: z_{i+1} = F(z_i, private inputs). It is synthesised once; what it allocates
 * and constrains must not depend on values, which do not exist at that time.
 *
 * @example
 * const cubic: StepCircuit = {
 *   arity: 1,
 *   synthesize(cs, [x]) {
 *     const x3 = cs.mul('x3', cs.square('x2', x), x);
 *     const y = cs.alloc('y', cs.values.add(cs.values.add(x3, x), cs.values.constant(5n)));
 *     cs.enforce('y = x3 + x + 5', cs.lc(x3).add(x).add(cs.one, 5n), cs.one, y);
 *     return [y];
 *   },
 * };
 */
export interface StepCircuit {
  /** Number of elements of z. */
  readonly arity: number;
  /** Private inputs, by name, and how many field elements each has. They may differ from step to step. */
  readonly inputs?: Readonly<Record<string, number>>;
  /**
   * Allocates and constrains one step.
   *
   * @param z the state that the step starts from
   * @param inputs for each declared private input its values; a value becomes a variable with `cs.alloc`
   * @returns the state that the step ends with, `arity` numbers
   */
  synthesize(
    cs: ConstraintSystem,
    z: readonly Num[],
    inputs: Readonly<Record<string, readonly Value[]>>,
  ): readonly Num[];
}

/** z' = z: the step circuit of the secondary curve, where nothing is computed. */
export const trivialCircuit: StepCircuit = {
  arity: 1,
  synthesize: (_cs, z) => z,
};
