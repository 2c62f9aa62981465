/**
 * Code for arithmetic on two field elements at a time with fused multiply-add (`f64x2.relaxed_madd` where it rounds once):
 * 5 limbs of 51 bits, doubles, Montgomery form with R = 2^255. For primes of at most 255 bits.
 *
 * A pair lies in memory as 5 times (limb of x, limb of y), and the same in locals. Limbs are integers of any sign, products
 * of two are at most 2^102 in magnitude. Such a product a b is split exactly (N. Emmart, F. Zheng and C. Weems, "Faster
 * modular exponentiation using double precision floating point arithmetic on the GPU", 2018):
 *
 *   high = a b + 3 2^102, rounded to a multiple of 2^51: its bits, as an integer, are those of 3 2^102 plus h
 *   low = a b - h 2^51 + 3 2^51: exact, |a b - h 2^51| <= 2^50; its bits are those of 3 2^51 plus that
 *
 * so that sums of halves are sums of 64-bit integers, from which the constants are taken once. Where the multiply-add rounds
 * twice, low is wrong: `features.ts` finds out.
 *
 * A row of a multiplication adds a_i b, then q p, where the digits q are at most 2^50 in magnitude: the result is at most
 * |a b| / R + (1/2 + 2^-49) p in magnitude. The sum of a row's lowest column is a multiple of 2^51; instead of its lower halves
 * its carry takes a rounding, which a digit of exactly 2^50 in magnitude could spoil, but does not: rounding to even goes to
 * the right side then, as p_0 (-1 / p_0) = -1 mod 4 (tested).
 */
import {
  type Expr,
  type Func,
  i32,
  i64,
  i64x2,
  lane,
  load,
  loadLane,
  type Local,
  op,
  shuffleWords,
} from './assembler.ts';
import { DoubleCode, FRACTION_BITS } from './double-code.ts';
import { BITS, COUNT, MADD_BITS, MADD_PAIR_BYTES, VECTOR_BYTES } from './double-layout.ts';
import { bitsOf, centered, centeredDigits, MASK, pieces, recut } from './double-limbs.ts';
import { type FieldDescription, inverseModPowerOfTwo, LIMB_BITS, LIMBS } from './field-description.ts';
import type { PairArithmetic, PairBounds } from './pair-arithmetic.ts';
import { outOfBounds, type Pair, type PairInMemory, type Range, ratio } from './pair-bounds.ts';
import type { Element } from './scalar-field.ts';

/** Most, in magnitude, that a limb in an array of pairs can be, and one of a table point. */
const STORED = 2 ** BITS;
const CENTERED = 2 ** (BITS - 1);
/** Integers up to this are exact. */
const EXACT = 2 ** 53;

/** What is added to products and their lower halves, and the bits of these numbers. */
const HIGH = 3 * 2 ** 102;
const LOW = 3 * 2 ** 51;
const HIGH_BITS = bitsOf(HIGH);
const LOW_BITS = bitsOf(LOW);
/** Keeps sums positive that are shifted; a multiple of 2^51. */
const BIAS = 1n << 60n;
const CARRIED_BIAS = BIAS >> BigInt(BITS);

/** One of several multiplications that are done side by side. */
interface Stream {
  readonly a: PairInMemory;
  readonly b: readonly Expr[];
  /** Five columns, the lowest of this row first. */
  readonly t: Local[];
}

/** Generates arithmetic of one field into one function. */
export class MaddField implements PairArithmetic {
  readonly R: bigint = 1n << BigInt(BITS * COUNT);
  readonly bounds: PairBounds = { coordinate: 0.5 + 2 ** -20, element: 1.02, inverse: 1.06 };
  readonly field: FieldDescription;
  readonly #f: Func;
  readonly #code: DoubleCode;
  /** p in digits from -2^50 to 2^50. */
  readonly #p: readonly number[];
  /** p / R: what bounds a product. */
  readonly #pOverR: number;
  /** What the rows add to columns 0 to 5 because of HIGH and LOW: for one row, and for all rows that have passed a column. */
  readonly #perRow: readonly bigint[];

