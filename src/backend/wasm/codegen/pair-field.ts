/**
 * Code for arithmetic on two field elements at a time, in SIMD: 9 limbs of 29 bits, Montgomery form with R = 2^261.
 *
 * A pair of elements x, y lies in memory as 9 times (limb of x, limb of y), u32 each: {@link PAIR_BYTES} bytes. In locals it is
 * five vectors [x_2h, y_2h, x_2h+1, y_2h+1], so that sums take one instruction for two limbs, and products of 32-bit lanes
 * (`i64x2.extmul`) meet a limb of x with one of x, a limb of y with one of y.
 *
 * Sums and differences are lazy: limbs are added lane by lane, modulo 2^32, without carries. Every {@link Pair} carries the
 * bounds of its limbs and of its value, and each step checks while it generates code that nothing can overflow: a kernel
 * whose bounds do not hold for some modulus does not come into being.
 *
 * Multiplication is Montgomery's, one limb of the first operand at a time, all sums below 2^64.
 * It follows the measurements of https://github.com/mitschabaude/montgomery (29-bit limbs, unrolled rows).
 */
import { type Expr, type Func, i32, i32x4, i64x2, load, loadLane, op, shuffleWords } from './assembler.ts';
import { type FieldDescription, LIMB_BITS, LIMB_MASK, LIMBS, toLimbs } from './field-description.ts';
import { extmul, montgomeryRows } from './pair-rows.ts';
import { limbsFromWords, wordsFromLimbs } from './pair-words.ts';
import { PairLocals, VECTORS } from './pair-locals.ts';
import { quotientOf } from './pair-quotient.ts';
import type { PairArithmetic, PairBounds } from './pair-arithmetic.ts';
import {
  ARRAY_BOUND,
  LOOSE_LIMB,
  MARGIN,
  outOfBounds,
  padded,
  type Pair,
  type PairInMemory,
  RADIX,
  ratio,
  TOP,
} from './pair-bounds.ts';
import type { Element } from './scalar-field.ts';

/** Bytes of a pair of elements in memory. */
export const PAIR_BYTES: number = 8 * LIMBS;

/** Where the limbs of a pair's first element lie, and how far after them those of the second. */
const limbOffsets: readonly number[] = /* @__PURE__ */ Array.from({ length: LIMBS }, (_, i) => 8 * i);
const SECOND = 4;

/** Generates arithmetic of one field into one function; see `pairFunction`. */
export class PairField implements PairArithmetic {
  readonly R: bigint;
  readonly bounds: PairBounds = {
    coordinate: 1.25,
    difference: ARRAY_BOUND,
    element: ARRAY_BOUND,
    inverse: ARRAY_BOUND,
  };
  readonly field: FieldDescription;
  readonly #f: Func;
  readonly #locals: PairLocals;
  /** p / R: what bounds a product. */
  readonly #pOverR: number;

  /** Use `pairFunction`. */
  constructor(field: FieldDescription, f: Func) {
    this.field = field;
    this.R = field.R;
    this.#f = f;
    this.#locals = new PairLocals(f);
    this.#pOverR = ratio(field.F.p, field.R);
  }

  /** Value of a product in multiples of p, for factors below a p and b p. */
  productBound(a: number, b: number): number {
    return 1 + a * b * this.#pOverR;
  }

