import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';

/** A dense matrix, by rows. */
export type Matrix = readonly (readonly bigint[])[];

/** The inner product of a and b, reduced once. */
export function dot(F: PrimeField, a: readonly bigint[], b: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum % F.p;
}

/** M v, v as a column. */
export function matrixVector(F: PrimeField, M: Matrix, v: readonly bigint[]): bigint[] {
  return M.map((row) => dot(F, row, v));
}

/** v M, v as a row. */
export function vectorMatrix(F: PrimeField, v: readonly bigint[], M: Matrix): bigint[] {
  return M[0].map((_, j) => {
    let sum = 0n;
    for (let i = 0; i < v.length; i++) sum += v[i] * M[i][j];
    return sum % F.p;
  });
}

/** A B. */
export function matrixMatrix(F: PrimeField, A: Matrix, B: Matrix): bigint[][] {
  return A.map((row) => vectorMatrix(F, row, B));
}

/** The n x n identity. */
export function identity(n: number): bigint[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1n : 0n)));
}

/** M without its first row and first column. */
export function firstMinor(M: Matrix): bigint[][] {
  return M.slice(1).map((row) => row.slice(1));
}

/**
 * The inverse of a square matrix, by Gauss-Jordan elimination.
 *
 * @throws {@link NovaError} `DivisionByZero` if M is singular.
 */
export function invert(F: PrimeField, M: Matrix): bigint[][] {
  const n = M.length;
  const unit = identity(n);
  const rows = M.map((row, i) => [...row, ...unit[i]]);
  for (let col = 0; col < n; col++) {
    const pivot = rows.findIndex((row, i) => i >= col && row[col] !== 0n);
    if (pivot < 0) throw new NovaError('DivisionByZero', `a singular matrix has no inverse in ${F.name}`);
    [rows[col], rows[pivot]] = [rows[pivot], rows[col]];
    const head = rows[col];
    const scale = F.inv(head[col]);
    for (let j = col; j < 2 * n; j++) head[j] = F.mul(head[j], scale);
    for (let i = 0; i < n; i++) {
      const factor = rows[i][col];
      if (i === col || factor === 0n) continue;
      // columns before `col` of the pivot row are zero already
      for (let j = col; j < 2 * n; j++) rows[i][j] = F.sub(rows[i][j], F.mul(factor, head[j]));
    }
  }
  return rows.map((row) => row.slice(n));
}
