import type { PrimeField } from '../../field/field.ts';
import type { SparseMatrix } from '../../field/sparse.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Table } from '../ledger.ts';
import {
  checkAtMost,
  checkDistinct,
  checkPairs,
  checkPositions,
  checkPrefix,
  checkRanges,
  checkTable,
  halfLength,
} from '../operands.ts';
import type { Indices, PolynomialOperations, ScaledVec } from '../polynomials.ts';
import type { ResidentMatrices } from './products.ts';
import type { Recorder, VecData } from './recorder.ts';
import { PIECE, portion, sweep, type Work } from './work.ts';

/** Tables of polynomials, on BigInts. */
export class Polynomials implements PolynomialOperations {
  readonly #recorder: Recorder;
  readonly #matrices: Table<Matrices, ResidentMatrices>;
  readonly #indices: Table<Indices, Uint32Array>;

  constructor(
    recorder: Recorder,
    matrices: Table<Matrices, ResidentMatrices>,
    indices: Table<Indices, Uint32Array>,
  ) {
    this.#recorder = recorder;
    this.#matrices = matrices;
    this.#indices = indices;
  }

  prefix(v: Vec, length: number): Vec {
    const data = this.#recorder.vector(v.field, v);
    checkPrefix(v, length);
    const view = { field: v.field, length, label: v.label } as Vec;
    return this.#recorder.vecs.addView(view, v, { ...data, length, partial: true });
  }

  indices(positions: Uint32Array, bound: number): Indices {
    this.#recorder.checkOpen();
    checkPositions(positions, bound);
    const { length, byteLength } = positions;
    return this.#indices.add({ length, bound } as Indices, byteLength, positions.slice());
  }

