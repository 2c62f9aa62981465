/**
 * Kernels over points of a curve y^2 = x^3 + b, in affine coordinates, many at a time: sums of independent pairs share one
 * inversion (`pointInvertBatch`, as in `inversion.ts`). Formulas: chord and tangent, as in `Curve`.
 *
 * A *table point* is x, then y, in the form of the arithmetic, at a distance of 40 bytes: {@link TABLE_POINT_BYTES} bytes,
 * 16-byte aligned. A *reference* is the address of a table point, plus 1 for its negative. A pair takes at most
 * {@link POINT_PAIR_BYTES}.
 *
 * Sums of n pairs of independent additions; `list` holds 4 references a pair: A, B of the first, A, B of the second addition.
 *
 * | kernel                                | effect                                                              |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `pointDifferences(list, d, n)`        | d = x_B - x_A, as pairs; the four bytes after d are lost too        |
 * | `pointSums(list, d, out, n)`          | 2n table points at out = A + B, given d = 1 / (x_B - x_A) (is lost) |
 *
 * The n of `pointSums` must be a multiple of {@link SIDE_BY_SIDE}.
 *
 * Doubling n pairs of points, coordinates in two arrays of pairs:
 *
 * | kernel                                | effect                                                              |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `pointsFromWords(x, y, s, n)`         | 2n points of 64 canonical bytes at s to pairs                       |
 * | `pointTangents(d, y, n)`              | d = 2y                                                              |
 * | `pointDoubles(x, y, d, n)`            | (x, y) = 2 (x, y), given d = 1 / 2y (is lost)                       |
 * | `pointsToTable(out, x, y, n)`         | 2n table points at out                                              |
 * | `pointsToWords(out, list, n)`         | 2n table points, given by references, as 64 canonical bytes at out  |
 *
 * For points given by references, 2 a pair, which only `tableScaled` takes negative ones of; what is written may not be what is read:
 *
 * | kernel                                | effect                                                              |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `tableTangents(list, d, n)`           | d = 2y                                                              |
 * | `tableDoubles(list, d, out, n)`       | 2n table points at out, the doubles, given d = 1 / 2y (is lost)     |
 * | `tableScaled(out, list, c, n)`        | 2n table points at out = (c x, y), for the pair at c                |
 */
import { POINT_BYTES } from '../../../curve/curve.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { type Expr, type Func, i32, load, type Local, op, type WasmModule } from '../codegen/assembler.ts';
import { MADD_PAIR_BYTES } from '../codegen/double-layout.ts';
import { ELEMENT_STRIDE, type FieldDescription, LIMBS } from '../codegen/field-description.ts';
import type { PairArithmetic } from '../codegen/pair-arithmetic.ts';
import type { Pair } from '../codegen/pair-bounds.ts';
import { PAIR_BYTES } from '../codegen/pair-field.ts';
import { type Arithmetic, arrayKernel } from '../codegen/pair-kernel.ts';
import { ScalarField } from '../codegen/scalar-field.ts';
import { inversionKernel } from './inversion.ts';

/** Bytes of a table point. */
export const TABLE_POINT_BYTES: number = 2 * ELEMENT_STRIDE;
/** Where y lies in a table point. */
const Y = ELEMENT_STRIDE;
/** Bytes of a reference, of the two of a pair of points, and of the four of a pair of additions. */
export const REFERENCE_BYTES = 4;
const PAIR_OF_POINTS = 2 * REFERENCE_BYTES;
const PAIR_OF_ADDITIONS = 4 * REFERENCE_BYTES;

/** Bytes that an array needs for each pair. */
export const POINT_PAIR_BYTES: number = Math.max(PAIR_BYTES, MADD_PAIR_BYTES);
/** Bytes of a point as canonical words: x, then y. */
const WORDS_BYTES: number = POINT_BYTES;
/** Pairs of additions that multiply-add does at a time: while one waits for a product, the other goes on. */
export const SIDE_BY_SIDE = 2;
const limbTypes: readonly 'i64'[] = /* @__PURE__ */ Array.from({ length: LIMBS }, () => 'i64' as const);

/** What is done for each element of arrays at `pointers`. */
type Body = (F: PairArithmetic, f: Func, ...pointers: Local[]) => void;

/** What points are computed with. */
export interface PointArithmetic {
  readonly arithmetic: Arithmetic;
  /** Bytes of a pair of elements in memory. */
  readonly bytes: number;
  /** Inverts arrays of them, if the module has that already: see `inversion.ts`. */
  readonly inversion?: Func;
}

