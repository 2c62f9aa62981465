import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addPoints,
  allocPoint,
  checkOnCurve,
  doublePoint,
  identityPoint,
  negate,
  selectPoint,
} from '../../../src/circuit/gadgets/point.ts';
import { IDENTITY, type AffinePoint, type Curve } from '../../../src/curve/curve.ts';
import { CURVES, pallas } from '../../../src/curve/curves.ts';
import { point } from '../../curve/arbitrary.ts';
import { element } from '../../field/arbitrary.ts';
import { product, smallCurve } from '../exhaustive.ts';
import { allPoints, canonical, coordinates, pointGadget, pointOf } from './points.ts';

const adder = (curve: Curve) => pointGadget(curve, 2, (cs, [P, Q]) => addPoints(cs, P, Q));
const doubler = (curve: Curve) => pointGadget(curve, 1, (cs, [P]) => doublePoint(cs, P));
const negater = (curve: Curve) => pointGadget(curve, 1, (cs, [P]) => negate(cs, P));
const selector = (curve: Curve) => pointGadget(curve, 2, (cs, [P, Q], [c]) => selectPoint(cs, c, P, Q), 1);
const checker = (curve: Curve) =>
  pointGadget(curve, 1, (cs, [P]) => {
    checkOnCurve(cs, curve, P);
    return [];
  });

/** The forms that an operand can take: P, what cancels or doubles it, another point, and three faces of the identity. */
const KINDS: readonly [string, (P: AffinePoint, curve: Curve) => AffinePoint][] = [
  ['O', () => IDENTITY],
  ['O as (x, y)', () => ({ x: 123n, y: 456n, infinity: true })],
  ['O as P', (P) => ({ ...P, infinity: true })],
  ['P', (P) => P],
  ['-P', (P, curve) => curve.neg(P)],
  ['Q', (P, curve) => curve.double(P)],
];

