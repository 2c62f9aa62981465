import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY, POINT_BYTES } from '../../src/curve/curve.ts';
import { bn256, CURVES, grumpkin, pallas, secp256k1, secq256k1, vesta } from '../../src/curve/curves.ts';
import { NovaError } from '../../src/errors.ts';
import { intToBytes } from '../../src/field/field.ts';
import { codeOf } from '../support/error.ts';
import { point } from './arbitrary.ts';

/** Bytes that look like an encoded point: x near anything, flags of all kinds. */
const hostile = (length: number) =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc
      .tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 3 }))
      .map(([first, last, x]) =>
        Uint8Array.from({ length }, (_, i) => (i === 0 ? first : i === 1 ? x : i === length - 1 ? last : 0)),
      ),
  );

describe.each(CURVES.map((curve) => ({ curve, name: curve.name })))('encodings of $name', ({ curve }) => {
  const { generator: G, base: F, encodedBytes } = curve;

  it('reads back every point', () => {
    fc.assert(
      fc.property(point(curve), (P) => {
        const bytes = curve.encode(P);
        expect(bytes.length).toBe(encodedBytes);
        expect(curve.decode(bytes)).toEqual(P);
        if (P.infinity) return;
        expect(curve.fromXY(curve.toXY(P))).toEqual(P);
        const pair = concatBytes(curve.toXY(G), curve.toXY(P));
        expect(curve.compressXY(pair)).toEqual(concatBytes(curve.encode(G), bytes));
      }),
      { numRuns: 40 },
    );
  });

  it('has one encoding of each point: what is decoded is encoded as the same bytes', () => {
    let accepted = 0;
    fc.assert(
      fc.property(hostile(encodedBytes), (bytes) => {
        try {
          const P = curve.decode(bytes);
          accepted++;
          expect(curve.isOnCurve(P)).toBe(true);
          expect(curve.encode(P)).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof NovaError && error.code === 'InvalidEncoding')) throw error;
        }
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('takes a flipped bit for another point or for none', () => {
    const bytes = curve.encode(G);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        const P = curve.decode(flipped);
        expect(curve.equals(P, G)).toBe(false);
        expect(curve.encode(P)).toEqual(flipped);
      } catch (error) {
        if (!(error instanceof NovaError && error.code === 'InvalidEncoding')) throw error;
      }
    }
  });

  it('refuses coordinates that are not canonical, lengths that are wrong, and points off the curve', async () => {
    const big = intToBytes(F.p, 32);
    const encoded = encodedBytes === 33 ? concatBytes(Uint8Array.of(0), big) : big;
    expect(await codeOf(() => curve.decode(encoded))).toBe('InvalidEncoding');
    expect(await codeOf(() => curve.decode(curve.encode(G).subarray(1)))).toBe('InvalidEncoding');
    expect(await codeOf(() => curve.decode(concatBytes(curve.encode(G), Uint8Array.of(0))))).toBe(
      'InvalidEncoding',
    );
    expect(await codeOf(() => curve.decode(new Uint8Array(0)))).toBe('InvalidEncoding');

    const xy = curve.toXY(G);
    expect(xy).toEqual(concatBytes(F.toBytes(G.x), F.toBytes(G.y)));
    expect(await codeOf(() => curve.fromXY(concatBytes(big, xy.subarray(32))))).toBe('InvalidEncoding');
    expect(await codeOf(() => curve.fromXY(concatBytes(xy.subarray(0, 32), big)))).toBe('InvalidEncoding');
    expect(await codeOf(() => curve.fromXY(xy.subarray(1)))).toBe('InvalidEncoding');
    expect(await codeOf(() => curve.fromXY(concatBytes(xy.subarray(0, 32), F.toBytes(G.y + 1n))))).toBe(
      'PointNotOnCurve',
    );
    expect(await codeOf(() => curve.fromXY(new Uint8Array(POINT_BYTES)))).toBe('PointNotOnCurve');
    expect(await codeOf(() => curve.toXY(IDENTITY))).toBe('InvalidArgument');
  });

  it('leaves its input as it is, also a Node Buffer with a flag to clear', () => {
    const bytes = Buffer.from(curve.encode((G.y & 1n) === 1n ? G : curve.neg(G)));
    const before = Uint8Array.from(bytes);
    curve.decode(bytes);
    expect(Uint8Array.from(bytes)).toEqual(before);
  });
});

describe('the bytes of halo2curves', () => {
  const one = [1, ...Array<number>(31).fill(0)];

  it('Pasta: the sign in the top bit, the identity all zeros', async () => {
    for (const curve of [pallas, vesta]) {
      // the generator is (-1, 2)
      const minusOne = Array.from(curve.base.toBytes(curve.base.p - 1n));
      expect(Array.from(curve.encode(curve.generator))).toEqual(minusOne);
      expect(Array.from(curve.encode(curve.neg(curve.generator)))).toEqual([
        ...minusOne.slice(0, 31),
        0x40 | 0x80,
      ]);
      expect(Array.from(curve.encode(IDENTITY))).toEqual(Array(32).fill(0));
      // halo2curves takes this one, too; here the identity has one encoding
      const signed = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 0x80 : 0));
      expect(await codeOf(() => curve.decode(signed))).toBe('InvalidEncoding');
    }
  });

  it('BN254 and Grumpkin: the sign in the top bit, the identity in the bit below', async () => {
    for (const curve of [bn256, grumpkin]) {
      const { generator: G } = curve;
      const even = (G.y & 1n) === 0n ? G : curve.neg(G);
      expect(Array.from(curve.encode(even))).toEqual(one);
      expect(Array.from(curve.encode(curve.neg(even)))).toEqual([...one.slice(0, 31), 0x80]);
      expect(Array.from(curve.encode(IDENTITY))).toEqual([...Array<number>(31).fill(0), 0x40]);
      for (const bad of [
        Array<number>(32).fill(0), // x = 0 without the flag
        [...Array<number>(31).fill(0), 0xc0], // the identity with a sign
        [...one.slice(0, 31), 0x40], // the identity with a coordinate
      ]) {
        expect(await codeOf(() => curve.decode(Uint8Array.from(bad)))).toBe('InvalidEncoding');
      }
    }
  });

  it('secp256k1 and secq256k1: a byte of flags, then x', async () => {
    for (const curve of [secp256k1, secq256k1]) {
      const { generator: G } = curve;
      const even = (G.y & 1n) === 0n ? G : curve.neg(G);
      const x = Array.from(curve.base.toBytes(G.x));
      expect(Array.from(curve.encode(even))).toEqual([0, ...x]);
      expect(Array.from(curve.encode(curve.neg(even)))).toEqual([0x80, ...x]);
      expect(Array.from(curve.encode(IDENTITY))).toEqual([0x40, ...Array<number>(32).fill(0)]);
      for (const bad of [
        Array<number>(33).fill(0),
        [0xc0, ...Array<number>(32).fill(0)],
        [0x40, ...x],
        [0x20, ...x],
        [0x01, ...x],
        [0x41, ...Array<number>(32).fill(0)],
      ]) {
        expect(await codeOf(() => curve.decode(Uint8Array.from(bad)))).toBe('InvalidEncoding');
      }
    }
  });
});
