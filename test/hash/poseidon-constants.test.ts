import { Field } from '@noble/curves/abstract/modular.js';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { describe, expect, it } from 'vitest';
import { PrimeField } from '../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../src/field/fields.ts';
import { grainConstants } from '../../src/hash/grain.ts';
import { firstMinor, identity, invert, matrixMatrix } from '../../src/hash/matrix.ts';
import {
  narrowConstants,
  poseidonConstants,
  wideConstants,
  type PoseidonConstants,
  type SparseFactor,
} from '../../src/hash/poseidon-constants.ts';

const MODES = ['wide', 'narrow'] as const;
const INSTANCES = FIELDS.flatMap((F) => MODES.map((mode) => ({ F, mode, name: `${F.name}, ${mode}` })));

const sparseToDense = ({ wHat, vRest }: SparseFactor) =>
  identity(wHat.length).map((row, i) =>
    row.map((x, j) => (i === 0 && j > 0 ? vRest[j - 1] : j === 0 ? wHat[i] : x)),
  );

/** M' of any square matrix: its minor, with the identity in the first row and column. */
const prime = (M: readonly (readonly bigint[])[]) =>
  M.map((row, i) => row.map((x, j) => (i === 0 || j === 0 ? (i === j ? 1n : 0n) : x)));

describe.each(INSTANCES)('Poseidon constants: $name', ({ F, mode }) => {
  const c: PoseidonConstants = poseidonConstants(F, mode);
  const { m, mInv, mHat, mHatInv, mPrime, mDoublePrime } = c.mds;

  it('round constants are those that noble-curves draws from the same Grain seed', () => {
    // noble's seed marks the inverse S-box by the 1 that nova-snark writes for x^5
    const { roundConstants } = grainGenConstants({
      Fp: Field(F.p),
      t: c.width,
      roundsFull: c.fullRounds,
      roundsPartial: c.partialRounds,
      isSboxInverse: true,
    });
    expect(grainConstants(F, c.width, c.fullRounds, c.partialRounds)).toEqual(roundConstants.flat());
  });

  it('M is the symmetric Cauchy matrix 1 / (i + j + width)', () => {
    m.forEach((row, i) => row.forEach((x, j) => expect(F.mul(x, BigInt(i + j + c.width))).toBe(1n)));
    expect(m).toHaveLength(c.width);
  });

  it('the derived matrices satisfy what defines them', () => {
    expect(matrixMatrix(F, m, mInv)).toEqual(identity(c.width));
    expect(mHat).toEqual(firstMinor(m));
    expect(matrixMatrix(F, mHat, mHatInv)).toEqual(identity(c.width - 1));
    expect(mPrime).toEqual(prime(m));
    expect(matrixMatrix(F, mPrime, mDoublePrime)).toEqual(m);
    expect(firstMinor(mDoublePrime)).toEqual(identity(c.width - 1));
  });

  it("sparse factors are those of the step-by-step factorisation M_k = M_k' M_k\", M_(k+1) = M M_k'", () => {
    let current: bigint[][] = m;
    for (const factor of [...c.sparseMatrices].reverse()) {
      const dense = prime(current);
      expect(matrixMatrix(F, dense, sparseToDense(factor))).toEqual(current);
      current = matrixMatrix(F, m, dense);
    }
    expect(c.preSparseMatrix).toEqual(current);
  });

  it('has one constant per S-box and a sparse matrix per partial round, all canonical', () => {
    expect(c.compressedRoundConstants).toHaveLength(c.width * c.fullRounds + c.partialRounds);
    expect(c.sparseMatrices).toHaveLength(c.partialRounds);
    const all = [
      ...[m, mInv, mHat, mHatInv, mPrime, mDoublePrime, c.preSparseMatrix].flat(2),
      ...c.compressedRoundConstants,
      ...c.sparseMatrices.flatMap(({ wHat, vRest }) => [...wHat, ...vRest]),
    ];
    expect(all.every((x) => F.isCanonical(x))).toBe(true);
  });
});

describe('Poseidon instances', () => {
  it('round numbers are the cheapest that the security inequalities of the Poseidon paper allow', () => {
    const f = Math.fround;
    const n = 256;
    const M = 128;
    for (const { width: t, fullRounds, partialRounds } of [
      wideConstants(pallasBase),
      narrowConstants(pallasBase),
    ]) {
      let best = { cost: Infinity, rf: 0, rp: 0 };
      for (let rf = 2; rf <= 20; rf += 2) {
        for (let rp = 4; rp < 200; rp++) {
          const bounds = [
            M <= (n - 3) * (t + 1) ? 6 : 10,
            f(f(f(f(0.43) * M) + f(Math.log2(t))) - rp),
            f(f(f(0.21) * n) - rp),
            f(f(f(f(f(0.14) * n) - 1) - rp) / (t - 1)),
          ];
          if (bounds.some((b) => rf < Math.ceil(b))) continue;
          // the margin: two full rounds, and 7.5% partial ones
          const margin = { rf: rf + 2, rp: Math.ceil(f(f(1.075) * rp)) };
          const cost = t * margin.rf + margin.rp;
          if (cost < best.cost || (cost === best.cost && margin.rf < best.rf)) best = { cost, ...margin };
        }
      }
      expect({ fullRounds, partialRounds }).toEqual({ fullRounds: best.rf, partialRounds: best.rp });
    }
  });

  it('are generated once per field', () => {
    expect(wideConstants(pallasBase)).toBe(poseidonConstants(pallasBase, 'wide'));
    expect(narrowConstants(pallasBase)).toBe(poseidonConstants(pallasBase, 'narrow'));
    expect(wideConstants(new PrimeField('another', pallasBase.p))).not.toBe(wideConstants(pallasBase));
  });
});

describe('matrix inversion', () => {
  const F = new PrimeField('F17', 17n);

  it('swaps rows where a pivot is zero', () => {
    const M = [
      [0n, 1n, 2n],
      [1n, 0n, 3n],
      [4n, 5n, 0n],
    ];
    expect(matrixMatrix(F, invert(F, M), M)).toEqual(identity(3));
  });

  it('refuses a singular matrix', () => {
    const M = [
      [1n, 2n],
      [2n, 4n],
    ];
    expect(() => invert(F, M)).toThrow(expect.objectContaining({ code: 'DivisionByZero' }));
  });
});
