/**
 * The rows of a Montgomery multiplication of pairs (see `pair-field.ts`).
 */
import { type Expr, i32, i32x4, i64x2, op, shuffleWords } from './assembler.ts';
import { type FieldDescription, LIMB_BITS, LIMB_MASK, LIMBS } from './field-description.ts';
import type { PairLocals } from './pair-locals.ts';

/**
 * The rows of a Montgomery multiplication: row i adds a_i b, then q p with q = -t_0 / p mod 2^29, and drops the lowest
 * limb. Returns 9 vectors of two 64-bit limbs below 2^29.
 */
export function montgomeryRows(
  locals: PairLocals,
  field: FieldDescription,
  limbOfA: (i: number) => Expr,
  product: (i: number, ai: Expr, j: number) => Expr | undefined,
): Expr[] {
  const p = field.p.map(Number);
  const mask = locals.constant('mask', i64x2(LIMB_MASK));
  const zero = locals.constant('zero', i32x4(0));
  const one = p[0] === 1; // then -1/p = -1 mod 2^29
  let t: (Expr | undefined)[] = [];
  for (let i = 0; i < LIMBS; i++) {
    const ai = locals.let(limbOfA(i));
    const sum = (j: number): Expr | undefined => {
      const ab = product(i, ai, j);
      return ab && t[j] ? op('i64x2.add', t[j]!, ab) : (ab ?? t[j]);
    };
    const x = locals.let(sum(0)!);
    const q = locals.let(
      op(
        'v128.and',
        one
          ? op('i64x2.sub', zero, x)
          : op('i32x4.mul', x, locals.constant('pInv', i32x4(Number(field.pInv)))),
        mask,
      ),
    );
    const qs = locals.let(shuffleWords(q, q, [0, 2, 0, 2]));
    const carry = op(
      'i64x2.shr_u',
      one ? op('i64x2.add', x, mask) : op('i64x2.add', x, timesP(locals, field, 0, q, qs)!),
      i32(LIMB_BITS),
    );
    const next: (Expr | undefined)[] = [];
    for (let j = 1; j < LIMBS; j++) {
      let v = sum(j);
      const qp = timesP(locals, field, j, q, qs);
      if (qp) v = v ? op('i64x2.add', v, qp) : qp;
      if (j === 1) v = v ? op('i64x2.add', v, carry) : carry;
      next.push(v && locals.let(v));
    }
    next.push(undefined);
    t = next;
  }
  const out: Expr[] = [];
  let carry: Expr | undefined;
  for (let j = 0; j < LIMBS - 1; j++) {
    const x = locals.let(carry ? op('i64x2.add', t[j]!, carry) : t[j]!);
    out.push(locals.let(op('v128.and', x, mask)));
    carry = op('i64x2.shr_u', x, i32(LIMB_BITS));
  }
  out.push(locals.let(carry!));
  return out;
}

/** q p_j, for q as 64-bit lanes and as words [x, y, x, y]; undefined where p has no limb. */
function timesP(locals: PairLocals, field: FieldDescription, j: number, q: Expr, qs: Expr): Expr | undefined {
  const limb = Number(field.p[j]);
  if (limb === 0) return undefined;
  if (limb === 1) return q;
  if ((limb & (limb - 1)) === 0) return op('i64x2.shl', q, i32(Math.log2(limb)));
  const h = j >> 1;
  return extmul(j, qs, locals.packed(field.p[2 * h], field.p[2 * h + 1] ?? 0n));
}

/** The product of one limb (as words [x, y, x, y]) and limb j of a vector that holds limbs j and j ^ 1. */
export function extmul(j: number, a: Expr, b: Expr): Expr {
  return op(j & 1 ? 'i64x2.extmul_high_i32x4_u' : 'i64x2.extmul_low_i32x4_u', a, b);
}
