/**
 * eq(x, y) = prod_k (x_k y_k + (1 - x_k)(1 - y_k)): for points of 0s and 1s, whether they are equal; in general the Lagrange
 * basis of multilinear polynomials.
 */
import type { PrimeField } from './field.ts';

/** What `tensor` makes the table of eq(x, .) from: (1 - x_k, x_k) for every coordinate. */
export function eqPairs(F: PrimeField, x: readonly bigint[]): [bigint, bigint][] {
  return x.map((x_k) => [F.sub(1n, x_k), x_k]);
}

/** eq(x, y) for points of as many coordinates. */
export function eqAt(F: PrimeField, x: readonly bigint[], y: readonly bigint[]): bigint {
  return x.reduce((product, x_k, k) => {
    const both = F.mul(x_k, y[k]);
    const neither = F.mul(F.sub(1n, x_k), F.sub(1n, y[k]));
    return F.mul(product, F.add(both, neither));
  }, 1n);
}

/** eq(x, 0): the share of x in the first element of a table. */
export function eqAtZero(F: PrimeField, x: readonly bigint[]): bigint {
  return x.reduce((product, x_k) => F.mul(product, F.sub(1n, x_k)), 1n);
}

/** The value at x of the multilinear polynomial whose first values are `values` and whose others are zero. */
export function evaluateSparse(F: PrimeField, values: readonly bigint[], x: readonly bigint[]): bigint {
  // one variable after the other, the last first: pairs of neighbours become one value
  let table = values;
  for (const x_k of x.toReversed()) {
    table = Array.from({ length: Math.ceil(table.length / 2) }, (_, i) => {
      const [even, odd] = [table[2 * i], table[2 * i + 1] ?? 0n];
      return F.add(even, F.mul(x_k, F.sub(odd, even)));
    });
  }
  return table[0] ?? 0n;
}