  /** @throws {@link NovaError} `InvalidArgument` for a modulus of more than 255 bits */
  constructor(field: FieldDescription, f: Func) {
    if (field.F.bits > MADD_BITS) throw outOfBounds(`a modulus of ${field.F.bits} bits`);
    this.field = field;
    this.#f = f;
    this.#code = new DoubleCode(f);
    this.#p = centeredDigits(field.F.p);
    this.#pOverR = ratio(field.F.p, this.R);
    const perRow = Array.from({ length: COUNT + 1 }, () => 0n);
    for (let j = 0; j < COUNT; j++) {
      perRow[j] += LOW_BITS;
      perRow[j + 1] += HIGH_BITS;
      if (j === 0 || this.#p[j] !== 0) perRow[j + 1] += HIGH_BITS;
      if (j > 0 && this.#p[j] !== 0) perRow[j] += LOW_BITS;
    }
    this.#perRow = perRow;
  }

  /** Value of a product in multiples of p, for factors below a p and b p in magnitude. */
  productBound(a: number, b: number): number {
    return a * b * this.#pOverR + 0.5 + 2 ** -40;
  }

  load({ address, offset = 0, bound }: PairInMemory): Pair {
    return {
      vectors: columns((j) => this.#code.let(load('v128.load', address, offset + VECTOR_BYTES * j))),
      limbs: [-STORED, STORED],
      value: [-bound, bound],
    };
  }

  /** Limbs must be at most 2^51 in magnitude, the value at most `bound` p. */
  store({ address, offset = 0, bound }: PairInMemory, x: Pair): void {
    this.#checkStored(x, STORED, bound);
    x.vectors.forEach((v, j) => this.#f.store('v128.store', address, v, offset + VECTOR_BYTES * j));
  }

  constant(x: bigint): Pair {
    const digits = centeredDigits(this.field.F.check(x, 'a constant'));
    return { vectors: digits.map((d) => this.#code.number(d)), limbs: [-CENTERED, CENTERED], value: [0, 1] };
  }

  add(x: Pair, y: Pair): Pair {
    return this.#sum(
      x.vectors.map((v, j) => op('f64x2.add', v, y.vectors[j])),
      [x.limbs[0] + y.limbs[0], x.limbs[1] + y.limbs[1]],
      [x.value[0] + y.value[0], x.value[1] + y.value[1]],
    );
  }

  sub(x: Pair, y: Pair): Pair {
    return this.#sum(
      x.vectors.map((v, j) => op('f64x2.sub', v, y.vectors[j])),
      [x.limbs[0] - y.limbs[1], x.limbs[1] - y.limbs[0]],
      [x.value[0] - y.value[1], x.value[1] - y.value[0]],
    );
  }

  double(x: Pair): Pair {
    return this.add(x, x);
  }

  triple(x: Pair): Pair {
    return this.add(this.add(x, x), x);
  }

  negIf(mask: Expr, x: Pair): Pair {
    const sign = this.#code.let(op('v128.and', mask, this.#code.integer(1n << 63n)));
    const [limb, value] = [magnitude(x.limbs), magnitude(x.value)];
    return {
      vectors: x.vectors.map((v) => this.#code.let(op('v128.xor', v, sign))),
      limbs: [-limb, limb],
      value: [-value, value],
    };
  }

  /** Limbs of at most 2^51 in magnitude; x itself if it has them. */
  carry(x: Pair): Pair {
    return magnitude(x.limbs) <= STORED ? x : this.#centered(x);
  }

  /** The same element with limbs of at most 2^50 and a value of little more than p / 2 in magnitude. */
  reduce(x: Pair): Pair {
    const most = Math.ceil(magnitude(x.value) + 0.51);
    const limb = magnitude(x.limbs) + most * CENTERED;
    if (limb > EXACT && magnitude(x.limbs) > CENTERED) return this.reduce(this.#centered(x));
    if (limb > EXACT) throw outOfBounds(`limbs of up to ${limb} in a reduction`);

    // the nearest integer to the highest limb over that of p: what is missing of x / p are 2^-40 at most
    const { p } = this.field.F;
    const inverse = 2 ** (BITS * (COUNT - 1)) / Number(p);
    const round = this.#code.number(LOW);
    const quotient = this.#code.madd(x.vectors[COUNT - 1], this.#code.number(-inverse), round);
    const q = this.#code.let(op('f64x2.sub', quotient, round)); // -x / p
    const vectors = x.vectors.map((v, j) =>
      this.#p[j] === 0 ? v : this.#code.let(this.#code.madd(q, this.#code.number(this.#p[j]), v)),
    );
    const value = 0.5 + 2 ** -30;
    return this.#centered({ vectors, limbs: [-limb, limb], value: [-value, value] });
  }

  /** `a` in memory; b lazy, carried where that is needed. Limbs of the result are from 0 to 2^51. */
  mul(a: PairInMemory, b: Pair): Pair {
    return this.#multiply([[a, b]])[0];
  }

  mulBoth(a: PairInMemory, b: PairInMemory, c: Pair): [Pair, Pair] {
    const [first, second] = this.#multiply([
      [a, c],
      [b, c],
    ]);
    return [first, second];
  }

  sqr(a: PairInMemory): Pair {
    return this.mul(a, this.load(a));
  }

  fromWords(x: Expr, y: Expr, offset = 0): Pair {
    const words = Array.from({ length: 4 }, (_, i) =>
      this.#code.let(
        loadLane('v128.load64_lane', 1, y, load('v128.load64_zero', x, offset + 8 * i), offset + 8 * i),
      ),
    );
    // the highest limb has a bit too many
    return this.reduce({
      vectors: columns((j) => {
        const [w, s] = [(BITS * j) >> 6, (BITS * j) & 63];
        let limb: Expr = s === 0 ? words[w] : op('i64x2.shr_u', words[w], i32(s));
        if (s + BITS > 64 && w < 3) limb = op('v128.or', limb, op('i64x2.shl', words[w + 1], i32(64 - s)));
        return this.#code.fraction(j < COUNT - 1 ? op('v128.and', limb, this.#code.integer(MASK)) : limb);
      }),
      limbs: [0, STORED],
      value: [0, ratio(1n << 256n, this.field.F.p)],
    });
  }

  gather(x: Expr, y: Expr, offset: number, bound: number): Pair {
    return {
      vectors: columns((j) =>
        this.#code.let(
          loadLane('v128.load64_lane', 1, y, load('v128.load64_zero', x, offset + 8 * j), offset + 8 * j),
        ),
      ),
      limbs: [-CENTERED, CENTERED],
      value: [-bound, bound],
    };
  }

  scatter(x: Expr, y: Expr, offset: number, bound: number, pair: Pair): void {
    const tight = magnitude(pair.limbs) <= CENTERED ? pair : this.#centered(pair);
    this.#checkStored(tight, CENTERED, bound);
    tight.vectors.forEach((v, j) => {
      this.#f.storeLane('v128.store64_lane', 0, x, v, offset + 8 * j);
      this.#f.storeLane('v128.store64_lane', 1, y, v, offset + 8 * j);
    });
  }

  mask(words: Expr, x: number, y: number): Expr {
    return this.#code.let(shuffleWords(words, words, [x, x, y, y]));
  }

  toScalar(x: PairInMemory): [Element, Element] {
    if (x.bound > 2) throw outOfBounds(`${x.bound} p as an integer`);
    const f = this.#f;
    const twice = pieces(2n * this.field.F.p, BITS, COUNT); // makes it positive
    const { vectors } = this.load(x);
    const integers = vectors.map((v) =>
      this.#code.let(
        op('i64x2.sub', op('f64x2.add', v, this.#code.number(LOW)), this.#code.integer(LOW_BITS)),
      ),
    );
    const element = (side: number): Element => {
      let carry: Expr | undefined;
      const limbs = integers.map((v, j) => {
        const limb = op('i64.add', lane('i64x2.extract_lane', side, v), i64(twice[j]));
        const sum = f.let(carry ? op('i64.add', limb, carry) : limb);
        carry = op('i64.shr_s', sum, i64(BigInt(BITS)));
        return j < COUNT - 1 ? f.let(op('i64.and', sum, i64(MASK))) : sum;
      });
      return recut(f, limbs, BITS, LIMB_BITS, LIMBS);
    };
    return [element(0), element(1)];
  }

  fromScalar(to: PairInMemory, x: Element, y: Element): void {
    const [a, b] = [x, y].map((element) => recut(this.#f, element, LIMB_BITS, BITS, COUNT));
    const vectors = columns((j) =>
      this.#code.fraction(lane('i64x2.replace_lane', 1, op('i64x2.splat', a[j]), b[j])),
    );
    this.store(to, { vectors, limbs: [0, STORED], value: [0, 1] });
  }

  /** The products of all streams at once: what one waits for, the other does. */
  #multiply(factors: readonly (readonly [PairInMemory, Pair])[]): Pair[] {
    const f = this.#f;
    const start = columns((j) => after(this.#perRow, j) + (j === 0 ? CARRIED_BIAS : 0n));
    const carried = factors.map(([a, b]) => [a, this.carry(b)] as const);
    const streams = carried.map(([a, b]): Stream => {
      const [limb, other] = [Math.max(STORED, this.#top(a.bound)), this.#largest(b)];
      if (limb * other > 2 ** (2 * BITS)) throw outOfBounds(`a product of limbs up to ${limb} and ${other}`);
      return { a, b: b.vectors, t: start.map((x) => f.let(i64x2(x))) };
    });
    const row = f.let(i32(0));
    f.loop(() => {
      for (const stream of streams) this.#row(stream, row);
      f.set(row, op('i32.add', row, i32(VECTOR_BYTES)));
      return op('i32.ne', row, i32(MADD_PAIR_BYTES));
    });
    return streams.map(({ t }, i) => {
      const [a, b] = carried[i];
      const value = this.productBound(a.bound, magnitude(b.value));
      return { vectors: this.#normalized(t), limbs: [0, STORED], value: [-value, value] };
    });
  }

  /** Adds a_i b and q p to the columns, and drops the lowest. */
  #row({ a, b, t }: Stream, row: Expr): void {
    const f = this.#f;
    const [high, both] = [this.#code.number(HIGH), this.#code.number(HIGH + LOW)];
    const columns: (Expr | undefined)[] = [...t, undefined];
    const add = (j: number, x: Expr): void => {
      const sum = columns[j];
      columns[j] = this.#code.let(sum ? op('i64x2.add', sum, x) : x);
    };
    const product = (j: number, x: Expr, y: Expr): void => {
      const h = this.#code.let(this.#code.madd(x, y, high));
      add(j, this.#code.madd(x, y, op('f64x2.sub', both, h)));
      add(j + 1, h);
    };
    const ai = this.#code.let(load('v128.load', op('i32.add', a.address, row), a.offset ?? 0));
    b.forEach((bj, j) => product(j, ai, bj));

    // the lowest column, without constants, plus BIAS + 2^50; its centered low part; the digit that clears it
    const constants = this.#perRow.reduce((x, y) => x + y, 0n) + CARRIED_BIAS;
    const z = this.#code.let(
      op('i64x2.add', columns[0]!, this.#code.integer(BIAS + (1n << BigInt(BITS - 1)) - constants)),
    );
    const lowest = this.#code.let(
      op(
        'f64x2.sub',
        op('v128.or', op('v128.and', z, this.#code.integer(MASK)), this.#code.integer(FRACTION_BITS)),
        this.#code.number(2 ** 52 + CENTERED),
      ),
    );
    const inverse = this.#code.number(centered(inverseModPowerOfTwo(-this.field.F.p, BITS)));
    const h = this.#code.let(this.#code.madd(lowest, inverse, high));
    const q = this.#code.let(this.#code.madd(lowest, inverse, op('f64x2.sub', high, h)));
    add(1, op('i64x2.shr_u', z, i32(BITS)));
    add(1, this.#code.madd(q, this.#code.number(this.#p[0]), high));
    for (let j = 1; j < COUNT; j++) if (this.#p[j] !== 0) product(j, q, this.#code.number(this.#p[j]));
    t.forEach((v, j) => f.set(v, columns[j + 1]!));
  }

  /** Columns with what the rows left in them, as limbs from 0 to 2^51 - 1, the highest of any sign. */
  #normalized(t: readonly Expr[]): Expr[] {
    let carry: Expr | undefined;
    return t.map((column, j) => {
      const constants = after(this.#perRow, j) + CARRIED_BIAS;
      const x = carry ? op('i64x2.add', column, carry) : column;
      if (j === COUNT - 1) {
        const limb = op('i64x2.add', x, this.#code.integer(LOW_BITS - constants));
        return this.#code.let(op('f64x2.sub', limb, this.#code.number(LOW)));
      }
      const sum = this.#code.let(op('i64x2.add', x, this.#code.integer(BIAS - constants)));
      carry = op('i64x2.shr_u', sum, i32(BITS));
      return this.#code.fraction(op('v128.and', sum, this.#code.integer(MASK)));
    });
  }

  /** The same value with limbs of at most 2^50 in magnitude, the highest apart. */
  #centered({ vectors, limbs, value }: Pair): Pair {
    const most = magnitude(limbs);
    if (most > EXACT) throw outOfBounds(`limbs of up to ${most} before a carry`);
    const round = this.#code.number(HIGH);
    const down = this.#code.number(2 ** -BITS);
    let carry: Expr | undefined;
    const out = vectors.map((v, j) => {
      const x = carry ? this.#code.let(this.#code.madd(carry, down, v)) : v;
      if (j === COUNT - 1) return x;
      carry = this.#code.let(op('f64x2.sub', op('f64x2.add', x, round), round));
      return this.#code.let(op('f64x2.sub', x, carry));
    });
    return { vectors: out, limbs: [-CENTERED, CENTERED], value };
  }

  #sum(vectors: readonly Expr[], limbs: Range, value: Range): Pair {
    if (magnitude(limbs) > EXACT) throw outOfBounds(`limbs from ${limbs[0]} to ${limbs[1]}`);
    return { vectors: vectors.map((v) => this.#code.let(v)), limbs, value };
  }

  /** Limbs must be at most `limb` in magnitude, but for the highest, and the value at most `bound`. */
  #checkStored(x: Pair, limb: number, bound: number): void {
    if (magnitude(x.limbs) > limb || magnitude(x.value) > bound || this.#largest(x) > STORED) {
      throw outOfBounds(`a pair of limbs ${x.limbs} and value ${x.value} is stored as one below ${bound} p`);
    }
  }

  /** The largest limb, in magnitude. */
  #largest({ limbs, value }: Pair): number {
    return Math.max(magnitude(limbs), this.#top(magnitude(value)));
  }

  /** The highest limb of a value in multiples of p, in magnitude; what the lower ones have too much is a few of its units. */
  #top(value: number): number {
    return (value * Number(this.field.F.p)) / 2 ** (BITS * (COUNT - 1)) + 4;
  }
}

/** What is in column j after the last row: the constants of all rows in which it was a higher one. */
function after(perRow: readonly bigint[], j: number): bigint {
  return perRow.slice(j + 1).reduce((x, y) => x + y, 0n);
}

function columns<T>(column: (j: number) => T): T[] {
  return Array.from({ length: COUNT }, (_, j) => column(j));
}

function magnitude([low, high]: Range): number {
  return Math.max(-low, high);
}
