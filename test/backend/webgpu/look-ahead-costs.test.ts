/** What of a step is known before its late inputs are, in counts: its variables, its share of the products and of the commitments. */
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../../src/backend/webgpu/codegen/layout.ts';
import { commitCost, productCost, type Cost } from '../../../src/backend/webgpu/costs.ts';
import type { GpuLimits } from '../../../src/backend/webgpu/device.ts';
import { planRows } from '../../../src/backend/webgpu/row-plan.ts';
import { builtinCircuit } from '../../../src/circuit/builtin.ts';
import { CYCLES } from '../../../src/curve/cycles.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import { synthesizePair } from '../../../src/nova/circuit-pair.ts';
import { keySize } from '../../../src/nova/commitment-key.ts';
import { instructions } from '../../circuit/mutate.ts';
import { EVERYTHING } from '../../support/extent.ts';

/** The limits of large devices; see costs.test.ts. */
const LIMITS: GpuLimits = {
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

/** Circuits of about 2^14, 2^16, 2^17 and 2^20 constraints; the large ones take long to synthesise. */
const COUNTED = EVERYTHING
  ? ['square:0', 'square:6399', 'square:55551', 'square:121087', 'square:1038591', 'minroot:1024']
  : ['square:0'];

/** Which variables the head computes. */
function inHead({ variables, head }: WitnessProgram): Uint8Array {
  const flags = new Uint8Array(variables);
  for (const [from, to] of head.variables) flags.fill(1, from, to);
  return flags;
}

/** Instructions of the head and of the rest; divisions and powers, which cost tens and hundreds of the others, apart. */
function countInstructions({ code, head }: WitnessProgram) {
  const count = () => ({ instructions: 0, divisions: 0, powers: 0 });
  const counts = { head: count(), tail: count() };
  for (const { op, end } of instructions(code)) {
    const part = end <= head.words ? counts.head : counts.tail;
    part.instructions++;
    if (op === Op.Div || op === Op.DivMod) part.divisions++;
    if (op === Op.Pow) part.powers++;
  }
  return counts;
}

/** Nonzeros in columns of the head, and the constraints that have no others: their products are known ahead. */
function countMatrices(m: ConstraintMatrices, known: Uint8Array) {
  let [nonzeros, nonzerosOfHead] = [0, 0];
  const rows: number[] = [];
  for (let row = 0; row < m.constraints; row++) {
    let all = true;
    for (const { rowPtr, columns } of [m.A, m.B, m.C]) {
      for (let k = rowPtr[row]!; k < rowPtr[row + 1]!; k++) {
        nonzeros++;
        // behind the variables stands u, which is 1
        if (known[columns[k]!] === 1 || columns[k] === m.variables) nonzerosOfHead++;
        else all = false;
      }
    }
    if (all) rows.push(row);
  }
  return { nonzeros, nonzerosOfHead, rows };
}

/** Some rows of the matrices. */
function rowsOf(m: ConstraintMatrices, rows: readonly number[]): ConstraintMatrices {
  const some = ({ rowPtr, columns, coefficients }: SparseMatrix): SparseMatrix => {
    const starts = new Uint32Array(rows.length + 1);
    rows.forEach((row, i) => (starts[i + 1] = starts[i]! + rowPtr[row + 1]! - rowPtr[row]!));
    const [c, k] = [new Uint32Array(starts.at(-1)!), new Uint32Array(starts.at(-1)!)];
    rows.forEach((row, i) => {
      c.set(columns.subarray(rowPtr[row], rowPtr[row + 1]), starts[i]);
      k.set(coefficients.subarray(rowPtr[row], rowPtr[row + 1]), starts[i]);
    });
    return { rowPtr: starts, columns: c, coefficients: k };
  };
  return { ...m, constraints: rows.length, A: some(m.A), B: some(m.B), C: some(m.C) };
}

const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
const millions = ({ multiplications, dispatches }: Cost): string =>
  `${(multiplications / 1e6).toFixed(0)} M in ${dispatches} dispatches`;

it('counts what of a step can be computed ahead', { timeout: 1_200_000 }, async () => {
  const [cycle] = CYCLES;
  const results: unknown[] = [];
  for (const circuit of COUNTED) {
    const circuits = await synthesizePair(builtinCircuit(circuit), cycle);
    for (const side of circuit === 'square:0'
      ? (['primary', 'secondary'] as const)
      : (['primary'] as const)) {
      const { matrices, program } = circuits[side];
      const { field: F, constraints, variables } = matrices;
      const known = inHead(program);
      const head = known.reduce((sum, flag) => sum + flag, 0);
      const code = countInstructions(program);
      const { nonzeros, nonzerosOfHead, rows } = countMatrices(matrices, known);

      const products = (m: ConstraintMatrices): Cost =>
        productCost(F, DEFAULT_LAYOUT, planRows(m, LIMITS).counts);
      const commit = (...lengths: number[]): Cost =>
        commitCost(cycle[side], keySize(matrices, false), lengths, DEFAULT_LAYOUT, LIMITS);
      const costs = {
        products: products(matrices),
        productsOfHeadRows: products(rowsOf(matrices, rows)),
        commitWAndT: commit(variables, constraints),
        commitHead: commit(head),
        commitTailAndT: commit(variables - head, constraints),
      };
      results.push({
        circuit,
        cycle: cycle.name,
        side,
        variables,
        variables_of_head: head,
        code,
        nonzeros,
        nonzeros_of_head: nonzerosOfHead,
        constraints,
        constraints_of_head: rows.length,
        layout: DEFAULT_LAYOUT.name,
        costs,
      });
      console.log(
        `${circuit} ${side}, in the head: ${head} of ${variables} variables (${percent(head, variables)}; ` +
          `${percent(head, variables + constraints)} of the terms of W and T), ` +
          `${code.head.instructions} of ${code.head.instructions + code.tail.instructions} instructions, ` +
          `${rows.length} of ${constraints} constraints, ${percent(nonzerosOfHead, nonzeros)} of the nonzeros; ` +
          `products ${millions(costs.products)}, of these rows ${millions(costs.productsOfHeadRows)}; ` +
          `W and T ${millions(costs.commitWAndT)}, head ${millions(costs.commitHead)}, ` +
          `rest and T ${millions(costs.commitTailAndT)}`,
      );
      // the hash of the last instance and the step circuit; the fold that waits for the device is not in it
      expect(head).toBeGreaterThan(1000);
      expect(variables - head).toBeGreaterThan(8000);
      expect(variables - head).toBeLessThan(10_000);
      expect(code.tail.divisions).toBeGreaterThan(500);
      // to commit to the parts takes more than to commit to the whole, and another chain of dispatches
      const parts = [costs.commitHead, costs.commitTailAndT];
      const sum = (of: (cost: Cost) => number) => parts.reduce((total, cost) => total + of(cost), 0);
      expect(sum((cost) => cost.multiplications)).toBeGreaterThan(costs.commitWAndT.multiplications);
      expect(sum((cost) => cost.dispatches)).toBeGreaterThan(costs.commitWAndT.dispatches + 15);
      // the products are next to nothing beside the commitments
      expect(costs.products.multiplications).toBeLessThan(0.03 * costs.commitWAndT.multiplications);
    }
  }
  if (EVERYTHING) {
    const file = new URL('../../../bench/results/look-ahead-costs.json', import.meta.url);
    await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  }
});
