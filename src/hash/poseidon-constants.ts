import type { PrimeField } from '../field/field.ts';
import { grainConstants } from './grain.ts';
import {
  firstMinor,
  identity,
  invert,
  matrixMatrix,
  matrixVector,
  vectorMatrix,
  type Matrix,
} from './matrix.ts';

/*
 * Everything that a Poseidon instance is made of, generated from the field alone (nothing-up-my-sleeve numbers).
 * Values as in nova-snark's src/frontend/gadgets/poseidon (mds.rs, preprocessing.rs); the optimised schedule is the
 * Poseidon paper's appendix B (https://eprint.iacr.org/2019/458). The digest of the public parameters covers all of it.
 */

/** The MDS matrix M and what the optimised schedule derives from it. */
export interface MdsMatrices {
  /** M, symmetric. */
  m: bigint[][];
  /** The inverse of M. */
  mInv: bigint[][];
  /** M without its first row and column. */
  mHat: bigint[][];
  mHatInv: bigint[][];
  /** M', the dense factor in M = M' M'': the identity in the first row and column, mHat elsewhere. */
  mPrime: bigint[][];
  /** M'', the sparse factor: dense in the first row and column, the identity elsewhere. */
  mDoublePrime: bigint[][];
}

/** The constants of one Poseidon instance: x^5 S-box, one capacity element, `width - 1` rate elements. */
export interface PoseidonConstants {
  readonly field: PrimeField;
  readonly width: number;
  readonly fullRounds: number;
  readonly partialRounds: number;
  readonly mds: MdsMatrices;
  /**
   * In order of use: `width` to add before the first round, then after the S-boxes of each round but the last one
   * `width` (full rounds) or one (partial rounds).
   */
  readonly compressedRoundConstants: readonly bigint[];
  /** Stands for M in the last full round before the partial rounds: the state, as a row, times this matrix. */
  readonly preSparseMatrix: readonly (readonly bigint[])[];
  /** Stand for M in the partial rounds, in order: the state, as a row, times [wHat | (vRest, identity)]. */
  readonly sparseMatrices: readonly SparseFactor[];
}

/** A matrix that is dense in its first row and column, and the identity elsewhere. */
export interface SparseFactor {
  /** The first column. */
  readonly wHat: readonly bigint[];
  /** The first row without its first entry. */
  readonly vRest: readonly bigint[];
}

/** The two instances of the random oracle: rate 24 (Nova's own), and rate 5. */
export type PoseidonMode = 'wide' | 'narrow';

/**
 * Rounds for 128 bits of security in a field of about 256 bits, with the paper's margin (two more full rounds, 7.5%
 * more partial ones). nova-snark searches for them in 32-bit floating point (round_numbers.rs); these are its results.
 */
const INSTANCES: Record<PoseidonMode, { width: number; fullRounds: number; partialRounds: number }> = {
  wide: { width: 25, fullRounds: 8, partialRounds: 59 },
  narrow: { width: 6, fullRounds: 8, partialRounds: 56 },
};

const generated: WeakMap<
  PrimeField,
  Partial<Record<PoseidonMode, PoseidonConstants>>
> = /* @__PURE__ */ new WeakMap();

/** The constants for rate 24. The first call for a field generates them (tens of milliseconds). */
export function wideConstants(F: PrimeField): PoseidonConstants {
  return poseidonConstants(F, 'wide');
}

/** The constants for rate 5. The first call for a field generates them. */
export function narrowConstants(F: PrimeField): PoseidonConstants {
  return poseidonConstants(F, 'narrow');
}

/** The constants of either instance; the same object on every call for the same field object. */
export function poseidonConstants(F: PrimeField, mode: PoseidonMode): PoseidonConstants {
  let ofField = generated.get(F);
  if (ofField === undefined) generated.set(F, (ofField = {}));
  return (ofField[mode] ??= generate(F, mode));
}

function generate(F: PrimeField, mode: PoseidonMode): PoseidonConstants {
  const { width, fullRounds, partialRounds } = INSTANCES[mode];
  const mds = mdsMatrices(F, cauchyMatrix(F, width));
  const keys = grainConstants(F, width, fullRounds, partialRounds);
  return {
    field: F,
    width,
    fullRounds,
    partialRounds,
    mds,
    compressedRoundConstants: compressRoundConstants(F, width, fullRounds, partialRounds, keys, mds.mInv),
    ...factorToSparse(F, mds, partialRounds),
  };
}

