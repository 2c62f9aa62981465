/** What the rounds of sum-checks work on, once a call was checked: see `folding-operands.ts`. */
import type { Vec } from './backend.ts';
import type { OpenEngine } from './open-engine.ts';
import { halfLength } from './operands.ts';

type Engine<D> = Pick<OpenEngine<D>, 'vector' | 'vectors'>;

/** Tables, and the length of what is summed over. */
export interface RoundOperands<D> {
  readonly tables: readonly D[];
  readonly n: number;
}

/** `SumcheckOperations.inner` */
export function innerOperands<D>(engine: Engine<D>, a: Vec, b: Vec): RoundOperands<D> {
  const tables = [a, b].map((v) => engine.vector(a.field, v));
  return { tables, n: Math.min(a.length, b.length) };
}

/** Rounds of tables whose halves are summed over. */
export function roundOperands<D>(engine: Engine<D>, P: Vec, ...others: Vec[]): RoundOperands<D> {
  const tables = engine.vectors(P.field, P.length, P, ...others);
  return { tables, n: halfLength(P) };
}

/** `SumcheckOperations.roundEq`; the first table is that of eq. */
export function roundEqOperands<D>(
  engine: Engine<D>,
  eq: Vec,
  A: Vec,
  B: Vec,
  C: Vec | undefined,
): RoundOperands<D> {
  const { tables, n } = roundOperands(engine, A, B, ...(C === undefined ? [] : [C]));
  return { tables: [...engine.vectors(A.field, n, eq), ...tables], n };
}
