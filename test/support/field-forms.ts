import type { PrimeField } from '../../src/field/field.ts';
import {
  bn256Base,
  grumpkinBase,
  pallasBase,
  secp256k1Base,
  secq256k1Base,
  vestaBase,
} from '../../src/field/fields.ts';
import { curveForms, FORMS } from '../../src/backend/webgpu/codegen/forms.ts';
import { montgomeryRadix, storedBound, type Layout } from '../../src/backend/webgpu/codegen/layout.ts';
import { elementsOf } from './lanes.ts';

/** 3b of the curve over each field, a small signed integer. */
export const B3: ReadonlyMap<PrimeField, number> = new Map([
  [pallasBase, 15],
  [vestaBase, 15],
  [bn256Base, 9],
  [grumpkinBase, -51],
  [secp256k1Base, 21],
  [secq256k1Base, 21],
]);

/** What a field function must return, said apart from the generator: `value`, times R where `quotient` is set. */
export interface FormOracle {
  readonly arity: number;
  /** The result is value / R. */
  readonly quotient: boolean;
  /** The result is below p (canonical), below 2p (product), or at most the stored bound. */
  readonly range: 'canonical' | 'product' | 'stored';
  readonly value: (R: bigint, x: readonly bigint[]) => bigint;
}

const quotient = (arity: number, value: FormOracle['value'], range: FormOracle['range']): FormOracle => {
  return { arity, quotient: true, range, value };
};
const sum = (arity: number, value: FormOracle['value'], range: FormOracle['range']): FormOracle => {
  return { arity, quotient: false, range, value };
};

/** Names of all functions that {@link formOracles} knows, which is all of the library's. */
export const formNames: readonly string[] = [...Object.keys(FORMS), ...Object.keys(curveForms(1))];

/** The largest integer that a function takes. */
export function inputMax(F: PrimeField, name: string): bigint {
  return name === 'to_mont' ? (1n << 256n) - 1n : storedBound(F);
}

/** All functions of the library by name, without `fe_`; `b3` is 3b of the curve. */
export function formOracles(b3: bigint): Readonly<Record<string, FormOracle>> {
  return {
    mul: quotient(2, (_R, [a, b]) => a! * b!, 'product'),
    sqr: quotient(1, (_R, [a]) => a! * a!, 'product'),
    sqr3: quotient(1, (_R, [a]) => 3n * a! * a!, 'product'),
    mul_canon: quotient(2, (_R, [a, b]) => a! * b!, 'canonical'),
    add: sum(2, (_R, [a, b]) => a! + b!, 'stored'),
    sub: sum(2, (_R, [a, b]) => a! - b!, 'stored'),
    neg: sum(1, (_R, [a]) => -a!, 'stored'),
    double: sum(1, (_R, [a]) => 2n * a!, 'stored'),
    add_canon: sum(2, (_R, [a, b]) => a! + b!, 'canonical'),
    sub_canon: sum(2, (_R, [a, b]) => a! - b!, 'canonical'),
    neg_canon: sum(1, (_R, [a]) => -a!, 'canonical'),
    canon: sum(1, (_R, [a]) => a!, 'canonical'),
    to_mont: sum(1, (R, [a]) => a! * R, 'product'),
    from_mont: quotient(1, (_R, [a]) => a!, 'canonical'),
    sub_mul: quotient(3, (_R, [a, b, c]) => (a! - b!) * c!, 'product'),
    x3: quotient(3, (R, [l, a, b]) => l! * l! - (a! + b!) * R, 'stored'),
    y3: quotient(4, (R, [l, a, b, c]) => l! * (a! - b!) - c! * R, 'stored'),
    mul_add: quotient(3, (R, [a, b, c]) => a! * b! + c! * R, 'stored'),
    mul_add_canon: quotient(3, (R, [a, b, c]) => a! * b! + c! * R, 'canonical'),
    dot: quotient(4, (_R, [a, b, c, d]) => a! * b! + c! * d!, 'product'),
    dot_canon: quotient(4, (_R, [a, b, c, d]) => a! * b! + c! * d!, 'canonical'),
    bind_canon: quotient(3, (R, [a, b, c]) => (a! - b!) * c! + b! * R, 'canonical'),
    det: quotient(4, (_R, [a, b, c, d]) => a! * b! - c! * d!, 'product'),
    dot3: quotient(4, (_R, [a, b, c, d]) => a! * b! + 3n * c! * d!, 'product'),
    cross: quotient(6, (R, [a, b, c, d, e, f]) => (a! + b!) * (c! + d!) - (e! + f!) * R, 'stored'),
    times_b3: sum(1, (_R, [a]) => b3 * a!, 'stored'),
    plus_b3: sum(2, (_R, [a, b]) => a! + b3 * b!, 'stored'),
    minus_b3: sum(2, (_R, [a, b]) => a! - b3 * b!, 'stored'),
  };
}

/** The largest result that a range allows. */
export function rangeMax(F: PrimeField, range: FormOracle['range']): bigint {
  const bound = storedBound(F);
  if (range === 'canonical') return F.p - 1n;
  return range === 'product' && 2n * F.p - 1n < bound ? 2n * F.p - 1n : bound;
}

/** A check that throws unless `got` is what the function promises for the arguments `x`. */
export function resultCheck(
  F: PrimeField,
  layout: Layout,
  { quotient, range, value }: FormOracle,
): (x: readonly bigint[], got: bigint) => void {
  const R = montgomeryRadix(layout);
  const shift = quotient ? BigInt(R.toString(2).length - 1) : 0n;
  const max = rangeMax(F, range);
  return (x, got) => {
    if (((got << shift) - value(R, x)) % F.p !== 0n || got > max) {
      throw new Error(`${F.name} ${layout.name}: ${got} for ${x.join(', ')}`);
    }
  };
}

/** Integers up to `max` where limbs, words and multiples of p end, the largest ones among them. */
export function edgeIntegers(F: PrimeField, layout: Layout, max: bigint): bigint[] {
  const edges = new Set([0n, 1n, 2n, max, max - 1n, max >> 1n, max - (max >> 3n)]);
  for (let multiple = F.p; multiple <= max + 1n; multiple += F.p) {
    for (const around of [-1n, 0n, 1n]) edges.add(multiple + around);
  }
  let alternating = 0n;
  for (let i = 0; layout.bits * i < 256; i++) {
    const unit = 1n << BigInt(layout.bits * i);
    edges
      .add(unit)
      .add(unit - 1n)
      .add(max - (max % unit))
      .add(max - unit);
    if (i % 2 === 0) alternating |= unit * ((1n << BigInt(layout.bits)) - 1n);
  }
  edges.add(alternating).add(alternating >> BigInt(layout.bits));
  for (let k = 1n; k < 8n; k++) edges.add((1n << (32n * k)) - 1n).add(1n << (32n * k));
  return [...edges].filter((x) => x >= 0n && x <= max);
}

/** Deterministic integers up to `max`, the same for the same seed. */
export function spreadIntegers(seed: number, count: number, max: bigint): bigint[] {
  const words = new Uint32Array(8 * count);
  for (let i = 0; i < words.length; i++) words[i] = scrambled(seed + i);
  return elementsOf(new Uint8Array(words.buffer)).map((x) => x % (max + 1n));
}

/** A permutation of the 32-bit integers without visible structure (the finaliser of MurmurHash3). */
function scrambled(i: number): number {
  let x = i | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
