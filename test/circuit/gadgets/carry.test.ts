import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enforceEqualCarried } from '../../../src/circuit/gadgets/carry.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../../src/field/fields.ts';
import { product, upTo } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';
import { bigNatOf, fromLimbs } from './limbs.ts';

/** Bound of the limbs of a product of two numbers of four limbs, plus one limb. */
const PRODUCT_WORD = 4n * ((1n << 64n) - 1n) ** 2n + (1n << 64n) - 1n;

const equality = (F: PrimeField, lengths: [number, number], width: number, maxWord: bigint) =>
  new Gadget(F, lengths[0] + lengths[1], (cs, nums) => {
    const a = bigNatOf(cs, nums.slice(0, lengths[0]), width, maxWord);
    const b = bigNatOf(cs, nums.slice(lengths[0]), width, maxWord);
    enforceEqualCarried(cs, a, b);
    return [];
  });

/** Two ways to write one number in n oversized limbs: some of each limb of the first is carried to the next. */
const twoForms = (n: number) =>
  fc
    .array(fc.tuple(fc.bigInt(0n, PRODUCT_WORD / 2n), fc.bigInt(0n, (1n << 66n) - 1n)), {
      minLength: n,
      maxLength: n,
    })
    .map((limbs) => {
      const a = limbs.map(([limb]) => limb);
      const b = [...a];
      limbs.slice(1).forEach(([, carry], i) => {
        const k = carry < b[i] >> 64n ? carry : b[i] >> 64n;
        b[i] -= k << 64n;
        b[i + 1] += k;
      });
      return { a, b };
    });

describe.each(FIELDS)('enforceEqualCarried over $name', (F) => {
  const gadget = equality(F, [7, 7], 64, PRODUCT_WORD);

  it('takes two forms of one integer', async () => {
    await fc.assert(
      fc.asyncProperty(twoForms(7), async ({ a, b }) => {
        expect(fromLimbs(a)).toBe(fromLimbs(b));
        expect((await gadget.run([...a, ...b])).failing).toEqual([]);
        expect((await gadget.run([...b, ...a])).failing).toEqual([]);
      }),
      { numRuns: 10 },
    );
    const most = Array<bigint>(7).fill(PRODUCT_WORD);
    expect((await gadget.run([...most, ...most])).failing).toEqual([]);
    expect((await gadget.run(Array<bigint>(14).fill(0n))).failing).toEqual([]);
  });

  it('refuses integers that differ, if only by a multiple of the modulus', async () => {
    await fc.assert(
      fc.asyncProperty(
        twoForms(7),
        fc.nat(6),
        fc.constantFrom(1n, 1n << 63n, 1n << 64n),
        async ({ a, b }, i, difference) => {
          b[i] += difference;
          expect((await gadget.run([...a, ...b])).failing).not.toEqual([]);
        },
      ),
      { numRuns: 10 },
    );
    const p = Array.from({ length: 7 }, (_, i) => BigInt.asUintN(64, F.p >> BigInt(64 * i)));
    expect((await gadget.run([...p, ...Array<bigint>(7).fill(0n)])).failing).not.toEqual([]);
  });
});

describe('enforceEqualCarried', () => {
  it('leaves no carry free', async () => {
    const gadget = equality(pallasBase, [7, 7], 64, PRODUCT_WORD);
    const inputs = [...fc.sample(twoForms(7), { numRuns: 1, seed: 1 })].flatMap(({ a, b }) => [...a, ...b]);
    expect((await gadget.deceive(inputs)).free).toEqual([]);
  });

  it('names what differs', async () => {
    const gadget = equality(pallasBase, [9, 3], 64, (1n << 64n) - 1n);
    expect((await gadget.run([...Array(9).fill(0n), 0n, 0n, 1n])).failing).toEqual(['carry 0']);
    const surplus = [...Array<bigint>(8).fill(0n), 1n, 0n, 0n, 0n];
    expect((await gadget.run(surplus)).failing).toEqual(['surplus limb 2 of a is zero']);
  });

  // p = 67 leaves least room above the largest sum of a group; limbs of 2 bits, two to a group
  it.each([
    { p: 67n, lengths: [3, 3] as [number, number], maxWord: 3n, limbs: upTo(4n) },
    { p: 67n, lengths: [3, 3] as [number, number], maxWord: 6n, limbs: [0n, 1n, 4n, 6n] },
    { p: 67n, lengths: [4, 2] as [number, number], maxWord: 6n, limbs: [0n, 1n, 4n, 6n] },
    { p: 127n, lengths: [3, 2] as [number, number], maxWord: 6n, limbs: [0n, 1n, 3n, 6n] },
  ])(
    'every assignment over a field of $p, limbs $lengths up to $maxWord: satisfied for equal integers only',
    ({ p, lengths, maxWord, limbs }) => {
      const gadget = equality(new PrimeField(`F${p}`, p), lengths, 2, maxWord);
      for (const inputs of product(...Array.from({ length: lengths[0] + lengths[1] }, () => limbs))) {
        const [a, b] = [inputs.slice(0, lengths[0]), inputs.slice(lengths[0])];
        const possible = gadget.allOutputs(inputs).length > 0;
        // limbs beyond the shorter number's must be zero, even where they could be carried down
        const surplus = a.slice(2 * Math.ceil(lengths[1] / 2)).some((limb) => limb !== 0n);
        const equal = fromLimbs(a, 2) === fromLimbs(b, 2);
        if (possible !== (equal && !surplus)) expect.fail(`${a} and ${b}`);
      }
    },
  );
});
