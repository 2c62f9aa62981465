import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Digits } from '../../src/backend/reference/digits.ts';
import { msm, type Points } from '../../src/backend/reference/msm.ts';
import type { Work } from '../../src/backend/reference/work.ts';
import { type AffinePoint, type Curve, IDENTITY } from '../../src/curve/curve.ts';
import { CURVES, pallas, secp256k1 } from '../../src/curve/curves.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { edges, mod, randomElements } from './suite/tools.ts';

/** Runs work to its end. */
function finish<T>(work: Work<T>): T {
  for (;;) {
    const piece = work.next();
    if (piece.done === true) return piece.value;
  }
}

/** The MSM by its definition. */
function naive(curve: Curve, points: readonly AffinePoint[], scalars: readonly bigint[]): AffinePoint {
  return scalars.reduce((sum, k, i) => curve.add(sum, curve.mul(k, points[i])), IDENTITY);
}

function split(points: readonly AffinePoint[]): Points {
  return { x: points.map((P) => P.x), y: points.map((P) => P.y) };
}

/** n different points. */
function distinct(curve: Curve, n: number): AffinePoint[] {
  const points = [curve.mul(0x1234567n, curve.generator)];
  while (points.length < n) points.push(curve.add(curve.double(points.at(-1)!), curve.generator));
  return points;
}

/** Points, from the n given, that meet in all the ways that an addition can. */
const pointPatterns: Record<string, (curve: Curve, P: readonly AffinePoint[]) => AffinePoint[]> = {
  'all different': (_, P) => [...P],
  'all the identity': (_, P) => P.map(() => IDENTITY),
  'the identity here and there': (_, P) => P.map((Q, i) => (i % 3 === 1 ? IDENTITY : Q)),
  'one point among identities': (_, P) => P.map((Q, i) => (i === 2 ? Q : IDENTITY)),
  'all equal': (_, P) => P.map(() => P[0]),
  'P and -P in turn': (curve, P) => P.map((_, i) => (i % 2 === 0 ? P[0] : curve.neg(P[0]))),
  'every P with its -P and the identity': (curve, P) =>
    P.map((_, i) => [P[i - (i % 3)], curve.neg(P[i - (i % 3)]), IDENTITY][i % 3]),
  'P, 2P, 3P, -P, -2P, -3P': (curve, P) =>
    P.map((_, i) => [1n, 2n, 3n, curve.scalar.p - 1n, curve.scalar.p - 2n, curve.scalar.p - 3n][i % 6]).map(
      (k) => curve.mul(k, P[0]),
    ),
};

const scalarPatterns: Record<string, (F: PrimeField, random: readonly bigint[]) => bigint[]> = {
  'all zero': (_, k) => k.map(() => 0n),
  'all one': (_, k) => k.map(() => 1n),
  'a single one': (_, k) => k.map((__, i) => (i === 2 ? 1n : 0n)),
  'all p - 1': (F, k) => k.map(() => F.p - 1n),
  'all equal': (_, k) => k.map(() => k[0]),
  'x and -x': (F, k) => k.map((_, i) => (i % 2 === 0 ? k[i] : F.neg(k[i - 1]))),
  bits: (_, k) => k.map((x) => x & 1n),
  small: (_, k) => k.map((x) => x & 0xfffn),
  'some zero': (_, k) => k.map((x, i) => (i % 2 === 0 ? 0n : x)),
  edges: (F, k) => k.map((_, i) => edges(F)[i % edges(F).length]),
  random: (_, k) => [...k],
};

/**
 * The same sum by one who adds points as if they never met: by the slope through both, all of whose denominators are inverted at
 * once. A zero among them, from equal points, opposite ones or the identity, spoils all.
 */
function incomplete(curve: Curve, points: readonly AffinePoint[], scalars: readonly bigint[]): AffinePoint {
  const F = curve.base;
  let sums = scalars.map((k, i) => curve.mul(k, points[i]));
  while (sums.length > 1) {
    const pairs = sums.slice(0, sums.length & ~1);
    const left = pairs.filter((_, i) => i % 2 === 0);
    const right = pairs.filter((_, i) => i % 2 === 1);
    const denominators = left.map((P, i) => F.sub(right[i].x, P.x));
    const inverse = F.pow(
      denominators.reduce((product, d) => F.mul(product, d), 1n),
      F.p - 2n, // 0 for 0
    );
    const added = left.map((P, i) => {
      const others = denominators.reduce((product, d, j) => (j === i ? product : F.mul(product, d)), inverse);
      const slope = F.mul(F.sub(right[i].y, P.y), others);
      const x = F.sub(F.sub(F.sqr(slope), P.x), right[i].x);
      return { x, y: F.sub(F.mul(slope, F.sub(P.x, x)), P.y), infinity: false };
    });
    sums = [...added, ...sums.slice(pairs.length)];
  }
  return sums[0];
}

