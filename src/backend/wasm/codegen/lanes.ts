/**
 * Vectors of 128 bits for machines that have none: every vector is four words of 32 bits or two of 64, whichever the
 * instruction that made it works on, and an instruction on vectors becomes one on each of its lanes. So kernels are written
 * once, with vectors, and mean the same in a module without them.
 *
 * Parts that are known while code is generated cost nothing: a constant stays an immediate, a lane that a shuffle or a mask
 * drops is not computed. Instructions on doubles are not here: nothing that uses them is generated without SIMD.
 */
import { NovaError } from '../../../errors.ts';
import {
  type Code,
  type Expr,
  i32,
  i64,
  load,
  type Local,
  op,
  select,
  VECTOR_CONSTANT,
  type VectorInstruction,
} from './expression.ts';
import { LANE_LOADS, type ValType } from './instructions.ts';
import { leb } from './encoding.ts';

/** A vector: four words (i32) or two (i64), lowest first. */
interface Parts {
  readonly width: 32 | 64;
  readonly parts: readonly Expr[];
}

/** A variable. */
interface Variable extends Parts {
  /** Some part is a constant, or two are one: its value can never change. */
  readonly fixed: boolean;
}

/** The function that is being generated. */
export interface Sink {
  local(type: ValType): Local;
  /** Appends code; also in the midst of an expression, where it must leave the stack as it is. */
  emit(code: Code): void;
}

/** The vectors of one function. */
export class Lanes {
  readonly #sink: Sink;
  readonly #variables = new Map<Local, Variable>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** A vector variable that will be set later. */
  local(): Local {
    const code: Expr[] = [];
    const v: Local = { type: 'v128', code, index: -1, vector: VARIABLE };
    code.push(v);
    return v;
  }

  /** A vector variable with this value. */
  let(value: Expr): Local {
    const v = this.local();
    const { width, parts } = this.#parts(value);
    const own = new Map<Expr, Expr>();
    for (const part of parts) if (!own.has(part)) own.set(part, this.#copy(part));
    const fixed = own.size < parts.length || parts.some(isConstant);
    this.#variables.set(v, { width, parts: parts.map((part) => own.get(part)!), fixed });
    return v;
  }

  set(v: Local, value: Expr): void {
    const found = this.#parts(value); // which declares v, if it reads v
    const variable = this.#variables.get(v) ?? this.#declare(v, found.width);
    const { parts } = this.#to(variable.width, found);
    if (variable.fixed) {
      throw new NovaError(
        'InvalidArgument',
        'assembler: a vector of constants cannot be set, make it a local',
      );
    }
    // no part may change before all have been computed
    this.#sink.emit(parts.map((part) => part.code));
    for (const part of variable.parts.toReversed()) this.#sink.emit([0x21, leb((part as Local).index)]);
  }

  /** v128.store */
  store(address: Expr, value: Expr, offset: number): void {
    this.#storeParts(address, this.#parts(value), offset);
  }

  storeLane(name: string, index: number, address: Expr, vector: Expr, offset: number): void {
    const bits = name === 'v128.store64_lane' ? 64 : 32;
    const found = this.#parts(vector);
    const { width, parts } = bits < found.width ? this.#split(found) : found;
    const count = bits / width;
    const lane = { width, parts: parts.slice(count * index, count * (index + 1)) };
    this.#storeParts(address, lane, offset);
  }

  /** The number that an instruction takes out of a vector. */
  scalar({ vector }: Expr): Expr {
    const { name, operands, immediates } = vector!;
    const any = (width: 32 | 64): Expr[] => {
      const zero = width === 32 ? i32(0) : i64(0n);
      return this.#as(width, operands[0]).parts.map((part) => op(`i${width}.ne`, part, zero));
    };
    switch (name) {
      case 'i32x4.extract_lane':
        return this.#as(32, operands[0]).parts[immediates[0]];
      case 'i64x2.extract_lane':
        return this.#as(64, operands[0]).parts[immediates[0]];
      case 'v128.any_true':
        return any(this.#parts(operands[0]).width).reduce((a, b) => op('i32.or', a, b));
      case 'i32x4.all_true':
        return any(32).reduce((a, b) => op('i32.and', a, b));
      case 'i64x2.all_true':
        return any(64).reduce((a, b) => op('i32.and', a, b));
      default:
        throw unknown(name);
    }
  }

  // ---- variables

  #declare(v: Local, width: 32 | 64): Variable {
    const parts = Array.from({ length: 128 / width }, () => this.#sink.local(width === 32 ? 'i32' : 'i64'));
    const variable = { width, parts, fixed: false };
    this.#variables.set(v, variable);
    return variable;
  }

  /** A variable of its own for a number, unless that is a constant. */
  #copy(x: Expr): Expr {
    if (isConstant(x)) return x;
    const v = this.#sink.local(x.type);
    this.#sink.emit([x.code, 0x21, leb(v.index)]);
    return v;
  }

  /** x, so that it can be used more than once in one statement. */
  #share(x: Expr): Expr {
    return 'index' in x ? x : this.#copy(x);
  }

