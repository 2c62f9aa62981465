import { describe, expect, it } from 'vitest';
import { pallasBase as F } from '../../src/field/fields.ts';
import { intToLimbs, limbsToInt } from '../../src/field/limbs.ts';
import { Op, runProgram, type WitnessProgram } from '../../src/field/program.ts';
import { codeOf } from '../support/error.ts';

/** Two inputs (slots 1 and 2) and one variable, by the given code. */
function program(code: readonly number[], more: Partial<WitnessProgram> = {}): WitnessProgram {
  return {
    field: F,
    variables: 1,
    inputs: 2,
    constants: [9n],
    slots: 4,
    code: Uint32Array.from(code),
    exponents: [],
    hints: [],
    head: { inputs: 0, words: 0, variables: [] },
    outputs: [0],
    ...more,
  };
}
const addition = program([Op.Add, 0, 1, 2]);

describe('runProgram', () => {
  it('returns all slots: variables, inputs, constants', async () => {
    expect(await runProgram(addition, [3n, F.p - 1n])).toEqual([2n, 3n, F.p - 1n, 9n]);
  });

  it.each([
    ['too few inputs', [1n], 'InvalidInputLength'],
    ['too many inputs', [1n, 2n, 3n], 'InvalidInputLength'],
    ['a negative input', [1n, -1n], 'InvalidFieldElement'],
    ['an input that is not below p', [F.p, 1n], 'InvalidFieldElement'],
    ['a number', [1n, 2 as unknown as bigint], 'InvalidFieldElement'],
  ])('refuses %s', async (_, inputs, code) => {
    expect(await codeOf(() => runProgram(addition, inputs))).toBe(code);
  });

  it('refuses code that it does not know, and division by the number zero', async () => {
    expect(await codeOf(() => runProgram(program([99]), [1n, 2n]))).toBe('InvalidArgument');
    const division = program([Op.DivMod, 1, 0, 1, 1, 1, 2, 0, 1, 3], { variables: 2, slots: 5 });
    expect((await runProgram(division, [20n, 3n])).slice(0, 2)).toEqual([6n, 2n]);
    expect(await codeOf(() => runProgram(division, [20n, 0n]))).toBe('DivisionByZero');
    expect(await codeOf(() => runProgram(division, [1n << 64n, 1n]))).toBe('InvalidArgument');
  });

  it('pauses now and then, and stops when it is told to', async () => {
    const n = 10_000;
    const long = program(Array.from({ length: n }, () => [Op.Add, 3, 3, 1]).flat(), {
      variables: 0,
      constants: [],
      outputs: [],
    });
    let pauses = 0;
    const pause = () => Promise.resolve(void pauses++);
    // slots here: inputs 0 and 1, then a temporary
    expect((await runProgram(long, [0n, 5n], pause))[3]).toBe(5n * BigInt(n));
    expect(pauses).toBeGreaterThan(2);
    expect(pauses).toBeLessThan(n / 10);
    const controller = new AbortController();
    const abortAtSecond = () => {
      if (++pauses === 2) controller.abort();
      return undefined;
    };
    pauses = 0;
    expect(await codeOf(() => runProgram(long, [0n, 5n], abortAtSecond, controller.signal))).toBe('Aborted');
    expect(pauses).toBe(2);
  });
});

describe('limbs', () => {
  it('are 64 bits each, least significant first', () => {
    const x = (5n << 128n) + (6n << 64n) + 7n;
    expect(intToLimbs(x, 4)).toEqual([7n, 6n, 5n, 0n]);
    expect(limbsToInt(intToLimbs(x, 4))).toBe(x);
    expect(intToLimbs((1n << 64n) - 1n, 1)).toEqual([(1n << 64n) - 1n]);
  });

  it('may be larger when they are put together', () => {
    expect(limbsToInt([1n << 64n, 1n, 1n << 70n])).toBe((1n << 65n) + (1n << 198n));
    expect(limbsToInt([])).toBe(0n);
  });

  it.each([
    [-1n, 4],
    [1n << 64n, 1],
    [1n << 256n, 4],
    [1n, 0],
  ])('%d does not fit in %d of them', async (x, n) => {
    expect(await codeOf(() => intToLimbs(x, n))).toBe('InvalidArgument');
  });
});