describe('a sum of points that takes no notice of where they meet', () => {
  const k = randomElements(pallas.scalar, 'incomplete')(13);

  it('is right for different points and random scalars', () => {
    const points = distinct(pallas, 13);
    expect(incomplete(pallas, points, k)).toEqual(naive(pallas, points, k));
  });

  it.each(Object.keys(pointPatterns).slice(1))('goes wrong with points that are %s', (pattern) => {
    const points = pointPatterns[pattern](pallas, distinct(pallas, 13));
    const wrong = Object.values(scalarPatterns).filter((scalars) => {
      const chosen = scalars(pallas.scalar, k);
      const { x, y, infinity } = naive(pallas, points, chosen);
      const sum = incomplete(pallas, points, chosen);
      return infinity || sum.x !== x || sum.y !== y;
    });
    expect(wrong.length).toBeGreaterThan(0);
  });

  it('is the same for two vectors, where a generator comes twice, so that a commitment could be opened to either', () => {
    const [P, Q, R] = distinct(pallas, 3);
    const generators = [P, P, Q, R];
    // equal scalars make the first two meet: the slope through the other two is lost, and with it a sign
    const [v, other] = [k[3], pallas.scalar.neg(k[3])].map((last) => [k[0], k[0], k[2], last]);
    expect(incomplete(pallas, generators, v)).toEqual(incomplete(pallas, generators, other));
    const [C, D] = [v, other].map((vector) => finish(msm(pallas, split(generators), vector)));
    expect(C).not.toEqual(D);
    expect([C, D]).toEqual([naive(pallas, generators, v), naive(pallas, generators, other)]);
  });
});

describe('msm', () => {
  describe.each(Object.keys(pointPatterns))('of points that are %s', (pattern) => {
    it.each(Object.keys(scalarPatterns))('is the sum of k P for scalars that are %s', (scalars) => {
      for (const [curve, sizes] of [
        [pallas, [1, 2, 13]],
        [secp256k1, [3]],
      ] as const) {
        const points = pointPatterns[pattern](curve, distinct(curve, 13));
        for (const n of sizes) {
          const k = scalarPatterns[scalars](curve.scalar, randomElements(curve.scalar, scalars)(n));
          expect(finish(msm(curve, split(points), k)), `${n} on ${curve.name}`).toEqual(
            naive(curve, points, k),
          );
        }
      }
    });
  });

  it('of nothing is the identity', () => {
    expect(finish(msm(pallas, { x: [], y: [] }, []))).toEqual(IDENTITY);
  });

  it.each(CURVES)('on $name of random points and scalars is the sum of k P', (curve) => {
    const points = distinct(curve, 40);
    const k = [...edges(curve.scalar).slice(0, 20), ...randomElements(curve.scalar, 'msm')(20)];
    expect(finish(msm(curve, split(points), k))).toEqual(naive(curve, points, k));
  });

  it('does not depend on how many points are in the buckets at a time', () => {
    const points = distinct(pallas, 300);
    const k = randomElements(pallas.scalar, 'groups')(300);
    const whole = finish(msm(pallas, split(points), k));
    for (const group of [1, 299, 1000]) expect(finish(msm(pallas, split(points), k, group))).toEqual(whole);
  });

  it('of thousands of equal scalars takes few pieces, as of any others', () => {
    const n = 6000;
    const P = pallas.generator;
    const points = split(Array.from({ length: n }, () => P));
    expect(finish(msm(pallas, points, Array<bigint>(n).fill(1n)))).toEqual(pallas.mul(BigInt(n), P));
    const p = pallas.scalar.p;
    expect(finish(msm(pallas, points, Array<bigint>(n).fill(p - 2n)))).toEqual(
      pallas.mul(mod(-2n * BigInt(n), p), P),
    );
  });

  it('reports a share of the work that never falls', () => {
    const points = distinct(pallas, 300);
    const work = msm(pallas, split(points), randomElements(pallas.scalar, 'share')(300), 1000);
    let last = 0;
    for (const share of work) {
      expect(share).toBeGreaterThanOrEqual(last);
      expect(share).toBeLessThanOrEqual(1);
      last = share;
    }
  });
});

describe('digits', () => {
  const scalar = (F: PrimeField) => {
    const below = (limit: bigint) => fc.bigInt({ min: 0n, max: (limit < F.p ? limit : F.p) - 1n });
    return fc.oneof(
      fc.constantFrom(...edges(F)),
      below(F.p),
      fc.integer({ min: 1, max: 254 }).chain((bits) => below(1n << BigInt(bits))),
      fc.nat(300).map((k) => F.p - 1n - BigInt(k)),
    );
  };

  it.each(CURVES)('of scalars of $name are in range and add up to them', ({ scalar: F }) => {
    fc.assert(
      fc.property(fc.array(scalar(F), { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), (ks, times) => {
        // More scalars make wider windows.
        const scalars = Array.from({ length: times }, () => ks).flat();
        const digits = finish(Digits.of(F, scalars));
        const sums = scalars.map(() => 0n);
        const outOfRange: number[] = [];
        finish(
          digits.visit(0, digits.windows, (window, digit, i) => {
            if (digit === 0 || Math.abs(digit) > 2 ** (digits.c - 1)) outOfRange.push(digit);
            sums[i] += BigInt(digit) << BigInt(digits.c * window);
          }),
        );
        expect(outOfRange).toEqual([]);
        expect(sums.map((sum) => mod(sum, F.p))).toEqual(scalars);
      }),
      { numRuns: 20 },
    );
  });

  it('of small scalars of either sign are in the lowest windows', () => {
    const F = pallas.scalar;
    const digits = finish(
      Digits.of(F, [...Array<bigint>(100).fill(1n), ...Array<bigint>(100).fill(F.p - 1n), F.p >> 1n]),
    );
    let highest = -1;
    finish(
      digits.visit(
        0,
        digits.windows,
        (window, _, i) => void (i < 200 && (highest = Math.max(highest, window))),
      ),
    );
    expect(highest).toBe(0);
    expect(digits.windows).toBeGreaterThan(1);
  });
});
