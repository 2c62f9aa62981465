/**
 * Kernels over arrays of pairs: n pairs, 72 bytes each (see `codegen/pair-field.ts`), Montgomery form. Between kernels every
 * element is below {@link ARRAY_BOUND} p, its limbs at most `LOOSE_LIMB`; every kernel takes such arrays and leaves such arrays.
 * An output may be an input.
 *
 * | kernel                          | effect                                                                  |
 * |---------------------------------|-------------------------------------------------------------------------|
 * | `pairMul(d, x, y, n)`           | d = x y                                                                 |
 * | `pairSqr(d, x, n)`              | d = x^2                                                                 |
 * | `pairAdd`, `pairSub(d, x, y, n)`| d = x + y, x - y                                                        |
 * | `pairNeg(d, x, n)`              | d = -x                                                                  |
 * | `pairFromWords(d, s, n)`        | 2n integers of 32 bytes at s, below 2^256, to pairs                     |
 * | `pairToWords(d, x, n)`          | the reverse; canonical                                                  |
 * | `pairInvertBatch(d, t, n)`      | 1/d in place; t: n + 32 pairs of scratch. Returns 1 if an element is zero: then all of d is lost |
 */
import { type Expr, type Func, i32, i64, load, op, type WasmModule } from '../codegen/assembler.ts';
import { type FieldDescription, LIMBS } from '../codegen/field-description.ts';
import { inverse } from '../codegen/inverse.ts';
import { PAIR_BYTES } from '../codegen/pair-field.ts';
import { loopKernel, pairFunction } from '../codegen/pair-kernel.ts';
import { ScalarField } from '../codegen/scalar-field.ts';

/** Elements in arrays are below this many p: enough for a difference of two coordinates without a reduction. */
export const ARRAY_BOUND = 3.5;

/** Where the limbs of a pair's first element lie. */
const limbOffsets: readonly number[] = /* @__PURE__ */ Array.from(
  { length: LIMBS },
  (_, i) => (i * PAIR_BYTES) / LIMBS,
);

/** What {@link pairKernels} adds to a module: functions that other kernels can call. */
export interface PairKernels {
  readonly mul: Func;
  readonly sqr: Func;
  readonly invertBatch: Func;
}

/** Adds the kernels above to a module. */
export function pairKernels(m: WasmModule, field: FieldDescription): PairKernels {
  const S = PAIR_BYTES;
  const bound = ARRAY_BOUND;
  const mul = loopKernel(m, field, 'pairMul', [S, S, S], (F, _, d, x, y) =>
    F.store({ address: d, bound }, F.mul({ address: x, bound }, F.load({ address: y, bound }))),
  );
  const sqr = loopKernel(m, field, 'pairSqr', [S, S], (F, _, d, x) =>
    F.store({ address: d, bound }, F.sqr({ address: x, bound })),
  );
  loopKernel(m, field, 'pairAdd', [S, S, S], (F, _, d, x, y) =>
    F.store(
      { address: d, bound },
      F.reduce(F.add(F.load({ address: x, bound }), F.load({ address: y, bound }))),
    ),
  );
  loopKernel(m, field, 'pairSub', [S, S, S], (F, _, d, x, y) =>
    F.store(
      { address: d, bound },
      F.reduce(F.sub(F.load({ address: x, bound }), F.load({ address: y, bound }))),
    ),
  );
  loopKernel(m, field, 'pairNeg', [S, S], (F, _, d, x) =>
    F.store({ address: d, bound }, F.reduce(F.neg(F.load({ address: x, bound })))),
  );
  loopKernel(m, field, 'pairFromWords', [S, 64], (F, _, d, s) => {
    const x = F.fromWords(s, op('i32.add', s, i32(32)));
    F.store({ address: d, bound: x.value[1] }, x);
    F.store({ address: d, bound }, F.mul({ address: d, bound: x.value[1] }, F.constant(field.R2)));
  });
  loopKernel(m, field, 'pairToWords', [64, S], (F, _, d, x) =>
    F.toWords(d, op('i32.add', d, i32(32)), F.canonical(F.mul({ address: x, bound }, F.constant(1n)))),
  );
  return { mul, sqr, invertBatch: invertBatchKernel(m, field, mul) };
}

/**
 * `pairInvertBatch`: Montgomery's trick as a tree. The products of the array's first half with its second half are an array
 * half as long; from its inverses follow those of both halves. Every multiplication of a level is independent of the others.
 * A zero anywhere makes the root zero.
 */
function invertBatchKernel(m: WasmModule, field: FieldDescription, mul: Func): Func {
  const S = PAIR_BYTES;
  const bound = ARRAY_BOUND;
  // (inverse of x y, x, y) to (., 1/x, 1/y)
  const down = loopKernel(m, field, undefined, [S, S, S], (F, _, inverse, x, y) => {
    const v = F.load({ address: inverse, bound });
    const one = F.mul({ address: y, bound }, v);
    const two = F.mul({ address: x, bound }, v);
    F.store({ address: x, bound }, one);
    F.store({ address: y, bound }, two);
  });
  // one pair (x, y): 1/x = y / (x y), 1/y = x / (x y); returns whether x y is zero
  const scalar = new ScalarField(field);
  const root = pairFunction(m, field, undefined, ['i32'], ['i32'], (F, f, d) => {
    F.store({ address: d, bound }, F.mul({ address: d, bound }, F.constant(field.one))); // now below 2p, limbs normalised
    const [x, y] = [0, 4].map((at) => limbOffsets.map((o) => f.let(load('i64.load32_u', d, o + at))));
    const inverted = inverse(f, scalar, scalar.mul(f, x, y));
    scalar.mul(f, inverted, y).forEach((limb, i) => f.store('i64.store32', d, limb, limbOffsets[i]));
    scalar.mul(f, inverted, x).forEach((limb, i) => f.store('i64.store32', d, limb, limbOffsets[i] + 4));
    const bits = scalar.canonical(f, inverted).reduce<Expr>((a, b) => op('i64.or', a, b), i64(0n));
    f.return(op('i64.eqz', bits));
  });
  return m.func('pairInvertBatch', ['i32', 'i32', 'i32'], ['i32'], (f, d, t, n) => {
    f.if(op('i32.eqz', n), () => f.return(i32(0)));
    f.if(op('i32.eq', n, i32(1)), () => f.return(f.call(root, d)));
    const half = f.let(op('i32.shr_u', n, i32(1)));
    const odd = f.let(op('i32.and', n, i32(1)));
    const bytes = f.let(op('i32.mul', half, i32(S)));
    const second = f.let(op('i32.add', d, bytes));
    const lastOfD = f.let(op('i32.add', second, bytes));
    const lastOfT = f.let(op('i32.add', t, bytes));
    f.do(mul, t, d, second, half);
    f.if(odd, () => f.copyMemory(lastOfT, lastOfD, i32(S)));
    const upper = f.let(op('i32.add', half, odd));
    const zero = f.let(f.call(f, t, op('i32.add', t, op('i32.mul', upper, i32(S))), upper));
    f.do(down, t, d, second, half);
    f.if(odd, () => f.copyMemory(lastOfD, lastOfT, i32(S)));
    f.return(zero);
  });
}
