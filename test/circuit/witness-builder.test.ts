import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WitnessBuilder, type Value } from '../../src/circuit/witness-builder.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../src/field/fields.ts';
import { Op, runProgram, type WitnessProgram } from '../../src/field/program.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf, novaError } from '../support/error.ts';
import { instructions } from './mutate.ts';

const INPUTS = 3;

/** One step of a random program: an operation on earlier nodes (numbers modulo how many there are), and what is bound. */
interface Step {
  readonly op: number;
  readonly operands: readonly number[];
  /** An exponent, a shift, a constant, or a count. */
  readonly immediate: bigint;
  /** Which of the results become variables, and then perhaps an earlier node. */
  readonly bind: readonly boolean[];
  readonly bindAlso: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom(...Object.values(Op)),
  operands: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
  immediate: fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, pallasBase.p >> 1n)),
  bind: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  bindAlso: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
});

/** Limbs that hold every quotient and remainder of the random programs: two factors of two oversized limbs each. */
const LIMBS = 12;

/** Builds the program and computes every node's value beside it, with plain integers. */
function buildAndEvaluate(F: PrimeField, inputs: readonly bigint[], steps: readonly Step[], early?: number) {
  const w = new WitnessBuilder(F);
  const nodes: Value[] = [];
  const values: bigint[] = [];
  const variables: bigint[] = [];
  const mod = (x: bigint) => ((x % F.p) + F.p) % F.p;
  const put = (node: Value, value: bigint) => {
    nodes.push(node);
    values.push(value);
  };
  for (const [i, x] of inputs.entries()) {
    if (i === early) w.beginLateInputs();
    put(w.input(), x);
  }
  put(w.constant(1n), 1n);

  for (const { op, operands, immediate: k, bind, bindAlso } of steps) {
    const index = operands.map((n) => n % nodes.length);
    const [a, b, c, d, e, f] = index.map((i) => nodes[i]);
    const [x, y, z, s, t, u] = index.map((i) => values[i]);
    const first = nodes.length;
    switch (op) {
      case Op.Copy:
        put(w.constant(mod(k)), mod(k)); // constants have no operation of their own; copies come from binding
        break;
      case Op.Add:
        put(w.add(a, b), mod(x + y));
        break;
      case Op.Sub:
        put(w.sub(a, b), mod(x - y));
        break;
      case Op.Mul:
        put(w.mul(a, b), mod(x * y));
        break;
      case Op.MulAdd:
        put(w.mulAdd(a, b, c), mod(x * y + z));
        break;
      case Op.Dot:
        put(w.dot([a, b, c], [d, e, f]), mod(x * s + y * t + z * u));
        break;
      case Op.Div:
        put(w.div(a, b, c), y === 0n ? z : mod(x * power(y, F.p - 2n, F.p)));
        break;
      case Op.Pow:
        put(w.pow(a, k), power(x, k, F.p));
        break;
      case Op.Equal:
        put(w.equal(a, b), x === y ? 1n : 0n);
        break;
      case Op.Select:
        put(w.select(a, b, c), x === 1n ? y : z);
        break;
      case Op.Bits: {
        const [shift, width] = [Number(k % 256n), 1 + Number(k % 64n)];
        put(w.bits(a, shift, width), mod((x >> BigInt(shift)) % (1n << BigInt(width))));
        break;
      }
      case Op.DivMod: {
        const one = w.constant(1n);
        const [n, m] = [(x + (y << 64n)) * (k % 2n ? z + (s << 64n) : 1n), t + (1n << 64n)];
        const { quotient, remainder } = w.divMod([a, b], k % 2n ? [c, d] : [], [e, one], LIMBS, LIMBS);
        for (const [list, value] of [
          [quotient, n / m],
          [remainder, n % m],
        ] as const) {
          list.forEach((node, i) => put(node, (value >> BigInt(64 * i)) % (1n << 64n)));
        }
        break;
      }
      case Op.Hint: {
        const count = Number(k % 4n);
        const hint = (...xs: bigint[]) =>
          Array.from({ length: count }, (_, i) => mod(xs[0] - xs[1] + BigInt(i)));
        w.hint(hint, [a, b], count).forEach((node, i) => put(node, mod(x - y + BigInt(i))));
        break;
      }
    }
    const bound = bind.flatMap((yes, i) => (yes && first + i < nodes.length ? [first + i] : []));
    if (bindAlso !== undefined) bound.push(bindAlso % nodes.length);
    for (const i of bound) {
      variables.push(values[i]);
      put(w.bind(nodes[i]), values[i]);
    }
  }
  return { w, nodes, values, variables };
}

