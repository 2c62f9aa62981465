/** Equality of two numbers whose limbs exceed their width, by carrying both from limb to limb. */
import type { ConstraintSystem } from '../constraint-system.ts';
import type { LinearCombination, Num } from '../linear-combination.ts';
import type { Value } from '../witness-builder.ts';
import { fitsInBits, type BigNat } from './bignat.ts';

/**
 * a = b as integers. Limbs are first grouped, as many to a group as the field holds beside the carry, so that fewer
 * carries are needed.
 */
export function enforceEqualCarried(cs: ConstraintSystem, a: BigNat, b: BigNat): void {
  const maxWord = a.maxWord > b.maxWord ? a.maxWord : b.maxWord;
  // the field's capacity (bits that always fit) less one carry
  const perGroup = Math.floor((cs.field.bits - 1 - carryBits(maxWord, a.limbWidth)) / a.limbWidth);
  enforceEqualGroups(cs, group(cs, a, perGroup), group(cs, b, perGroup));
}

/** Bits of a carry out of a limb: (2 maxWord) / 2^limbWidth, rounded up to a power of two. */
function carryBits(maxWord: bigint, limbWidth: number): number {
  return (2n * maxWord - 1n).toString(2).length - limbWidth;
}

/** The same number with `perGroup` limbs in one. */
function group(cs: ConstraintSystem, a: BigNat, perGroup: number): BigNat {
  const { values: v } = cs;
  const limbs: LinearCombination[] = [];
  const values: Value[] = [];
  for (let first = 0; first < a.limbs.length; first += perGroup) {
    const sum = cs.lc();
    let value: Value | undefined;
    for (let i = Math.min(first + perGroup, a.limbs.length) - 1; i >= first; i--) {
      sum.add(a.limbs[i], 1n << BigInt((i - first) * a.limbWidth));
      value =
        value === undefined
          ? a.values[i]
          : v.mulAdd(value, v.constant(1n << BigInt(a.limbWidth)), a.values[i]);
    }
    limbs.push(sum);
    values.push(value!);
  }
  let unit = 0n;
  for (let i = 0; i < perGroup; i++) unit += 1n << BigInt(i * a.limbWidth);
  return { limbs, values, limbWidth: a.limbWidth * perGroup, maxWord: unit * a.maxWord };
}

/**
 * Limb by limb: carry_in + a_i - b_i + maxWord = base carry_i + extra_i, where maxWord keeps every carry from being
 * negative and `extra` is what the added maxWords amount to at that place.
 */
function enforceEqualGroups(cs: ConstraintSystem, a: BigNat, b: BigNat): void {
  const { values: v, field: F } = cs;
  const n = Math.min(a.limbs.length, b.limbs.length);
  const base = 1n << BigInt(a.limbWidth);
  const maxWord = a.maxWord > b.maxWord ? a.maxWord : b.maxWord;
  const width = carryBits(maxWord, a.limbWidth);
  let extra = 0n;
  let carryIn: Num | undefined;

  for (let i = 0; i < n; i++) {
    let total = v.add(a.values[i], v.constant(maxWord));
    if (carryIn) total = v.add(total, carryIn);
    total = v.sub(total, b.values[i]);
    const carry = cs.alloc(`carry ${i}`, v.bits(total, a.limbWidth, F.bits - a.limbWidth));
    extra += maxWord;
    const balance = cs.lc();
    if (carryIn) balance.add(carryIn);
    balance
      .add(a.limbs[i])
      .sub(b.limbs[i])
      .add(cs.one, maxWord)
      .sub(carry, base)
      .sub(cs.one, extra % base);
    cs.enforce(`carry ${i}`, cs.lc(), cs.lc(), balance);
    extra /= base;
    if (i < n - 1) fitsInBits(cs.ns(`carry ${i} in range`), cs.lc(carry), carry.value, width);
    else cs.enforce('last carry', cs.lc(), cs.lc(), cs.lc(carry).sub(cs.one, extra));
    carryIn = carry;
  }
  for (const [name, c] of [
    ['a', a],
    ['b', b],
  ] as const) {
    c.limbs
      .slice(n)
      .forEach((limb, i) => cs.enforce(`surplus limb ${n + i} of ${name} is zero`, cs.lc(), cs.lc(), limb));
  }
}
