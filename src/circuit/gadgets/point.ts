/**
 * Points of a curve whose coordinates are elements of the circuit's field. The identity is (0, 0) with flag 1, but
 * (x, y) is arbitrary wherever the flag is 1, and every gadget must cope with that (nova-snark #496).
 * Follows nova-snark's `gadgets/ecc.rs`: the order of allocations decides the digest of the public parameters.
 */
import type { Curve } from '../../curve/curve.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import type { Num } from '../linear-combination.ts';
import type { Operand } from '../witness-builder.ts';
import { isEqual, type Bit } from './bits.ts';
import {
  allocZero,
  select,
  selectOneOr,
  selectOneOrDifference,
  selectOrOne,
  selectOrZero,
  selectZeroOr,
} from './select.ts';

/** A point in the circuit; curves here have a = 0. */
export interface AllocatedPoint {
  readonly x: Num;
  readonly y: Num;
  /** 1 for the identity. */
  readonly infinity: Bit;
}

/** Values of a point: x, y, and 1 for the identity. */
export type PointValues = readonly [x: Operand, y: Operand, infinity: Operand];

/** A new point; only its flag is constrained. */
export function allocPoint(cs: ConstraintSystem, [px, py, pInfinity]: PointValues): AllocatedPoint {
  const x = cs.alloc('x', px);
  const y = cs.alloc('y', py);
  const infinity = cs.alloc('infinity', pInfinity);
  cs.enforce('infinity is a bit', infinity, cs.lc(cs.one).sub(infinity));
  return { x, y, infinity };
}

/** The identity, in its one canonical form. */
export function identityPoint(cs: ConstraintSystem): AllocatedPoint {
  const zero = allocZero(cs, 'zero');
  return { x: zero, y: zero, infinity: cs.one };
}

/** y^2 = x^3 + b unless the point is the identity. */
export function checkOnCurve(cs: ConstraintSystem, curve: Curve, P: AllocatedPoint): void {
  const { values: v } = cs;
  const y2 = cs.square('y2', P.y);
  const x2 = cs.square('x2', P.x);
  const x3 = cs.mul('x3', P.x, x2);
  const finite = () => cs.lc(cs.one).sub(P.infinity);
  const rhs = cs.alloc('rhs', v.select(P.infinity, v.constant(0n), v.add(x3, v.constant(curve.b))));
  cs.enforce('rhs = (1 - infinity)(x^3 + b)', cs.lc(x3).add(cs.one, curve.b), finite(), rhs);
  cs.enforce('y^2 (1 - infinity) = rhs', y2, finite(), rhs);
}

/** -P */
export function negate(cs: ConstraintSystem, P: AllocatedPoint): AllocatedPoint {
  const y = cs.alloc('y', cs.values.sub(cs.values.constant(0n), P.y));
  cs.enforce('y = -P.y', P.y, cs.one, cs.lc().sub(y));
  return { x: P.x, y, infinity: P.infinity };
}

/** condition ? P : Q */
export function selectPoint(
  cs: ConstraintSystem,
  condition: Bit,
  P: AllocatedPoint,
  Q: AllocatedPoint,
): AllocatedPoint {
  const x = select(cs, 'x', condition, P.x, Q.x);
  const y = select(cs, 'y', condition, P.y, Q.y);
  const infinity = select(cs, 'infinity', condition, P.infinity, Q.infinity);
  return { x, y, infinity };
}

/** condition ? P : identity */
function selectPointOrIdentity(cs: ConstraintSystem, condition: Bit, P: AllocatedPoint): AllocatedPoint {
  const x = selectOrZero(cs, 'x', condition, P.x);
  const y = selectOrZero(cs, 'y', condition, P.y);
  const infinity = selectOrOne(cs, 'infinity', condition, P.infinity);
  return { x, y, infinity };
}

/**
 * P + Q for any two points. The chord law (which also handles identities) serves unless x agrees and neither is the
 * identity; then it is the tangent law where y agrees too, and the identity where it does not.
 */
export function addPoints(cs: ConstraintSystem, P: AllocatedPoint, Q: AllocatedPoint): AllocatedPoint {
  const { values: v } = cs;
  const equalX = isEqual(cs.ns('equal x'), P.x, Q.x);
  const equalY = isEqual(cs.ns('equal y'), P.y, Q.y);
  const { sum, anyInfinity } = addByChord(cs.ns('chord'), P, Q, equalX);
  const doubled = doublePoint(cs.ns('double'), P);
  const ifEqualX = selectPointOrIdentity(cs.ns('equal y ? 2P : O'), equalY, doubled);
  const useEqualX = cs.alloc('use equal x', v.mul(equalX, v.sub(cs.one, anyInfinity)));
  cs.enforce('equal x and both finite', equalX, cs.lc(cs.one).sub(anyInfinity), useEqualX);
  return selectPoint(cs.ns('result'), useEqualX, ifEqualX, sum);
}

