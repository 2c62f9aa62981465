import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digitBias } from '../../../src/backend/wasm/geometry.ts';
import { bucketsPerSet, centredWindows, chooseGeometry } from '../../../src/backend/webgpu/msm/geometry.ts';
import { LEVELS } from '../../../src/backend/webgpu/msm/kernels.ts';
import {
  listRegions,
  type Pass,
  passBytes,
  passesFor,
  slotsFor,
} from '../../../src/backend/webgpu/msm/passes.ts';
import { MsmResults } from '../../../src/backend/webgpu/msm/results.ts';
import { CURVES, pallas } from '../../../src/curve/curves.ts';
import { FIELD_BYTES, intToBytes } from '../../../src/field/field.ts';
import { codeOf } from '../../support/error.ts';

describe('windows of centred scalars', () => {
  it('hold every scalar, in words of 256 bits, and are none too many', () => {
    for (const curve of CURVES) {
      const half = (curve.scalar.p - 1n) / 2n;
      for (let c = 4; c <= 16; c++) {
        const windows = centredWindows(curve, c);
        const biased = half + digitBias(c, windows - 1);
        expect(biased >> BigInt(c * (windows - 1))).toBeLessThanOrEqual(1n << BigInt(c - 1));
        expect(biased >> 256n).toBe(0n);
        const fewer = (half + digitBias(c, windows - 2)) >> BigInt(c * (windows - 2));
        expect(fewer).toBeGreaterThan(1n << BigInt(c - 1));
        expect(windows).toBeLessThanOrEqual(64);
      }
    }
  });

  it('grow with the number of scalars, and tables keep within their budget', () => {
    const bounds = { tableBytes: 0, bucketBytes: 2 ** 27, jobs: 2 };
    const widths = [1, 100, 10_000, 2 ** 16, 2 ** 20].map((n) => chooseGeometry(pallas, n, n, bounds));
    for (const { windows, stride } of widths) expect(stride).toBe(windows);
    expect(widths.map(({ c }) => c)).toEqual(widths.map(({ c }) => c).toSorted((a, b) => a - b));
    expect(widths.at(-1)!.c).toBeGreaterThanOrEqual(14);
    const n = 2 ** 14;
    for (const tables of [1, 2, 5, 100]) {
      const { windows, stride } = chooseGeometry(pallas, n, n, { ...bounds, tableBytes: tables * n * 64 });
      expect(Math.ceil(windows / stride)).toBeLessThanOrEqual(tables);
      if (tables === 100) expect(stride).toBe(1);
    }
    expect(() => chooseGeometry(pallas, n, n, { ...bounds, bucketBytes: 1000 })).toThrow(
      expect.objectContaining({ code: 'OutOfMemory' }),
    );
  });
});

