/**
 * Runs witness programs on the machine of `kernels/program.ts`. A program is laid out in memory once: its slots, its code
 * with slots turned into addresses, and a chain for each exponent. A run converts the inputs, lets the machine work in
 * slices, and steps in for what needs the host: hints, and the few divisions of large integers. It may begin where the head of
 * the program has ended, which ran before.
 */
import { NovaError, throwIfAborted } from '../../errors.ts';
import { FIELD_BYTES, readInt, viewOf, writeInt } from '../../field/field.ts';
import { intToLimbs, limbsToInt } from '../../field/limbs.ts';
import {
  callHint,
  checkInputs,
  isHeadOf,
  Op,
  type VariableRange,
  type WitnessProgram,
} from '../../field/program.ts';
import { ELEMENT_STRIDE } from './codegen/field-description.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { chainTableLength, powerChain } from './kernels/power.ts';
import { BITS_SCRATCH, HOST } from './kernels/program.ts';
import { witnessKernels } from './witness-module.ts';

export { WITNESS, witnessModule } from './witness-module.ts';

/** Multiplications between two pauses: about 8 ms. */
const SLICE = 200_000;

/** The same for what runs beside other work, which must not wait for it: about 1 ms. */
const SLICE_ASIDE = 25_000;

/** Bits of an element's words; shifts by more leave nothing. */
const WORD_BITS = 8 * FIELD_BYTES;

/** An instruction that the host runs: it reads some slots and writes others. */
interface HostCall {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly compute: (values: bigint[]) => bigint[];
}

/** Where the parts of a laid out program lie, as addresses. */
interface Layout {
  readonly slots: number;
  readonly code: number;
  /** Where the head's code ends. */
  readonly tail: number;
  readonly end: number;
  readonly scratch: number;
  readonly staging: number;
}

/** A witness program in an engine's memory. Its slots are private to it: one run, or preparation, at a time. */
export class WitnessRunner {
  readonly program: WitnessProgram;
  /** The block of memory that the program takes. */
  readonly address: number;
  /** Its size. */
  readonly bytes: number;
  /** The address of the witness that the last run has left: `program.variables` elements. */
  readonly W: number;
  readonly #host: KernelHost;
  readonly #kernels: FieldKernels;
  readonly #layout: Layout;
  readonly #hostCalls: readonly HostCall[];
  /** The variables that the head does not compute. */
  readonly #tailVariables: readonly VariableRange[];
  /** What the head was run with, if its values are in the slots and in W. */
  #prepared: readonly bigint[] | undefined;

  /**
   * @param host with the kernels that run programs of the field
   * @param allocate returns the address of that many bytes, a multiple of 8
   * @throws {@link NovaError} `InvalidArgument` if the program has an unknown instruction; what `allocate` throws
   */
  constructor(host: KernelHost, program: WitnessProgram, allocate: (bytes: number) => number) {
    this.program = program;
    this.#host = host;
    this.#kernels = host.kernels(witnessKernels(program.field.name));
    const chains = program.exponents.map((e) => (e === 0n ? new Uint32Array(0) : powerChain(e)));
    const sizes = {
      W: program.variables * FIELD_BYTES,
      slots: (program.slots + BUILTIN_CONSTANTS.length) * ELEMENT_STRIDE,
      scratch:
        BITS_SCRATCH +
        Math.max(0, ...chains.map((c) => (c.length > 0 ? chainTableLength(c) : 0))) * ELEMENT_STRIDE,
      staging: FIELD_BYTES,
      code: program.code.byteLength, // translation makes it no longer
      chains: chains.reduce((n, c) => n + c.byteLength, 0),
    };
    this.bytes = Object.values(sizes).reduce((a, b) => a + b, 0);
    this.address = allocate(this.bytes);

    this.W = this.address;
    const slots = this.W + sizes.W;
    const scratch = slots + sizes.slots;
    const staging = scratch + sizes.scratch;
    const code = staging + sizes.staging;
    const { u8, u32 } = host;
    let at = code + sizes.code;
    const chainAddresses = chains.map((chain) => {
      u32.set(chain, at / 4);
      at += chain.byteLength;
      return at - chain.byteLength;
    });
    const translated = translate(program, slots, chainAddresses);
    u32.set(translated.code, code / 4);
    this.#hostCalls = translated.hostCalls;
    const [tail, end] = [code + translated.headBytes, code + translated.code.byteLength];
    this.#layout = { slots, scratch, staging, code, tail, end };
    this.#tailVariables = between(program.head.variables, program.variables);
    u8.fill(0, scratch, scratch + BITS_SCRATCH); // numbers are read beyond their end
    this.#write(program.variables + program.inputs, program.constants);
    this.#write(program.slots, BUILTIN_CONSTANTS);
  }