  #storeParts(address: Expr, { width, parts }: Parts, offset: number): void {
    const to = this.#share(address);
    // all are read before the first is written: they may come from there
    const values = parts.map((part) => this.#share(part));
    values.forEach((value, i) => {
      const [code, align] = width === 32 ? [0x36, 2] : [0x37, 3];
      this.#sink.emit([to.code, value.code, code, align, leb(offset + (i * width) / 8)]);
    });
  }

  // ---- values

  #as(width: 32 | 64, x: Expr): Parts {
    return this.#to(width, this.#parts(x));
  }

  #to(width: 32 | 64, x: Parts): Parts {
    if (x.width === width) return x;
    return width === 32 ? this.#split(x) : this.#join(x);
  }

  #split({ parts }: Parts): Parts {
    return {
      width: 32,
      parts: parts.flatMap((part) => {
        if (part.constant !== undefined) {
          return [i32(Number(part.constant & 0xffffffffn)), i32(Number(part.constant >> 32n))];
        }
        const x = this.#share(part);
        return [op('i32.wrap_i64', x), op('i32.wrap_i64', op('i64.shr_u', x, i64(32n)))];
      }),
    };
  }

  #join({ parts }: Parts): Parts {
    const pair = (k: number): Expr => {
      const [low, high] = [extended('u', parts[k]), extended('u', parts[k + 1])];
      if (low.constant !== undefined && high.constant !== undefined) {
        return i64(low.constant | (high.constant << 32n));
      }
      const shifted = isZero(high) ? high : op('i64.shl', high, i64(32n));
      return either(low, shifted);
    };
    return { width: 64, parts: [pair(0), pair(2)] };
  }

  #parts(x: Expr): Parts {
    const known = this.#variables.get(x as Local);
    if (known !== undefined) return known;
    const { vector } = x;
    if (vector === undefined) throw unknown(x.type);
    // a variable that is read before it is set is zero
    if (vector === VARIABLE) return this.#declare(x as Local, 32);
    return this.#instruction(vector);
  }

  #instruction(instruction: VectorInstruction): Parts {
    const { name, operands, immediates } = instruction;
    const [shape, action] = name.split('.');
    const [a, b, c] = operands;
    switch (name) {
      case VECTOR_CONSTANT:
        return { width: 32, parts: immediates.map(i32) };
      case 'i8x16.shuffle':
        return { width: 32, parts: this.#shuffled(a, b, immediates) };
      case 'select': {
        const condition = this.#share(a);
        return this.#bitwise([b, c], ([x, y]) => select(condition, x, y));
      }
      case 'v128.and':
        return this.#bitwise([a, b], ([x, y]) => both(x, y));
      case 'v128.or':
        return this.#bitwise([a, b], ([x, y]) => either(x, y));
      case 'v128.xor':
        return this.#bitwise([a, b], ([x, y]) => xor(x, y));
      case 'v128.andnot':
        return this.#bitwise([a, b], ([x, y]) => both(x, not(y)));
      case 'v128.not':
        return this.#bitwise([a], ([x]) => not(x));
      case 'v128.bitselect':
        return this.#bitwise([a, b, c], ([x, y, mask]) => {
          const other = this.#share(y);
          return xor(other, both(xor(x, other), mask));
        });
      case 'i32x4.splat':
      case 'i64x2.splat': {
        const part = this.#share(a);
        const width = a.type === 'i32' ? 32 : 64;
        return { width, parts: Array.from({ length: 128 / width }, () => part) };
      }
      case 'i32x4.replace_lane':
      case 'i64x2.replace_lane': {
        const { width, parts } = this.#as(shape === 'i32x4' ? 32 : 64, a);
        return { width, parts: parts.map((part, i) => (i === immediates[0] ? b : part)) };
      }
      default:
        if (action.startsWith('load')) return this.#loaded(instruction);
        if (shape === 'i32x4' || shape === 'i64x2') return this.#arithmetic(shape, action, a, b);
        throw unknown(name);
    }
  }

  /** What works on bits goes by the words of the operands that are not constants. */
  #bitwise(operands: readonly Expr[], build: (parts: readonly Expr[]) => Expr): Parts {
    const found = operands.map((x) => this.#parts(x));
    const variable = found.filter(({ parts }) => !parts.every(isConstant));
    const width = variable.some((x) => x.width === 32) || variable.length === 0 ? 32 : 64;
    const all = found.map((x) => this.#to(width, x).parts);
    return { width, parts: all[0].map((_, i) => build(all.map((parts) => parts[i]))) };
  }

  #arithmetic(shape: 'i32x4' | 'i64x2', action: string, a: Expr, b: Expr): Parts {
    const width = shape === 'i32x4' ? 32 : 64;
    const type = `i${width}`;
    const wide = /^(extmul|extend)_(low|high)_i32x4_([su])$/.exec(action);
    if (wide !== null) {
      const [, what, half, sign] = wide;
      const from = half === 'low' ? 0 : 2;
      const [x, y] = (what === 'extmul' ? [a, b] : [a]).map((v) =>
        this.#as(32, v)
          .parts.slice(from, from + 2)
          .map((part) => extended(sign, part)),
      );
      return { width: 64, parts: y ? x.map((part, i) => op('i64.mul', part, y[i])) : x };
    }
    if (action.startsWith('sh')) {
      const count = this.#share(width === 32 ? b : extended('u', b));
      return { width, parts: this.#as(width, a).parts.map((x) => op(`${type}.${action}`, x, count)) };
    }
    const [xs, ys] = [this.#as(width, a).parts, this.#as(width, b).parts];
    return {
      width,
      parts: xs.map((x, i) => {
        if (action === 'eq') {
          const equal = op(`${type}.eq`, x, ys[i]);
          return op(`${type}.sub`, zeroOf(x), width === 32 ? equal : extended('u', equal));
        }
        if (isZero(ys[i])) return action === 'mul' ? ys[i] : x;
        return isZero(x) && action === 'add' ? ys[i] : op(`${type}.${action}`, x, ys[i]);
      }),
    };
  }

  #loaded({ name, operands, immediates, offset }: VectorInstruction): Parts {
    const address = this.#share(operands[0]);
    const word = (i: number): Expr => load('i32.load', address, offset + 4 * i);
    const zero = i32(0);
    switch (name) {
      case 'v128.load':
        return { width: 32, parts: [word(0), word(1), word(2), word(3)] };
      case 'v128.load32_splat': {
        const all = this.#copy(word(0));
        return { width: 32, parts: [all, all, all, all] };
      }
      case 'v128.load64_splat': {
        const [low, high] = [this.#copy(word(0)), this.#copy(word(1))];
        return { width: 32, parts: [low, high, low, high] };
      }
      case 'v128.load32_zero':
        return { width: 32, parts: [word(0), zero, zero, zero] };
      case 'v128.load64_zero':
        return { width: 32, parts: [word(0), word(1), zero, zero] };
      default: {
        if (LANE_LOADS[name] === undefined) throw unknown(name);
        const words = name === 'v128.load64_lane' ? 2 : 1;
        const first = words * immediates[0];
        const { parts } = this.#as(32, operands[1]);
        return {
          width: 32,
          parts: parts.map((part, i) => (i >= first && i < first + words ? word(i - first) : part)),
        };
      }
    }
  }

  #shuffled(a: Expr, b: Expr, bytes: readonly number[]): Expr[] {
    // only the words that are wanted
    const words = [...this.#as(32, a).parts, ...this.#as(32, b).parts];
    return [0, 1, 2, 3].map((i) => {
      const wanted = bytes.slice(4 * i, 4 * i + 4);
      const word = words[wanted[0] >> 2];
      if (wanted.every((byte, k) => byte === (wanted[0] & ~3) + k)) return word;
      return wanted
        .map((byte, k) => {
          const low = op('i32.and', op('i32.shr_u', words[byte >> 2], i32(8 * (byte & 3))), i32(0xff));
          return op('i32.shl', low, i32(8 * k));
        })
        .reduce(either);
    });
  }
}

const VARIABLE: VectorInstruction = { name: 'variable', operands: [], immediates: [], offset: 0 };

function isConstant(x: Expr): boolean {
  return x.constant !== undefined;
}

function isZero(x: Expr): boolean {
  return x.constant === 0n;
}

function zeroOf(x: Expr): Expr {
  return x.type === 'i32' ? i32(0) : i64(0n);
}

/** A word of 32 bits as one of 64, signed or not. */
function extended(sign: string, x: Expr): Expr {
  if (x.constant === undefined) return op(`i64.extend_i32_${sign}`, x);
  return i64(sign === 's' ? BigInt.asIntN(32, x.constant) : x.constant);
}

function both(x: Expr, y: Expr): Expr {
  if (isZero(x) || isZero(y)) return zeroOf(x);
  return op(`${x.type}.and`, x, y);
}

function either(x: Expr, y: Expr): Expr {
  return isZero(x) ? y : isZero(y) ? x : op(`${x.type}.or`, x, y);
}

function xor(x: Expr, y: Expr): Expr {
  return isZero(x) ? y : isZero(y) ? x : op(`${x.type}.xor`, x, y);
}

function not(x: Expr): Expr {
  return op(`${x.type}.xor`, x, x.type === 'i32' ? i32(-1) : i64(-1n));
}

function unknown(name: string): NovaError {
  return new NovaError('InvalidArgument', `assembler: ${name} is not there without SIMD`);
}
