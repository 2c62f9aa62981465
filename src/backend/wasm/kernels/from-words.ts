/**
 * | export          | effect                                                                                      |
 * |-----------------|---------------------------------------------------------------------------------------------|
 * | fromWords(d, w) | the element d (`kernels/scalar.ts`) = the words w, which may be any number below 2^256       |
 */
import type { Func, WasmModule } from '../codegen/assembler.ts';
import type { ScalarField } from '../codegen/scalar-field.ts';

/** Adds the kernel above to a module. */
export function fromWordsKernel(m: WasmModule, S: ScalarField): Func {
  return m.func('fromWords', ['i32', 'i32'], [], (f, d, w) =>
    S.store(f, d, S.mul(f, S.loadWords(f, w), S.constant(S.field.R2))),
  );
}
