/*
 * The WGSL library of a prime field: what kernels may call. `fieldLibrary(F, layout, { text, b3 })` returns the text to
 * put in front of a kernel's own; with `text` (the kernel) only the functions that it names are in it.
 *
 * A stored element is `struct Fe { lo: vec4<u32>, hi: vec4<u32> }`: 32 bytes, little-endian words, so that a binding may be
 * `array<Fe>`. It stands for an integer v; R = 2^(bits * steps) of the layout. Unless said otherwise
 *   inputs  are any v <= B, the stored bound of the field: floor(2.25 p) for the Pasta, BN254 and Grumpkin fields ("lazy"),
 *           p - 1 for the two of secp256k1, whose primes leave no room in 256 bits;
 *   outputs are <= B again, congruent mod p to the formula. "canon" says: < p.
 * `/R` is the Montgomery quotient: mul(xR, yR) = xyR and mul(xR, y) = xy, so that one constant in Montgomery form keeps
 * standard integers standard, and a product of two standard integers wants one more factor FE_R2.
 *
 *   function                          value                        output    remarks
 *   fe_mul(a, b)                      a b /R                       product   product: < 2p and <= B
 *   fe_sqr(a)                         a^2 /R                       product
 *   fe_sqr3(a)                        3 a^2 /R                     product   numerator of a doubling's slope
 *   fe_mul_canon(a, b)                a b /R                       canon
 *   fe_add(a, b)  fe_sub(a, b)        a + b, a - b                 <= B
 *   fe_neg(a)     fe_double(a)        -a, 2a                       <= B      fe_neg(0) is congruent to 0, not its words
 *   fe_add_canon  fe_sub_canon        a + b, a - b                 canon     inputs <= B
 *   fe_neg_canon(a)                   -a                           canon     of 0: 0
 *   fe_canon(a)                       a                            canon
 *   fe_to_mont(a)                     a R                          product   a: any 256-bit integer
 *   fe_from_mont(a)                   a /R                         canon
 *   fe_sub_mul(a, b, c)               (a - b) c /R                 product
 *   fe_x3(l, a, b)                    l^2 /R - a - b               <= B      x of an affine sum of slope l
 *   fe_y3(l, a, b, c)                 l (a - b) /R - c             <= B      y of it: l (x1 - x3) - y1
 *   fe_mul_add(a, b, c)               a b /R + c                   <= B
 *   fe_mul_add_canon(a, b, c)         a b /R + c                   canon
 *   fe_dot(a, b, c, d)                (a b + c d) /R               product   one reduction for two products
 *   fe_dot_canon(a, b, c, d)          (a b + c d) /R               canon
 *   fe_bind_canon(a, b, c)            (a - b) c /R + b             canon
 *   fe_det(a, b, c, d)                (a b - c d) /R               product
 *   fe_dot3(a, b, c, d)               (a b + 3 c d) /R             product
 *   fe_cross(a, b, c, d, e, f)        (a + b)(c + d) /R - e - f    <= B
 *   fe_times_b3(a)                    3b a                         <= B      these three with option b3 = 3b, b of the
 *   fe_plus_b3(a, b)                  a + 3b b                     <= B      curve y^2 = x^3 + b, a small signed integer
 *   fe_minus_b3(a, b)                 a - 3b b                     <= B
 *   fe_inv(a)                         R^2 / a                      product   Montgomery in, Montgomery out; 0 for 0 (mod p)
 *
 *   fe_same(a, b) -> bool             equal words
 *   fe_no_words(a) -> bool            all words zero (how an identity is marked)
 *   fe_is_zero(a) -> bool             a = 0 mod p, a <= B
 *   fe_is_zero_product(a) -> bool     a = 0 mod p, a < 2p (a "product"): cheaper
 *   fe_eq(a, b) -> bool               a = b mod p, canonicalises both
 *   fe_select(no, yes, c) -> Fe       c ? yes : no
 *   FE_ZERO FE_ONE FE_P FE_R2         0, R mod p, p, R^2 mod p
 *
 * More forms are one line each in `forms.ts`.
 */
