import type { Expr, Func, Local } from './assembler.ts';

/** Variables and constants of one function, each constant once. */
export class FunctionLocals {
  readonly f: Func;
  /** Those that the function has so far. */
  readonly #constants = new Map<string, Expr>();

  constructor(f: Func) {
    this.f = f;
  }

  let(value: Expr): Local {
    return this.f.let(value);
  }

  /** A constant by a name of its own. */
  constant(key: string, value: Expr): Expr {
    let known = this.#constants.get(key);
    if (known === undefined) this.#constants.set(key, (known = this.f.constant(value)));
    return known;
  }
}
