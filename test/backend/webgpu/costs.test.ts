import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/backend/webgpu/codegen/layout.ts';
import { productCost, stepCosts, sumCost, vectorCost } from '../../../src/backend/webgpu/costs.ts';
import type { GpuLimits } from '../../../src/backend/webgpu/device.ts';
import { planRows } from '../../../src/backend/webgpu/row-plan.ts';
import { SUMCHECK_SUMS } from '../../../src/backend/webgpu/sumcheck.ts';
import { builtinCircuit } from '../../../src/circuit/builtin.ts';
import { CYCLES } from '../../../src/curve/cycles.ts';
import { pallasBase } from '../../../src/field/fields.ts';
import { augment } from '../../../src/nova/augmented-circuit.ts';
import { synthesizePair } from '../../../src/nova/circuit-pair.ts';
import { keySize } from '../../../src/nova/commitment-key.ts';
import { EVERYTHING } from '../../support/extent.ts';

/** The limits that every WebGPU device has at least. */
const LIMITS = { maxStorageBufferBindingSize: 2 ** 27, minStorageBufferOffsetAlignment: 256 };

it('counts what a step asks of vectors and matrices', () => {
  const [{ secondary }] = CYCLES;
  const { matrices } = augment('primary', secondary, builtinCircuit('square:0'));
  const { field: F, constraints: n } = matrices;
  const { counts } = planRows(matrices, LIMITS);
  const costs = {
    products: productCost(F, DEFAULT_LAYOUT, counts),
    crossTerm: vectorCost('crossTerm', F, DEFAULT_LAYOUT, n, LIMITS),
    firstUnsatisfied: vectorCost('firstUnsatisfied', F, DEFAULT_LAYOUT, n, LIMITS),
    addScaled: vectorCost('addScaled', F, DEFAULT_LAYOUT, n, LIMITS),
  };
  for (const [name, { multiplications, bytes, dispatches }] of Object.entries(costs)) {
    console.log(
      `${F.name}, ${n} rows, ${name}: ${(multiplications / 1e6).toFixed(1)} M multiplications of words, ` +
        `${(bytes / 2 ** 20).toFixed(1)} MiB, ${dispatches} dispatches`,
    );
  }
  expect(costs.products.dispatches).toBe(2);
  expect(costs.crossTerm).toMatchObject({ dispatches: 1, bytes: 7 * 32 * n });
  // more than a product of two elements of 19 limbs, less than two; six such products
  expect(costs.addScaled.multiplications / n).toBeGreaterThan(19 ** 2);
  expect(costs.addScaled.multiplications / n).toBeLessThan(2 * 19 ** 2);
  expect(costs.crossTerm.multiplications / n).toBeGreaterThan(6 * 19 ** 2);
  // of each row that is no plain variable one reduction
  expect(counts.sums + counts.copied).toBeLessThan(3 * n + counts.dispatches * n);
  expect(costs.products.multiplications).toBeGreaterThan(19 ** 2 * (counts.sums + counts.general));
  const long = vectorCost('addScaled', F, DEFAULT_LAYOUT, 2 ** 22 + 1, LIMITS);
  expect(long.dispatches).toBe(2);
});

it('counts what a round of a sum-check asks of its tables', () => {
  const n = 2 ** 20;
  const costs = Object.entries(SUMCHECK_SUMS).map(
    ([name, kind]) => [name, sumCost(kind, pallasBase, DEFAULT_LAYOUT, n, LIMITS)] as const,
  );
  for (const [name, { multiplications, bytes, dispatches }] of costs) {
    console.log(
      `${name} over ${n} elements: ${(multiplications / 1e6).toFixed(0)} M multiplications of words, ` +
        `${(bytes / 2 ** 20).toFixed(0)} MiB, ${dispatches} dispatches`,
    );
  }
  const { sum, inner, roundQuadratic, roundCubic, roundEq } = Object.fromEntries(costs);
  expect([sum, inner, roundQuadratic, roundCubic, roundEq].map(({ bytes }) => bytes / (32 * n))).toEqual([
    1, 2, 4, 6, 6,
  ]);
  for (const [, { dispatches }] of costs) expect(dispatches).toBe(2);
  // products: a product of 19 limbs each, what the additions take is little beside it
  const products = [sum, inner, roundQuadratic, roundCubic, roundEq].map(({ multiplications }) =>
    Math.floor(multiplications / (n * 19 ** 2)),
  );
  expect(products[0]).toBe(0);
  expect(products[1]).toBeGreaterThanOrEqual(1);
  expect(products[2]).toBeGreaterThanOrEqual(2);
  expect(products[3]).toBeGreaterThanOrEqual(6);
  expect(products[4]).toBeGreaterThanOrEqual(5);
  expect(roundQuadratic.multiplications).toBeLessThan(2.1 * inner.multiplications);
  expect(roundEq.multiplications).toBeLessThan(roundCubic.multiplications);
  expect(sumCost(SUMCHECK_SUMS.inner, pallasBase, DEFAULT_LAYOUT, 2 ** 22 + 1, LIMITS).dispatches).toBe(3);
});

/** The limits of a device as WebGPU guarantees them, but with the bindings that large GPUs have. */
const LARGE: GpuLimits = {
  maxBufferSize: 2 ** 32,
  maxStorageBufferBindingSize: 2 ** 31,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
  maxDispatchMultiplications: Infinity,
};

/** Circuits whose steps are counted; the large ones take long to synthesise. */
const COUNTED = EVERYTHING ? ['square:0', 'square:55551', 'square:1038591'] : ['square:0'];

it('counts what a whole step asks of the device', { timeout: 600_000 }, async () => {
  const [cycle] = CYCLES;
  const results: unknown[] = [];
  for (const name of COUNTED) {
    const circuits = await synthesizePair(builtinCircuit(name), cycle);
    for (const side of ['primary', 'secondary'] as const) {
      const { matrices } = circuits[side];
      const curve = cycle[side];
      const costs = stepCosts(
        { curve, matrices, keyLength: keySize(matrices, false) },
        DEFAULT_LAYOUT,
        LARGE,
      );
      const { constraints } = matrices;
      results.push({
        circuit: name,
        cycle: cycle.name,
        side,
        constraints,
        layout: DEFAULT_LAYOUT.name,
        costs,
      });
      for (const [what, { multiplications, bytes, dispatches }] of Object.entries(costs)) {
        console.log(
          `${name} ${side}, ${constraints} rows, ${what}: ${(multiplications / 1e6).toFixed(1)} M multiplications, ` +
            `${(bytes / 2 ** 20).toFixed(1)} MiB, ${dispatches} dispatches`,
        );
      }
      // commitments are nearly all of it
      const { commit, ...others } = costs;
      const rest = Object.values(others).reduce((sum, cost) => sum + cost.multiplications, 0);
      expect(commit.multiplications).toBeGreaterThan(5 * rest);
      expect(costs.fold.dispatches).toBe(5);
    }
  }
  if (EVERYTHING) {
    const file = new URL('../../../bench/results/gpu-costs.json', import.meta.url);
    await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  }
});