import { NovaError } from '../../../errors.ts';
import type { PrimeField } from '../../../field/field.ts';
import { Emitter, type OperationCounts, type Operation, type Value } from './emitter.ts';
import { curveForms, FORMS, parseSum, type Form } from './forms.ts';
import { inverseFunction } from './inverse.ts';
import { ELEMENT_BITS, montgomeryRadix, storedBound, type Layout } from './layout.ts';
import { LimbArithmetic, type Factors, type Limbs, type SignedLimbs } from './limbs.ts';
import { elementLiteral, fieldConstants, fieldPredicates } from './words.ts';

/** What to put into a library. */
export interface LibraryOptions {
  /** The kernel that will follow: only the functions that it names, and what those call, are written. Default: all. */
  readonly text?: string;
  /** 3b of the curve y^2 = x^3 + b, for `fe_times_b3` and its like; without it, they are not there. */
  readonly b3?: number;
}

/** A function of the library, with what was proved about it. */
export interface FieldFunction {
  /** Name in WGSL, `fe_mul`. */
  readonly name: string;
  readonly code: string;
  /** The parameters and the largest integer that each may be. */
  readonly parameters: readonly { readonly name: string; readonly max: bigint }[];
  /** The largest integer that it returns. */
  readonly max: bigint;
  readonly counts: OperationCounts;
  /** The straight-line code behind `code`, for checks of the intervals; `words` is the result. */
  readonly operations: readonly Operation[];
  readonly words: readonly Value[];
}

/**
 * The WGSL text that defines `Fe` and its functions for a field: the table at the head of this file.
 *
 * @throws {@link NovaError} `InvalidArgument` if the layout could overflow a word or cannot hold the field's values
 * @example
 * const code = fieldLibrary(pallasBase, DEFAULT_LAYOUT, { text: kernel }) + kernel;
 */
export function fieldLibrary(F: PrimeField, layout: Layout, options: LibraryOptions = {}): string {
  const { text, b3 } = options;
  const parts = new Map<string, () => string>([
    ...[...Object.keys(FORMS), ...(b3 === undefined ? [] : Object.keys(curveForms(b3)))].map(
      (form) => [`fe_${form}`, () => fieldFunction(F, layout, form, b3).code] as const,
    ),
    ['fe_inv', () => inverseFunction(F, layout).code],
    ...[...fieldPredicates(F)].map(([name, code]) => [name, () => code] as const),
    ...[...fieldConstants(F, layout)].map(
      ([name, x]) => [name, () => `const ${name} = ${elementLiteral(x)};`] as const,
    ),
  ]);
  const chosen = new Map<string, string>();
  const choose = (name: string): void => {
    const part = parts.get(name);
    if (!part || chosen.has(name)) return;
    chosen.set(name, ''); // nothing calls itself: a place in the order
    const code = part();
    namesIn(code).forEach(choose);
    chosen.set(name, code);
  };
  (text === undefined ? [...parts.keys()] : namesIn(text)).forEach(choose);
  return ['struct Fe { lo: vec4<u32>, hi: vec4<u32> }', ...chosen.values(), ''].join('\n');
}

function namesIn(code: string): string[] {
  return code.replace(/\/\/.*/g, '').match(/\b(fe_[a-z]|FE_[A-Z])\w*/g) ?? [];
}

/** Functions are the same for every kernel of a field; making one takes milliseconds. */
const made: WeakMap<PrimeField, Map<string, FieldFunction>> = /* @__PURE__ */ new WeakMap();

/**
 * The function of one form, by its name in `forms.ts`.
 *
 * @throws {@link NovaError} `InvalidArgument` if the layout could overflow a word or cannot hold the field's values, or there
 * is no such form
 */
export function fieldFunction(F: PrimeField, layout: Layout, name: string, b3?: number): FieldFunction {
  const form = FORMS[name] ?? (b3 === undefined ? undefined : curveForms(b3)[name]);
  if (!form) throw new NovaError('InvalidArgument', `there is no field function of the name ${name}`);
  const functions = made.get(F) ?? new Map<string, FieldFunction>();
  made.set(F, functions);
  const key = JSON.stringify([layout, form]);
  let found = functions.get(key);
  if (!found) functions.set(key, (found = shortest(F, layout, name, form)));
  return found;
}

