import { NovaError } from '../../../errors.ts';

const WORD = 32n;
const MAX_WORD = (1n << WORD) - 1n;
const MAX_SIGNED = (1n << (WORD - 1n)) - 1n;

/** A 32-bit value of the code under construction. A value that may be negative is a word read as two's complement. */
export interface Value {
  /** How WGSL names it. */
  readonly text: string;
  /** The interval that it is proved to lie in, both ends included. */
  readonly min: bigint;
  readonly max: bigint;
  /** Number of its operation; undefined for a constant. */
  readonly id?: number;
}

/** What an operation does; operands that are numbers are shift widths. */
export type OperationKind =
  'input' | 'add' | 'sub' | 'mul' | 'mulLow' | 'shr' | 'shl' | 'and' | 'or' | 'negLow' | 'selectNegative';

export interface Operation {
  readonly kind: OperationKind;
  readonly operands: readonly Value[];
  readonly text: string;
  readonly value: Value;
}

/** Operations of a function by the unit of the hardware that runs them. */
export interface OperationCounts {
  readonly multiplications: number;
  readonly additions: number;
  /** Shifts and bitwise operations. */
  readonly bitwise: number;
  readonly selections: number;
}

/**
 * Writes straight-line code on 32-bit words and proves, operation by operation, that no sum, difference or product leaves 32
 * bits: each value carries its interval. Code that could overflow is refused instead of written. Operations with constants are
 * folded.
 */
export class Emitter {
  readonly #operations: Operation[] = [];
  readonly #prefix: string;

  /** @param prefix of the values' names; two emitters that write into one function need different ones */
  constructor(prefix = 't') {
    this.#prefix = prefix;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** The statements: one `let` each. */
  lines(): string[] {
    return this.#operations.map(({ text, value }) => `let ${value.text} = ${text};`);
  }

  counts(): OperationCounts {
    const of = (...kinds: OperationKind[]): number =>
      this.#operations.filter(({ kind }) => kinds.includes(kind)).length;
    const powers = this.#operations.filter(({ kind, text }) => kind === 'mul' && text.includes('<<')).length;
    return {
      multiplications: of('mul', 'mulLow') - powers,
      additions: of('add', 'sub', 'negLow'),
      bitwise: of('shr', 'shl', 'and', 'or', 'negLow') + powers,
      selections: of('selectNegative'),
    };
  }

  /** Drops all operations after the first `length`: a try that did not work out. */
  rewind(length: number): void {
    this.#operations.length = length;
  }

  constant(x: bigint | number): Value {
    const c = BigInt(x);
    return { text: `${c}u`, min: c, max: c };
  }

  /** A word that WGSL calls `text`. */
  input(text: string, max: bigint): Value {
    return this.#push('input', [], 0n, max, text);
  }

  add(x: Value, y: Value): Value {
    if (isConstant(x) && isConstant(y)) return this.constant(x.min + y.min);
    if (isZero(x)) return y;
    if (isZero(y)) return x;
    return this.#push('add', [x, y], x.min + y.min, x.max + y.max, `${x.text} + ${y.text}`);
  }

  sub(x: Value, y: Value): Value {
    if (isConstant(x) && isConstant(y) && x.min >= y.min) return this.constant(x.min - y.min);
    if (isZero(y)) return x;
    return this.#push('sub', [x, y], x.min - y.max, x.max - y.min, `${x.text} - ${y.text}`);
  }

  /** A product of values that are not negative. */
  mul(x: Value, y: Value): Value {
    if (x.min < 0n || y.min < 0n) throw overflow('a product of negative values', x.min, y.min);
    if (isConstant(x)) return isConstant(y) ? this.constant(x.min * y.min) : this.#scale(y, x);
    if (isConstant(y)) return this.#scale(x, y);
    return this.#push('mul', [x, y], x.min * y.min, x.max * y.max, `${x.text} * ${y.text}`);
  }

  /** x c, c constant; no multiplication is needed for powers of two. */
  #scale(x: Value, c: Value): Value {
    if (c.min === 0n) return c;
    if (c.min === 1n) return x;
    const shift = bitLength(c.min) - 1;
    const text = 1n << BigInt(shift) === c.min ? `${x.text} << ${shift}u` : `${x.text} * ${c.text}`;
    return this.#push('mul', [x, c], x.min * c.min, x.max * c.min, text);
  }

