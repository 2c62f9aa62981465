/**
 * The products of a constraint system's matrices with z = (W, u, X), which is never built.
 *
 * Circuits repeat their rows: A and B of a squaring have the same one, and so have several constraints on one linear
 * combination. `products.ts` therefore lays out every distinct row once, with the places that its value goes to, as a
 * stream of u32:
 *
 *   rows[0..5]  numbers of: destinations, entries with coefficient 1, with -1, small ones, other ones
 *   ...         the columns of the entries with 1, then of those with -1: byte offsets, 32 times the column
 *   ...         small entries: column (as before), coefficient (signed)
 *   ...         other entries: column (as before), byte offset of the coefficient in the dictionary
 *   ...         destinations: 4 i + matrix, where matrix is 0, 1, 2 for A, B, C and i is the row
 *
 * `products(stream, rows, dictionary, W, tail, variables, outs)`: `rows` such rows. The dictionary has unpacked elements in
 * Montgomery form. W and `tail` (u, then X) are vectors: canonical words in standard form; `variables` is the length of W in
 * bytes; `outs` has the addresses of the results A z, B z, C z, as three u32.
 *
 * Bounds. The sum of a row starts at 2^15 p, so that it stays positive. Each of the first three kinds adds |coefficient| p in
 * magnitude, the entries of the last kind 2^13 p + 2p at a time (`codegen/lazy-sum.ts`, which shrinks in between).
 * `MAX_WEIGHT`, the most that the |coefficient|s of a row may add up to, keeps the sum from 0 to 2^16 p; more entries are
 * laid out as the last kind. A limb of the sum stays below 2^16 2^29.
 */
import { FIELD_BYTES } from '../../../field/field.ts';
import { i32, load, op, select, type Expr, type Local, type WasmModule } from '../codegen/assembler.ts';
import { toLimbs } from '../codegen/field-description.ts';
import { addProducts } from '../codegen/lazy-sum.ts';
import { add, mul, sub, type Element, type ScalarField } from '../codegen/scalar-field.ts';

/** Words at the beginning of a row. */
export const ROW_HEADER = 5;

/** Most that the absolute values of a row's coefficients 1, -1 and small ones may add up to. */
export const MAX_WEIGHT: number = 2 ** 15;

/** Adds the kernel above to a module. */
export function productKernels(m: WasmModule, S: ScalarField): void {
  const { F } = S.field;
  m.func(
    'products',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f, row, rows, dictionary, W, tail, variables, outs) => {
      // columns of the tail count on from those of W
      f.set(tail, op('i32.sub', tail, variables));
      const [destinations, ones, minusOnes, small, others] = Array.from({ length: ROW_HEADER }, () =>
        f.local('i32'),
      );
      const header = [destinations, ones, minusOnes, small, others];
      const total = toLimbs(F.p).map(() => f.local('i64'));
      const start = S.constant(BigInt(MAX_WEIGHT) * F.p);
      const words = Array.from({ length: FIELD_BYTES / 8 }, () => f.local('i64'));
      const word = (i: number): Expr => load('i32.load', row, 4 * i);
      const advance = (words: number): void => f.set(row, op('i32.add', row, i32(4 * words)));
      /** Where the element of z is whose column the next word names. */
      const address = (): Local => {
        const column = f.let(word(0));
        const base = select(op('i32.lt_u', column, variables), W, tail);
        return f.let(op('i32.add', base, column));
      };
      const element = (): Element => S.loadWords(f, address());
      const repeat = (n: Local, body: () => void): void =>
        f.if(n, () =>
          f.loop(() => {
            body();
            f.set(n, op('i32.sub', n, i32(1)));
            return n;
          }),
        );

      const sumOfRow = (): Element => {
        total.forEach((limb, i) => f.set(limb, start[i]));
        repeat(ones, () => {
          element().forEach((limb, i) => f.set(total[i], add(total[i], limb)));
          advance(1);
        });
        repeat(minusOnes, () => {
          element().forEach((limb, i) => f.set(total[i], sub(total[i], limb)));
          advance(1);
        });
        repeat(small, () => {
          const coefficient = f.let(load('i64.load32_s', row, 4));
          element().forEach((limb, i) => f.set(total[i], add(total[i], mul(coefficient, limb))));
          advance(2);
        });
        f.if(others, () =>
          addProducts(f, S, total, others, () => {
            const factors = [S.load(f, f.let(op('i32.add', dictionary, word(1)))), element()] as const;
            advance(2);
            return factors;
          }),
        );
        return S.canonical(f, S.shrink(f, total));
      };

      f.if(rows, () =>
        f.loop(() => {
          header.forEach((count, i) => f.set(count, word(i)));
          advance(ROW_HEADER);
          // one entry with the coefficient 1 is most common
          const severalKinds = op('i32.or', minusOnes, op('i32.or', small, others));
          f.if(
            op('i32.and', op('i32.eq', ones, i32(1)), op('i32.eqz', severalKinds)),
            () => {
              const from = address();
              words.forEach((w, k) => f.set(w, load('i64.load', from, 8 * k)));
              advance(1);
            },
            () => S.words(sumOfRow()).forEach((x, k) => f.set(words[k], x)),
          );
          repeat(destinations, () => {
            const place = f.let(word(0));
            const out = load(
              'i32.load',
              op('i32.add', outs, op('i32.shl', op('i32.and', place, i32(3)), i32(2))),
            );
            const i = op('i32.shr_u', place, i32(2));
            const to = f.let(op('i32.add', out, op('i32.mul', i, i32(FIELD_BYTES))));
            words.forEach((w, k) => f.store('i64.store', to, w, 8 * k));
            advance(1);
          });
          f.set(rows, op('i32.sub', rows, i32(1)));
          return rows;
        }),
      );
    },
  );
}
