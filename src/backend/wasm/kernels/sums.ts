/**
 * Kernels that add up: vectors of n elements of 32 bytes as in `kernels/vectors.ts`, at most `PRODUCTS_PER_REDUCTION` of them at a
 * time. The sums are written to `out`, 32 canonical bytes each. P0 and P1 are the halves of a table P, as vectors of their
 * own: P(X) = P0 + X (P1 - P0).
 *
 * | export                                        | sums                                                              |
 * |-----------------------------------------------|-------------------------------------------------------------------|
 * | sum(a, out, n)                                | a                                                                 |
 * | inner(a, b, out, n)                           | a b                                                               |
 * | crossInner(a0, a1, b0, b1, out, n)            | a0 b1, a1 b0                                                      |
 * | roundQuadratic(P0, P1, Q0, Q1, out, n)        | P0 Q0, (P1 - P0) (Q1 - Q0)                                        |
 * | roundCubic(P0, P1, Q0, Q1, R0, R1, out, n)    | P0 Q0 R0, P(-1) Q(-1) R(-1), (P1 - P0) (Q1 - Q0) (R1 - R0)        |
 * | roundEq(eq, A0, A1, B0, B1, out, n)           | eq A0 B0, eq (A1 - A0) (B1 - B0)                                  |
 * | roundEqLess(eq, A0, A1, B0, B1, C0, out, n)   | eq (A0 B0 - C0), eq (A1 - A0) (B1 - B0)                           |
 *
 * and two for polynomials by their coefficients a_0 ... a_(n-1), where u is an unpacked element in Montgomery form and
 * `carry` the address of 32 canonical bytes:
 *
 * | export                                        | effect                                                            |
 * |-----------------------------------------------|-------------------------------------------------------------------|
 * | evaluate(a, u, out, n)                        | writes the sum of a_i u^i to `out`                                |
 * | divide(out, a, u, carry, n)                   | out_i = a_(i+1) + u out_(i+1), where out_(n-1) = carry            |
 *
 * Factors are below 2p with normalised limbs, as `codegen/lazy-sum.ts` wants them. A product of three is one that was reduced, so
 * it lacks R twice when the sum is reduced; the last multiplication makes up for it.
 */
import { FIELD_BYTES } from '../../../field/field.ts';
import { i32, i64, op, type Func, type Local, type WasmModule } from '../codegen/assembler.ts';
import { sumProducts } from '../codegen/lazy-sum.ts';
import { add, sub, type Element, type ScalarField } from '../codegen/scalar-field.ts';
import { forEach } from './vectors.ts';

/** The factors of the products that belong to one place of the vectors. */
type Products = readonly (readonly [a: Element, b: Element])[];

