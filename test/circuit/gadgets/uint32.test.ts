import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { allocBit, powersOfTwo } from '../../../src/circuit/gadgets/bits.ts';
import { addTruth, literal, truthValue, xor } from '../../../src/circuit/gadgets/boolean.ts';
import { PackedEqualities } from '../../../src/circuit/gadgets/packed-equalities.ts';
import {
  addWords,
  bitwise,
  constantWord,
  rotateRight,
  shiftRight,
  type UInt32,
} from '../../../src/circuit/gadgets/uint32.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { Gadget, type Output } from '../gadget.ts';

const word = fc.integer({ min: 0, max: 0xffff_ffff });

/** The bits of a public input. */
const wordOf = (cs: ConstraintSystem, num: Num): UInt32 => {
  const bits = Array.from({ length: 32 }, (_, i) => allocBit(cs, `bit ${i}`, cs.values.bits(num, i, 1)));
  const sum = cs.lc();
  bits.forEach((bit, i) => sum.add(bit, 1n << BigInt(i)));
  cs.enforce('packing', sum, cs.one, num);
  return bits.map(literal);
};

const outputOf = (cs: ConstraintSystem, bits: UInt32): Output => {
  const lc = cs.lc();
  const weights = powersOfTwo(cs.field.p, 32);
  bits.forEach((bit, i) => addTruth(lc, cs, bit, weights[i]));
  const { values: v } = cs;
  return {
    lc,
    value: v.dot(
      bits.map((bit) => truthValue(cs, bit)),
      weights.map((w) => v.constant(w)),
    ),
  };
};

/** An operation on words; those that `constants` names are known when the circuit is made. */
const gadget = (
  F: PrimeField,
  n: number,
  operation: (cs: ConstraintSystem, words: UInt32[]) => UInt32,
  constants: readonly (number | undefined)[] = [],
) =>
  new Gadget(F, n, (cs, inputs) => {
    const words = inputs.map((input, i) =>
      constants[i] === undefined ? wordOf(cs.ns(`word ${i}`), input) : constantWord(constants[i]),
    );
    return [outputOf(cs, operation(cs.ns('out'), words))];
  });

function sum(cs: ConstraintSystem, words: UInt32[]): UInt32 {
  const equalities = new PackedEqualities(cs);
  const out = addWords(cs, equalities, words);
  equalities.finish();
  return out;
}

describe.each(FIELDS)('words over $name', (F) => {
  it('turn, shift and combine as numbers of 32 bits do', async () => {
    for (const n of [0, 1, 7, 31]) {
      const turned = gadget(F, 1, (_, [a]) => rotateRight(a, n));
      const shifted = gadget(F, 1, (_, [a]) => shiftRight(a, n));
      await fc.assert(
        fc.asyncProperty(word, async (a) => {
          expect((await turned.run([BigInt(a)])).outputs).toEqual([
            BigInt(((a >>> n) | (a << ((32 - n) % 32))) >>> 0),
          ]);
          expect((await shifted.run([BigInt(a)])).outputs).toEqual([BigInt(a >>> n)]);
        }),
        { numRuns: 5 },
      );
    }
    const both = gadget(F, 2, (cs, [a, b]) => bitwise(cs, xor, a, b));
    await fc.assert(
      fc.asyncProperty(word, word, async (a, b) => {
        expect((await both.run([a, b].map(BigInt))).outputs).toEqual([BigInt((a ^ b) >>> 0)]);
      }),
      { numRuns: 5 },
    );
  });

  it.each([2, 4, 5, 8, 10])('%d of them have a sum', async (n) => {
    const made = gadget(F, n, sum);
    const known = gadget(F, n, sum, [0xffff_ffff, 0x8000_0001]);
    const most = Array.from({ length: n }, () => 0xffff_ffff);
    const check = async (words: number[]) => {
      const mod32 = (xs: number[]) => BigInt.asUintN(32, BigInt(xs.reduce((total, x) => total + x, 0)));
      expect(await made.run(words.map(BigInt))).toEqual({ outputs: [mod32(words)], failing: [] });
      const withKnown = [0xffff_ffff, 0x8000_0001, ...words.slice(2)];
      expect((await known.run(words.map(BigInt))).outputs).toEqual([mod32(withKnown)]);
    };
    await check(most);
    await fc.assert(fc.asyncProperty(fc.array(word, { minLength: n, maxLength: n }), check), { numRuns: 5 });
  });
});

describe('sums of words', () => {
  const [F] = FIELDS;

  it('leave nothing free, nor the bits above the word', async () => {
    for (const words of [
      [0, 0],
      [0xffff_ffff, 1],
      [0xdead_beef, 0x8000_0000, 0xffff_ffff, 5, 0x0123_4567],
    ]) {
      const made = gadget(F, words.length, sum);
      expect(made.names).toContain(`out/bit ${words.length > 4 ? 34 : 32}`);
      expect((await made.deceive(words.map(BigInt))).free).toEqual([]);
    }
  });

  it('of constants are constants', async () => {
    const made = gadget(F, 2, sum, [0xffff_fff0, 0x20]);
    expect((await made.run([0n, 0n])).outputs).toEqual([0x10n]);
    expect(made.names.filter((name) => name.startsWith('out'))).toEqual([]);
  });
});
