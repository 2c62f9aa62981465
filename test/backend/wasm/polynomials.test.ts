import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import { createWasmBackend } from '../../../src/backend/wasm/open.ts';
import { vestaBase } from '../../../src/field/fields.ts';
import { get, mixed, put } from '../suite/tools.ts';

/*
 * Where vectors are cut for several threads: sizes that make several ranges, some of which begin in the middle of something.
 */
describe('operations that four threads share', () => {
  const F = vestaBase;
  const N = 2 ** 14;
  let engines: readonly Backend[];
  beforeAll(async () => {
    engines = [await createWasmBackend({ threads: 4 }), createReferenceBackend()];
  });
  afterAll(() => Promise.all(engines.map((engine) => engine.close())));

  /** Expects both engines to return the same. */
  async function agree(run: (engine: Backend) => Promise<bigint[]>): Promise<void> {
    const [got, wanted] = await Promise.all(engines.map(run));
    expect(got.length).toBe(N);
    expect(got).toEqual(wanted);
  }

  it('make a tensor from parts that begin with the choices of its first variables', () =>
    agree(async (engine) => {
      const [zeros, ones] = [mixed(F, 14, 'a'), mixed(F, 14, 'b')];
      const out = engine.vector(F, N, 'out');
      engine.polynomials.tensor(
        out,
        zeros.map((zero, k) => [zero, ones[k]] as const),
      );
      return get(engine, out);
    }));

  it.each([1, 2, 64])('spread halves for %d weights', (weights) =>
    agree(async (engine) => {
      const [w, a] = [put(engine, F, mixed(F, weights, 'w')), put(engine, F, mixed(F, N / weights, 'a'))];
      const [L, R] = [engine.vector(F, N, 'L'), engine.vector(F, N, 'R')];
      engine.polynomials.ramp(L);
      engine.polynomials.ramp(R);
      engine.openings.spreadHalves(L, R, w, a);
      engine.polynomials.combine(L, [
        { c: 1n, v: L },
        { c: 3n, v: R },
      ]);
      return get(engine, L);
    }),
  );

  it('divide by X - u, each range beginning with what those above it come to', () =>
    agree(async (engine) => {
      const [a, out] = [put(engine, F, mixed(F, N, 'a')), engine.vector(F, N, 'out')];
      engine.openings.quotient(out, a, F.p - 12_345n);
      return get(engine, out);
    }));

  it('combine vectors whose ends lie within ranges', () =>
    agree(async (engine) => {
      const vectors = [N, 9001, 300].map((n, k) => put(engine, F, mixed(F, n, `${k}`)));
      const out = engine.vector(F, N, 'out');
      engine.polynomials.combine(
        out,
        vectors.map((v, k) => ({ c: BigInt(k) + 1n, v })),
        7n,
      );
      return get(engine, out);
    }));
});
