/**
 * Kernels on tables of polynomials: vectors of n elements of 32 bytes as in `kernels/vectors.ts`, constants r, c0, c1 as unpacked
 * elements in Montgomery form, so that a product with one is in standard form. All parameters are addresses, but for n,
 * counts and `first`.
 *
 * | export                                                  | effect                                                  |
 * |---------------------------------------------------------|---------------------------------------------------------|
 * | multiply(out, a, b, n)                                  | out = a b                                               |
 * | foldSum(out, lo, hi, n)                                 | out = lo + hi                                           |
 * | foldBind(out, lo, hi, r, n)                             | out = lo + r (hi - lo)                                  |
 * | foldBoth(out, lo, hi, c0, c1, n)                        | out = c0 lo + c1 hi                                     |
 * | foldPairs(out, a, r, n)                                 | out_i = a_2i + r (a_2i+1 - a_2i)                        |
 * | scaleBy(out, a, r, n)                                   | out = r a                                               |
 * | split(lo, hi, r, n)                                     | hi = r lo, then lo = lo - hi                            |
 * | spread(L, R, w, a, half, n)                             | for n weights: L = (0, w a_lo), R = (w a_hi, 0), where  |
 * |                                                         | a has two halves of `half` elements                     |
 * | combine(out, ones, n1, terms, n2, constant, n)          | out = constant + the n1 vectors + the sum of the n2     |
 * |                                                         | terms: `TERM_BYTES` each, r and then a vector           |
 * | ramp(out, first, n)                                     | out_i = first + i                                       |
 * | gather(out, table, indices, n)                          | out_i = table[indices_i]; indices are u32               |
 * | firstZero(a, n) -> index or -1                          | first i with a_i = 0                                    |
 *
 * `out` may be one of the vectors, but for `foldPairs` and `gather`.
 *
 * Bounds. A product of two numbers below 2p reduces to at most p/8 + (1 + 2^-29) p, of two below p to p/32 more than p at
 * most. What is added to it or subtracted is below p, so that one conditional addition of p leads below 2p.
 */
import { FIELD_BYTES } from '../../../field/field.ts';
import { i32, i64, load, op, type Expr, type Local, type WasmModule } from '../codegen/assembler.ts';
import { ELEMENT_STRIDE } from '../codegen/field-description.ts';
import { addProducts } from '../codegen/lazy-sum.ts';
import { add, productColumns, sub, type Element, type ScalarField } from '../codegen/scalar-field.ts';
import { addColumns, forEach } from './vectors.ts';

/** Bytes of a term of `combine`: an unpacked element, and the address of a vector, padded. */
export const TERM_BYTES: number = ELEMENT_STRIDE + 8;

/** Most vectors that `combine` adds without a factor: with the products, which grow by less than 2^13 p, below 2^16 p. */
export const MAX_ONES: number = 2 ** 15;

const WORDS = FIELD_BYTES / 8;