  /** A pair from memory, as five locals. */
  load({ address, offset = 0, bound }: PairInMemory): Pair {
    const vectors: Expr[] = [];
    for (let h = 0; h < VECTORS - 1; h++)
      vectors.push(this.#locals.let(load('v128.load', address, offset + 16 * h)));
    vectors.push(this.#locals.let(load('v128.load64_zero', address, offset + 16 * (VECTORS - 1))));
    return { vectors, limbs: [0, LOOSE_LIMB], value: [0, bound] };
  }

  /** Writes a pair to memory. Its limbs must be in [0, LOOSE_LIMB], its value in [0, bound p]. */
  store({ address, offset = 0, bound }: PairInMemory, x: Pair): void {
    if (x.limbs[0] < 0 || x.limbs[1] > LOOSE_LIMB || x.value[0] < 0 || x.value[1] > bound) {
      throw outOfBounds(`a pair of limbs ${x.limbs} and value ${x.value} is stored as one below ${bound} p`);
    }
    for (let h = 0; h < VECTORS - 1; h++) this.#f.store('v128.store', address, x.vectors[h], offset + 16 * h);
    this.#f.storeLane('v128.store64_lane', 0, address, x.vectors[VECTORS - 1], offset + 16 * (VECTORS - 1));
  }

  /** The same field element twice, as a constant; canonical. `x` is taken as it is, not brought into Montgomery form. */
  constant(x: bigint): Pair {
    return {
      vectors: this.#locals.packedConstant(toLimbs(this.field.F.check(x, 'a constant'))),
      limbs: [0, RADIX - 1],
      value: [0, 1],
    };
  }

  /** x + y, lazily. */
  add(x: Pair, y: Pair): Pair {
    return {
      vectors: x.vectors.map((v, h) => this.#locals.let(op('i32x4.add', v, y.vectors[h]))),
      limbs: [x.limbs[0] + y.limbs[0], x.limbs[1] + y.limbs[1]],
      value: [x.value[0] + y.value[0], x.value[1] + y.value[1]],
    };
  }

  /** x - y, lazily. */
  sub(x: Pair, y: Pair): Pair {
    return {
      vectors: x.vectors.map((v, h) => this.#locals.let(op('i32x4.sub', v, y.vectors[h]))),
      limbs: [x.limbs[0] - y.limbs[1], x.limbs[1] - y.limbs[0]],
      value: [x.value[0] - y.value[1], x.value[1] - y.value[0]],
    };
  }

  /** 2x, lazily. */
  double(x: Pair): Pair {
    return this.add(x, x);
  }

  /** 3x, lazily. */
  triple(x: Pair): Pair {
    return this.add(this.add(x, x), x);
  }

  /** -x, lazily. */
  neg(x: Pair): Pair {
    const zero = i32x4(0);
    return this.sub({ vectors: x.vectors.map(() => zero), limbs: [0, 0], value: [0, 0] }, x);
  }

  /** mask ? -x : x, lane by lane, lazily; `mask` is [x, y, x, y] with all bits of a word set or none. */
  negIf(mask: Expr, x: Pair): Pair {
    const limb = Math.max(-x.limbs[0], x.limbs[1]);
    const value = Math.max(-x.value[0], x.value[1]);
    return {
      vectors: x.vectors.map((v) => this.#locals.let(op('i32x4.sub', op('v128.xor', v, mask), mask))),
      limbs: [-limb, limb],
      value: [-value, value],
    };
  }

  /** mask ? x : y, lane by lane; `mask` as in {@link PairField.negIf}. */
  select(mask: Expr, x: Pair, y: Pair): Pair {
    return {
      vectors: x.vectors.map((v, h) => this.#locals.let(op('v128.bitselect', v, y.vectors[h], mask))),
      limbs: [Math.min(x.limbs[0], y.limbs[0]), Math.max(x.limbs[1], y.limbs[1])],
      value: [Math.min(x.value[0], y.value[0]), Math.max(x.value[1], y.value[1])],
    };
  }

  /**
   * The same element with limbs >= 0: a multiple of p is added whose limbs are large enough. Value above: by that multiple,
   * the least that makes it positive. x itself if it has no limb below 0.
   */
  positive(x: Pair): Pair {
    if (x.limbs[0] >= 0 && x.value[0] >= 0) return x;
    const k = Math.ceil(-x.value[0] + MARGIN);
    const { limbs, least, most } = padded(this.field.F.p * BigInt(k), -x.limbs[0]);
    const y: Pair = {
      vectors: this.#locals.packedConstant(limbs),
      limbs: [least, most],
      value: [k, k],
    };
    return this.add(x, y);
  }

  /**
   * The same value with limbs at most {@link LOOSE_LIMB}: one round of carries, all limbs at once. First made positive
   * where needed.
   */
  carry(x: Pair): Pair {
    const y = this.positive(x);
    if (y.limbs[1] <= LOOSE_LIMB) return y;
    if (y.limbs[1] >= 2 ** 32) throw outOfBounds(`limbs of up to ${y.limbs[1]} before a carry`);
    const mask = this.#locals.constant('mask32', i32x4(Number(LIMB_MASK)));
    const carries = y.vectors.map((v) => this.#locals.let(op('i32x4.shr_u', v, i32(LIMB_BITS))));
    const zero = this.#locals.constant('zero', i32x4(0));
    return {
      vectors: y.vectors.map((v, h) => {
        const kept = h < VECTORS - 1 ? op('v128.and', v, mask) : v;
        // limb 2h takes the carry of limb 2h - 1, limb 2h + 1 that of limb 2h
        return this.#locals.let(
          op('i32x4.add', kept, shuffleWords(h === 0 ? zero : carries[h - 1], carries[h], [2, 3, 4, 5])),
        );
      }),
      limbs: [0, RADIX - 1 + Math.floor(y.limbs[1] / RADIX)],
      value: y.value,
    };
  }

  /**
   * The same element with limbs at most {@link LOOSE_LIMB} and a value above 0 and below (1 + 2^-7) p: q p is subtracted,
   * q = floor(x / p) estimated from the highest limb, never too high. x may be any lazy sum of a few pairs.
   */
  reduce(x: Pair): Pair {
    const { p } = this.field.F;
    const { k, middle, reach, below, shift, shift2, mu, error } = quotientOf(p, x);
    const highest = op(
      'i32x4.add',
      x.vectors[VECTORS - 1],
      this.#locals.constant(`top ${k} ${below}`, i32x4(Number((p * BigInt(k)) >> TOP) + below)),
    );
    const estimate = op(
      'i32x4.shr_u',
      op('i32x4.mul', op('i32x4.shr_u', highest, i32(shift)), this.#locals.constant(`mu ${mu}`, i32x4(mu))),
      i32(shift2),
    );
    const q = this.#locals.let(
      op('i32x4.sub', estimate, this.#locals.constant(`middle ${middle}`, i32x4(middle))),
    );
    const qs = this.#locals.let(shuffleWords(q, q, [0, 1, 0, 1]));

    // x + (k - middle) p - (q - middle) p, with digits of p from -2^28 to 2^28 and padding against borrows
    const digits = this.field.pDigits;
    const largest = Math.max(...digits.slice(0, -1).map((d) => Math.abs(Number(d))));
    const pad = padded(p * BigInt(k - middle), -x.limbs[0] + reach * largest);
    const constants = this.#locals.packedConstant(pad.limbs);
    const high = x.limbs[1] + pad.most + reach * largest;
    if (high >= 2 ** 32) throw outOfBounds(`limbs of up to ${high} before a reduction`);
    const vectors = x.vectors.map((v, h) => {
      const sum = op('i32x4.add', v, constants[h]);
      const d = [digits[2 * h], digits[2 * h + 1] ?? 0n];
      if (d[0] === 0n && d[1] === 0n) return this.#locals.let(sum);
      return this.#locals.let(op('i32x4.sub', sum, op('i32x4.mul', qs, this.#locals.packed(d[0], d[1]))));
    });
    const reduced = this.carry({ vectors, limbs: [0, high], value: [0, 1 + error] });
    return { vectors: reduced.vectors, limbs: reduced.limbs, value: [0, 1 + error] };
  }

  /**
   * a b / R. `a` in memory (limbs at most {@link LOOSE_LIMB}); b in locals, lazy: limbs up to some 3 * 2^30 (checked), made
   * positive where needed. Result: limbs below 2^29, value below {@link PairField.productBound} of both bounds.
   */
  mul(a: PairInMemory, b: Pair): Pair {
    const y = this.positive(b);
    this.#checkProduct(LOOSE_LIMB, y.limbs[1], a.bound * y.value[1]);
    const limbs = montgomeryRows(
      this.#locals,
      this.field,

      (i) => load('v128.load64_splat', a.address, (a.offset ?? 0) + 8 * i),
      (_, ai, j) => extmul(j, ai, y.vectors[j >> 1]),
    );
    return {
      vectors: this.#locals.pack(limbs),
      limbs: [0, RADIX - 1],
      value: [0, this.productBound(a.bound, y.value[1])],
    };
  }

  mulEach(factors: readonly (readonly [PairInMemory, Pair])[]): Pair[] {
    return factors.map(([a, b]) => this.mul(a, b));
  }

  sqrEach(factors: readonly PairInMemory[]): Pair[] {
    return factors.map((a) => this.sqr(a));
  }

  /** a^2 / R, with half of the products; `a` and the result as in {@link PairField.mul}. */
  sqr(a: PairInMemory): Pair {
    const x = this.load(a);
    const twice = this.double(x);
    this.#checkProduct(LOOSE_LIMB, 2 * LOOSE_LIMB, a.bound * a.bound);
    const limbs = montgomeryRows(
      this.#locals,
      this.field,

      (i) => load('v128.load64_splat', a.address, (a.offset ?? 0) + 8 * i),
      // a_i a_j + a_j a_i in row i < j; nothing is missing when row i takes its quotient, for j > i comes later
      (i, ai, j) => (j < i ? undefined : extmul(j, ai, (j === i ? x : twice).vectors[j >> 1])),
    );
    return {
      vectors: this.#locals.pack(limbs),
      limbs: [0, RADIX - 1],
      value: [0, this.productBound(a.bound, a.bound)],
    };
  }

  /** The canonical representative of x, whose value must be below 2p and limbs below 2^29 (a product, say). */
  canonical(x: Pair): Pair {
    if (x.limbs[0] < 0 || x.limbs[1] >= RADIX || x.value[1] > 2)
      throw outOfBounds('an element to make canonical');
    // x + (2^261 - p) reaches 2^261 exactly if x >= p
    const complement = this.#locals.packedConstant(toLimbs(this.field.R - this.field.F.p));
    const mask = this.#locals.constant('mask', i64x2(LIMB_MASK));
    const sums = this.#locals.unpack(
      x.vectors.map((v, h) => this.#locals.let(op('i32x4.add', v, complement[h]))),
    );
    const difference: Expr[] = [];
    let carry: Expr | undefined;
    for (const s of sums) {
      const sum = this.#locals.let(carry ? op('i64x2.add', s, carry) : s);
      difference.push(this.#locals.let(op('v128.and', sum, mask)));
      carry = this.#locals.let(op('i64x2.shr_u', sum, i32(LIMB_BITS)));
    }
    const reached = op('i64x2.sub', i64x2(0n), carry!);
    const words = this.#locals.let(shuffleWords(reached, reached, [0, 2, 0, 2]));
    const y: Pair = { vectors: this.#locals.pack(difference), limbs: [0, RADIX - 1], value: [0, 1] };
    return { vectors: this.select(words, y, x).vectors, limbs: y.limbs, value: [0, 1] };
  }

  /** All ones in the words of an element that is zero: [x, y, x, y]. x must be canonical. */
  isZero(x: Pair): Expr {
    if (x.value[1] > 1 || x.limbs[1] >= RADIX) throw outOfBounds('an element to compare with zero');
    let any = x.vectors[0];
    for (const v of x.vectors.slice(1, -1)) any = op('v128.or', any, v);
    const folded = this.#locals.let(any);
    const both = op(
      'v128.or',
      op('v128.or', folded, shuffleWords(folded, folded, [2, 3, 0, 1])),
      x.vectors[4],
    );
    const low = this.#locals.let(op('i32x4.eq', both, i32x4(0)));
    return this.#locals.let(shuffleWords(low, low, [0, 1, 0, 1]));
  }

  /** Two integers of 256 bits, little-endian words at two addresses, cut into limbs; not reduced: below 2^256. */
  fromWords(x: Expr, y: Expr, offset = 0): Pair {
    const limbs = limbsFromWords(this.#locals, x, y, offset);
    return {
      vectors: this.#locals.pack(limbs),
      limbs: [0, RADIX - 1],
      value: [0, ratio(1n << 256n, this.field.F.p)],
    };
  }

  /** Writes two elements as integers of 256 bits to two addresses. Limbs must be below 2^29, the value below 2^256. */
  toWords(x: Expr, y: Expr, pair: Pair, offset = 0): void {
    if (pair.limbs[1] >= RADIX || pair.value[1] > 1) throw outOfBounds('an element to write as an integer');
    wordsFromLimbs(this.#locals, x, y, this.#locals.unpack(pair.vectors), offset);
  }

  /** Two single elements (9 consecutive u32, as in table points) at two addresses, value at most `bound` p. */
  gather(x: Expr, y: Expr, offset: number, bound: number): Pair {
    const vectors: Expr[] = [];
    for (let h = 0; h < VECTORS - 1; h += 2) {
      const a = this.#locals.let(load('v128.load', x, offset + 8 * h));
      const b = this.#locals.let(load('v128.load', y, offset + 8 * h));
      vectors.push(
        this.#locals.let(shuffleWords(a, b, [0, 4, 1, 5])),
        this.#locals.let(shuffleWords(a, b, [2, 6, 3, 7])),
      );
    }
    const last = 4 * (LIMBS - 1);
    vectors.push(
      this.#locals.let(
        loadLane('v128.load32_lane', 1, y, load('v128.load32_zero', x, offset + last), offset + last),
      ),
    );
    return { vectors, limbs: [0, LOOSE_LIMB], value: [0, bound] };
  }

  /** The reverse of {@link PairField.gather}; bounds are checked as in {@link PairField.store}. */
  scatter(x: Expr, y: Expr, offset: number, bound: number, pair: Pair): void {
    if (pair.limbs[0] < 0 || pair.limbs[1] > LOOSE_LIMB || pair.value[0] < 0 || pair.value[1] > bound) {
      throw outOfBounds(
        `a pair of limbs ${pair.limbs} and value ${pair.value} is stored as one below ${bound} p`,
      );
    }
    const v = pair.vectors;
    for (let h = 0; h < VECTORS - 1; h += 2) {
      this.#f.store('v128.store', x, shuffleWords(v[h], v[h + 1], [0, 2, 4, 6]), offset + 8 * h);
      this.#f.store('v128.store', y, shuffleWords(v[h], v[h + 1], [1, 3, 5, 7]), offset + 8 * h);
    }
    const last = offset + 4 * (LIMBS - 1);
    this.#f.storeLane('v128.store32_lane', 0, x, v[VECTORS - 1], last);
    this.#f.storeLane('v128.store32_lane', 1, y, v[VECTORS - 1], last);
  }

  mask(words: Expr, x: number, y: number): Expr {
    return this.#locals.let(shuffleWords(words, words, [x, y, x, y]));
  }

  /** The value must be below 4p, the limbs below 2^29. */
  toScalar({ address, offset = 0, bound }: PairInMemory): [Element, Element] {
    if (bound > 4) throw outOfBounds(`${bound} p as an integer`);
    const element = (side: number) =>
      limbOffsets.map((at) => this.#f.let(load('i64.load32_u', address, offset + at + side)));
    return [element(0), element(SECOND)];
  }

  fromScalar({ address, offset = 0 }: PairInMemory, x: Element, y: Element): void {
    limbOffsets.forEach((at, i) => {
      this.#f.store('i64.store32', address, x[i], offset + at);
      this.#f.store('i64.store32', address, y[i], offset + at + SECOND);
    });
  }

  /** Each sum in a multiplication: 9 products a_i b_j, 9 products q p_j, a carry. The value: below 2^261. */
  #checkProduct(a: number, b: number, values: number): void {
    const most = BigInt(LIMBS) * (BigInt(a) * BigInt(b) + LIMB_MASK * LIMB_MASK) + (1n << 36n);
    if (most >= 1n << 64n || values * this.#pOverR > 4) {
      throw outOfBounds(`a product of limbs up to ${a} and ${b}, and of values up to ${values} p^2`);
    }
  }
}
