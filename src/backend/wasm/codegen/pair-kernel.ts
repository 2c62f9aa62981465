/**
 * Functions that compute with pairs of field elements (`pair-field.ts`), and loops over arrays of them.
 */
import { type Func, i32, type Local, op, type ValType, type WasmModule } from './assembler.ts';
import type { FieldDescription } from './field-description.ts';
import type { PairArithmetic } from './pair-arithmetic.ts';
import { PairField } from './pair-field.ts';

/** Makes the arithmetic of a function. */
export type Arithmetic<A extends PairArithmetic = PairArithmetic> = (f: Func) => A;

/** Adds a function that computes with pairs. */
export function pairFunction(
  m: WasmModule,
  field: FieldDescription,
  name: string | undefined,
  params: readonly ValType[],
  results: readonly ValType[],
  build: (F: PairField, f: Func, ...params: Local[]) => void,
): Func {
  return m.func(name, params, results, (f, ...all) => build(new PairField(field, f), f, ...all));
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
  return arrayKernel(m, (f) => new PairField(field, f), name, strides, body);
}

/** The same with any arithmetic, and for bodies that take `step` elements of each array at a time: n is a multiple of that. */
export function arrayKernel<A extends PairArithmetic>(
  m: WasmModule,
  arithmetic: Arithmetic<A>,
  name: string | undefined,
  strides: readonly number[],
  body: (F: A, f: Func, ...pointers: Local[]) => void,
  step = 1,
): Func {
  const params = [...strides.map((): ValType => 'i32'), 'i32' as const];
  return m.func(name, params, [], (f, ...all) => {
    const F = arithmetic(f);
    const n = all[strides.length];
    const pointers = all.slice(0, -1);
    f.if(op('i32.eqz', n), () => f.return());
    f.loop(() => {
      body(F, f, ...pointers);
      pointers.forEach((pointer, i) => f.set(pointer, op('i32.add', pointer, i32(strides[i]))));
      f.set(n, op('i32.sub', n, i32(step)));
      return n;
    });
  });
}
