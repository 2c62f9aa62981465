/**
 * Shapes whose numbers of rows and variables are powers of two, as tables of multilinear polynomials need them (nova-snark's
 * `R1CSShape::pad`, src/r1cs/mod.rs). Engines keep matrices without padding: z is (W | u, X), and what padding adds is zero.
 */
import { NovaError } from '../errors.ts';
import type { ConstraintMatrices, SparseMatrix } from '../field/sparse.ts';

/** Rows, and variables, of a padded shape. Padded, z is (W, 0.. | u, X, 0..): twice `variables` elements. */
export interface PaddedSize {
  readonly constraints: number;
  readonly variables: number;
}

/**
 * The size of the padded shape: that of the shape if it is regular, or else a square.
 *
 * @throws {@link NovaError} `InvalidInputLength` for more public inputs than the second half of z takes beside u
 */
export function paddedSize(S: Pick<ConstraintMatrices, 'constraints' | 'variables' | 'io'>): PaddedSize {
  const { constraints, variables, io } = S;
  if (isPowerOfTwo(constraints) && isPowerOfTwo(variables) && io < variables)
    return { constraints, variables };
  const m = nextPowerOfTwo(Math.max(constraints, variables, io));
  if (io >= m) {
    throw new NovaError(
      'InvalidInputLength',
      `${io} public inputs are too many for a shape that is padded to ${m} variables: there must be fewer`,
    );
  }
  return { constraints: m, variables: m };
}

/** The padded shape: empty rows below, and columns between W and u. Shares what it can. @throws as {@link paddedSize} */
export function padShape(S: ConstraintMatrices): ConstraintMatrices {
  const { constraints, variables } = paddedSize(S);
  const pad = ({ rowPtr, columns, coefficients }: SparseMatrix): SparseMatrix => {
    const rows = new Uint32Array(constraints + 1).fill(columns.length);
    rows.set(rowPtr);
    const shift = variables - S.variables;
    const moved =
      shift === 0 ? columns : columns.map((column) => (column < S.variables ? column : column + shift));
    return { rowPtr: rows, columns: moved, coefficients };
  };
  return { ...S, constraints, variables, A: pad(S.A), B: pad(S.B), C: pad(S.C) };
}

export function isPowerOfTwo(n: number): boolean {
  return n >= 1 && nextPowerOfTwo(n) === n;
}

/** The least power of two that is n or more; 1 for 0. */
export function nextPowerOfTwo(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}
