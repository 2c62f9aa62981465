/**
 * Kernels on single field elements, for whatever is sequential: the witness, tails of batches, conversions.
 *
 * An *element* is unpacked: 9 limbs of 29 bits as u32 in 36 bytes (`ELEMENT_STRIDE` apart), Montgomery form, R = 2^261,
 * below 2p, limbs normalised; results are too. *Words* are 32 bytes, a canonical little-endian integer in standard form.
 * All parameters are addresses; results may overwrite operands.
 *
 * | export                  | effect                                                              |
 * |-------------------------|---------------------------------------------------------------------|
 * | mul(d, a, b)            | d = a b                                                             |
 * | sqr(d, a)               | d = a^2                                                             |
 * | add(d, a, b)            | d = a + b                                                           |
 * | sub(d, a, b)            | d = a - b                                                           |
 * | neg(d, a)               | d = -a                                                              |
 * | fromWords(d, w)         | the element d = the words w, see `kernels/from-words.ts`            |
 * | toWords(w, a)           | the words w = the element a                                         |
 * | isZero(a) -> 0 or 1     | a = 0                                                               |
 * | equal(a, b) -> 0 or 1   | a = b                                                               |
 * | inv(d, a)               | d = a = 0 ? 0 : 1 / a                                               |
 * | pow(d, a, chain, table) | d = a to a power, see `kernels/power.ts`                            |
 */
import type { Expr, Func, WasmModule } from '../codegen/assembler.ts';
import type { FieldDescription } from '../codegen/field-description.ts';
import { ScalarField, type Element } from '../codegen/scalar-field.ts';
import { inverse } from '../codegen/inverse.ts';
import { fromWordsKernel } from './from-words.ts';
import { powKernel } from './power.ts';

/** The functions of this group, for other kernels to call. */
export interface ScalarKernels {
  readonly S: ScalarField;
  readonly mul: Func;
  readonly sqr: Func;
  readonly add: Func;
  readonly sub: Func;
  readonly neg: Func;
  readonly fromWords: Func;
  readonly toWords: Func;
  readonly isZero: Func;
  readonly equal: Func;
  readonly inv: Func;
  readonly pow: Func;
}

/** Adds the kernels above to a module. */
export function scalarKernels(m: WasmModule, field: FieldDescription): ScalarKernels {
  const S = new ScalarField(field);
  const unary = (name: string, build: (f: Func, a: Element) => readonly Expr[]): Func =>
    m.func(name, ['i32', 'i32'], [], (f, d, a) => S.store(f, d, build(f, S.load(f, a))));
  const binary = (name: string, build: (f: Func, a: Element, b: Element) => readonly Expr[]): Func =>
    m.func(name, ['i32', 'i32', 'i32'], [], (f, d, a, b) =>
      S.store(f, d, build(f, S.load(f, a), S.load(f, b))),
    );
  return {
    S,
    mul: binary('mul', (f, a, b) => S.mul(f, a, b)),
    sqr: unary('sqr', (f, a) => S.sqr(f, a)),
    add: binary('add', (f, a, b) => S.add(f, a, b)),
    sub: binary('sub', (f, a, b) => S.sub(f, a, b)),
    neg: unary('neg', (f, a) => S.neg(f, a)),
    fromWords: fromWordsKernel(m, S),
    toWords: m.func('toWords', ['i32', 'i32'], [], (f, w, a) =>
      S.storeWords(f, w, S.fromMontgomery(f, S.load(f, a))),
    ),
    isZero: m.func('isZero', ['i32'], ['i32'], (f, a) => f.return(S.isZero(f, S.load(f, a)))),
    equal: m.func('equal', ['i32', 'i32'], ['i32'], (f, a, b) =>
      f.return(S.isZero(f, S.sub(f, S.load(f, a), S.load(f, b)))),
    ),
    inv: m.func('inv', ['i32', 'i32'], [], (f, d, a) => S.store(f, d, inverse(f, S, S.load(f, a)))),
    pow: powKernel(m, S),
  };
}
