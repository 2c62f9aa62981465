import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import {
  eqTable,
  expectCode,
  get,
  mixed,
  mod,
  put,
  randomElements,
  sizesByField,
  type SuiteContext,
} from './tools.ts';

/** A table's halves as its values at 0 and 1 of the first variable, and any other value of it. */
const at = (v: readonly bigint[], i: number, x: bigint): bigint => v[i] + x * (v[v.length / 2 + i] - v[i]);

/** s(x) = sum_i of the product of the tables at (x, i). */
function roundAt(F: PrimeField, tables: readonly (readonly bigint[])[], x: bigint): bigint {
  let sum = 0n;
  for (let i = 0; i < tables[0].length / 2; i++) sum += tables.reduce((y, v) => y * at(v, i, x), 1n);
  return mod(sum, F.p);
}

/** The sum over i of the product of the tables' differences: the leading coefficient of s. */
function leadingOf(F: PrimeField, tables: readonly (readonly bigint[])[]): bigint {
  let sum = 0n;
  const half = tables[0].length / 2;
  for (let i = 0; i < half; i++) sum += tables.reduce((y, v) => y * (v[half + i] - v[i]), 1n);
  return mod(sum, F.p);
}

/** Rounds of sum-checks. */
export function sumcheckCases(context: SuiteContext): void {
  describe('rounds of sum-checks', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await context.make()));
    afterAll(() => engine.close());

    it.each(sizesByField([0, 1, 2, 3, 257], [9001], context))(
      'sum and inner add up, inner over the shorter length, over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const [a, b] = [mixed(F, size, 'a'), mixed(F, size, 'b')];
          const short = b.slice(0, size - (size >> 2));
          const all = a.map(() => F.p - 1n);
          const [va, vb, vs, vp] = [a, b, short, all].map((v) => put(engine, F, v));
          const dot = (x: readonly bigint[], y: readonly bigint[]) =>
            mod(
              x.reduce((sum, xi, i) => sum + xi * (y[i] ?? 0n), 0n),
              F.p,
            );
          const { sumcheck } = engine;
          expect(
            await engine.read([
              sumcheck.sum(va),
              sumcheck.sum(vp),
              sumcheck.inner(va, vb),
              sumcheck.inner(va, vs),
              sumcheck.inner(vs, va),
              sumcheck.inner(vp, vp),
            ]),
          ).toEqual([
            dot(
              a,
              a.map(() => 1n),
            ),
            mod(BigInt(size) * (F.p - 1n), F.p),
            dot(a, b),
            dot(a, short),
            dot(a, short),
            mod(BigInt(size), F.p),
          ]);
          engine.free(va, vb, vs, vp);
        }
      },
    );

    it.each(sizesByField([2, 4, 256], [16_384], context))(
      'roundQuadratic, roundCubic and roundEq are the values and coefficients of s over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const tables = ['P', 'Q', 'R'].map((seed) => mixed(F, size, seed));
          const extremes = tables.map((v, k) => v.map((_, i) => (i % (k + 2) ? F.p - 1n : 0n)));
          const weights = mixed(F, size / 2, 'eq');
          const w = put(engine, F, weights);
          for (const [P, Q, R] of [tables, extremes]) {
            const [vp, vq, vr] = [P, Q, R].map((v) => put(engine, F, v));
            const { sumcheck } = engine;
            const [quadratic, cubic, square, eq, eqWithout] = await engine.read([
              sumcheck.roundQuadratic(vp, vq),
              sumcheck.roundCubic(vp, vq, vr),
              sumcheck.roundQuadratic(vr, vr),
              sumcheck.roundEq(w, vp, vq, vr),
              sumcheck.roundEq(w, vp, vq),
            ]);
            expect(quadratic).toEqual([roundAt(F, [P, Q], 0n), leadingOf(F, [P, Q])]);
            expect(cubic).toEqual([
              roundAt(F, [P, Q, R], 0n),
              roundAt(F, [P, Q, R], -1n),
              leadingOf(F, [P, Q, R]),
            ]);
            expect(square).toEqual([roundAt(F, [R, R], 0n), leadingOf(F, [R, R])]);
            // weights that do not change with the first variable
            const both = [...weights, ...weights];
            const leading = weights.reduce(
              (sum, x, i) => sum + x * (P[size / 2 + i] - P[i]) * (Q[size / 2 + i] - Q[i]),
              0n,
            );
            const at0 = roundAt(F, [both, P, Q], 0n);
            expect(eqWithout).toEqual([at0, mod(leading, F.p)]);
            expect(eq).toEqual([mod(at0 - roundAt(F, [both, R], 0n), F.p), mod(leading, F.p)]);
            engine.free(vp, vq, vr);
          }
          engine.free(w);
        }
      },
    );

    it.each(sizesByField([8, 64], [16_384], context))(
      'rounds make a sum-check: claims hold from the sum of the table to its value at the point, over $name',
      async ({ F, n }) => {
        for (const size of n) {
          const variables = Math.log2(size);
          const P = [mixed(F, size, 'P'), mixed(F, size, 'Q'), mixed(F, size, 'R')];
          const tables = P.map((v) => put(engine, F, v));
          const { polynomials, sumcheck } = engine;
          let claim = mod(
            P[0].reduce((sum, x, i) => sum + x * P[1][i] * P[2][i], 0n),
            F.p,
          );
          const half = F.inv(2n);
          const point: bigint[] = [];
          let live = tables;
          for (let round = 0; round < variables; round++) {
            const [[s0, sMinus1, leading]] = await engine.read([
              sumcheck.roundCubic(live[0], live[1], live[2]),
            ]);
            // s(0) + s(1) is the claim, and s(1) + s(-1) - 2 s(0) is twice the coefficient of X^2
            const s1 = claim - s0;
            const square = (s1 + sMinus1 - 2n * s0) * half;
            const linear = s1 - s0 - square - leading;
            const r = randomElements(F, `r${round}`)(1)[0];
            claim = mod(s0 + r * (linear + r * (square + r * leading)), F.p);
            point.push(r);
            live = live.map((v) => {
              const bound = polynomials.prefix(v, v.length / 2);
              polynomials.foldHalves(bound, v, mod(1n - r, F.p), r);
              return bound;
            });
            const [bound] = await engine.read([sumcheck.inner(live[0], live[1])]);
            if (live[0].length === 1) expect(mod(bound * (await get(engine, live[2]))[0], F.p)).toBe(claim);
          }
          // the values of the tables at the point, by the Lagrange basis
          const basis = eqTable(F, point);
          const values = P.map((v) =>
            mod(
              v.reduce((sum, x, i) => sum + x * basis[i], 0n),
              F.p,
            ),
          );
          expect(await Promise.all(live.map(async (v) => (await get(engine, v))[0]))).toEqual(values);
          expect(mod(values[0] * values[1] * values[2], F.p)).toBe(claim);
          engine.free(...tables);
        }
      },
    );

    it('come back in one read', async () => {
      const F = pallasBase;
      const [P, Q] = [put(engine, F, [1n, 2n]), put(engine, F, [3n, 5n])];
      const { readBacks, bytesDown } = engine.counters();
      const { sumcheck } = engine;
      expect(
        await engine.read([sumcheck.roundQuadratic(P, Q), sumcheck.roundCubic(P, P, Q), sumcheck.sum(P)]),
      ).toEqual([[3n, 2n], [3n, 0n, 2n], 3n]);
      const after = engine.counters();
      expect([after.readBacks - readBacks, after.bytesDown - bytesDown]).toEqual([1, 32 * 6]);
    });

    it('refuse vectors of other lengths or fields', async () => {
      const [F, G] = [pallasBase, vestaBase];
      const [one, two, three, four, other] = [
        put(engine, F, [1n]),
        put(engine, F, [1n, 2n]),
        put(engine, F, [1n, 2n, 3n]),
        put(engine, F, [1n, 2n, 3n, 4n]),
        put(engine, G, [1n, 2n]),
      ];
      const { sumcheck } = engine;
      for (const [code, call] of [
        ['InvalidArgument', () => sumcheck.inner(two, other)],
        ['InvalidWitnessLength', () => sumcheck.roundQuadratic(two, four)],
        ['InvalidArgument', () => sumcheck.roundQuadratic(two, other)],
        ['InvalidArgument', () => sumcheck.roundQuadratic(one, one)],
        ['InvalidArgument', () => sumcheck.roundQuadratic(three, three)],
        ['InvalidWitnessLength', () => sumcheck.roundCubic(two, two, four)],
        ['InvalidArgument', () => sumcheck.roundCubic(two, other, two)],
        ['InvalidArgument', () => sumcheck.roundCubic(three, three, three)],
        ['InvalidWitnessLength', () => sumcheck.roundEq(two, two, two)],
        ['InvalidWitnessLength', () => sumcheck.roundEq(one, two, four)],
        ['InvalidWitnessLength', () => sumcheck.roundEq(one, two, two, one)],
        ['InvalidArgument', () => sumcheck.roundEq(one, two, two, other)],
        ['InvalidArgument', () => sumcheck.roundEq(one, one, one)],
      ] as const) {
        await expectCode(code, call);
      }
      engine.free(four);
      await expectCode('ForeignHandle', () => sumcheck.sum(four));
      await expectCode('ForeignHandle', () => sumcheck.inner(two, four));
      await expectCode('ForeignHandle', () => sumcheck.roundEq(one, two, two, four));
    });
  });
}
