import type { PrimeField } from '../../../field/field.ts';
import { ELEMENT_BITS, montgomeryRadix, storedBound, type Layout } from './layout.ts';

/** An integer below 2^256 as a WGSL expression of type `Fe`. */
export function elementLiteral(x: bigint): string {
  const words = Array.from(
    { length: ELEMENT_BITS / 32 },
    (_, k) => `${BigInt.asUintN(32, x >> BigInt(32 * k))}u`,
  );
  return `Fe(vec4<u32>(${words.slice(0, 4).join(', ')}), vec4<u32>(${words.slice(4).join(', ')}))`;
}

/** The library's constants by name. */
export function fieldConstants(F: PrimeField, layout: Layout): ReadonlyMap<string, bigint> {
  const R = montgomeryRadix(layout);
  return new Map([
    ['FE_ZERO', 0n],
    ['FE_ONE', F.reduce(R)],
    ['FE_P', F.p],
    ['FE_R2', F.reduce(R * R)],
  ]);
}

/** Functions that look at whole words, by name: their text in WGSL. */
export function fieldPredicates(F: PrimeField): ReadonlyMap<string, string> {
  const multiples: string[] = [];
  for (let multiple = F.p; multiple <= storedBound(F); multiple += F.p) {
    multiples.push(` || fe_same(a, ${elementLiteral(multiple)})`);
  }
  return new Map([
    [
      'fe_same',
      'fn fe_same(a: Fe, b: Fe) -> bool { return all(((a.lo ^ b.lo) | (a.hi ^ b.hi)) == vec4<u32>(0u)); }',
    ],
    ['fe_no_words', 'fn fe_no_words(a: Fe) -> bool { return all((a.lo | a.hi) == vec4<u32>(0u)); }'],
    [
      'fe_is_zero_product',
      `fn fe_is_zero_product(a: Fe) -> bool { return fe_no_words(a)${multiples.slice(0, 1).join('')}; }`,
    ],
    ['fe_is_zero', `fn fe_is_zero(a: Fe) -> bool { return fe_no_words(a)${multiples.join('')}; }`],
    ['fe_eq', 'fn fe_eq(a: Fe, b: Fe) -> bool { return fe_same(fe_canon(a), fe_canon(b)); }'],
    [
      'fe_select',
      'fn fe_select(no: Fe, yes: Fe, c: bool) -> Fe { return Fe(select(no.lo, yes.lo, c), select(no.hi, yes.hi, c)); }',
    ],
  ]);
}