/** Adds the kernels above to a module. */
export function pointKernels(
  m: WasmModule,
  field: FieldDescription,
  { arithmetic, bytes, inversion }: PointArithmetic,
): void {
  const kernel = (name: string, strides: readonly number[], body: Body, step = 1): Func =>
    arrayKernel(m, arithmetic, name, strides, body, step);
  if (inversion) m.export('pointInvertBatch', inversion);
  else inversionKernel(m, field, arithmetic, 'pointInvertBatch', bytes);

  kernel('pointDifferences', [PAIR_OF_ADDITIONS, bytes], (F, f, list, d) => {
    const both = [0, 1].map((which) => addresses(f, list, which));
    const [a, b] = both.map((points) => F.gather(...points, 0, F.bounds.coordinate));
    F.store({ address: d, bound: F.bounds.difference }, F.carry(F.sub(b, a)));
    // The other line of the cache that a point lies in: fetched now, while fetches overlap, for `pointSums` would wait for
    // each. What is read goes to where the next difference will be written, so that no compiler drops it.
    const ends = both.flat().map((point) => load('i32.load', point, TABLE_POINT_BYTES - 8));
    f.store(
      'i32.store',
      d,
      ends.reduce((x, y) => op('i32.or', x, y)),
      bytes,
    );
  });

  const pairs = Array.from({ length: inversion ? 1 : SIDE_BY_SIDE }, (_, i) => i);
  const sumStrides = [PAIR_OF_ADDITIONS, bytes, 2 * TABLE_POINT_BYTES].map((stride) => pairs.length * stride);
  const sums: Body = (F, f, list, d, out) => {
    const bound = F.bounds.coordinate;
    const operands = pairs.map((i) => {
      const at = PAIR_OF_ADDITIONS * i;
      const [a, b] = [0, 1].map((which) => addresses(f, list, which, at));
      const signs = negative(f, list, at);
      const y1 = F.negIf(F.mask(signs, 0, 2), F.gather(...a, Y, bound));
      const y2 = F.negIf(F.mask(signs, 1, 3), F.gather(...b, Y, bound));
      return { a, b, y1, rise: F.sub(y2, y1) };
    });
    const slopes = F.mulEach(
      operands.map(({ rise }, i) => [{ address: d, offset: bytes * i, bound: F.bounds.inverse }, rise]),
    );
    const lines = operands.map(({ a, b, y1 }, i) => {
      const x1 = F.gather(...a, 0, bound);
      return { slope: slopes[i], x1, xs: F.add(x1, F.gather(...b, 0, bound)), y1 };
    });
    const second = op('i32.add', out, i32(TABLE_POINT_BYTES));
    chords(F, d, bytes, lines).forEach(([x3, y3], i) => {
      const at = 2 * TABLE_POINT_BYTES * i;
      F.scatter(out, second, at, bound, x3);
      F.scatter(out, second, at + Y, bound, y3);
    });
  };
  kernel('pointSums', sumStrides, sums, pairs.length);

  kernel('pointsFromWords', [bytes, bytes, 2 * WORDS_BYTES], (F, _, x, y, s) => {
    const second = op('i32.add', s, i32(WORDS_BYTES));
    for (const [to, offset] of [
      [x, 0],
      [y, 32],
    ] as const) {
      const words = F.fromWords(s, second, offset);
      const at = { address: to, bound: words.value[1] };
      F.store(at, words);
      const toMontgomery = F.constant((F.R * F.R) % field.F.p);
      F.store({ address: to, bound: F.bounds.coordinate }, F.reduce(F.mul(at, toMontgomery)));
    }
  });

  kernel('pointTangents', [bytes, bytes], (F, _, d, y) => {
    const tangent = F.double(F.load({ address: y, bound: F.bounds.coordinate }));
    F.store({ address: d, bound: F.bounds.difference }, F.carry(tangent));
  });

  kernel('pointDoubles', [bytes, bytes, bytes], (F, _, x, y, d) => {
    const bound = F.bounds.coordinate;
    const slope = F.mul({ address: d, bound: F.bounds.inverse }, F.triple(F.sqr({ address: x, bound })));
    const x1 = F.load({ address: x, bound });
    const line = { slope, x1, xs: F.double(x1), y1: F.load({ address: y, bound }) };
    const [[x3, y3]] = chords(F, d, bytes, [line]);
    F.store({ address: x, bound }, x3);
    F.store({ address: y, bound }, y3);
  });

  kernel('pointsToTable', [2 * TABLE_POINT_BYTES, bytes, bytes], (F, _, out, x, y) => {
    const bound = F.bounds.coordinate;
    scatter(F, out, F.load({ address: x, bound }), F.load({ address: y, bound }));
  });

  kernel('tableTangents', [PAIR_OF_POINTS, bytes], (F, f, list, d) => {
    const y = F.gather(...pairAt(f, list), Y, F.bounds.coordinate);
    F.store({ address: d, bound: F.bounds.difference }, F.carry(F.double(y)));
  });

  kernel('tableDoubles', [PAIR_OF_POINTS, bytes, 2 * TABLE_POINT_BYTES], (F, f, list, d, out) => {
    const bound = F.bounds.coordinate;
    const points = pairAt(f, list);
    const x1 = F.gather(...points, 0, bound);
    const at = { address: out, bound }; // a pair fits where two points will be
    F.store(at, F.carry(x1));
    const slope = F.mul({ address: d, bound: F.bounds.inverse }, F.triple(F.sqr(at)));
    const y1 = F.gather(...points, Y, bound);
    const [[x3, y3]] = chords(F, d, bytes, [{ slope, x1, xs: F.double(x1), y1 }]);
    scatter(F, out, x3, y3);
  });

  kernel('tableScaled', [2 * TABLE_POINT_BYTES, PAIR_OF_POINTS, 0], (F, f, out, list, c) => {
    const bound = F.bounds.coordinate;
    const points = pairAt(f, list);
    const x = F.mul({ address: c, bound }, F.gather(...points, 0, bound));
    const y = F.negIf(F.mask(negative(f, list), 0, 1), F.gather(...points, Y, bound));
    scatter(F, out, F.reduce(x), F.reduce(y));
  });

  const S = new ScalarField(field);
  const write = m.func(undefined, ['i32', ...limbTypes], [], (f, at, ...element) => {
    // (x F.R) (R / F.R) / R
    const factor = S.constant(field.R / arithmetic(f).R);
    S.storeWords(f, at, S.canonical(f, S.mul(f, element, factor)));
  });
  kernel('pointsToWords', [2 * WORDS_BYTES, 2 * REFERENCE_BYTES], (F, f, out, list) => {
    const bound = F.bounds.coordinate;
    const at = { address: out, bound }; // a pair fits where two points will be
    const points = pairAt(f, list);
    const coordinates = [0, Y].map((offset) => {
      F.store(at, F.carry(F.gather(...points, offset, bound)));
      return F.toScalar(at);
    });
    coordinates.forEach((both, k) =>
      both.forEach((element, i) => {
        f.do(write, op('i32.add', out, i32(WORDS_BYTES * i + FIELD_BYTES * k)), ...element);
      }),
    );
  });
}

