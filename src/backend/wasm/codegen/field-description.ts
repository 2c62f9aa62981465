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

/** Widths of a modulus. Kernels count on R being at least 32 p, and on the top limb of p having 21 bits at least. */
const MIN_MODULUS_BITS = 253;
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
  /**
   * A multiple of p that is 1 or -1 mod 2^29, as ten digits like those of p: p itself if its lowest digit is 1, else
   * p (-1/p mod 2^29). Reducing with it needs no multiplication to find the quotient's digit.
   */
  readonly unitDigits: readonly bigint[];
  /** 2^261. */
  readonly R: bigint;
  /** R mod p: one, in Montgomery form. */
  readonly one: bigint;
  /** R^2 mod p: what takes an element into Montgomery form. */
  readonly R2: bigint;
}

const descriptions = /* @__PURE__ */ new WeakMap<PrimeField, FieldDescription>();

/** The description of a field, made once. @throws {@link NovaError} `InvalidArgument` if the modulus is even or has not 253 to 256 bits */
export function describeField(F: PrimeField): FieldDescription {
  let description = descriptions.get(F);
  if (description === undefined) descriptions.set(F, (description = describe(F)));
  return description;
}

function describe(F: PrimeField): FieldDescription {
  if (F.bits < MIN_MODULUS_BITS || F.bits > MAX_MODULUS_BITS || F.p % 2n === 0n) {
    throw new NovaError(
      'InvalidArgument',
      `kernels need an odd modulus of ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits; ${F.name} has another one`,
    );
  }
  const R = 1n << BigInt(LIMB_BITS * LIMBS);
  const pDigits = toDigits(F.p, LIMBS);
  const pInv = -inverseModPowerOfTwo(F.p, LIMB_BITS) & LIMB_MASK;
  return {
    F,
    limbBits: LIMB_BITS,
    limbs: LIMBS,
    p: toLimbs(F.p),
    pDigits,
    pInv,
    unitDigits: pDigits[0] === 1n ? [...pDigits, 0n] : toDigits(F.p * pInv, LIMBS + 1),
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

/** x >= 0 as n signed digits from -2^28 + 1 to 2^28, the last one takes the rest. */
function toDigits(x: bigint, n: number): bigint[] {
  const digits: bigint[] = [];
  let rest = x;
  for (let i = 0; i < n - 1; i++) {
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
