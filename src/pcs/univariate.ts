/**
 * Univariate polynomials on the host, by their coefficients, lowest first: Mercury's have about as many as the square root of
 * the committed polynomial. The zero polynomial has none, or zeros.
 */
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';

/** p(x). */
export function evaluateAt(F: PrimeField, p: readonly bigint[], x: bigint): bigint {
  return p.reduceRight((value, c) => F.add(F.mul(value, x), c), 0n);
}

/** The sum of c p over all terms. */
export function linearCombination(
  F: PrimeField,
  terms: readonly (readonly [c: bigint, p: readonly bigint[]])[],
): bigint[] {
  const out = Array.from({ length: Math.max(0, ...terms.map(([, p]) => p.length)) }, () => 0n);
  for (const [c, p] of terms) for (const [i, p_i] of p.entries()) out[i] = F.add(out[i], F.mul(c, p_i));
  return out;
}

/** (X - a) p. */
export function timesLinear(F: PrimeField, p: readonly bigint[], a: bigint): bigint[] {
  return Array.from({ length: p.length + 1 }, (_, i) => F.sub(p[i - 1] ?? 0n, F.mul(a, p[i] ?? 0n)));
}

/** (p - p(a)) / (X - a). */
export function overLinear(F: PrimeField, p: readonly bigint[], a: bigint): bigint[] {
  const out = Array.from({ length: Math.max(0, p.length - 1) }, () => 0n);
  for (let i = out.length - 1; i >= 0; i--) out[i] = F.add(F.mul(a, out[i + 1] ?? 0n), p[i + 1]);
  return out;
}

/** The polynomial of degree below xs.length that has the value ys[i] at xs[i]. @throws {@link NovaError} `DivisionByZero` if two xs are equal */
export function interpolate(F: PrimeField, xs: readonly bigint[], ys: readonly bigint[]): bigint[] {
  // Newton: each point corrects what the ones before it give, by a multiple of the product that vanishes at them
  let p: bigint[] = [];
  let vanishing = [1n];
  for (const [i, x] of xs.entries()) {
    const missing = F.sub(ys[i], evaluateAt(F, p, x));
    p = linearCombination(F, [
      [1n, p],
      [F.mul(missing, F.inv(evaluateAt(F, vanishing, x))), vanishing],
    ]);
    vanishing = timesLinear(F, vanishing, x);
  }
  return p;
}

/**
 * The coefficients of the sum of c a b over all terms, by Fourier transforms of the given size.
 *
 * @param size a power of two, more than the degree of every a b
 * @throws {@link NovaError} `InvalidArgument` if the field has no root of unity of this order
 */
export function sumOfProducts(
  F: PrimeField,
  terms: readonly (readonly [c: bigint, a: readonly bigint[], b: readonly bigint[]])[],
  size: number,
): bigint[] {
  const root = rootOfUnity(F, size);
  const values = Array.from({ length: size }, () => 0n);
  for (const [c, a, b] of terms) {
    const [fa, fb] = [a, b].map((p) => transform(F, p, size, root));
    for (let i = 0; i < size; i++) values[i] = F.add(values[i], F.mul(c, F.mul(fa[i], fb[i])));
  }
  const scale = F.inv(F.reduce(BigInt(size)));
  return transform(F, values, size, F.inv(root)).map((x) => F.mul(scale, x));
}

/** An element of order `size`, a power of two. */
function rootOfUnity(F: PrimeField, size: number): bigint {
  const [quotient, rest] = [(F.p - 1n) / BigInt(size), (F.p - 1n) % BigInt(size)];
  if (rest !== 0n) {
    throw new NovaError('InvalidArgument', `${F.name} has no root of unity of order ${size}`);
  }
  // the power of an element that is no square has the whole order
  let c = 2n;
  while (F.isSquare(c)) c++;
  return F.pow(c, quotient);
}

/** p at all powers of root, which has the order `size`: decimation in time. */
function transform(F: PrimeField, p: readonly bigint[], size: number, root: bigint): bigint[] {
  const bits = Math.log2(size);
  const out = Array.from({ length: size }, (_, i) => p[reverseBits(i, bits)] ?? 0n);
  const roots = [1n];
  while (roots.length < size / 2) roots.push(F.mul(roots[roots.length - 1], root));
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let block = 0; block < size; block += 2 * half) {
      for (let i = block; i < block + half; i++) {
        const [low, high] = [out[i], F.mul(out[i + half], roots[(i - block) * stride])];
        out[i] = F.add(low, high);
        out[i + half] = F.sub(low, high);
      }
    }
  }
  return out;
}

function reverseBits(i: number, bits: number): number {
  let out = 0;
  for (let k = 0; k < bits; k++) out = 2 * out + ((i >>> k) & 1);
  return out;
}
