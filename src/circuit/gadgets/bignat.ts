/**
 * Natural numbers of 64-bit limbs: arithmetic modulo the order of the other curve, which the circuit's field cannot do
 * by itself. Follows nova-snark's `gadgets/nonnative` (a descendant of bellman-bignat, https://eprint.iacr.org/2019/1494).
 */
import { NovaError } from '../../errors.ts';
import { intToLimbs, LIMB_BITS } from '../../field/limbs.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import { LinearCombination, type Num } from '../linear-combination.ts';
import type { Operand, Value } from '../witness-builder.ts';
import { allocBit, type Bit } from './bits.ts';
import { enforceEqualCarried } from './carry.ts';

/** Limbs of a non-native number of up to 256 bits. */
export const N_LIMBS = 4;

const LIMB_WIDTH = Number(LIMB_BITS);
const MAX_LIMB = (1n << LIMB_BITS) - 1n;

/** Sum of 2^(limbWidth i) limbs_i. A limb is a linear combination and may exceed its width, up to `maxWord`. */
export interface BigNat {
  readonly limbs: readonly LinearCombination[];
  readonly values: readonly Value[];
  readonly limbWidth: number;
  /** Bound of every limb. */
  readonly maxWord: bigint;
}

/** New limbs, unconstrained: what uses them must bound them. */
export function allocLimbs(cs: ConstraintSystem, values: readonly Operand[]): BigNat {
  const nums = values.map((value, i) => cs.alloc(`limb ${i}`, value));
  return {
    limbs: nums.map((n) => cs.lc(n)),
    values: nums.map((n) => n.value),
    limbWidth: LIMB_WIDTH,
    maxWord: MAX_LIMB,
  };
}

/** A constant: its limbs are constrained to the constant's. */
export function constantBigNat(cs: ConstraintSystem, x: bigint, n: number): BigNat {
  const limbs = intToLimbs(x, n);
  const result = allocLimbs(
    cs,
    limbs.map((limb) => cs.values.constant(limb)),
  );
  limbs.forEach((limb, i) => cs.enforce(`limb ${i}`, result.limbs[i], cs.one, cs.lc().add(cs.one, limb)));
  return result;
}

/** The limbs of a number, proved by its 256 bits. */
export function bigNatFromNum(cs: ConstraintSystem, num: Num): BigNat {
  const { values: v, field: F } = cs;
  const result = allocLimbs(
    cs,
    Array.from({ length: N_LIMBS }, (_, i) => v.bits(num, i * LIMB_WIDTH, LIMB_WIDTH)),
  );
  const bits = result.limbs.flatMap((limb, i) => decompose(cs.ns(`limb ${i}`), limb, result.values[i]));
  cs.enforce('sum of bits', cs.lc(num).sub(weighted(cs, bits)), cs.one);
  return result;

  function decompose(sub: ConstraintSystem, limb: LinearCombination, value: Value): Bit[] {
    const limbBits = Array.from({ length: LIMB_WIDTH }, (_, k) =>
      allocBit(sub, `bit ${k}`, v.bits(value, k, 1)),
    );
    sub.enforce('sum of bits', limb.clone().sub(weighted(sub, limbBits)), sub.one);
    return limbBits;
  }

  /** Sum of 2^i bits_i, with the powers taken mod p. */
  function weighted(sub: ConstraintSystem, bs: readonly Bit[]): LinearCombination {
    const sum = sub.lc();
    let coefficient = 1n;
    for (const bit of bs) {
      sum.add(bit, coefficient);
      coefficient = F.add(coefficient, coefficient);
    }
    return sum;
  }
}

/** A limb as a new number; the random oracle absorbs numbers. */
export function limbAsNum(cs: ConstraintSystem, name: string, a: BigNat, i: number): Num {
  const num = cs.alloc(name, a.values[i]);
  cs.enforce(name, cs.lc(), cs.lc(), cs.lc(num).sub(a.limbs[i]));
  return num;
}

/** condition ? a : b, limb by limb. */
export function selectBigNat(cs: ConstraintSystem, condition: Bit, a: BigNat, b: BigNat): BigNat {
  if (a.limbs.length !== b.limbs.length)
    throw new NovaError('SynthesisError', 'selectBigNat takes numbers of one length');
  const c = allocLimbs(
    cs,
    a.values.map((value, i) => cs.values.select(condition, value, b.values[i])),
  );
  c.limbs.forEach((limb, i) =>
    cs.enforce(`limb ${i}`, a.limbs[i].clone().sub(b.limbs[i]), condition, limb.clone().sub(b.limbs[i])),
  );
  return c;
}

/** a + b, limb by limb, without carrying. */
export function addBigNats(cs: ConstraintSystem, a: BigNat, b: BigNat): BigNat {
  return { ...addLimbs(cs, a, b), limbWidth: a.limbWidth, maxWord: a.maxWord + b.maxWord };
}

/** a b mod m, with the quotient and the remainder proved to fit their limbs (the remainder may exceed m). */
export function mulMod(cs: ConstraintSystem, a: BigNat, b: BigNat, m: BigNat): BigNat {
  const quotientBits = bitsOf(a) + bitsOf(b);
  const { q, r } = divideWithRemainder(cs, a, b, m, quotientBits);
  const left = { ...productLimbs(cs.ns('left'), a, b), maxWord: productMaxWord(a, b), limbWidth: LIMB_WIDTH };
  enforceEqualCarried(cs.ns('carry'), left, quotientTimesPlus(cs, q, m, r));
  return r;
}

