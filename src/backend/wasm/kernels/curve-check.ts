/**
 * A kernel that tells whether points are on a curve y^2 = x^3 + b.
 *
 * | export                      | effect                                                                       |
 * |-----------------------------|------------------------------------------------------------------------------|
 * | firstOffCurve(s, n, b) -> i | the first of n points at s that does not satisfy the equation; n if all do   |
 *
 * A point is x, then y, 32 bytes each, little-endian, any numbers below 2^256: they stand for their residues, and whether they
 * are canonical is checked elsewhere. b is an address of 32 bytes, likewise.
 */
import { POINT_BYTES } from '../../../curve/curve.ts';
import { FIELD_BYTES } from '../../../field/field.ts';
import { type Expr, i32, op, type WasmModule } from '../codegen/assembler.ts';
import type { Element, ScalarField } from '../codegen/scalar-field.ts';

/** Adds the kernel above to a module. */
export function curveCheckKernel(m: WasmModule, S: ScalarField): void {
  m.func('firstOffCurve', ['i32', 'i32', 'i32'], ['i32'], (f, s, n, b) => {
    const element = (address: Expr): Element => S.mul(f, S.loadWords(f, address), S.constant(S.field.R2));
    const i = f.let(i32(0));
    f.if(op('i32.eqz', n), () => f.return(i));
    const constant = element(b);
    f.loop(() => {
      const x = element(s);
      const y = element(f.let(op('i32.add', s, i32(FIELD_BYTES))));
      const right = S.add(f, S.mul(f, S.sqr(f, x), x), constant);
      f.if(op('i32.eqz', S.isZero(f, S.sub(f, S.sqr(f, y), right))), () => f.return(i));
      f.set(s, op('i32.add', s, i32(POINT_BYTES)));
      f.set(i, op('i32.add', i, i32(1)));
      return op('i32.lt_u', i, n);
    });
    f.return(n);
  });
}
