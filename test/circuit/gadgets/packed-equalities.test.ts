import { describe, expect, it } from 'vitest';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { allocBit } from '../../../src/circuit/gadgets/bits.ts';
import { PackedEqualities } from '../../../src/circuit/gadgets/packed-equalities.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { codeOf } from '../../support/error.ts';
import { product, upTo } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';

/** Numbers of the given widths, whose bits the prover chooses, and the equalities that bind them to the inputs. */
const gadget = (F: PrimeField, widths: readonly number[]) =>
  new Gadget(F, widths.length, (cs, inputs) => {
    const equalities = new PackedEqualities(cs);
    const outputs = widths.map((width, i) => {
      const lc = freeNumber(cs.ns(`number ${i}`), inputs[i], width);
      equalities.enforceEqual(width, cs.lc(inputs[i]), lc);
      return { lc, value: inputs[i].value };
    });
    equalities.finish();
    equalities.finish(); // nothing is left
    return outputs;
  });

function freeNumber(cs: ConstraintSystem, num: Num, width: number) {
  const lc = cs.lc();
  for (let i = 0; i < width; i++) {
    lc.add(allocBit(cs, `bit ${i}`, cs.values.bits(num, i, 1)), 1n << BigInt(i));
  }
  return lc;
}

describe('packed equalities', () => {
  const rowsOf = (F: PrimeField, widths: readonly number[]) => {
    const { constraints } = gadget(F, widths).circuit.matrices;
    return constraints - widths.length - widths.reduce((sum, width) => sum + width, 0); // inputs, bits
  };

  it.each(FIELDS)('pack as many into a row as stay below 2^(bits - 2) over $name', (F) => {
    const fits = F.bits - 2; // one bit less than always fits, as nova-snark has it
    expect(rowsOf(F, [])).toBe(0);
    expect(rowsOf(F, [fits])).toBe(1);
    expect(rowsOf(F, [35, fits - 35])).toBe(1);
    expect(rowsOf(F, [35, fits - 34])).toBe(2);
    expect(
      rowsOf(
        F,
        Array.from({ length: 15 }, () => 35),
      ),
    ).toBe(Math.ceil(15 / Math.floor(fits / 35)));
  });

  it('refuse a width that no row has room for', async () => {
    const [F] = FIELDS;
    expect(await codeOf(() => gadget(F, [F.bits - 1]))).toBe('SynthesisError');
  });

  it.each([
    [31n, [1, 2], 1],
    [61n, [1, 1, 2], 1],
    [61n, [2, 3], 2],
    [127n, [2, 3], 1],
  ] as const)(
    'bind every number, whatever the assignment, over F%d with widths %j',
    async (p, widths, rows) => {
      const F = new PrimeField(`F${p}`, p);
      expect(rowsOf(F, widths)).toBe(rows);
      const made = gadget(F, widths);
      for (const numbers of product(...widths.map((width) => upTo(1n << BigInt(width))))) {
        expect(made.allOutputs(numbers)).toEqual([numbers]);
        expect((await made.run(numbers)).failing).toEqual([]);
      }
    },
  );

  it('leave nothing free', async () => {
    const made = gadget(FIELDS[0], [32, 35, 100, 90]);
    const numbers = [0n, (1n << 35n) - 1n, 12345678901234567890n, 1n << 89n];
    expect((await made.deceive(numbers)).free).toEqual([]);
  });
});
