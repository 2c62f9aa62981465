import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allCanonical,
  elementsFromBytes,
  elementsToBytes,
  firstNonCanonical,
} from '../../src/field/bytes.ts';
import { intToBytes } from '../../src/field/field.ts';
import { FIELDS } from '../../src/field/fields.ts';
import { codeOf, novaError } from '../support/error.ts';
import { element } from './arbitrary.ts';

describe.each(FIELDS.map((F) => ({ F, name: F.name })))('vectors of $name as bytes', ({ F }) => {
  /** 256-bit integers around p and its words, where a comparison word by word can go wrong. */
  const near = fc.oneof(
    fc.bigInt(0n, (1n << 256n) - 1n),
    fc.bigInt(-3n, 3n).map((d) => F.p + d),
    fc
      .tuple(fc.nat({ max: 7 }), fc.constantFrom(-1n, 1n))
      .map(([word, d]) => BigInt.asUintN(256, F.p + d * (1n << BigInt(32 * word)))),
  );

  it('go there and back', () => {
    fc.assert(
      fc.property(fc.array(element(F), { maxLength: 20 }), (xs) => {
        const bytes = elementsToBytes(F, xs);
        expect(bytes).toEqual(concatBytes(...xs.map((x) => F.toBytes(x))));
        expect(allCanonical(F, bytes)).toBe(true);
        expect(elementsFromBytes(F, bytes)).toEqual(xs);
      }),
    );
  });

  it('are canonical exactly when each element is below p', () => {
    fc.assert(
      fc.property(fc.array(near, { maxLength: 5 }), (xs) => {
        const bytes = concatBytes(...xs.map((x) => intToBytes(x, 32)));
        const bad = xs.findIndex((x) => x >= F.p);
        expect(firstNonCanonical(F, bytes)).toBe(bad);
        expect(allCanonical(F, bytes)).toBe(bad === -1);
      }),
      { numRuns: 300 },
    );
  });

  it('may lie anywhere in memory', () => {
    const shifted = concatBytes(Uint8Array.of(255), F.toBytes(F.p - 1n), F.toBytes(5n)).subarray(1);
    expect(allCanonical(F, shifted)).toBe(true);
    expect(elementsFromBytes(F, shifted)).toEqual([F.p - 1n, 5n]);
  });

  it('are refused when they are not whole or not canonical', async () => {
    expect(allCanonical(F, new Uint8Array(33))).toBe(false);
    expect(await codeOf(() => elementsFromBytes(F, new Uint8Array(33)))).toBe('InvalidEncoding');
    const error = await novaError(() =>
      elementsFromBytes(F, concatBytes(F.toBytes(1n), intToBytes(F.p, 32))),
    );
    expect(error.code).toBe('InvalidEncoding');
    expect(error.message).toContain('element 1 ');
    expect(await codeOf(() => elementsToBytes(F, [0n, F.p]))).toBe('InvalidFieldElement');
    expect(await codeOf(() => elementsToBytes(F, [-1n]))).toBe('InvalidFieldElement');
    expect(await codeOf(() => elementsToBytes(F, [1 as unknown as bigint]))).toBe('InvalidFieldElement');
  });
});