/** P + Q where x differs or one is the identity; the slope is bogus but constrained elsewhere. */
function addByChord(
  cs: ConstraintSystem,
  P: AllocatedPoint,
  Q: AllocatedPoint,
  equalX: Bit,
): { sum: AllocatedPoint; anyInfinity: Num } {
  const { values: v } = cs;
  const not = (a: Operand) => v.sub(cs.one, a);
  const anyInfinity = cs.alloc('any infinity', not(v.mul(not(P.infinity), not(Q.infinity))));
  cs.enforce(
    '1 - any infinity = (1 - P.infinity)(1 - Q.infinity)',
    cs.lc(cs.one).sub(P.infinity),
    cs.lc(cs.one).sub(Q.infinity),
    cs.lc(cs.one).sub(anyInfinity),
  );
  const degenerate = cs.alloc('degenerate', v.select(equalX, cs.one, anyInfinity));
  cs.enforce(
    '1 - degenerate = (1 - any infinity)(1 - equal x)',
    cs.lc(cs.one).sub(anyInfinity),
    cs.lc(cs.one).sub(equalX),
    cs.lc(cs.one).sub(degenerate),
  );
  const dx = selectOneOrDifference(cs, 'dx', degenerate, Q.x, P.x);

  const lambda = cs.alloc('lambda', v.div(v.sub(Q.y, P.y), dx, cs.one));
  cs.enforce('lambda dx = dy', lambda, dx, cs.lc(Q.y).sub(P.y));
  const x = cs.alloc('x', v.sub(v.sub(v.mul(lambda, lambda), P.x), Q.x));
  cs.enforce('lambda^2 = x + P.x + Q.x', lambda, lambda, cs.lc(x).add(P.x).add(Q.x));
  const y = cs.alloc('y', v.sub(v.mul(lambda, v.sub(P.x, x)), P.y));
  cs.enforce('lambda (P.x - x) = y + P.y', lambda, cs.lc(P.x).sub(x), cs.lc(y).add(P.y));

  const x1 = select(cs, 'Q = O ? P.x : x', Q.infinity, P.x, x);
  const x2 = select(cs, 'P = O ? Q.x : x1', P.infinity, Q.x, x1);
  const y1 = select(cs, 'Q = O ? P.y : y', Q.infinity, P.y, y);
  const y2 = select(cs, 'P = O ? Q.y : y1', P.infinity, Q.y, y1);
  const infinity1 = selectOrZero(cs, 'Q = O ? P.infinity : 0', Q.infinity, P.infinity);
  const infinity = select(cs, 'P = O ? Q.infinity : infinity1', P.infinity, Q.infinity, infinity1);
  return { sum: { x: x2, y: y2, infinity }, anyInfinity };
}

/** 2P; the identity gives (0, 0) with its flag. */
export function doublePoint(cs: ConstraintSystem, P: AllocatedPoint): AllocatedPoint {
  const { values: v } = cs;
  const twoY = cs.alloc('2y', v.add(P.y, P.y));
  cs.enforce('2y', cs.lc().add(cs.one, 2n), P.y, twoY);
  const denominator = selectOneOr(cs, 'denominator', P.infinity, twoY);
  const threeX2 = cs.alloc('3x^2', v.mul(v.mul(v.constant(3n), P.x), P.x));
  cs.enforce('3x^2', cs.lc().add(P.x, 3n), P.x, threeX2);

  const lambda = cs.alloc('lambda', v.div(threeX2, denominator, cs.one));
  cs.enforce('lambda 2y = 3x^2', denominator, lambda, threeX2);
  const x = cs.alloc('x', v.sub(v.sub(v.mul(lambda, lambda), P.x), P.x));
  cs.enforce('lambda^2 = x + 2 P.x', lambda, lambda, cs.lc(x).add(P.x, 2n));
  const y = cs.alloc('y', v.sub(v.mul(lambda, v.sub(P.x, x)), P.y));
  cs.enforce('lambda (P.x - x) = y + P.y', lambda, cs.lc(P.x).sub(x), cs.lc(y).add(P.y));

  const finalX = selectZeroOr(cs, 'final x', P.infinity, x);
  const finalY = selectZeroOr(cs, 'final y', P.infinity, y);
  return { x: finalX, y: finalY, infinity: P.infinity };
}
