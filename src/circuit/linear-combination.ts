import type { PrimeField } from '../field/field.ts';
import type { Value } from './witness-builder.ts';

/**
 * A variable of a constraint system: public input k is the number k, the private ("aux") variable j is `AUX + j`.
 * Ordered as numbers, inputs come first: the order in which nova-snark writes the entries of a row.
 */
export type Variable = number;

/** First private variable. */
export const AUX = 0x4000_0000;

/** Public input 0, whose value is one (the relaxed instance's u). */
export const ONE: Variable = 0;

/** A number of the circuit: a variable and, for the witness program, the value it takes. */
export interface Num {
  readonly variable: Variable;
  readonly value: Value;
}

/** What may stand where a linear combination is expected. */
export type Term = Num | LinearCombination;

/**
 * A sum of variables with coefficients, sorted by variable, each at most once. `add` and `sub` change the combination and
 * return it, so that one can be built in a chain: `cs.lc().add(x).add(cs.one, 5n)`.
 */
export class LinearCombination {
  readonly field: PrimeField;
  variables: Variable[];
  coefficients: bigint[];

  constructor(field: PrimeField, variables: Variable[] = [], coefficients: bigint[] = []) {
    this.field = field;
    this.variables = variables;
    this.coefficients = coefficients;
  }

  /** this += coefficient * term */
  add(term: Term, coefficient = 1n): this {
    if (term instanceof LinearCombination) this.#merge(term, coefficient);
    else this.#addVariable(term.variable, coefficient);
    return this;
  }

  /** this -= coefficient * term */
  sub(term: Term, coefficient = 1n): this {
    return this.add(term, this.field.neg(coefficient));
  }

  clone(): LinearCombination {
    return new LinearCombination(this.field, this.variables.slice(), this.coefficients.slice());
  }

  #addVariable(variable: Variable, coefficient: bigint): void {
    const { variables, coefficients, field } = this;
    let i = variables.length;
    while (i > 0 && variables[i - 1] > variable) i--;
    if (i > 0 && variables[i - 1] === variable) {
      coefficients[i - 1] = field.add(coefficients[i - 1], coefficient);
    } else {
      variables.splice(i, 0, variable);
      coefficients.splice(i, 0, coefficient);
    }
  }

  #merge(other: LinearCombination, scale: bigint): void {
    const F = this.field;
    const [va, ca, vb, cb] = [this.variables, this.coefficients, other.variables, other.coefficients];
    const variables: Variable[] = [];
    const coefficients: bigint[] = [];
    let i = 0;
    let j = 0;
    while (i < va.length || j < vb.length) {
      if (j === vb.length || va[i] < vb[j]) {
        variables.push(va[i]);
        coefficients.push(ca[i++]);
        continue;
      }
      const scaled = scale === 1n ? cb[j] : F.mul(cb[j], scale);
      variables.push(vb[j]);
      if (va[i] === vb[j]) coefficients.push(F.add(ca[i++], scaled));
      else coefficients.push(scaled);
      j++;
    }
    this.variables = variables;
    this.coefficients = coefficients;
  }
}
