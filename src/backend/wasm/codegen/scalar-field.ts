/**
 * Code for one field element at a time, in 64-bit integer arithmetic: an element is 9 limbs of 29 bits, each in an i64, in
 * Montgomery form with R = 2^261 (P. L. Montgomery, "Modular multiplication without trial division", 1985).
 *
 * Unless a method says otherwise, operands and results are below 2p with *normalised* limbs (0 <= limb < 2^29). Since
 * R >= 32 p there is room: a product of operands below 2p comes out below 5/4 p.
 *
 * Products are added up by columns (product scanning). A column of the product of two elements is below 9 2^58 < 2^61.2;
 * what the reduction adds is below 9 2^29 2^28 in magnitude, since the digits of p are signed; carries are below 2^35. So
 * one product stays below 2^62, and everything is signed.
 */
import { i64, load, op, select, type Expr, type Func, type Local } from './assembler.ts';
import { LIMB_BITS, LIMB_MASK, LIMBS, toLimbs, type FieldDescription } from './field-description.ts';

/** The limbs of an element, least significant first. */
export type Element = readonly Local[];

/** Columns of a product of two elements. */
export const COLUMNS: number = 2 * LIMBS - 1;

/** Precision of the quotient in {@link ScalarField.shrink}: a number below 2^17 p times it stays below 2^62. */
const RECIPROCAL_BITS = 45n;

/** Bits, and bytes, of the words in which canonical elements are packed. */
const WORD_BITS = 64;
const WORD_BYTES = 8;
const WORDS = 4;

export const add = (a: Expr, b: Expr): Expr => op('i64.add', a, b);
export const sub = (a: Expr, b: Expr): Expr => op('i64.sub', a, b);
export const mul = (a: Expr, b: Expr): Expr => op('i64.mul', a, b);
export const low = (a: Expr): Expr => op('i64.and', a, i64(LIMB_MASK));
/** The part of a column above its limb, signed. */
export const high = (a: Expr): Expr => op('i64.shr_s', a, i64(BigInt(LIMB_BITS)));
/** The sum of at least one expression. */
export const sum = (terms: readonly Expr[]): Expr => terms.reduce(add);

/** Generates arithmetic in one field into functions. */
export class ScalarField {
  readonly field: FieldDescription;
  /** Limbs of 2p. */
  readonly #p2: readonly bigint[];
  /** p = 1 mod 2^29: the quotient digit is then the column itself, and q p is subtracted, not added. */
  readonly #subtractive: boolean;

  constructor(field: FieldDescription) {
    this.field = field;
    this.#p2 = toLimbs(2n * field.F.p);
    this.#subtractive = field.p[0] === 1n;
  }

  /** The limbs of the unpacked element at `address + offset`. */
  load(f: Func, address: Expr, offset = 0): Element {
    return limbIndices.map((i) => f.let(load('i64.load32_u', address, offset + 4 * i)));
  }

  /** Writes an unpacked element; its limbs must be normalised. */
  store(f: Func, address: Expr, x: readonly Expr[], offset = 0): void {
    x.forEach((limb, i) => f.store('i64.store32', address, limb, offset + 4 * i));
  }

  /** The limbs of a constant, 0 <= x < 2^261. */
  constant(x: bigint): Expr[] {
    return toLimbs(x).map(i64);
  }

  /** a b / R */
  mul(f: Func, a: readonly Expr[], b: readonly Expr[]): Element {
    return this.reduce(f, productColumns(a, b));
  }

  /** a^2 / R, with 45 limb products instead of 81. */
  sqr(f: Func, a: readonly Expr[]): Element {
    return this.reduce(f, squareColumns(a));
  }

