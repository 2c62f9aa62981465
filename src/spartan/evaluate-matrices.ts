import type { Backend, Matrices } from '../backend/backend.ts';
import { eqPairs } from '../field/eq.ts';
import { control, type TaskOptions } from '../pace.ts';
import type { Workspace } from '../pcs/workspace.ts';
import type { PaddedSize } from './padding.ts';

/** Matrices, resident, and vectors to evaluate them with. */
export interface EvaluatedMatrices {
  readonly backend: Backend;
  readonly matrices: Matrices;
  readonly size: PaddedSize;
  readonly workspace: Workspace;
}

/**
 * The value at (x, y) of the multilinear polynomial whose values are the entries of cA A + cB B + cC C, padded to `size`:
 * the rows are joined under eq(x, .) first, then the columns under eq(y, .).
 */
export async function evaluateMatrices(
  { backend, matrices, size, workspace }: EvaluatedMatrices,
  c: readonly [cA: bigint, cB: bigint, cC: bigint],
  x: readonly bigint[],
  y: readonly bigint[],
  options: TaskOptions,
): Promise<bigint> {
  const { field: F, constraints, variables, io } = matrices.shape;
  const { polynomials, sumcheck } = backend;
  const eqX = workspace.vector('eqX', size.constraints);
  polynomials.tensor(eqX, eqPairs(F, x));
  const columns = workspace.vector('columns', variables + 1 + io);
  polynomials.transposed(columns, matrices, workspace.prefix(eqX, constraints), c);

  // the first variable tells W's columns from those of (u, X), which begin the second half
  const [half, ...rest] = y;
  const eqY = workspace.vector('eqY', size.variables);
  polynomials.tensor(eqY, eqPairs(F, rest));
  const tail = workspace.vector('tail', 1 + io);
  polynomials.copyRange(tail, 0, columns, variables, 1 + io);
  const [atW, atX] = await backend.read(
    [sumcheck.inner(workspace.prefix(columns, variables), eqY), sumcheck.inner(tail, eqY)],
    control(options, 'matrices'),
  );
  return F.add(F.mul(F.sub(1n, half), atW), F.mul(half, atX));
}
