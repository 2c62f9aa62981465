import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Vec } from '../../../src/backend/backend.ts';
import { pallas, vesta } from '../../../src/curve/curves.ts';
import { fromLabel } from '../../../src/curve/generators.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import { expectCode, get, KnownKeys, put, putProducts, type SuiteContext, toBytes } from './tools.ts';

const F = pallas.scalar;
const LABEL = new TextEncoder().encode('suite');

const copyInput: WitnessProgram = {
  field: F,
  variables: 1,
  inputs: 1,
  constants: [],
  slots: 2,
  code: Uint32Array.of(Op.Copy, 0, 1),
  exponents: [],
  hints: [],
  head: { inputs: 0, words: 0, variables: [] },
  outputs: [0],
};

const row: SparseMatrix = {
  rowPtr: Uint32Array.of(0, 1),
  columns: Uint32Array.of(0),
  coefficients: Uint32Array.of(0),
};

/** One variable squared is u. */
const shape: ConstraintMatrices = {
  field: F,
  constraints: 1,
  variables: 1,
  io: 0,
  A: row,
  B: row,
  C: { ...row, columns: Uint32Array.of(1) },
  dictionary: [1n],
};

/** Handles: what they cost, and that only an engine's own live ones are taken. */
export function handleCases({ make, curves }: SuiteContext): void {
  describe('handles', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    it('show what they were made with', async () => {
      const v = engine.vector(F, 3, 'mine');
      expect([v.field, v.length, v.label]).toEqual([F, 3, 'mine']);
      const bases = await engine.bases(pallas, LABEL, 2);
      expect([bases.curve, bases.length]).toEqual([pallas, 2]);
      expect(engine.matrices(shape).shape).toBe(shape);
      expect((await engine.witness(copyInput)).program).toBe(copyInput);
    });

    it('are counted in bytes and allocations, and no longer when freed', async () => {
      const start = engine.counters();
      const handles = [
        engine.vector(F, 10, 'v'),
        await engine.bases(pallas, LABEL, 3),
        engine.matrices(shape),
        await engine.witness(copyInput),
      ];
      const full = engine.counters();
      expect(full.allocations - start.allocations).toBeGreaterThanOrEqual(4);
      expect(full.liveBytes - start.liveBytes).toBeGreaterThanOrEqual(320 + 256 + 24 + 12);
      expect(full.peakBytes).toBeGreaterThanOrEqual(full.liveBytes);
      engine.free(...handles);
      const end = engine.counters();
      expect(end.liveBytes).toBe(start.liveBytes);
      expect(end.peakBytes).toBeGreaterThanOrEqual(full.liveBytes);
    });

    it('may be freed twice', () => {
      const before = engine.counters().liveBytes;
      const v = engine.vector(F, 10, 'v');
      engine.free(v, v);
      engine.free(v);
      engine.free();
      expect(engine.counters().liveBytes).toBe(before);
    });

    it('make no new allocation when operations are repeated on them', async () => {
      const [v, w, out] = [put(engine, F, [1n, 2n]), put(engine, F, [3n, 4n]), engine.vector(F, 2, 'out')];
      const step = async () => {
        engine.addScaled(out, v, 3n, w);
        engine.copy(w, out);
        await get(engine, w);
      };
      await step();
      const mark = engine.counters();
      for (let i = 0; i < 5; i++) await step();
      const { allocations, liveBytes } = engine.counters();
      expect([allocations, liveBytes]).toEqual([mark.allocations, mark.liveBytes]);
    });

    it('count bytes up and down', async () => {
      const before = engine.counters();
      const W = put(engine, F, [1n]);
      await engine.generate(await engine.witness(copyInput), [5n], W);
      await get(engine, W);
      const after = engine.counters();
      expect([after.bytesUp - before.bytesUp, after.bytesDown - before.bytesDown]).toEqual([64, 32]);
    });

    it('are refused when freed, or made by another engine', async () => {
      const other = await make();
      const freed = engine.vector(F, 1, 'freed');
      engine.free(freed);
      for (const bad of [freed, other.vector(F, 1, 'foreign')]) {
        const [v, p] = [put(engine, F, [1n]), putProducts(engine, F, 1)];
        const bases = await engine.bases(pallas, LABEL, 1);
        const M = engine.matrices(shape);
        const witness = await engine.witness(copyInput);
        for (const call of [
          () => engine.upload(bad, toBytes([1n])),
          () => engine.download(bad),
          () => engine.copy(v, bad),
          () => engine.copy(bad, v),
          () => engine.clear(bad),
          () => engine.addScaled(v, bad, 1n, p.AZ),
          () => engine.addScaled(v, p.AZ, 1n, bad),
          () => engine.commit(bases, bad, 0n),
          () => engine.products(p, M, bad, 1n, []),
          () => engine.products({ ...p, BZ: bad }, M, v, 1n, []),
          () => engine.crossTerm(bad, p, 1n, p),
          () => engine.crossTerm(v, { ...p, CZ: bad }, 1n, p),
          () => engine.firstUnsatisfied({ ...p, AZ: bad }, 1n),
          () => engine.firstUnsatisfied(p, 1n, bad),
          () => engine.generate(witness, [1n], bad),
        ]) {
          await expectCode('ForeignHandle', call);
        }
      }
      const v = put(engine, F, [1n]);
      const p = putProducts(engine, F, 1);
      const bases = await other.bases(pallas, LABEL, 1);
      await expectCode('ForeignHandle', () => engine.commit(bases, v, 0n));
      await expectCode('ForeignHandle', () => engine.saveBases(bases));
      await expectCode('ForeignHandle', () => engine.products(p, other.matrices(shape), v, 1n, []));
      const witness = await other.witness(copyInput);
      await expectCode('ForeignHandle', () => engine.generate(witness, [1n], v));
      await expectCode('ForeignHandle', () => engine.prepare(witness, []));
      await other.close();
    });

    it('let operations finish that were recorded before they were freed', async () => {
      const [v, w] = [put(engine, F, [9n]), engine.vector(F, 1, 'w')];
      engine.copy(w, v);
      engine.free(v);
      expect(await get(engine, w)).toEqual([9n]);
    });

    it('refuse lengths that make no sense', async () => {
      for (const length of [-1, 1.5, NaN, Infinity]) {
        await expectCode('InvalidArgument', () => engine.vector(F, length, 'v'));
        await expectCode('InvalidArgument', () => engine.bases(pallas, LABEL, length));
      }
      await expectCode('OutOfMemory', () => engine.vector(F, 2 ** 40, 'v'));
    });

    it('refuse malformed matrices', async () => {
      const bad: Partial<ConstraintMatrices>[] = [
        { A: { ...row, columns: Uint32Array.of(2) } },
        { B: { ...row, coefficients: Uint32Array.of(1) } },
        { C: { ...row, rowPtr: Uint32Array.of(0, 2) } },
        { A: { ...row, rowPtr: Uint32Array.of(0) } },
      ];
      for (const part of bad) await expectCode('InvalidIndex', () => engine.matrices({ ...shape, ...part }));
      await expectCode('InvalidFieldElement', () => engine.matrices({ ...shape, dictionary: [F.p] }));
    });
  });

  describe('commitment keys', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    it.each(curves)('on $name are the generators of their label', async (curve) => {
      const bases = await engine.bases(curve, LABEL, 4);
      expect(bases.length).toBe(4);
      expect(await engine.saveBases(bases)).toEqual(await fromLabel(curve, LABEL, 5));
    });

    it('come back from their bytes', async () => {
      const saved = await engine.saveBases(await engine.bases(pallas, LABEL, 6));
      const loaded = await engine.loadBases(pallas, saved);
      expect(loaded.length).toBe(6);
      expect(await engine.saveBases(loaded)).toEqual(saved);
    });

    it('may have h alone', async () => {
      const bases = await engine.bases(pallas, LABEL, 0);
      expect([bases.length, (await engine.saveBases(bases)).length]).toEqual([0, 64]);
    });

    it.each(curves)('on $name refuse what is no point of the curve', async (curve) => {
      const good = new KnownKeys(curve).bytes([1, 2, 3]);
      const { p } = curve.base;
      const { x, y } = curve.generator;
      const hostile: [bigint, bigint][] = [
        [0n, 0n],
        [x, y + 1n],
        [x, p - y - 1n],
        [x + 1n, y],
        [p, y],
        [x, p],
        [2n ** 256n - 1n, y],
      ];
      if (x + p < 2n ** 256n) hostile.push([x + p, y]);
      for (const point of hostile) {
        for (const at of [0, 64, 128]) {
          const bytes = good.slice();
          bytes.set(toBytes(point), at);
          await expectCode('InvalidCommitmentKey', () => engine.loadBases(curve, bytes));
        }
      }
      for (const length of [0, 1, 63, 65, 127]) {
        await expectCode('InvalidCommitmentKey', () => engine.loadBases(curve, good.subarray(0, length)));
      }
    });

    it('refuse the points of the other curve of the cycle', async () => {
      const bytes = new KnownKeys(vesta).bytes([1, 2]);
      await expectCode('InvalidCommitmentKey', () => engine.loadBases(pallas, bytes));
    });

    it('stop being made or loaded when aborted', async () => {
      const signal = AbortSignal.abort();
      const bytes = new KnownKeys(pallas).bytes([1, 2, 3]);
      const { liveBytes } = engine.counters();
      await expectCode('Aborted', () => engine.bases(pallas, LABEL, 5, { signal }));
      await expectCode('Aborted', () => engine.loadBases(pallas, bytes, { signal }));
      expect(engine.counters().liveBytes).toBe(liveBytes);
    });
  });

  describe('closing', () => {
    it('frees everything and refuses all later calls', async () => {
      const engine = await make();
      const v: Vec = put(engine, F, [1n]);
      const p = putProducts(engine, F, 1);
      const bases = await engine.bases(pallas, LABEL, 1);
      const M = engine.matrices(shape);
      const witness = await engine.witness(copyInput);
      const pending = engine.download(v);
      await engine.close();
      await engine.close();
      expect(engine.counters().liveBytes).toBe(0);
      engine.free(v, bases);
      for (const call of [
        () => engine.bases(pallas, LABEL, 1),
        () => engine.loadBases(pallas, new KnownKeys(pallas).bytes([1, 2])),
        () => engine.saveBases(bases),
        () => engine.matrices(shape),
        () => engine.vector(F, 1, 'v'),
        () => engine.witness(copyInput),
        () => engine.upload(v, toBytes([1n])),
        () => engine.download(v),
        () => engine.read([pending]),
        () => engine.read([]),
        () => engine.generate(witness, [1n], v),
        () => engine.prepare(witness, []),
        () => engine.products(p, M, v, 1n, []),
        () => engine.crossTerm(v, p, 1n, p),
        () => engine.firstUnsatisfied(p, 1n),
        () => engine.addScaled(v, p.AZ, 1n, p.BZ),
        () => engine.copy(v, p.AZ),
        () => engine.clear(v),
        () => engine.commit(bases, v, 0n),
      ]) {
        await expectCode('BackendClosed', call);
      }
    });

    it('ends a read that is under way', async () => {
      const engine = await make();
      const read = engine.read([engine.download(put(engine, F, [1n]))]);
      await Promise.all([expectCode('BackendClosed', () => read), engine.close()]);
    });
  });
}
