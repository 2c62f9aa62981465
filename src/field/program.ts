import { NovaError, throwIfAborted } from '../errors.ts';
import type { PrimeField } from './field.ts';
import { intToLimbs, limbsToInt } from './limbs.ts';

/**
 * A witness program: a flat list of field operations over numbered slots. A circuit is synthesised once into such a
 * program, and an engine runs it once per step, so that no step builds a linear combination again.
 *
 * Slots, in order: `variables` (the witness vector W, in allocation order), `inputs`, `constants`, then temporaries.
 * Inputs and constants are never written, variables once; temporaries are reused. Nothing is read before it is written.
 *
 * `code` holds instructions, each an opcode followed by its operands (all u32). Operands are slots unless marked:
 *
 * | op      | operands                          | effect                                                       |
 * |---------|-----------------------------------|--------------------------------------------------------------|
 * | Copy    | d a                               | d = a                                                        |
 * | Add     | d a b                             | d = a + b                                                    |
 * | Sub     | d a b                             | d = a - b                                                    |
 * | Mul     | d a b                             | d = a b                                                      |
 * | MulAdd  | d a b c                           | d = a b + c                                                  |
 * | Dot     | d #n a1 b1 ... an bn              | d = sum of ai bi                                             |
 * | Div     | d a b e                           | d = b = 0 ? e : a / b                                        |
 * | Pow     | d a #k                            | d = a^exponents[k]                                           |
 * | Equal   | d a b                             | d = a = b ? 1 : 0                                            |
 * | Select  | d c a b                           | d = c = 1 ? a : b                                            |
 * | Bits    | d a #shift #width                 | d = (a >> shift) mod 2^width, a as an integer below p        |
 * | DivMod  | #nq q.. #nr r.. #na a.. #nb b.. #nm m.. | integers of 64-bit limbs: q = a b div m, r = a b mod m |
 * | Hint    | #k #nin in... #nout out...        | out = hints[k](in), user code                                |
 *
 * In DivMod each letter stands for n slots, least significant limb first, and a missing b (n = 0) for 1. Limbs of a, b
 * and m may exceed 64 bits (they are weighted sums), those of q and r do not; q and r must fit in their limbs.
 */
export interface WitnessProgram {
  readonly field: PrimeField;
  /** Length of W. */
  readonly variables: number;
  readonly inputs: number;
  readonly constants: readonly bigint[];
  /** Number of slots in all. */
  readonly slots: number;
  readonly code: Uint32Array;
  readonly exponents: readonly bigint[];
  readonly hints: readonly Hint[];
  /** Slots whose values are the program's result. */
  readonly outputs: readonly number[];
  readonly head: ProgramHead;
}

/** What of a program can run before all its inputs are known. It comes first in the code; what depends on late inputs follows. */
export interface ProgramHead {
  /** The inputs that it depends on: the first so many. The others are late. */
  readonly inputs: number;
  /** Its instructions: the first so many words of `code`. */
  readonly words: number;
  /** The variables that it computes, as ranges in ascending order. */
  readonly variables: readonly VariableRange[];
}

/** The variables `from` to `to - 1`. */
export type VariableRange = readonly [from: number, to: number];

/**
 * A user's function of field elements, run once per step. It returns as many elements as it declared. What it returns must follow
 * from its arguments: it may run ahead of its step, and again if the step is tried again.
 */
export type Hint = (...values: bigint[]) => bigint[];

/** Opcodes; the table above says what each does. */
export const Op = {
  Copy: 0,
  Add: 1,
  Sub: 2,
  Mul: 3,
  MulAdd: 4,
  Dot: 5,
  Div: 6,
  Pow: 7,
  Equal: 8,
  Select: 9,
  Bits: 10,
  DivMod: 11,
  Hint: 12,
} as const;

/** How many instructions run between two looks at the clock: powers take about 0.1 ms each. */
const YIELD_INTERVAL = 128;

/** A program whose head has run. */
export interface PreparedProgram {
  /** What the head was given. */
  readonly inputs: readonly bigint[];
  /** All slots as it has left them. */
  readonly slots: bigint[];
}

/** Whether a head that ran with the inputs `prepared` is that of a run with `inputs`. */
export function isHeadOf(prepared: readonly bigint[], inputs: readonly bigint[]): boolean {
  return prepared.every((x, i) => x === inputs[i]);
}

/** Checks the inputs of a program, or of its head. @throws {@link NovaError} `InvalidInputLength`, `InvalidFieldElement` */
export function checkInputs(F: PrimeField, inputs: readonly bigint[], expected: number): void {
  if (inputs.length !== expected) {
    throw new NovaError(
      'InvalidInputLength',
      `the witness program takes ${expected} inputs, not ${inputs.length}`,
    );
  }
  inputs.forEach((x, i) => F.check(x, `input ${i}`));
}

/**
 * Runs a program over BigInt; the oracle for every engine's own machine. Yields whenever `pause` returns a promise, so that
 * a long program blocks no page.
 *
 * @param inputs canonical field elements, as many as the program declares
 * @param prepared goes on from there if its head is that of this run, and uses it up
 * @returns all slots; the first `program.variables` are W
 * @throws {@link NovaError} `InvalidInputLength`, `InvalidFieldElement`, `StepCircuitError` (a hint), `Aborted`
 */
export async function runProgram(
  program: WitnessProgram,
  inputs: readonly bigint[],
  pause?: () => Promise<void> | undefined,
  signal?: AbortSignal,
  prepared?: PreparedProgram,
): Promise<bigint[]> {
  checkInputs(program.field, inputs, program.inputs);
  const { head, code } = program;
  const ready = prepared !== undefined && isHeadOf(prepared.inputs, inputs);
  const slots = ready ? prepared.slots : newSlots(program);
  inputs.forEach((x, i) => (slots[program.variables + i] = x));
  await execute(program, slots, ready ? head.words : 0, code.length, pause, signal);
  return slots;
}

