/**
 * A small assembler for WebAssembly modules: kernels are written as TypeScript that builds expressions, so that their
 * constants and unrolled loops come from one description of a field. Binary format: https://webassembly.github.io/spec/core/binary.
 *
 * An expression is the code that leaves one value on the stack; a statement is appended to its function at once. A module
 * generates in a few milliseconds.
 */
import { NovaError } from '../../../errors.ts';

export type ValType = 'i32' | 'i64' | 'f64' | 'v128';

const TYPE_CODE: Readonly<Record<ValType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

/** Bytes of code, nested: an expression contains the code of its operands as it is, and is flattened when it is emitted. */
type Code = readonly (number | Code)[];

/** Code that leaves one value of a type on the stack. */
export interface Expr {
  readonly type: ValType;
  readonly code: Code;
}

/** A local variable (or parameter); as an expression it reads the variable. */
export interface Local extends Expr {
  readonly index: number;
}

type Signature = readonly [code: readonly number[], operands: readonly ValType[], result: ValType];

/** `\\0asm`, version 1. */
const MAGIC_AND_VERSION: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const SIMD = 0xfd;
const simd = (n: number): number[] => [SIMD, ...leb(n)];
const same = (
  type: ValType,
  codes: Readonly<Record<string, readonly number[]>>,
  operands: number,
): [string, Signature][] =>
  Object.entries(codes).map(([name, code]) => [
    name,
    [code, Array.from({ length: operands }, () => type), type],
  ]);

/** Instructions without immediates: code, operand types, result type. */
const OPS: Readonly<Record<string, Signature>> = Object.fromEntries<Signature>([
  ...same(
    'i32',
    {
      'i32.add': [0x6a],
      'i32.sub': [0x6b],
      'i32.mul': [0x6c],
      'i32.and': [0x71],
      'i32.or': [0x72],
      'i32.xor': [0x73],
      'i32.shl': [0x74],
      'i32.shr_s': [0x75],
      'i32.shr_u': [0x76],
      'i32.eq': [0x46],
      'i32.ne': [0x47],
      'i32.lt_s': [0x48],
      'i32.lt_u': [0x49],
      'i32.gt_s': [0x4a],
      'i32.gt_u': [0x4b],
      'i32.le_s': [0x4c],
      'i32.le_u': [0x4d],
      'i32.ge_s': [0x4e],
      'i32.ge_u': [0x4f],
    },
    2,
  ),
  ...same('i32', { 'i32.eqz': [0x45], 'i32.clz': [0x67], 'i32.ctz': [0x68], 'i32.popcnt': [0x69] }, 1),
  ...same(
    'i64',
    {
      'i64.add': [0x7c],
      'i64.sub': [0x7d],
      'i64.mul': [0x7e],
      'i64.and': [0x83],
      'i64.or': [0x84],
      'i64.xor': [0x85],
      'i64.shl': [0x86],
      'i64.shr_s': [0x87],
      'i64.shr_u': [0x88],
    },
    2,
  ),
  ...same('i64', { 'i64.clz': [0x79], 'i64.ctz': [0x7a] }, 1),
  ...Object.entries({
    'i64.eq': [0x51],
    'i64.ne': [0x52],
    'i64.lt_s': [0x53],
    'i64.lt_u': [0x54],
    'i64.gt_s': [0x55],
    'i64.gt_u': [0x56],
    'i64.le_u': [0x58],
    'i64.ge_u': [0x5a],
  }).map(([name, code]): [string, Signature] => [name, [code, ['i64', 'i64'], 'i32']]),
  ['i64.eqz', [[0x50], ['i64'], 'i32']],
  ['i32.wrap_i64', [[0xa7], ['i64'], 'i32']],
  ['i64.extend_i32_s', [[0xac], ['i32'], 'i64']],
  ['i64.extend_i32_u', [[0xad], ['i32'], 'i64']],
  ['i64.reinterpret_f64', [[0xbd], ['f64'], 'i64']],
  ['f64.reinterpret_i64', [[0xbf], ['i64'], 'f64']],
  ...same(
    'v128',
    {
      'v128.and': simd(78),
      'v128.andnot': simd(79),
      'v128.or': simd(80),
      'v128.xor': simd(81),
      'i32x4.add': simd(174),
      'i32x4.sub': simd(177),
      'i32x4.mul': simd(181),
      'i32x4.eq': simd(55),
      'i64x2.add': simd(206),
      'i64x2.sub': simd(209),
      'i64x2.mul': simd(213),
      'i64x2.eq': simd(214),
      'i64x2.extmul_low_i32x4_s': simd(220),
      'i64x2.extmul_high_i32x4_s': simd(221),
      'i64x2.extmul_low_i32x4_u': simd(222),
      'i64x2.extmul_high_i32x4_u': simd(223),
      'f64x2.add': simd(240),
      'f64x2.sub': simd(241),
      'f64x2.mul': simd(242),
    },
    2,
  ),
  ...same(
    'v128',
    {
      'v128.not': simd(77),
      'i64x2.extend_low_i32x4_s': simd(199),
      'i64x2.extend_high_i32x4_s': simd(200),
      'i64x2.extend_low_i32x4_u': simd(201),
      'i64x2.extend_high_i32x4_u': simd(202),
      'f64x2.neg': simd(237),
    },
    1,
  ),
  // relaxed SIMD: whether it is fused is the machine's choice
  ...same('v128', { 'f64x2.relaxed_madd': simd(0x107), 'f64x2.relaxed_nmadd': simd(0x108) }, 3),
  ...same('v128', { 'v128.bitselect': simd(82) }, 3),
  ['v128.any_true', [simd(83), ['v128'], 'i32']],
  ['i32x4.all_true', [simd(163), ['v128'], 'i32']],
  ['i64x2.all_true', [simd(195), ['v128'], 'i32']],
  ['i32x4.splat', [simd(17), ['i32'], 'v128']],
  ['i64x2.splat', [simd(18), ['i64'], 'v128']],
  ['f64x2.splat', [simd(20), ['f64'], 'v128']],
  ...Object.entries({
    'i32x4.shl': 171,
    'i32x4.shr_s': 172,
    'i32x4.shr_u': 173,
    'i64x2.shl': 203,
    'i64x2.shr_s': 204,
    'i64x2.shr_u': 205,
  }).map(([name, n]): [string, Signature] => [name, [simd(n), ['v128', 'i32'], 'v128']]),
]);

