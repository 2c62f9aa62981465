import type { CompiledCircuit } from '../../src/circuit/constraint-system.ts';
import { runProgram } from '../../src/field/program.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../src/field/sparse.ts';

/** A constraint that an assignment breaks. */
export interface FailingRow {
  readonly row: number;
  readonly path: string;
}

/** What a run of a circuit's witness program gives. */
export interface Assignment {
  /** (W, 1, X) */
  readonly z: bigint[];
  /** What the program returns beside X. */
  readonly outputs: bigint[];
}

/** Runs the circuit's witness program. */
export async function assign(
  { program, matrices }: Pick<CompiledCircuit, 'program' | 'matrices'>,
  inputs: readonly bigint[],
): Promise<Assignment> {
  const slots = await runProgram(program, inputs);
  const values = program.outputs.map((slot) => slots[slot]);
  const z = [...slots.slice(0, program.variables), 1n, ...values.slice(0, matrices.io)];
  return { z, outputs: values.slice(matrices.io) };
}

/** The rows (of those given, or of all) where A z o B z = C z does not hold, in order. */
export function failingRows(
  { matrices, path }: Pick<CompiledCircuit, 'matrices' | 'path'>,
  z: readonly bigint[],
  rows: Iterable<number> = Array(matrices.constraints).keys(),
): FailingRow[] {
  const failing: FailingRow[] = [];
  for (const row of rows) if (!holds(matrices, row, z)) failing.push({ row, path: path(row) });
  return failing;
}

/** Whether the rows (those given, or all) hold; stops at the first that does not. */
export function isSatisfied(
  { matrices }: Pick<CompiledCircuit, 'matrices'>,
  z: readonly bigint[],
  rows: Iterable<number> = Array(matrices.constraints).keys(),
): boolean {
  for (const row of rows) if (!holds(matrices, row, z)) return false;
  return true;
}

function holds(m: ConstraintMatrices, row: number, z: readonly bigint[]): boolean {
  const [a, b, c] = [m.A, m.B, m.C].map((M) => rowProduct(m, M, row, z));
  return (a * b - c) % m.field.p === 0n;
}

/** The paths of the constraints that the honest witness for these inputs breaks. */
export async function failingPaths(circuit: CompiledCircuit, inputs: readonly bigint[]): Promise<string[]> {
  const { z } = await assign(circuit, inputs);
  return failingRows(circuit, z).map(({ path }) => path);
}

function rowProduct(m: ConstraintMatrices, M: SparseMatrix, row: number, z: readonly bigint[]): bigint {
  let sum = 0n;
  for (let k = M.rowPtr[row]; k < M.rowPtr[row + 1]; k++) {
    sum += m.dictionary[M.coefficients[k]] * z[M.columns[k]];
  }
  return sum;
}

/** For each column the rows in which it stands. */
export function rowsByColumn(m: ConstraintMatrices): number[][] {
  const rows = Array.from({ length: m.variables + 1 + m.io }, () => new Set<number>());
  for (const { rowPtr, columns } of [m.A, m.B, m.C]) {
    for (let row = 0; row < m.constraints; row++) {
      columns.subarray(rowPtr[row], rowPtr[row + 1]).forEach((column) => rows[column].add(row));
    }
  }
  return rows.map((set) => [...set]);
}
