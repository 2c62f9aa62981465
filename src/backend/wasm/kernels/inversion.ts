/**
 * Inversion of arrays of pairs: Montgomery's trick as a tree. The products of the array's first half with its second half are an
 * array half as long; from its inverses follow those of both halves. Every multiplication of a level is independent of the
 * others. A zero anywhere makes the root zero.
 */
import { type Expr, type Func, i32, i64, op, type WasmModule } from '../codegen/assembler.ts';
import type { FieldDescription } from '../codegen/field-description.ts';
import { inverse } from '../codegen/inverse.ts';
import type { PairArithmetic } from '../codegen/pair-arithmetic.ts';
import { outOfBounds } from '../codegen/pair-bounds.ts';
import { type Arithmetic, arrayKernel } from '../codegen/pair-kernel.ts';
import { ScalarField } from '../codegen/scalar-field.ts';

/** More than a memory has room for. */
const LEVELS = 32;

/**
 * Adds `name(d, t, n)`: 1/d in place for n pairs; t: n + 32 pairs of scratch. Returns 1 if an element is zero: then all of d is
 * lost.
 *
 * @param bytes of a pair
 * @param product a function (d, x, y, n) of the module: d = x y, within the bounds of elements to invert
 */
export function inversionKernel(
  m: WasmModule,
  field: FieldDescription,
  arithmetic: Arithmetic,
  name: string,
  bytes: number,
  product: Func = productKernel(m, arithmetic, bytes),
): Func {
  // (inverse of x y, x, y) to (., 1/x, 1/y)
  const down = arrayKernel(m, arithmetic, undefined, [bytes, bytes, bytes], (F, _, inverted, x, y) => {
    const { element, inverse: bound } = F.bounds;
    const both = F.load({ address: inverted, bound });
    const [one, two] = F.mulEach([
      [{ address: y, bound: element }, both],
      [{ address: x, bound: element }, both],
    ]);
    F.store({ address: x, bound }, one);
    F.store({ address: y, bound }, two);
  });
  const root = rootKernel(m, field, arithmetic);
  return m.func(name, ['i32', 'i32', 'i32'], ['i32'], (f, d, t, n) => {
    f.if(op('i32.eqz', n), () => f.return(i32(0)));
    f.if(op('i32.eq', n, i32(1)), () => f.return(f.call(root, d)));
    const half = f.let(op('i32.shr_u', n, i32(1)));
    const odd = f.let(op('i32.and', n, i32(1)));
    const length = f.let(op('i32.mul', half, i32(bytes)));
    const second = f.let(op('i32.add', d, length));
    const lastOfD = f.let(op('i32.add', second, length));
    const lastOfT = f.let(op('i32.add', t, length));
    f.do(product, t, d, second, half);
    f.if(odd, () => f.copyMemory(lastOfT, lastOfD, i32(bytes)));
    const upper = f.let(op('i32.add', half, odd));
    const zero = f.let(f.call(f, t, op('i32.add', t, op('i32.mul', upper, i32(bytes))), upper));
    f.do(down, t, d, second, half);
    f.if(odd, () => f.copyMemory(lastOfD, lastOfT, i32(bytes)));
    f.return(zero);
  });
}

/**
 * d = x y, not reduced. Two pairs at a time, side by side: for an odd n also the product of what follows,
 * whatever that is.
 */
function productKernel(m: WasmModule, arithmetic: Arithmetic, bytes: number): Func {
  const pairs = [0, bytes];
  const strides = [2 * bytes, 2 * bytes, 2 * bytes];
  const both = arrayKernel(m, arithmetic, undefined, strides, (F, _, d, x, y) => {
    const bound = F.bounds.element;
    if (!treeFits(F)) throw outOfBounds(`products of differences up to ${F.bounds.difference} p`);
    const products = F.mulEach(
      pairs.map((offset) => [{ address: x, offset, bound }, F.load({ address: y, offset, bound })]),
    );
    // those of elements at the bound are beyond it, but no level gets that far
    products.forEach((product, i) =>
      F.store({ address: d, offset: pairs[i], bound: product.value[1] }, product),
    );
  });
  return m.func(undefined, ['i32', 'i32', 'i32', 'i32'], [], (f, d, x, y, n) => {
    f.do(both, d, x, y, op('i32.shr_u', op('i32.add', n, i32(1)), i32(1)));
  });
}

/** Whether all levels of a tree stay within the bound of elements. */
function treeFits(F: PairArithmetic): boolean {
  let bound = F.bounds.difference;
  for (let level = 0; level < LEVELS; level++) bound = Math.max(bound, F.productBound(bound, bound));
  return bound <= F.bounds.element;
}

/** One pair (x, y): 1/x = y / (x y), 1/y = x / (x y), by numbers; returns whether x y is zero. */
function rootKernel(m: WasmModule, field: FieldDescription, arithmetic: Arithmetic): Func {
  const S = new ScalarField(field);
  return m.func(undefined, ['i32'], ['i32'], (f, d) => {
    const F = arithmetic(f);
    const { element, inverse: bound } = F.bounds;
    // below 2p, limbs normalised
    const one = F.mul({ address: d, bound: element }, F.constant(F.R % field.F.p));
    F.store({ address: d, bound }, one);
    const [x, y] = F.toScalar({ address: d, bound });
    // numbers x F.R and y F.R, but inverse and product of numbers go by R
    const factor = ((F.R * F.R) / field.R) % field.F.p;
    const both = inverse(f, S, S.mul(f, x, y));
    const inverted = factor === field.one ? both : S.mul(f, both, S.constant(factor));
    const [a, b] = [y, x].map((other) => S.canonical(f, S.mul(f, inverted, other)));
    F.fromScalar({ address: d, bound }, a, b);
    const bits = S.canonical(f, inverted).reduce<Expr>((u, v) => op('i64.or', u, v), i64(0n));
    f.return(op('i64.eqz', bits));
  });
}
