import { ConstraintSystem, type CompiledCircuit } from '../../src/circuit/constraint-system.ts';
import { AUX, LinearCombination, type Num, type Term } from '../../src/circuit/linear-combination.ts';
import type { Value } from '../../src/circuit/witness-builder.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { solutions } from './exhaustive.ts';
import { acceptedChanges, acceptedLies, sample, withNames } from './mutate.ts';
import { assign, failingRows } from './satisfied.ts';

/** A result of a gadget: a number, or a combination with its value. */
export type Output = Num | { readonly lc: LinearCombination; readonly value: Value };

/** Variables whose change is followed through the whole program. */
const MAX_LIES = 200;

/**
 * A gadget in a circuit of its own. Its inputs are public, so they are fixed; its outputs are not, so nothing but the
 * gadget's own constraints binds them.
 */
export class Gadget {
  readonly circuit: CompiledCircuit;
  /** Path of each private variable; those of the gadget itself are relative. */
  readonly names: readonly string[];
  readonly #outputs: readonly Term[];

  constructor(
    field: PrimeField,
    inputs: number,
    build: (cs: ConstraintSystem, inputs: Num[]) => readonly Output[],
  ) {
    const { result, names } = withNames(() => {
      const cs = new ConstraintSystem(field);
      const nums = Array.from({ length: inputs }, (_, i) => cs.alloc(`input ${i}`, cs.values.input()));
      const outputs = build(cs, nums);
      nums.forEach((num, i) => cs.inputize(`input ${i}`, num));
      return { outputs, circuit: cs.finish(outputs.map((output) => output.value)) };
    });
    this.circuit = result.circuit;
    this.names = names;
    this.#outputs = result.outputs.map((output) => ('lc' in output ? output.lc : output));
  }

  /** The outputs for these inputs, and the paths of what the honest witness breaks. */
  async run(inputs: readonly bigint[]): Promise<{ outputs: bigint[]; failing: string[] }> {
    const { z, outputs } = await assign(this.circuit, inputs);
    const constrained = this.#evaluate(z);
    outputs.forEach((value, i) => {
      if (value !== constrained[i])
        throw new Error(`output ${i} is ${constrained[i]}, its value says ${value}`);
    });
    return { outputs, failing: failingRows(this.circuit, z).map(({ path }) => path) };
  }

  /**
   * Tries to deceive the gadget about one variable at a time.
   *
   * @param lies variables for which the change is also followed through the whole program
   * @returns the variables that can be changed without breaking a constraint, and the distinct outputs seen then
   */
  async deceive(
    inputs: readonly bigint[],
    lies: Iterable<number> = sample(this.names.length, MAX_LIES, 'lies'),
  ): Promise<{ free: string[]; outputs: bigint[][] }> {
    const { z } = await assign(this.circuit, inputs);
    const accepted = [
      ...acceptedChanges(this.circuit, z),
      ...(await acceptedLies(this.circuit, inputs, z, lies)),
    ];
    return {
      free: [...new Set(accepted.map(({ variable }) => this.names[variable]))].sort(),
      outputs: distinct([z, ...accepted.map((a) => a.z)].map((w) => this.#evaluate(w))),
    };
  }

  /** The distinct outputs of all assignments whatever that satisfy the gadget. For small fields. */
  allOutputs(inputs: readonly bigint[]): bigint[][] {
    const found: bigint[][] = [];
    const keep = this.#outputs.flatMap((o) => (o instanceof LinearCombination ? o.variables : [o.variable]));
    const columns = keep.map((variable) => variable - AUX);
    for (const W of solutions(this.circuit.matrices, inputs, columns))
      found.push(this.#evaluate([...W.map(BigInt), 1n]));
    return distinct(found);
  }

  /** The place in W of the variable with that path. */
  variable(name: string): number {
    const index = this.names.indexOf(name);
    if (index < 0) throw new Error(`no variable ${name} among ${this.names.join(', ')}`);
    return index;
  }

  #evaluate(z: readonly bigint[]): bigint[] {
    const { field, variables } = this.circuit.matrices;
    const at = (variable: number) => z[variable >= AUX ? variable - AUX : variables + variable];
    return this.#outputs.map((output) =>
      output instanceof LinearCombination
        ? output.variables.reduce((sum, v, i) => (sum + output.coefficients[i] * at(v)) % field.p, 0n)
        : at(output.variable),
    );
  }
}

function distinct(lists: bigint[][]): bigint[][] {
  return [...new Map(lists.map((list) => [list.join(), list])).values()];
}
