import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeGenerators, encodeGenerators, generatorPath } from '../../src/node/generator-file.ts';
import { codeOf } from '../support/error.ts';

const label = new TextEncoder().encode('ck');
const key = { curve: 'pallas', label };
const points = Uint8Array.from({ length: 3 * 64 }, (_, i) => i);

test('a file gives back the points it was made of', () => {
  expect(decodeGenerators(key, encodeGenerators(key, points))).toEqual(points);
  expect(decodeGenerators(key, encodeGenerators(key, new Uint8Array(0)))).toEqual(new Uint8Array(0));
});

test('a changed bit, a missing or an additional byte is found', async () => {
  const file = encodeGenerators(key, points);
  for (let i = 0; i < file.length; i++) {
    const damaged = file.slice();
    damaged[i] ^= 1 << (i % 8);
    expect(await codeOf(() => decodeGenerators(key, damaged)), `byte ${i}`).toBe('InvalidEncoding');
    expect(await codeOf(() => decodeGenerators(key, file.subarray(0, i))), `length ${i}`).toBe(
      'InvalidEncoding',
    );
  }
  expect(await codeOf(() => decodeGenerators(key, Uint8Array.of(...file, 0)))).toBe('InvalidEncoding');
});

test('no bytes make it throw anything untyped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(await codeOf(() => decodeGenerators(key, bytes))).toBe('InvalidEncoding');
    }),
  );
});

test('a file of another curve, label or version is refused', async () => {
  const file = encodeGenerators(key, points);
  expect(await codeOf(() => decodeGenerators({ ...key, curve: 'vesta' }, file))).toBe('InvalidEncoding');
  expect(await codeOf(() => decodeGenerators({ ...key, label: label.slice(0, 1) }, file))).toBe(
    'InvalidEncoding',
  );
  const older = file.slice();
  older[8] = 0;
  await expect(async () => decodeGenerators(key, older)).rejects.toThrow('version 0');
});

test('a label cannot leave the folder, and different labels have different files', () => {
  const path = (text: string): string =>
    generatorPath('/cache', { curve: 'pallas', label: new TextEncoder().encode(text) });
  expect(path('ck')).toBe('/cache/generators-pallas-ck.bin');
  expect(path('../../etc/passwd')).toMatch(/^\/cache\/generators-pallas-[0-9a-f]{64}\.bin$/);
  expect(new Set(['ck', 'CK', '', 'ck ', '\u00e9'].map(path)).size).toBe(5);
});
