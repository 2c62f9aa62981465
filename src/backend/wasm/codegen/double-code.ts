import { type Expr, f64x2, type Func, i64x2, type Local, op } from './assembler.ts';
import { bitsOf } from './double-limbs.ts';

/** The bits of 2^52: with the bits of an integer below 2^52 as its fraction, 2^52 plus this integer. */
export const FRACTION_BITS: bigint = bitsOf(2 ** 52);

/** What code with vectors of two doubles consists of, in one function. */
export class DoubleCode {
  readonly #f: Func;
  readonly #constants = new Map<string, Expr>();

  constructor(f: Func) {
    this.#f = f;
  }

  let(value: Expr): Local {
    return this.#f.let(value);
  }

  /** The same double twice. */
  number(x: number): Expr {
    return this.#constant(`f${x}`, () => f64x2(x));
  }

  /** The same integer of 64 bits twice. */
  integer(x: bigint): Expr {
    return this.#constant(`i${x}`, () => i64x2(x));
  }

  /** x y + z, rounded once. */
  madd(x: Expr, y: Expr, z: Expr): Expr {
    return op('f64x2.relaxed_madd', x, y, z);
  }

  /** Two integers from 0 to 2^52 - 1 as doubles: 2^52 + integer - 2^52. */
  fraction(integers: Expr): Expr {
    const sum = op('v128.or', integers, this.integer(FRACTION_BITS));
    return this.let(op('f64x2.sub', sum, this.number(2 ** 52)));
  }

  #constant(key: string, make: () => Expr): Expr {
    let known = this.#constants.get(key);
    if (known === undefined) this.#constants.set(key, (known = this.#f.constant(make())));
    return known;
  }
}
