/**
 * Sums of many products with few reductions.
 *
 * A product of two elements with normalised limbs adds less than 9 (2^29 - 1)^2 < 2^61.17 to a column, so seven of them and
 * a carried column (below 2^29) fit in an unsigned 64-bit word; then the carries move on. Products below 4p^2 of 256 bits
 * each: 2^16 of them are below 2^530, so what is carried beyond the 17th column stays below 2^37. They are reduced to less
 * than 2^16 4p^2 / R + 2p <= 2^13 p + 2p.
 */
import { i32, i64, op, select, type Expr, type Func, type Local } from './assembler.ts';
import { LIMB_BITS } from './field-description.ts';
import { add, COLUMNS, type Element, low, productColumns, type ScalarField } from './scalar-field.ts';

/** Products between two carries. */
const PRODUCTS_PER_CARRY = 7;
/** Products between two reductions. */
export const PRODUCTS_PER_REDUCTION: number = 1 << 16;

/**
 * total += (the sum of n products a b) / R.
 *
 * @param total nine limbs of any sign of a number from 0 to 2^16 p; to be shrunk by the caller. It grows by less than
 *   2^13 p + 2p
 * @param n a local with the number of products, at least 1; it is used up
 * @param next emits what moves on to the next product, and returns its factors: normalised limbs of numbers below 2p
 */
export function addProducts(
  f: Func,
  S: ScalarField,
  total: readonly Local[],
  n: Local,
  next: () => readonly [readonly Expr[], readonly Expr[]],
): void {
  const column = Array.from({ length: COLUMNS + 1 }, () => f.local('i64'));
  const left = f.local('i32');
  const room = f.local('i32');
  const assign = (values: readonly Expr[]): void => values.forEach((x, i) => f.set(total[i], x));
  f.loop(() => {
    column.forEach((c) => f.set(c, i64(0n)));
    f.set(left, i32(PRODUCTS_PER_REDUCTION));
    f.set(left, select(op('i32.lt_u', n, left), n, left));
    f.set(n, op('i32.sub', n, left));
    f.set(room, i32(PRODUCTS_PER_CARRY));
    f.loop(() => {
      const [a, b] = next();
      productColumns(a, b).forEach((x, k) => f.set(column[k], add(column[k], x)));
      f.set(left, op('i32.sub', left, i32(1)));
      f.set(room, op('i32.sub', room, i32(1)));
      f.if(op('i32.or', op('i32.eqz', room), op('i32.eqz', left)), () => {
        carry(f, column);
        f.set(room, i32(PRODUCTS_PER_CARRY));
      });
      return left;
    });
    assign(S.reduce(f, column).map((x, i) => add(total[i], x)));
    f.if(n, () => assign(S.shrink(f, total)));
    return n;
  });
}

/**
 * Several sums of up to {@link PRODUCTS_PER_REDUCTION} products each.
 *
 * @param n a local with the number of products in each sum; it is used up
 * @param next emits what moves on to the next products, and returns the factors for each sum, as in {@link addProducts}
 * @returns each sum divided by R, below 2p
 */
export function sumProducts(
  f: Func,
  S: ScalarField,
  sums: number,
  n: Local,
  next: () => readonly (readonly [readonly Expr[], readonly Expr[]])[],
): Element[] {
  const columns = Array.from({ length: sums }, () =>
    Array.from({ length: COLUMNS + 1 }, () => f.local('i64')),
  );
  const room = f.local('i32', i32(PRODUCTS_PER_CARRY));
  f.if(n, () =>
    f.loop(() => {
      next().forEach(([a, b], s) =>
        productColumns(a, b).forEach((x, k) => f.set(columns[s][k], add(columns[s][k], x))),
      );
      f.set(n, op('i32.sub', n, i32(1)));
      f.set(room, op('i32.sub', room, i32(1)));
      f.if(op('i32.or', op('i32.eqz', room), op('i32.eqz', n)), () => {
        for (const column of columns) carry(f, column);
        f.set(room, i32(PRODUCTS_PER_CARRY));
      });
      return n;
    }),
  );
  return columns.map((column) => S.shrink(f, S.reduce(f, column)));
}

/** Moves what is beyond 29 bits of each unsigned column to the next. */
function carry(f: Func, column: readonly Local[]): void {
  for (let k = 0; k < COLUMNS; k++) {
    f.set(column[k + 1], add(column[k + 1], op('i64.shr_u', column[k], i64(BigInt(LIMB_BITS)))));
    f.set(column[k], low(column[k]));
  }
}