  /**
   * Runs the program and writes its witness to `W`. If its head was prepared for these inputs, only the rest runs.
   *
   * @param inputs canonical field elements, as many as the program declares
   * @param pause called between slices of some milliseconds; what it returns is awaited
   * @returns the outputs
   * @throws {@link NovaError} `InvalidInputLength`, `InvalidFieldElement`, `StepCircuitError` (a hint), `DivisionByZero`,
   *   `InvalidArgument` (a quotient or remainder that is too long), `Aborted`
   */
  async run(
    inputs: readonly bigint[],
    pause?: () => Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<bigint[]> {
    const { program } = this;
    const prepared = this.#prepared;
    this.#prepared = undefined; // what comes now writes to its slots
    checkInputs(program.field, inputs, program.inputs);
    this.#write(program.variables, inputs);
    const { code, tail, end } = this.#layout;
    const ready = prepared !== undefined && isHeadOf(prepared, inputs);
    await this.#execute(ready ? tail : code, end, SLICE, pause, signal);
    this.#convert(ready ? this.#tailVariables : [[0, program.variables]]);
    return this.#read(program.outputs);
  }

  /**
   * Runs the head of the program for the next run.
   *
   * @param inputs those that are not late
   * @param pause called between slices of about a millisecond; what it returns is awaited
   * @throws what {@link WitnessRunner.run} throws; nothing is prepared then
   */
  async prepare(
    inputs: readonly bigint[],
    pause?: () => Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const { program } = this;
    this.#prepared = undefined;
    const { head } = program;
    checkInputs(program.field, inputs, head.inputs);
    this.#write(program.variables, inputs);
    const { code, tail } = this.#layout;
    await this.#execute(code, tail, SLICE_ASIDE, pause, signal);
    for (const [from, to] of head.variables) {
      for (let i = from; i < to; i += CONVERTED_ASIDE) {
        this.#convert([[i, Math.min(i + CONVERTED_ASIDE, to)]]);
        await pause?.();
        throwIfAborted(signal);
      }
    }
    this.#prepared = [...inputs];
  }

  /** Runs the code between two addresses. */
  async #execute(
    from: number,
    to: number,
    slice: number,
    pause: (() => Promise<void> | undefined) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { scratch } = this.#layout;
    for (let pc = from; ;) {
      throwIfAborted(signal);
      const paused = pause?.();
      if (paused !== undefined) await paused;
      pc = this.#kernels.runProgram(pc, to, slice, scratch) >>> 0;
      if (pc === to) break;
      const { u32 } = this.#host;
      if (u32[pc / 4] === HOST) {
        this.#callHost(this.#hostCalls[u32[pc / 4 + 1]]);
        pc += 8;
      }
    }
    throwIfAborted(signal);
  }

  /** Writes variables to W as words. */
  #convert(ranges: readonly VariableRange[]): void {
    for (const [from, to] of ranges) {
      const slot = this.#layout.slots + from * ELEMENT_STRIDE;
      this.#kernels.toWordsMany(this.W + from * FIELD_BYTES, slot, to - from);
    }
  }

  #callHost({ reads, writes, compute }: HostCall): void {
    compute(this.#read(reads)).forEach((x, i) => this.#write(writes[i], [x]));
  }

  /** Writes canonical elements to consecutive slots. */
  #write(slot: number, xs: readonly bigint[]): void {
    const { slots, staging } = this.#layout;
    const view = viewOf(this.#host.u8);
    xs.forEach((x, i) => {
      writeInt(view, staging, FIELD_BYTES, x);
      this.#kernels.fromWords(slots + (slot + i) * ELEMENT_STRIDE, staging);
    });
  }

  #read(slotNumbers: readonly number[]): bigint[] {
    const { slots, staging } = this.#layout;
    const view = viewOf(this.#host.u8);
    return slotNumbers.map((slot) => {
      this.#kernels.toWords(staging, slots + slot * ELEMENT_STRIDE);
      return readInt(view, staging, FIELD_BYTES);
    });
  }
}

/** Variables that are converted between two pauses beside other work. */
const CONVERTED_ASIDE = 16_384;

/** The ranges below n between these. */
function between(ranges: readonly VariableRange[], n: number): VariableRange[] {
  const starts = [0, ...ranges.map(([, to]) => to)];
  const ends = [...ranges.map(([from]) => from), n];
  return starts.map((from, i): VariableRange => [from, ends[i]]).filter(([from, to]) => from < to);
}

