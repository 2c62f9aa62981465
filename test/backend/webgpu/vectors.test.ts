import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT, LAYOUTS } from '../../../src/backend/webgpu/codegen/layout.ts';
import {
  clearVector,
  copyVector,
  type DeviceProducts,
  firstRow,
  VectorKernels,
} from '../../../src/backend/webgpu/vectors.ts';
import { windows } from '../../../src/backend/webgpu/windows.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { bn256Base, pallasBase, secq256k1Base } from '../../../src/field/fields.ts';
import { EVERYTHING, GPU_FIELDS } from '../../support/extent.ts';
import { corners, edges, randomElements } from '../suite/tools.ts';
import { Bench, hasDevice } from './device-vectors.ts';

/** Lists of the same length in which every corner meets every other, and then random elements. */
function operands(F: PrimeField, count: number, seed: string): bigint[][] {
  const special = corners(F).filter((x) => x < F.p);
  const n = special.length;
  const random = randomElements(F, `${seed} ${F.name}`);
  return Array.from({ length: count }, (_, k) => [
    ...Array.from({ length: n * n }, (_, i) => special[(k % 2 === 0 ? i : Math.floor(i / n) + k) % n]),
    ...edges(F),
    ...random(100),
  ]);
}

/** T, with plain BigInts. */
function crossTerm(F: PrimeField, one: bigint[][], u1: bigint, two: bigint[][]): bigint[] {
  return one[0].map((_, i) =>
    F.reduce(one[0][i] * two[1][i] + two[0][i] * one[1][i] - u1 * two[2][i] - one[2][i]),
  );
}

