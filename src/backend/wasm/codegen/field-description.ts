/**
 * What the kernel generators know about a prime field. Everything follows from the modulus; nothing here is typed in.
 */
import { NovaError } from '../../../errors.ts';
import type { PrimeField } from '../../../field/field.ts';

/** Bits of a limb: products of two limbs leave room to add up several of them in 64 bits. */
export const LIMB_BITS = 29;
/** Limbs of an element: 9 x 29 = 261 bits, five more than the widest modulus. */
export const LIMBS = 9;
/** 2^29 - 1. */
export const LIMB_MASK: bigint = /* @__PURE__ */ (() => (1n << BigInt(LIMB_BITS)) - 1n)();
/** Bytes from one unpacked element to the next: 9 limbs as u32, padded so that addresses stay multiples of 8. */
export const ELEMENT_STRIDE = 40;

/** Most bits of a modulus. Two operands below 4p then still multiply to less than R p, see `scalar-field.ts`. */
const MAX_MODULUS_BITS = 256;

/** A prime field as 9 limbs of 29 bits, with Montgomery's constants for R = 2^261. */
export interface FieldDescription {
  readonly F: PrimeField;
  readonly limbBits: typeof LIMB_BITS;
  readonly limbs: typeof LIMBS;
  /** The modulus, as limbs from 0 to 2^29 - 1, least significant first. */
  readonly p: readonly bigint[];
  /**
   * The modulus again, as digits from -2^28 + 1 to 2^28 (the top one takes the rest): runs of ones become zeros. Pasta and
   * secp256k1 have three to five digits other than zero, several of them powers of two.
   */
  readonly pDigits: readonly bigint[];
  /** -1/p mod 2^29. */
  readonly pInv: bigint;
  /** 2^261. */
  readonly R: bigint;
  /** R mod p: one, in Montgomery form. */
  readonly one: bigint;
  /** R^2 mod p: what takes an element into Montgomery form. */
  readonly R2: bigint;
}

const descriptions = /* @__PURE__ */ new WeakMap<PrimeField, FieldDescription>();

/** The description of a field, made once. @throws {@link NovaError} `InvalidArgument` for moduli beyond 256 bits */
export function describeField(F: PrimeField): FieldDescription {
  let description = descriptions.get(F);
  if (description === undefined) descriptions.set(F, (description = describe(F)));
  return description;
}

function describe(F: PrimeField): FieldDescription {
  if (F.bits > MAX_MODULUS_BITS || F.p % 2n === 0n) {
    throw new NovaError(
      'InvalidArgument',
      `kernels need an odd modulus of at most ${MAX_MODULUS_BITS} bits; ${F.name} has another one`,
    );
  }
  const R = 1n << BigInt(LIMB_BITS * LIMBS);
  return {
    F,
    limbBits: LIMB_BITS,
    limbs: LIMBS,
    p: toLimbs(F.p),
    pDigits: toDigits(F.p),
    pInv: -inverseModPowerOfTwo(F.p, LIMB_BITS) & LIMB_MASK,
    R,
    one: R % F.p,
    R2: (R * R) % F.p,
  };
}

/** x >= 0 as limbs from 0 to 2^29 - 1, least significant first; the last one takes the rest. */
export function toLimbs(x: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, i) => {
    const rest = x >> BigInt(LIMB_BITS * i);
    return i < LIMBS - 1 ? rest & LIMB_MASK : rest;
  });
}

/** The number that limbs of any size and sign stand for. */
export function fromLimbs(limbs: readonly bigint[]): bigint {
  return limbs.reduceRight((x, limb) => (x << BigInt(LIMB_BITS)) + limb, 0n);
}

/** x >= 0 as signed digits from -2^28 + 1 to 2^28, the last one takes the rest. */
function toDigits(x: bigint): bigint[] {
  const digits: bigint[] = [];
  let rest = x;
  for (let i = 0; i < LIMBS - 1; i++) {
    let digit = rest & LIMB_MASK;
    if (digit > 1n << BigInt(LIMB_BITS - 1)) digit -= 1n << BigInt(LIMB_BITS);
    digits.push(digit);
    rest = (rest - digit) >> BigInt(LIMB_BITS);
  }
  return [...digits, rest];
}

/** 1/x mod 2^bits for odd x, by Newton's iteration: each step doubles the number of right bits. */
export function inverseModPowerOfTwo(x: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let right = 1; right < bits; right *= 2) inverse = BigInt.asUintN(bits, inverse * (2n - x * inverse));
  return inverse;
}
