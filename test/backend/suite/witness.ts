import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Witness } from '../../../src/backend/backend.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import { type Hint, Op, type WitnessProgram } from '../../../src/field/program.ts';
import {
  corners,
  edges,
  expectCode,
  get,
  mod,
  once,
  put,
  randomElements,
  type SuiteContext,
} from './tools.ts';

/** A program whose variables are all written by `code`, in slots that start with the variables and then the inputs. */
function program(
  F: PrimeField,
  variables: number,
  inputs: number,
  code: number[],
  more: Partial<WitnessProgram> = {},
): WitnessProgram {
  const constants = more.constants ?? [];
  return {
    field: F,
    variables,
    inputs,
    constants,
    slots: variables + inputs + constants.length,
    code: Uint32Array.from(code),
    exponents: [],
    hints: [],
    head: { inputs: 0, words: 0, variables: [] },
    outputs: Array.from({ length: variables }, (_, i) => i),
    ...more,
  };
}

/** An instruction applied to tuples of operands: its code and what it writes to d. */
interface Case {
  readonly name: string;
  readonly arity: number;
  readonly code: (d: number, operands: number[]) => number[];
  readonly value: (F: PrimeField, operands: bigint[]) => bigint;
}

/** a^e mod p by squarings. */
function power(a: bigint, e: bigint, p: bigint): bigint {
  let result = 1n;
  for (let base = a, rest = e; rest > 0n; rest >>= 1n, base = (base * base) % p) {
    if (rest & 1n) result = (result * base) % p;
  }
  return result % p;
}

const exponents = (F: PrimeField) => [0n, 1n, 2n, 5n, F.p - 2n, (F.p - 1n) / 2n, (1n << 64n) + 1n];

const bitRanges: [shift: number, width: number][] = [
  [0, 1],
  [0, 32],
  [31, 2],
  [63, 2],
  [64, 64],
  [0, 128],
  [13, 250],
  [250, 6],
  [255, 1],
];

const cases: Case[] = [
  { name: 'Copy', arity: 1, code: (d, [a]) => [Op.Copy, d, a], value: (_, [a]) => a },
  { name: 'Add', arity: 2, code: (d, [a, b]) => [Op.Add, d, a, b], value: (F, [a, b]) => mod(a + b, F.p) },
  { name: 'Sub', arity: 2, code: (d, [a, b]) => [Op.Sub, d, a, b], value: (F, [a, b]) => mod(a - b, F.p) },
  { name: 'Mul', arity: 2, code: (d, [a, b]) => [Op.Mul, d, a, b], value: (F, [a, b]) => mod(a * b, F.p) },
  {
    name: 'MulAdd',
    arity: 3,
    code: (d, [a, b, c]) => [Op.MulAdd, d, a, b, c],
    value: (F, [a, b, c]) => mod(a * b + c, F.p),
  },
  { name: 'Dot of nothing', arity: 1, code: (d) => [Op.Dot, d, 0], value: () => 0n },
  {
    name: 'Dot of two',
    arity: 3,
    code: (d, [a, b, c]) => [Op.Dot, d, 2, a, b, b, c],
    value: (F, [a, b, c]) => mod(a * b + b * c, F.p),
  },
  {
    name: 'Dot of forty',
    arity: 2,
    code: (d, [a, b]) => [Op.Dot, d, 40, ...Array.from({ length: 40 }, () => [a, b]).flat()],
    value: (F, [a, b]) => mod(40n * a * b, F.p),
  },
  {
    name: 'Div',
    arity: 3,
    code: (d, [a, b, e]) => [Op.Div, d, a, b, e],
    value: (F, [a, b, e]) => (b === 0n ? e : mod(a * power(b, F.p - 2n, F.p), F.p)),
  },
  {
    name: 'Equal',
    arity: 2,
    code: (d, [a, b]) => [Op.Equal, d, a, b],
    value: (_, [a, b]) => (a === b ? 1n : 0n),
  },
  {
    name: 'Select',
    arity: 3,
    code: (d, [c, a, b]) => [Op.Select, d, c, a, b],
    value: (_, [c, a, b]) => (c === 1n ? a : b),
  },
  ...bitRanges.map(([shift, width]): Case => ({
    name: `Bits at ${shift}, ${width} wide`,
    arity: 1,
    code: (d, [a]) => [Op.Bits, d, a, shift, width],
    value: (F, [a]) => mod((a >> BigInt(shift)) % (1n << BigInt(width)), F.p),
  })),
  ...exponents(pallasBase).map((_, k): Case => ({
    name: `Pow, exponent ${k}`,
    arity: 1,
    code: (d, [a]) => [Op.Pow, d, a, k],
    value: (F, [a]) => power(a, exponents(F)[k], F.p),
  })),
];

