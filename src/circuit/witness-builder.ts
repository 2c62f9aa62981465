import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import { Op, type Hint, type VariableRange, type WitnessProgram } from '../field/program.ts';
import type { Num } from './linear-combination.ts';
import { Uint32List } from './uint32-list.ts';

declare const value: unique symbol;

/** A value that the witness program will compute: the number of its node. */
export type Value = number & { readonly [value]: true };

/** A value, or the value of a number of the circuit. */
export type Operand = Value | Num;

const NONE = -1;

/**
 * Builds a witness program while a circuit is synthesised: every call defines a node (in SSA form) and emits the
 * instruction that computes it. `bind` says which variable of W a node is; `compile` lays the nodes out in slots.
 */
export class WitnessBuilder {
  readonly field: PrimeField;
  /** Code with nodes in the place of slots. */
  readonly #code = new Uint32List();
  /** Per node: the variable of W it is, or NONE. */
  readonly #variable: number[] = [];
  readonly #inputs: Value[] = [];
  readonly #constants = new Map<bigint, Value>();
  readonly #lists = new Map<readonly bigint[], readonly Value[]>();
  readonly #exponents: bigint[] = [];
  readonly #hints: Hint[] = [];
  /** Inputs and constants: nodes with slots of their own. */
  readonly #given = new Set<Value>();
  #variables = 0;
  /** Inputs that are not late; undefined while none is. */
  #early: number | undefined;

  constructor(field: PrimeField) {
    this.field = field;
  }

  /** The next input of the program. */
  input(): Value {
    const node = this.#node();
    this.#inputs.push(node);
    this.#given.add(node);
    return node;
  }

  /** From here on inputs are late: what does not depend on them is the program's head. */
  beginLateInputs(): void {
    this.#early = this.#inputs.length;
  }

  /** A constant, kept once. */
  constant(x: bigint): Value {
    let node = this.#constants.get(x);
    if (node === undefined) {
      this.field.check(x, 'a constant');
      node = this.#node();
      this.#constants.set(x, node);
      this.#given.add(node);
    }
    return node;
  }

  /** Constants of a list that many calls give: it must never change, since it is looked up once. */
  constants(xs: readonly bigint[]): readonly Value[] {
    let nodes = this.#lists.get(xs);
    if (nodes === undefined) {
      nodes = xs.map((x) => this.constant(x));
      this.#lists.set(xs, nodes);
    }
    return nodes;
  }

  add(a: Operand, b: Operand): Value {
    return this.#emit(Op.Add, a, b);
  }

  sub(a: Operand, b: Operand): Value {
    return this.#emit(Op.Sub, a, b);
  }

  mul(a: Operand, b: Operand): Value {
    return this.#emit(Op.Mul, a, b);
  }

  /** a b + c */
  mulAdd(a: Operand, b: Operand, c: Operand): Value {
    return this.#emit(Op.MulAdd, a, b, c);
  }

  /** The sum of a_i b_i. */
  dot(a: readonly Operand[], b: readonly Operand[]): Value {
    if (a.length !== b.length) throw new NovaError('SynthesisError', 'dot takes two lists of one length');
    const d = this.#node();
    this.#code.pushAll(Op.Dot, d, a.length);
    for (let i = 0; i < a.length; i++) this.#code.pushAll(nodeOf(a[i]), nodeOf(b[i]));
    return d;
  }

  /** a / b, or `otherwise` where b is zero. */
  div(a: Operand, b: Operand, otherwise: Operand): Value {
    return this.#emit(Op.Div, a, b, otherwise);
  }

  /** a^e for a constant exponent e >= 0. */
  pow(a: Operand, e: bigint): Value {
    if (e < 0n) throw new NovaError('SynthesisError', 'an exponent must not be negative');
    let k = this.#exponents.indexOf(e);
    if (k < 0) k = this.#exponents.push(e) - 1;
    const d = this.#node();
    this.#code.pushAll(Op.Pow, d, nodeOf(a), k);
    return d;
  }

