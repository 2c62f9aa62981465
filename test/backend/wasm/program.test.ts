import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST } from '../../../src/backend/wasm/kernels/program.ts';
import { WitnessRunner } from '../../../src/backend/wasm/witness.ts';
import { builtinCircuit } from '../../../src/circuit/builtin.ts';
import { WitnessBuilder, type Value } from '../../../src/circuit/witness-builder.ts';
import { CURVE_PAIRS } from '../../support/cycles.ts';
import { FIELD_BYTES, type PrimeField } from '../../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../../src/field/fields.ts';
import { Op, prepareProgram, runProgram, type WitnessProgram } from '../../../src/field/program.ts';
import { augment } from '../../../src/nova/augmented-circuit.ts';
import { element } from '../../field/arbitrary.ts';
import { codeOf, novaError } from '../../support/error.ts';
import { edges, fullLimbs, machine, randomElements } from './machine.ts';

/** A program made ready, and a run of it: the witness and the outputs. */
function prepare(program: WitnessProgram) {
  const m = machine(program.field);
  const runner = new WitnessRunner(m, program, m.allocate);

  const run = async (
    inputs: readonly bigint[],
    pause?: () => Promise<void> | undefined,
    signal?: AbortSignal,
  ): Promise<bigint[]> => {
    const outputs = await runner.run(inputs, pause, signal);
    return [...m.elements(runner.W, program.variables), ...outputs];
  };
  return { m, runner, run };
}

/** The same with BigInts. */
async function expected(program: WitnessProgram, inputs: readonly bigint[]): Promise<bigint[]> {
  const slots = await runProgram(program, inputs);
  return [...slots.slice(0, program.variables), ...program.outputs.map((slot) => slots[slot])];
}

/** A program with the given instructions over inputs, and all its values as outputs. Inputs from `early` on are late. */
function program(
  F: PrimeField,
  inputs: number,
  build: (b: WitnessBuilder, x: Value[]) => Value[],
  early: number = inputs,
): WitnessProgram {
  const b = new WitnessBuilder(F);
  const x = Array.from({ length: inputs }, (_, i) => {
    if (i === early) b.beginLateInputs();
    return b.input();
  });
  return b.compile(build(b, x));
}

/** An instruction picks its operands and numbers from these. */
type Choice = readonly [kind: number, picks: readonly number[], numbers: readonly number[], bind: boolean];

const choice: fc.Arbitrary<Choice> = fc.tuple(
  fc.nat(12),
  fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
  fc.array(fc.nat(300), { minLength: 2, maxLength: 2 }),
  fc.boolean(),
);

function randomProgram(
  F: PrimeField,
  inputs: number,
  constants: readonly bigint[],
  choices: readonly Choice[],
  early?: number,
): WitnessProgram {
  const build = (b: WitnessBuilder, x: Value[]): Value[] => {
    const values = [...x, ...constants.map((c) => b.constant(c))];
    for (const [kind, picks, [n1, n2], bind] of choices) {
      const [p, q, r] = picks.map((i) => values[i % values.length]);
      const some = (n: number, from: number) =>
        picks.slice(from, from + n).map((i) => values[i % values.length]);
      const results = [
        () => [b.bind(p)],
        () => [b.add(p, q)],
        () => [b.sub(p, q)],
        () => [b.mul(p, q)],
        () => [b.mulAdd(p, q, r)],
        () => [b.dot(some(n1 % 12, 0), some(n1 % 12, 12))],
        () => [b.div(p, q, r)],
        () => [b.pow(p, n2 % 2 === 0 ? BigInt(n1) : F.p - 1n - BigInt(n1))],
        () => [b.equal(p, q)],
        () => [b.select(b.equal(p, q), q, r), b.select(p, q, r)],
        () => [b.bits(p, n1, n2), b.bits(p, n2, 1), b.bits(p, 0, 64)],
        () => {
          // ten limbs of quotient are enough for a product of four and four limbs below p each
          const { quotient, remainder } = b.divMod(
            some(n1 % 5, 0),
            some(n2 % 4, 5),
            [b.constant(3n), ...some(1, 9)],
            20,
            6,
          );
          return [...quotient, ...remainder];
        },
        () => b.hint((...v) => [v.reduce((s, y) => F.add(s, y), 0n), F.p - 1n], some(n1 % 3, 0), 2),
      ][kind]();
      for (const value of results) values.push(bind ? b.bind(value) : value);
    }
    return values;
  };
  return program(F, inputs, build, early);
}

