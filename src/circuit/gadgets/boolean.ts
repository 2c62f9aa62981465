/**
 * Truth values: bits, their negations, and constants. A negation or a constant takes no variable, and an operation with a
 * constant often takes none either. Follows nova-snark's `frontend/gadgets/boolean.rs` case by case, in its order: which rows
 * there are, and what stands in A and in B, depends on it.
 */
import type { ConstraintSystem } from '../constraint-system.ts';
import type { LinearCombination } from '../linear-combination.ts';
import type { Value } from '../witness-builder.ts';
import { nor, type Bit } from './bits.ts';

/** A bit or its negation. */
export interface Literal {
  readonly bit: Bit;
  readonly negated: boolean;
}

/** A literal, or a value that is known when the circuit is made. */
export type Truth = boolean | Literal;

/** The bit itself. */
export function literal(bit: Bit): Literal {
  return { bit, negated: false };
}

/** The opposite, for free. */
export function not(a: Truth): Truth {
  return typeof a === 'boolean' ? !a : { bit: a.bit, negated: !a.negated };
}

/** The value, 0 or 1. */
export function truthValue({ values: v, one }: ConstraintSystem, a: Truth): Value {
  if (typeof a === 'boolean') return v.constant(a ? 1n : 0n);
  return a.negated ? v.sub(one, a.bit) : a.bit.value;
}

/** sum += coefficient a */
export function addTruth(
  sum: LinearCombination,
  { one }: ConstraintSystem,
  a: Truth,
  coefficient: bigint,
): LinearCombination {
  if (typeof a === 'boolean') return a ? sum.add(one, coefficient) : sum;
  return a.negated ? sum.add(one, coefficient).sub(a.bit, coefficient) : sum.add(a.bit, coefficient);
}

/** As a linear combination. */
function lcOf(cs: ConstraintSystem, a: Truth): LinearCombination {
  return addTruth(cs.lc(), cs, a, 1n);
}

/** a xor b. Of two literals, with bits x and y: (x + x) y = x + y - c, negated if one of them is. */
export function xor(cs: ConstraintSystem, name: string, a: Truth, b: Truth): Truth {
  if (typeof a === 'boolean') return a ? not(b) : b;
  if (typeof b === 'boolean') return b ? not(a) : a;
  const { values: v } = cs;
  // where one is negated, the other comes first
  const [x, y] = a.negated && !b.negated ? [b.bit, a.bit] : [a.bit, b.bit];
  const c = cs.alloc(name, v.select(x, v.sub(cs.one, y), y));
  cs.enforce(name, cs.lc(x).add(x), y, cs.lc(x).add(y).sub(c));
  return { bit: c, negated: a.negated !== b.negated };
}

/** a and b. Of two literals: a b = c, with 1 - x in the place of a negated x, which comes second where only one is. */
export function and(cs: ConstraintSystem, name: string, a: Truth, b: Truth): Truth {
  if (typeof a === 'boolean') return a && b;
  if (typeof b === 'boolean') return b && a;
  if (a.negated === b.negated) {
    return literal(a.negated ? nor(cs, name, a.bit, b.bit) : cs.mul(name, a.bit, b.bit));
  }
  return literal(a.negated ? andNot(cs, name, b.bit, a.bit) : andNot(cs, name, a.bit, b.bit));
}

/** a (1 - b) = c */
function andNot(cs: ConstraintSystem, name: string, a: Bit, b: Bit): Bit {
  const { values: v } = cs;
  const c = cs.alloc(name, v.mul(a, v.sub(cs.one, b)));
  cs.enforce(name, a, cs.lc(cs.one).sub(b), c);
  return c;
}

/** a ? b : c, which SHA-256 calls Ch: a (b - c) = d - c. With a constant: what is left of that. */
export function choose(cs: ConstraintSystem, name: string, a: Truth, b: Truth, c: Truth): Truth {
  if (isConstant(a) && isConstant(b) && isConstant(c)) return a ? b : c;
  if (a === false) return c;
  if (b === false) return and(cs, name, not(a), c);
  if (c === false) return and(cs, name, a, b);
  if (c === true) return not(and(cs, name, a, not(b)));
  if (b === true) return not(and(cs, name, not(a), not(c)));
  const { values: v } = cs;
  const [aValue, bValue, cValue] = [a, b, c].map((x) => truthValue(cs, x));
  const d = cs.alloc(name, v.select(aValue, bValue, cValue));
  cs.enforce(name, lcOf(cs, b).sub(lcOf(cs, c)), lcOf(cs, a), cs.lc(d).sub(lcOf(cs, c)));
  return literal(d);
}

/** What two of the three say at least, which SHA-256 calls Maj: (2bc - b - c) a = bc - d. With a constant: what is left of that. */
export function majority(cs: ConstraintSystem, name: string, a: Truth, b: Truth, c: Truth): Truth {
  if (isConstant(a) && isConstant(b) && isConstant(c)) return (a && b) || (a && c) || (b && c);
  if (a === false) return and(cs, name, b, c);
  if (b === false) return and(cs, name, a, c);
  if (c === false) return and(cs, name, a, b);
  if (c === true) return not(and(cs, name, not(a), not(b)));
  if (b === true) return not(and(cs, name, not(a), not(c)));
  if (a === true) return not(and(cs, name, not(b), not(c)));
  const { values: v } = cs;
  const [aValue, bValue, cValue] = [a, b, c].map((x) => truthValue(cs, x));
  const d = cs.alloc(name, v.select(v.equal(bValue, cValue), bValue, aValue));
  const both = lcOf(cs, and(cs, `${name}, b and c`, b, c));
  cs.enforce(
    name,
    both.clone().add(both).sub(lcOf(cs, b)).sub(lcOf(cs, c)),
    lcOf(cs, a),
    both.clone().sub(d),
  );
  return literal(d);
}

function isConstant(a: Truth): a is boolean {
  return typeof a === 'boolean';
}
