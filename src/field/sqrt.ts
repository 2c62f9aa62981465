import type { PrimeField } from './field.ts';

/** Bits of a discrete logarithm that one table look-up gives. */
const WINDOW_BITS = 8;

/** A square root of a, or undefined if a is no square. */
export type SquareRoot = (a: bigint) => bigint | undefined;

/** Square roots in the prime field `F`: one exponentiation, and little more whatever p is. */
export function squareRoot(F: PrimeField): SquareRoot {
  const p = F.p;
  if ((p & 3n) === 3n) {
    const e = (p + 1n) / 4n;
    return (a) => {
      const root = F.pow(a, e);
      return (root * root) % p === a ? root : undefined;
    };
  }
  return tonelliShanks(F);
}

/**
 * Tonelli-Shanks for p - 1 = q 2^s with a large s (32 for Pasta), where the textbook's loop takes s^2 / 2 squarings. Instead,
 * the logarithm of a^q to the base g, of order 2^s, is read from tables, 8 bits at a time: Pohlig-Hellman, as in
 * P. Sarkar, "Computing Square Roots Faster than the Tonelli-Shanks/Bernstein Algorithm", https://eprint.iacr.org/2020/1407.
 */
function tonelliShanks(F: PrimeField): SquareRoot {
  const p = F.p;
  let q = p - 1n;
  let s = 0;
  for (; (q & 1n) === 0n; s++) q >>= 1n;
  let nonResidue = 2n;
  while (F.isSquare(nonResidue)) nonResidue++;

  const width = Math.min(WINDOW_BITS, s);
  const size = 1 << width;
  const g = F.pow(nonResidue, q);
  // inverse[k][j] = g^(-j 2^(k width)), and logarithm(h^j) = j for h = g^(2^(s - width)), which has order `size`
  const inverse: bigint[][] = [];
  for (let base = F.inv(g), offset = 0; offset < s; offset += width) {
    const powers = powersOf(base, size, p);
    inverse.push(powers);
    base = (powers[size - 1] * base) % p;
  }
  const logarithm = new Map(powersOf(F.pow(g, 1n << BigInt(s - width)), size, p).map((h, j) => [h, j]));

  return (a) => {
    if (a === 0n) return 0n;
    const w = F.pow(a, (q - 1n) / 2n);
    let root = (a * w) % p;
    let b = (root * w) % p; // a^q = g^e; the root is root g^(-e/2)
    let halves = 0; // the bit that e/2 takes over from the window above
    const digits: number[] = [];
    for (let k = 0, offset = 0; offset < s; k++, offset += width) {
      let power = b;
      for (let i = offset + width; i < s; i++) power = (power * power) % p;
      const digit = logarithm.get(power)! >> Math.max(0, offset + width - s);
      if (k === 0 && (digit & 1) === 1) return undefined;
      digits.push(digit);
      b = (b * inverse[k][digit]) % p;
    }
    for (let k = digits.length - 1; k >= 0; k--) {
      root = (root * inverse[k][(halves << (width - 1)) | (digits[k] >> 1)]) % p;
      halves = digits[k] & 1;
    }
    return root;
  };
}

/** 1, base, ..., base^(n - 1) */
function powersOf(base: bigint, n: number, p: bigint): bigint[] {
  const powers = [1n];
  while (powers.length < n) powers.push((powers[powers.length - 1] * base) % p);
  return powers;
}
