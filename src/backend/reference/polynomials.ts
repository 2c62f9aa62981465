import type { PrimeField } from '../../field/field.ts';
import type { SparseMatrix } from '../../field/sparse.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Table } from '../ledger.ts';
import { checkPositions } from '../operands.ts';
import {
  combineOperands,
  copyRangeOperands,
  foldHalvesOperands,
  gatherOperands,
  prefixOperands,
  tensorOperands,
  transposedOperands,
} from '../polynomial-operands.ts';
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
    const { view, data } = prefixOperands(this.#recorder, v, length);
    return this.#recorder.vecs.addView(view, v, { ...data, length, partial: true });
  }

  indices(positions: Uint32Array, bound: number): Indices {
    this.#recorder.checkOpen();
    checkPositions(positions, bound);
    const { length, byteLength } = positions;
    return this.#indices.add({ length, bound } as Indices, byteLength, positions.slice());
  }

  copyRange(out: Vec, to: number, a: Vec, from: number, count: number): void {
    const { o, x } = copyRangeOperands(this.#recorder, out, to, a, from, count);
    const work = sweep(count, (i) => {
      o.elements[to + i] = x.elements[from + i];
    });
    this.#write(work, [x], { ...o, partial: true });
  }

  combine(out: Vec, terms: readonly ScaledVec[], constant: bigint = 0n): void {
    const F = out.field;
    const { o, inputs } = combineOperands(this.#recorder, out, terms, constant);
    const work = sweep(out.length, (i) => {
      let sum = constant;
      for (const { c, data, length } of inputs) if (i < length) sum += c * data.elements[i];
      o.elements[i] = sum % F.p;
    });
    const reads = inputs.map(({ data }) => data);
    this.#write(work, reads, o);
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
    const { o, x, positions } = gatherOperands(this.#recorder, this.#indices, out, table, indices);
    const work = sweep(out.length, (i) => {
      o.elements[i] = x.elements[positions[i]];
    });
    this.#write(work, [x], o);
  }

  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
    const o = tensorOperands(this.#recorder, out, pairs);
    this.#write(tensor(out.field, o.elements, structuredClone(pairs)), [], o);
  }

  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void {
    const F = out.field;
    const { o, x, half } = foldHalvesOperands(this.#recorder, out, v, c0, c1);
    const work = sweep(half, (i) => {
      o.elements[i] = (c0 * x.elements[i] + c1 * x.elements[half + i]) % F.p;
    });
    this.#write(work, [x], o);
  }

  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void {
    const { o, rows, matrices, factors } = transposedOperands(this.#recorder, this.#matrices, out, M, x, c);
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