function power(a: bigint, e: bigint, p: bigint): bigint {
  let result = 1n;
  for (let base = a, rest = e; rest > 0n; rest >>= 1n, base = (base * base) % p) {
    if (rest & 1n) result = (result * base) % p;
  }
  return result;
}

/** What the table of src/field/program.ts promises: inputs and constants stay, variables are written once, no early reads. */
function checkDiscipline({ code, variables, inputs, constants, slots }: WitnessProgram): void {
  const firstTemporary = variables + inputs + constants.length;
  const written = new Set(Array.from({ length: firstTemporary - variables }, (_, i) => variables + i));
  for (const { reads, writes } of instructions(code)) {
    for (const slot of reads)
      if (!written.has(slot)) expect.fail(`slot ${slot} is read before it is written`);
    if (new Set(writes).size !== writes.length) expect.fail('an instruction writes a slot twice');
    for (const slot of writes) {
      if (slot >= slots) expect.fail(`slot ${slot} does not exist`);
      if (slot < firstTemporary && written.has(slot)) expect.fail(`slot ${slot} is written again`);
      if (reads.includes(slot)) expect.fail(`slot ${slot} is written by an instruction that reads it`);
      written.add(slot);
    }
  }
}

describe('WitnessBuilder', () => {
  it.each(FIELDS)('computes random programs over $name as a direct evaluation does', async (F) => {
    const inputs = fc.array(element(F), { minLength: INPUTS, maxLength: INPUTS });
    const outputs = fc.array(fc.nat(), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(inputs, fc.array(step, { maxLength: 60 }), outputs, async (xs, steps, chosen) => {
        const { w, nodes, values, variables } = buildAndEvaluate(F, xs, steps);
        const results = chosen.map((n) => n % nodes.length);
        const program = w.compile(results.map((i) => nodes[i]));
        checkDiscipline(program);
        const slots = await runProgram(program, xs);
        expect(slots.slice(0, program.variables)).toEqual(variables);
        expect(program.outputs.map((slot) => slots[slot])).toEqual(results.map((i) => values[i]));
      }),
      { numRuns: 60 },
    );
  });

  it.each(FIELDS)('puts first what depends on no late input, over $name', async (F) => {
    const inputs = fc.array(element(F), { minLength: INPUTS, maxLength: INPUTS });
    await fc.assert(
      fc.asyncProperty(
        inputs,
        fc.array(step, { maxLength: 60 }),
        fc.nat(INPUTS - 1),
        async (xs, steps, early) => {
          const { w, nodes, values, variables } = buildAndEvaluate(F, xs, steps, early);
          const program = w.compile(nodes);
          checkDiscipline(program);
          const { code, head } = program;
          // taint, by slots: what was computed from a late input
          const late = new Set(xs.map((_, i) => program.variables + i).slice(early));
          const inHead = new Set<number>();
          for (const { end, reads, writes } of instructions(code)) {
            const isLate = reads.some((slot) => late.has(slot));
            expect(end <= head.words, `instruction up to ${end}, head of ${head.words}`).toBe(!isLate);
            for (const slot of writes) {
              if (isLate) late.add(slot);
              else late.delete(slot);
              if (!isLate && slot < program.variables) inHead.add(slot);
            }
          }
          expect(head.inputs).toBe(early);
          const listed = head.variables.flatMap(([from, to]) =>
            Array.from({ length: to - from }, (_, i) => from + i),
          );
          expect(listed).toEqual([...inHead].toSorted((a, b) => a - b));
          // the same values as ever
          const slots = await runProgram(program, xs);
          expect(slots.slice(0, program.variables)).toEqual(variables);
          expect(program.outputs.map((slot) => slots[slot])).toEqual(values);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('counts everything as head if no input is late', () => {
    const w = new WitnessBuilder(pallasBase);
    const x = w.input();
    w.bind(w.mul(x, x));
    const program = w.compile([]);
    expect(program.head).toEqual({ inputs: 1, words: program.code.length, variables: [[0, 1]] });
  });

  it('reuses the slots of temporaries after their last reader', async () => {
    const w = new WitnessBuilder(pallasBase);
    let x = w.input();
    for (let i = 0; i < 1000; i++) x = w.mul(w.add(x, x), x);
    const program = w.compile([x]);
    expect(program.slots).toBeLessThanOrEqual(1 + 3);
    const naive = Array.from({ length: 1000 }).reduce<bigint>((y) => (2n * y * y) % pallasBase.p, 3n);
    expect((await runProgram(program, [3n]))[program.outputs[0]]).toBe(naive);
  });

  it('gives the result of a node that nobody reads a slot of its own while it is written', async () => {
    const w = new WitnessBuilder(pallasBase);
    const [a, b] = [w.input(), w.input()];
    const kept = w.add(a, b);
    w.mul(a, b);
    w.hint(() => [7n, 8n, 9n], [], 3);
    w.divMod([a], [], [b], 1, 1);
    const program = w.compile([w.add(kept, kept)]);
    checkDiscipline(program);
    expect((await runProgram(program, [20n, 3n]))[program.outputs[0]]).toBe(46n);
  });

  it('copies what is bound twice, and inputs and constants', async () => {
    const w = new WitnessBuilder(pallasBase);
    const x = w.input();
    const five = w.constant(5n);
    const sum = w.add(x, five);
    expect(w.bind(sum)).toBe(sum);
    const others = [sum, x, five, x].map((node) => w.bind(node));
    expect(new Set([sum, x, five, ...others]).size).toBe(7);
    const program = w.compile([...others, x, five]);
    const slots = await runProgram(program, [2n]);
    expect(slots.slice(0, program.variables)).toEqual([7n, 7n, 2n, 5n, 2n]);
    expect(program.outputs.map((slot) => slots[slot])).toEqual([7n, 2n, 5n, 2n, 2n, 5n]);
  });

  it('keeps equal constants and exponents once', () => {
    const w = new WitnessBuilder(pallasBase);
    expect(w.constant(9n)).toBe(w.constant(9n));
    const x = w.input();
    w.pow(w.pow(w.pow(x, 4n), 6n), 4n);
    const program = w.compile([]);
    expect([program.constants, program.exponents]).toEqual([[9n], [4n, 6n]]);
  });

  it('refuses lists of different lengths and negative exponents', async () => {
    const w = new WitnessBuilder(pallasBase);
    const x = w.input();
    expect(await codeOf(() => w.dot([x], []))).toBe('SynthesisError');
    expect(await codeOf(() => w.pow(x, -1n))).toBe('SynthesisError');
  });
});

describe('hints', () => {
  const run = async (hint: (...xs: bigint[]) => bigint[], count: number) => {
    const w = new WitnessBuilder(pallasBase);
    const [a, b] = [w.input(), w.input()];
    const program = w.compile(w.hint(hint, [b, a, b], count));
    const slots = await runProgram(program, [10n, 20n]);
    return program.outputs.map((slot) => slots[slot]);
  };

  it('get their arguments in order and give as many values as declared', async () => {
    expect(await run((...xs) => [...xs, xs[0] - xs[1]], 4)).toEqual([20n, 10n, 20n, 10n]);
    expect(await run(() => [], 0)).toEqual([]);
    expect(await run(() => [0n, pallasBase.p - 1n], 2)).toEqual([0n, pallasBase.p - 1n]);
  });

  it.each([
    ['too few', () => [1n]],
    ['too many', () => [1n, 2n, 3n]],
    ['negative', () => [1n, -1n]],
    ['not below p', () => [1n, pallasBase.p]],
    ['no BigInts', () => [1n, 2 as unknown as bigint]],
    ['holes', () => Array<bigint>(2)],
    ['no list', () => undefined as unknown as bigint[]],
    ['a promise', () => Promise.resolve([1n, 2n]) as unknown as bigint[]],
  ])('must not return %s', async (_, hint) => {
    expect(await codeOf(() => run(hint, 2))).toBe('StepCircuitError');
  });

  it('that throw are reported with what they threw', async () => {
    const cause = new RangeError('mine');
    const error = await novaError(() =>
      run(() => {
        throw cause;
      }, 1),
    );
    expect([error.code, error.cause]).toEqual(['StepCircuitError', cause]);
  });
});
