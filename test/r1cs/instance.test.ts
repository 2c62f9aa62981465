import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURVES, pallas } from '../../src/curve/curves.ts';
import type { Curve } from '../../src/curve/curve.ts';
import {
  defaultInstance,
  foldInstances,
  readInstance,
  readRelaxedInstance,
  relax,
  writeInstance,
  writeRelaxedInstance,
  type Instance,
  type RelaxedInstance,
} from '../../src/r1cs/instance.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { point } from '../curve/arbitrary.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf } from '../support/error.ts';

const instance = (curve: Curve, io = 2): fc.Arbitrary<Instance> =>
  fc.record({
    commW: point(curve),
    X: fc.array(element(curve.scalar), { minLength: io, maxLength: io }),
  });
const relaxed = (curve: Curve, io = 2): fc.Arbitrary<RelaxedInstance> =>
  fc.record({
    commW: point(curve),
    commE: point(curve),
    u: element(curve.scalar),
    X: fc.array(element(curve.scalar), { minLength: io, maxLength: io }),
  });

const onAnyCurve = <T>(make: (curve: Curve) => fc.Arbitrary<T>) =>
  fc.constantFrom(...CURVES).chain((curve) => fc.tuple(fc.constant(curve), make(curve)));

/** The bytes that `write` writes. */
function written(write: (w: ByteWriter) => void): Uint8Array {
  const w = new ByteWriter();
  write(w);
  return w.finish();
}

describe('the encoding of an instance', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(
        onAnyCurve((curve) => fc.nat({ max: 3 }).chain((io) => instance(curve, io))),
        ([curve, U]) => {
          const r = new ByteReader(written((w) => writeInstance(w, curve, U)));
          expect(readInstance(r, curve)).toEqual(U);
          r.end();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of a relaxed one, too', () => {
    fc.assert(
      fc.property(
        onAnyCurve((curve) => fc.nat({ max: 3 }).chain((io) => relaxed(curve, io))),
        ([curve, U]) => {
          const r = new ByteReader(written((w) => writeRelaxedInstance(w, curve, U)));
          expect(readRelaxedInstance(r, curve)).toEqual(U);
          r.end();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has X before u, unlike the random oracle', () => {
    const F = pallas.scalar;
    const U: RelaxedInstance = { ...defaultInstance(2), u: 7n, X: [8n, 9n] };
    const bytes = written((w) => writeRelaxedInstance(w, pallas, U));
    const tail = written((w) => w.elements(F, [8n, 9n]).element(F, 7n));
    expect(bytes.slice(2 * pallas.encodedBytes)).toEqual(tail);
  });

  it('is refused wherever it is cut off', async () => {
    const G = pallas.generator;
    const bytes = written((w) => writeRelaxedInstance(w, pallas, { commW: G, commE: G, u: 1n, X: [2n, 3n] }));
    for (let n = 0; n < bytes.length; n++) {
      expect(await codeOf(() => readRelaxedInstance(new ByteReader(bytes.subarray(0, n)), pallas))).toBe(
        'InvalidEncoding',
      );
    }
  });
});

describe('folding instances', () => {
  it('adds r times the second one to the first, in the exponent too', () => {
    fc.assert(
      fc.property(
        onAnyCurve((curve) => {
          const x = element(curve.scalar);
          return fc.record({
            // discrete logarithms of the commitments
            logs: fc.record({ W1: x, E1: x, W2: x, T: x }),
            u: x,
            X1: fc.tuple(x, x),
            X2: fc.tuple(x, x),
            r: fc.bigInt(0n, 2n ** 128n - 1n),
          });
        }),
        ([curve, { logs, u, X1, X2, r }]) => {
          const q = curve.scalar.p;
          const commit = (k: bigint) => curve.mul(k % q, curve.generator);
          const U1 = { commW: commit(logs.W1), commE: commit(logs.E1), u, X: X1 };
          const U2 = { commW: commit(logs.W2), X: X2 };
          const folded = foldInstances(curve, U1, U2, commit(logs.T), r);
          expect(curve.equals(folded.commW, commit(logs.W1 + r * logs.W2))).toBe(true);
          expect(curve.equals(folded.commE, commit(logs.E1 + r * logs.T))).toBe(true);
          expect(folded.u).toBe((u + r) % q);
          expect(folded.X).toEqual(X1.map((x, i) => (x + r * X2[i]) % q));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('into the zero instance gives r times the second one', () => {
    const U2: Instance = { commW: pallas.generator, X: [3n, 4n] };
    const folded = foldInstances(pallas, defaultInstance(2), U2, pallas.generator, 5n);
    const G5 = pallas.mul(5n, pallas.generator);
    expect(folded).toEqual({ commW: G5, commE: G5, u: 5n, X: [15n, 20n] });
  });

  it('folds satisfied witnesses of a small system into a satisfied one', () => {
    const F = pallas.scalar;
    const x = element(F);
    // A z o B z - u C z - E for the constraint w0 w1 = x0
    const residue = (w: bigint[], E: bigint, u: bigint, X: readonly bigint[]) =>
      F.sub(F.sub(F.mul(w[0], w[1]), F.mul(u, X[0])), E);
    fc.assert(
      fc.property(fc.tuple(x, x), fc.tuple(x, x), x, fc.bigInt(0n, 2n ** 128n - 1n), (w1, w2, u1, r) => {
        const O = defaultInstance(1);
        const U1: RelaxedInstance = { ...O, u: u1, X: [1n] };
        const E1 = F.sub(F.mul(w1[0], w1[1]), u1);
        const U2: Instance = { commW: O.commW, X: [F.mul(w2[0], w2[1])] };
        expect(residue(w1, E1, u1, U1.X)).toBe(0n);
        expect(residue(w2, 0n, 1n, U2.X)).toBe(0n);

        const cross = F.add(F.mul(w1[0], w2[1]), F.mul(w2[0], w1[1]));
        const T = F.sub(F.sub(cross, F.mul(u1, U2.X[0])), U1.X[0]);
        const folded = foldInstances(pallas, U1, U2, O.commE, r);
        const w = w1.map((a, i) => F.add(a, F.mul(r, w2[i])));
        expect(residue(w, F.add(E1, F.mul(r, T)), folded.u, folded.X)).toBe(0n);
      }),
    );
  });
});

describe('a plain instance as a relaxed one', () => {
  it('has no error and u = 1', () => {
    const U: Instance = { commW: pallas.generator, X: [1n, 2n] };
    const relaxedU = relax(U);
    expect(relaxedU).toMatchObject({ ...U, u: 1n });
    expect(relaxedU.commE.infinity).toBe(true);
  });
});