describe.each(CURVES)('points of $name', (curve) => {
  const G = curve.mul(987654321n, curve.generator);

  // nova-snark #496: addition was incomplete for identities that are not (0, 0)
  it.each(KINDS.flatMap(([a, left]) => KINDS.map(([b, right]) => ({ a, b, left, right }))))(
    'addPoints: $a + $b',
    async ({ left, right }) => {
      const [A, B] = [left(G, curve), right(G, curve)];
      const { outputs, failing } = await adder(curve).run(coordinates(A, B));
      expect(failing).toEqual([]);
      expect(pointOf(outputs)).toEqual(curve.add(canonical(A), canonical(B)));
    },
  );

  it('adds, doubles, negates, selects and checks random points', async () => {
    const [add, double, neg, select, check] = [adder, doubler, negater, selector, checker].map((f) =>
      f(curve),
    );
    const result = async (gadget: typeof add, inputs: bigint[]) => {
      const { outputs, failing } = await gadget.run(inputs);
      expect(failing).toEqual([]);
      return pointOf(outputs);
    };
    await fc.assert(
      fc.asyncProperty(point(curve), point(curve), async (P, Q) => {
        expect(await result(add, coordinates(P, Q))).toEqual(curve.add(P, Q));
        expect(await result(add, coordinates(P, P))).toEqual(curve.double(P));
        expect(await result(add, coordinates(P, curve.neg(P)))).toEqual(IDENTITY);
        expect(await result(double, coordinates(P))).toEqual(curve.double(P));
        expect(await result(neg, coordinates(P))).toEqual(curve.neg(P));
        expect(await result(select, [...coordinates(P, Q), 1n])).toEqual(P);
        expect(await result(select, [...coordinates(P, Q), 0n])).toEqual(Q);
        expect((await check.run(coordinates(P))).failing).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  // nova-snark #258: commitments were not checked to be on the curve
  it('checkOnCurve refuses every other pair of coordinates, and none where the flag is set', async () => {
    const check = checker(curve);
    await fc.assert(
      fc.asyncProperty(element(curve.base), element(curve.base), async (x, y) => {
        const P = { x, y, infinity: false };
        const { failing } = await check.run(coordinates(P));
        expect(failing).toEqual(curve.isOnCurve(P) ? [] : ['y^2 (1 - infinity) = rhs']);
        expect((await check.run(coordinates({ ...P, infinity: true }))).failing).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('points, one variable at a time', () => {
  const P = pallas.mul(5n, pallas.generator);
  const Q = pallas.mul(11n, pallas.generator);
  const O = { x: 3n, y: 4n, infinity: true };

  it.each([
    ['P + Q', adder(pallas), coordinates(P, Q), []],
    ['P + P', adder(pallas), coordinates(P, P), ['equal x/t', 'equal y/t']],
    ['P - P', adder(pallas), coordinates(P, pallas.neg(P)), ['equal x/t']],
    ['P + O', adder(pallas), coordinates(P, O), []],
    ['O + Q', adder(pallas), coordinates(O, Q), []],
    ['O + O', adder(pallas), coordinates(O, O), ['equal x/t', 'equal y/t']],
    ['2P', doubler(pallas), coordinates(P), []],
    ['2O', doubler(pallas), coordinates(O), []],
    ['-P', negater(pallas), coordinates(P), []],
    ['1 ? P : Q', selector(pallas), [...coordinates(P, Q), 1n], []],
    ['0 ? P : O', selector(pallas), [...coordinates(P, O), 0n], []],
    ['P on the curve', checker(pallas), coordinates(P), []],
    ['O on the curve', checker(pallas), coordinates(O), []],
  ])(
    '%s: only the t of equal coordinates is free, and the result is not',
    async (_, gadget, inputs, free) => {
      expect(await gadget.deceive(inputs)).toEqual({ free, outputs: [(await gadget.run(inputs)).outputs] });
    },
  );

  it('identityPoint is (0, 0) with flag 1', async () => {
    const gadget = pointGadget(pallas, 0, (cs) => identityPoint(cs));
    expect(await gadget.run([])).toEqual({ outputs: [0n, 0n, 1n], failing: [] });
    expect((await gadget.deceive([])).free).toEqual([]);
  });

  it('allocPoint binds the flag to a bit and, by design, not the coordinates', async () => {
    const gadget = pointGadget(pallas, 1, (cs, [{ x, y, infinity }]) => allocPoint(cs, [x, y, infinity]));
    expect(await gadget.run([1n, 2n, 0n])).toEqual({ outputs: [1n, 2n, 0n], failing: [] });
    expect((await gadget.run([1n, 2n, 2n])).failing).toEqual(['infinity is a bit']);
    expect((await gadget.deceive([7n, 8n, 0n])).free).toEqual(['infinity', 'x', 'y']); // 0 + 1 is a bit too
    expect((await gadget.deceive([7n, 8n, 1n])).free).toEqual(['x', 'y']);
  });
});

/** Every assignment over a field of 7 elements, a curve of order 13: no prover can make another result. */
describe('points, every assignment over a small field', () => {
  const curve = smallCurve(7n);
  const points = allPoints(curve);
  const only = (outputs: bigint[][]) => {
    expect(outputs).toHaveLength(1);
    return pointOf(outputs[0]);
  };

  it('has the shape of the real curves', () => {
    expect([curve.scalar.p, curve.b, points.length]).toEqual([13n, 3n, 12 + 49]);
  });

  it('addPoints has one result for all pairs, and it is the group law', () => {
    const add = adder(curve);
    for (const P of points) {
      for (const Q of points) {
        const R = only(add.allOutputs(coordinates(P, Q)));
        if (!curve.equals(R, curve.add(canonical(P), canonical(Q))))
          expect.fail(`${coordinates(P, Q)}: ${R}`);
      }
    }
  });

  it('doublePoint and negate have one result for all points', () => {
    const [double, neg] = [doubler(curve), negater(curve)];
    for (const P of points) {
      expect(only(double.allOutputs(coordinates(P)))).toEqual(curve.double(canonical(P)));
      expect(only(neg.allOutputs(coordinates(P)))).toEqual(curve.neg(canonical(P)));
    }
  });

  it('checkOnCurve can be satisfied for points of the curve only', () => {
    const check = checker(curve);
    const all = product(...Array(2).fill([0n, 1n, 2n, 3n, 4n, 5n, 6n]));
    for (const [x, y] of all) {
      const P = { x, y, infinity: false };
      expect(check.allOutputs(coordinates(P))).toHaveLength(curve.isOnCurve(P) ? 1 : 0);
      expect(check.allOutputs(coordinates({ ...P, infinity: true }))).toHaveLength(1);
    }
  });
});
