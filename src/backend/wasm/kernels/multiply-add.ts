/**
 * Whether the multiply-add of relaxed SIMD rounds once, which is the machine's choice.
 *
 * | export                | effect                                                                                   |
 * |-----------------------|------------------------------------------------------------------------------------------|
 * | isFused(x) -> 0 or 1  | whether x x - round(x x) is not 0, for a double x whose square is not exact              |
 */
import { op, type WasmModule } from '../codegen/assembler.ts';

/** Doubles whose squares have a bit too many: a small one, and the largest limb of `madd-field.ts`. */
const INEXACT: readonly number[] = [1 + 2 ** -30, 2 ** 51 - 1];

/** Adds the kernel above to a module. */
export function multiplyAddKernel(m: WasmModule): void {
  m.func('isFused', ['f64'], ['i32'], (f, x) => {
    const v = f.let(op('f64x2.splat', x));
    const rounded = op('f64x2.neg', op('f64x2.mul', v, v));
    f.return(op('v128.any_true', op('f64x2.relaxed_madd', v, v, rounded)));
  });
}

/** Whether the multiply-add of a module with that kernel is fused, on this thread. */
export function multiplyAddIsFused(isFused: (x: number) => number): boolean {
  return INEXACT.every((x) => isFused(x) === 1);
}
