/** Selections by a bit, constants, and other one-constraint gadgets on numbers. */
import type { ConstraintSystem } from '../constraint-system.ts';
import type { Num } from '../linear-combination.ts';
import type { Bit } from './bits.ts';

/** A new number that is zero. */
export function allocZero(cs: ConstraintSystem, name: string): Num {
  const zero = cs.alloc(name, cs.values.constant(0n));
  cs.enforce(`${name} is zero`, cs.lc(), cs.lc(), zero);
  return zero;
}

/** condition ? a : b, as (a - b) condition = c - b. */
export function select(cs: ConstraintSystem, name: string, condition: Bit, a: Num, b: Num): Num {
  const c = cs.alloc(name, cs.values.select(condition, a, b));
  cs.enforce(name, cs.lc(a).sub(b), condition, cs.lc(c).sub(b));
  return c;
}

/** condition ? a : 0 */
export function selectOrZero(cs: ConstraintSystem, name: string, condition: Bit, a: Num): Num {
  const c = cs.alloc(name, cs.values.select(condition, a, cs.values.constant(0n)));
  cs.enforce(name, a, condition, c);
  return c;
}

/** condition ? a : 1, as (a - 1) condition = c - 1. */
export function selectOrOne(cs: ConstraintSystem, name: string, condition: Bit, a: Num): Num {
  const c = cs.alloc(name, cs.values.select(condition, a, cs.one));
  cs.enforce(name, cs.lc(a).sub(cs.one), condition, cs.lc(c).sub(cs.one));
  return c;
}

/** condition ? 0 : a, as a (1 - condition) = c. */
export function selectZeroOr(cs: ConstraintSystem, name: string, condition: Bit, a: Num): Num {
  const c = cs.alloc(name, cs.values.select(condition, cs.values.constant(0n), a));
  cs.enforce(name, a, cs.lc(cs.one).sub(condition), c);
  return c;
}

/** condition ? 1 : a, as (1 - a) condition = c - a. */
export function selectOneOr(cs: ConstraintSystem, name: string, condition: Bit, a: Num): Num {
  const c = cs.alloc(name, cs.values.select(condition, cs.one, a));
  cs.enforce(name, cs.lc(cs.one).sub(a), condition, cs.lc(c).sub(a));
  return c;
}

/** condition ? 1 : a - b, as (1 - a + b) condition = c - a + b. */
export function selectOneOrDifference(
  cs: ConstraintSystem,
  name: string,
  condition: Bit,
  a: Num,
  b: Num,
): Num {
  const c = cs.alloc(name, cs.values.select(condition, cs.one, cs.values.sub(a, b)));
  cs.enforce(name, cs.lc(cs.one).sub(a).add(b), condition, cs.lc(c).sub(a).add(b));
  return c;
}
