import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { pallas } from '../../../src/curve/curves.ts';
import {
  edges,
  expectCode,
  fromBytes,
  get,
  KnownKeys,
  put,
  randomElements,
  type SuiteContext,
  toBytes,
} from './tools.ts';

/** Uploads, downloads and reads. */
export function edgeCases({ make, scale, fields }: SuiteContext): void {
  describe('uploads, downloads and reads', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());
    const F = pallas.scalar;

    it.each(fields)('return edge and random elements of $name as they were', async (field) => {
      const xs = [...edges(field), ...randomElements(field, 'round trip')(100)];
      expect(await get(engine, put(engine, field, xs))).toEqual(xs);
    });

    it('keep vectors of many lengths apart', async () => {
      const random = randomElements(F, 'lengths');
      const lengths = [0, 1, 2, 3, 255, 256, 257, Math.ceil(5000 * scale)];
      const vectors = lengths.map((n) => random(n));
      const handles = vectors.map((xs) => put(engine, F, xs));
      const read = await engine.read(handles.map((v) => engine.download(v)));
      expect(read.map(fromBytes)).toEqual(vectors);
    });

    it('start from a zero vector', async () => {
      expect(await get(engine, engine.vector(F, 5, 'new'))).toEqual([0n, 0n, 0n, 0n, 0n]);
    });

    it.each(fields)(
      'refuse bytes of $name that are not canonical, before anything is recorded',
      async (field) => {
        const v = put(engine, field, [7n, 8n, 9n]);
        const noncanonical = [field.p, field.p + 1n, 2n ** 256n - 1n].filter((x) => x < 2n ** 256n);
        for (const bad of noncanonical) {
          for (const at of [0, 1, 2]) {
            const xs = [1n, 2n, 3n].map((x, i) => (i === at ? bad : x));
            await expectCode('InvalidEncoding', () => engine.upload(v, toBytes(xs)));
          }
        }
        expect(await get(engine, v)).toEqual([7n, 8n, 9n]);
      },
    );

    it('refuse bytes of another length', async () => {
      const v = put(engine, F, [7n, 8n]);
      for (const length of [0, 1, 32, 63, 65, 96]) {
        await expectCode('InvalidWitnessLength', () => engine.upload(v, new Uint8Array(length)));
      }
      expect(await get(engine, v)).toEqual([7n, 8n]);
    });

    it('take what the bytes are at the call, from views into larger buffers too', async () => {
      const v = engine.vector(F, 2, 'v');
      const buffer = new Uint8Array(100).fill(0xee);
      const bytes = buffer.subarray(5, 69);
      bytes.set(toBytes([3n, 4n]));
      engine.upload(v, bytes);
      bytes.fill(0xff);
      expect(await get(engine, v)).toEqual([3n, 4n]);
    });

    it('take effect in the order of their calls', async () => {
      const keys = new KnownKeys(pallas);
      const key = await keys.load(engine, [7, 1, 2]);
      const [v, w] = [put(engine, F, [1n, 2n]), put(engine, F, [10n, 20n])];
      const out = engine.vector(F, 2, 'out');
      const first = engine.download(v);
      const commitFirst = engine.commit(key, v, 1n);
      engine.addScaled(out, v, 5n, w);
      engine.clear(v);
      const cleared = engine.download(v);
      engine.copy(v, w);
      const commitSecond = engine.commit(key, v, 1n);
      engine.upload(w, toBytes([8n, 9n]));
      const copied = engine.download(v);
      const sum = engine.download(out);
      const [a, C1, b, c, d, C2, e] = await engine.read([
        first,
        commitFirst,
        cleared,
        copied,
        sum,
        commitSecond,
        engine.download(w),
      ]);
      expect([a, b, c, d, e].map(fromBytes)).toEqual([
        [1n, 2n],
        [0n, 0n],
        [10n, 20n],
        [51n, 102n],
        [8n, 9n],
      ]);
      expect(C1).toEqual(keys.commitment([7, 1, 2], [1n, 2n], 1n));
      expect(C2).toEqual(keys.commitment([7, 1, 2], [10n, 20n], 1n));
    });

    it('hand back pendings in any order, and those that an earlier read passed over', async () => {
      const v = put(engine, F, [1n]);
      const one = engine.download(v);
      engine.upload(v, toBytes([2n]));
      const two = engine.download(v);
      const [second] = await engine.read([two]);
      engine.clear(v);
      const [zero, first] = await engine.read([engine.download(v), one]);
      expect([first, second, zero].map(fromBytes)).toEqual([[1n], [2n], [0n]]);
    });

    it('wait once for several values', async () => {
      const keys = new KnownKeys(pallas);
      const key = await keys.load(engine, [7, 1, 2, 3]);
      const v = put(engine, F, [1n, 2n, 3n]);
      const before = engine.counters();
      await engine.read([
        engine.download(v),
        engine.commit(key, v, 1n),
        engine.commit(key, v, 2n),
        engine.download(v),
      ]);
      const after = engine.counters();
      expect(after.readBacks - before.readBacks).toBe(1);
      expect(after.bytesDown - before.bytesDown).toBe(2 * 96 + 2 * 64);
    });

    it('run what was recorded though no value is asked for', async () => {
      const [v, w] = [put(engine, F, [4n]), engine.vector(F, 1, 'w')];
      engine.copy(w, v);
      expect(await engine.read([])).toEqual([]);
      expect(await get(engine, w)).toEqual([4n]);
    });

    it('serve two reads at once', async () => {
      const v = put(engine, F, [5n]);
      const first = engine.read([engine.download(v)]);
      engine.upload(v, toBytes([6n]));
      const second = engine.read([engine.download(v)]);
      expect((await Promise.all([first, second])).map(([x]) => fromBytes(x))).toEqual([[5n], [6n]]);
    });

    it('refuse a pending of another engine', async () => {
      const other = await make();
      const pending = other.download(put(other, F, [1n]));
      await expectCode('ForeignHandle', () => engine.read([pending]));
      await other.close();
      expect(await get(engine, put(engine, F, [1n]))).toEqual([1n]);
    });

    it('reject with Aborted and work on afterwards, other vectors untouched', async () => {
      const keys = new KnownKeys(pallas);
      const n = Math.ceil(512 * Math.min(1, scale));
      const logs = Array.from({ length: n + 1 }, (_, i) => i + 1);
      const key = await keys.load(engine, logs);
      const random = randomElements(F, 'abort');
      const [xs, ys] = [random(n), random(n)];
      const [v, w] = [put(engine, F, xs), put(engine, F, ys)];
      const out = engine.vector(F, n, 'out');
      await engine.read([]);

      const controller = new AbortController();
      engine.addScaled(out, v, 3n, w);
      const pendings = Array.from({ length: 10 }, (_, i) => engine.commit(key, v, BigInt(i)));
      const read = engine.read(pendings, { signal: controller.signal });
      controller.abort();
      await expectCode('Aborted', () => read);
      await expectCode('Aborted', () => engine.read([engine.download(v)], { signal: controller.signal }));

      expect(await get(engine, v)).toEqual(xs);
      expect(await get(engine, w)).toEqual(ys);
      engine.addScaled(out, v, 3n, w);
      const [C, sum] = await engine.read([engine.commit(key, v, 5n), engine.download(out)]);
      expect(C).toEqual(keys.commitment(logs, xs, 5n));
      expect(fromBytes(sum)).toEqual(xs.map((x, i) => (x + 3n * ys[i]) % F.p));
    });

    it('report progress from 0 to 1', async () => {
      const shares: number[] = [];
      const v = put(engine, F, [1n]);
      await engine.read([engine.download(v)], { onProgress: (share) => void shares.push(share) });
      expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
    });
  });
}
