/**
 * What a generated function computes: `x y /R + x2 y2 /R + z`, or the sum `x` alone. Each part is a sum of parameters with
 * small integer factors, `a-b` or `3c`; `R2` and `ONE` are the constants R^2 mod p and 1. The parameters are, in order of their
 * first appearance in x, y, x2, y2, z, those of the function.
 */
export interface Form {
  readonly x: string;
  readonly y?: string;
  readonly x2?: string;
  readonly y2?: string;
  readonly z?: string;
  /** The result is below p; without it, at most the stored bound. */
  readonly canonical?: boolean;
  /** Inputs are any 256-bit integers. */
  readonly anyInput?: boolean;
}

/** The generated functions by name, without `fe_`. Their bounds stand in `field.ts`. */
export const FORMS: Readonly<Record<string, Form>> = {
  mul: { x: 'a', y: 'b' },
  sqr: { x: 'a', y: 'a' },
  sqr3: { x: '3a', y: 'a' },
  mul_canon: { x: 'a', y: 'b', canonical: true },
  add: { x: 'a+b' },
  sub: { x: 'a-b' },
  neg: { x: '-a' },
  double: { x: '2a' },
  add_canon: { x: 'a+b', canonical: true },
  sub_canon: { x: 'a-b', canonical: true },
  neg_canon: { x: '-a', canonical: true },
  canon: { x: 'a', canonical: true },
  to_mont: { x: 'a', y: 'R2', anyInput: true },
  from_mont: { x: 'a', y: 'ONE', canonical: true },
  // an affine addition has no separate addition or subtraction left
  sub_mul: { x: 'a-b', y: 'c' },
  x3: { x: 'l', y: 'l', z: '-a-b' },
  y3: { x: 'l', y: 'a-b', z: '-c' },
  mul_add: { x: 'a', y: 'b', z: 'c' },
  mul_add_canon: { x: 'a', y: 'b', z: 'c', canonical: true },
  dot: { x: 'a', y: 'b', x2: 'c', y2: 'd' },
  dot_canon: { x: 'a', y: 'b', x2: 'c', y2: 'd', canonical: true },
  // a multilinear polynomial between its values b at 0 and a at 1
  bind_canon: { x: 'a-b', y: 'c', z: 'b', canonical: true },
  det: { x: 'a', y: 'b', x2: '-c', y2: 'd' },
  dot3: { x: 'a', y: 'b', x2: '3c', y2: 'd' },
  cross: { x: 'a+b', y: 'c+d', z: '-e-f' },
};

/** The forms that need 3b of the curve y^2 = x^3 + b, a small signed integer. */
export function curveForms(b3: number): Readonly<Record<string, Form>> {
  const [plus, minus] = b3 < 0 ? ['-', '+'] : ['+', '-'];
  const size = Math.abs(b3);
  return {
    times_b3: { x: `${plus}${size}a` },
    plus_b3: { x: `a${plus}${size}b` },
    minus_b3: { x: `a${minus}${size}b` },
  };
}

/** A term of a sum. */
export interface Term {
  readonly negative: boolean;
  readonly factor: bigint;
  readonly name: string;
}

/** The terms of a sum such as `a-b` or `-51a`. */
export function parseSum(sum: string): Term[] {
  return [...sum.matchAll(/([+-]?)(\d*)([A-Za-z]\w*)/g)].map(([, sign, factor, name]) => ({
    negative: sign === '-',
    factor: BigInt(factor || 1),
    name: name!,
  }));
}
