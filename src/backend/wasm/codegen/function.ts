import { ByteBuffer, leb } from './encoding.ts';
import { checkTypes, type Code, codeOf, type Expr, i32, type Local } from './expression.ts';
import { LANE_STORES, STORES, TYPE_CODE, type ValType } from './instructions.ts';
import type { Lanes } from './lanes.ts';

/** A function under construction. A statement is appended to it at once. */
export class Func {
  readonly params: readonly Local[];
  readonly results: readonly ValType[];
  readonly index: number;
  readonly #locals: ValType[] = [];
  /** Sets constants; goes before the code proper. */
  readonly #start = new ByteBuffer();
  readonly #code = new ByteBuffer();
  /** What stands for vectors where there are none. */
  readonly #lanes: Lanes | undefined;

  /** Use {@link WasmModule.func}. */
  constructor(
    index: number,
    params: readonly ValType[],
    results: readonly ValType[],
    lanes: typeof Lanes | undefined,
  ) {
    this.index = index;
    this.params = params.map((type, i) => localAt(i, type));
    this.results = results;
    this.#lanes =
      lanes &&
      new lanes({
        local: (type) => this.#newLocal(type),
        emit: (code) => this.#flatten(code, this.#code),
      });
  }

  /** A new local variable, zero unless a value is given. */
  local(type: ValType, value?: Expr): Local {
    const v = type === 'v128' && this.#lanes ? this.#lanes.local() : this.#newLocal(type);
    if (value) this.set(v, value);
    return v;
  }

  /** A new local variable with this value: what keeps an expression from being computed twice. */
  let(value: Expr): Local {
    if (value.type === 'v128' && this.#lanes) return this.#lanes.let(value);
    return this.local(value.type, value);
  }

  /** A constant vector for use anywhere in the function, loops included: loaded once, if that is what makes it cheap. */
  constant(value: Expr): Expr {
    if (this.#lanes) return value;
    const v = this.#newLocal(value.type);
    this.#flatten([value.code, 0x21, leb(v.index)], this.#start);
    return v;
  }

  set(v: Local, value: Expr): void {
    checkTypes('local.set', [value], [v.type]);
    if (v.type === 'v128' && this.#lanes) return this.#lanes.set(v, value);
    this.#emit(codeOf(value), 0x21, leb(v.index));
  }

  store(name: string, address: Expr, value: Expr, offset = 0): void {
    const [code, align, type] = STORES[name];
    checkTypes(name, [address, value], ['i32', type]);
    if (type === 'v128' && this.#lanes) return this.#lanes.store(address, value, offset);
    this.#emit(codeOf(address), codeOf(value), code, align, leb(offset));
  }

  storeLane(name: string, index: number, address: Expr, vector: Expr, offset = 0): void {
    const [code, align] = LANE_STORES[name];
    checkTypes(name, [address, vector], ['i32', 'v128']);
    if (this.#lanes) return this.#lanes.storeLane(name, index, address, vector, offset);
    this.#emit(codeOf(address), vector.code, code, align, leb(offset), index);
  }

  /** Runs the body, and again as long as the condition that it returns is not zero. */
  loop(body: () => Expr): void {
    this.#emit(0x03, 0x40);
    const condition = body();
    checkTypes('br_if', [condition], ['i32']);
    this.#emit(codeOf(condition), 0x0d, 0x00, 0x0b);
  }

  /** Runs `then` if the condition is not zero, else `otherwise`. */
  if(condition: Expr, then: () => void, otherwise?: () => void): void {
    checkTypes('if', [condition], ['i32']);
    this.#emit(codeOf(condition), 0x04, 0x40);
    then();
    if (otherwise) {
      this.#emit(0x05);
      otherwise();
    }
    this.#emit(0x0b);
  }

  /** Runs the case that `index` names; an index beyond the last runs the last. Cases do not fall through. */
  switch(index: Expr, cases: readonly (() => void)[]): void {
    const n = cases.length;
    // one block around everything, and one more per case to land behind
    this.#emit(0x02, 0x40);
    for (let i = 0; i < n; i++) this.#emit(0x02, 0x40);
    const targets = cases.slice(1).map((_, i) => leb(i));
    this.#emit(codeOf(index), 0x0e, leb(n - 1), targets, leb(n - 1));
    cases.forEach((body, i) => {
      this.#emit(0x0b);
      body();
      this.#emit(0x0c, leb(n - 1 - i));
    });
    this.#emit(0x0b);
  }

  /** A call as an expression; the callee has one result. */
  call(callee: Func, ...args: Expr[]): Expr {
    this.#checkCall(args, callee);
    return { type: callee.results[0], code: [args.map(codeOf), 0x10, leb(callee.index)] };
  }

  /** A call as a statement; the callee's results, if any, are dropped. */
  do(callee: Func, ...args: Expr[]): void {
    this.#checkCall(args, callee);
    this.#emit(
      args.map(codeOf),
      0x10,
      leb(callee.index),
      callee.results.map(() => 0x1a),
    );
  }

  /** Returns from the function. */
  return(...values: Expr[]): void {
    checkTypes('return', values, this.results);
    this.#emit(values.map(codeOf), 0x0f);
  }

  /** Copies `n` bytes; regions may overlap. */
  copyMemory(to: Expr, from: Expr, n: Expr): void {
    checkTypes('memory.copy', [to, from, n], ['i32', 'i32', 'i32']);
    this.#emit(codeOf(to), codeOf(from), codeOf(n), 0xfc, 10, 0, 0);
  }

  /** Sets `n` bytes to zero. */
  zeroMemory(at: Expr, n: Expr): void {
    checkTypes('memory.fill', [at, n], ['i32', 'i32']);
    this.#emit(codeOf(at), i32(0).code, codeOf(n), 0xfc, 11, 0);
  }

  /** Appends the function's body, as the binary format wants it. A function with results must end in a `return`. */
  writeTo(out: ByteBuffer): void {
    const runs: [number, ValType][] = [];
    for (const type of this.#locals) {
      if (runs.length > 0 && runs[runs.length - 1][1] === type) runs[runs.length - 1][0]++;
      else runs.push([1, type]);
    }
    const locals = [...leb(runs.length), ...runs.flatMap(([n, type]) => [...leb(n), TYPE_CODE[type]])];
    const end = this.results.length > 0 ? [0x00, 0x0b] : [0x0b]; // unreachable, end
    out.pushAll(leb(locals.length + this.#start.length + this.#code.length + end.length));
    for (const part of [locals, this.#start.view(), this.#code.view(), end]) out.pushAll(part);
  }

  #newLocal(type: ValType): Local {
    return localAt(this.params.length + this.#locals.push(type) - 1, type);
  }

  #checkCall(args: readonly Expr[], callee: Func): void {
    checkTypes(
      'call',
      args,
      callee.params.map((p) => p.type),
    );
  }

  #emit(...code: Code): void {
    this.#flatten(code, this.#code);
  }

  /** Appends all bytes of `code` to `out`. */
  #flatten(code: Code, out: ByteBuffer): void {
    for (const part of code) {
      if (typeof part === 'number') out.push(part);
      else if (!('type' in part)) this.#flatten(part, out);
      else if (this.#lanes) this.#flatten(this.#lanes.scalar(part).code, out);
      else this.#flatten(part.code, out);
    }
  }
}

function localAt(index: number, type: ValType): Local {
  return { index, type, code: [0x20, leb(index)] };
}
