import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { createReferenceBackend } from '../../../src/backend/reference/engine.ts';
import { GpuContext } from '../../../src/backend/webgpu/device.ts';
import { createWebgpuBackend } from '../../../src/backend/webgpu/open.ts';
import { bn256, pallas, secp256k1 } from '../../../src/curve/curves.ts';
import { EVERYTHING } from '../../support/extent.ts';
import { matricesOf } from '../../support/matrices.ts';
import { softwareAdapter } from '../../support/software-gpu.ts';
import { KnownKeys, put, putProducts, randomElements } from '../suite/tools.ts';

const software = await softwareAdapter();

/** Engines one after the other on a device, and how often each is asked. `NOVA_TEST_REPEAT` multiplies the first. */
const ENGINES = 2 * Number(process.env.NOVA_TEST_REPEAT ?? 1);
const TIMES = 10;

const NAME = 'answers the same over and over while the CPU is busy';

/*
 * What differs from run to run (races between passes, memory that was not written, buffers reused too early) shows when the same
 * is asked over and over while other threads take the CPU from the software adapter.
 */
it.skipIf(software === undefined || !EVERYTHING)(NAME, { timeout: 3_600_000 }, async () => {
  const busy = Array.from({ length: 2 }, () => new Worker('for (;;);', { eval: true }));
  const context = await GpuContext.open({ gpu: software!.gpu, adapter: 'software' });
  try {
    for (const curve of [pallas, bn256, secp256k1]) {
      const F = curve.scalar;
      const [rows, variables, io] = [150, 100, 2];
      const random = randomElements(F, 'repetition');
      const lists = [1, 2, 3].map((salt) =>
        Array.from({ length: rows }, (_, i) =>
          random(i % 17 === salt ? 40 : i % 5).map(
            (x) => [Number(x % BigInt(variables + 1 + io)), x % 3n === 0n ? x : (x % 7n) + 1n] as const,
          ),
        ),
      );
      const shape = matricesOf(F, variables, io, [lists[0], lists[1], lists[2]]);
      const [w, x] = [random(variables), random(rows)];
      const key = new KnownKeys(curve).bytes(Array.from({ length: rows + 1 }, (_, i) => i + 1));
      const ask = async (engine: Backend, times: number): Promise<unknown[]> => {
        const bases = await engine.loadBases(curve, key, { trusted: true });
        const M = engine.matrices(shape);
        const [W, T, v] = [put(engine, F, w), engine.vector(F, rows, 'T'), put(engine, F, x)];
        const [p, q] = [putProducts(engine, F, rows), putProducts(engine, F, rows)];
        const answers: unknown[] = [];
        for (let i = 0; i < times; i++) {
          for (const out of [p.AZ, p.BZ, p.CZ, T]) engine.clear(out);
          engine.products(p, M, W, 3n, [5n, 9n]);
          engine.products(q, M, W, 1n, [2n, 1n]);
          engine.crossTerm(T, p, 5n, q);
          const commitments = [
            engine.commit(bases, W, 3n),
            engine.commit(bases, v, 0n),
            engine.commit(bases, T, 4n),
          ];
          const vectors = [p.AZ, p.BZ, p.CZ, q.AZ, T].map((out) => engine.download(out));
          answers.push(await engine.read([...commitments, ...vectors, engine.firstUnsatisfied(q, 1n)]));
        }
        return answers;
      };
      const reference = createReferenceBackend();
      const [expected] = await ask(reference, 1);
      await reference.close();
      for (let k = 0; k < ENGINES; k++) {
        const engine = await createWebgpuBackend({}, { context });
        for (const answer of await ask(engine, TIMES))
          expect(answer, `${curve.name}, engine ${k}`).toEqual(expected);
        await engine.close();
      }
    }
  } finally {
    context.close();
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
});
