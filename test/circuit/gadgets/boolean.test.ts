import { describe, expect, it } from 'vitest';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import {
  addTruth,
  and,
  choose,
  literal,
  majority,
  not,
  truthValue,
  xor,
  type Truth,
} from '../../../src/circuit/gadgets/boolean.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { product } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';

/** What an operand may be; a constant takes no notice of its bit. */
const KINDS: Readonly<Record<string, (bit: Num) => Truth>> = {
  'a bit': literal,
  'a negated bit': (bit) => not(literal(bit)),
  false: () => false,
  true: () => true,
};

/** The value of an operand of that kind over that bit. */
const plain = (kind: string, bit: bigint): boolean =>
  kind === 'a bit' ? bit === 1n : kind === 'a negated bit' ? bit === 0n : kind === 'true';

type Build = (cs: ConstraintSystem, name: string, ...operands: Truth[]) => Truth;
type Plain = (...operands: boolean[]) => boolean;

const ternary = (operation: typeof choose): Build => {
  return (cs, name, a, b, c) => operation(cs, name, a!, b!, c!);
};

const OPERATIONS: readonly [string, number, Build, Plain][] = [
  ['not', 1, (_cs, _name, a) => not(a!), (a) => !a],
  ['xor', 2, (cs, name, a, b) => xor(cs, name, a!, b!), (a, b) => a !== b],
  ['and', 2, (cs, name, a, b) => and(cs, name, a!, b!), (a, b) => a! && b!],
  ['choose', 3, ternary(choose), (a, b, c) => (a ? b! : c!)],
  ['majority', 3, ternary(majority), (a, b, c) => Number(a) + Number(b) + Number(c) >= 2],
];

/** The operation on operands of these kinds; its result as a linear combination, with its value. */
const gadget = (F: PrimeField, kinds: readonly string[], build: Build) =>
  new Gadget(F, kinds.length, (cs, bits) => {
    const truth = build(cs, 'out', ...kinds.map((kind, i) => KINDS[kind](bits[i])));
    return [{ lc: addTruth(cs.lc(), cs, truth, 1n), value: truthValue(cs, truth) }];
  });

describe.each(OPERATIONS)('%s', (_, operands, build, formula) => {
  const allKinds = Array.from({ length: operands }, () => Object.keys(KINDS)).reduce<string[][]>(
    (lists, kinds) => lists.flatMap((list) => kinds.map((kind) => [...list, kind])),
    [[]],
  );
  const inputs = product(...allKinds[0].map(() => [0n, 1n]));

  it('is what it says of operands of every kind, and nothing else', async () => {
    for (const kinds of allKinds) {
      const small = gadget(new PrimeField('F5', 5n), kinds, build);
      const large = gadget(FIELDS[0], kinds, build);
      for (const bits of inputs) {
        const out = [formula(...kinds.map((kind, i) => plain(kind, bits[i]))) ? 1n : 0n];
        // every assignment over a small field
        expect(small.allOutputs(bits), kinds.join()).toEqual([out]);
        expect(await large.run(bits), kinds.join()).toEqual({ outputs: out, failing: [] });
        expect((await large.deceive(bits)).free, kinds.join()).toEqual([]);
      }
    }
  });

  it('takes a variable only where it must', () => {
    for (const kinds of allKinds) {
      const { constraints, variables } = gadget(FIELDS[0], kinds, build).circuit.matrices;
      const bits = kinds.filter((kind) => kind.endsWith('bit')).length;
      const taken = [constraints - operands, variables - operands];
      if (operands === 1 || bits === 0) expect(taken).toEqual([0, 0]);
      else if (operands === 2) expect(taken).toEqual(bits === 2 ? [1, 1] : [0, 0]);
      else expect(taken[0]).toBeLessThanOrEqual(2);
    }
  });
});

describe('addTruth', () => {
  it('adds multiples of constants and literals', async () => {
    const F = FIELDS[0];
    const kinds = Object.keys(KINDS);
    const sum = new Gadget(F, kinds.length, (cs, bits) => {
      const lc = cs.lc();
      const truths = kinds.map((kind, i) => KINDS[kind](bits[i]));
      truths.forEach((truth, i) => addTruth(lc, cs, truth, 10n ** BigInt(i)));
      const { values: v } = cs;
      const value = v.dot(
        truths.map((truth) => truthValue(cs, truth)),
        truths.map((_, i) => v.constant(10n ** BigInt(i))),
      );
      return [{ lc, value }];
    });
    for (const bits of product([0n, 1n], [0n, 1n], [0n, 1n], [0n, 1n])) {
      const expected = kinds.reduce(
        (total, kind, i) => total + (plain(kind, bits[i]) ? 10n ** BigInt(i) : 0n),
        0n,
      );
      expect((await sum.run(bits)).outputs).toEqual([expected]);
    }
  });
});
