import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalarMul } from '../../../src/circuit/gadgets/scalar-mul.ts';
import { IDENTITY, type Curve } from '../../../src/curve/curve.ts';
import { CURVES, pallas } from '../../../src/curve/curves.ts';
import { point } from '../../curve/arbitrary.ts';
import { product, smallCurve, upTo } from '../exhaustive.ts';
import { allPoints, coordinates, pointGadget, pointOf } from './points.ts';

const multiplier = (curve: Curve, bits: number) =>
  pointGadget(curve, 1, (cs, [P], ks) => scalarMul(cs, P, ks), bits);
const bitsOf = (k: bigint, n: number) => Array.from({ length: n }, (_, i) => (k >> BigInt(i)) & 1n);
const valueOf = (bits: readonly bigint[]) => bits.reduceRight((k, b) => 2n * k + b, 0n);

describe.each(CURVES)('scalarMul on $name', (curve) => {
  it('multiplies by 128 bits', async () => {
    const gadget = multiplier(curve, 128);
    const most = (1n << 128n) - 1n;
    const scalar = fc.oneof(
      fc.bigInt(0n, most),
      fc.constantFrom(0n, 1n, 2n, 3n, 1n << 127n, most - 1n, most),
    );
    await fc.assert(
      fc.asyncProperty(point(curve), scalar, async (P, k) => {
        const { outputs, failing } = await gadget.run([...coordinates(P), ...bitsOf(k, 128)]);
        expect(failing).toEqual([]);
        expect(pointOf(outputs)).toEqual(curve.mul(k, P));
      }),
      {
        numRuns: 6,
        examples: [
          [IDENTITY, most],
          [IDENTITY, 0n],
          [curve.generator, 0n],
          [curve.generator, 1n],
        ],
      },
    );
  });

  it('multiplies by as many bits as it takes', async () => {
    const most = curve.base.bits - 2;
    for (const bits of [1, 2, most]) {
      const k = (1n << BigInt(bits)) - 1n;
      const { outputs, failing } = await multiplier(curve, bits).run([
        ...coordinates(curve.generator),
        ...bitsOf(k, bits),
      ]);
      expect(failing).toEqual([]);
      expect(pointOf(outputs)).toEqual(curve.mul(k, curve.generator));
    }
  });

  it('refuses no bits, and more than incomplete additions are sound for', () => {
    for (const bits of [0, curve.base.bits - 1]) {
      expect(() => multiplier(curve, bits)).toThrow(expect.objectContaining({ code: 'SynthesisError' }));
    }
  });
});

describe('scalarMul, one variable at a time', () => {
  const P = pallas.mul(5n, pallas.generator);
  const gadget = multiplier(pallas, 5);
  // acc - P: acc = P for k = 1 (and 0), and then the coordinates that isEqual compares are equal or both differ
  const surplus = (free: string) => `acc - P/equal ${free}/t`;
  // O walks over bogus points: (0, 0) has any slope, and whatever follows from it is replaced by O
  const bogusSlopes = ['double/lambda'];

  it.each([
    ['0 P', P, 0n, [surplus('x')]],
    ['1 P', P, 1n, [surplus('x')]],
    ['10 P', P, 10n, []],
    ['31 P', P, 31n, []],
    ['0 O', IDENTITY, 0n, [surplus('x'), surplus('y'), ...bogusSlopes]],
    ['21 O', IDENTITY, 21n, [surplus('x'), surplus('y'), ...bogusSlopes]],
  ])('%s: nothing is free that decides the result', async (_, Q, k, free) => {
    const inputs = [...coordinates(Q), ...bitsOf(k, 5)];
    expect(await gadget.deceive(inputs)).toEqual({ free, outputs: [coordinates(pallas.mul(k, Q))] });
  });
});

/** Every assignment over small fields: no prover can make another result. */
describe('scalarMul, every assignment over a small field', () => {
  const scalars = (bits: number) => product(...Array.from({ length: bits }, () => upTo(2n)));

  it.each([
    { p: 7n, bits: 1 },
    { p: 13n, bits: 2 },
    { p: 19n, bits: 3 },
    { p: 61n, bits: 4 },
  ])('of $p elements has one result for every multiple by $bits bits of a point', ({ p, bits }) => {
    const curve = smallCurve(p);
    const gadget = multiplier(curve, bits);
    const finite = allPoints(curve).filter((P) => !P.infinity);
    for (const P of finite.slice(0, 12)) {
      for (const ks of scalars(bits)) {
        const outputs = gadget.allOutputs([...coordinates(P), ...ks]);
        expect(outputs.map(pointOf)).toEqual([curve.mul(valueOf(ks), P)]);
      }
    }
  });

  it.each([
    { p: 7n, bits: 1 },
    { p: 13n, bits: 2 },
  ])('of $p elements gives only the identity for the identity, whatever its coordinates', ({ p, bits }) => {
    const curve = smallCurve(p);
    const gadget = multiplier(curve, bits);
    for (const ks of scalars(bits)) {
      expect(gadget.allOutputs([...coordinates(IDENTITY), ...ks])).toEqual([[0n, 0n, 1n]]);
      for (const O of allPoints(curve).filter((P) => P.infinity)) {
        for (const output of gadget.allOutputs([...coordinates(O), ...ks]))
          expect(output).toEqual([0n, 0n, 1n]);
      }
    }
  });
});
