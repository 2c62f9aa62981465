/**
 * Integers of 256 bits in memory, little-endian words, and the limbs of pairs.
 */
import { type Expr, i32, i64x2, load, loadLane, op } from './assembler.ts';
import { LIMB_BITS, LIMB_MASK, LIMBS } from './field-description.ts';
import type { PairLocals } from './pair-locals.ts';

/** Two integers at two addresses, cut into limbs: vectors of two 64-bit words. */
export function limbsFromWords(locals: PairLocals, x: Expr, y: Expr, offset: number): Expr[] {
  const words = Array.from({ length: 4 }, (_, i) =>
    locals.let(
      loadLane('v128.load64_lane', 1, y, load('v128.load64_zero', x, offset + 8 * i), offset + 8 * i),
    ),
  );
  const mask = locals.constant('mask', i64x2(LIMB_MASK));
  return Array.from({ length: LIMBS }, (_, l) => {
    const bit = LIMB_BITS * l;
    const [w, s] = [bit >> 6, bit & 63];
    let limb: Expr = s === 0 ? words[w] : op('i64x2.shr_u', words[w], i32(s));
    if (s + LIMB_BITS > 64 && w < 3) limb = op('v128.or', limb, op('i64x2.shl', words[w + 1], i32(64 - s)));
    return locals.let(op('v128.and', limb, mask));
  });
}

/** The reverse, for limbs below 2^29 of integers below 2^256. */
export function wordsFromLimbs(
  locals: PairLocals,
  x: Expr,
  y: Expr,
  limbs: readonly Expr[],
  offset: number,
): void {
  for (let w = 0; w < 4; w++) {
    let word: Expr | undefined;
    limbs.forEach((limb, l) => {
      const bit = LIMB_BITS * l - 64 * w;
      if (bit <= -LIMB_BITS || bit >= 64) return;
      const part = bit === 0 ? limb : op(bit > 0 ? 'i64x2.shl' : 'i64x2.shr_u', limb, i32(Math.abs(bit)));
      word = word ? op('v128.or', word, part) : part;
    });
    const v = locals.let(word!);
    locals.f.storeLane('v128.store64_lane', 0, x, v, offset + 8 * w);
    locals.f.storeLane('v128.store64_lane', 1, y, v, offset + 8 * w);
  }
}
