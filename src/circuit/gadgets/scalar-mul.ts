/** Multiplication of a point by a scalar given as bits. */
import { NovaError } from '../../errors.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import type { Num } from '../linear-combination.ts';
import type { Bit } from './bits.ts';
import { addPoints, identityPoint, negate, selectPoint, type AllocatedPoint } from './point.ts';
import { select } from './select.ts';

/** A point that is not the identity, in an honest run. */
interface FinitePoint {
  readonly x: Num;
  readonly y: Num;
}

/**
 * k P for k = sum of 2^i bits_i, by double-and-add from the lowest bit with incomplete additions, as nova-snark does.
 *
 * Bit 0 is taken for one first (the accumulator starts at P) and the surplus P is subtracted at the end. The doubled
 * point and the accumulator cannot meet for fewer bits than the field has less two: 2^i P against a smaller multiple.
 * For P = O the walk goes over bogus values (every slope has a default) and the result is replaced by O.
 *
 * @throws {@link NovaError} `SynthesisError` for more bits than incomplete additions are sound for
 */
export function scalarMul(cs: ConstraintSystem, P: AllocatedPoint, bits: readonly Bit[]): AllocatedPoint {
  if (bits.length === 0 || bits.length > cs.field.bits - 2) {
    throw new NovaError(
      'SynthesisError',
      `scalarMul takes 1 to ${cs.field.bits - 2} bits, not ${bits.length}`,
    );
  }
  let acc: FinitePoint = P;
  let p = doubleIncomplete(cs.ns('double'), P);
  for (let i = 1; i < bits.length; i++) {
    const sum = addIncomplete(cs.ns(`add ${i}`), acc, p);
    const chosen = cs.ns(`select ${i}`);
    acc = { x: select(chosen, 'x', bits[i], sum.x, acc.x), y: select(chosen, 'y', bits[i], sum.y, acc.y) };
    p = doubleIncomplete(cs.ns(`double ${i}`), p); // after the last bit too: the digest depends on it
  }

  const withP: AllocatedPoint = { ...acc, infinity: P.infinity };
  const minusP = negate(cs.ns('-P'), P);
  const withoutP = addPoints(cs.ns('acc - P'), withP, minusP);
  const result = selectPoint(cs.ns('bit 0'), bits[0], withP, withoutP);

  const O = identityPoint(cs.ns('O'));
  const x = select(cs, 'P = O ? 0 : x', P.infinity, O.x, result.x);
  const y = select(cs, 'P = O ? 0 : y', P.infinity, O.y, result.y);
  return { x, y, infinity: result.infinity };
}

/** P + Q for P.x != Q.x; a slope of 1 stands in where an honest run has P.x = Q.x. */
function addIncomplete(cs: ConstraintSystem, P: FinitePoint, Q: FinitePoint): FinitePoint {
  const { values: v } = cs;
  const lambda = cs.alloc('lambda', v.div(v.sub(Q.y, P.y), v.sub(Q.x, P.x), cs.one));
  cs.enforce('lambda dx = dy', lambda, cs.lc(Q.x).sub(P.x), cs.lc(Q.y).sub(P.y));
  const x = cs.alloc('x', v.sub(v.sub(v.mul(lambda, lambda), P.x), Q.x));
  cs.enforce('lambda^2 = x + P.x + Q.x', lambda, lambda, cs.lc(x).add(P.x).add(Q.x));
  const y = cs.alloc('y', v.sub(v.mul(lambda, v.sub(P.x, x)), P.y));
  cs.enforce('lambda (P.x - x) = y + P.y', lambda, cs.lc(P.x).sub(x), cs.lc(y).add(P.y));
  return { x, y };
}

/** 2P for P.y != 0; a slope of 1 stands in where it is zero. */
function doubleIncomplete(cs: ConstraintSystem, P: FinitePoint): FinitePoint {
  const { values: v } = cs;
  const x2 = cs.square('x^2', P.x);
  const lambda = cs.alloc('lambda', v.div(v.mul(v.constant(3n), x2), v.add(P.y, P.y), cs.one));
  cs.enforce('lambda 2y = 3x^2', lambda, cs.lc().add(P.y, 2n), cs.lc().add(x2, 3n));
  const x = cs.alloc('x', v.sub(v.sub(v.mul(lambda, lambda), P.x), P.x));
  cs.enforce('lambda^2 = x + 2 P.x', lambda, lambda, cs.lc(x).add(P.x, 2n));
  const y = cs.alloc('y', v.sub(v.mul(lambda, v.sub(P.x, x)), P.y));
  cs.enforce('lambda (P.x - x) = y + P.y', lambda, cs.lc(P.x).sub(x), cs.lc(y).add(P.y));
  return { x, y };
}
