/** What operations on tables of polynomials work on, once a call was checked: see `folding-operands.ts`. */
import type { Matrices, Vec } from './backend.ts';
import type { Table } from './ledger.ts';
import type { OpenEngine } from './open-engine.ts';
import {
  checkAtMost,
  checkDistinct,
  checkPairs,
  checkPrefix,
  checkRanges,
  checkTable,
  halfLength,
  type Operand,
} from './operands.ts';
import type { Indices, ScaledVec } from './polynomials.ts';

type Engine<D> = Pick<OpenEngine<D>, 'checkOpen' | 'vecs' | 'vector' | 'vectors'>;

/** `PolynomialOperations.prefix`: the view's handle, and what the vector stands for. */
export function prefixOperands<D>(
  engine: Engine<D>,
  v: Vec,
  length: number,
): { readonly view: Vec; readonly data: D } {
  const data = engine.vector(v.field, v);
  checkPrefix(v, length);
  return { view: { field: v.field, length, label: v.label } as Vec, data };
}

/** `PolynomialOperations.copyRange`; `shared` says whether both vectors have the same data. */
export function copyRangeOperands<D extends Operand<object>>(
  engine: Engine<D>,
  out: Vec,
  to: number,
  a: Vec,
  from: number,
  count: number,
): { readonly o: D; readonly x: D; readonly shared: boolean } {
  const [o, x] = [out, a].map((v) => engine.vector(out.field, v));
  const shared = o.resident === x.resident;
  checkRanges(out, to, a, from, count, shared);
  return { o, x, shared };
}

/** A term of `PolynomialOperations.combine`. */
export interface TermData<D> {
  readonly c: bigint;
  readonly data: D;
  readonly length: number;
}

/** `PolynomialOperations.combine` */
export function combineOperands<D>(
  engine: Engine<D>,
  out: Vec,
  terms: readonly ScaledVec[],
  constant: bigint,
): { readonly o: D; readonly inputs: readonly TermData<D>[] } {
  const F = out.field;
  const o = engine.vector(F, out);
  const inputs = terms.map(({ c, v }, k) => {
    const data = engine.vector(F, v);
    checkAtMost(v, out.length);
    return { c: F.check(c, `the factor of term ${k}`), data, length: v.length };
  });
  F.check(constant, 'the constant');
  return { o, inputs };
}

/** `PolynomialOperations.gather` */
export function gatherOperands<D extends Operand<object>, I>(
  engine: Engine<D>,
  indicesTable: Table<Indices, I>,
  out: Vec,
  table: Vec,
  indices: Indices,
): { readonly o: D; readonly x: D; readonly positions: I } {
  engine.checkOpen();
  const positions = indicesTable.get(indices);
  const [o] = engine.vectors(out.field, indices.length, out);
  const x = engine.vector(out.field, table);
  checkTable(table, indices);
  checkDistinct(engine.vecs, [out], [table]);
  return { o, x, positions };
}

/** `PolynomialOperations.tensor` */
export function tensorOperands<D>(
  engine: Engine<D>,
  out: Vec,
  pairs: readonly (readonly [bigint, bigint])[],
): D {
  const o = engine.vector(out.field, out);
  checkPairs(out, pairs);
  return o;
}

/** `PolynomialOperations.foldHalves` */
export function foldHalvesOperands<D>(
  engine: Engine<D>,
  out: Vec,
  v: Vec,
  c0: bigint,
  c1: bigint,
): { readonly o: D; readonly x: D; readonly half: number } {
  const F = out.field;
  const x = engine.vector(F, v);
  const half = halfLength(v);
  const [o] = engine.vectors(F, half, out);
  F.check(c0, 'the factor of the lower half');
  F.check(c1, 'the factor of the upper half');
  return { o, x, half };
}

/** `PolynomialOperations.transposed` */
export function transposedOperands<D extends Operand<object>, MD>(
  engine: Engine<D>,
  table: Table<Matrices, MD>,
  out: Vec,
  M: Matrices,
  x: Vec,
  c: readonly [cA: bigint, cB: bigint, cC: bigint],
): { readonly o: D; readonly rows: D; readonly matrices: MD; readonly factors: readonly bigint[] } {
  engine.checkOpen();
  const matrices = table.get(M);
  const { field: F, constraints, variables, io } = M.shape;
  const [o] = engine.vectors(F, variables + 1 + io, out);
  const [rows] = engine.vectors(F, constraints, x);
  const factors = c.map((factor, k) => F.check(factor, `the factor of matrix ${'ABC'[k]}`));
  checkDistinct(engine.vecs, [out], [x]);
  return { o, rows, matrices, factors };
}
