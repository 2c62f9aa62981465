import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUX, LinearCombination, type Num } from '../../src/circuit/linear-combination.ts';
import type { Value } from '../../src/circuit/witness-builder.ts';
import { PrimeField } from '../../src/field/field.ts';

const F17 = new PrimeField('F17', 17n);
const num = (variable: number): Num => ({ variable, value: 0 as Value });

/** Combinations as plain maps, the oracle. */
const plain = (lc: LinearCombination): Map<number, bigint> =>
  new Map(lc.variables.map((v, i) => [v, lc.coefficients[i]]));

test('sums are those of plain maps, sorted by variable, whether coefficients are shared or not', () => {
  const term = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.bigInt({ min: 0n, max: 16n }));
  const list = fc.uniqueArray(term, { selector: ([v]) => v, maxLength: 6 }).map((ts) => {
    return ts.toSorted(([a], [b]) => a - b);
  });
  fc.assert(
    fc.property(list, list, fc.bigInt({ min: 0n, max: 16n }), term, (a, b, scale, [v, k]) => {
      const coefficients = a.map(([, c]) => c);
      const kept = coefficients.slice();
      const make = ([...ts]: typeof a): LinearCombination =>
        LinearCombination.withSharedCoefficients(
          F17,
          ts.map(([x]) => x),
          ts.map(([, c]) => c),
        );
      const shared = LinearCombination.withSharedCoefficients(
        F17,
        a.map(([x]) => x),
        coefficients,
      );
      const own = new LinearCombination(F17);
      a.forEach(([x, c]) => own.add(num(x), c));
      const expected = new Map(a);
      b.forEach(([x, c]) => expected.set(x, ((expected.get(x) ?? 0n) + c * scale) % 17n));
      expected.set(v, ((expected.get(v) ?? 0n) + k) % 17n);
      for (const lc of [shared, own]) {
        const before = lc.clone();
        const sum = lc.clone().add(make(b), scale).add(num(v), k);
        expect(plain(sum)).toEqual(expected);
        expect(sum.variables).toEqual(sum.variables.toSorted((x, y) => x - y));
        lc.add(num(v), k);
        expect(plain(before)).toEqual(new Map(a));
        expect(before.sharesCoefficients).toBe(lc === shared);
        expect(lc.sharesCoefficients).toBe(false);
      }
      expect(coefficients).toEqual(kept);
    }),
  );
});

test('inputs come before private variables', () => {
  const lc = new LinearCombination(F17)
    .add(num(AUX))
    .add(num(1))
    .sub(num(AUX + 1), 2n)
    .add(num(0));
  expect(lc.variables).toEqual([0, 1, AUX, AUX + 1]);
  expect(lc.coefficients).toEqual([1n, 1n, 1n, 15n]);
});