describe.skipIf(!hasDevice)('vectors on a GPU', () => {
  let bench: Bench;
  let small: Bench;
  beforeAll(async () => {
    bench = await Bench.open();
    // windows of 200 elements, 4 workgroups
    small = await Bench.open({ maxStorageBufferBindingSize: 6500, maxComputeWorkgroupsPerDimension: 2 });
  });
  afterAll(() => {
    bench?.close();
    small?.close();
  });

  describe.each([
    ...GPU_FIELDS.map((F) => [F.name, F, DEFAULT_LAYOUT] as const),
    ...(EVERYTHING ? [[`${secq256k1Base.name} 15x17+1`, secq256k1Base, LAYOUTS['15x17+1']] as const] : []),
  ])('over %s', (_, F, layout) => {
    let kernels: VectorKernels;
    beforeAll(async () => {
      kernels = await VectorKernels.create(bench.context, F, layout);
    });

    it('adds multiples: corner operands and random ones', async () => {
      const [a, b] = operands(F, 2, 'fold');
      const [x, y] = [bench.vector(F, a), bench.vector(F, b)];
      for (const r of [0n, 1n, F.p - 1n, F.p >> 1n, ...randomElements(F, 'r')(2)]) {
        const out = bench.vector(F, a.length);
        kernels.addScaled(bench.batch, out, x, r, y);
        const expected = a.map((_, i) => F.reduce(a[i] + r * b[i]));
        bench.expect(F, out, expected, `a + ${r} b`);
      }
      await bench.run();
    });

    it('computes cross terms and finds the first row that fails', async () => {
      const one = operands(F, 3, 'running');
      const two = operands(F, 3, 'fresh');
      const good = [two[0], two[1], two[0].map((x, i) => F.mul(x, two[1][i]))];
      const n = one[0].length;
      const running = bench.products(F, one);
      for (const u1 of [0n, 1n, F.p - 1n, ...randomElements(F, 'u')(1)]) {
        for (const [fresh, fails] of [
          [two, two[2].findIndex((c, i) => c !== good[2][i])],
          [good, -1],
        ] as const) {
          const [T, word] = [bench.vector(F, n), bench.word()];
          kernels.crossTerm(bench.batch, T, running, u1, bench.products(F, fresh), word);
          bench.expect(F, T, crossTerm(F, one, u1, fresh), `T for u1 = ${u1}`);
          bench.expectWord(word, (w) => expect(firstRow(w)).toBe(fails));
        }
      }
      await bench.run();
    });

    it('finds the first row that does not satisfy its constraint', async () => {
      const [a, b, e] = operands(F, 3, 'check');
      const n = a.length;
      for (const u of [0n, 1n, F.p - 1n, ...randomElements(F, 'u')(1)]) {
        // with E any C will do; without, C is what u makes of A B
        const free = u === 0n ? [a, b, a] : [a, b, a.map((x, i) => F.mul(F.mul(x, b[i]), F.inv(u)))];
        const E = a.map((x, i) => F.sub(F.mul(x, b[i]), F.mul(u, e[i])));
        const check = (p: DeviceProducts, error: bigint[] | undefined, row: number) => {
          const word = bench.word();
          const v = error && bench.vector(F, error);
          kernels.firstUnsatisfied(bench.batch, p, u, v, word);
          bench.expectWord(word, (w) => expect(firstRow(w), `u = ${u}`).toBe(row));
        };
        const relaxed = bench.products(F, [a, b, e]);
        check(relaxed, E, -1);
        if (u !== 0n) check(bench.products(F, free), undefined, -1);
        for (const rows of [[0], [n - 1], [64, 63, n - 1], [100]]) {
          const wrong = E.map((x, i) => (rows.includes(i) ? F.add(x, 1n) : x));
          check(relaxed, wrong, Math.min(...rows));
        }
        const noError = a.findIndex((x, i) => F.mul(x, b[i]) !== F.mul(u, e[i]));
        check(relaxed, undefined, noError);
      }
      await bench.run();
    });
  });

  it('cuts vectors that exceed a binding, and folds dispatches that exceed a dimension', async () => {
    const F = bn256Base;
    const n = 803;
    expect(windows(n, small.context.limits).map(({ from }) => from)).toEqual([0, 200, 400, 600, 800]);
    const kernels = await VectorKernels.create(small.context, F, DEFAULT_LAYOUT);
    const random = randomElements(F, 'split');
    const [a, b, c, d, e, f] = Array.from({ length: 6 }, () => random(n));
    const r = random(1)[0];
    const out = small.vector(F, n);
    kernels.addScaled(small.batch, out, small.vector(F, a), r, small.vector(F, b));
    const sum = a.map((x, i) => F.reduce(x + r * b[i]));
    small.expect(F, out, sum, 'fold');
    const running = small.products(F, [c, d, e]);
    const ab = a.map((x, i) => F.mul(x, b[i]));
    for (const row of [0, 200, 799, n - 1, -1]) {
      // the last row fails too
      const spoilt = (xs: bigint[]) =>
        xs.map((x, i) => (row !== -1 && (i === row || i === n - 1) ? F.add(x, 1n) : x));
      const [T, word, again, relaxed] = [small.vector(F, n), small.word(), small.word(), small.word()];
      const two = [a, b, spoilt(ab)];
      const fresh = small.products(F, two);
      kernels.crossTerm(small.batch, T, running, r, fresh, word);
      kernels.firstUnsatisfied(small.batch, fresh, 1n, undefined, again);
      const E = spoilt(f.map((x, i) => F.sub(F.mul(d[i], e[i]), F.mul(r, x))));
      kernels.firstUnsatisfied(small.batch, small.products(F, [d, e, f]), r, small.vector(F, E), relaxed);
      small.expect(F, T, crossTerm(F, [c, d, e], r, two), 'T');
      for (const w of [word, again, relaxed])
        small.expectWord(w, (value) => expect(firstRow(value)).toBe(row));
    }
    await small.run();
  });

  it('copies and clears', async () => {
    const xs = randomElements(pallasBase, 'copy')(77);
    const [v, copy, cleared] = [
      bench.vector(pallasBase, xs),
      bench.vector(pallasBase, 77),
      bench.vector(pallasBase, xs),
    ];
    copyVector(bench.batch, copy, v);
    clearVector(bench.batch, cleared);
    bench.expect(pallasBase, copy, xs, 'a copy');
    bench.expect(
      pallasBase,
      cleared,
      xs.map(() => 0n),
      'zeros',
    );
    bench.expect(pallasBase, v, xs, 'what was copied');
    await bench.run();
  });

  it('passes over empty vectors', async () => {
    const kernels = await VectorKernels.create(bench.context, pallasBase, DEFAULT_LAYOUT);
    const none = () => bench.vector(pallasBase, 0);
    const word = bench.word();
    kernels.addScaled(bench.batch, none(), none(), 1n, none());
    kernels.crossTerm(
      bench.batch,
      none(),
      bench.products(pallasBase, 0),
      1n,
      bench.products(pallasBase, 0),
      word,
    );
    kernels.firstUnsatisfied(bench.batch, bench.products(pallasBase, 0), 1n, none(), word);
    copyVector(bench.batch, none(), none());
    clearVector(bench.batch, none());
    bench.expectWord(word, (w) => expect(firstRow(w)).toBe(-1));
    await bench.run();
  });
});
