/**
 * Code for arithmetic on two field elements at a time with fused multiply-add (`f64x2.relaxed_madd` where it rounds once):
 * 5 limbs of 51 bits, doubles, Montgomery form with R = 2^255. For primes of at most 255 bits.
 *
 * A pair lies in memory as 5 times (limb of x, limb of y), and the same in locals. Limbs are integers of any sign, at most
 * CENTERED, 2^50 + 4, in magnitude in memory and where a product or a reduction has left them, the highest apart. Products are
 * in `madd-rows.ts`.
 */
import { type Expr, type Func, i32, i64, lane, load, loadLane, op, shuffleWords } from './assembler.ts';
import { BITS, COUNT, MADD_BITS, VECTOR_BYTES } from './double-layout.ts';
import { centeredDigits, MASK, pieces, recut } from './double-limbs.ts';
import { type FieldDescription, LIMB_BITS, LIMBS } from './field-description.ts';
import { CENTERED, EXACT, HIGH, LOW, LOW_BITS, MaddLocals } from './madd-locals.ts';
import { LIMB_PRODUCT, montgomeryProducts } from './madd-rows.ts';
import type { PairArithmetic, PairBounds } from './pair-arithmetic.ts';
import { outOfBounds, type Pair, type PairInMemory, type Range, ratio } from './pair-bounds.ts';
import type { Element } from './scalar-field.ts';

/** Most, in magnitude, that a highest limb can be in memory and of a product. */
const STORED = 2 ** BITS;

/** Generates arithmetic of one field into one function. */
export class MaddField implements PairArithmetic {
  readonly R: bigint = 1n << BigInt(BITS * COUNT);
  readonly bounds: PairBounds = {
    coordinate: 0.5 + 2 ** -20,
    difference: 1 + 2 ** -19,
    element: 1.02,
    inverse: 1.06,
  };
  readonly field: FieldDescription;
  readonly #f: Func;
  readonly #locals: MaddLocals;
  /** p in digits from -2^50 to 2^50. */
  readonly #p: readonly number[];
  /** p / R: what bounds a product. */
  readonly #pOverR: number;

  /** @throws {@link NovaError} `InvalidArgument` for a modulus of more than 255 bits */
  constructor(field: FieldDescription, f: Func) {
    if (field.F.bits > MADD_BITS) throw outOfBounds(`a modulus of ${field.F.bits} bits`);
    this.field = field;
    this.#f = f;
    this.#locals = new MaddLocals(f);
    this.#p = centeredDigits(field.F.p);
    this.#pOverR = ratio(field.F.p, this.R);
  }

  /** Value of a product in multiples of p, for factors below a p and b p in magnitude. */
  productBound(a: number, b: number): number {
    return a * b * this.#pOverR + 0.5 + 2 ** -40;
  }