/** The addresses in a pair of additions: of both A (which = 0) or both B (1). */
function addresses(f: Func, list: Local, which: number, at = 0): [Expr, Expr] {
  return [address(f, list, which, at), address(f, list, 2 + which, at)];
}

/** The addresses of a pair of points. */
function pairAt(f: Func, list: Local): [Expr, Expr] {
  return [address(f, list, 0), address(f, list, 1)];
}

/** All ones in those of the four words at `list` that are negative references. */
function negative(f: Func, list: Local, offset = 0): Expr {
  return f.let(op('i32x4.shr_s', op('i32x4.shl', load('v128.load', list, offset), i32(31)), i32(31)));
}

/** Writes two table points. */
function scatter(F: PairArithmetic, out: Local, x: Pair, y: Pair): void {
  const second = op('i32.add', out, i32(TABLE_POINT_BYTES));
  F.scatter(out, second, 0, F.bounds.coordinate, x);
  F.scatter(out, second, Y, F.bounds.coordinate, y);
}

/** The address that a reference names. */
function address(f: Func, list: Local, i: number, at = 0): Expr {
  return f.let(op('i32.and', load('i32.load', list, at + REFERENCE_BYTES * i), i32(-2)));
}

/** A pair of lines: each through (x1, y1) and another point of the curve, `xs` the sum of both x. */
interface Lines {
  readonly slope: Pair;
  readonly x1: Pair;
  readonly xs: Pair;
  readonly y1: Pair;
}

/** The points -R for the third points R of lines, all pairs side by side; at `d` is scratch for slopes. */
function chords(
  F: PairArithmetic,
  d: Local,
  bytes: number,
  lines: readonly Lines[],
): (readonly [Pair, Pair])[] {
  const slopes = lines.map(({ slope }, i) => {
    const at = { address: d, offset: bytes * i, bound: slope.value[1] };
    F.store(at, slope);
    return at;
  });
  const x3 = F.sqrEach(slopes).map((square, i) => F.reduce(F.sub(square, lines[i].xs)));
  const rises = F.mulEach(slopes.map((slope, i) => [slope, F.sub(lines[i].x1, x3[i])]));
  return rises.map((rise, i) => [x3[i], F.reduce(F.sub(rise, lines[i].y1))]);
}
