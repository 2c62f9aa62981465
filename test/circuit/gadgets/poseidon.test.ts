import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoseidonOracle } from '../../../src/circuit/gadgets/poseidon.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../../src/field/fields.ts';
import { PoseidonRO } from '../../../src/hash/poseidon.ts';
import { element } from '../../field/arbitrary.ts';
import { Gadget } from '../gadget.ts';
import { sample } from '../mutate.ts';

const bitsOf = (x: bigint, n: number) => Array.from({ length: n }, (_, i) => (x >> BigInt(i)) & 1n);

/** Absorbs groups of so many numbers, and squeezes so many bits after each. */
type Schedule = readonly { readonly absorb: number; readonly squeeze: number }[];

const oracle = (F: PrimeField, schedule: Schedule) =>
  new Gadget(
    F,
    schedule.reduce((n, { absorb }) => n + absorb, 0),
    (cs, nums) => {
      const ro = new PoseidonOracle();
      let used = 0;
      return schedule.flatMap(({ absorb, squeeze }, i) => {
        ro.absorb(...nums.slice(used, (used += absorb)));
        return ro.squeeze(cs.ns(`squeeze ${i}`), squeeze);
      });
    },
  );

const plain = (F: PrimeField, schedule: Schedule, xs: readonly bigint[]) => {
  const ro = new PoseidonRO(F);
  let used = 0;
  return schedule.flatMap(({ absorb, squeeze }) => {
    ro.absorb(...xs.slice(used, (used += absorb)));
    return bitsOf(ro.squeeze(squeeze), squeeze);
  });
};

// the rate is 24
const SCHEDULES: Schedule[] = [
  [{ absorb: 0, squeeze: 128 }],
  [{ absorb: 1, squeeze: 250 }],
  [{ absorb: 24, squeeze: 250 }],
  [{ absorb: 25, squeeze: 128 }],
  [{ absorb: 49, squeeze: 254 }],
  [
    { absorb: 3, squeeze: 128 },
    { absorb: 2, squeeze: 250 },
    { absorb: 0, squeeze: 1 },
  ],
];

describe.each(FIELDS)('PoseidonOracle over $name', (F) => {
  it.each(SCHEDULES.map((schedule) => ({ schedule, text: schedule.map((s) => s.absorb).join(', then ') })))(
    'squeezes what PoseidonRO squeezes after $text numbers',
    async ({ schedule }) => {
      const gadget = oracle(F, schedule);
      const n = schedule.reduce((sum, { absorb }) => sum + absorb, 0);
      await fc.assert(
        fc.asyncProperty(fc.array(element(F), { minLength: n, maxLength: n }), async (xs) => {
          expect(await gadget.run(xs)).toEqual({ outputs: plain(F, schedule, xs), failing: [] });
        }),
        { numRuns: 3 },
      );
    },
  );
});

describe('PoseidonOracle, one variable at a time', () => {
  it.each([
    ['one permutation', [{ absorb: 3, squeeze: 128 }]],
    ['two permutations', [{ absorb: 25, squeeze: 250 }]],
    ['two squeezes', SCHEDULES[5].slice(0, 2)],
  ] satisfies [string, Schedule][])('%s: nothing is free', async (_, schedule) => {
    const n = schedule.reduce((sum, { absorb }) => sum + absorb, 0);
    const inputs = Array.from({ length: n }, (_x, i) => BigInt(i + 1));
    const gadget = oracle(pallasBase, schedule);
    const hashes = gadget.names.flatMap((name, i) => (name.endsWith('/hash') ? [i] : []));
    expect(hashes).toHaveLength(schedule.length);
    const lies = [...hashes, ...sample(gadget.names.length, 40, 'lies')];
    expect((await gadget.deceive(inputs, lies)).free).toEqual([]);
  });
});