/**
 * Runs the head of a program alone.
 *
 * @param inputs those that are not late
 * @throws what {@link runProgram} throws
 */
export async function prepareProgram(
  program: WitnessProgram,
  inputs: readonly bigint[],
  pause?: () => Promise<void> | undefined,
  signal?: AbortSignal,
): Promise<PreparedProgram> {
  checkInputs(program.field, inputs, program.head.inputs);
  const slots = newSlots(program);
  inputs.forEach((x, i) => (slots[program.variables + i] = x));
  await execute(program, slots, 0, program.head.words, pause, signal);
  return { inputs: [...inputs], slots };
}

/** Slots with the constants in their places. */
function newSlots({ slots, variables, inputs, constants }: WitnessProgram): bigint[] {
  const slot = Array.from({ length: slots }, () => 0n);
  constants.forEach((x, i) => (slot[variables + inputs + i] = x));
  return slot;
}

/** Runs the words `from` to `to` of a program's code on slots. */
async function execute(
  program: WitnessProgram,
  slot: bigint[],
  from: number,
  to: number,
  pause: (() => Promise<void> | undefined) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { field: F, code } = program;
  for (let pc = from, n = 0; pc < to; n++) {
    if (n % YIELD_INTERVAL === 0) {
      throwIfAborted(signal);
      await pause?.();
    }
    const d = code[pc + 1];
    switch (code[pc]) {
      case Op.Copy:
        slot[d] = slot[code[pc + 2]];
        pc += 3;
        break;
      case Op.Add:
        slot[d] = F.add(slot[code[pc + 2]], slot[code[pc + 3]]);
        pc += 4;
        break;
      case Op.Sub:
        slot[d] = F.sub(slot[code[pc + 2]], slot[code[pc + 3]]);
        pc += 4;
        break;
      case Op.Mul:
        slot[d] = F.mul(slot[code[pc + 2]], slot[code[pc + 3]]);
        pc += 4;
        break;
      case Op.MulAdd:
        slot[d] = (slot[code[pc + 2]] * slot[code[pc + 3]] + slot[code[pc + 4]]) % F.p;
        pc += 5;
        break;
      case Op.Dot: {
        let sum = 0n;
        const end = pc + 3 + 2 * code[pc + 2];
        for (let i = pc + 3; i < end; i += 2) sum += slot[code[i]] * slot[code[i + 1]];
        slot[d] = sum % F.p;
        pc = end;
        break;
      }
      case Op.Div: {
        const b = slot[code[pc + 3]];
        slot[d] = b === 0n ? slot[code[pc + 4]] : F.mul(slot[code[pc + 2]], F.inv(b));
        pc += 5;
        break;
      }
      case Op.Pow:
        slot[d] = F.pow(slot[code[pc + 2]], program.exponents[code[pc + 3]]);
        pc += 4;
        break;
      case Op.Equal:
        slot[d] = slot[code[pc + 2]] === slot[code[pc + 3]] ? 1n : 0n;
        pc += 4;
        break;
      case Op.Select:
        slot[d] = slot[code[pc + 2]] === 1n ? slot[code[pc + 3]] : slot[code[pc + 4]];
        pc += 5;
        break;
      case Op.Bits:
        slot[d] = BigInt.asUintN(code[pc + 4], slot[code[pc + 2]] >> BigInt(code[pc + 3]));
        pc += 5;
        break;
      case Op.DivMod: {
        pc++;
        const group = () => {
          const first = pc + 1;
          pc = first + code[pc];
          return Array.from(code.subarray(first, pc));
        };
        const [q, r, a, b, m] = [group(), group(), group(), group(), group()];
        const int = (slots: number[]) => limbsToInt(slots.map((i) => slot[i]));
        const product = int(a) * (b.length === 0 ? 1n : int(b));
        const modulus = int(m);
        if (modulus === 0n) throw new NovaError('DivisionByZero', 'witness program: division by zero');
        intToLimbs(product / modulus, q.length).forEach((x, i) => (slot[q[i]] = x));
        intToLimbs(product % modulus, r.length).forEach((x, i) => (slot[r[i]] = x));
        break;
      }
      case Op.Hint: {
        const nin = code[pc + 2];
        const nout = code[pc + 3 + nin];
        const args = Array.from(code.subarray(pc + 3, pc + 3 + nin), (s) => slot[s]);
        const first = pc + 4 + nin;
        callHint(program.hints[code[pc + 1]], args, nout, F).forEach((x, i) => (slot[code[first + i]] = x));
        pc = first + nout;
        break;
      }
      default:
        throw new NovaError('InvalidArgument', `witness program: no opcode ${code[pc]}`);
    }
  }
}

/** Calls a hint and checks what it returns. @throws {@link NovaError} `StepCircuitError` */
export function callHint(hint: Hint, args: bigint[], count: number, F: PrimeField): bigint[] {
  let out: bigint[];
  try {
    out = hint(...args);
  } catch (cause) {
    throw new NovaError('StepCircuitError', 'a hint of the step circuit threw; the state is as it was', {
      cause,
    });
  }
  if (
    !Array.isArray(out) ||
    out.length !== count ||
    ![...out].every((x) => typeof x === 'bigint' && F.isCanonical(x)) // a copy, for every() skips holes
  ) {
    throw new NovaError('StepCircuitError', `a hint must return ${count} BigInts, each from 0 to p - 1`);
  }
  return out;
}