  /**
   * Montgomery's reduction: (the number n >= 0 that the columns stand for) / R, plus a multiple of p.
   *
   * The lowest limbs are cleared by adding multiples of u p = -1 mod 2^29, for which the quotient's digit is the column's
   * own low part: two multiplications less in the chain of dependences that decides the time. The last two limbs take
   * multiples of p itself, so that the result is at most n / R + (1 + 2^-29) p. Where p = 1 mod 2^29, u = 1, and multiples
   * of p are subtracted instead; p is added to the result.
   *
   * @param columns at most 18, signed, below 2^62 in magnitude
   * @returns normalised limbs; the last one takes what is beyond 261 bits
   */
  reduce(f: Func, columns: readonly Expr[]): Element {
    const { pDigits, pInv, p, unitDigits } = this.field;
    const quotient: { digit: Local; multiple: readonly bigint[] }[] = [];
    const out: Local[] = [];
    let carry: Expr | undefined;
    for (let k = 0; k < COLUMNS; k++) {
      let x: Expr | undefined = columns[k];
      const addMultiple = (i: number): void => {
        x = this.#addMultiple(x, quotient[i].digit, quotient[i].multiple[k - i] ?? 0n);
      };
      const plus = (y: Expr | undefined): void => {
        if (y !== undefined) x = x === undefined ? y : add(x, y);
      };
      // what is known last is added last
      const newest = quotient.length - 1;
      for (let i = Math.max(0, k - LIMBS); i < newest; i++) addMultiple(i);
      if (k >= LIMBS) addMultiple(newest);
      plus(carry);
      if (k < LIMBS && k > 0) addMultiple(newest);
      // q p was subtracted: the result lies above -p
      if (k >= LIMBS && this.#subtractive) x = addConstant(x!, p[k - LIMBS]);

      const column = f.let(x!);
      carry = high(column);
      if (k >= LIMBS) {
        out.push(f.let(low(column)));
      } else if (this.#subtractive || k < LIMBS - 2) {
        // column -+ its low part
        quotient.push({ digit: f.let(low(column)), multiple: unitDigits });
      } else {
        const digit = f.let(low(mul(column, i64(pInv))));
        carry = high(this.#addMultiple(column, digit, pDigits[0]));
        quotient.push({ digit, multiple: pDigits });
      }
    }
    const top = columns.length > COLUMNS ? add(carry!, columns[COLUMNS]) : carry!;
    out.push(f.let(this.#subtractive ? addConstant(top, p[LIMBS - 1]) : top));
    return out;
  }

  /**
   * x less a multiple of p: below 5/4 p, for x from 0 to 2^17 p, given as limbs of any sign. The quotient is estimated from
   * the top limb, at most 5/4 too low: 2^17 / 2^20 for the limbs that are not looked at and the one that is added to the
   * divisor, 2^(17 + 24 - 45) for the reciprocal's error, and 1 for rounding.
   */
  shrink(f: Func, x: readonly Expr[]): Element {
    const { p } = this.field;
    const t = carried(f, x);
    const reciprocal = (1n << RECIPROCAL_BITS) / (p[LIMBS - 1] + 1n);
    const q = f.let(op('i64.shr_u', mul(t[LIMBS - 1], i64(reciprocal)), i64(RECIPROCAL_BITS)));
    return carried(
      f,
      t.map((limb, i) => (p[i] === 0n ? limb : sub(limb, mul(q, i64(p[i]))))),
    );
  }

  /** a + b */
  add(f: Func, a: Element, b: Element): Element {
    return this.lift(
      f,
      a.map((limb, i) => subConstant(add(limb, b[i]), this.#p2[i])),
      this.#p2,
    );
  }

  /** a - b */
  sub(f: Func, a: readonly Expr[], b: readonly Expr[]): Element {
    return this.lift(
      f,
      a.map((limb, i) => sub(limb, b[i])),
      this.#p2,
    );
  }

  /** -a */
  neg(f: Func, a: Element): Element {
    return this.sub(f, this.constant(0n), a);
  }

  /** a mod p, below p, for a < 2p. */
  canonical(f: Func, a: Element): Element {
    return this.lift(
      f,
      a.map((limb, i) => subConstant(limb, this.field.p[i])),
      this.field.p,
    );
  }

  /** a / R mod p, below p: from Montgomery form to standard form. a may be any number below 2^261. */
  fromMontgomery(f: Func, a: readonly Expr[]): Element {
    return this.canonical(f, this.reduce(f, a));
  }

  /** 1 if a = c mod p, for a < 2p and a constant c < p, else 0; an i32. */
  equalsConstant(f: Func, a: Element, c: bigint): Expr {
    const differs = (x: bigint): Expr =>
      toLimbs(x)
        .map((limb, i) => (limb === 0n ? a[i] : op('i64.xor', a[i], i64(limb))))
        .reduce((x, y) => op('i64.or', x, y));
    return op('i32.or', op('i64.eqz', differs(c)), op('i64.eqz', differs(c + this.field.F.p)));
  }

  /** 1 if a = 0 mod p, for a < 2p, else 0; an i32. */
  isZero(f: Func, a: Element): Expr {
    return this.equalsConstant(f, a, 0n);
  }

  /** condition ? a : b for an i32 condition, without a branch. */
  select(f: Func, condition: Expr, a: Element, b: Element): Element {
    const c = f.let(condition);
    return a.map((limb, i) => f.let(select(c, limb, b[i])));
  }

  /** The limbs of the number in the 32 bytes at `address + offset`. */
  loadWords(f: Func, address: Expr, offset = 0): Element {
    const words = Array.from({ length: WORDS }, (_, i) =>
      f.let(load('i64.load', address, offset + WORD_BYTES * i)),
    );
    return limbIndices.map((i) => {
      const word = Math.floor((LIMB_BITS * i) / WORD_BITS);
      const shift = (LIMB_BITS * i) % WORD_BITS;
      const parts = shift === 0 ? words[word] : op('i64.shr_u', words[word], i64(BigInt(shift)));
      const spills = shift + LIMB_BITS > WORD_BITS && word + 1 < WORDS;
      return f.let(low(spills ? op('i64.or', parts, shiftLeft(words[word + 1], WORD_BITS - shift)) : parts));
    });
  }

  /** Writes a number below 2^256 with normalised limbs as 32 bytes. */
  storeWords(f: Func, address: Expr, x: Element, offset = 0): void {
    this.words(x).forEach((word, i) => f.store('i64.store', address, word, offset + WORD_BYTES * i));
  }

  /** The four 64-bit words of a number below 2^256 with normalised limbs. */
  words(x: Element): Expr[] {
    return Array.from({ length: WORDS }, (_, w) => {
      const parts: Expr[] = [];
      for (const i of limbIndices) {
        const shift = LIMB_BITS * i - WORD_BITS * w;
        if (shift <= -LIMB_BITS || shift >= WORD_BITS) continue;
        parts.push(shift < 0 ? op('i64.shr_u', x[i], i64(BigInt(-shift))) : shiftLeft(x[i], shift));
      }
      return parts.reduce((a, b) => op('i64.or', a, b));
    });
  }

  /** Normalises x, given as limbs of any sign (below 2^62 in magnitude), and adds m if x is negative. */
  lift(f: Func, x: readonly Expr[], m: readonly bigint[]): Element {
    const t = carried(f, x);
    const mask = f.let(op('i64.shr_s', t[LIMBS - 1], i64(63n)));
    return carried(
      f,
      t.map((limb, i) => (m[i] === 0n ? limb : add(limb, op('i64.and', mask, i64(m[i]))))),
    );
  }

  /** x + q digit, or x - q digit where q p is subtracted. */
  #addMultiple(x: Expr | undefined, q: Expr, digit: bigint): Expr {
    if (digit === 0n) return x ?? i64(0n);
    const positive = digit > 0n !== this.#subtractive;
    const size = digit < 0n ? -digit : digit;
    const isPower = (size & (size - 1n)) === 0n;
    const product = isPower ? shiftLeft(q, size.toString(2).length - 1) : mul(q, i64(size));
    if (x === undefined) return positive ? product : sub(i64(0n), product);
    return positive ? add(x, product) : sub(x, product);
  }
}

const limbIndices = /* @__PURE__ */ Array.from({ length: LIMBS }, (_, i) => i);

/** The 17 columns of a b, not carried. */
export function productColumns(a: readonly Expr[], b: readonly Expr[]): Expr[] {
  return columns((i, k) => mul(a[i], b[k - i]));
}

/** The 17 columns of a^2: what stands off the diagonal counts twice. */
export function squareColumns(a: readonly Expr[]): Expr[] {
  return Array.from({ length: COLUMNS }, (_, k) => {
    const terms: Expr[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); 2 * i < k; i++) terms.push(mul(a[i], a[k - i]));
    const twice = terms.length > 0 ? shiftLeft(sum(terms), 1) : undefined;
    const square = k % 2 === 0 ? mul(a[k / 2], a[k / 2]) : undefined;
    return twice && square ? add(twice, square) : (twice ?? square!);
  });
}

function columns(term: (i: number, k: number) => Expr): Expr[] {
  return Array.from({ length: COLUMNS }, (_, k) => {
    const terms: Expr[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++) terms.push(term(i, k));
    return sum(terms);
  });
}

/** Limbs (signed columns below 2^62 in magnitude) with all carries taken to the last one, which keeps its sign. */
export function carried(f: Func, x: readonly Expr[]): Local[] {
  const out: Local[] = [];
  let carry: Expr | undefined;
  x.forEach((limb, i) => {
    const t = f.let(carry ? add(limb, carry) : limb);
    carry = high(t);
    out.push(i < x.length - 1 ? f.let(low(t)) : t);
  });
  return out;
}

/** x 2^bits */
export function shiftLeft(x: Expr, bits: number): Expr {
  return bits === 0 ? x : op('i64.shl', x, i64(BigInt(bits)));
}

function addConstant(x: Expr, c: bigint): Expr {
  return c === 0n ? x : add(x, i64(c));
}

function subConstant(x: Expr, c: bigint): Expr {
  return c === 0n ? x : sub(x, i64(c));
}