/** Loads: code, log2 of the natural alignment, result. */
const LOADS: Readonly<Record<string, readonly [readonly number[], number, ValType]>> = {
  'i32.load': [[0x28], 2, 'i32'],
  'i32.load8_u': [[0x2d], 0, 'i32'],
  'i32.load16_u': [[0x2f], 1, 'i32'],
  'i64.load': [[0x29], 3, 'i64'],
  'i64.load32_u': [[0x35], 2, 'i64'],
  'i64.load32_s': [[0x34], 2, 'i64'],
  'f64.load': [[0x2b], 3, 'f64'],
  'v128.load': [simd(0), 4, 'v128'],
  'v128.load32_splat': [simd(9), 2, 'v128'],
  'v128.load64_splat': [simd(10), 3, 'v128'],
  'v128.load32_zero': [simd(92), 2, 'v128'],
  'v128.load64_zero': [simd(93), 3, 'v128'],
};

/** Stores: code, log2 of the natural alignment, operand. */
const STORES: Readonly<Record<string, readonly [readonly number[], number, ValType]>> = {
  'i32.store': [[0x36], 2, 'i32'],
  'i32.store8': [[0x3a], 0, 'i32'],
  'i64.store': [[0x37], 3, 'i64'],
  'i64.store32': [[0x3e], 2, 'i64'],
  'f64.store': [[0x39], 3, 'f64'],
  'v128.store': [simd(11), 4, 'v128'],
};

/** Loads and stores of one lane of a vector: code, log2 of the lane's size. */
const LANE_LOADS: Readonly<Record<string, readonly [readonly number[], number]>> = {
  'v128.load32_lane': [simd(86), 2],
  'v128.load64_lane': [simd(87), 3],
};
const LANE_STORES: Readonly<Record<string, readonly [readonly number[], number]>> = {
  'v128.store32_lane': [simd(90), 2],
  'v128.store64_lane': [simd(91), 3],
};

