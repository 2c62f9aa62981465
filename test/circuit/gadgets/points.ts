import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import type { AllocatedPoint } from '../../../src/circuit/gadgets/point.ts';
import type { Num } from '../../../src/circuit/linear-combination.ts';
import { IDENTITY, type AffinePoint, type Curve } from '../../../src/curve/curve.ts';
import { product, upTo } from '../exhaustive.ts';
import { Gadget, type Output } from '../gadget.ts';

/** A gadget that takes points, each as x, y and the flag of the identity, and then other numbers. */
export function pointGadget(
  curve: Curve,
  points: number,
  build: (
    cs: ConstraintSystem,
    points: AllocatedPoint[],
    others: Num[],
  ) => AllocatedPoint | readonly Output[],
  others = 0,
): Gadget {
  return new Gadget(curve.base, 3 * points + others, (cs, nums) => {
    const allocated = Array.from({ length: points }, (_, i): AllocatedPoint => {
      const [x, y, infinity] = nums.slice(3 * i);
      return { x, y, infinity };
    });
    const result = build(cs, allocated, nums.slice(3 * points));
    return 'x' in result ? [result.x, result.y, result.infinity] : result;
  });
}

/** x, y, and 1 for the identity. */
export function coordinates(...points: AffinePoint[]): bigint[] {
  return points.flatMap((P) => [P.x, P.y, P.infinity ? 1n : 0n]);
}

/** The point that a gadget put out; the identity may have any coordinates. */
export function pointOf([x, y, infinity]: readonly bigint[]): AffinePoint {
  return infinity === 1n ? IDENTITY : { x, y, infinity: infinity !== 0n };
}

/** All points of a small curve, the identity with every pair of coordinates. */
export function allPoints(curve: Curve): AffinePoint[] {
  const { p } = curve.base;
  return product(upTo(p), upTo(p)).flatMap(([x, y]) => {
    const finite = { x, y, infinity: false };
    const identity = { x, y, infinity: true };
    return curve.isOnCurve(finite) ? [finite, identity] : [identity];
  });
}

/** The point without coordinates where it is the identity. */
export function canonical(P: AffinePoint): AffinePoint {
  return P.infinity ? IDENTITY : P;
}
