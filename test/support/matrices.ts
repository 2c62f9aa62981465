import fc from 'fast-check';
import type { PrimeField } from '../../src/field/field.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../src/field/sparse.ts';

/** A matrix as lists of entries, by rows. */
export type Rows = readonly (readonly (readonly [column: number, coefficient: bigint])[])[];

/** The matrices A, B, C of these rows, with the dictionary that they need. */
export function matricesOf(
  field: PrimeField,
  variables: number,
  io: number,
  rows: readonly [A: Rows, B: Rows, C: Rows],
): ConstraintMatrices {
  const numbers = new Map<bigint, number>();
  const numberOf = (c: bigint): number => {
    const number = numbers.get(c) ?? numbers.size;
    numbers.set(c, number);
    return number;
  };
  const sparse = (M: Rows): SparseMatrix => {
    const entries = M.flat();
    let end = 0;
    return {
      rowPtr: Uint32Array.from([0, ...M.map((row) => (end += row.length))]),
      columns: Uint32Array.from(entries, ([column]) => column),
      coefficients: Uint32Array.from(entries, ([, c]) => numberOf(c)),
    };
  };
  const [A, B, C] = rows.map(sparse);
  return { field, constraints: rows[0].length, variables, io, A, B, C, dictionary: [...numbers.keys()] };
}

/** M z, from the lists. */
export function productOf(F: PrimeField, M: Rows, z: readonly bigint[]): bigint[] {
  return M.map((row) => F.reduce(row.reduce((sum, [column, c]) => sum + c * z[column], 0n)));
}

/** Coefficients, those around `limits` and their negatives more often than chance would give them. */
export function coefficient({ p }: PrimeField, limits: readonly bigint[]): fc.Arbitrary<bigint> {
  return fc.oneof(
    fc.constantFrom(1n, p - 1n),
    fc.constantFrom(...limits.flatMap((c) => [c, p - c])),
    fc.bigInt(1n, p - 1n),
  );
}