/** Lanes in and out of vectors: code, operand types, result. */
const LANES: Readonly<Record<string, Signature>> = {
  'i32x4.extract_lane': [simd(27), ['v128'], 'i32'],
  'i32x4.replace_lane': [simd(28), ['v128', 'i32'], 'v128'],
  'i64x2.extract_lane': [simd(29), ['v128'], 'i64'],
  'i64x2.replace_lane': [simd(30), ['v128', 'i64'], 'v128'],
};

/** An instruction without immediates, applied to its operands. */
export function op(name: string, ...args: Expr[]): Expr {
  const signature = OPS[name];
  if (signature === undefined) throw new NovaError('InvalidArgument', `assembler: no instruction ${name}`);
  return apply(name, signature, args, []);
}

/** A lane instruction (`i32x4.extract_lane`, ...). */
export function lane(name: string, index: number, ...args: Expr[]): Expr {
  return apply(name, LANES[name], args, [index]);
}

/** A load from `address + offset`. Alignment is a hint; any address works. */
export function load(name: string, address: Expr, offset = 0): Expr {
  const [code, align, type] = LOADS[name];
  check(name, [address], ['i32']);
  return { type, code: [address.code, ...code, align, ...leb(offset)] };
}

/** Replaces one lane of a vector by memory at `address + offset`. */
export function loadLane(name: string, index: number, address: Expr, vector: Expr, offset = 0): Expr {
  const [code, align] = LANE_LOADS[name];
  check(name, [address, vector], ['i32', 'v128']);
  return { type: 'v128', code: [address.code, vector.code, ...code, align, ...leb(offset), index] };
}

/** 16 bytes, each the given byte of the 32 that a and b have together. */
export function shuffle(a: Expr, b: Expr, bytes: readonly number[]): Expr {
  check('i8x16.shuffle', [a, b], ['v128', 'v128']);
  return { type: 'v128', code: [a.code, b.code, ...simd(13), ...bytes] };
}

/** The four 32-bit words of a vector, each the given word of the eight that a and b have together. */
export function shuffleWords(a: Expr, b: Expr, words: readonly [number, number, number, number]): Expr {
  return shuffle(
    a,
    b,
    words.flatMap((w) => [4 * w, 4 * w + 1, 4 * w + 2, 4 * w + 3]),
  );
}

/** condition ? a : b, without a branch. */
export function select(condition: Expr, a: Expr, b: Expr): Expr {
  check('select', [condition, b], ['i32', a.type]);
  const code = a.type === 'v128' ? [0x1c, 1, TYPE_CODE.v128] : [0x1b];
  return { type: a.type, code: [a.code, b.code, condition.code, ...code] };
}

export const i32 = (x: number): Expr => ({ type: 'i32', code: [0x41, ...sleb32(x | 0)] });
export const i64 = (x: bigint): Expr => ({ type: 'i64', code: [0x42, ...sleb(BigInt.asIntN(64, x))] });

/** A vector of two equal or different 64-bit words. */
export function i64x2(low: bigint, high: bigint = low): Expr {
  return { type: 'v128', code: [...simd(12), ...littleEndian(low, 8), ...littleEndian(high, 8)] };
}

/** A vector of four 32-bit words. */
export function i32x4(...words: readonly [number, number, number, number] | readonly [number]): Expr {
  const four = words.length === 1 ? [words[0], words[0], words[0], words[0]] : words;
  return { type: 'v128', code: [...simd(12), ...four.flatMap(wordBytes)] };
}

/** A vector of two equal doubles. */
export function f64x2(x: number): Expr {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return i64x2(view.getBigUint64(0));
}

/** A function under construction. */
export class Func {
  readonly params: readonly Local[];
  readonly results: readonly ValType[];
  readonly index: number;
  readonly #locals: ValType[] = [];
  readonly #code: number[] = [];

  /** Use {@link WasmModule.func}. */
  constructor(index: number, params: readonly ValType[], results: readonly ValType[]) {
    this.index = index;
    this.params = params.map((type, i) => localAt(i, type));
    this.results = results;
  }

