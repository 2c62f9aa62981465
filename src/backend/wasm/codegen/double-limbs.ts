/**
 * Limbs of 51 bits for arithmetic with doubles (`madd-field.ts`): digits of numbers, and other ways of cutting them.
 */
import { type Expr, type Func, i64, type Local, op } from './assembler.ts';
import { BITS, COUNT } from './double-layout.ts';

/** 2^51 - 1 */
export const MASK: bigint = /* @__PURE__ */ (() => (1n << BigInt(BITS)) - 1n)();

/** The residue from -2^50 to 2^50 - 1. */
export function centered(x: bigint): number {
  return Number(BigInt.asIntN(BITS, x));
}

/** x in digits from -2^50 to 2^50, the highest takes the rest. */
export function centeredDigits(x: bigint): number[] {
  let rest = x;
  return Array.from({ length: COUNT }, (_, j) => {
    const digit = j < COUNT - 1 ? BigInt.asIntN(BITS, rest) : rest;
    rest = (rest - digit) >> BigInt(BITS);
    return Number(digit);
  });
}

/** x >= 0 in pieces of so many bits, the highest takes the rest. */
export function pieces(x: bigint, bits: number, n: number): bigint[] {
  return Array.from({ length: n }, (_, i) => {
    const rest = x >> BigInt(bits * i);
    return i < n - 1 ? BigInt.asUintN(bits, rest) : rest;
  });
}

/** A number >= 0 in normalised limbs of `from` bits as n limbs of `to` bits; the highest takes the rest. */
export function recut(f: Func, limbs: readonly Expr[], from: number, to: number, n: number): Local[] {
  return Array.from({ length: n }, (_, i) => {
    const end = i < n - 1 ? to * (i + 1) : from * limbs.length;
    let sum: Expr | undefined;
    limbs.forEach((limb, j) => {
      const shift = from * j - to * i;
      if (shift + from <= 0 || from * j >= end) return;
      const bits = i64(BigInt(Math.abs(shift)));
      const part = shift === 0 ? limb : op(shift > 0 ? 'i64.shl' : 'i64.shr_u', limb, bits);
      sum = sum ? op('i64.or', sum, part) : part;
    });
    return f.let(i < n - 1 ? op('i64.and', sum!, i64((1n << BigInt(to)) - 1n)) : sum!);
  });
}

/** The bits of a double. */
export function bitsOf(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0);
}