/** All tuples of that many operands: of edge elements, or of the corners where there are too many. */
function operandTuples(F: PrimeField, arity: number): bigint[][] {
  const xs = [...(arity < 3 ? edges(F) : corners(F)), ...randomElements(F, 'operand')(2)];
  let tuples: bigint[][] = [[]];
  for (let i = 0; i < arity; i++) tuples = tuples.flatMap((tuple) => xs.map((x) => [...tuple, x]));
  return tuples;
}

/** What a case is tried on, and what it writes: the same for every engine. */
interface Table {
  readonly tuples: bigint[][];
  readonly expected: bigint[];
}
const tables = new Map<string, Table>();

/** Witness programs. */
export function witnessCases({ make, fields }: SuiteContext): void {
  describe('witness programs', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    /** Runs a program and returns its outputs, having compared W with the expected variables. */
    async function run(
      program_: WitnessProgram,
      inputs: readonly bigint[],
      W: readonly bigint[],
    ): Promise<bigint[]> {
      const witness = await engine.witness(program_);
      const w = engine.vector(program_.field, program_.variables, 'W');
      const outputs = await engine.generate(witness, inputs, w);
      expect(await get(engine, w)).toEqual(W);
      engine.free(witness, w);
      return outputs;
    }

    describe.each(fields)('over $name', (F) => {
      it.each(cases)('$name does what the table says', async ({ name, arity, code, value }) => {
        const { tuples, expected } = once(tables, `${F.name} ${name}`, () => {
          const operands = operandTuples(F, arity);
          return { tuples: operands, expected: operands.map((tuple) => value(F, tuple)) };
        });
        const n = tuples.length;
        const all = tuples.flatMap((_, d) =>
          code(
            d,
            Array.from({ length: arity }, (__, k) => n + d * arity + k),
          ),
        );
        const outputs = await run(
          program(F, n, n * arity, all, { exponents: exponents(F) }),
          tuples.flat(),
          expected,
        );
        expect(outputs).toEqual(expected);
      });

      it('DivMod divides integers of oversized limbs', async () => {
        // (a + 2^64 b) (c + 2^64 a) by 1 + 2^64 c + 2^191
        const tuples = operandTuples(F, 3).filter((_, i) => i % 5 === 0);
        const [nq, nr] = [8, 6];
        const variables = tuples.length * (nq + nr);
        const inputs = tuples.length * 3;
        const [one, top] = [variables + inputs, variables + inputs + 1];
        const slots = (first: number, n: number) => Array.from({ length: n }, (_, i) => first + i);
        const code = tuples.flatMap((_, i) => {
          const q = i * (nq + nr);
          const [a, b, c] = slots(variables + 3 * i, 3);
          const quotient = [nq, ...slots(q, nq), nr, ...slots(q + nq, nr)];
          return [Op.DivMod, ...quotient, 2, a, b, 2, c, a, 3, one, c, top];
        });
        const limbs = (x: bigint, n: number) => slots(0, n).map((i) => (x >> BigInt(64 * i)) % (1n << 64n));
        const expected = tuples.flatMap(([a, b, c]) => {
          const product = (a + (b << 64n)) * (c + (a << 64n));
          const m = 1n + (c << 64n) + (1n << 191n);
          return [...limbs(product / m, nq), ...limbs(product % m, nr)];
        });
        await run(
          program(F, variables, inputs, code, { constants: [1n, 1n << 63n] }),
          tuples.flat(),
          expected,
        );
      });

      it('DivMod without b divides a alone', async () => {
        const xs = [...edges(F), ...randomElements(F, 'reduce')(5)];
        const n = xs.length;
        const code = xs.flatMap((_, i) => [
          Op.DivMod,
          4,
          ...[0, 1, 2, 3].map((k) => 5 * i + k),
          1,
          5 * i + 4,
          1,
          5 * n + i,
          0,
          1,
          6 * n,
        ]);
        const m = (1n << 61n) - 1n;
        const expected = xs.flatMap((x) => {
          const q = x / m;
          return [...[0n, 64n, 128n, 192n].map((k) => (q >> k) % (1n << 64n)), x % m];
        });
        await run(program(F, 5 * n, n, code, { constants: [m] }), xs, expected);
      });
    });

    const F = pallasBase;

    it('read variables, inputs, constants and temporaries, and reuse temporaries', async () => {
      // slots: W 0 1 2, inputs 3 4, constant 5, temporary 6
      const code = [Op.Mul, 6, 3, 4, Op.Add, 0, 6, 5, Op.Mul, 6, 0, 0, Op.Sub, 1, 6, 3, Op.Copy, 2, 6];
      const p = program(F, 3, 2, code, { constants: [100n], slots: 7, outputs: [6, 3, 5, 0] });
      expect(await run(p, [3n, 4n], [112n, 12541n, 12544n])).toEqual([12544n, 3n, 100n, 112n]);
    });

    it('may be empty, and may run again with other inputs', async () => {
      expect(await run(program(F, 0, 0, []), [], [])).toEqual([]);
      const witness = await engine.witness(program(F, 1, 1, [Op.Mul, 0, 1, 1]));
      const w = put(engine, F, [99n], 'W');
      for (const x of [3n, 0n, F.p - 1n]) {
        expect(await engine.generate(witness, [x], w)).toEqual([(x * x) % F.p]);
        expect(await get(engine, w)).toEqual([(x * x) % F.p]);
      }
    });

    it('write W after what was recorded before, without a read-back', async () => {
      const witness = await engine.witness(program(F, 1, 1, [Op.Copy, 0, 1]));
      const w = put(engine, F, [1n], 'W');
      const old = engine.vector(F, 1, 'old');
      engine.copy(old, w);
      const { readBacks } = engine.counters();
      await engine.generate(witness, [2n], w);
      expect(engine.counters().readBacks).toBe(readBacks);
      expect([await get(engine, old), await get(engine, w)]).toEqual([[1n], [2n]]);
    });

    it('call hints with their operands, in the order of the program', async () => {
      const calls: bigint[][] = [];
      const hint: Hint = (...values) => {
        calls.push(values);
        return [values[0] + 1n, values.length === 2 ? 7n : 8n];
      };
      // W 0..3, inputs 4 5
      const code = [Op.Hint, 0, 2, 4, 5, 2, 0, 1, Op.Hint, 0, 1, 0, 2, 2, 3];
      await run(program(F, 4, 2, code, { hints: [hint] }), [10n, 20n], [11n, 7n, 12n, 8n]);
      expect(calls).toEqual([[10n, 20n], [11n]]);
    });

    it.each<[string, unknown]>([
      [
        'throws',
        () => {
          throw new TypeError('user code');
        },
      ],
      ['returns too few values', () => []],
      ['returns too many values', () => [1n, 2n]],
      ['returns a value that is not canonical', () => [F.p]],
      ['returns a negative value', () => [-1n]],
      ['returns a number', () => [1]],
      ['returns nothing', () => undefined],
    ])('reject with StepCircuitError if a hint %s, and the engine works on', async (_, hint) => {
      const witness = await engine.witness(
        program(F, 1, 0, [Op.Hint, 0, 0, 1, 0], { hints: [hint as Hint] }),
      );
      const [w, v] = [put(engine, F, [1n], 'W'), put(engine, F, [5n])];
      await expectCode('StepCircuitError', () => engine.generate(witness, [], w));
      expect(await get(engine, v)).toEqual([5n]);
      await run(program(F, 1, 1, [Op.Copy, 0, 1]), [3n], [3n]);
    });

    it('keep what a hint threw as the cause', async () => {
      const thrown = new TypeError('user code');
      const hint: Hint = () => {
        throw thrown;
      };
      const witness = await engine.witness(program(F, 1, 0, [Op.Hint, 0, 0, 1, 0], { hints: [hint] }));
      await expect(engine.generate(witness, [], engine.vector(F, 1, 'W'))).rejects.toMatchObject({
        cause: thrown,
      });
    });

    describe('with a head', () => {
      const calls: bigint[] = [];
      /** Fails while it is set. */
      let failure: Error | undefined;
      const hint: Hint = (x) => {
        if (failure !== undefined) throw failure;
        calls.push(x);
        return [F.add(x, 1n)];
      };
      // slots: W 0 1 2 3, inputs 4 (early) and 5, constant 6, temporaries 7 and 8, of which the tail uses one again
      const head = [Op.Hint, 0, 1, 4, 1, 0, Op.Mul, 7, 0, 4, Op.Add, 2, 7, 6, Op.Sub, 8, 7, 0];
      const tail = [Op.Mul, 1, 7, 5, Op.Copy, 7, 5, Op.Add, 3, 8, 7];
      const p = program(F, 4, 2, [...head, ...tail], {
        constants: [100n],
        slots: 9,
        hints: [hint],
        outputs: [2, 3],
        head: {
          inputs: 1,
          words: head.length,
          variables: [
            [0, 1],
            [2, 3],
          ],
        },
      });
      const W = (x: bigint, y: bigint): bigint[] => {
        const product = (x + 1n) * x;
        return [x + 1n, product * y, product + 100n, product - (x + 1n) + y].map((v) => mod(v, F.p));
      };

      /** Generates and compares W; returns how often the hint of the head was called. */
      async function generated(witness: Witness, x: bigint, y: bigint): Promise<number> {
        const before = calls.length;
        const w = engine.vector(F, 4, 'W');
        const outputs = await engine.generate(witness, [x, y], w);
        expect(await get(engine, w)).toEqual(W(x, y));
        expect(outputs).toEqual([W(x, y)[2], W(x, y)[3]]);
        engine.free(w);
        return calls.length - before;
      }

      it('go on from it if it was prepared for the same inputs, once', async () => {
        const witness = await engine.witness(p);
        await engine.prepare(witness, [5n]);
        expect(await generated(witness, 5n, 7n)).toBe(0);
        expect(await generated(witness, 5n, 7n)).toBe(1);
        await engine.prepare(witness, [F.p - 1n]);
        await engine.prepare(witness, [6n]);
        expect(await generated(witness, 6n, F.p - 1n)).toBe(0);
      });

      it('start over if it was prepared for others', async () => {
        const witness = await engine.witness(p);
        for (const [prepared, x] of [
          [5n, 6n],
          [0n, F.p - 1n],
          [F.p - 1n, 0n],
        ]) {
          await engine.prepare(witness, [prepared]);
          expect(await generated(witness, x, 7n)).toBe(1);
          expect(await generated(witness, prepared, 7n)).toBe(1); // what was prepared is gone
        }
      });

      it('prepare it for themselves alone, and keep it while others run', async () => {
        const [a, b] = [await engine.witness(p), await engine.witness(p)];
        await engine.prepare(a, [5n]);
        expect(await generated(b, 5n, 7n)).toBe(1);
        expect(await generated(a, 5n, 8n)).toBe(0);
      });

      it('prepare it without touching a vector, and without a read-back', async () => {
        const witness = await engine.witness(p);
        const w = put(engine, F, [1n, 2n, 3n, 4n], 'W');
        const { allocations, readBacks, bytesUp, liveBytes } = engine.counters();
        await engine.prepare(witness, [5n]);
        expect(engine.counters()).toMatchObject({ allocations, readBacks, bytesUp, liveBytes });
        expect(await get(engine, w)).toEqual([1n, 2n, 3n, 4n]);
      });

      it('are in order with it when nobody waits', async () => {
        const witness = await engine.witness(p);
        const w = engine.vector(F, 4, 'W');
        const before = calls.length;
        const results = await Promise.all([
          engine.prepare(witness, [5n]),
          engine.generate(witness, [5n, 1n], w),
          engine.prepare(witness, [9n]),
          engine.generate(witness, [8n, 1n], w),
        ]);
        expect(results[1]).toEqual([W(5n, 1n)[2], W(5n, 1n)[3]]);
        expect(await get(engine, w)).toEqual(W(8n, 1n));
        expect(calls.slice(before)).toEqual([5n, 9n, 8n]);
      });

      it('prepare nothing if that fails or is refused, and run all the same', async () => {
        const witness = await engine.witness(p);
        failure = new Error('user code');
        await expect(engine.prepare(witness, [5n])).rejects.toMatchObject({
          code: 'StepCircuitError',
          cause: failure,
        });
        failure = undefined;
        expect(await generated(witness, 5n, 7n)).toBe(1);
        for (const [code, inputs] of [
          ['InvalidInputLength', []],
          ['InvalidInputLength', [5n, 7n]],
          ['InvalidFieldElement', [F.p]],
          ['InvalidFieldElement', [-1n]],
        ] as const) {
          await engine.prepare(witness, [5n]);
          await expectCode(code, () => engine.prepare(witness, inputs));
          expect(await generated(witness, 5n, 7n)).toBe(1);
        }
        await expectCode('Aborted', () => engine.prepare(witness, [5n], { signal: AbortSignal.abort() }));
        expect(await generated(witness, 5n, 7n)).toBe(1);
      });

      it('lose it to a run that fails', async () => {
        const witness = await engine.witness(p);
        const w = put(engine, F, [1n, 2n, 3n, 4n], 'W');
        await engine.prepare(witness, [5n]);
        await expectCode('InvalidFieldElement', () => engine.generate(witness, [5n, F.p], w));
        expect(await get(engine, w)).toEqual([1n, 2n, 3n, 4n]);
        expect(await generated(witness, 5n, 7n)).toBe(1);
      });

      it('may be freed while it is prepared, and are refused afterwards', async () => {
        const witness = await engine.witness(p);
        const preparing = engine.prepare(witness, [5n]);
        engine.free(witness);
        await preparing;
        await expectCode('ForeignHandle', () => engine.prepare(witness, [5n]));
        expect(await generated(await engine.witness(p), 5n, 7n)).toBe(1);
      });
    });

    it('refuse inputs and vectors that do not fit', async () => {
      const witness = await engine.witness(program(F, 1, 2, [Op.Add, 0, 1, 2]));
      const w = put(engine, F, [1n], 'W');
      await expectCode('InvalidInputLength', () => engine.generate(witness, [1n], w));
      await expectCode('InvalidInputLength', () => engine.generate(witness, [1n, 2n, 3n], w));
      await expectCode('InvalidFieldElement', () => engine.generate(witness, [1n, F.p], w));
      await expectCode('InvalidFieldElement', () => engine.generate(witness, [-1n, 1n], w));
      await expectCode('InvalidWitnessLength', () =>
        engine.generate(witness, [1n, 2n], engine.vector(F, 2, 'W')),
      );
      await expectCode('InvalidArgument', () =>
        engine.generate(witness, [1n, 2n], engine.vector(vestaBase, 1, 'W')),
      );
      await expectCode('Aborted', () =>
        engine.generate(witness, [1n, 2n], w, { signal: AbortSignal.abort() }),
      );
      expect(await get(engine, w)).toEqual([1n]);
    });
  });
}
