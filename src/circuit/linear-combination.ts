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
  #variables: Variable[] = [];
  #coefficients: bigint[] = [];
  /** The coefficients belong to several combinations: they are copied before a change. */
  #shared = false;

  constructor(field: PrimeField) {
    this.field = field;
  }

  /**
   * The combination of these variables, in increasing order, with coefficients that many combinations have. The list of
   * coefficients is kept, not copied: it must never change.
   */
  static withSharedCoefficients(
    field: PrimeField,
    variables: readonly Variable[],
    coefficients: readonly bigint[],
  ): LinearCombination {
    const lc = new LinearCombination(field);
    lc.#variables = variables.slice();
    lc.#coefficients = coefficients as bigint[];
    lc.#shared = true;
    return lc;
  }

  /** The variables, in increasing order. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** The coefficient of each variable. */
  get coefficients(): readonly bigint[] {
    return this.#coefficients;
  }

  /** Whether the list of coefficients is one that other combinations have too, and never changes. */
  get sharesCoefficients(): boolean {
    return this.#shared;
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
    const lc = new LinearCombination(this.field);
    lc.#variables = this.#variables.slice();
    lc.#coefficients = this.#shared ? this.#coefficients : this.#coefficients.slice();
    lc.#shared = this.#shared;
    return lc;
  }

  #addVariable(variable: Variable, coefficient: bigint): void {
    if (this.#shared) this.#own(this.#variables, this.#coefficients.slice());
    const variables = this.#variables;
    const coefficients = this.#coefficients;
    let i = variables.length;
    while (i > 0 && variables[i - 1] > variable) i--;
    if (i > 0 && variables[i - 1] === variable) {
      coefficients[i - 1] = this.field.add(coefficients[i - 1], coefficient);
    } else if (i === variables.length) {
      variables.push(variable);
      coefficients.push(coefficient);
    } else {
      variables.splice(i, 0, variable);
      coefficients.splice(i, 0, coefficient);
    }
  }

  #merge(other: LinearCombination, scale: bigint): void {
    const F = this.field;
    const va = this.#variables;
    const ca = this.#coefficients;
    const vb = other.#variables;
    const cb = other.#coefficients;
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
    this.#own(variables, coefficients);
  }

  #own(variables: Variable[], coefficients: bigint[]): void {
    this.#variables = variables;
    this.#coefficients = coefficients;
    this.#shared = false;
  }
}
