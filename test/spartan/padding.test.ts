import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pallas } from '../../src/curve/curves.ts';
import { checkMatrices } from '../../src/field/sparse.ts';
import { paddedSize, padShape } from '../../src/spartan/padding.ts';
import { codeOf } from '../support/error.ts';
import { satisfiedSystem } from './satisfied.ts';

describe('padding', () => {
  it.each([
    // regular: as they are, even if they are no squares
    [4, 4, 2, 4, 4],
    [2, 16, 3, 2, 16],
    [16, 2, 1, 16, 2],
    [1, 1, 0, 1, 1],
    // all others become squares
    [5, 4, 2, 8, 8],
    [4, 5, 2, 8, 8],
    [3, 3, 2, 4, 4],
    [0, 0, 0, 1, 1],
    // public inputs count, too
    [2, 2, 2, undefined, undefined],
    [1, 1, 3, 4, 4],
    [2, 2, 5, 8, 8],
    [1, 1, 4, undefined, undefined],
  ])(
    'makes of %i constraints, %i variables and %i inputs %s and %s',
    async (constraints, variables, io, m, n) => {
      const size = { constraints, variables, io };
      if (m === undefined) expect(await codeOf(() => paddedSize(size))).toBe('InvalidInputLength');
      else expect(paddedSize(size)).toEqual({ constraints: m, variables: n });
    },
  );

  it('moves the columns of (u, X) behind the new variables, and adds empty rows', () => {
    const size = fc.record({
      constraints: fc.nat({ max: 5 }),
      variables: fc.integer({ min: 1, max: 5 }),
      io: fc.nat({ max: 2 }),
    });
    const system = size
      .filter(({ io, ...rest }) => io < Math.max(rest.constraints, rest.variables))
      .chain((s) => satisfiedSystem(pallas, s));
    fc.assert(
      fc.property(system, ({ shape: S }) => {
        const padded = padShape(S);
        checkMatrices(padded);
        expect(padded).toMatchObject({ ...paddedSize(S), io: S.io });
        const shift = padded.variables - S.variables;
        for (const name of ['A', 'B', 'C'] as const) {
          const [M, P] = [S[name], padded[name]];
          expect([...P.coefficients]).toEqual([...M.coefficients]);
          expect([...P.columns]).toEqual([...M.columns].map((j) => (j < S.variables ? j : j + shift)));
          expect([...P.rowPtr.subarray(0, S.constraints + 1)]).toEqual([...M.rowPtr]);
          expect([...P.rowPtr.subarray(S.constraints)].every((at) => at === M.columns.length)).toBe(true);
        }
      }),
    );
  });
});