  /** 1 if a = b, else 0. */
  equal(a: Operand, b: Operand): Value {
    return this.#emit(Op.Equal, a, b);
  }

  /** a if the condition is 1, else b. */
  select(condition: Operand, a: Operand, b: Operand): Value {
    return this.#emit(Op.Select, condition, a, b);
  }

  /** Bits `shift .. shift + width` of a, taken as an integer below p. */
  bits(a: Operand, shift: number, width: number): Value {
    const d = this.#node();
    this.#code.pushAll(Op.Bits, d, nodeOf(a), shift, width);
    return d;
  }

  /** Quotient and remainder of (a b) / m over integers of 64-bit limbs; an empty b stands for 1. */
  divMod(
    a: readonly Operand[],
    b: readonly Operand[],
    m: readonly Operand[],
    quotientLimbs: number,
    remainderLimbs: number,
  ): { quotient: Value[]; remainder: Value[] } {
    const quotient = this.#nodes(quotientLimbs);
    const remainder = this.#nodes(remainderLimbs);
    this.#code.push(Op.DivMod);
    for (const group of [quotient, remainder, a, b, m])
      this.#code.pushAll(group.length, ...group.map(nodeOf));
    return { quotient, remainder };
  }

  /** `count` values that a JavaScript function computes from the given ones, once per step. */
  hint(fn: Hint, args: readonly Operand[], count: number): Value[] {
    const out = this.#nodes(count);
    this.#code.pushAll(Op.Hint, this.#hints.push(fn) - 1, args.length, ...args.map(nodeOf), count, ...out);
    return out;
  }

  /** Makes a node the next variable of W; a node that is one already (or an input, a constant) is copied. */
  bind(node: Value): Value {
    if (this.#variable[node] !== NONE || this.#given.has(node)) {
      const copy = this.#emit(Op.Copy, node);
      this.#variable[copy] = this.#variables++;
      return copy;
    }
    this.#variable[node] = this.#variables++;
    return node;
  }

