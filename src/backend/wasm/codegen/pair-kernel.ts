/**
 * Functions that compute with pairs of field elements (`pair-field.ts`), and loops over arrays of them.
 */
import { type Expr, Func, i32, type Local, op, type ValType, type WasmModule } from './assembler.ts';
import type { FieldDescription } from './field-description.ts';
import { PairField } from './pair-field.ts';

/**
 * Adds a function that computes with pairs. `build` runs twice: once for trial, to learn which constants it needs, then
 * for good, with those constants in locals, set once at the start.
 */
export function pairFunction(
  m: WasmModule,
  field: FieldDescription,
  name: string | undefined,
  params: readonly ValType[],
  results: readonly ValType[],
  build: (F: PairField, f: Func, ...params: Local[]) => void,
): Func {
  return m.func(name, params, results, (f) => {
    const needed = new Map<string, Expr>();
    const trial = new Func(f.index, params, results);
    build(new PairField(field, trial, new Map(), needed), trial, ...trial.params);
    const constants = new Map<string, Expr>();
    for (const [key, value] of needed) constants.set(key, f.let(value));
    build(new PairField(field, f, constants, new Map()), f, ...f.params);
  });
}

/**
 * Adds an array kernel: the function `name(pointers..., n)` runs `body` n times, and after each time advances pointer i by
 * `strides[i]` bytes. n must be at least 1 (n = 0 does nothing: it returns at once).
 */
export function loopKernel(
  m: WasmModule,
  field: FieldDescription,
  name: string | undefined,
  strides: readonly number[],
  body: (F: PairField, f: Func, ...pointers: Local[]) => void,
): Func {
  const params = [...strides.map((): ValType => 'i32'), 'i32' as const];
  return pairFunction(m, field, name, params, [], (F, f, ...all) => {
    const n = all[strides.length];
    const pointers = all.slice(0, -1);
    f.if(op('i32.eqz', n), () => f.return());
    f.loop(() => {
      body(F, f, ...pointers);
      pointers.forEach((pointer, i) => f.set(pointer, op('i32.add', pointer, i32(strides[i]))));
      f.set(n, op('i32.sub', n, i32(1)));
      return n;
    });
  });
}