  copyRange(out: Vec, to: number, a: Vec, from: number, count: number): void {
    const [o, x] = [out, a].map((v) => this.#recorder.vector(out.field, v));
    checkRanges(out, to, a, from, count, o.resident === x.resident);
    const work = sweep(count, (i) => {
      o.elements[to + i] = x.elements[from + i];
    });
    this.#write(work, [x], { ...o, partial: true });
  }

  combine(out: Vec, terms: readonly ScaledVec[], constant: bigint = 0n): void {
    const F = out.field;
    const o = this.#recorder.vector(F, out);
    const inputs = terms.map(({ v }) => this.#recorder.vector(F, v));
    const factors = terms.map(({ c, v }, k) => {
      checkAtMost(v, out.length);
      return F.check(c, `the factor of term ${k}`);
    });
    F.check(constant, 'the constant');
    const work = sweep(out.length, (i) => {
      let sum = constant;
      inputs.forEach(({ elements, length }, k) => {
        if (i < length) sum += factors[k] * elements[i];
      });
      o.elements[i] = sum % F.p;
    });
    this.#write(work, inputs, o);
  }

  multiply(out: Vec, a: Vec, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#recorder.vectors(F, out.length, out, a, b);
    const work = sweep(out.length, (i) => {
      o.elements[i] = F.mul(x.elements[i], y.elements[i]);
    });
    this.#write(work, [x, y], o);
  }

  invert(out: Vec, a: Vec): Pending<number> {
    const F = out.field;
    const [o, x] = this.#recorder.vectors(F, out.length, out, a);
    const work = invert(F, out.length, o.elements, x.elements);
    return this.#recorder.record('polynomials', work, [x], [o], WORD_BYTES);
  }

  ramp(out: Vec): void {
    const o = this.#recorder.vector(out.field, out);
    const work = sweep(out.length, (i) => {
      o.elements[i] = BigInt(i);
    });
    this.#write(work, [], o);
  }

  gather(out: Vec, table: Vec, indices: Indices): void {
    const F = out.field;
    this.#recorder.checkOpen();
    const positions = this.#indices.get(indices);
    const [o] = this.#recorder.vectors(F, indices.length, out);
    const x = this.#recorder.vector(F, table);
    checkTable(table, indices);
    checkDistinct(this.#recorder.vecs, [out], [table]);
    const work = sweep(out.length, (i) => {
      o.elements[i] = x.elements[positions[i]];
    });
    this.#write(work, [x], o);
  }

  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
    const o = this.#recorder.vector(out.field, out);
    checkPairs(out, pairs);
    this.#write(tensor(out.field, o.elements, structuredClone(pairs)), [], o);
  }

  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void {
    const F = out.field;
    const x = this.#recorder.vector(F, v);
    const half = halfLength(v);
    const [o] = this.#recorder.vectors(F, half, out);
    F.check(c0, 'the factor of the lower half');
    F.check(c1, 'the factor of the upper half');
    const work = sweep(half, (i) => {
      o.elements[i] = (c0 * x.elements[i] + c1 * x.elements[half + i]) % F.p;
    });
    this.#write(work, [x], o);
  }

  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void {
    this.#recorder.checkOpen();
    const matrices = this.#matrices.get(M);
    const { field: F, constraints, variables, io } = M.shape;
    const [o] = this.#recorder.vectors(F, variables + 1 + io, out);
    const [rows] = this.#recorder.vectors(F, constraints, x);
    const factors = c.map((factor, k) => F.check(factor, `the factor of matrix ${'ABC'[k]}`));
    checkDistinct(this.#recorder.vecs, [out], [x]);
    this.#write(transposed(out.length, o.elements, matrices, rows.elements, factors), [rows], o);
  }

  #write(work: Work, reads: readonly VecData[], out: VecData): void {
    this.#recorder.record('polynomials', work, reads, [out]);
  }
}

/** out = 1 / a where a is not 0, with an inversion a piece. Returns the first i where a is 0, or -1. */
function* invert(F: PrimeField, n: number, out: bigint[], a: readonly bigint[]): Work<number> {
  let zero = -1;
  for (let from = 0; from < n; from += PIECE) {
    const piece = a.slice(from, Math.min(n, from + PIECE));
    if (zero === -1 && piece.includes(0n)) zero = from + piece.indexOf(0n);
    F.invBatch(piece).forEach((x, i) => (out[from + i] = x));
    yield from / n;
  }
  return zero;
}

/** Doubles the table once for each pair, from the last variable to the first. */
function* tensor(F: PrimeField, out: bigint[], pairs: readonly (readonly [bigint, bigint])[]): Work {
  out[0] = 1n;
  let n = 1;
  for (const [zero, one] of pairs.toReversed()) {
    const [half, share] = [n, n / 2 ** pairs.length];
    yield* portion(
      sweep(half, (i) => {
        out[half + i] = F.mul(out[i], one);
        out[i] = F.mul(out[i], zero);
      }),
      (part) => share * (1 + part),
    );
    n *= 2;
  }
}

/** out = x^T (cA A + cB B + cC C), an entry after the other. */
function* transposed(
  columns: number,
  out: bigint[],
  M: ResidentMatrices,
  x: readonly bigint[],
  factors: readonly bigint[],
): Work {
  const F = M.shape.field;
  const { A, B, C } = M.shape;
  yield* sweep(columns, (i) => {
    out[i] = 0n;
  });
  for (const [k, matrix] of [A, B, C].entries()) {
    const work = addTransposed(F, out, matrix, M, x, factors[k]);
    yield* portion(work, (part) => (k + part) / 3);
  }
}

/** out += factor x^T M. */
function* addTransposed(
  F: PrimeField,
  out: bigint[],
  { rowPtr, columns, coefficients }: SparseMatrix,
  M: ResidentMatrices,
  x: readonly bigint[],
  factor: bigint,
): Work {
  const rows = rowPtr.length - 1;
  let steps = 0;
  for (let row = 0; row < rows; row++) {
    const weight = F.mul(factor, x[row]);
    for (let k = rowPtr[row]; k < rowPtr[row + 1]; k++) {
      out[columns[k]] = F.reduce(out[columns[k]] + weight * M.coefficients[coefficients[k]]);
      if (++steps % PIECE === 0) yield row / rows;
    }
    if (++steps % PIECE === 0) yield row / rows;
  }
}
