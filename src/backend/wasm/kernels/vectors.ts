/**
 * Kernels on vectors: n elements of 32 bytes, canonical little-endian integers in standard form. Results are canonical.
 * The constants r and u1 come as unpacked elements (`kernels/scalar.ts`), in Montgomery form, because then (r R) b / R = r b is
 * in standard form again; u comes as words. All parameters are addresses, but for n and numbers of bytes.
 *
 * | export                                                 | effect                                                  |
 * |--------------------------------------------------------|---------------------------------------------------------|
 * | addScaled(out, a, r, b, n)                             | out = a + r b                                           |
 * | crossTerm(T, AZ1, BZ1, CZ1, u1, AZ2, BZ2, CZ2, n)      | T = AZ1 BZ2 + AZ2 BZ1 - u1 CZ2 - CZ1                    |
 * | firstUnsatisfied(AZ, BZ, CZ, u, E, n) -> index or -1   | first i with AZ BZ != u CZ + E;                         |
 * |                                                        | E is the address 0 for a zero vector                    |
 * | firstNonCanonical(a, n) -> index or -1                 | first i with a_i >= p; a_i is any number of 32 bytes    |
 * | copyBytes(to, from, bytes), zeroBytes(at, bytes)       | memory.copy, memory.fill                                |
 *
 * `out` may be one of the inputs.
 *
 * Bounds. A product of two numbers below p reduces to at most p/32 + (1 + 2^-29) p. In `crossTerm` the sum of the two
 * products of standard numbers is reduced to v = (AZ1 BZ2 + AZ2 BZ1) / R <= p/16 + (1 + 2^-29) p; then v R^2 + (-u1 R) CZ2
 * is reduced once more, which gives the wanted sum in standard form, below 9/8 p.
 */
import { FIELD_BYTES } from '../../../field/field.ts';
import {
  i32,
  i64,
  load,
  op,
  type Expr,
  type Func,
  type Local,
  type WasmModule,
} from '../codegen/assembler.ts';
import { add, productColumns, sub, type ScalarField } from '../codegen/scalar-field.ts';

/** Adds the kernels above to a module. */
export function vectorKernels(m: WasmModule, S: ScalarField): void {
  const { p, F, R2 } = S.field;

  m.func('addScaled', ['i32', 'i32', 'i32', 'i32', 'i32'], [], (f, out, a, r, b, n) => {
    const factor = S.load(f, r);
    forEach(f, n, [out, a, b], () => {
      const product = S.mul(f, factor, S.loadWords(f, b));
      // r may be anything below 2p: at most p/16 + (1 + 2^-29) p, plus a, less p
      const sum = S.loadWords(f, a).map((limb, k) => sub(add(limb, product[k]), i64(p[k])));
      S.storeWords(f, out, S.canonical(f, S.lift(f, sum, p)));
    });
  });

  const addresses = Array.from({ length: 9 }, () => 'i32' as const);
  m.func('crossTerm', addresses, [], (f, T, AZ1, BZ1, CZ1, u1, AZ2, BZ2, CZ2, n) => {
    const minusU1 = S.neg(f, S.load(f, u1));
    forEach(f, n, [T, AZ1, BZ1, CZ1, AZ2, BZ2, CZ2], () => {
      const product = (x: Expr, y: Expr): Expr[] => productColumns(S.loadWords(f, x), S.loadWords(f, y));
      const v = S.reduce(f, addColumns(product(AZ1, BZ2), product(AZ2, BZ1)));
      const fresh = productColumns(minusU1, S.loadWords(f, CZ2));
      const w = S.reduce(f, addColumns(productColumns(v, S.constant(R2)), fresh));
      const difference = S.loadWords(f, CZ1).map((limb, k) => sub(w[k], limb));
      S.storeWords(f, T, S.canonical(f, S.lift(f, difference, p)));
    });
  });

  m.func('firstUnsatisfied', addresses.slice(0, 6), ['i32'], (f, AZ, BZ, CZ, u, E, n) => {
    const minusU = S.neg(f, S.loadWords(f, u));
    const error = p.map(() => f.local('i64'));
    const i = f.local('i32');
    forEach(f, n, [AZ, BZ, CZ], () => {
      f.if(E, () => {
        S.loadWords(f, E).forEach((limb, k) => f.set(error[k], limb));
        f.set(E, op('i32.add', E, i32(FIELD_BYTES)));
      });
      const columns = addColumns(
        productColumns(S.loadWords(f, AZ), S.loadWords(f, BZ)),
        productColumns(minusU, S.loadWords(f, CZ)),
      );
      // the number AZ BZ - u CZ + (p - E), from 0 to 3p^2 + p, must be a multiple of p
      p.forEach((limb, k) => (columns[k] = add(columns[k], sub(i64(limb), error[k]))));
      f.if(op('i32.eqz', S.isZero(f, S.reduce(f, columns))), () => f.return(i));
      f.set(i, op('i32.add', i, i32(1)));
    });
    f.return(i32(-1));
  });

  m.func('firstNonCanonical', ['i32', 'i32'], ['i32'], (f, a, n) => {
    const i = f.local('i32');
    forEach(f, n, [a], () => {
      f.if(isAtLeast(a, F.p), () => f.return(i));
      f.set(i, op('i32.add', i, i32(1)));
    });
    f.return(i32(-1));
  });

  m.func('copyBytes', ['i32', 'i32', 'i32'], [], (f, to, from, bytes) => f.copyMemory(to, from, bytes));
  m.func('zeroBytes', ['i32', 'i32'], [], (f, at, bytes) => f.zeroMemory(at, bytes));
}

/** Runs the body n times, moving the addresses by one element each time. n is used up. */
export function forEach(f: Func, n: Local, addresses: readonly Local[], body: () => void): void {
  f.if(n, () =>
    f.loop(() => {
      body();
      for (const address of addresses) f.set(address, op('i32.add', address, i32(FIELD_BYTES)));
      f.set(n, op('i32.sub', n, i32(1)));
      return n;
    }),
  );
}

export function addColumns(a: readonly Expr[], b: readonly Expr[]): Expr[] {
  return a.map((x, k) => add(x, b[k]));
}

/** 1 if the 32 bytes at the address are a number >= x, else 0; an i32. */
function isAtLeast(address: Expr, x: bigint): Expr {
  let result: Expr = i32(1);
  for (let offset = 0; offset < FIELD_BYTES; offset += 8) {
    // from the lowest word up: the higher ones decide
    const word = load('i64.load', address, offset);
    const wanted = i64(x >> BigInt(8 * offset)); // takes the low 64 bits
    result = op('i32.or', op('i64.gt_u', word, wanted), op('i32.and', op('i64.eq', word, wanted), result));
  }
  return result;
}
