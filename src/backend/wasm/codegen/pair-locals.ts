/**
 * Pairs of elements in local variables, as `pair-field.ts` has them: five vectors [x_2h, y_2h, x_2h+1, y_2h+1]; constants of the
 * function; and the limbs one by one, as vectors of two 64-bit words.
 */
import { type Expr, i32x4, op, shuffleWords } from './assembler.ts';
import { LIMBS } from './field-description.ts';
import { FunctionLocals } from './function-locals.ts';

/** Vectors of a pair. */
export const VECTORS: number = (LIMBS + 1) / 2;

/** The variables of one function. */
export class PairLocals extends FunctionLocals {
  packed(even: bigint, odd: bigint): Expr {
    const [e, o] = [Number(even), Number(odd)];
    return this.constant(`${e} ${o}`, i32x4(e, e, o, o));
  }

  packedConstant(limbs: readonly bigint[]): Expr[] {
    return Array.from({ length: VECTORS }, (_, h) => this.packed(limbs[2 * h], limbs[2 * h + 1] ?? 0n));
  }

  /** 9 vectors of two 64-bit limbs below 2^32 as five vectors. */
  pack(limbs: readonly Expr[]): Expr[] {
    return Array.from({ length: VECTORS }, (_, h) =>
      this.let(
        2 * h + 1 < LIMBS
          ? shuffleWords(limbs[2 * h], limbs[2 * h + 1], [0, 2, 4, 6])
          : shuffleWords(limbs[2 * h], limbs[2 * h], [0, 2, 0, 2]),
      ),
    );
  }

  /** The reverse of {@link PairLocals.pack}. */
  unpack(vectors: readonly Expr[]): Expr[] {
    return Array.from({ length: LIMBS }, (_, j) =>
      this.let(op(`i64x2.extend_${j & 1 ? 'high' : 'low'}_i32x4_u`, vectors[j >> 1])),
    );
  }
}
