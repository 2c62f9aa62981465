/**
 * Poseidon's linear layers as the circuit uses them. Between the last S-boxes of the first full rounds and the first ones
 * of the last full rounds, a state element is a linear combination of S-box results: of the `width` results of that full
 * round, then of one more for each partial round. The coefficients depend on the constants alone, so they are computed once
 * and not for every permutation of every circuit.
 */
import type { PoseidonConstants } from '../../hash/poseidon-constants.ts';

type Columns = readonly (readonly bigint[])[];

/** Coefficients, in the order in which the S-boxes run. The lists are shared: nobody may change them. */
export interface LinearLayers {
  /** The columns of the MDS matrix. */
  readonly mds: Columns;
  /** The columns of the matrix that stands for it in the last full round before the partial ones. */
  readonly preSparse: Columns;
  /** For each partial round, the first state element before its S-box: `width + round` coefficients. */
  readonly beforePartial: Columns;
  /** Each state element after the last partial round: `width + partialRounds` coefficients. */
  readonly afterPartial: Columns;
}

const computed: WeakMap<PoseidonConstants, LinearLayers> = /* @__PURE__ */ new WeakMap();

/** The layers of a Poseidon instance; the same object on every call. */
export function linearLayers(c: PoseidonConstants): LinearLayers {
  let layers = computed.get(c);
  if (layers === undefined) computed.set(c, (layers = compute(c)));
  return layers;
}

function compute({ field: F, mds, preSparseMatrix, sparseMatrices }: PoseidonConstants): LinearLayers {
  const preSparse = columnsOf(preSparseMatrix);
  // A partial round adds its own S-box result, times vRest, to all elements but the first, and makes that one anew.
  const [start, ...rest] = preSparse.map((column) => column.slice());
  const beforePartial: bigint[][] = [];
  let first = start;
  for (const { wHat, vRest } of sparseMatrices) {
    beforePartial.push(first);
    first = first.map((_, k) => {
      let sum = 0n;
      for (let i = 0; i < rest.length; i++) sum += wHat[i + 1] * rest[i][k];
      return sum % F.p;
    });
    first.push(wHat[0]);
    rest.forEach((column, i) => column.push(vRest[i]));
  }
  return { mds: columnsOf(mds.m), preSparse, beforePartial, afterPartial: [first, ...rest] };
}

function columnsOf(matrix: Columns): bigint[][] {
  return matrix[0].map((_, j) => matrix.map((row) => row[j]));
}
