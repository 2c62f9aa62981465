import type { PrimeField } from '../../field/field.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../field/sparse.ts';
import { PIECE, portion, sweep, type Work } from './work.ts';

/** The elements of the vectors A z, B z, C z (`Products` behind its handles). */
export interface ProductElements {
  readonly AZ: bigint[];
  readonly BZ: bigint[];
  readonly CZ: bigint[];
}

/** Matrices made ready for products. */
export interface ResidentMatrices {
  readonly shape: ConstraintMatrices;
  /** The dictionary with p - c as -c: most coefficients then have one digit, whatever their sign. */
  readonly coefficients: readonly bigint[];
}

/** Makes matrices ready. Their dictionary is canonical. */
export function residentMatrices(shape: ConstraintMatrices): ResidentMatrices {
  const { p } = shape.field;
  return { shape, coefficients: shape.dictionary.map((c) => (c > p >> 1n ? c - p : c)) };
}

/** out = (A z, B z, C z) for z = (W, tail), where tail is (u, X). */
export function* products(
  out: ProductElements,
  M: ResidentMatrices,
  W: readonly bigint[],
  tail: readonly bigint[],
): Work {
  const { A, B, C } = M.shape;
  const outputs = [out.AZ, out.BZ, out.CZ];
  for (const [i, matrix] of [A, B, C].entries()) {
    yield* portion(product(outputs[i], matrix, M, W, tail), (part) => (i + part) / 3);
  }
}

/** out = M z. A row's sum is reduced once. */
function* product(
  out: bigint[],
  { rowPtr, columns, coefficients }: SparseMatrix,
  M: ResidentMatrices,
  W: readonly bigint[],
  tail: readonly bigint[],
): Work {
  const { field: F, constraints, variables } = M.shape;
  let steps = 0;
  for (let row = 0; row < constraints; row++) {
    let sum = 0n;
    for (let k = rowPtr[row]; k < rowPtr[row + 1]; k++) {
      const column = columns[k];
      sum += M.coefficients[coefficients[k]] * (column < variables ? W[column] : tail[column - variables]);
      if (++steps % PIECE === 0) yield row / constraints;
    }
    out[row] = F.reduce(sum);
    if (++steps % PIECE === 0) yield row / constraints;
  }
}

/** T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1, over n elements. */
export function crossTerm(
  F: PrimeField,
  n: number,
  T: bigint[],
  running: ProductElements,
  u1: bigint,
  fresh: ProductElements,
): Work {
  const { AZ: AZ1, BZ: BZ1, CZ: CZ1 } = running;
  const { AZ: AZ2, BZ: BZ2, CZ: CZ2 } = fresh;
  return sweep(n, (i) => {
    T[i] = F.reduce(AZ1[i] * BZ2[i] + AZ2[i] * BZ1[i] - u1 * CZ2[i] - CZ1[i]);
  });
}

/** The first row i below n where AZ_i BZ_i != u CZ_i + E_i, or -1; E is zero if it is missing. */
export function* firstUnsatisfied(
  F: PrimeField,
  n: number,
  { AZ, BZ, CZ }: ProductElements,
  u: bigint,
  E: readonly bigint[] | undefined,
): Work<number> {
  for (let i = 0; i < n; i++) {
    if ((AZ[i] * BZ[i] - u * CZ[i] - (E?.[i] ?? 0n)) % F.p !== 0n) return i;
    if (i % PIECE === PIECE - 1) yield i / n;
  }
  return -1;
}
