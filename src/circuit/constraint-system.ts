import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { WitnessProgram } from '../field/program.ts';
import { checkMatrices, type ConstraintMatrices, type SparseMatrix } from '../field/sparse.ts';
import { constraintPath, type ConstraintNames } from './constraint-names.ts';
import { AUX, LinearCombination, ONE, type Num, type Term, type Variable } from './linear-combination.ts';
import { Uint32List } from './uint32-list.ts';
import { WitnessBuilder, type Operand, type Value } from './witness-builder.ts';

/** What synthesis yields: everything that a circuit is, once and for all. */
export interface CompiledCircuit {
  readonly matrices: ConstraintMatrices;
  /** Computes W; its outputs are the public inputs X, then whatever `finish` was given. */
  readonly program: WitnessProgram;
  /** Names that lead to constraint i, joined by `/`. @throws {@link NovaError} `InvalidIndex` */
  path(constraint: number): string;
  /** The names that paths are made of. */
  names(): ConstraintNames;
}

/** A matrix under construction: columns are still variables. */
interface Rows {
  readonly rowPtr: Uint32List;
  readonly variables: Uint32List;
  readonly coefficients: Uint32List;
}

/** What all namespaces of one constraint system share. */
class Synthesis {
  readonly A: Rows = emptyRows();
  readonly B: Rows = emptyRows();
  readonly C: Rows = emptyRows();
  readonly dictionary = new Map<bigint, number>();
  /** The place of the coefficient one, by far the most frequent; undefined as long as it has none. */
  placeOfOne: number | undefined;
  /** Places in the dictionary of lists of coefficients that many combinations have. */
  readonly shared = new Map<readonly bigint[], readonly number[]>();
  readonly inputs: Value[] = [];
  aux = 0;
  readonly names = { spaces: [''], parents: [0], constraints: [] as string[], spaceOf: [] as number[] };
}

function emptyRows(): Rows {
  const rows = { rowPtr: new Uint32List(), variables: new Uint32List(), coefficients: new Uint32List() };
  rows.rowPtr.push(0);
  return rows;
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
      const { spaces, parents } = this.#synthesis.names;
      this.#space = spaces.push(parent.name) - 1;
      parents.push(parent.cs.#space);
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
    return this.#synthesis.names.constraints.length;
  }

  /** Adds the constraint a * b = c. A missing c (or an empty combination) is zero. */
  enforce(name: string, a: Term, b: Term, c?: Term): void {
    const s = this.#synthesis;
    this.#push(s.A, a);
    this.#push(s.B, b);
    this.#push(s.C, c);
    s.names.constraints.push(name);
    s.names.spaceOf.push(this.#space);
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
      constraints: this.constraintCount,
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
      path: (i) => constraintPath(s.names, i),
      names: () => s.names,
    };
  }

  #push(rows: Rows, term: Term | undefined): void {
    if (term instanceof LinearCombination) {
      const { variables, coefficients } = term;
      const shared = term.sharesCoefficients ? this.#sharedPlaces(coefficients) : undefined;
      for (let i = 0; i < variables.length; i++) {
        if (coefficients[i] === 0n) continue;
        this.#entry(rows, variables[i], shared === undefined ? this.#place(coefficients[i]) : shared[i]);
      }
    } else if (term !== undefined) {
      this.#entry(rows, term.variable, this.#place(1n));
    }
    rows.rowPtr.push(rows.variables.length);
  }

  #entry(rows: Rows, variable: Variable, place: number): void {
    const s = this.#synthesis;
    if (variable >= AUX ? variable - AUX >= s.aux : variable > s.inputs.length) {
      throw new NovaError('InvalidIndex', 'a constraint names a variable of another constraint system');
    }
    rows.variables.push(variable);
    rows.coefficients.push(place);
  }

  /** Where the dictionary has a coefficient, which it takes up if need be. */
  #place(coefficient: bigint): number {
    const { dictionary } = this.#synthesis;
    if (coefficient === 1n)
      return (this.#synthesis.placeOfOne ??= dictionary.set(1n, dictionary.size).size - 1);
    let place = dictionary.get(coefficient);
    if (place === undefined) {
      place = dictionary.size;
      dictionary.set(coefficient, place);
    }
    return place;
  }

  /** The places of a whole list, looked up once; zeros have none. */
  #sharedPlaces(coefficients: readonly bigint[]): readonly number[] {
    const { shared } = this.#synthesis;
    let places = shared.get(coefficients);
    if (places === undefined) {
      places = coefficients.map((c) => (c === 0n ? NONE : this.#place(c)));
      shared.set(coefficients, places);
    }
    return places;
  }
}

/** In the place of a place: a zero is not in the dictionary. */
const NONE = -1;

/** Private variables come first, then the inputs (0 of which is u). */
function columnsOf(rows: Rows, aux: number): SparseMatrix {
  const columns = rows.variables.finish();
  for (let i = 0; i < columns.length; i++)
    columns[i] = columns[i] >= AUX ? columns[i] - AUX : aux + columns[i];
  return {
    rowPtr: rows.rowPtr.finish(),
    columns,
    coefficients: rows.coefficients.finish(),
  };
}
