import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import { type Curve, IDENTITY } from '../../../src/curve/curve.ts';
import { pallas } from '../../../src/curve/curves.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { edges, expectCode, KnownKeys, mod, put, randomElements, type SuiteContext } from './tools.ts';

/** Vectors of n elements that exercise a multi-scalar multiplication. */
function patterns(F: PrimeField, n: number): Record<string, bigint[]> {
  const random = randomElements(F, `pattern ${n}`)(n);
  const [same] = randomElements(F, 'equal')(1);
  const all = (value: (i: number) => bigint) => Array.from({ length: n }, (_, i) => value(i));
  const edge = edges(F);
  return {
    'all zero': all(() => 0n),
    'all one': all(() => 1n),
    'a single one, last': all((i) => (i === n - 1 ? 1n : 0n)),
    'a single random, first': all((i) => (i === 0 ? random[0] : 0n)),
    'all equal': all(() => same),
    bits: all((i) => random[i] & 1n),
    small: all((i) => random[i] & 0xffffn),
    'all p - 1': all(() => F.p - 1n),
    'small, of both signs': all((i) => (i % 2 === 0 ? random[i] & 0xffn : mod(-(random[i] & 0xffn), F.p))),
    'mostly zero': all((i) => (i % 7 === 3 ? random[i] : 0n)),
    'mostly bits': all((i) => (i % 10 === 3 ? random[i] : random[i] & 1n)),
    'x and -x in turn': all((i) => (i % 2 === 0 ? random[i] : F.p - random[i - 1])),
    '64-bit': all((i) => random[i] & 0xffffffffffffffffn),
    'powers of two': all((i) => mod(1n << BigInt(i % 256), F.p)),
    edges: all((i) => edge[i % edge.length]),
    random,
  };
}

/** Logarithms of h and n generators that make partial sums meet: see `KnownKeys`. */
const keyPatterns: Record<string, (i: number) => number> = {
  'all different': (i) => i + 1,
  'all equal': () => 5,
  'P and -P in turn': (i) => (i % 2 === 0 ? 3 : -3),
  'of two points': (i) => (i % 3 === 0 ? 1 : 2),
  'of a point, its double and their negatives': (i) => [1, 2, -1, -2, 3, -3][i % 6],
};