describe.each(FIELDS.map((F) => [F.name, F] as const))('witness programs over %s', (_, F) => {
  it('give what BigInt gives: random programs with all instructions', async () => {
    const run = fc.record({
      inputs: fc.array(element(F), { minLength: 1, maxLength: 5 }),
      constants: fc.array(element(F), { maxLength: 3 }),
      choices: fc.array(choice, { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ inputs, constants, choices }) => {
        const p = randomProgram(F, inputs.length, constants, choices);
        const { run } = prepare(p);
        const want = await expected(p, inputs);
        expect(await run(inputs)).toEqual(want);
        expect(await run(inputs)).toEqual(want); // what the first run left behind does not matter
      }),
      { numRuns: 100 },
    );
  });

  it('give the same when their heads ran before, for the same inputs or for others', async () => {
    const run = fc.record({
      early: fc.array(element(F), { maxLength: 3 }),
      late: fc.array(element(F), { minLength: 1, maxLength: 3 }),
      other: element(F),
      constants: fc.array(element(F), { maxLength: 3 }),
      choices: fc.array(choice, { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ early, late, other, constants, choices }) => {
        const inputs = [...early, ...late];
        const p = randomProgram(F, inputs.length, constants, choices, early.length);
        const want = await expected(p, inputs);
        const { run, runner } = prepare(p);
        for (const prepared of [early, early.map(() => other), early]) {
          await runner.prepare(prepared);
          expect(await run(inputs)).toEqual(want);
        }
        // and on BigInts
        const slots = await runProgram(p, inputs, undefined, undefined, await prepareProgram(p, early));
        expect([...slots.slice(0, p.variables), ...p.outputs.map((slot) => slots[slot])]).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  it('give what BigInt gives on all pairs of edge cases', async () => {
    const p = program(F, 2, (b, [x, y]) => [
      b.add(x, y),
      b.sub(x, y),
      b.mul(x, y),
      b.mulAdd(x, y, x),
      b.div(x, y, b.constant(7n)),
      b.equal(x, y),
      b.select(x, y, x),
      b.dot([x, y, x], [y, y, x]),
      b.bits(x, 0, 256),
      ...Array.from({ length: 10 }, (_, i) => b.bits(y, 29 * i, 29)),
    ]);
    const { run } = prepare(p);
    const es = edges(F);
    for (const x of es) for (const y of es) expect(await run([x, y])).toEqual(await expected(p, [x, y]));
  });

  it('cut out any bits', async () => {
    const cuts: [number, number][] = [
      [0, 0],
      [300, 5],
      [256, 1],
      [255, 1],
      [255, 500],
      [0, 300],
      [1, 255],
    ];
    for (let i = 0; i < 256; i += 7)
      for (const width of [1, 2, 8, 28, 29, 30, 57, 58, 64, 65, 128, 250]) cuts.push([i, width]);
    const p = program(F, 1, (b, [x]) => cuts.map(([shift, width]) => b.bits(x, shift, width)));
    const { run } = prepare(p);
    for (const x of edges(F)) expect(await run([x])).toEqual(await expected(p, [x]));
  });

  it('add up long lists of the largest products', async () => {
    for (const n of [0, 1, 6, 7, 8, 13, 14, 15, 25, 65535, 65536, 65537, 140_000]) {
      const p = program(F, 2, (b, [x, y]) => [
        b.dot(
          Array.from({ length: n }, () => x),
          Array.from({ length: n }, () => y),
        ),
      ]);
      const { run } = prepare(p);
      for (const [x, y] of [
        [F.p - 1n, F.p - 1n],
        [1n, F.p - 2n],
        [fullLimbs(F)[1], fullLimbs(F)[1]],
      ]) {
        expect(await run([x, y])).toEqual([(BigInt(n) * x * y) % F.p]);
      }
    }
  });

  it('read bits anew when the number has changed in between', async () => {
    const code = [
      Op.Bits,
      3,
      1,
      0,
      1,
      Op.Add,
      1,
      1,
      1,
      Op.Bits,
      4,
      1,
      1,
      3,
      Op.Bits,
      1,
      1,
      1,
      2,
      Op.Bits,
      5,
      1,
      0,
      8,
    ];
    const p: WitnessProgram = {
      field: F,
      variables: 0,
      inputs: 1,
      constants: [],
      slots: 6,
      code: Uint32Array.from([Op.Copy, 1, 0, ...code]),
      exponents: [],
      hints: [],
      head: { inputs: 0, words: 0, variables: [] },
      outputs: [1, 3, 4, 5],
    };
    expect(await prepare(p).run([0xdadan])).toEqual(await expected(p, [0xdadan]));
  });
});

describe.each(
  CURVE_PAIRS.flatMap(({ name, primary, secondary }) => [
    [name, 'primary', secondary] as const,
    [name, 'secondary', primary] as const,
  ]),
)('the augmented circuit of %s, %s', (_, name, curve) => {
  it('has the witness that BigInt gives, byte for byte', async () => {
    const { program: p } = augment(name, curve, builtinCircuit('minroot:3'));
    const { seed, next } = randomElements(p.field, 'augmented');
    const { run } = prepare(p);
    const zeros = Array.from({ length: p.inputs }, () => 0n);
    const inputs = [zeros, zeros.map(next), zeros.map((_, i) => BigInt(i))];
    let runs = 0;
    for (const x of inputs) {
      let want: bigint[];
      try {
        want = await expected(p, x);
      } catch (error) {
        expect((await novaError(() => run(x))).message).toBe((error as Error).message);
        continue;
      }
      const got = await run(x);
      expect(
        got.findIndex((y, i) => y !== want[i]),
        seed,
      ).toBe(-1);
      expect(got.length).toBe(want.length);
      runs++;
    }
    expect(runs).toBeGreaterThan(0);
  });
});

describe('a run of a witness program', () => {
  const F = pallasBase;
  const squares = program(F, 1, (b, [x]) => {
    let y = x;
    for (let i = 0; i < 3000; i++) y = b.bind(b.pow(y, F.p - 2n));
    return [y];
  });

  it('refuses wrong inputs', async () => {
    const { run } = prepare(squares);
    expect(await codeOf(() => run([]))).toBe('InvalidInputLength');
    expect(await codeOf(() => run([1n, 2n]))).toBe('InvalidInputLength');
    expect(await codeOf(() => run([F.p]))).toBe('InvalidFieldElement');
    expect(await codeOf(() => run([-1n]))).toBe('InvalidFieldElement');
    expect((await run([5n])).slice(-1)).toEqual([5n]);
  });

  it('pauses between slices of some milliseconds', async () => {
    const { run } = prepare(squares);
    let pauses = 0;
    const result = await run([3n], () => {
      pauses++;
      return pauses % 2 === 0 ? undefined : Promise.resolve();
    });
    expect(pauses).toBeGreaterThan(3);
    expect(pauses).toBeLessThan(20);
    expect(result.slice(-1)).toEqual([3n]);
  });

  it('stops when it is aborted, and leaves W as it was', async () => {
    const {
      m,
      runner: { W },
      run,
    } = prepare(squares);
    const control = new AbortController();
    const before = m.u8.slice(W, W + squares.variables * FIELD_BYTES);
    expect(await codeOf(() => run([3n], () => void control.abort(), control.signal))).toBe('Aborted');
    expect(m.u8.slice(W, W + squares.variables * FIELD_BYTES)).toEqual(before);
    expect(await codeOf(() => run([3n], undefined, AbortSignal.abort()))).toBe('Aborted');
    expect((await run([3n])).slice(-1)).toEqual([3n]);
  });

  it('goes on after memory has grown', async () => {
    const { m, run } = prepare(squares);
    expect((await run([3n], () => void m.memory.grow(1))).slice(-1)).toEqual([3n]);
  });

  it('reports what a hint does wrong, and can be repeated', async () => {
    let answer: () => unknown = () => [1n];
    const p = program(F, 1, (b, [x]) => [b.bind(b.hint(() => answer() as bigint[], [x], 1)[0])]);
    const {
      m,
      runner: { W },
      run,
    } = prepare(p);
    const cause = new Error('no answer');
    const bad: (() => unknown)[] = [
      () => {
        throw cause;
      },
      () => [F.p],
      () => [-1n],
      () => [1],
      () => [],
      () => [1n, 2n],
      () => 7n,
    ];
    for (const f of bad) {
      answer = f;
      const before = m.u8.slice(W, W + FIELD_BYTES);
      const error = await novaError(() => run([1n]));
      expect(error.code).toBe('StepCircuitError');
      expect(m.u8.slice(W, W + FIELD_BYTES)).toEqual(before);
    }
    answer = bad[0];
    expect((await novaError(() => run([1n]))).cause).toBe(cause);
    answer = () => [9n];
    expect(await run([1n])).toEqual([9n, 9n]);
  });

  it('refuses to divide by zero and quotients that do not fit', async () => {
    const p = program(F, 2, (b, [x, y]) => {
      const { quotient, remainder } = b.divMod([x], [], [y], 1, 1);
      return [...quotient, ...remainder];
    });
    const { run } = prepare(p);
    expect(await codeOf(() => run([5n, 0n]))).toBe('DivisionByZero');
    expect(await codeOf(() => run([1n << 64n, 1n]))).toBe('InvalidArgument');
    expect(await codeOf(() => run([1n << 64n, 1n << 65n]))).toBe('InvalidArgument');
    expect(await run([17n, 5n])).toEqual([3n, 2n]);
  });

  it('is refused for unknown instructions before it starts', async () => {
    const m = machine(F);
    const p = { ...squares, code: Uint32Array.of(99, 0, 0) };
    expect(await codeOf(() => new WitnessRunner(m, p, m.allocate))).toBe('InvalidArgument');
  });

  it('does nothing for an empty program', async () => {
    const { run } = prepare({
      ...squares,
      variables: 0,
      inputs: 0,
      slots: 0,
      code: new Uint32Array(0),
      outputs: [],
    });
    expect(await run([])).toEqual([]);
  });

  it('counts on the opcodes of programs being those of the machine, up to the first that the host runs', () => {
    expect(Object.values(Op).filter((op) => op < HOST)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(Object.keys(Op).slice(0, HOST)).toEqual(
      'Copy Add Sub Mul MulAdd Dot Div Pow Equal Select Bits'.split(' '),
    );
  });
});
