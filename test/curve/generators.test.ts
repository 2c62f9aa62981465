import { shake256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { POINT_BYTES } from '../../src/curve/curve.ts';
import { CURVES, pallas } from '../../src/curve/curves.ts';
import { generatorSeeds, SEED_BYTES } from '../../src/curve/generator-seeds.ts';
import { fromLabel, generatorsFromSeeds } from '../../src/curve/generators.ts';
import { codeOf } from '../support/error.ts';
import { GENERATOR_VECTORS } from './generators.vectors.ts';

const CK = utf8ToBytes('ck');

describe.each(CURVES.map((curve) => ({ curve, name: curve.name })))(
  'generators of $name',
  ({ curve, name }) => {
    const compressed = (raw: Uint8Array) =>
      Array.from({ length: raw.length / POINT_BYTES }, (_, i) =>
        bytesToHex(curve.encode(curve.fromXY(raw.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES)))),
      );

    it.each(Object.entries(GENERATOR_VECTORS[name]))(
      'are the known ones of the label %s',
      async (label, known) => {
        expect(compressed(await fromLabel(curve, utf8ToBytes(label), known.length))).toEqual(known);
      },
    );

    it('are the same in one go and from shares of the seeds', async () => {
      const n = 70; // more than a batch
      const all = await fromLabel(curve, CK, n);
      const seeds = generatorSeeds(CK, n);
      expect(generatorsFromSeeds(curve, seeds)).toEqual(all);
      const share = seeds.subarray(65 * SEED_BYTES, 69 * SEED_BYTES);
      expect(generatorsFromSeeds(curve, share)).toEqual(all.slice(65 * POINT_BYTES, 69 * POINT_BYTES));
    });
  },
);

describe('generators', () => {
  it('have the stream of SHAKE256 for seeds', () => {
    expect(generatorSeeds(CK, 5)).toEqual(shake256(CK, { dkLen: 160 }));
    expect(generatorSeeds(CK, 0)).toEqual(new Uint8Array(0));
  });

  it('are made without blocking the event loop, and report progress', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const shares: number[] = [];
    await fromLabel(pallas, CK, 512, { onProgress: (share) => shares.push(share) });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(1);
    expect(shares.at(-1)).toBe(1);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('are given up when the caller aborts', async () => {
    const before = AbortSignal.abort();
    expect(await codeOf(() => fromLabel(pallas, CK, 1, { signal: before }))).toBe('Aborted');
    const controller = new AbortController();
    const started = performance.now();
    const onProgress = () => controller.abort();
    expect(
      await codeOf(() => fromLabel(pallas, CK, 1 << 20, { signal: controller.signal, onProgress })),
    ).toBe('Aborted');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('refuse numbers that make no sense', async () => {
    for (const n of [-1, 1.5, NaN, Infinity]) {
      expect(await codeOf(() => generatorSeeds(CK, n))).toBe('InvalidArgument');
      expect(await codeOf(() => fromLabel(pallas, CK, n))).toBe('InvalidArgument');
    }
    expect(await codeOf(() => generatorsFromSeeds(pallas, new Uint8Array(33)))).toBe('InvalidArgument');
    expect(await fromLabel(pallas, CK, 0)).toEqual(new Uint8Array(0));
  });
});