/** Commitments. */
export function commitCases({ make, scale, curves }: SuiteContext): void {
  describe('commitments', () => {
    let engine: Backend;
    beforeAll(async () => void (engine = await make()));
    afterAll(() => engine.close());

    /** Commits to all vectors in one read and compares with known logarithms. */
    async function expectCommitments(
      keys: KnownKeys,
      logs: readonly number[],
      vectors: Record<string, bigint[]>,
      blind: (i: number) => bigint,
    ): Promise<void> {
      const key = await keys.load(engine, logs);
      const names = Object.keys(vectors);
      const handles = names.map((name) => put(engine, keys.curve.scalar, vectors[name], name));
      const commitments = await engine.read(handles.map((v, i) => engine.commit(key, v, blind(i))));
      names.forEach((name, i) => {
        expect(commitments[i], name).toEqual(keys.commitment(logs, vectors[name], blind(i)));
      });
      engine.free(key, ...handles);
    }

    const different = (n: number) => Array.from({ length: n + 1 }, (_, i) => i + 1);
    const keysOf = new Map<Curve, KnownKeys>(
      [pallas, ...curves].map((curve) => [curve, new KnownKeys(curve)]),
    );
    const other = keysOf.get(curves.at(-1) ?? pallas)!;
    const largest = 512 * scale;
    const powers = [4, 8, 16, 32, 64, 128, 256, 512].filter((n) => n <= largest);
    const around = powers.flatMap((n) => [n - 1, n, n + 1]);
    const sizes = [...new Set([0, 1, 2, 3, ...(largest > 237 ? [237] : []), ...around])];
    for (let n = 1024; n <= largest; n *= 2) sizes.push(n - 1, n, n + 1);

    it.each(sizes)('to %d elements of every pattern are <v, G> + r h', async (n) => {
      const blinds = randomElements(pallas.scalar, `blinds ${n}`)(32);
      await expectCommitments(keysOf.get(pallas)!, different(n), patterns(pallas.scalar, n), (i) =>
        i % 3 === 0 ? 0n : blinds[i],
      );
    });

    it.each(curves)('on $name are <v, G> + r h', async (curve) => {
      for (const n of scale < 1 ? [33] : [1, 33, 100]) {
        const blinds = randomElements(curve.scalar, 'blinds')(32);
        await expectCommitments(
          keysOf.get(curve)!,
          different(n),
          patterns(curve.scalar, n),
          (i) => blinds[i],
        );
      }
    });

    it.each(Object.keys(keyPatterns))('under generators that are %s are <v, G> + r h', async (name) => {
      const { curve } = other;
      for (const n of scale < 1 ? [2, 9] : [1, 2, 3, 8, 65]) {
        const logs = Array.from({ length: n + 1 }, (_, i) => keyPatterns[name](i));
        await expectCommitments(other, logs, patterns(curve.scalar, n), (i) => BigInt(i % 3));
      }
    });

    it.each(curves)(
      'on $name with every edge element as vector and blind are <v, G> + r h',
      async (curve) => {
        const vectors = Object.fromEntries(edges(curve.scalar).map((x) => [x, [x]]));
        const blinds = edges(curve.scalar).toReversed();
        await expectCommitments(keysOf.get(curve)!, [2, 1], vectors, (i) => blinds[i]);
      },
    );

    it('that cancel are the identity', async () => {
      const keys = keysOf.get(pallas)!;
      const p = pallas.scalar.p;
      const key = await keys.load(engine, [3, 1, 2, -3, 1]);
      const cases: [bigint[], bigint][] = [
        [[0n, 0n, 0n, 0n], 0n],
        [[0n, 0n, 1n, 0n], 1n],
        [[1n, 1n, 1n], 0n],
        [[7n, 0n, 0n, p - 7n], 0n],
        [[p - 3n, 0n], 1n],
        [[], 0n],
      ];
      const pendings = cases.map(([v, blind]) => engine.commit(key, put(engine, pallas.scalar, v), blind));
      for (const C of await engine.read(pendings)) expect(C).toEqual(IDENTITY);
    });

    it('use as many generators as the vector is long, from the first', async () => {
      const keys = keysOf.get(pallas)!;
      const logs = different(40);
      const key = await keys.load(engine, logs);
      const v = randomElements(pallas.scalar, 'short')(40);
      for (const n of [0, 1, 17, 39, 40]) {
        const part = v.slice(0, n);
        const [C] = await engine.read([engine.commit(key, put(engine, pallas.scalar, part), 9n)]);
        expect(C).toEqual(keys.commitment(logs, part, 9n));
      }
    });

    it('add up: that to a + r b is the sum of the parts', async () => {
      const F = pallas.scalar;
      const [a, b] = [randomElements(F, 'a')(20), randomElements(F, 'b')(20)];
      const key = await engine.bases(pallas, new TextEncoder().encode('fold'), 20);
      const [A, B, out] = [put(engine, F, a), put(engine, F, b), engine.vector(F, 20, 'out')];
      const r = (1n << 128n) - 1n;
      engine.addScaled(out, A, r, B);
      const [CA, CB, C] = await engine.read([
        engine.commit(key, A, 5n),
        engine.commit(key, B, 7n),
        engine.commit(key, out, mod(5n + r * 7n, F.p)),
      ]);
      expect(C).toEqual(pallas.add(CA, pallas.mul(r, CB)));
    });

    it('refuse a vector longer than the key, of another field, or a blind that is not canonical', async () => {
      const key = await keysOf.get(pallas)!.load(engine, [1, 2, 3]);
      const F = pallas.scalar;
      const v = put(engine, F, [1n, 2n]);
      const long = put(engine, F, [1n, 2n, 3n]);
      const other = put(engine, pallas.base, [1n, 2n]);
      await expectCode('InvalidCommitmentKeyLength', () => engine.commit(key, long, 0n));
      await expectCode('InvalidArgument', () => engine.commit(key, other, 0n));
      for (const blind of [F.p, -1n, 2n ** 256n]) {
        await expectCode('InvalidFieldElement', () => engine.commit(key, v, blind));
      }
    });
  });
}
