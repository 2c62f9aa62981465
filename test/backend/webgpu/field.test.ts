import { describe, expect, test } from 'vitest';
import { fieldFunction, fieldLibrary } from '../../../src/backend/webgpu/codegen/field.ts';
import { inverseFunction } from '../../../src/backend/webgpu/codegen/inverse.ts';
import { DEFAULT_LAYOUT, LAYOUTS, type Layout } from '../../../src/backend/webgpu/codegen/layout.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { FIELDS, pallasBase, secp256k1Base } from '../../../src/field/fields.ts';
import { codeOf } from '../../support/error.ts';
import {
  B3,
  edgeIntegers,
  formNames,
  formOracles,
  inputMax,
  rangeMax,
  resultCheck,
  spreadIntegers,
} from '../../support/field-forms.ts';
import { evaluate } from '../../support/word-code.ts';

describe('generated field functions, evaluated word by word', () => {
  for (const layout of Object.values(LAYOUTS)) {
    for (const F of FIELDS) {
      test(`${F.name} in ${layout.name}: no word leaves its interval, results are right and in range`, () => {
        const b3 = B3.get(F)!;
        const oracles = formOracles(BigInt(b3));
        for (const name of formNames) {
          const max = inputMax(F, name);
          const edges = edgeIntegers(F, layout, max);
          const f = fieldFunction(F, layout, name, b3);
          const { arity, range } = oracles[name]!;
          expect(f.parameters.length, name).toBe(arity);
          expect(f.max, name).toBeLessThanOrEqual(rangeMax(F, range));
          const cases = [
            Array<bigint>(arity).fill(max),
            Array<bigint>(arity).fill(0n),
            ...[0, 1, 2, 3, 4, 5].map((i) =>
              Array.from({ length: arity }, (_, k) => edges[(i * 29 + k * k * 17 + 3) % edges.length]!),
            ),
            spreadIntegers(arity, arity, max),
          ];
          const check = resultCheck(F, layout, oracles[name]!);
          for (const x of cases) check(x, evaluate(f, x));
        }
      });
    }
  }
});

describe('fieldLibrary', () => {
  const refused: [string, PrimeField, Layout][] = [
    ['products overflow', pallasBase, { name: '17x16', bits: 17, limbs: 16, limbs256: 16, steps: 16 }],
    ['the limbs are too few', pallasBase, { name: '14x18', bits: 14, limbs: 18, limbs256: 18, steps: 18 }],
    ['the top limb is too full', secp256k1Base, { ...LAYOUTS['15x17+1'], limbs256: 17 }],
    ['there are fewer steps than limbs', pallasBase, { ...DEFAULT_LAYOUT, steps: 18 }],
  ];
  test.each(refused)('refuses a layout where %s', async (_, F, layout) => {
    expect(await codeOf(() => fieldLibrary(F, layout, { text: 'fe_y3' }))).toBe('InvalidArgument');
  });

  test('takes the functions that the kernel names, and those that they call', () => {
    const code = fieldLibrary(pallasBase, DEFAULT_LAYOUT, { text: 'let x = fe_inv(a); // as fe_mul' });
    expect([...code.matchAll(/fn (\w+)/g)].map(([, name]) => name).sort()).toEqual(['fe_canon', 'fe_inv']);
  });

  test('leaves out what is made of 3b unless it is given', () => {
    expect(fieldLibrary(pallasBase, DEFAULT_LAYOUT)).not.toContain('_b3');
    expect(fieldLibrary(pallasBase, DEFAULT_LAYOUT, { b3: 15 })).toContain('fn fe_times_b3(a: Fe)');
  });

  test("multiplies the Pasta primes' limbs only where they are not 0, 1 or a power of two", () => {
    const count = (F: PrimeField): number => fieldFunction(F, DEFAULT_LAYOUT, 'mul').counts.multiplications;
    expect(count(pallasBase)).toBe(494); // 19^2 + 19 * 7
    expect(count(secp256k1Base)).toBe(741); // 19^2 + 19 * 19 + 19
  });

  test('inverts with fewer multiplications than thirty products', () => {
    for (const F of FIELDS) {
      const product = fieldFunction(F, DEFAULT_LAYOUT, 'mul').counts.multiplications;
      expect(inverseFunction(F, DEFAULT_LAYOUT).multiplications).toBeLessThan(30 * product);
    }
  });
});
