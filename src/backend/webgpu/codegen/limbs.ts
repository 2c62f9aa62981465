import { NovaError } from '../../../errors.ts';
import type { PrimeField } from '../../../field/field.ts';
import { Emitter, isZero, within, type Value } from './emitter.ts';
import { ELEMENT_BITS, montgomeryRadix, type Layout } from './layout.ts';

const WORD_BITS = 32;
const WORDS: number = ELEMENT_BITS / WORD_BITS;
const MAX_WORD = (1n << BigInt(WORD_BITS)) - 1n;

/** An integer as limbs, least significant first; sum of limb i times 2^(w i). */
export interface Limbs {
  readonly limbs: readonly Value[];
  /** The largest integer that it can be. The sum of the limbs' own bounds may be larger. */
  readonly max: bigint;
}

/** A sum's term. */
export interface SignedLimbs extends Limbs {
  readonly negative: boolean;
}

/** A product's factors; the same object twice is a square. */
export type Factors = readonly [Limbs, Limbs];

/** Writes the arithmetic of one field in one layout with the emitter. "Normal" limbs are below 2^w except the top one. */
export class LimbArithmetic {
  readonly p: bigint;
  readonly R: bigint;
  readonly #code: Emitter;
  readonly #w: number;
  readonly #count: number;
  readonly #steps: number;
  readonly #mask: bigint;
  /** Weight of the top limb, in bits. */
  readonly #top: bigint;
  readonly #modulus: readonly Value[];
  /** -1/p mod 2^w. */
  readonly #n0: bigint;

  constructor(code: Emitter, F: PrimeField, layout: Layout) {
    this.p = F.p;
    this.R = montgomeryRadix(layout);
    this.#code = code;
    this.#w = layout.bits;
    this.#count = F.bits >= ELEMENT_BITS ? layout.limbs256 : layout.limbs;
    this.#steps = layout.steps;
    if (this.#steps < this.#count) {
      throw new NovaError('InvalidArgument', 'a layout needs at least as many Montgomery steps as limbs');
    }
    this.#mask = (1n << BigInt(layout.bits)) - 1n;
    this.#top = BigInt(layout.bits * (this.#count - 1));
    this.#modulus = this.constant(F.p).limbs;
    this.#n0 = negativeInverse(F.p, layout.bits);
  }