  /** A new local variable, zero unless a value is given. */
  local(type: ValType, value?: Expr): Local {
    const v = localAt(this.params.length + this.#locals.push(type) - 1, type);
    if (value) this.set(v, value);
    return v;
  }

  /** A new local variable with this value: what keeps an expression from being computed twice. */
  let(value: Expr): Local {
    return this.local(value.type, value);
  }

  set(v: Local, value: Expr): void {
    check('local.set', [value], [v.type]);
    this.#emit(value.code, 0x21, ...leb(v.index));
  }

  store(name: string, address: Expr, value: Expr, offset = 0): void {
    const [code, align, type] = STORES[name];
    check(name, [address, value], ['i32', type]);
    this.#emit(address.code);
    this.#emit(value.code, ...code, align, ...leb(offset));
  }

  storeLane(name: string, index: number, address: Expr, vector: Expr, offset = 0): void {
    const [code, align] = LANE_STORES[name];
    check(name, [address, vector], ['i32', 'v128']);
    this.#emit(address.code);
    this.#emit(vector.code, ...code, align, ...leb(offset), index);
  }

  /** Runs the body, and again as long as the condition that it returns is not zero. */
  loop(body: () => Expr): void {
    this.#emit([0x03, 0x40]);
    const condition = body();
    check('br_if', [condition], ['i32']);
    this.#emit(condition.code, 0x0d, 0x00, 0x0b);
  }

  /** Runs `then` if the condition is not zero, else `otherwise`. */
  if(condition: Expr, then: () => void, otherwise?: () => void): void {
    check('if', [condition], ['i32']);
    this.#emit(condition.code, 0x04, 0x40);
    then();
    if (otherwise) {
      this.#emit([0x05]);
      otherwise();
    }
    this.#emit([0x0b]);
  }

  /** Runs the case that `index` names; an index beyond the last runs the last. Cases do not fall through. */
  switch(index: Expr, cases: readonly (() => void)[]): void {
    const n = cases.length;
    // one block around everything, and one more per case to land behind
    this.#emit([0x02, 0x40]);
    for (let i = 0; i < n; i++) this.#emit([0x02, 0x40]);
    const targets = cases.flatMap((_, i) => leb(i));
    this.#emit(index.code, 0x0e, ...leb(n - 1), ...targets.slice(0, -leb(n - 1).length), ...leb(n - 1));
    cases.forEach((body, i) => {
      this.#emit([0x0b]);
      body();
      this.#emit([0x0c, ...leb(n - 1 - i)]);
    });
    this.#emit([0x0b]);
  }

  /** A call as an expression; the callee has one result. */
  call(callee: Func, ...args: Expr[]): Expr {
    check(
      'call',
      args,
      callee.params.map((p) => p.type),
    );
    return { type: callee.results[0], code: [...args.map((a) => a.code), 0x10, ...leb(callee.index)] };
  }

  /** A call as a statement; the callee's results, if any, are dropped. */
  do(callee: Func, ...args: Expr[]): void {
    check(
      'call',
      args,
      callee.params.map((p) => p.type),
    );
    this.#emit(
      args.map((a) => a.code),
      0x10,
      ...leb(callee.index),
      ...callee.results.map(() => 0x1a),
    );
  }

