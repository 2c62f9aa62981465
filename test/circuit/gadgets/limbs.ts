import fc from 'fast-check';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import type { BigNat } from '../../../src/circuit/gadgets/bignat.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import type { Output } from '../gadget.ts';

/** The natural number whose limbs are the given numbers. */
export function bigNatOf(
  cs: ConstraintSystem,
  nums: readonly Num[],
  limbWidth = 64,
  maxWord: bigint = (1n << BigInt(limbWidth)) - 1n,
): BigNat {
  return { limbs: nums.map((n) => cs.lc(n)), values: nums.map((n) => n.value), limbWidth, maxWord };
}

/** The limbs as outputs of a gadget. */
export function limbOutputs(a: BigNat): Output[] {
  return a.limbs.map((lc, i) => ({ lc, value: a.values[i] }));
}

/** x = sum of 2^(width i) limb_i */
export function toLimbs(x: bigint, n: number, width = 64): bigint[] {
  return Array.from({ length: n }, (_, i) => BigInt.asUintN(width, x >> BigInt(width * i)));
}

/** The integer that the limbs, oversized or not, stand for. */
export function fromLimbs(limbs: readonly bigint[], width = 64): bigint {
  return limbs.reduceRight((x, limb) => (x << BigInt(width)) + limb, 0n);
}

/** An integer of up to n bits; the edges of limbs more often than chance would give them. */
export function integer(n: number): fc.Arbitrary<bigint> {
  const most = (1n << BigInt(n)) - 1n;
  const edges = [0n, 1n, most, most - 1n, (1n << 64n) - 1n, 1n << 64n, most - (1n << 64n)];
  return fc.oneof(
    { weight: 2, arbitrary: fc.bigInt(0n, most) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  );
}