/** Constants in slots of their own behind the program's, for instructions that come down to a copy. */
const BUILTIN_CONSTANTS: readonly bigint[] = [0n, 1n];

/**
 * The machine's code for a program.
 *
 * @param slots address of slot 0
 * @param chains addresses of the chains of the exponents
 */
function translate(
  program: WitnessProgram,
  slots: number,
  chains: readonly number[],
): { code: Uint32Array; headBytes: number; hostCalls: HostCall[] } {
  const { field: F, code: source, head } = program;
  const code = new Uint32Array(source.length);
  const hostCalls: HostCall[] = [];
  let at = 0; // in code
  let pc = 0; // in source
  let headWords = 0; // in code
  const address = (slot: number): number => slots + slot * ELEMENT_STRIDE;
  /** Copies `words` words, then turns `operands` slots into addresses. */
  const emit = (words: number, operands: number): void => {
    for (let i = 0; i < words; i++) code[at++] = source[pc++];
    for (let i = 0; i < operands; i++) code[at++] = address(source[pc++]);
  };
  const copyConstant = (d: number, x: bigint): void => {
    code[at++] = Op.Copy;
    code[at++] = address(d);
    code[at++] = address(program.slots + BUILTIN_CONSTANTS.indexOf(x));
  };
  const host = (call: HostCall): void => {
    code[at++] = HOST;
    code[at++] = hostCalls.push(call) - 1;
  };
  /** The slots whose number stands before them. */
  const group = (): number[] => {
    const from = pc + 1;
    pc = from + source[pc];
    return Array.from(source.subarray(from, pc));
  };
  while (pc < source.length) {
    if (pc === head.words) headWords = at;
    const opcode = source[pc];
    const operands = SIMPLE_OPERANDS[opcode];
    if (operands !== undefined) {
      emit(1, operands);
      continue;
    }
    switch (opcode) {
      case Op.Dot: {
        const n = source[pc + 2];
        if (n === 0) {
          copyConstant(source[pc + 1], 0n);
          pc += 3;
        } else {
          emit(1, 1);
          emit(1, 2 * n);
        }
        break;
      }
      case Op.Pow: {
        const k = source[pc + 3];
        if (program.exponents[k] === 0n) {
          copyConstant(source[pc + 1], 1n);
          pc += 4;
        } else {
          emit(1, 2);
          code[at++] = chains[k];
          pc++;
        }
        break;
      }
      case Op.Bits: {
        const [d, , shift, width] = source.subarray(pc + 1, pc + 5);
        if (shift >= WORD_BITS || width === 0) {
          copyConstant(d, 0n);
          pc += 5;
        } else {
          emit(1, 2);
          code[at++] = shift;
          code[at++] = Math.min(width, WORD_BITS);
          pc += 2;
        }
        break;
      }
      case Op.DivMod: {
        pc++;
        const [q, r, a, b, m] = [group(), group(), group(), group(), group()];
        host({
          reads: [...a, ...b, ...m],
          writes: [...q, ...r],
          compute: (values) => {
            const int = (from: number, n: number): bigint => limbsToInt(values.slice(from, from + n));
            const product = int(0, a.length) * (b.length === 0 ? 1n : int(a.length, b.length));
            const modulus = int(a.length + b.length, m.length);
            if (modulus === 0n) throw new NovaError('DivisionByZero', 'witness program: division by zero');
            return [...intToLimbs(product / modulus, q.length), ...intToLimbs(product % modulus, r.length)];
          },
        });
        break;
      }
      case Op.Hint: {
        const k = source[pc + 1];
        pc += 2;
        const reads = group();
        const writes = group();
        host({ reads, writes, compute: (values) => callHint(program.hints[k], values, writes.length, F) });
        break;
      }
      default:
        throw new NovaError('InvalidArgument', `witness program: no opcode ${opcode}`);
    }
  }
  if (pc === head.words) headWords = at;
  return { code: code.subarray(0, at), headBytes: 4 * headWords, hostCalls };
}

/** Slots in the instructions that are nothing but an opcode and slots. */
const SIMPLE_OPERANDS: Readonly<Record<number, number>> = {
  [Op.Copy]: 2,
  [Op.Add]: 3,
  [Op.Sub]: 3,
  [Op.Mul]: 3,
  [Op.MulAdd]: 4,
  [Op.Div]: 4,
  [Op.Equal]: 3,
  [Op.Select]: 4,
};