/** Adds the kernels above to a module. */
export function sumKernels(m: WasmModule, S: ScalarField): void {
  const { F, p, R, R2 } = S.field;
  const R3 = F.mul(R2, R % F.p);

  /** A kernel of sums of products of two (`scale` = R^2) or three (R^3) numbers. */
  const sums = (
    name: string,
    vectors: number,
    count: number,
    scale: bigint,
    products: (f: Func, vectors: readonly Local[]) => Products,
  ): void => {
    const params = Array.from({ length: vectors + 2 }, () => 'i32' as const);
    m.func(name, params, [], (f, ...all) => {
      const [pointers, out, n] = [all.slice(0, vectors), all[vectors], all[vectors + 1]];
      const totals = sumProducts(f, S, count, n, () => {
        const factors = products(f, pointers);
        for (const pointer of pointers) f.set(pointer, op('i32.add', pointer, i32(FIELD_BYTES)));
        return factors;
      });
      totals.forEach((total, k) =>
        S.storeWords(f, out, S.canonical(f, S.mul(f, total, S.constant(scale))), FIELD_BYTES * k),
      );
    });
  };

  m.func('sum', ['i32', 'i32', 'i32'], [], (f, a, out, n) => {
    const total = p.map(() => f.local('i64'));
    forEach(f, n, [a], () => S.loadWords(f, a).forEach((limb, k) => f.set(total[k], add(total[k], limb))));
    S.storeWords(f, out, S.canonical(f, S.shrink(f, total)));
  });
  sums('inner', 2, 1, R2, (f, [a, b]) => [[S.loadWords(f, a), S.loadWords(f, b)]]);
  sums('crossInner', 4, 2, R2, (f, [a0, a1, b0, b1]) => [
    [S.loadWords(f, a0), S.loadWords(f, b1)],
    [S.loadWords(f, a1), S.loadWords(f, b0)],
  ]);
  sums('roundQuadratic', 4, 2, R2, (f, v) => {
    const [P, Q] = [0, 2].map((k) => valuesOf(f, S, v[k], v[k + 1]));
    return [
      [P.at0, Q.at0],
      [P.rise, Q.rise],
    ];
  });
  sums('roundCubic', 6, 3, R3, (f, v) => {
    const [P, Q, T] = [0, 2, 4].map((k) => valuesOf(f, S, v[k], v[k + 1]));
    const atMinus1 = [P, Q, T].map(({ at0, rise }) => S.sub(f, at0, rise));
    return [
      [S.mul(f, P.at0, Q.at0), T.at0],
      [S.mul(f, atMinus1[0], atMinus1[1]), atMinus1[2]],
      [S.mul(f, P.rise, Q.rise), T.rise],
    ];
  });
  sums('roundEq', 5, 2, R3, (f, [eq, ...v]) => {
    const weight = S.loadWords(f, eq);
    const [A, B] = [0, 2].map((k) => valuesOf(f, S, v[k], v[k + 1]));
    return [
      [S.mul(f, A.at0, B.at0), weight],
      [S.mul(f, A.rise, B.rise), weight],
    ];
  });

  sums('roundEqLess', 6, 2, R3, (f, [eq, ...v]) => {
    const weight = S.loadWords(f, eq);
    const [A, B] = [0, 2].map((k) => valuesOf(f, S, v[k], v[k + 1]));
    // C / R, as the product A B / R has it
    const C = S.reduce(f, S.loadWords(f, v[4]));
    return [
      [S.sub(f, S.mul(f, A.at0, B.at0), C), weight],
      [S.mul(f, A.rise, B.rise), weight],
    ];
  });

  m.func('evaluate', ['i32', 'i32', 'i32', 'i32'], [], (f, a, u, out, n) => {
    const point = S.load(f, u);
    const value = p.map(() => f.local('i64'));
    downwards(f, [a], n, () => step(f, S, value, point, a));
    S.storeWords(f, out, S.canonical(f, value));
  });

  m.func('divide', ['i32', 'i32', 'i32', 'i32', 'i32'], [], (f, out, a, u, carry, n) => {
    const point = S.load(f, u);
    const value = S.loadWords(f, carry);
    downwards(f, [a, out], n, () => {
      S.storeWords(f, out, S.canonical(f, value));
      step(f, S, value, point, a);
    });
  });
}

/** What a table P(X) = P0 + X (P1 - P0) is at 0, and P1 - P0: both below p. */
function valuesOf(f: Func, S: ScalarField, P0: Local, P1: Local): { at0: Element; rise: Element } {
  const at0 = S.loadWords(f, P0);
  const difference = S.loadWords(f, P1).map((limb, k) => sub(limb, at0[k]));
  return { at0, rise: S.lift(f, difference, S.field.p) };
}

/** value = u value + a: below 2p, since u value comes out below 17/16 p and a is below p; p is subtracted and lifted. */
function step(f: Func, S: ScalarField, value: Element, u: Element, a: Local): void {
  const { p } = S.field;
  const product = S.mul(f, u, value);
  const sum = S.loadWords(f, a).map((limb, k) => add(limb, sub(product[k], i64(p[k]))));
  S.lift(f, sum, p).forEach((limb, k) => f.set(value[k], limb));
}

/** Runs the body n times, from the last element of each vector to the first. The addresses and n are used up. */
function downwards(f: Func, addresses: readonly Local[], n: Local, body: () => void): void {
  const past = op('i32.mul', n, i32(FIELD_BYTES));
  for (const address of addresses) f.set(address, op('i32.add', address, past));
  f.if(n, () =>
    f.loop(() => {
      for (const address of addresses) f.set(address, op('i32.sub', address, i32(FIELD_BYTES)));
      body();
      f.set(n, op('i32.sub', n, i32(1)));
      return n;
    }),
  );
}