  /** Puts the head first, lays out the slots (temporaries are reused once their last reader has run) and rewrites the code. */
  compile(outputs: readonly Value[]): WitnessProgram {
    const { code, words, variables } = this.#headFirst(this.#code.finish());
    const lastUse = new Int32Array(this.#variable.length).fill(NONE);
    forEachOperand(code, (i, pc, defines) => {
      if (!defines) lastUse[code[i]] = pc;
    });
    outputs.forEach((node) => (lastUse[node] = code.length));

    const slot = Int32Array.from(this.#variable);
    this.#inputs.forEach((node, i) => (slot[node] = this.#variables + i));
    const firstConstant = this.#variables + this.#inputs.length;
    [...this.#constants.values()].forEach((node, i) => (slot[node] = firstConstant + i));
    const firstTemporary = firstConstant + this.#constants.size;
    let slots = firstTemporary;
    const free: number[] = [];
    let dead: number[] = []; // temporaries whose last reader is the current instruction
    let current = NONE;

    forEachOperand(code, (i, pc, defines) => {
      if (pc !== current) {
        free.push(...dead);
        dead = [];
        current = pc;
      }
      const node = code[i];
      if (defines && slot[node] === NONE) slot[node] = free.pop() ?? slots++;
      const unused = defines ? lastUse[node] === NONE : lastUse[node] === pc;
      if (unused && slot[node] >= firstTemporary && !dead.includes(slot[node])) dead.push(slot[node]);
      code[i] = slot[node];
    });

    return {
      field: this.field,
      variables: this.#variables,
      inputs: this.#inputs.length,
      constants: [...this.#constants.keys()],
      slots,
      code,
      exponents: this.#exponents,
      hints: this.#hints,
      outputs: outputs.map((node) => slot[node]),
      head: { inputs: this.#early ?? this.#inputs.length, words, variables },
    };
  }

  /**
   * The instructions that depend on no late input, then the others, both in the order in which they were: what the former read
   * is among them, so that everything is still computed before it is read.
   */
  #headFirst(code: Uint32Array): { code: Uint32Array; words: number; variables: VariableRange[] } {
    const late = new Uint8Array(this.#variable.length);
    for (const node of this.#inputs.slice(this.#early ?? this.#inputs.length)) late[node] = 1;
    const sorted = new Uint32Array(code.length);
    const tail = new Uint32List();
    let words = 0;
    for (let pc = 0, end = 0; pc < code.length; pc = end) {
      let isLate = false;
      end = visitOperands(code, pc, (i, defines) => {
        if (!defines && late[code[i]]) isLate = true;
      });
      if (isLate) {
        visitOperands(code, pc, (i, defines) => {
          if (defines) late[code[i]] = 1;
        });
        for (let i = pc; i < end; i++) tail.push(code[i]);
      } else {
        sorted.set(code.subarray(pc, end), words);
        words += end - pc;
      }
    }
    sorted.set(tail.finish(), words);

    const inHead = new Uint8Array(this.#variables + 1);
    this.#variable.forEach((variable, node) => {
      if (variable !== NONE && !late[node]) inHead[variable] = 1;
    });
    const variables: VariableRange[] = [];
    for (let from = inHead.indexOf(1); from !== -1;) {
      const to = inHead.indexOf(0, from);
      variables.push([from, to]);
      from = inHead.indexOf(1, to);
    }
    return { code: sorted, words, variables };
  }

  #node(): Value {
    return (this.#variable.push(NONE) - 1) as Value;
  }

  #nodes(n: number): Value[] {
    return Array.from({ length: n }, () => this.#node());
  }

  #emit(op: number, ...operands: Operand[]): Value {
    const d = this.#node();
    this.#code.pushAll(op, d);
    for (const operand of operands) this.#code.push(nodeOf(operand));
    return d;
  }
}

/** The node of an operand. */
function nodeOf(x: Operand): Value {
  return typeof x === 'number' ? x : x.value;
}

/** Calls `visit` with the place of every slot operand, the instruction it belongs to, and whether that one defines it. */
function forEachOperand(
  code: Uint32Array,
  visit: (index: number, pc: number, defines: boolean) => void,
): void {
  for (let pc = 0; pc < code.length;) {
    const at = pc;
    pc = visitOperands(code, at, (index, defines) => visit(index, at, defines));
  }
}

/** Calls `visit` with the place of every slot operand of the instruction at pc. @returns where the next one begins */
function visitOperands(
  code: Uint32Array,
  pc: number,
  visit: (index: number, defines: boolean) => void,
): number {
  const op = code[pc];
  let i = pc + 1;
  const group = (n: number, defines: boolean) => {
    for (const end = i + n; i < end; i++) visit(i, defines);
  };
  switch (op) {
    case Op.Dot:
      group(1, true);
      i++;
      group(2 * code[i - 1], false);
      break;
    case Op.Bits:
      group(1, true);
      group(1, false);
      i += 2;
      break;
    case Op.Pow:
      group(1, true);
      group(1, false);
      i += 1;
      break;
    case Op.DivMod:
      for (let g = 0; g < 5; g++) group(code[i++], g < 2);
      break;
    case Op.Hint:
      i++;
      group(code[i++], false);
      group(code[i++], true);
      break;
    default:
      group(1, true);
      group(SIMPLE_OPERANDS[op], false);
  }
  return i;
}

/** Slots that the instructions of the form `op d operands..` read. */
const SIMPLE_OPERANDS: Readonly<Record<number, number>> = {
  [Op.Copy]: 1,
  [Op.Add]: 2,
  [Op.Sub]: 2,
  [Op.Mul]: 2,
  [Op.MulAdd]: 3,
  [Op.Div]: 3,
  [Op.Equal]: 2,
  [Op.Select]: 3,
};
