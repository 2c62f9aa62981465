import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { pallas } from '../../../src/curve/curves.ts';
import { pallasBase } from '../../../src/field/fields.ts';
import { matricesOf, type Rows } from '../../support/matrices.ts';
import { expectCode, get, KnownKeys, mixed, put, putProducts, type SuiteContext } from './tools.ts';

/** Prefixes of vectors, which share their elements. */
export function prefixCases({ make, begun }: SuiteContext): void {
  describe('prefixes of vectors', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());
    const F = pallasBase;

    it('share their elements with the vector, in the order of the operations', async () => {
      const v = put(engine, F, [1n, 2n, 3n, 4n]);
      const w = put(engine, F, [5n, 6n]);
      const two = engine.polynomials.prefix(v, 2);
      const one = engine.polynomials.prefix(two, 1);
      expect([two.length, two.field, two.label]).toEqual([2, F, v.label]);
      const before = engine.download(v);
      engine.copy(two, w);
      engine.addScaled(one, engine.polynomials.prefix(w, 1), 2n, engine.polynomials.prefix(w, 1));
      const [all, part] = [engine.download(v), engine.download(two)];
      engine.clear(v);
      const [a, b, c] = await engine.read([before, all, part]);
      expect([a, b, c].map((bytes) => bytes.filter((_, i) => i % 32 === 0))).toEqual([
        Uint8Array.of(1, 2, 3, 4),
        Uint8Array.of(15, 6, 3, 4),
        Uint8Array.of(15, 6),
      ]);
      expect(await get(engine, one)).toEqual([0n]);
      expect(await get(engine, engine.polynomials.prefix(v, 0))).toEqual([]);
    });

    it('are operands of what folds and commits', async () => {
      const G = pallas.scalar;
      const keys = new KnownKeys(pallas);
      const key = await keys.load(engine, [9, 1, 2, 3]);
      const v = put(engine, G, [4n, 5n, 6n, 7n]);
      const two = engine.polynomials.prefix(v, 2);
      expect(await engine.read([engine.commit(key, two, 1n)])).toEqual([
        keys.commitment([9, 1, 2, 3], [4n, 5n], 1n),
      ]);
      const rows: Rows = [[[0, 1n]], [[1, 2n]]];
      const M = engine.matrices(matricesOf(G, 2, 0, [rows, rows, rows]));
      const [p, q] = [putProducts(engine, G, 4), putProducts(engine, G, 2)];
      const views = {
        AZ: engine.polynomials.prefix(p.AZ, 2),
        BZ: engine.polynomials.prefix(p.BZ, 2),
        CZ: engine.polynomials.prefix(p.CZ, 2),
      };
      engine.products(views, M, two, 1n, []);
      engine.products(q, M, two, 1n, []);
      expect(await get(engine, p.AZ)).toEqual([4n, 10n, 0n, 0n]);
      const T = engine.vector(G, 4, 'T');
      engine.crossTerm(engine.polynomials.prefix(T, 2), views, 1n, q);
      expect(await get(engine, T)).toEqual([2n * 16n - 8n, 2n * 100n - 20n, 0n, 0n]);
      expect(await engine.read([engine.firstUnsatisfied(views, 1n)])).toEqual([0]);
      engine.upload(two, new Uint8Array(64).fill(1, 0, 1));
      expect(await get(engine, v)).toEqual([1n, 0n, 6n, 7n]);
    });

    it('may not be written by an operation that reads their vector', async () => {
      const v = put(engine, F, [1n, 2n]);
      const w = put(engine, F, [1n]);
      const one = engine.polynomials.prefix(v, 1);
      const rows: Rows = [[[0, 1n]]];
      const M = engine.matrices(matricesOf(F, 1, 0, [rows, rows, rows]));
      for (const call of [
        () => engine.copy(one, engine.polynomials.prefix(v, 1)),
        () => engine.addScaled(one, w, 1n, engine.polynomials.prefix(v, 1)),
        () => engine.products({ AZ: w, BZ: one, CZ: engine.polynomials.prefix(v, 1) }, M, w, 1n, []),
      ]) {
        await expectCode('InvalidArgument', call);
      }
    });

    const spoils = async () => {
      const n = 9001;
      const [v, w] = [engine.vector(F, n, 'v'), put(engine, F, mixed(F, n, 'w'))];
      const zero = engine.polynomials.invert(v, w);
      await expectCode('Aborted', () => engine.read([zero], { signal: AbortSignal.abort() }));
      const two = engine.polynomials.prefix(v, 2);
      engine.clear(two);
      engine.polynomials.copyRange(v, 5, w, 0, 2);
      for (const spoilt of [v, two]) await expectCode('Aborted', () => get(engine, spoilt));
      engine.copy(v, w);
      expect(await get(engine, two)).toEqual((await get(engine, w)).slice(0, 2));
    };
    // what has begun cannot be spoilt so
    if (!begun) it('do not hide by being written that the rest of their vector is spoilt', spoils);

    it('cost nothing, and are freed with the vector, which outlives them', async () => {
      const v = put(engine, F, [1n, 2n, 3n]);
      const before = engine.counters();
      const views = [1, 2, 3].map((n) => engine.polynomials.prefix(v, n));
      views.push(engine.polynomials.prefix(views[1], 1));
      engine.free(views[0]);
      expect(engine.counters()).toMatchObject({
        liveBytes: before.liveBytes,
        allocations: before.allocations,
      });
      await expectCode('ForeignHandle', () => engine.download(views[0]));
      engine.free(views[1]);
      expect(await get(engine, views[3])).toEqual([1n]);
      expect(await get(engine, v)).toEqual([1n, 2n, 3n]);
      const pending = engine.download(views[2]);
      engine.free(v);
      expect((await engine.read([pending]))[0].filter((_, i) => i % 32 === 0)).toEqual(
        Uint8Array.of(1, 2, 3),
      );
      for (const view of views) await expectCode('ForeignHandle', () => engine.download(view));
      await expectCode('ForeignHandle', () => engine.polynomials.prefix(views[2], 1));
      expect(engine.counters().liveBytes).toBe(before.liveBytes - 96);
    });

    it('of positions do not exist: these are counted and freed like vectors', async () => {
      const before = engine.counters().liveBytes;
      const indices = engine.polynomials.indices(Uint32Array.of(0, 1, 0), 2);
      expect(engine.counters().liveBytes).toBeGreaterThanOrEqual(before + 12);
      const [table, out] = [put(engine, F, [7n, 8n]), engine.vector(F, 3, 'out')];
      engine.polynomials.gather(out, table, indices);
      engine.free(indices, table);
      expect(await get(engine, out)).toEqual([7n, 8n, 7n]);
      engine.free(out);
      expect(engine.counters().liveBytes).toBe(before);
      const other = put(engine, F, [1n, 2n]);
      await expectCode('ForeignHandle', () => engine.polynomials.gather(out, other, indices));
    });
  });
}