/** M[i][j] = 1 / (i + (t + j)): a Cauchy matrix, so that every minor is invertible. It is symmetric. */
function cauchyMatrix(F: PrimeField, t: number): bigint[][] {
  const inverses = F.invBatch(Array.from({ length: 2 * t - 1 }, (_, k) => BigInt(t + k)));
  return Array.from({ length: t }, (_, i) => inverses.slice(i, i + t));
}

function mdsMatrices(F: PrimeField, m: bigint[][]): MdsMatrices {
  const mHat = firstMinor(m);
  const mHatInv = invert(F, mHat);
  const w = m.slice(1).map((row) => row[0]);
  const wHat = matrixVector(F, mHatInv, w);
  return {
    m,
    mInv: invert(F, m),
    mHat,
    mHatInv,
    mPrime: bordered(
      1n,
      w.map(() => 0n),
      w.map(() => 0n),
      mHat,
    ),
    mDoublePrime: bordered(m[0][0], m[0].slice(1), wHat, identity(w.length)),
  };
}

/** The matrix with the given corner, rest of the first row, rest of the first column, and inner part. */
function bordered(
  corner: bigint,
  row: readonly bigint[],
  column: readonly bigint[],
  inner: Matrix,
): bigint[][] {
  return [[corner, ...row], ...inner.map((innerRow, i) => [column[i], ...innerRow])];
}

/**
 * Moves the additions of round constants behind the S-boxes, through the inverse of M, so that a partial round adds
 * one constant only: the other components of its key pass the identity part of the S-box layer and join the key of the
 * round before.
 *
 * @param keys the plain round constants, `width` for each round
 */
function compressRoundConstants(
  F: PrimeField,
  width: number,
  fullRounds: number,
  partialRounds: number,
  keys: readonly bigint[],
  mInv: Matrix,
): bigint[] {
  const half = fullRounds / 2;
  const key = (round: number) => keys.slice(round * width, (round + 1) * width);
  const behindSbox = (round: number) => matrixVector(F, mInv, key(round));

  // backwards from the first full round after the partial ones
  let pending = key(half + partialRounds);
  const partialKeys: bigint[] = [];
  for (let round = half + partialRounds - 1; round >= half; round--) {
    const [first, ...rest] = matrixVector(F, mInv, pending);
    partialKeys.push(first);
    pending = key(round).map((k, i) => (i === 0 ? k : F.add(k, rest[i - 1])));
  }

  const out = key(0);
  for (let round = 1; round < half; round++) out.push(...behindSbox(round));
  out.push(...matrixVector(F, mInv, pending), ...partialKeys.reverse());
  for (let round = half + partialRounds + 1; round < fullRounds + partialRounds; round++) {
    out.push(...behindSbox(round));
  }
  return out;
}

/**
 * Factors M, for each partial round from the last to the first, into a dense M' and a sparse M'', and hands M' on to
 * the round before. nova-snark does so by steps: M_0 = M, M_k = M'_k M''_k, M_(k+1) = M M'_k. With v, w the rest of the
 * first row and column of M and H its minor (`mHat`), induction on k gives
 *
 *     M_k = [ m00  v H^k     ]        M''_k = [ m00             v H^k ]
 *           [ w    H^(k + 1) ]                [ H^-(k + 1) w    1     ]
 *
 * so that each M''_k takes two products of a matrix with a vector and no inversion.
 */
function factorToSparse(
  F: PrimeField,
  mds: MdsMatrices,
  rounds: number,
): Pick<PoseidonConstants, 'preSparseMatrix' | 'sparseMatrices'> {
  const [[m00, ...firstRow], ...lower] = mds.m;
  const w = lower.map((row) => row[0]);
  const sparseMatrices: SparseFactor[] = [];
  let v = firstRow;
  let wHat = w;
  for (let k = 0; k < rounds; k++) {
    wHat = matrixVector(F, mds.mHatInv, wHat);
    sparseMatrices.push({ wHat: [m00, ...wHat], vRest: v });
    v = vectorMatrix(F, v, mds.mHat);
  }
  return {
    preSparseMatrix: bordered(m00, v, w, matrixPower(F, mds.mHat, rounds + 1)),
    sparseMatrices: sparseMatrices.reverse(),
  };
}

function matrixPower(F: PrimeField, M: Matrix, e: number): bigint[][] {
  let result = identity(M.length);
  for (const bit of e.toString(2)) {
    result = matrixMatrix(F, result, result);
    if (bit === '1') result = matrixMatrix(F, result, M);
  }
  return result;
}
