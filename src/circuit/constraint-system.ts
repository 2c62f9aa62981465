import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { WitnessProgram } from '../field/program.ts';
import { checkMatrices, type ConstraintMatrices, type SparseMatrix } from '../field/sparse.ts';
import { AUX, LinearCombination, ONE, type Num, type Term, type Variable } from './linear-combination.ts';
import { WitnessBuilder, type Operand, type Value } from './witness-builder.ts';

/** What synthesis yields: everything that a circuit is, once and for all. */
export interface CompiledCircuit {
  readonly matrices: ConstraintMatrices;
  /** Computes W; its outputs are the public inputs X, then whatever `finish` was given. */
  readonly program: WitnessProgram;
  /** Names that lead to constraint i, joined by `/`. */
  path(constraint: number): string;
}

/** A matrix under construction: columns are still variables. */
interface Rows {
  readonly rowPtr: number[];
  readonly variables: Variable[];
  readonly coefficients: number[];
}

/** What all namespaces of one constraint system share. */
class Synthesis {
  readonly A: Rows = emptyRows();
  readonly B: Rows = emptyRows();
  readonly C: Rows = emptyRows();
  readonly dictionary = new Map<bigint, number>();
  readonly inputs: Value[] = [];
  aux = 0;
  // The namespaces form a tree: name and parent of each, and each constraint's own name and namespace.
  readonly spaceName: string[] = [''];
  readonly spaceParent: number[] = [0];
  readonly constraintName: string[] = [];
  readonly constraintSpace: number[] = [];
}

function emptyRows(): Rows {
  return { rowPtr: [0], variables: [], coefficients: [] };
}

/**
 * A rank-1 constraint system under construction: rows `a * b = c` of linear combinations, and beside each variable the
 * value that the witness program gives it. A circuit is synthesised once; no values exist at that time.
 *
 * @example
 * // y = x^3 + x + 5
 * const x2 = cs.square('x2', x);
 * const x3 = cs.mul('x3', x2, x);
 * const y = cs.alloc('y', cs.values.add(cs.values.add(x3, x), cs.values.constant(5n)));
 * cs.enforce('y = x3 + x + 5', cs.lc(x3).add(x).add(cs.one, 5n), cs.one, y);
 */
export class ConstraintSystem {
  readonly field: PrimeField;
  /** Builds the values of the variables. */
  readonly values: WitnessBuilder;
  /** The constant one, as a number. */
  readonly one: Num;
  readonly #synthesis: Synthesis;
  readonly #space: number;

  constructor(field: PrimeField, parent?: { cs: ConstraintSystem; name: string }) {
    this.field = field;
    if (parent) {
      this.values = parent.cs.values;
      this.one = parent.cs.one;
      this.#synthesis = parent.cs.#synthesis;
      this.#space = this.#synthesis.spaceName.push(parent.name) - 1;
      this.#synthesis.spaceParent.push(parent.cs.#space);
    } else {
      this.values = new WitnessBuilder(field);
      this.one = { variable: ONE, value: this.values.constant(1n) };
      this.#synthesis = new Synthesis();
      this.#space = 0;
    }
  }

  /** The same system, with names below `name`. */
  ns(name: string): ConstraintSystem {
    return new ConstraintSystem(this.field, { cs: this, name });
  }

  /** A new linear combination, empty or of one term. */
  lc(term?: Term): LinearCombination {
    const lc = new LinearCombination(this.field);
    return term === undefined ? lc : lc.add(term);
  }

  /** Allocates a private variable with the given value. The name is for messages. */
  alloc(_name: string, value: Operand): Num {
    const s = this.#synthesis;
    const node = this.values.bind(typeof value === 'number' ? value : value.value);
    return { variable: AUX + s.aux++, value: node };
  }

  /** Makes `num` the next public input. The augmented circuit does this; step circuits return their output instead. */
  inputize(name: string, num: Num): void {
    const s = this.#synthesis;
    const input: Num = { variable: s.inputs.length + 1, value: num.value };
    s.inputs.push(num.value);
    this.enforce(name, input, this.one, num);
  }

  /** Number of public inputs so far, without the constant one. */
  get inputCount(): number {
    return this.#synthesis.inputs.length;
  }

  /** Number of constraints so far. */
  get constraintCount(): number {
    return this.#synthesis.constraintName.length;
  }

  /** Adds the constraint a * b = c. A missing c (or an empty combination) is zero. */
  enforce(name: string, a: Term, b: Term, c?: Term): void {
    const s = this.#synthesis;
    this.#push(s.A, a);
    this.#push(s.B, b);
    this.#push(s.C, c);
    s.constraintName.push(name);
    s.constraintSpace.push(this.#space);
  }

  /** A new number a * b. */
  mul(name: string, a: Num, b: Num): Num {
    const c = this.alloc(name, this.values.mul(a, b));
    this.enforce(name, a, b, c);
    return c;
  }

  /** A new number a^2. */
  square(name: string, a: Num): Num {
    return this.mul(name, a, a);
  }

  /** A new number a + b. */
  add(name: string, a: Num, b: Num): Num {
    const c = this.alloc(name, this.values.add(a, b));
    this.enforce(name, this.lc(a).add(b), this.one, c);
    return c;
  }

  /** Ends the synthesis. The program's outputs are X, then `outputs`. */
  finish(outputs: readonly Value[] = []): CompiledCircuit {
    const s = this.#synthesis;
    const matrices: ConstraintMatrices = {
      field: this.field,
      constraints: s.constraintName.length,
      variables: s.aux,
      io: s.inputs.length,
      A: columnsOf(s.A, s.aux),
      B: columnsOf(s.B, s.aux),
      C: columnsOf(s.C, s.aux),
      dictionary: [...s.dictionary.keys()],
    };
    checkMatrices(matrices);
    return {
      matrices,
      program: this.values.compile([...s.inputs, ...outputs]),
      path: (i) => pathOf(s, i),
    };
  }

  #push(rows: Rows, term: Term | undefined): void {
    if (term instanceof LinearCombination) {
      term.variables.forEach((v, i) => this.#entry(rows, v, term.coefficients[i]));
    } else if (term !== undefined) {
      this.#entry(rows, term.variable, 1n);
    }
    rows.rowPtr.push(rows.variables.length);
  }

  #entry(rows: Rows, variable: Variable, coefficient: bigint): void {
    if (coefficient === 0n) return;
    const s = this.#synthesis;
    if (variable >= AUX ? variable - AUX >= s.aux : variable > s.inputs.length) {
      throw new NovaError('InvalidIndex', 'a constraint names a variable of another constraint system');
    }
    let index = s.dictionary.get(coefficient);
    if (index === undefined) {
      index = s.dictionary.size;
      s.dictionary.set(coefficient, index);
    }
    rows.variables.push(variable);
    rows.coefficients.push(index);
  }
}

/** Private variables come first, then the inputs (0 of which is u). */
function columnsOf(rows: Rows, aux: number): SparseMatrix {
  return {
    rowPtr: Uint32Array.from(rows.rowPtr),
    columns: Uint32Array.from(rows.variables, (v) => (v >= AUX ? v - AUX : aux + v)),
    coefficients: Uint32Array.from(rows.coefficients),
  };
}

function pathOf(s: Synthesis, constraint: number): string {
  if (constraint < 0 || constraint >= s.constraintName.length) {
    throw new NovaError('InvalidIndex', `there is no constraint ${constraint}`);
  }
  const names = [s.constraintName[constraint]];
  for (let i = s.constraintSpace[constraint]; i !== 0; i = s.spaceParent[i]) names.unshift(s.spaceName[i]);
  return names.join('/');
}