describe('passes', () => {
  const limits = { maxStorageBufferBindingSize: 2 ** 16, minStorageBufferOffsetAlignment: 256 };

  it('take every digit of every scalar once, in windows and bindings that exist', () => {
    const shapes = fc.record({
      lengths: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 3 }),
      c: fc.integer({ min: 4, max: 6 }),
      tables: fc.integer({ min: 1, max: 64 }),
      workBytes: fc.integer({ min: 8000, max: 400_000 }),
      digits: fc.constantFrom(2000, Infinity),
      binding: fc.constantFrom(2 ** 13, 2 ** 15, 2 ** 30),
    });
    fc.assert(
      fc.property(shapes, ({ lengths, c, tables, workBytes, digits, binding }) => {
        const windows = centredWindows(pallas, c);
        const geometry = { c, windows, stride: Math.ceil(windows / tables) };
        const pitch = 1 + Math.max(...lengths);
        const bounds = { limits: { ...limits, maxStorageBufferBindingSize: binding }, workBytes, digits };
        let passes: Pass[];
        try {
          passes = passesFor(lengths, geometry, pitch, bounds);
        } catch {
          return; // too little memory for anything
        }
        const seen = lengths.map((n) => new Uint8Array((n + 1) * windows));
        const filled = new Uint8Array(lengths.length * geometry.stride * bucketsPerSet(geometry));
        for (const pass of passes) {
          expect(pass.digits).toBeLessThanOrEqual(digits);
          const bytes = Object.values(passBytes(pass.digits, pass.buckets));
          expect(Math.max(...bytes)).toBeLessThanOrEqual(binding);
          expect((pass.endBase - pass.fromBase) * 64).toBeLessThanOrEqual(binding);
          expect((pass.fromBase * 64) % 256).toBe(0);
          expect(bytes.reduce((a: number, b: number) => a + b)).toBeLessThanOrEqual(workBytes);
          const before = filled.slice(pass.target, pass.target + pass.buckets);
          expect(before.length).toBe(pass.buckets);
          expect(before.every((x) => x === Number(pass.adds))).toBe(true);
          filled.fill(1, pass.target, pass.target + pass.buckets);
          for (const { job, from, to, blinded, bucket } of pass.pieces) {
            expect((from * FIELD_BYTES) % 256).toBe(0);
            const sets = pass.endSet - pass.fromSet;
            expect(bucket + sets * bucketsPerSet(geometry)).toBeLessThanOrEqual(pass.buckets);
            let inside = true;
            for (let t = pass.fromTable; t < pass.endTable; t++) {
              const bases = [
                ...(blinded ? [0] : []),
                ...Array.from({ length: to - from }, (_, i) => from + i + 1),
              ];
              for (const base of bases) {
                const at = t * pitch + base;
                inside &&= at >= pass.fromBase && at < pass.endBase;
                for (let s = pass.fromSet; s < pass.endSet; s++) {
                  const w = t * geometry.stride + s;
                  if (w < windows) seen[job]![base * windows + w]++;
                }
              }
            }
            expect(inside).toBe(true);
          }
        }
        expect(seen.every((digits) => digits.every((times) => times === 1))).toBe(true);
        expect(filled.every((x) => x === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are one where there is memory', () => {
    const windows = centredWindows(pallas, 8);
    const wide = { ...limits, maxStorageBufferBindingSize: 2 ** 30 };
    const geometry = { c: 8, windows, stride: windows };
    expect(
      passesFor([1000, 500], geometry, 1001, { limits: wide, workBytes: 2 ** 30, digits: Infinity }),
    ).toHaveLength(1);
    expect(
      passesFor([1000], geometry, 1001, { limits: wide, workBytes: 200_000, digits: Infinity }).length,
    ).toBeGreaterThan(5);
  });

  it('refuse memory that is too small for anything', async () => {
    const geometry = { c: 16, windows: 16, stride: 16 };
    const bounds = { limits, workBytes: 1000, digits: Infinity };
    expect(await codeOf(() => passesFor([10_000], geometry, 10_001, bounds))).toBe('OutOfMemory');
  });

  it('have room for every list of additions', () => {
    // buckets of these sizes, in slots; slot r > 0 is in the list of the largest power of two that divides r
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 40 }), (sizes) => {
        const slots = slotsFor(
          sizes.reduce((sum, n) => sum + n, 0),
          sizes.length,
        );
        const members = Array<number>(LEVELS).fill(0);
        for (const n of sizes) {
          for (let r = 1; r < Math.ceil(n / 2); r++) members[31 - Math.clz32(r & -r)]++;
        }
        const { regions, length } = listRegions(slots);
        members.forEach((n, level) => {
          expect(regions[level]! + n).toBeLessThanOrEqual(regions[level + 1] ?? length);
        });
      }),
    );
  });
});

describe('results of a device', () => {
  const geometry = { c: 4, windows: 64, stride: 3 };
  const F = pallas.base;
  const read = (...points: readonly (readonly bigint[])[]) => {
    const bytes = new Uint8Array(32 + 96 * geometry.stride);
    points.flat().forEach((v, i) => bytes.set(intToBytes(v, FIELD_BYTES), 32 + 32 * i));
    return new MsmResults(pallas, geometry, 1, 32).read(bytes);
  };
  const identity = [0n, 1n, 0n];
  const { x, y } = pallas.generator;

  it('are combined by their weights, whatever their Z', () => {
    const scaled = [x, y, 1n].map((v) => F.mul(v, 12345n));
    expect(read(identity, identity, identity)[0]!.infinity).toBe(true);
    expect(read(scaled, identity, [x, y, 1n])).toEqual([pallas.mul(257n, pallas.generator)]);
    expect(read(identity, [0n, 5n, 0n], scaled)).toEqual([pallas.mul(256n, pallas.generator)]);
    expect(read(scaled, scaled, scaled)).toEqual([pallas.mul(273n, pallas.generator)]);
  });

  it('are refused unless they are points of the curve', async () => {
    for (const bad of [
      [x, F.add(y, 1n), 1n],
      [0n, 0n, 0n],
      [1n, 1n, 0n],
      [0n, 0n, 1n],
      // a point, but not reduced
      [x + F.p, y, 1n],
      [x, y + F.p, 1n],
      [x, y, 1n + F.p],
      [0n, 1n + F.p, 0n],
    ]) {
      expect(await codeOf(() => read(identity, bad, identity))).toBe('DeviceFault');
    }
  });
});
