/**
 * The instructions of WebAssembly that kernels use, as tables: https://webassembly.github.io/spec/core/binary/instructions.html.
 */
import { leb } from './encoding.ts';

/** The type of a value. */
export type ValType = 'i32' | 'i64' | 'f64' | 'v128';

/** The code of a type. */
export const TYPE_CODE: Readonly<Record<ValType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

/** The code, the operands and the result of an instruction. */
export type Signature = readonly [code: readonly number[], operands: readonly ValType[], result: ValType];

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
export const OPS: Readonly<Record<string, Signature>> = Object.fromEntries<Signature>([
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
export const LOADS: Readonly<Record<string, readonly [readonly number[], number, ValType]>> = {
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
export const STORES: Readonly<Record<string, readonly [readonly number[], number, ValType]>> = {
  'i32.store': [[0x36], 2, 'i32'],
  'i32.store8': [[0x3a], 0, 'i32'],
  'i64.store': [[0x37], 3, 'i64'],
  'i64.store32': [[0x3e], 2, 'i64'],
  'f64.store': [[0x39], 3, 'f64'],
  'v128.store': [simd(11), 4, 'v128'],
};

/** Loads and stores of one lane of a vector: code, log2 of the lane's size. */
export const LANE_LOADS: Readonly<Record<string, readonly [readonly number[], number]>> = {
  'v128.load32_lane': [simd(86), 2],
  'v128.load64_lane': [simd(87), 3],
};
export const LANE_STORES: Readonly<Record<string, readonly [readonly number[], number]>> = {
  'v128.store32_lane': [simd(90), 2],
  'v128.store64_lane': [simd(91), 3],
};

/** Lanes in and out of vectors: code, operand types, result. */
export const LANES: Readonly<Record<string, Signature>> = {
  'i32x4.extract_lane': [simd(27), ['v128'], 'i32'],
  'i32x4.replace_lane': [simd(28), ['v128', 'i32'], 'v128'],
  'i64x2.extract_lane': [simd(29), ['v128'], 'i64'],
  'i64x2.replace_lane': [simd(30), ['v128', 'i64'], 'v128'],
};
