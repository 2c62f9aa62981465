/**
 * Expressions: the code that leaves one value on the stack. Kernels build them as TypeScript, so that constants and unrolled
 * loops come from one description of a field.
 */
import { NovaError } from '../../../errors.ts';
import { leb, sleb32, sleb64, wordBytes } from './encoding.ts';
import { LANE_LOADS, LANES, LOADS, OPS, type Signature, TYPE_CODE, type ValType } from './instructions.ts';

/**
 * Code, nested: an expression contains the code of its operands as it is, and is flattened when it is emitted. Where it
 * contains an expression, it is one that takes a vector and leaves a number: functions without vectors emit other code for it.
 */
export type Code = readonly (number | Code | Expr)[];

/** Code that leaves one value of a type on the stack. */
export interface Expr {
  readonly type: ValType;
  readonly code: Code;
  /** The value of a constant of 32 or 64 bits, unsigned. */
  readonly constant?: bigint;
  /** What takes or gives a vector says how, for functions without vectors: see `lanes.ts`. */
  readonly vector?: VectorInstruction;
}

/** An instruction with vectors. */
export interface VectorInstruction {
  readonly name: string;
  readonly operands: readonly Expr[];
  /** A lane's number, the bytes of a shuffle, or the four words of a constant. */
  readonly immediates: readonly number[];
  /** Of loads. */
  readonly offset: number;
}

/** A local variable (or parameter); as an expression it reads the variable. */
export interface Local extends Expr {
  readonly index: number;
}

/** An instruction without immediates, applied to its operands. */
export function op(name: string, ...operands: Expr[]): Expr {
  const signature = OPS[name];
  if (signature === undefined) throw new NovaError('InvalidArgument', `assembler: no instruction ${name}`);
  return apply(name, signature, operands, NONE);
}

/** A lane instruction (`i32x4.extract_lane`, ...). */
export function lane(name: string, index: number, ...operands: Expr[]): Expr {
  return apply(name, LANES[name], operands, [index]);
}

/** A load from `address + offset`. Alignment is a hint; any address works. */
export function load(name: string, address: Expr, offset = 0): Expr {
  const [code, align, type] = LOADS[name];
  checkTypes(name, [address], ['i32']);
  const all = [codeOf(address), code, align, leb(offset)];
  if (type !== 'v128') return { type, code: all };
  return { type, code: all, vector: { name, operands: [address], immediates: NONE, offset } };
}

/** Replaces one lane of a vector by memory at `address + offset`. */
export function loadLane(name: string, index: number, address: Expr, vector: Expr, offset = 0): Expr {
  const [code, align] = LANE_LOADS[name];
  checkTypes(name, [address, vector], ['i32', 'v128']);
  return {
    type: 'v128',
    code: [codeOf(address), vector.code, code, align, leb(offset), index],
    vector: { name, operands: [address, vector], immediates: [index], offset },
  };
}

/** 16 bytes, each the given byte of the 32 that a and b have together. */
export function shuffle(a: Expr, b: Expr, bytes: readonly number[]): Expr {
  const name = 'i8x16.shuffle';
  checkTypes(name, [a, b], ['v128', 'v128']);
  return {
    type: 'v128',
    code: [a.code, b.code, SHUFFLE, bytes],
    vector: { name, operands: [a, b], immediates: bytes, offset: 0 },
  };
}

/** The four 32-bit words of a vector, each the given word of the eight that a and b have together. */
export function shuffleWords(a: Expr, b: Expr, words: readonly [number, number, number, number]): Expr {
  const bytes: number[] = [];
  for (const w of words) bytes.push(4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3);
  return shuffle(a, b, bytes);
}

/** condition ? a : b, without a branch. */
export function select(condition: Expr, a: Expr, b: Expr): Expr {
  checkTypes('select', [condition, b], ['i32', a.type]);
  const operands = [codeOf(a), codeOf(b), codeOf(condition)];
  if (a.type !== 'v128') return { type: a.type, code: [operands, 0x1b] };
  return {
    type: a.type,
    code: [operands, 0x1c, 1, TYPE_CODE.v128],
    vector: { name: 'select', operands: [condition, a, b], immediates: NONE, offset: 0 },
  };
}

/** A constant of 32 bits. */
export function i32(x: number): Expr {
  return { type: 'i32', code: [0x41, sleb32(x | 0)], constant: BigInt(x >>> 0) };
}

/** A constant of 64 bits. */
export function i64(x: bigint): Expr {
  return { type: 'i64', code: [0x42, sleb64(BigInt.asIntN(64, x))], constant: BigInt.asUintN(64, x) };
}

/** A vector of two equal or different 64-bit words. */
export function i64x2(low: bigint, high: bigint = low): Expr {
  return vectorConstant([low, low >> 32n, high, high >> 32n].map((x) => Number(BigInt.asIntN(32, x))));
}

/** A vector of four 32-bit words. */
export function i32x4(...words: readonly [number, number, number, number] | readonly [number]): Expr {
  return vectorConstant(words.length === 1 ? [words[0], words[0], words[0], words[0]] : words);
}

/** A vector of two equal doubles. */
export function f64x2(x: number): Expr {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return i64x2(view.getBigUint64(0));
}

/** The name of vectors of constants. */
export const VECTOR_CONSTANT = 'v128.const';

function vectorConstant(words: readonly number[]): Expr {
  return {
    type: 'v128',
    code: [CONSTANT, words.map(wordBytes)],
    vector: { name: VECTOR_CONSTANT, operands: [], immediates: words, offset: 0 },
  };
}

const NONE: readonly number[] = [];
const SHUFFLE: readonly number[] = [0xfd, 13];
const CONSTANT: readonly number[] = [0xfd, 12];

function apply(
  name: string,
  [code, types, type]: Signature,
  operands: readonly Expr[],
  immediates: readonly number[],
): Expr {
  checkTypes(name, operands, types);
  const all = [...operands.map(codeOf), code, immediates];
  const scalar = type !== 'v128' && types[0] !== 'v128';
  return scalar
    ? { type, code: all }
    : { type, code: all, vector: { name, operands, immediates, offset: 0 } };
}

/** The code of an operand. */
export function codeOf(x: Expr): Code {
  return x.vector !== undefined && x.type !== 'v128' ? [x] : x.code;
}

/** @throws {@link NovaError} `InvalidArgument` unless the operands have these types */
export function checkTypes(name: string, operands: readonly Expr[], types: readonly ValType[]): void {
  let good = operands.length === types.length;
  for (let i = 0; good && i < types.length; i++) good = operands[i].type === types[i];
  if (good) return;
  const given = operands.map((a) => a.type).join(', ');
  throw new NovaError('InvalidArgument', `assembler: ${name} takes (${types.join(', ')}), not (${given})`);
}
