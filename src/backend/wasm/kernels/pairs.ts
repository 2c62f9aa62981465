/**
 * Kernels over arrays of pairs: n pairs, 72 bytes each (see `codegen/pair-field.ts`), Montgomery form. Between kernels every
 * element is below {@link ARRAY_BOUND} p, its limbs at most `LOOSE_LIMB`; every kernel takes such arrays and leaves such arrays.
 * An output may be an input.
 *
 * | kernel                          | effect                                                                  |
 * |---------------------------------|-------------------------------------------------------------------------|
 * | `pairMul(d, x, y, n)`           | d = x y                                                                 |
 * | `pairSqr(d, x, n)`              | d = x^2                                                                 |
 * | `pairAdd`, `pairSub(d, x, y, n)`| d = x + y, x - y                                                        |
 * | `pairNeg(d, x, n)`              | d = -x                                                                  |
 * | `pairFromWords(d, s, n)`        | 2n integers of 32 bytes at s, below 2^256, to pairs                     |
 * | `pairToWords(d, x, n)`          | the reverse; canonical                                                  |
 * | `pairInvertBatch(d, t, n)`      | 1/d in place; t: n + 32 pairs of scratch. Returns 1 if an element is zero: then all of d is lost |
 */
import { type Func, i32, op, type WasmModule } from '../codegen/assembler.ts';
import type { FieldDescription } from '../codegen/field-description.ts';
import { ARRAY_BOUND } from '../codegen/pair-bounds.ts';
import { PAIR_BYTES, PairField } from '../codegen/pair-field.ts';
import { loopKernel } from '../codegen/pair-kernel.ts';
import { inversionKernel } from './inversion.ts';

/** What {@link pairKernels} adds to a module: functions that other kernels can call. */
export interface PairKernels {
  readonly mul: Func;
  readonly sqr: Func;
  readonly invertBatch: Func;
}

/** Adds the kernels above to a module. */
export function pairKernels(m: WasmModule, field: FieldDescription): PairKernels {
  const S = PAIR_BYTES;
  const bound = ARRAY_BOUND;
  const mul = loopKernel(m, field, 'pairMul', [S, S, S], (F, _, d, x, y) =>
    F.store({ address: d, bound }, F.mul({ address: x, bound }, F.load({ address: y, bound }))),
  );
  const sqr = loopKernel(m, field, 'pairSqr', [S, S], (F, _, d, x) =>
    F.store({ address: d, bound }, F.sqr({ address: x, bound })),
  );
  loopKernel(m, field, 'pairAdd', [S, S, S], (F, _, d, x, y) =>
    F.store(
      { address: d, bound },
      F.reduce(F.add(F.load({ address: x, bound }), F.load({ address: y, bound }))),
    ),
  );
  loopKernel(m, field, 'pairSub', [S, S, S], (F, _, d, x, y) =>
    F.store(
      { address: d, bound },
      F.reduce(F.sub(F.load({ address: x, bound }), F.load({ address: y, bound }))),
    ),
  );
  loopKernel(m, field, 'pairNeg', [S, S], (F, _, d, x) =>
    F.store({ address: d, bound }, F.reduce(F.neg(F.load({ address: x, bound })))),
  );
  loopKernel(m, field, 'pairFromWords', [S, 64], (F, _, d, s) => {
    const x = F.fromWords(s, op('i32.add', s, i32(32)));
    F.store({ address: d, bound: x.value[1] }, x);
    F.store({ address: d, bound }, F.mul({ address: d, bound: x.value[1] }, F.constant(field.R2)));
  });
  loopKernel(m, field, 'pairToWords', [64, S], (F, _, d, x) =>
    F.toWords(d, op('i32.add', d, i32(32)), F.canonical(F.mul({ address: x, bound }, F.constant(1n)))),
  );
  const arithmetic = (f: Func) => new PairField(field, f);
  return { mul, sqr, invertBatch: inversionKernel(m, field, arithmetic, 'pairInvertBatch', S, mul) };
}
