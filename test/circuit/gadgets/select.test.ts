import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import {
  allocZero,
  select,
  selectOneOr,
  selectOneOrDifference,
  selectOrOne,
  selectOrZero,
  selectZeroOr,
} from '../../../src/circuit/gadgets/select.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { element } from '../../field/arbitrary.ts';
import { product, upTo } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';

type Plain = (F: PrimeField, condition: bigint, a: bigint, b: bigint) => bigint;
type Build = (cs: ConstraintSystem, name: string, condition: Num, a: Num, b: Num) => Num;

const GADGETS: readonly [string, Build, Plain][] = [
  ['allocZero', allocZero, () => 0n],
  ['select', select, (_, c, a, b) => (c ? a : b)],
  ['selectOrZero', selectOrZero, (_, c, a) => (c ? a : 0n)],
  ['selectOrOne', selectOrOne, (_, c, a) => (c ? a : 1n)],
  ['selectZeroOr', selectZeroOr, (_, c, a) => (c ? 0n : a)],
  ['selectOneOr', selectOneOr, (_, c, a) => (c ? 1n : a)],
  ['selectOneOrDifference', selectOneOrDifference, (F, c, a, b) => (c ? 1n : F.sub(a, b))],
];

describe.each(GADGETS)('%s', (_, build, plain) => {
  const gadget = (F: PrimeField) => new Gadget(F, 3, (cs, [c, a, b]) => [build(cs, 'out', c, a, b)]);

  it.each(FIELDS)('selects over $name', async (F) => {
    const made = gadget(F);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0n, 1n), element(F), element(F), async (c, a, b) => {
        expect(await made.run([c, a, b])).toEqual({ outputs: [plain(F, c, a, b)], failing: [] });
      }),
      { numRuns: 30 },
    );
  });

  it('leaves nothing free', async () => {
    for (const c of [0n, 1n]) {
      expect((await gadget(FIELDS[0]).deceive([c, 12n, 34n])).free).toEqual([]);
    }
  });

  it('has one output among all assignments over a small field', () => {
    const F = new PrimeField('F5', 5n);
    const made = gadget(F);
    for (const [c, a, b] of product([0n, 1n], upTo(5n), upTo(5n))) {
      expect(made.allOutputs([c, a, b])).toEqual([[plain(F, c, a, b)]]);
    }
  });
});
