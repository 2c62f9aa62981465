/** What the operations of folding work on, once a call was checked: all engines refuse the same calls with the same codes. */
import type { PrimeField } from '../field/field.ts';
import type { Bases, Matrices, Products, Vec } from './backend.ts';
import { checkKeyHolds, checkTail } from './checks.ts';
import type { Table } from './ledger.ts';
import type { OpenEngine } from './open-engine.ts';
import { checkDistinct, type Operand } from './operands.ts';

type Engine<D> = Pick<OpenEngine<D>, 'checkOpen' | 'vecs' | 'vectors'>;

/** What the three products stand for. */
export interface ProductData<D> {
  readonly AZ: D;
  readonly BZ: D;
  readonly CZ: D;
  readonly all: readonly D[];
}

function productData<D>(
  engine: Engine<D>,
  field: PrimeField,
  length: number,
  { AZ, BZ, CZ }: Products,
): ProductData<D> {
  const all = engine.vectors(field, length, AZ, BZ, CZ);
  return { AZ: all[0], BZ: all[1], CZ: all[2], all };
}

/** `Backend.products`; the tail is (u, X). */
export function productsOperands<D extends Operand<object>, MD>(
  engine: Engine<D>,
  table: Table<Matrices, MD>,
  out: Products,
  M: Matrices,
  W: Vec,
  u: bigint,
  X: readonly bigint[],
): { readonly to: ProductData<D>; readonly matrices: MD; readonly w: D; readonly tail: bigint[] } {
  engine.checkOpen();
  const matrices = table.get(M);
  const { field, constraints, variables } = M.shape;
  const to = productData(engine, field, constraints, out);
  const [w] = engine.vectors(field, variables, W);
  const tail = checkTail(M.shape, u, X);
  checkDistinct(engine.vecs, [out.AZ, out.BZ, out.CZ], [W]);
  return { to, matrices, w, tail };
}

/** `Backend.crossTerm` */
export function crossTermOperands<D extends Operand<object>>(
  engine: Engine<D>,
  T: Vec,
  running: Products,
  u1: bigint,
  fresh: Products,
): { readonly t: D; readonly p1: ProductData<D>; readonly p2: ProductData<D> } {
  const { field: F, length } = T;
  const [t] = engine.vectors(F, length, T);
  const p1 = productData(engine, F, length, running);
  const p2 = productData(engine, F, length, fresh);
  checkDistinct(engine.vecs, [T], [...Object.values(running), ...Object.values(fresh)]);
  F.check(u1, 'u');
  return { t, p1, p2 };
}

/** `Backend.firstUnsatisfied` */
export function unsatisfiedOperands<D>(
  engine: Engine<D>,
  products: Products,
  u: bigint,
  E: Vec | undefined,
): { readonly p: ProductData<D>; readonly errors: D | undefined; readonly reads: readonly D[] } {
  const { field: F, length } = products.AZ;
  const p = productData(engine, F, length, products);
  const errors = E === undefined ? [] : engine.vectors(F, length, E);
  F.check(u, 'u');
  return { p, errors: errors[0], reads: [...p.all, ...errors] };
}

/** `Backend.addScaled` */
export function addScaledOperands<D extends Operand<object>>(
  engine: Engine<D>,
  out: Vec,
  a: Vec,
  r: bigint,
  b: Vec,
): { readonly o: D; readonly x: D; readonly y: D } {
  const [o, x, y] = engine.vectors(out.field, out.length, out, a, b);
  checkDistinct(engine.vecs, [out], [a, b]);
  out.field.check(r, 'r');
  return { o, x, y };
}

/** `Backend.copy` */
export function copyOperands<D extends Operand<object>>(
  engine: Engine<D>,
  out: Vec,
  a: Vec,
): { readonly o: D; readonly x: D } {
  const [o, x] = engine.vectors(out.field, out.length, out, a);
  checkDistinct(engine.vecs, [out], [a]);
  return { o, x };
}

/** `Backend.commit` */
export function commitOperands<D, K>(
  engine: Engine<D>,
  table: Table<Bases, K>,
  bases: Bases,
  v: Vec,
  blind: bigint,
): { readonly key: K; readonly data: D } {
  engine.checkOpen();
  const key = table.get(bases);
  const { scalar } = bases.curve;
  const [data] = engine.vectors(scalar, v.length, v);
  checkKeyHolds(bases, v);
  scalar.check(blind, 'the blind');
  return { key, data };
}
