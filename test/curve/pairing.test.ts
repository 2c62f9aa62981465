import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, it } from 'vitest';
import { IDENTITY } from '../../src/curve/curve.ts';
import { bn256 } from '../../src/curve/curves.ts';
import { encodeG2, equalG2, G2_BYTES, G2_GENERATOR } from '../../src/curve/g2.ts';
import { checkG2, decodeG2, mulG2, pairingsAgree } from '../../src/curve/pairing.ts';
import { insecureSeededRng, randomElement } from '../../src/field/random.ts';
import { codeOf } from '../support/error.ts';
import { outsideG2 } from '../support/g2.ts';

const F = bn256.scalar;
const rng = insecureSeededRng('pairing');
const G = bn256.generator;
const H = G2_GENERATOR;

describe('the parameters of BN254', () => {
  it('are those of noble, an independent library, and of halo2curves', () => {
    expect(bn256.base.p).toBe(bn254.fields.Fp.ORDER);
    expect(bn256.scalar.p).toBe(bn254.fields.Fr.ORDER);
    const { x, y } = bn254.G1.Point.BASE.toAffine();
    expect([G.x, G.y]).toEqual([x, y]);
    expect(bn256.b).toBe(bn254.G1.Point.CURVE().b);
    expect(H).toEqual(bn254.G2.Point.BASE.toAffine());
    // b of the twist, 3 / (9 + u)
    const { Fp2 } = bn254.fields;
    const b = Fp2.sub(Fp2.sqr(H.y), Fp2.mul(Fp2.sqr(H.x), H.x));
    expect(Fp2.mul(b, { c0: 9n, c1: 1n })).toEqual({ c0: 3n, c1: 0n });
    expect(mulG2(F.p - 1n, H)).toEqual({ x: H.x, y: Fp2.neg(H.y) });
  });
});

describe('the pairing', () => {
  it('is bilinear, and one at the identity', () => {
    for (let i = 0; i < 3; i++) {
      const [a, b] = [randomElement(F, rng), randomElement(F, rng)];
      const [aG, abG] = [bn256.mul(a, G), bn256.mul(F.mul(a, b), G)];
      expect(pairingsAgree(aG, mulG2(b, H), abG, H)).toBe(true);
      expect(pairingsAgree(aG, mulG2(b, H), bn256.add(abG, G), H)).toBe(false);
      expect(pairingsAgree(aG, H, IDENTITY, H)).toBe(false);
      expect(pairingsAgree(IDENTITY, H, aG, H)).toBe(false);
    }
    expect(pairingsAgree(IDENTITY, H, IDENTITY, mulG2(5n, H))).toBe(true);
  });
});

describe('points of G2', () => {
  it('are encoded in 64 bytes and decoded from them', () => {
    for (const k of [1n, 2n, F.p - 1n, randomElement(F, rng), randomElement(F, rng)]) {
      const Q = mulG2(k, H);
      const bytes = encodeG2(Q);
      expect(bytes).toHaveLength(G2_BYTES);
      expect(equalG2(decodeG2(bytes, 'Q'), Q)).toBe(true);
      bytes[63] ^= 0x80;
      expect(decodeG2(bytes, 'Q').y).toEqual(bn254.fields.Fp2.neg(Q.y));
    }
  });

  it('are refused in every other form', async () => {
    const change = (i: number, value: number) => encodeG2(H).with(i, value);
    const identity = new Uint8Array(G2_BYTES).with(63, 0x40);
    const tooLarge = new Uint8Array(G2_BYTES);
    tooLarge.set(bn256.base.toBytes(bn256.base.p - 1n), 32);
    tooLarge[32]++; // p itself
    const cases = [
      identity,
      identity.with(0, 1),
      new Uint8Array(G2_BYTES),
      tooLarge,
      change(63, encodeG2(H)[63] | 0x40),
      encodeG2(H).subarray(1),
      new Uint8Array(0),
    ];
    for (const bytes of cases) expect(await codeOf(() => decodeG2(bytes, 'Q'))).toBe('InvalidEncoding');
    // one x in two is that of no point
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        codeOf(() => decodeG2(change(0, i), 'Q')).catch(() => 'a point of G2'),
      ),
    );
    expect(new Set(codes)).toEqual(new Set(['InvalidEncoding', 'PointNotInSubgroup']));
  });

  it('must be on the curve and in the subgroup', async () => {
    const Q = outsideG2();
    expect(await codeOf(() => checkG2(Q, 'Q'))).toBe('PointNotInSubgroup');
    expect(await codeOf(() => decodeG2(encodeG2(Q), 'Q'))).toBe('PointNotInSubgroup');
    expect(await codeOf(() => checkG2({ x: H.x, y: Q.y }, 'Q'))).toBe('PointNotOnCurve');
    const high = { x: { c0: H.x.c0 + bn256.base.p, c1: H.x.c1 }, y: H.y };
    expect(await codeOf(() => checkG2(high, 'Q'))).toBe('PointNotOnCurve');
    expect(checkG2(H, 'Q')).toBe(H);
    for (const k of [0n, -1n, F.p]) expect(await codeOf(() => mulG2(k, H))).toBe('InvalidArgument');
  });
});

describe('sums of a few multiples', () => {
  it('are those of single operations, also with zeros and the identity', async () => {
    const terms = [0n, 1n, F.p - 1n, randomElement(F, rng), randomElement(F, rng)].map(
      (k, i) => [k, i === 3 ? IDENTITY : bn256.mul(BigInt(i + 2), G)] as const,
    );
    const expected = terms.reduce((sum, [k, P]) => bn256.add(sum, bn256.mul(k, P)), IDENTITY);
    expect(bn256.sum(terms)).toEqual(expected);
    expect(bn256.sum([])).toEqual(IDENTITY);
    expect(
      bn256.sum([
        [1n, G],
        [F.p - 1n, G],
      ]),
    ).toEqual(IDENTITY);
    expect(await codeOf(() => bn256.sum([[F.p, G]]))).toBe('InvalidFieldElement');
  });
});