  /** Returns from the function. */
  return(...values: Expr[]): void {
    check('return', values, this.results);
    this.#emit(
      values.map((v) => v.code),
      0x0f,
    );
  }

  /** Copies `n` bytes; regions may overlap. */
  copyMemory(to: Expr, from: Expr, n: Expr): void {
    check('memory.copy', [to, from, n], ['i32', 'i32', 'i32']);
    this.#emit([to.code, from.code, n.code], 0xfc, 10, 0, 0);
  }

  /** Sets `n` bytes to zero. */
  zeroMemory(at: Expr, n: Expr): void {
    check('memory.fill', [at, n], ['i32', 'i32']);
    this.#emit([at.code, i32(0).code, n.code], 0xfc, 11, 0);
  }

  /** The function's body as the binary format wants it. A function with results must end in a `return`. */
  body(): number[] {
    const runs: [number, ValType][] = [];
    for (const type of this.#locals) {
      if (runs.length > 0 && runs[runs.length - 1][1] === type) runs[runs.length - 1][0]++;
      else runs.push([1, type]);
    }
    const locals = [...leb(runs.length), ...runs.flatMap(([n, type]) => [...leb(n), TYPE_CODE[type]])];
    const end = this.results.length > 0 ? [0x00, 0x0b] : [0x0b]; // unreachable, end
    return [...leb(locals.length + this.#code.length + end.length), ...locals, ...this.#code, ...end];
  }

  #emit(code: Code, ...more: number[]): void {
    flatten(code, this.#code);
    for (const byte of more) this.#code.push(byte);
  }
}

/** A module under construction. It imports its memory as `env.memory`. */
export class WasmModule {
  readonly #functions: Func[] = [];
  readonly #exports: [string, number][] = [];

  /**
   * Adds a function; `build` writes its body. Exported under `name` unless that is undefined.
   * Functions can call the ones added before them, and themselves.
   */
  func(
    name: string | undefined,
    params: readonly ValType[],
    results: readonly ValType[],
    build: (f: Func, ...params: Local[]) => void,
  ): Func {
    const f = new Func(this.#functions.length, params, results);
    this.#functions.push(f);
    if (name !== undefined) this.#exports.push([name, f.index]);
    build(f, ...f.params);
    return f;
  }

  /** The module's bytes. `pages` is the least size of the memory; a shared one needs its greatest size declared. */
  toBytes(memory: { shared: boolean; maximum: number }): Uint8Array<ArrayBuffer> {
    const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
    const vector = (items: number[][]) => [...leb(items.length), ...items.flat()];
    const text = (s: string) => vector([...new TextEncoder().encode(s)].map((b) => [b]));
    const types = this.#functions.map((f) => [
      0x60,
      ...vector(f.params.map((p) => [TYPE_CODE[p.type]])),
      ...vector(f.results.map((t) => [TYPE_CODE[t]])),
    ]);
    const limits = memory.shared ? [0x03, 0, ...leb(memory.maximum)] : [0x01, 0, ...leb(memory.maximum)];
    const bodies = this.#functions.map((f) => f.body());
    const size = bodies.reduce((n, b) => n + b.length, 0);
    const head = [
      ...MAGIC_AND_VERSION,
      ...section(1, vector(types)),
      ...section(2, vector([[...text('env'), ...text('memory'), 0x02, ...limits]])),
      ...section(3, vector(this.#functions.map((_, i) => leb(i)))),
      ...section(7, vector(this.#exports.map(([name, index]) => [...text(name), 0x00, ...leb(index)]))),
    ];
    const count = leb(bodies.length);
    const codeHead = [10, ...leb(count.length + size), ...count];
    const out = new Uint8Array(head.length + codeHead.length + size);
    out.set(head);
    out.set(codeHead, head.length);
    let at = head.length + codeHead.length;
    for (const b of bodies) {
      out.set(b, at);
      at += b.length;
    }
    return out;
  }
}

function apply(
  name: string,
  [code, operands, result]: Signature,
  args: readonly Expr[],
  immediates: number[],
): Expr {
  check(name, args, operands);
  return { type: result, code: [...args.map((a) => a.code), ...code, ...immediates] };
}

/** Appends all bytes of `code` to `out`. */
function flatten(code: Code, out: number[]): void {
  for (const part of code) {
    if (typeof part === 'number') out.push(part);
    else flatten(part, out);
  }
}

function localAt(index: number, type: ValType): Local {
  return { index, type, code: [0x20, ...leb(index)] };
}

function check(name: string, args: readonly Expr[], types: readonly ValType[]): void {
  if (args.length !== types.length || args.some((a, i) => a.type !== types[i])) {
    const given = args.map((a) => a.type).join(', ');
    throw new NovaError('InvalidArgument', `assembler: ${name} takes (${types.join(', ')}), not (${given})`);
  }
}

function littleEndian(x: bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((BigInt.asUintN(64, x) >> BigInt(8 * i)) & 0xffn));
}

/** The bytes of a 32-bit word. */
function wordBytes(x: number): number[] {
  return [x & 0xff, (x >> 8) & 0xff, (x >> 16) & 0xff, x >>> 24];
}

/** Unsigned LEB128. */
function leb(n: number): number[] {
  const out: number[] = [];
  let rest = n;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

/** Signed LEB128 of 32 bits. */
function sleb32(n: number): number[] {
  const out: number[] = [];
  for (let rest = n; ;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if (rest === (byte & 0x40 ? -1 : 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** Signed LEB128. */
function sleb(n: bigint): number[] {
  const out: number[] = [];
  for (let rest = n; ;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    out.push(done ? byte : byte | 0x80);
    if (done) return out;
  }
}