  /** Any non-negative integer. */
  constant(x: bigint): Limbs {
    return { limbs: this.#split(x).map((limb) => this.#code.constant(limb)), max: x };
  }

  #split(x: bigint): bigint[] {
    return Array.from({ length: this.#count }, (_, i) =>
      i === this.#count - 1 ? x >> this.#top : (x >> BigInt(this.#w * i)) & this.#mask,
    );
  }

  /** The element `name`, a struct of two `vec4<u32>`, whose integer is at most `max`. */
  unpack(name: string, max: bigint): Limbs {
    const words = Array.from({ length: WORDS }, (_, k) =>
      this.#code.input(wordOf(name, k), k === WORDS - 1 ? max >> BigInt(WORD_BITS * k) : MAX_WORD),
    );
    const limbs = Array.from({ length: this.#count }, (_, i) => {
      const at = this.#w * i;
      const [word, shift] = [Math.floor(at / WORD_BITS), at % WORD_BITS];
      if (word >= WORDS) return this.#code.constant(0);
      let x = this.#code.shr(words[word]!, shift);
      if (shift + this.#w > WORD_BITS && word + 1 < WORDS) {
        x = this.#code.or(x, this.#code.shl(words[word + 1]!, WORD_BITS - shift));
      }
      if (i < this.#count - 1) return this.#code.and(x, this.#mask);
      return within(x, 0n, max >> this.#top);
    });
    return { limbs, max };
  }

  /** The words of normal limbs, as the text of a struct. */
  pack({ limbs, max }: Limbs): { text: string; words: Value[] } {
    if (max >> BigInt(ELEMENT_BITS) !== 0n) throw refused('a result does not fit in 256 bits');
    const words = Array.from({ length: WORDS }, (_, k) => {
      let word = this.#code.constant(0);
      limbs.forEach((limb, i) => {
        const at = this.#w * i - WORD_BITS * k;
        const width = i === this.#count - 1 ? WORD_BITS : this.#w;
        if (at >= WORD_BITS || at + width <= 0) return;
        word = this.#code.or(word, at >= 0 ? this.#code.shl(limb, at) : this.#code.shr(limb, -at));
      });
      return word;
    });
    const half = (from: number): string =>
      `vec4<u32>(${words
        .slice(from, from + 4)
        .map((x) => x.text)
        .join(', ')})`;
    return { text: `Fe(${half(0)}, ${half(4)})`, words };
  }

  scale({ limbs, max }: Limbs, factor: bigint): Limbs {
    const c = this.#code.constant(factor);
    return { limbs: limbs.map((x) => this.#code.mul(x, c)), max: max * factor };
  }

  /**
   * The sum, limb by limb, without carries. What is subtracted is covered by a multiple of p whose limbs are at least as large as all
   * that is taken from them, so that no limb gets negative.
   */
  sum(terms: readonly SignedLimbs[]): Limbs {
    const added = terms.filter(({ negative }) => !negative);
    const taken = terms.filter(({ negative }) => negative);
    let max = added.reduce((sum, term) => sum + term.max, 0n);
    let limbs = Array.from({ length: this.#count }, (_, i) =>
      added.reduce((sum, term) => this.#code.add(sum, term.limbs[i]!), this.#code.constant(0)),
    );
    if (taken.length > 0) {
      const least = limbs.map((_, i) => taken.reduce((sum, term) => sum + term.limbs[i]!.max, 0n));
      const total = this.#join(least);
      const multiple = ((total + this.p - 1n) / this.p) * this.p;
      const rest = this.#split(multiple - total);
      max += multiple;
      limbs = limbs.map((limb, i) =>
        taken.reduce(
          (sum, term) => this.#code.sub(sum, term.limbs[i]!),
          this.#code.add(limb, this.#code.constant(least[i]! + rest[i]!)),
        ),
      );
    }
    return { limbs, max };
  }

  #join(limbs: readonly bigint[]): bigint {
    return limbs.reduce((sum, limb, i) => sum + (limb << BigInt(this.#w * i)), 0n);
  }

  /** The same integer in normal limbs. */
  carry({ limbs, max }: Limbs): Limbs {
    let carried = this.#code.constant(0);
    const normal = limbs.map((limb, i) => {
      const x = this.#code.add(limb, carried);
      if (i === this.#count - 1) return within(x, 0n, max >> this.#top);
      carried = this.#code.shr(x, this.#w);
      return this.#code.and(x, this.#mask);
    });
    return { limbs: normal, max };
  }

  /**
   * v - k p in normal limbs, at most `target` (which is at least a little above p). k = floor(T M / 2^s) is an estimate of floor(v / p)
   * from the top bits T of v that is never too large: M = floor(2^(s + b) / p) for T's weight 2^b. The cheapest choice of T
   * that suffices: the top limb; with eight bits of the one below; the same of normal limbs.
   */
  reduce(v: Limbs, target: bigint, normal: boolean): Limbs {
    const start = this.#code.operations.length;
    for (const [carryFirst, below] of [
      [false, 0],
      [false, 8],
      [true, 0],
      [true, 8],
    ] as const) {
      if (carryFirst && normal) continue;
      const reduced = this.#reduceBy(carryFirst ? this.carry(v) : v, target, normal || carryFirst, below);
      if (reduced) return reduced;
      this.#code.rewind(start);
    }
    throw refused('no estimate of the quotient is precise enough');
  }

  #reduceBy({ limbs, max }: Limbs, target: bigint, normal: boolean, below: number): Limbs | undefined {
    const last = this.#count - 1;
    const weight = this.#top - BigInt(below);
    let T = limbs[last]!;
    if (below > 0) {
      const high = this.#code.mul(T, this.#code.constant(1n << BigInt(below)));
      T = this.#code.add(high, this.#code.shr(limbs[last - 1]!, this.#w - below));
    }
    const maxT = T.max < max >> weight ? T.max : max >> weight;
    // v < (T + slack) 2^weight
    const rest = limbs.slice(0, below > 0 ? last - 1 : last).map((x) => x.max);
    const slack = normal ? 1n : 2n + (this.#join(rest) >> weight);
    const choice = quotientEstimate(this.p, { maxT, weight, slack, max, target });
    if (!choice) return undefined;
    const estimate = this.#code.mul(within(T, 0n, maxT), this.#code.constant(choice.multiplier));
    const k = this.#code.shr(estimate, choice.shift);
    return { limbs: this.#subtractMultiple(limbs, k, choice.worst), max: choice.worst };
  }

  /** v - k p in normal limbs; the difference is known to lie in [0, max]. */
  #subtractMultiple(limbs: readonly Value[], k: Value, max: bigint): Value[] {
    let carried = this.#code.constant(0);
    return limbs.map((limb, i) => {
      const x = this.#code.sub(this.#code.add(limb, carried), this.#code.mul(k, this.#modulus[i]!));
      if (i === this.#count - 1) return within(x, 0n, max >> this.#top);
      carried = this.#code.shr(x, this.#w);
      return this.#code.and(x, this.#mask);
    });
  }

  /** v < p, of normal v < 2 p. */
  canonical(v: Limbs): Limbs {
    if (v.max < this.p) return v;
    if (v.max >= 2n * this.p) throw refused('one subtraction does not make a value canonical');
    let carried = this.#code.constant(0);
    const less: Value[] = v.limbs.map((limb, i) => {
      const x = this.#code.sub(this.#code.add(limb, carried), this.#modulus[i]!);
      if (i === this.#count - 1) return (carried = x);
      carried = this.#code.shr(x, this.#w);
      return this.#code.and(x, this.#mask);
    });
    const top = (this.p - 1n) >> this.#top;
    const limbs = v.limbs.map((limb, i) => {
      if (i < this.#count - 1) return this.#code.selectNegative(carried, limb, less[i]!);
      return within(this.#code.selectNegative(carried, limb, less[i]!), 0n, top);
    });
    return { limbs, max: this.p - 1n };
  }

  /**
   * (sum of the products + q p) / R + z in normal limbs, q < R such that the division is exact (P. Montgomery, "Modular
   * multiplication without trial division", 1985), one column after the other; a column's sum is split before it could pass
   * 2^32.
   */
  montgomery(products: readonly Factors[], z: Limbs | undefined): Limbs {
    const code = this.#code;
    const [count, steps] = [this.#count, this.#steps];
    const q: Value[] = [];
    const result: Value[] = [];
    let carried = code.constant(0);
    const doubles = products.map(([x, y]) =>
      x === y ? x.limbs.map((limb) => code.shl(limb, 1)) : undefined,
    );
    for (let k = 0; k < steps + count; k++) {
      let sum = carried;
      let high = code.constant(0);
      const accumulate = (term: Value): void => {
        if (sum.max + term.max > MAX_WORD) {
          high = code.add(high, code.shr(sum, this.#w));
          sum = code.and(sum, this.#mask);
        }
        sum = code.add(sum, term);
      };
      products.forEach(([x, y], n) => {
        const double = doubles[n];
        for (let i = Math.max(0, k - count + 1); i <= Math.min(k, count - 1); i++) {
          const j = k - i;
          if (!double || i === j) accumulate(code.mul(x.limbs[i]!, y.limbs[j]!));
          else if (i < j) accumulate(code.mul(double[i]!, y.limbs[j]!));
        }
      });
      for (let i = Math.max(0, k - count + 1); i <= Math.min(k - 1, steps - 1); i++) {
        const term = code.mul(q[i]!, this.#modulus[k - i]!);
        if (!isZero(term)) accumulate(term);
      }
      if (k < steps) {
        q[k] =
          this.#n0 === this.#mask
            ? code.negLow(sum, this.#mask)
            : code.mulLow(sum, code.constant(this.#n0), this.#mask);
        accumulate(code.mul(q[k]!, this.#modulus[0]!));
        carried = code.add(code.shr(sum, this.#w), high);
      } else if (k < steps + count - 1) {
        if (z) accumulate(z.limbs[k - steps]!);
        result.push(code.and(sum, this.#mask));
        carried = code.add(code.shr(sum, this.#w), high);
      } else {
        if (z) accumulate(z.limbs[k - steps]!);
        result.push(code.add(sum, code.mul(high, code.constant(1n << BigInt(this.#w)))));
      }
    }
    const numerator = products.reduce((sum, [x, y]) => sum + x.max * y.max, (this.R - 1n) * this.p);
    const max = numerator / this.R + (z?.max ?? 0n);
    result[count - 1] = within(result[count - 1]!, 0n, max >> this.#top);
    return { limbs: result, max };
  }
}

/** WGSL's name of word k of the element `name`. */
export function wordOf(name: string, k: number): string {
  return `${name}.${k < 4 ? 'lo' : 'hi'}.${'xyzw'[k % 4]}`;
}

/** -1/p mod 2^bits, by Newton's iteration. */
export function negativeInverse(p: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let precise = 1; precise < bits; precise *= 2) inverse *= 2n - p * inverse;
  return BigInt.asUintN(bits, -inverse);
}

interface QuotientEstimate {
  readonly multiplier: bigint;
  readonly shift: number;
  /** Largest v - k p. */
  readonly worst: bigint;
}

/** The cheapest M and s of {@link LimbArithmetic.reduce}; undefined if no choice keeps v - k p within [0, target]. */
function quotientEstimate(
  p: bigint,
  {
    maxT,
    weight,
    slack,
    max,
    target,
  }: { maxT: bigint; weight: bigint; slack: bigint; max: bigint; target: bigint },
): QuotientEstimate | undefined {
  for (let shift = 4; shift < WORD_BITS - 1; shift++) {
    const s = BigInt(shift);
    const M = ((1n << s) << weight) / p;
    if (M === 0n || maxT * M > MAX_WORD) continue;
    let worst = 0n;
    let valid = true;
    // k is a step function of T: what matters happens at the ends of its steps
    for (let k = 0n; valid; k++) {
      const first = ((k << s) + M - 1n) / M;
      if (first > maxT) break;
      const next = (((k + 1n) << s) + M - 1n) / M;
      const end = next - 1n > maxT ? maxT : next - 1n;
      if (first << weight < k * p) valid = false;
      const above = (end + slack) << weight;
      const largest = (above > max ? max : above) - k * p;
      if (largest > worst) worst = largest;
      if (worst > target) valid = false;
    }
    if (valid) return { multiplier: M, shift, worst };
  }
  return undefined;
}

function refused(reason: string): NovaError {
  return new NovaError('InvalidArgument', `the layout cannot hold the values: ${reason}`);
}
