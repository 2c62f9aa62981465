import { Field } from '@noble/curves/abstract/modular.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToInt, intToBytes, PrimeField } from '../../src/field/field.ts';
import { FIELDS } from '../../src/field/fields.ts';
import { codeOf } from '../support/error.ts';
import { element } from './arbitrary.ts';

const NAMED = FIELDS.map((F) => ({ F, name: F.name }));

describe.each(NAMED)('$name', ({ F }) => {
  const x = element(F);
  const noble = Field(F.p);

  it('is a field', () => {
    fc.assert(
      fc.property(x, x, x, (a, b, c) => {
        expect(F.add(a, b)).toBe(F.add(b, a));
        expect(F.mul(a, b)).toBe(F.mul(b, a));
        expect(F.add(F.add(a, b), c)).toBe(F.add(a, F.add(b, c)));
        expect(F.mul(F.mul(a, b), c)).toBe(F.mul(a, F.mul(b, c)));
        expect(F.mul(a, F.add(b, c))).toBe(F.add(F.mul(a, b), F.mul(a, c)));
        expect(F.add(a, 0n)).toBe(a);
        expect(F.mul(a, 1n)).toBe(a);
        expect(F.add(a, F.neg(a))).toBe(0n);
        expect(F.add(F.sub(a, b), b)).toBe(a);
        if (a !== 0n) expect(F.mul(a, F.inv(a))).toBe(1n);
      }),
    );
  });

  it('computes what noble-curves computes', () => {
    fc.assert(
      fc.property(x, x, fc.bigInt(0n, 1n << 300n), (a, b, e) => {
        expect(F.add(a, b)).toBe(noble.add(a, b));
        expect(F.sub(a, b)).toBe(noble.sub(a, b));
        expect(F.neg(a)).toBe(noble.neg(a));
        expect(F.mul(a, b)).toBe(noble.mul(a, b));
        expect(F.sqr(a)).toBe(noble.sqr(a));
        expect(F.pow(a, e)).toBe(noble.pow(a, e));
        expect(F.toBytes(a)).toEqual(noble.toBytes(a).reverse());
      }),
      { numRuns: 30 },
    );
  });

  it('finds a square root of every square and of nothing else', () => {
    fc.assert(
      fc.property(x, (a) => {
        const root = F.sqrt(F.sqr(a))!;
        expect(root === a || root === F.neg(a)).toBe(true);
        const other = F.sqrt(a);
        expect(other !== undefined).toBe(F.isSquare(a));
        if (other !== undefined) expect(F.sqr(other)).toBe(a);
      }),
      { numRuns: 60 },
    );
    expect(F.sqrt(0n)).toBe(0n);
  });

  it('finds the roots of the roots of unity, where Tonelli-Shanks does all its work', () => {
    const twoAdicity = (F.p - 1n).toString(2).match(/0*$/)![0].length;
    let nonResidue = 2n;
    while (F.isSquare(nonResidue)) nonResidue++;
    // of order 2^twoAdicity: no square, and its powers are
    const generator = F.pow(nonResidue, (F.p - 1n) >> BigInt(twoAdicity));
    expect(F.sqrt(generator)).toBeUndefined();
    for (let k = 1n; k < BigInt(twoAdicity); k++) {
      const square = F.pow(generator, 1n << k);
      expect(F.sqr(F.sqrt(square)!)).toBe(square);
      expect(F.sqrt(F.mul(square, generator))).toBeUndefined();
    }
  });

  it('inverts many elements at once and leaves zeros', () => {
    fc.assert(
      fc.property(fc.array(x, { maxLength: 9 }), (xs) => {
        expect(F.invBatch(xs)).toEqual(xs.map((a) => (a === 0n ? 0n : F.inv(a))));
      }),
      { numRuns: 30 },
    );
  });

  it('reduces any integer', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 600n), 1n << 600n), (n) => {
        const r = F.reduce(n);
        expect(F.isCanonical(r)).toBe(true);
        expect((n - r) % F.p).toBe(0n);
      }),
    );
  });

  it('reads back the bytes of every element', () => {
    fc.assert(
      fc.property(x, (a) => {
        expect(F.fromBytes(F.toBytes(a))).toBe(a);
      }),
    );
  });

  it('refuses what is no canonical element', async () => {
    for (const n of [F.p, F.p + 1n, (1n << 256n) - 1n]) {
      expect(await codeOf(() => F.fromBytes(intToBytes(n, 32)))).toBe('InvalidEncoding');
      expect(await codeOf(() => F.check(n))).toBe('InvalidFieldElement');
    }
    expect(await codeOf(() => F.check(-1n))).toBe('InvalidFieldElement');
    expect(await codeOf(() => F.check(1 as unknown as bigint))).toBe('InvalidFieldElement');
    expect(await codeOf(() => F.fromBytes(new Uint8Array(31)))).toBe('InvalidEncoding');
    expect(await codeOf(() => F.fromBytes(new Uint8Array(33)))).toBe('InvalidEncoding');
    expect(await codeOf(() => F.inv(0n))).toBe('DivisionByZero');
  });
});

describe('the six moduli', () => {
  it('are six different 254-bit to 256-bit primes', () => {
    expect(new Set(FIELDS.map((F) => F.p)).size).toBe(6);
    for (const F of FIELDS) {
      expect([254, 255, 256]).toContain(F.bits);
      for (const base of [2n, 3n, 5n, 7n, 11n]) expect(F.pow(base, F.p - 1n)).toBe(1n);
    }
  });
});

describe('a small field', () => {
  it.each([3n, 5n, 7n, 17n, 97n, 193n, 257n, 769n, 12289n])('of order %s has the right squares', (p) => {
    const F = new PrimeField(`F${p}`, p);
    const squares = new Set(Array.from({ length: Number(p) }, (_, i) => F.sqr(BigInt(i))));
    for (let a = 0n; a < p; a++) {
      const root = F.sqrt(a);
      expect(root !== undefined).toBe(squares.has(a));
      if (root !== undefined) expect(F.sqr(root)).toBe(a);
    }
  });
});

describe('integers as bytes', () => {
  it('go there and back at any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const x = bytesToInt(bytes);
        expect(x).toBe(bytes.reduceRight((acc, byte) => acc * 256n + BigInt(byte), 0n));
        expect(intToBytes(x, bytes.length)).toEqual(bytes);
      }),
    );
  });

  it('are read from where a view begins', () => {
    expect(bytesToInt(Uint8Array.of(9, 9, 9, 1, 2, 9).subarray(3, 5))).toBe(0x201n);
  });

  it('must fit', async () => {
    expect(await codeOf(() => intToBytes(256n, 1))).toBe('InvalidArgument');
    expect(await codeOf(() => intToBytes(-1n, 32))).toBe('InvalidArgument');
    expect(await codeOf(() => intToBytes(1n << 256n, 32))).toBe('InvalidArgument');
  });
});
