/** What the openings of commitments work on, once a call was checked: see `folding-operands.ts`. */
import type { Vec } from './backend.ts';
import type { OpenEngine } from './open-engine.ts';
import { checkDistinct, checkDivides, checkSpread, halfLength, type Operand } from './operands.ts';

type Engine<D> = Pick<OpenEngine<D>, 'vecs' | 'vector' | 'vectors'>;

/** `OpeningOperations.spreadHalves` */
export function spreadOperands<D extends Operand<object>>(
  engine: Engine<D>,
  L: Vec,
  R: Vec,
  w: Vec,
  a: Vec,
): { readonly left: D; readonly right: D; readonly weights: D; readonly x: D; readonly half: number } {
  const F = a.field;
  const [weights, x] = [w, a].map((v) => engine.vector(F, v));
  const [left, right] = engine.vectors(F, L.length, L, R);
  const half = halfLength(a);
  checkSpread(L, w, a);
  checkDistinct(engine.vecs, [L, R], [w, a]);
  return { left, right, weights, x, half };
}

/** `OpeningOperations.foldPairs` */
export function foldPairsOperands<D extends Operand<object>>(
  engine: Engine<D>,
  out: Vec,
  a: Vec,
  challenge: bigint,
): { readonly o: D; readonly x: D; readonly half: number } {
  const F = a.field;
  const x = engine.vector(F, a);
  const half = halfLength(a);
  const [o] = engine.vectors(F, half, out);
  checkDistinct(engine.vecs, [out], [a]);
  F.check(challenge, 'the challenge');
  return { o, x, half };
}

/** `OpeningOperations.evaluate` */
export function evaluateOperands<D>(engine: Engine<D>, a: Vec, u: bigint): D {
  const x = engine.vector(a.field, a);
  a.field.check(u, 'the point');
  return x;
}

/** `OpeningOperations.quotient` and `quotientBinomial`: division by X^m - u. */
export function quotientOperands<D extends Operand<object>>(
  engine: Engine<D>,
  out: Vec,
  a: Vec,
  m: number,
  u: bigint,
): { readonly o: D; readonly x: D } {
  const [o, x] = engine.vectors(a.field, a.length, out, a);
  checkDistinct(engine.vecs, [out], [a]);
  checkDivides(m, a);
  a.field.check(u, 'the constant of the divisor');
  return { o, x };
}
