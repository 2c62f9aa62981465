/** Words of 32 bits. Follows nova-snark's `frontend/gadgets/uint32.rs`. */
import type { ConstraintSystem } from '../constraint-system.ts';
import { allocBit, powersOfTwo } from './bits.ts';
import { addTruth, literal, truthValue, type Truth } from './boolean.ts';
import type { PackedEqualities } from './packed-equalities.ts';

/** 32 truth values, least significant first. */
export type UInt32 = readonly Truth[];

const BITS = 32;

/** The word of a number from 0 to 2^32 - 1. */
export function constantWord(x: number): UInt32 {
  return Array.from({ length: BITS }, (_, i) => ((x >>> i) & 1) === 1);
}

/** Turned right by n places, 0 to 31. */
export function rotateRight(a: UInt32, n: number): UInt32 {
  return [...a.slice(n), ...a.slice(0, n)];
}

/** Shifted right by n places, 0 to 32. */
export function shiftRight(a: UInt32, n: number): UInt32 {
  return [...a.slice(n), ...Array.from({ length: n }, () => false)];
}

/** An operation on truth values, such as `xor`. */
type Operation<A extends readonly Truth[]> = (cs: ConstraintSystem, name: string, ...operands: A) => Truth;

/** The operation at each place of two or three words. */
export function bitwise(
  cs: ConstraintSystem,
  operation: Operation<[Truth, Truth]>,
  a: UInt32,
  b: UInt32,
): UInt32;
export function bitwise(
  cs: ConstraintSystem,
  operation: Operation<[Truth, Truth, Truth]>,
  a: UInt32,
  b: UInt32,
  c: UInt32,
): UInt32;
export function bitwise(
  cs: ConstraintSystem,
  operation: (cs: ConstraintSystem, name: string, ...operands: Truth[]) => Truth,
  ...words: UInt32[]
): UInt32 {
  return Array.from({ length: BITS }, (_, i) => operation(cs, `bit ${i}`, ...words.map((word) => word[i])));
}

/**
 * The sum of the words modulo 2^32. The bits of the whole sum are allocated; those above 2^32 are used by nobody. That they are
 * the sum's is one of the `equalities`, which are yet to be written.
 */
export function addWords(
  cs: ConstraintSystem,
  equalities: PackedEqualities,
  words: readonly UInt32[],
): UInt32 {
  const { values: v } = cs;
  const weights = powersOfTwo(cs.field.p, BITS);
  const terms = words.flatMap((word) => word.map((bit, i) => ({ bit, weight: weights[i] })));
  if (terms.every(({ bit }) => typeof bit === 'boolean')) {
    return constantWord(terms.reduce((sum, { bit, weight }) => sum + (bit ? Number(weight) : 0), 0));
  }
  const sum = cs.lc();
  for (const { bit, weight } of terms) addTruth(sum, cs, bit, weight);
  const value = v.dot(
    terms.map(({ bit }) => truthValue(cs, bit)),
    terms.map(({ weight }) => v.constant(weight)),
  );
  const width = (words.length * (2 ** BITS - 1)).toString(2).length;
  const bits = Array.from({ length: width }, (_, i) => allocBit(cs, `bit ${i}`, v.bits(value, i, 1)));
  const packed = cs.lc();
  bits.forEach((bit, i) => packed.add(bit, 1n << BigInt(i)));
  equalities.enforceEqual(width, sum, packed);
  return bits.slice(0, BITS).map(literal);
}
