/**
 * Doubles in local variables, two at a time, as `madd-field.ts` has them: what both its sums and its products are made of.
 */
import { type Expr, f64x2, i64x2, type Local, op } from './assembler.ts';
import { BITS } from './double-layout.ts';
import { bitsOf } from './double-limbs.ts';
import { FunctionLocals } from './function-locals.ts';

/** What is added to products and their lower halves, and the bits of these numbers. */
export const HIGH: number = 3 * 2 ** 102;
export const LOW: number = 3 * 2 ** 51;
export const HIGH_BITS: bigint = /* @__PURE__ */ bitsOf(HIGH);
export const LOW_BITS: bigint = /* @__PURE__ */ bitsOf(LOW);
/** The bits of 2^52: with the bits of an integer below 2^52 as its fraction, 2^52 plus this integer. */
const FRACTION_BITS: bigint = /* @__PURE__ */ bitsOf(2 ** 52);
/** Integers up to this are exact. */
export const EXACT: number = 2 ** 53;
/** Most, in magnitude, that a limb can be after one round of carries: half of 2^51, and the carry of another one. */
export const CENTERED: number = 2 ** (BITS - 1) + EXACT / 2 ** BITS;

/** The variables of one function. */
export class MaddLocals extends FunctionLocals {
  /** x y + z, rounded once. */
  madd(x: Expr, y: Expr, z: Expr): Expr {
    return op('f64x2.relaxed_madd', x, y, z);
  }

  /** A constant. */
  number(x: number): Expr {
    return this.constant(`f${x}`, f64x2(x));
  }

  /** The same of integers. */
  integer(x: bigint): Expr {
    return this.constant(`i${x}`, i64x2(x));
  }

  /** Two integers from 0 to 2^52 - 1 as doubles, less a number of at most 2^52. */
  fraction(integers: Expr, less = 0): Local {
    const sum = op('v128.or', integers, this.integer(FRACTION_BITS));
    return this.let(op('f64x2.sub', sum, this.number(2 ** 52 + less)));
  }
}
