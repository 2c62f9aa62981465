import { NovaError } from '../errors.ts';
import type { PrimeField } from './field.ts';

/**
 * A sparse matrix by rows (CSR). Row i has the entries `rowPtr[i] .. rowPtr[i + 1]`; entry k stands in column
 * `columns[k]` with the coefficient `dictionary[coefficients[k]]`. Circuits use few distinct coefficients, so the
 * dictionary, shared by the three matrices of a shape, keeps an entry at eight bytes.
 */
export interface SparseMatrix {
  readonly rowPtr: Uint32Array;
  readonly columns: Uint32Array;
  readonly coefficients: Uint32Array;
}

/** The matrices A, B, C of a rank-1 constraint system over z = (W, u, X): column j < variables is W_j, then u, then X. */
export interface ConstraintMatrices {
  readonly field: PrimeField;
  /** Rows. */
  readonly constraints: number;
  /** Length of W. */
  readonly variables: number;
  /** Length of X; columns are `variables + 1 + io`. */
  readonly io: number;
  readonly A: SparseMatrix;
  readonly B: SparseMatrix;
  readonly C: SparseMatrix;
  /** The distinct coefficients, none of them zero. */
  readonly dictionary: readonly bigint[];
}

/** Number of non-zero entries. */
export function nonZeros(m: SparseMatrix): number {
  return m.columns.length;
}

/** The transpose of matrices that stand one above the other, by counting the entries of each column. */
export function transpose(matrices: readonly SparseMatrix[], columns: number): SparseMatrix {
  const entries = matrices.reduce((n, M) => n + nonZeros(M), 0);
  const rowPtr = new Uint32Array(columns + 1);
  for (const M of matrices) for (const column of M.columns) rowPtr[column + 1]++;
  for (let column = 0; column < columns; column++) rowPtr[column + 1] += rowPtr[column];
  const end = rowPtr.slice(0, columns); // by column: where its next entry goes
  const result = { rowPtr, columns: new Uint32Array(entries), coefficients: new Uint32Array(entries) };
  let above = 0;
  for (const M of matrices) {
    const rows = M.rowPtr.length - 1;
    for (let row = 0; row < rows; row++) {
      for (let k = M.rowPtr[row]; k < M.rowPtr[row + 1]; k++) {
        const at = end[M.columns[k]]++;
        result.columns[at] = above + row;
        result.coefficients[at] = M.coefficients[k];
      }
    }
    above += rows;
  }
  return result;
}

/** @throws {@link NovaError} `InvalidIndex` if a row pointer, column or coefficient lies outside its range. */
export function checkMatrices(m: ConstraintMatrices): void {
  const width = m.variables + 1 + m.io;
  for (const [name, M] of [
    ['A', m.A],
    ['B', m.B],
    ['C', m.C],
  ] as const) {
    const { rowPtr, columns, coefficients } = M;
    const sound =
      rowPtr.length === m.constraints + 1 &&
      rowPtr[0] === 0 &&
      rowPtr[m.constraints] === columns.length &&
      coefficients.length === columns.length &&
      isIncreasing(rowPtr) &&
      allBelow(columns, width) &&
      allBelow(coefficients, m.dictionary.length);
    if (!sound)
      throw new NovaError('InvalidIndex', `matrix ${name} is malformed: a row or column is out of range`);
  }
}

function isIncreasing(xs: Uint32Array): boolean {
  for (let i = 1; i < xs.length; i++) if (xs[i] < xs[i - 1]) return false;
  return true;
}

function allBelow(xs: Uint32Array, bound: number): boolean {
  for (let i = 0; i < xs.length; i++) if (xs[i] >= bound) return false;
  return true;
}