/** Adds the kernels above to a module. */
export function polynomialKernels(m: WasmModule, S: ScalarField): void {
  const { p, R2 } = S.field;
  const params = (n: number) => Array.from({ length: n }, () => 'i32' as const);
  const minusP = (x: readonly Expr[]): Expr[] => x.map((limb, k) => sub(limb, i64(p[k])));

  m.func('multiply', params(4), [], (f, out, a, b, n) =>
    forEach(f, n, [out, a, b], () => {
      const product = S.mul(f, S.loadWords(f, a), S.loadWords(f, b));
      S.storeWords(f, out, S.canonical(f, S.mul(f, product, S.constant(R2))));
    }),
  );

  m.func('foldSum', params(4), [], (f, out, lo, hi, n) =>
    forEach(f, n, [out, lo, hi], () => {
      const sum = addColumns(S.loadWords(f, lo), S.loadWords(f, hi));
      S.storeWords(f, out, S.lift(f, minusP(sum), p));
    }),
  );

  m.func('foldBind', params(5), [], (f, out, lo, hi, r, n) => {
    const factor = S.load(f, r);
    forEach(f, n, [out, lo, hi], () => {
      const low = S.loadWords(f, lo);
      const rise = S.lift(f, subLimbs(S.loadWords(f, hi), low), p);
      const sum = addColumns(low, S.mul(f, factor, rise));
      S.storeWords(f, out, S.canonical(f, S.lift(f, minusP(sum), p)));
    });
  });

  m.func('foldBoth', params(6), [], (f, out, lo, hi, c0, c1, n) => {
    const [factor0, factor1] = [S.load(f, c0), S.load(f, c1)];
    forEach(f, n, [out, lo, hi], () => {
      const columns = addColumns(
        productColumns(factor0, S.loadWords(f, lo)),
        productColumns(factor1, S.loadWords(f, hi)),
      );
      S.storeWords(f, out, S.canonical(f, S.reduce(f, columns)));
    });
  });

  m.func('foldPairs', params(4), [], (f, out, a, r, n) => {
    const factor = S.load(f, r);
    forEach(f, n, [out, a], () => {
      const even = S.loadWords(f, a);
      const rise = S.lift(f, subLimbs(S.loadWords(f, a, FIELD_BYTES), even), p);
      const sum = addColumns(even, S.mul(f, factor, rise));
      S.storeWords(f, out, S.canonical(f, S.lift(f, minusP(sum), p)));
      f.set(a, op('i32.add', a, i32(FIELD_BYTES)));
    });
  });

  m.func('scaleBy', params(4), [], (f, out, a, r, n) => {
    const factor = S.load(f, r);
    forEach(f, n, [out, a], () => S.storeWords(f, out, S.canonical(f, S.mul(f, factor, S.loadWords(f, a)))));
  });

  m.func('split', params(4), [], (f, lo, hi, r, n) => {
    const factor = S.load(f, r);
    forEach(f, n, [lo, hi], () => {
      const all = S.loadWords(f, lo);
      const part = S.canonical(f, S.mul(f, factor, all));
      S.storeWords(f, hi, part);
      S.storeWords(f, lo, S.lift(f, subLimbs(all, part), p));
    });
  });

  m.func('spread', params(6), [], (f, L, R, w, a, half, n) => {
    const bytes = f.let(op('i32.mul', half, i32(FIELD_BYTES)));
    const [from, left] = [f.local('i32'), f.local('i32')];
    forEach(f, n, [w], () => {
      const weight = S.mul(f, S.loadWords(f, w), S.constant(R2));
      const product = (to: Local): void => {
        f.set(left, half);
        forEach(f, left, [to, from], () =>
          S.storeWords(f, to, S.canonical(f, S.mul(f, weight, S.loadWords(f, from)))),
        );
      };
      const zeros = (to: Local): void => {
        f.zeroMemory(to, bytes);
        f.set(to, op('i32.add', to, bytes));
      };
      f.set(from, a);
      zeros(L);
      product(L);
      product(R);
      zeros(R);
    });
  });

  m.func('combine', params(7), [], (f, out, ones, n1, terms, n2, constant, n) => {
    const start = S.loadWords(f, constant);
    const total = p.map(() => f.local('i64'));
    const [offset, at, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const element = (where: number): Element =>
      S.loadWords(f, f.let(op('i32.add', load('i32.load', at, where), offset)));
    const advance = (local: Local, bytes: number): void => f.set(local, op('i32.add', local, i32(bytes)));
    forEach(f, n, [out], () => {
      total.forEach((limb, k) => f.set(limb, start[k]));
      f.set(at, ones);
      f.set(left, n1);
      f.if(left, () =>
        f.loop(() => {
          element(0).forEach((limb, k) => f.set(total[k], add(total[k], limb)));
          advance(at, 4);
          f.set(left, op('i32.sub', left, i32(1)));
          return left;
        }),
      );
      f.set(at, terms);
      f.set(left, n2);
      f.if(left, () =>
        addProducts(f, S, total, left, () => {
          const factors = [S.load(f, at), element(ELEMENT_STRIDE)] as const;
          advance(at, TERM_BYTES);
          return factors;
        }),
      );
      S.storeWords(f, out, S.canonical(f, S.shrink(f, total)));
      advance(offset, FIELD_BYTES);
    });
  });

  m.func('ramp', params(3), [], (f, out, first, n) =>
    forEach(f, n, [out], () => {
      f.store('i64.store', out, op('i64.extend_i32_u', first));
      for (let k = 1; k < WORDS; k++) f.store('i64.store', out, i64(0n), 8 * k);
      f.set(first, op('i32.add', first, i32(1)));
    }),
  );

  m.func('gather', params(4), [], (f, out, table, indices, n) =>
    forEach(f, n, [out], () => {
      const index = load('i32.load', indices);
      const from = f.let(op('i32.add', table, op('i32.mul', index, i32(FIELD_BYTES))));
      for (let k = 0; k < WORDS; k++) f.store('i64.store', out, load('i64.load', from, 8 * k), 8 * k);
      f.set(indices, op('i32.add', indices, i32(4)));
    }),
  );

  m.func('firstZero', params(2), ['i32'], (f, a, n) => {
    const i = f.local('i32');
    forEach(f, n, [a], () => {
      const words = Array.from({ length: WORDS }, (_, k): Expr => load('i64.load', a, 8 * k));
      const any = words.reduce((x, y) => op('i64.or', x, y));
      f.if(op('i64.eqz', any), () => f.return(i));
      f.set(i, op('i32.add', i, i32(1)));
    });
    f.return(i32(-1));
  });
}

function subLimbs(a: readonly Expr[], b: readonly Expr[]): Expr[] {
  return a.map((limb, k) => sub(limb, b[k]));
}
