/**
 * Kernels over points of a curve y^2 = x^3 + b, in affine coordinates, many at a time: sums of independent pairs share one
 * inversion (`pairInvertBatch`). Formulas: chord and tangent, as in `Curve`.
 *
 * A *table point* is x, then y, 9 u32 limbs each at a distance of 40 bytes: {@link TABLE_POINT_BYTES} bytes, 16-byte aligned,
 * coordinates below {@link POINT_BOUND} p. A *reference* is the address of a table point, plus 1 for its negative.
 *
 * Sums of n pairs of independent additions; `list` holds 4 references a pair: A, B of the first, A, B of the second addition.
 *
 * | kernel                                | effect                                                              |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `pointDifferences(list, d, n)`        | d = x_B - x_A, as pairs; the four bytes after d are lost too        |
 * | `pointSums(list, d, out, n)`          | 2n table points at out = A + B, given d = 1 / (x_B - x_A) (is lost) |
 *
 * Doubling n pairs of points, coordinates in two arrays of pairs:
 *
 * | kernel                                | effect                                                              |
 * |---------------------------------------|---------------------------------------------------------------------|
 * | `pointsFromWords(x, y, s, n)`         | 2n points of 64 canonical bytes at s to pairs                       |
 * | `pointTangents(d, y, n)`              | d = 2y                                                              |
 * | `pointDoubles(x, y, d, n)`            | (x, y) = 2 (x, y), given d = 1 / 2y (is lost)                       |
 * | `pointsToTable(out, x, y, n)`         | 2n table points at out                                              |
 */
import {
  type Expr,
  type Func,
  i32,
  load,
  type Local,
  op,
  shuffleWords,
  type WasmModule,
} from '../codegen/assembler.ts';
import { ELEMENT_STRIDE, type FieldDescription } from '../codegen/field-description.ts';
import type { Pair } from '../codegen/pair-bounds.ts';
import { PAIR_BYTES, type PairField } from '../codegen/pair-field.ts';
import { loopKernel } from '../codegen/pair-kernel.ts';
import { ARRAY_BOUND } from './pairs.ts';

/** Bytes of a table point. */
export const TABLE_POINT_BYTES: number = 2 * ELEMENT_STRIDE;
/** Where y lies in a table point. */
const Y = ELEMENT_STRIDE;
/** Bytes of a reference, and of the four of a pair of additions. */
export const REFERENCE_BYTES = 4;
const PAIR_OF_ADDITIONS = 4 * REFERENCE_BYTES;

/** Coordinates of table points, and those in arrays, are below this many p. */
const POINT_BOUND = 1.25;
const bound = POINT_BOUND;

/** Adds the kernels above to a module; `pairKernels` must be there too. */
export function pointKernels(m: WasmModule, field: FieldDescription): void {
  loopKernel(m, field, 'pointDifferences', [PAIR_OF_ADDITIONS, PAIR_BYTES], (F, f, list, d) => {
    const both = [0, 1].map((which) => addresses(f, list, which));
    const [a, b] = both.map((points) => F.gather(...points, 0, bound));
    F.store({ address: d, bound: ARRAY_BOUND }, F.carry(F.sub(b, a)));
    // The other line of the cache that a point lies in: fetched now, while fetches overlap, for `pointSums` would wait for
    // each. What is read goes to where the next difference will be written, so that no compiler drops it.
    const ends = both.flat().map((point) => load('i32.load', point, TABLE_POINT_BYTES - 8));
    f.store(
      'i32.store',
      d,
      ends.reduce((x, y) => op('i32.or', x, y)),
      PAIR_BYTES,
    );
  });

  loopKernel(
    m,
    field,
    'pointSums',
    [PAIR_OF_ADDITIONS, PAIR_BYTES, 2 * TABLE_POINT_BYTES],
    (F, f, list, d, out) => {
      const [a, b] = [0, 1].map((which) => addresses(f, list, which));
      // all ones in the words of negative references
      const signs = f.let(op('i32x4.shr_s', op('i32x4.shl', load('v128.load', list), i32(31)), i32(31)));
      const y1 = F.negIf(f.let(shuffleWords(signs, signs, [0, 2, 0, 2])), F.gather(...a, Y, bound));
      const y2 = F.negIf(f.let(shuffleWords(signs, signs, [1, 3, 1, 3])), F.gather(...b, Y, bound));
      const slope = F.mul({ address: d, bound: ARRAY_BOUND }, F.sub(y2, y1));
      const x1 = F.gather(...a, 0, bound);
      const [x3, y3] = chord(F, d, slope, x1, F.add(x1, F.gather(...b, 0, bound)), y1);
      const second = op('i32.add', out, i32(TABLE_POINT_BYTES));
      F.scatter(out, second, 0, bound, x3);
      F.scatter(out, second, Y, bound, y3);
    },
  );

  loopKernel(m, field, 'pointsFromWords', [PAIR_BYTES, PAIR_BYTES, 128], (F, _, x, y, s) => {
    const second = op('i32.add', s, i32(64));
    for (const [to, offset] of [
      [x, 0],
      [y, 32],
    ] as const) {
      const words = F.fromWords(s, second, offset);
      const at = { address: to, bound: words.value[1] };
      F.store(at, words);
      F.store({ address: to, bound }, F.mul(at, F.constant(field.R2)));
    }
  });

  loopKernel(m, field, 'pointTangents', [PAIR_BYTES, PAIR_BYTES], (F, _, d, y) =>
    F.store({ address: d, bound: ARRAY_BOUND }, F.carry(F.double(F.load({ address: y, bound })))),
  );

  loopKernel(m, field, 'pointDoubles', [PAIR_BYTES, PAIR_BYTES, PAIR_BYTES], (F, _, x, y, d) => {
    const slope = F.mul({ address: d, bound: ARRAY_BOUND }, F.triple(F.sqr({ address: x, bound })));
    const x1 = F.load({ address: x, bound });
    const [x3, y3] = chord(F, d, slope, x1, F.double(x1), F.load({ address: y, bound }));
    F.store({ address: x, bound }, x3);
    F.store({ address: y, bound }, y3);
  });

  loopKernel(
    m,
    field,
    'pointsToTable',
    [2 * TABLE_POINT_BYTES, PAIR_BYTES, PAIR_BYTES],
    (F, _, out, x, y) => {
      const second = op('i32.add', out, i32(TABLE_POINT_BYTES));
      F.scatter(out, second, 0, bound, F.load({ address: x, bound }));
      F.scatter(out, second, Y, bound, F.load({ address: y, bound }));
    },
  );
}

/** The addresses in a pair of additions: of both A (which = 0) or both B (1). */
function addresses(f: Func, list: Local, which: number): [Expr, Expr] {
  const at = (i: number) =>
    f.let(op('i32.and', load('i32.load', list, REFERENCE_BYTES * (2 * i + which)), i32(-2)));
  return [at(0), at(1)];
}

/** The point -R for the third point R of the line through (x1, y1); `xs` is the sum of both x, `d` scratch for the slope. */
function chord(F: PairField, d: Local, slope: Pair, x1: Pair, xs: Pair, y1: Pair): [Pair, Pair] {
  const at = { address: d, bound: slope.value[1] };
  F.store(at, slope);
  const x3 = F.reduce(F.sub(F.sqr(at), xs));
  const y3 = F.reduce(F.sub(F.mul(at, F.sub(x1, x3)), y1));
  return [x3, y3];
}
