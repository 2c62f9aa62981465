/**
 * A small assembler for WebAssembly modules: kernels are written as TypeScript that builds expressions, so that their
 * constants and unrolled loops come from one description of a field. Binary format: https://webassembly.github.io/spec/core/binary.
 *
 * An expression is the code that leaves one value on the stack (`expression.ts`); a statement is appended to its function at
 * once (`function.ts`). Functions of a module without SIMD compute the same with numbers of 32 and 64 bits (`lanes.ts`).
 */
import { ByteBuffer, leb } from './encoding.ts';
import type { Local } from './expression.ts';
import { Func } from './function.ts';
import { TYPE_CODE, type ValType } from './instructions.ts';
import type { Lanes } from './lanes.ts';

export {
  type Expr,
  f64x2,
  i32,
  i32x4,
  i64,
  i64x2,
  lane,
  load,
  loadLane,
  type Local,
  op,
  select,
  shuffle,
  shuffleWords,
} from './expression.ts';
export { Func } from './function.ts';
export type { ValType } from './instructions.ts';

/** `\\0asm`, version 1. */
const MAGIC_AND_VERSION: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module under construction. It imports its memory as `env.memory`. */
export class WasmModule {
  readonly #lanes: typeof Lanes | undefined;
  readonly #functions: Func[] = [];
  readonly #exports: [string, number][] = [];

  /** @param lanes what stands for vectors of 128 bits in a module that may not use them */
  constructor(lanes?: typeof Lanes) {
    this.#lanes = lanes;
  }

  /**
   * Adds a function; `build` writes its body. Exported under `name` unless that is undefined.
   * Functions can call the ones added before them, and themselves.
   */
  func(
    name: string | undefined,
    params: readonly ValType[],
    results: readonly ValType[],
    build: (f: Func, ...params: Local[]) => void,
  ): Func {
    const f = new Func(this.#functions.length, params, results, this.#lanes);
    this.#functions.push(f);
    if (name !== undefined) this.#exports.push([name, f.index]);
    build(f, ...f.params);
    return f;
  }

  /** Exports a function under another name. */
  export(name: string, { index }: Func): void {
    this.#exports.push([name, index]);
  }

  /** The module's bytes. `pages` is the least size of the memory; a shared one needs its greatest size declared. */
  toBytes(memory: { shared: boolean; maximum: number }): Uint8Array<ArrayBuffer> {
    const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
    const vector = (items: number[][]) => [...leb(items.length), ...items.flat()];
    const text = (s: string) => vector([...new TextEncoder().encode(s)].map((b) => [b]));
    const types = this.#functions.map((f) => [
      0x60,
      ...vector(f.params.map((p) => [TYPE_CODE[p.type]])),
      ...vector(f.results.map((t) => [TYPE_CODE[t]])),
    ]);
    const limits = memory.shared ? [0x03, 0, ...leb(memory.maximum)] : [0x01, 0, ...leb(memory.maximum)];
    const bodies = new ByteBuffer();
    for (const f of this.#functions) f.writeTo(bodies);
    const count = leb(this.#functions.length);
    const head = [
      ...MAGIC_AND_VERSION,
      ...section(1, vector(types)),
      ...section(2, vector([[...text('env'), ...text('memory'), 0x02, ...limits]])),
      ...section(3, vector(this.#functions.map((_, i) => leb(i)))),
      ...section(7, vector(this.#exports.map(([name, index]) => [...text(name), 0x00, ...leb(index)]))),
      10,
      ...leb(count.length + bodies.length),
      ...count,
    ];
    const out = new Uint8Array(head.length + bodies.length);
    out.set(head);
    out.set(bodies.view(), head.length);
    return out;
  }
}
