import { expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/backend/webgpu/codegen/layout.ts';
import { productCost, vectorCost } from '../../../src/backend/webgpu/costs.ts';
import { planRows } from '../../../src/backend/webgpu/row-plan.ts';
import { builtinCircuit } from '../../../src/circuit/builtin.ts';
import { CYCLES } from '../../../src/curve/cycles.ts';
import { augment } from '../../../src/nova/augmented-circuit.ts';

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
