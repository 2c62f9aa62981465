/**
 * Products of pairs whose limbs are doubles (`madd-field.ts`), in Montgomery form with R = 2^255, several side by side. A product of
 * limbs, at most 2^102 in magnitude, is split exactly (N. Emmart, F. Zheng and C. Weems, "Faster modular exponentiation using
 * double precision floating point arithmetic on the GPU", 2018):
 *
 *   high = a b + 3 2^102, rounded to a multiple of 2^51: its bits, as an integer, are those of 3 2^102 plus h
 *   low = a b - h 2^51 + 3 2^51: exact, |a b - h 2^51| <= 2^50; its bits are those of 3 2^51 plus that
 *
 * so that sums of halves are sums of 64-bit integers, which start with what cancels the constants. Where the multiply-add rounds
 * twice, low is wrong: `features.ts` finds out.
 *
 * A row of a multiplication adds a_i b, then q p, where the digits q are at most 2^50 in magnitude: the result is at most
 * |a b| / R + (1/2 + 2^-49) p in magnitude. The sum of a row's lowest column is a multiple of 2^51; instead of its lower halves
 * its carry takes a rounding, which a digit of exactly 2^50 in magnitude could spoil, but does not: rounding to even goes to
 * the right side then, as p_0 (-1 / p_0) = -1 mod 4 (tested).
 *
 * A row waits for its q, some 30 cycles; two multiplications side by side fill these. Rows are a loop, which is faster than the
 * same written out (docs/performance.md).
 */
import { type Expr, i32, i64x2, load, type Local, op } from './assembler.ts';
import { BITS, COUNT, VECTOR_BYTES } from './double-layout.ts';
import { centered, centeredDigits, MASK } from './double-limbs.ts';
import { type FieldDescription, inverseModPowerOfTwo } from './field-description.ts';
import { HIGH, HIGH_BITS, LOW, LOW_BITS, type MaddLocals } from './madd-locals.ts';
import type { PairInMemory } from './pair-bounds.ts';

/** Keeps sums positive that are shifted; a multiple of 2^51. */
const BIAS = 1n << 60n;
const CARRIED_BIAS = BIAS >> BigInt(BITS);
/** Rounds sums to the nearest multiple of 2^51. */
const HALF = 1n << BigInt(BITS - 1);

/** Most, in magnitude, that limbs of the factors' products can be. */
export const LIMB_PRODUCT: number = 2 ** (2 * BITS);

/** Two factors: limbs of one in memory, those of the other in locals. */
export interface Factors {
  readonly a: PairInMemory;
  readonly b: readonly Expr[];
}

/** One of several multiplications that are done side by side. */
interface Stream extends Factors {
  /** Five columns, the lowest of this row first. */
  readonly t: Local[];
}

/** a b / R of all factors at once: what one waits for, the other does. Limbs are at most 2^50, the highest apart. */
export function montgomeryProducts(
  locals: MaddLocals,
  field: FieldDescription,
  factors: readonly Factors[],
): Expr[][] {
  const { f } = locals;
  const p = centeredDigits(field.F.p);
  const inverse = centered(inverseModPowerOfTwo(-field.F.p, BITS));
  // what makes each column BIAS + 2^50 more than its products when it is the lowest
  const start = p.map((_, j) => BIAS + HALF - constants(p, 0, j) - (j > 0 ? CARRIED_BIAS : 0n));
  const streams = factors.map((both): Stream => ({
    ...both,
    t: start.map((x) => f.let(i64x2(BigInt.asUintN(64, x)))),
  }));
  const at = f.let(i32(0));
  f.loop(() => {
    for (const stream of streams) row(locals, p, inverse, stream, at);
    f.set(at, op('i32.add', at, i32(VECTOR_BYTES)));
    return op('i32.ne', at, i32(VECTOR_BYTES * COUNT));
  });
  return streams.map(({ t }) => normalized(locals, p, t));
}

/** What HIGH and LOW add to a column in the rows in which it is column `from`, that one less, ..., `to`. */
function constants(p: readonly number[], to: number, from: number): bigint {
  let sum = 0n;
  for (let k = to; k <= from; k++) {
    if (k < COUNT) sum += k > 0 && p[k] !== 0 ? 2n * LOW_BITS : LOW_BITS;
    if (k > 0) sum += k === 1 || p[k - 1] !== 0 ? 2n * HIGH_BITS : HIGH_BITS;
  }
  return sum;
}

/** Adds a_i b and q p to the columns, and drops the lowest. */
function row(locals: MaddLocals, p: readonly number[], inverse: number, { a, b, t }: Stream, at: Expr): void {
  const { f } = locals;
  const [high, both] = [locals.number(HIGH), locals.number(HIGH + LOW)];
  const columns: (Expr | undefined)[] = [...t, undefined];
  const add = (j: number, x: Expr): void => {
    const sum = columns[j];
    columns[j] = locals.let(sum ? op('i64x2.add', sum, x) : x);
  };
  const ai = locals.let(load('v128.load', op('i32.add', a.address, at), a.offset ?? 0));
  const product = (j: number, x: Expr, y: Expr): void => {
    const h = locals.let(locals.madd(x, y, high));
    add(j, locals.madd(x, y, op('f64x2.sub', both, h)));
    add(j + 1, h);
  };
  b.forEach((bj, j) => product(j, ai, bj));

  // the lowest column plus BIAS + 2^50; its centered low part; the digit that clears it
  const z = columns[0]!;
  const lowest = locals.fraction(op('v128.and', z, locals.integer(MASK)), Number(HALF));
  const h = locals.let(locals.madd(lowest, locals.number(inverse), high));
  const q = locals.let(locals.madd(lowest, locals.number(inverse), op('f64x2.sub', high, h)));
  add(1, op('i64x2.shr_u', z, i32(BITS)));
  add(1, locals.madd(q, locals.number(p[0]), high));
  for (let j = 1; j < COUNT; j++) if (p[j] !== 0) product(j, q, locals.number(p[j]));
  t.forEach((v, j) => f.set(v, columns[j + 1]!));
}

/** Columns with what the rows left in them, as limbs from -2^50 to 2^50 - 1, the highest of any size. */
function normalized(locals: MaddLocals, p: readonly number[], t: readonly Expr[]): Expr[] {
  let carry: Expr | undefined;
  return t.map((column, j) => {
    const known = constants(p, j + 1, COUNT) + CARRIED_BIAS;
    const x = carry ? op('i64x2.add', column, carry) : column;
    if (j === COUNT - 1) {
      const limb = op('i64x2.add', x, locals.integer(LOW_BITS - known));
      return locals.let(op('f64x2.sub', limb, locals.number(LOW)));
    }
    const sum = locals.let(op('i64x2.add', x, locals.integer(BIAS + HALF - known)));
    carry = op('i64x2.shr_u', sum, i32(BITS));
    return locals.fraction(op('v128.and', sum, locals.integer(MASK)), Number(HALF));
  });
}