  load({ address, offset = 0, bound }: PairInMemory): Pair {
    return {
      vectors: columns((j) => this.#locals.let(load('v128.load', address, offset + VECTOR_BYTES * j))),
      limbs: [-CENTERED, CENTERED],
      value: [-bound, bound],
    };
  }

  /** Limbs must be at most CENTERED in magnitude, the value at most `bound` p. */
  store({ address, offset = 0, bound }: PairInMemory, x: Pair): void {
    this.#checkStored(x, bound);
    x.vectors.forEach((v, j) => this.#f.store('v128.store', address, v, offset + VECTOR_BYTES * j));
  }

  constant(x: bigint): Pair {
    const digits = centeredDigits(this.field.F.check(x, 'a constant'));
    return {
      vectors: digits.map((d) => this.#locals.number(d)),
      limbs: [-CENTERED, CENTERED],
      value: [0, 1],
    };
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
    const sign = this.#locals.let(op('v128.and', mask, this.#locals.integer(1n << 63n)));
    const [limb, value] = [magnitude(x.limbs), magnitude(x.value)];
    return {
      vectors: x.vectors.map((v) => this.#locals.let(op('v128.xor', v, sign))),
      limbs: [-limb, limb],
      value: [-value, value],
    };
  }

  /** Limbs of at most CENTERED in magnitude; x itself if it has them. */
  carry(x: Pair): Pair {
    return magnitude(x.limbs) <= CENTERED ? x : this.#centered(x);
  }

  /** The same element with limbs of at most CENTERED and a value of little more than p / 2 in magnitude. */
  reduce(x: Pair): Pair {
    const most = Math.ceil(magnitude(x.value) + 0.51);
    const limb = magnitude(x.limbs) + most * CENTERED;
    if (limb > EXACT && magnitude(x.limbs) > CENTERED) return this.reduce(this.#centered(x));
    if (limb > EXACT) throw outOfBounds(`limbs of up to ${limb} in a reduction`);

    // the nearest integer to the highest limb over that of p: what is missing of x / p are 2^-40 at most
    const { p } = this.field.F;
    const inverse = 2 ** (BITS * (COUNT - 1)) / Number(p);
    const round = this.#locals.number(LOW);
    const quotient = this.#locals.madd(x.vectors[COUNT - 1], this.#locals.number(-inverse), round);
    const q = this.#locals.let(op('f64x2.sub', quotient, round)); // -x / p
    const vectors = x.vectors.map((v, j) =>
      this.#p[j] === 0 ? v : this.#locals.let(this.#locals.madd(q, this.#locals.number(this.#p[j]), v)),
    );
    const value = 0.5 + 2 ** -30;
    return this.#centered({ vectors, limbs: [-limb, limb], value: [-value, value] });
  }

  /** `a` in memory; b lazy, carried where that is needed. */
  mul(a: PairInMemory, b: Pair): Pair {
    return this.mulEach([[a, b]])[0];
  }

  mulEach(factors: readonly (readonly [PairInMemory, Pair])[]): Pair[] {
    const carried = factors.map(([a, b]) => ({ a, b: this.#factor(a, b) }));
    const products = montgomeryProducts(
      this.#locals,
      this.field,
      carried.map(({ a, b }) => ({ a, b: b.vectors })),
    );
    return products.map((vectors, i) => {
      const value = this.productBound(carried[i].a.bound, magnitude(carried[i].b.value));
      if (this.#top(value) > STORED) throw outOfBounds(`a product of up to ${value} p`);
      return { vectors, limbs: [-CENTERED, CENTERED], value: [-value, value] };
    });
  }

  sqr(a: PairInMemory): Pair {
    return this.sqrEach([a])[0];
  }

  sqrEach(factors: readonly PairInMemory[]): Pair[] {
    return this.mulEach(factors.map((a) => [a, this.load(a)]));
  }

  fromWords(x: Expr, y: Expr, offset = 0): Pair {
    const words = Array.from({ length: 4 }, (_, i) =>
      this.#locals.let(
        loadLane('v128.load64_lane', 1, y, load('v128.load64_zero', x, offset + 8 * i), offset + 8 * i),
      ),
    );
    // the highest limb has a bit too many
    return this.reduce({
      vectors: columns((j) => {
        const [w, s] = [(BITS * j) >> 6, (BITS * j) & 63];
        let limb: Expr = s === 0 ? words[w] : op('i64x2.shr_u', words[w], i32(s));
        if (s + BITS > 64 && w < 3) limb = op('v128.or', limb, op('i64x2.shl', words[w + 1], i32(64 - s)));
        return this.#locals.fraction(j < COUNT - 1 ? op('v128.and', limb, this.#locals.integer(MASK)) : limb);
      }),
      limbs: [0, 2 * CENTERED],
      value: [0, ratio(1n << 256n, this.field.F.p)],
    });
  }

  gather(x: Expr, y: Expr, offset: number, bound: number): Pair {
    return {
      vectors: columns((j) =>
        this.#locals.let(
          loadLane('v128.load64_lane', 1, y, load('v128.load64_zero', x, offset + 8 * j), offset + 8 * j),
        ),
      ),
      limbs: [-CENTERED, CENTERED],
      value: [-bound, bound],
    };
  }

  scatter(x: Expr, y: Expr, offset: number, bound: number, pair: Pair): void {
    this.#checkStored(pair, bound);
    pair.vectors.forEach((v, j) => {
      this.#f.storeLane('v128.store64_lane', 0, x, v, offset + 8 * j);
      this.#f.storeLane('v128.store64_lane', 1, y, v, offset + 8 * j);
    });
  }

  mask(words: Expr, x: number, y: number): Expr {
    return this.#locals.let(shuffleWords(words, words, [x, x, y, y]));
  }

  toScalar(x: PairInMemory): [Element, Element] {
    if (x.bound > 2) throw outOfBounds(`${x.bound} p as an integer`);
    const f = this.#f;
    const twice = pieces(2n * this.field.F.p, BITS, COUNT); // makes it positive
    const { vectors } = this.load(x);
    const integers = vectors.map((v) =>
      this.#locals.let(
        op('i64x2.sub', op('f64x2.add', v, this.#locals.number(LOW)), this.#locals.integer(LOW_BITS)),
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
      this.#locals.fraction(lane('i64x2.replace_lane', 1, op('i64x2.splat', a[j]), b[j])),
    );
    this.store(to, this.carry({ vectors, limbs: [0, 2 * CENTERED], value: [0, 1] }));
  }

  /** b as a factor beside `a`. */
  #factor(a: PairInMemory, b: Pair): Pair {
    const limb = Math.max(CENTERED, this.#top(a.bound));
    const fits = (x: Pair) => limb * this.#largest(x) <= LIMB_PRODUCT;
    const x = fits(b) ? b : this.carry(b);
    if (!fits(x)) throw outOfBounds(`a product of limbs up to ${limb} and ${this.#largest(x)}`);
    return x;
  }

  /** The same value with limbs of at most CENTERED in magnitude, the highest apart: one round of carries, all at once. */
  #centered({ vectors, limbs, value }: Pair): Pair {
    const most = magnitude(limbs);
    if (most > EXACT) throw outOfBounds(`limbs of up to ${most} before a carry`);
    const round = this.#locals.number(HIGH);
    const down = this.#locals.number(2 ** -BITS);
    const carries = vectors
      .slice(0, -1)
      .map((v) => this.#locals.let(op('f64x2.sub', op('f64x2.add', v, round), round)));
    const out = vectors.map((v, j) => {
      const rest = j < COUNT - 1 ? this.#locals.let(op('f64x2.sub', v, carries[j])) : v;
      return j === 0 ? rest : this.#locals.let(this.#locals.madd(carries[j - 1], down, rest));
    });
    return { vectors: out, limbs: [-CENTERED, CENTERED], value };
  }

  #sum(vectors: readonly Expr[], limbs: Range, value: Range): Pair {
    if (magnitude(limbs) > EXACT) throw outOfBounds(`limbs from ${limbs[0]} to ${limbs[1]}`);
    return { vectors: vectors.map((v) => this.#locals.let(v)), limbs, value };
  }

  /** Limbs must be at most CENTERED in magnitude, the highest at most 2^51, and the value at most `bound`. */
  #checkStored(x: Pair, bound: number): void {
    if (magnitude(x.limbs) > CENTERED || magnitude(x.value) > bound || this.#largest(x) > STORED) {
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

function columns<T>(column: (j: number) => T): T[] {
  return Array.from({ length: COUNT }, (_, j) => column(j));
}

function magnitude([low, high]: Range): number {
  return Math.max(-low, high);
}
