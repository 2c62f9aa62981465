import { secp256k1_hasher } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Curve, type AffinePoint } from '../../src/curve/curve.ts';
import { bn256, CURVES, grumpkin, pallas, secp256k1, secq256k1, vesta } from '../../src/curve/curves.ts';
import { hashAllToCurve, hashToCurve, mapToCurve } from '../../src/curve/hash-to-curve.ts';
import { bytesToInt } from '../../src/field/field.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf } from '../support/error.ts';

const SVDW = [
  { curve: pallas, name: 'pallas', Z: -13n, suite: 'pallas:SHA-256_SVDW_RO_' },
  { curve: vesta, name: 'vesta', Z: -13n, suite: 'vesta:SHA-256_SVDW_RO_' },
  { curve: bn256, name: 'bn256', Z: 1n, suite: 'BN254G1_XMD:SHA-256_SVDW_RO_' },
  { curve: grumpkin, name: 'grumpkin', Z: 1n, suite: 'GRUMPKIN_XMD:SHA-256_SVDW_RO_' },
  { curve: secq256k1, name: 'secq256k1', Z: 1n, suite: 'secq256k1_XMD:SHA-256_SVDW_RO_' },
];

/** RFC 9380, section 6.6.1, from its definition: candidates x1, x2, x3 for the curve y^2 = x^3 + b. */
function plainMap(curve: Curve, z: bigint, u: bigint): AffinePoint {
  const { base: F, b } = curve;
  const inv0 = (x: bigint) => (x === 0n ? 0n : F.inv(x));
  const g = (x: bigint) => F.reduce(x * x * x + b);
  const Z = F.reduce(z);
  const tv1 = F.reduce(u * u * g(Z));
  const tv2 = F.reduce(1n + tv1);
  const tv3 = inv0(F.reduce((1n - tv1) * tv2));
  let tv4 = F.sqrt(F.reduce(-g(Z) * 3n * Z * Z))!;
  if (tv4 & 1n) tv4 = F.neg(tv4);
  const tv5 = F.reduce(u * (1n - tv1) * tv3 * tv4);
  const tv6 = F.reduce(-4n * g(Z) * inv0(F.reduce(3n * Z * Z)));
  const half = F.reduce(-Z * F.inv(2n));
  const x1 = F.reduce(half - tv5);
  const x2 = F.reduce(half + tv5);
  const x3 = F.reduce(Z + tv6 * (tv2 * tv2 * tv3) ** 2n);
  const x = F.isSquare(g(x1)) ? x1 : F.isSquare(g(x2)) ? x2 : x3;
  const y = F.sqrt(g(x))!;
  return { x, y: (u & 1n) === (y & 1n) ? y : F.neg(y), infinity: false };
}

/** expand_message_xmd of RFC 9380, section 5.3.1, for 96 bytes. */
function plainExpand(message: Uint8Array, dst: string): Uint8Array {
  const dstPrime = concatBytes(utf8ToBytes(dst), Uint8Array.of(dst.length));
  const b0 = sha256(concatBytes(new Uint8Array(64), message, Uint8Array.of(0, 96, 0), dstPrime));
  const blocks = [sha256(concatBytes(b0, Uint8Array.of(1), dstPrime))];
  for (let i = 2; i <= 3; i++) {
    const mixed = b0.map((byte, k) => byte ^ blocks[i - 2][k]);
    blocks.push(sha256(concatBytes(mixed, Uint8Array.of(i), dstPrime)));
  }
  return concatBytes(...blocks);
}

describe.each(SVDW)('hash to $name', ({ curve, Z, suite }) => {
  const F = curve.base;

  it('maps field elements as RFC 9380 defines it', () => {
    fc.assert(
      fc.property(fc.array(element(F), { minLength: 1, maxLength: 4 }), (us) => {
        const points = mapToCurve(curve, us);
        expect(points).toEqual(us.map((u) => plainMap(curve, Z, u)));
        points.forEach((P) => curve.check(P));
      }),
      { numRuns: 40 },
    );
  });

  it('maps the elements whose denominators vanish', () => {
    const inverse = F.inv(curve.ySquared(F.reduce(Z)));
    const roots = [F.sqrt(inverse), F.sqrt(F.neg(inverse))].filter((u) => u !== undefined);
    expect(roots.length).toBeGreaterThan(0); // u^2 g(Z) = 1 or -1
    const us = [0n, 5n, ...roots.flatMap((u) => [u, F.neg(u)]), 7n];
    const points = mapToCurve(curve, us);
    expect(points).toEqual(us.map((u) => plainMap(curve, Z, u)));
    points.forEach((P) => curve.check(P));
  });

  it('hashes with the suite that halo2curves names', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
        const uniform = plainExpand(message, 'from_uniform_bytes' + suite);
        const [u0, u1] = [0, 48].map((i) => F.reduce(bytesToInt(uniform.slice(i, i + 48).reverse())));
        const expected = curve.add(plainMap(curve, Z, u0), plainMap(curve, Z, u1));
        expect(hashToCurve(curve, message)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe('hash to secp256k1', () => {
  const F = secp256k1.base;
  // noble's type says something else, which it refuses (2.4.0): over a prime field the map takes an element itself
  const nobleMap = secp256k1_hasher.mapToCurve as unknown as (u: bigint) => { toAffine(): AffinePoint };
  const plain = (P: { toAffine(): { x: bigint; y: bigint } }) => ({ ...P.toAffine(), infinity: false });

  it('maps field elements as noble does', () => {
    fc.assert(
      fc.property(fc.array(element(F), { minLength: 1, maxLength: 4 }), (us) => {
        const points = mapToCurve(secp256k1, us);
        expect(points).toEqual(us.map((u) => plain(nobleMap(u))));
        points.forEach((P) => secp256k1.check(P));
      }),
      { numRuns: 40 },
    );
  });

  it('maps the elements whose denominators vanish', () => {
    // Z^2 u^4 + Z u^2 = 0 for Z = -11
    const root = F.sqrt(F.inv(11n))!;
    const us = [0n, 5n, root, F.neg(root), F.p - 1n];
    expect(mapToCurve(secp256k1, us)).toEqual(us.map((u) => plain(nobleMap(u))));
  });

  it('hashes with the suite that halo2curves names', () => {
    const DST = 'from_uniform_bytes' + 'secp256k1_XMD:SHA-256_SSWU_RO_';
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
        const expected = plain(secp256k1_hasher.hashToCurve(message, { DST }));
        expect(hashToCurve(secp256k1, message)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe.each(CURVES.map((curve) => ({ curve, name: curve.name })))('hashing to $name', ({ curve }) => {
  it('gives points of the curve, the same one by one and all at once', () => {
    const messages = Array.from({ length: 10 }, (_, i) => Uint8Array.of(i));
    const points = hashAllToCurve(curve, messages);
    expect(points).toEqual(messages.map((message) => hashToCurve(curve, message)));
    expect(new Set(points.map((P) => curve.check(P).x)).size).toBe(messages.length);
    expect(hashAllToCurve(curve, [])).toEqual([]);
  });
});

describe('hash to curve', () => {
  it('knows no other curve', async () => {
    const { base, scalar, b, generator } = pallas;
    const flags = 'OneSpare';
    const other = new Curve({ name: 'other', base, scalar, b, generator: [generator.x, generator.y], flags });
    expect(await codeOf(() => hashToCurve(other, new Uint8Array(1)))).toBe('InvalidArgument');
    expect(await codeOf(() => mapToCurve(other, [1n]))).toBe('InvalidArgument');
  });
});
