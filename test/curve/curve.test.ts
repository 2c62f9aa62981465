import { weierstrass, type WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';
import { bn254 } from '@noble/curves/bn254.js';
import { secp256k1 as nobleSecp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IDENTITY, type AffinePoint } from '../../src/curve/curve.ts';
import {
  bn256,
  curveByName,
  CURVES,
  grumpkin,
  pallas,
  secp256k1,
  secq256k1,
  vesta,
} from '../../src/curve/curves.ts';
import { codeOf, novaError } from '../support/error.ts';
import { element } from '../field/arbitrary.ts';
import { point } from './arbitrary.ts';

type NoblePoint = WeierstrassPointCons<bigint>;

const fp = bn254.fields.Fp.ORDER;
const fr = bn254.fields.Fr.ORDER;
const { p: secpP, n: secpN } = nobleSecp256k1.Point.CURVE();
const pastaP = 28948022309329048855892746252171976963363056481941560715954676764349967630337n;
const pastaQ = 28948022309329048855892746252171976963363056481941647379679742748393362948097n;
const pasta = (p: bigint, n: bigint) => weierstrass({ p, n, h: 1n, a: 0n, b: 5n, Gx: p - 1n, Gy: 2n });

/** Each curve as noble-curves has it, or from parameters that are written down here on their own. */
const PEERS: { curve: typeof pallas; name: string; Point: NoblePoint }[] = [
  { curve: pallas, name: 'pallas', Point: pasta(pastaP, pastaQ) },
  { curve: vesta, name: 'vesta', Point: pasta(pastaQ, pastaP) },
  { curve: bn256, name: 'bn256', Point: bn254.G1.Point },
  {
    curve: grumpkin,
    name: 'grumpkin',
    Point: weierstrass({
      p: fr,
      n: fp,
      h: 1n,
      a: 0n,
      b: fr - 17n,
      Gx: 1n,
      Gy: 17631683881184975370165255887551781615748388533673675138860n,
    }),
  },
  { curve: secp256k1, name: 'secp256k1', Point: nobleSecp256k1.Point },
  {
    curve: secq256k1,
    name: 'secq256k1',
    Point: weierstrass({
      p: secpN,
      n: secpP,
      h: 1n,
      a: 0n,
      b: 7n,
      Gx: 0x76c39f5585cb160eb6b06c87a2ce32e23134e45a097781a6a24288e37702eda6n,
      Gy: 0x3ffc646c7b2918b5dc2d265a8e82a7f7d18983d26e8dc055a4120ddad952677fn,
    }),
  },
];

describe.each(PEERS)('$name', ({ curve, Point }) => {
  const P = point(curve);
  const n = curve.scalar.p;
  const noble = (Q: AffinePoint) => (Q.infinity ? Point.ZERO : Point.fromAffine({ x: Q.x, y: Q.y }));
  const ours = (Q: InstanceType<NoblePoint>): AffinePoint =>
    Q.is0() ? IDENTITY : { ...Q.toAffine(), infinity: false };

  it('has the parameters and the generator of its definition', () => {
    const { p, n: order, b, Gx, Gy } = Point.CURVE();
    expect([curve.base.p, curve.scalar.p, curve.b]).toEqual([p, order, b]);
    expect(curve.generator).toEqual({ x: Gx, y: Gy, infinity: false });
    expect(curve.isOnCurve(curve.generator)).toBe(true);
  });

  it('adds, doubles and multiplies as noble-curves does', () => {
    fc.assert(
      fc.property(P, P, element(curve.scalar), (A, B, k) => {
        expect(curve.add(A, B)).toEqual(ours(noble(A).add(noble(B))));
        expect(curve.double(A)).toEqual(ours(noble(A).double()));
        expect(curve.neg(A)).toEqual(ours(noble(A).negate()));
        expect(curve.mul(k, A)).toEqual(ours(noble(A).multiplyUnsafe(k)));
      }),
      { numRuns: 30 },
    );
  });

  it('is a group', () => {
    fc.assert(
      fc.property(P, P, P, (A, B, C) => {
        expect(curve.add(A, B)).toEqual(curve.add(B, A));
        expect(curve.add(curve.add(A, B), C)).toEqual(curve.add(A, curve.add(B, C)));
        expect(curve.add(A, IDENTITY)).toEqual(A);
        expect(curve.add(IDENTITY, A)).toEqual(A);
        expect(curve.add(A, curve.neg(A))).toEqual(IDENTITY);
        expect(curve.add(A, A)).toEqual(curve.double(A));
        expect(curve.isOnCurve(curve.add(A, B))).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(curve.double(IDENTITY)).toEqual(IDENTITY);
    expect(curve.neg(IDENTITY)).toEqual(IDENTITY);
  });

  it('has scalars that count additions, modulo its order', () => {
    const { generator: G } = curve;
    let sum = IDENTITY;
    for (let k = 0n; k < 20n; k++) {
      expect(curve.mul(k, G)).toEqual(sum);
      expect(curve.mul(k + n, G)).toEqual(sum);
      sum = curve.add(sum, G);
    }
    // through additions only, so that n is truly the order
    let doubled = G;
    let multiple = IDENTITY;
    for (let k = n; k > 0n; k >>= 1n) {
      if (k & 1n) multiple = curve.add(multiple, doubled);
      doubled = curve.double(doubled);
    }
    expect(multiple).toEqual(IDENTITY);
    expect(curve.mul(n, G)).toEqual(IDENTITY);
    expect(curve.mul(n - 1n, G)).toEqual(curve.neg(G));
    expect(curve.mul(5n, IDENTITY)).toEqual(IDENTITY);
  });

  it('sums multiples as noble-curves does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(element(curve.scalar), P), { maxLength: 6 }), (terms) => {
        const plain = terms.reduce(
          (sum, [k, A]) => (k === 0n ? sum : sum.add(noble(A).multiplyUnsafe(k))),
          Point.ZERO,
        );
        expect(curve.sum(terms)).toEqual(ours(plain));
      }),
      { numRuns: 30 },
    );
  });

  it('sums multiples whose sums on the way are equal, opposite or the identity', async () => {
    const { generator: G } = curve;
    const H = curve.mul(7n, G);
    expect(curve.sum([])).toEqual(IDENTITY);
    expect(
      curve.sum([
        [0n, G],
        [5n, IDENTITY],
      ]),
    ).toEqual(IDENTITY);
    expect(
      curve.sum([
        [1n, G],
        [n - 1n, G],
      ]),
    ).toEqual(IDENTITY);
    expect(
      curve.sum([
        [3n, H],
        [3n, curve.neg(H)],
      ]),
    ).toEqual(IDENTITY);
    expect(
      curve.sum([
        [7n, G],
        [1n, H],
      ]),
    ).toEqual(curve.mul(14n, G));
    expect(
      curve.sum([
        [7n, G],
        [1n, H],
        [n - 2n, H],
        [2n, G],
      ]),
    ).toEqual(curve.mul(2n, G));
    expect(curve.sum([1n, 3n, 15n, 16n, 17n, 31n, 32n, 33n].map((k) => [k, G] as const))).toEqual(
      curve.mul(148n, G),
    );
    expect(await codeOf(() => curve.sum([[n, G]]))).toBe('InvalidFieldElement');
    expect(await codeOf(() => curve.sum([[-1n, G]]))).toBe('InvalidFieldElement');
  });

  it('tells equal points from others', () => {
    const { generator: G } = curve;
    expect(curve.equals(G, { ...G })).toBe(true);
    expect(curve.equals(G, curve.neg(G))).toBe(false);
    expect(curve.equals(G, IDENTITY)).toBe(false);
    expect(curve.equals(IDENTITY, G)).toBe(false);
    expect(curve.equals(IDENTITY, { ...IDENTITY })).toBe(true);
  });

  it('refuses what is no point', async () => {
    const { x, y } = curve.generator;
    const bad: AffinePoint[] = [
      { x, y: y + 1n, infinity: false },
      { x: x + curve.base.p, y, infinity: false },
      { x, y: y - curve.base.p, infinity: false },
      { x: 0n, y: 0n, infinity: false },
      { x, y, infinity: true },
    ];
    for (const Q of bad) {
      expect(curve.isOnCurve(Q)).toBe(false);
      expect(await codeOf(() => curve.check(Q))).toBe('PointNotOnCurve');
    }
    expect((await novaError(() => curve.check(bad[0], 'comm_W'))).message).toContain('comm_W');
    expect(curve.check(IDENTITY)).toEqual(IDENTITY);
    expect(curve.check(curve.generator)).toEqual(curve.generator);
    expect(await codeOf(() => curve.mul(-1n, curve.generator))).toBe('InvalidArgument');
  });

  it('has no point with x = 0 or y = 0, which its encoding counts on', () => {
    expect(curve.base.isSquare(curve.b)).toBe(false);
    const F = curve.base; // -b is no cube
    expect((F.p - 1n) % 3n).toBe(0n);
    expect(F.pow(F.neg(curve.b), (F.p - 1n) / 3n)).not.toBe(1n);
  });
});

describe('curves by name', () => {
  it('are found, and a wrong name is answered with the names there are', async () => {
    for (const curve of CURVES) expect(curveByName(curve.name)).toBe(curve);
    const error = await novaError(() => curveByName('secp256r1'));
    expect(error.code).toBe('InvalidArgument');
    for (const curve of CURVES) expect(error.message).toContain(curve.name);
  });
});