/** a mod m, in the same sense. */
export function reduceMod(cs: ConstraintSystem, a: BigNat, m: BigNat): BigNat {
  const { q, r } = divideWithRemainder(cs, a, undefined, m, bitsOf(a));
  enforceEqualCarried(cs.ns('carry'), a, quotientTimesPlus(cs, q, m, r));
  return r;
}

function divideWithRemainder(
  cs: ConstraintSystem,
  a: BigNat,
  b: BigNat | undefined,
  m: BigNat,
  quotientBits: number,
): { q: BigNat; r: BigNat } {
  const quotientLimbs = Math.floor((quotientBits - 1) / LIMB_WIDTH) + 1;
  const values = cs.values.divMod(a.values, b?.values ?? [], m.values, quotientLimbs, m.limbs.length);
  const q = allocLimbs(cs.ns('quotient'), values.quotient);
  rangeCheck(cs.ns('quotient'), q);
  const r = allocLimbs(cs.ns('remainder'), values.remainder);
  rangeCheck(cs.ns('remainder'), r);
  return { q, r };
}

/** q m + r */
function quotientTimesPlus(cs: ConstraintSystem, q: BigNat, m: BigNat, r: BigNat): BigNat {
  const product = productLimbs(cs.ns('quotient times modulus'), q, m);
  return { ...addLimbs(cs, product, r), maxWord: productMaxWord(q, m) + r.maxWord, limbWidth: LIMB_WIDTH };
}

/** Largest limb of a product before carrying. */
function productMaxWord(a: BigNat, b: BigNat): bigint {
  return BigInt(Math.min(a.limbs.length, b.limbs.length)) * a.maxWord * b.maxWord;
}

function bitsOf(a: BigNat): number {
  return a.limbWidth * (a.limbs.length - 1) + a.maxWord.toString(2).length;
}

type Limbs = Pick<BigNat, 'limbs' | 'values'>;

/** Sums of limbs; the shorter list is taken as ending in zeros. */
function addLimbs(cs: ConstraintSystem, a: Limbs, b: Limbs): Limbs {
  const n = Math.max(a.limbs.length, b.limbs.length);
  const limbs: LinearCombination[] = [];
  const values: Value[] = [];
  for (let i = 0; i < n; i++) {
    const [la, lb] = [a.limbs[i], b.limbs[i]];
    limbs.push(la && lb ? la.clone().add(lb) : (la ?? lb).clone());
    values.push(la && lb ? cs.values.add(a.values[i], b.values[i]) : (a.values[i] ?? b.values[i]));
  }
  return { limbs, values };
}

/**
 * The limbs of a b as polynomials: new numbers c_0 .. c_{n-1}, proved by a(x) b(x) = c(x) at x = 1 .. n, which
 * determines a polynomial of degree n - 1.
 */
function productLimbs(cs: ConstraintSystem, a: Limbs, b: Limbs): Limbs {
  const { values: v, field: F } = cs;
  const n = a.limbs.length + b.limbs.length - 1;
  const nums = Array.from({ length: n }, (_, k) => {
    const pairs = a.values.flatMap((x, i) =>
      b.values[k - i] === undefined ? [] : [[x, b.values[k - i]] as const],
    );
    return cs.alloc(
      `product ${k}`,
      v.dot(
        pairs.map(([x]) => x),
        pairs.map(([, y]) => y),
      ),
    );
  });
  const c = { limbs: nums.map((num) => cs.lc(num)), values: nums.map((num) => num.value) };
  for (let x = 1n; x <= BigInt(n); x++) {
    cs.enforce(`at ${x}`, evaluate(a.limbs, x), evaluate(b.limbs, x), evaluate(c.limbs, x));
  }
  return c;

  function evaluate(coefficients: readonly LinearCombination[], x: bigint): LinearCombination {
    const sum = cs.lc();
    let power = 1n;
    for (const coefficient of coefficients) {
      sum.add(coefficient, power);
      power = F.mul(power, x);
    }
    return sum;
  }
}

/** Every limb is below 2^limbWidth. */
function rangeCheck(cs: ConstraintSystem, a: BigNat): void {
  a.limbs.forEach((limb, i) => fitsInBits(cs.ns(`limb ${i}`), limb, a.values[i], a.limbWidth));
}

/**
 * A combination is below 2^n: bits 1 .. n - 1 are allocated, and what is left, bit 0, is proved to be a bit:
 * (num - sum)(1 - num + sum) = 0.
 */
export function fitsInBits(cs: ConstraintSystem, num: LinearCombination, value: Value, n: number): void {
  const { values: v } = cs;
  const bits = Array.from({ length: n - 1 }, (_, i) => cs.alloc(`bit ${i + 1}`, v.bits(value, i + 1, 1)));
  bits.forEach((bit, i) => cs.enforce(`bit ${i + 1} is a bit`, bit, cs.lc(cs.one).sub(bit)));
  const bit0 = num.clone();
  bits.forEach((bit, i) => bit0.sub(bit, 1n << BigInt(i + 1)));
  cs.enforce('bit 0 is a bit', bit0, cs.lc(cs.one).sub(bit0));
}