  /** x c mod 2^32, then the bits of `mask`. */
  mulLow(x: Value, c: Value, mask: bigint): Value {
    const low = isOne(c) ? x : this.#push('mulLow', [x, c], 0n, MAX_WORD, `${x.text} * ${c.text}`);
    return this.and(low, mask);
  }

  /** floor(x / 2^shift), also of negative values. */
  shr(x: Value, shift: number): Value {
    const by = BigInt(shift);
    if (shift === 0) return x;
    if (isConstant(x)) return this.constant(x.min >> by);
    if (x.min >= 0n && x.max >> by === 0n) return this.constant(0);
    const text = x.min < 0n ? `bitcast<u32>(bitcast<i32>(${x.text}) >> ${shift}u)` : `${x.text} >> ${shift}u`;
    return this.#push('shr', [x, this.constant(shift)], x.min >> by, x.max >> by, text);
  }

  /** x 2^shift mod 2^32. */
  shl(x: Value, shift: number): Value {
    if (shift === 0) return x;
    if (isConstant(x)) return this.constant((x.min << BigInt(shift)) & MAX_WORD);
    const max = x.max << BigInt(shift);
    return this.#push(
      'shl',
      [x, this.constant(shift)],
      0n,
      max > MAX_WORD ? MAX_WORD : max,
      `${x.text} << ${shift}u`,
    );
  }

  /** The bits of `mask` = 2^k - 1. */
  and(x: Value, mask: bigint): Value {
    if (isConstant(x)) return this.constant(x.min & mask);
    if (x.min >= 0n && x.max <= mask) return x;
    return this.#push('and', [x, this.constant(mask)], 0n, mask, `${x.text} & ${mask}u`);
  }

  or(x: Value, y: Value): Value {
    if (isZero(x)) return y;
    if (isZero(y)) return x;
    const max = (1n << BigInt(bitLength(x.max > y.max ? x.max : y.max))) - 1n;
    return this.#push('or', [x, y], 0n, max, `${x.text} | ${y.text}`);
  }

  /** -x mod 2^k, `mask` = 2^k - 1. */
  negLow(x: Value, mask: bigint): Value {
    return this.#push('negLow', [x, this.constant(mask)], 0n, mask, `(0u - ${x.text}) & ${mask}u`);
  }

  /** test < 0 ? x : y */
  selectNegative(test: Value, x: Value, y: Value): Value {
    return this.#push(
      'selectNegative',
      [test, x, y],
      x.min < y.min ? x.min : y.min,
      x.max > y.max ? x.max : y.max,
      `select(${y.text}, ${x.text}, bitcast<i32>(${test.text}) < 0)`,
    );
  }

  #push(kind: OperationKind, operands: Value[], min: bigint, max: bigint, text: string): Value {
    if (max > MAX_WORD || (min < 0n && (max > MAX_SIGNED || min < -MAX_SIGNED))) {
      throw overflow(kind, min, max);
    }
    const id = this.#operations.length;
    const value: Value = { id, text: `${this.#prefix}${id}`, min, max };
    this.#operations.push({ kind, operands, text, value });
    return value;
  }
}

/** The same value with an interval that is known by other means than the operations that made it. */
export function within(x: Value, min: bigint, max: bigint): Value {
  if (isConstant(x) || (x.min >= min && x.max <= max)) return x;
  return { ...x, min: x.min > min ? x.min : min, max: x.max < max ? x.max : max };
}

export function isConstant(x: Value): boolean {
  return x.id === undefined;
}

export function isZero(x: Value): boolean {
  return isConstant(x) && x.min === 0n;
}

function isOne(x: Value): boolean {
  return isConstant(x) && x.min === 1n;
}

/** Bits of an integer; 1 for 0. */
export function bitLength(x: bigint): number {
  return x.toString(2).length;
}

function overflow(what: string, min: bigint, max: bigint): NovaError {
  return new NovaError('InvalidArgument', `the layout overflows a 32-bit word: ${what} in [${min}, ${max}]`);
}