/** How a factor that is a sum is prepared: taken as it is, carried, or reduced. */
const PREPARATIONS = ['none', 'carry', 'reduce'] as const;
type Preparation = (typeof PREPARATIONS)[number];

/** Limbs above 2^w cost splits of the columns' sums, a carry pass costs three operations a limb: all ways are tried. */
function shortest(F: PrimeField, layout: Layout, name: string, form: Form): FieldFunction {
  let best: FieldFunction | undefined;
  let failure: unknown;
  const isSum = (sum: string | undefined): boolean => sum !== undefined && !/^[a-z]\w*$/i.test(sum);
  const ways = (...sums: (string | undefined)[]): readonly Preparation[] =>
    form.y !== undefined && sums.some(isSum) ? PREPARATIONS : ['none'];
  for (const x of ways(form.x, form.x2)) {
    for (const y of ways(form.y, form.y2)) {
      try {
        const candidate = build(F, layout, name, form, x, y);
        if (!best || candidate.operations.length < best.operations.length) best = candidate;
      } catch (cause) {
        if (!(cause instanceof NovaError)) throw cause;
        failure = cause;
      }
    }
  }
  if (!best) throw failure;
  return best;
}

function build(
  F: PrimeField,
  layout: Layout,
  name: string,
  form: Form,
  prepareX: Preparation,
  prepareY: Preparation,
): FieldFunction {
  const emitter = new Emitter();
  const arithmetic = new LimbArithmetic(emitter, F, layout);
  const bound = storedBound(F);
  const inputMax = form.anyInput ? (1n << BigInt(ELEMENT_BITS)) - 1n : bound;
  const constants: Record<string, Limbs> = {
    R2: arithmetic.constant(F.reduce(montgomeryRadix(layout) ** 2n)),
    ONE: arithmetic.constant(1n),
  };
  const parameters = new Map<string, Limbs>();
  const parameter = (of: string): Limbs => {
    const known = constants[of] ?? parameters.get(of);
    if (known) return known;
    const unpacked = arithmetic.unpack(of, inputMax);
    parameters.set(of, unpacked);
    return unpacked;
  };
  const sum = (text: string): Limbs => {
    const terms = parseSum(text).map(({ negative, factor, name: of }): SignedLimbs => {
      const value = factor === 1n ? parameter(of) : arithmetic.scale(parameter(of), factor);
      return { ...value, negative };
    });
    return terms.length === 1 && !terms[0]!.negative ? terms[0]! : arithmetic.sum(terms);
  };
  /** What the result may be without, or before, the last subtraction of p: 2 p - 1, or for sums B. */
  const isProduct = form.y !== undefined && form.z === undefined;
  const target = form.canonical || isProduct || bound < F.p ? 2n * F.p - 1n : bound;
  const factor = (text: string, how: Preparation): Limbs => {
    const value = sum(text);
    if (how === 'carry') return arithmetic.carry(value);
    return how === 'reduce' ? arithmetic.reduce(value, target, false) : value;
  };
  const factors = (x: string, y: string): Factors => {
    const first = factor(x, prepareX);
    return [first, x === y ? first : factor(y, prepareY)];
  };

  let result: Limbs;
  if (form.y === undefined) {
    const value = sum(form.x);
    result = value.max <= target ? arithmetic.carry(value) : arithmetic.reduce(value, target, false);
  } else {
    const products = [factors(form.x, form.y)];
    if (form.x2 !== undefined && form.y2 !== undefined) products.push(factors(form.x2, form.y2));
    result = arithmetic.montgomery(products, form.z === undefined ? undefined : sum(form.z));
    if (result.max > target) result = arithmetic.reduce(result, target, true);
  }
  if (form.canonical || bound < F.p) result = arithmetic.canonical(result);
  const { text, words } = arithmetic.pack(result);
  const names = [...parameters.keys()];
  return {
    name: `fe_${name}`,
    code: [
      `fn fe_${name}(${names.map((of) => `${of}: Fe`).join(', ')}) -> Fe {`,
      ...emitter.lines().map((line) => `  ${line}`),
      `  return ${text};`,
      '}',
    ].join('\n'),
    parameters: names.map((of) => ({ name: of, max: inputMax })),
    max: result.max,
    counts: emitter.counts(),
    operations: emitter.operations,
    words,
  };
}
