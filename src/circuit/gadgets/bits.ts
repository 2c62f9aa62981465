/** Bits: allocation, logic, and the two conversions between a number and its bits. */
import type { ConstraintSystem } from '../constraint-system.ts';
import type { Num } from '../linear-combination.ts';
import type { Operand } from '../witness-builder.ts';

/** A number constrained to be 0 or 1. */
export type Bit = Num;

/** A new bit: (1 - a) a = 0. */
export function allocBit(cs: ConstraintSystem, name: string, value: Operand): Bit {
  const a = cs.alloc(name, value);
  cs.enforce(`${name} is a bit`, cs.lc(cs.one).sub(a), a);
  return a;
}

/** A new bit that is 0 wherever `mustBeFalse` is 1: (1 - mustBeFalse - a) a = 0. */
function allocBitUnless(cs: ConstraintSystem, name: string, value: Operand, mustBeFalse: Bit): Bit {
  const a = cs.alloc(name, value);
  cs.enforce(`${name} is a bit`, cs.lc(cs.one).sub(mustBeFalse).sub(a), a);
  return a;
}

/** (1 - a)(1 - b) = c */
export function nor(cs: ConstraintSystem, name: string, a: Bit, b: Bit): Bit {
  const { values: v } = cs;
  const c = cs.alloc(name, v.mul(v.sub(cs.one, a), v.sub(cs.one, b)));
  cs.enforce(name, cs.lc(cs.one).sub(a), cs.lc(cs.one).sub(b), c);
  return c;
}

/** A new bit r = (a = b): t (a - b) = 1 - r and r (a - b) = 0, where t is 1/(a - b), or 1 where a = b. */
export function isEqual(cs: ConstraintSystem, a: Num, b: Num): Bit {
  const { values: v } = cs;
  const r = allocBit(cs, 'r', v.equal(a, b));
  const t = cs.alloc('t', v.div(cs.one, v.sub(a, b), cs.one));
  cs.enforce('t (a - b) = 1 - r', t, cs.lc(a).sub(b), cs.lc(cs.one).sub(r));
  cs.enforce('r (a - b) = 0', r, cs.lc(a).sub(b));
  return r;
}

/** Sum of 2^i bits_i, as a new number. */
export function bitsToNum(cs: ConstraintSystem, bits: readonly Bit[]): Num {
  const { values: v, field: F } = cs;
  const powers = powersOfTwo(F.p, bits.length);
  const num = cs.alloc(
    'num',
    v.dot(
      bits,
      powers.map((c) => v.constant(c)),
    ),
  );
  const sum = cs.lc();
  bits.forEach((bit, i) => sum.add(bit, powers[i]));
  cs.enforce('packing', cs.lc(), cs.lc(), sum.sub(num));
  return num;
}

/**
 * The bits of `num`, least significant first, all bits of the modulus, proved to be those of a canonical number: below p.
 * From the top of p - 1 downwards: as long as all bits at ones of p - 1 were one (`run`), a bit at a zero must be zero.
 */
export function toBitsStrict(cs: ConstraintSystem, num: Num): Bit[] {
  const { values: v, field: F } = cs;
  const top = F.p - 1n;
  const result: Bit[] = [];
  let run: Bit | undefined; // one iff every bit so far at a one of p - 1 is one
  let ones: Bit[] = []; // bits at the current run of ones, not yet in `run`
  for (let i = F.bits - 1; i >= 0; i--) {
    const value = v.bits(num, i, 1);
    if ((top >> BigInt(i)) & 1n) {
      const bit = allocBit(cs, `bit ${i}`, value);
      ones.push(bit);
      result.push(bit);
      continue;
    }
    if (ones.length > 0) {
      run = andAll(cs.ns(`run above ${i}`), run ? [...ones, run] : ones);
      ones = [];
    }
    // p - 1 starts with a one, so `run` is set by now
    result.push(allocBitUnless(cs, `bit ${i}`, value, run!));
  }
  result.reverse();
  const sum = cs.lc();
  let coefficient = 1n;
  for (const bit of result) {
    sum.add(bit, coefficient);
    coefficient = F.add(coefficient, coefficient);
  }
  cs.enforce('unpacking', cs.lc(), cs.lc(), sum.sub(num));
  return result;
}

function andAll(cs: ConstraintSystem, bits: readonly Bit[]): Bit {
  return bits.reduce((all, bit, i) => cs.mul(`and ${i}`, all, bit));
}

/** 1, 2, 4, ... mod p. */
export function powersOfTwo(p: bigint, n: number): bigint[] {
  return Array.from({ length: n }, (_, i) => (1n << BigInt(i)) % p);
}
