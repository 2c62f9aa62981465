import { NovaError } from '../../errors.ts';
import { type Curve, POINT_BYTES } from '../../curve/curve.ts';
import type { Points } from './msm.ts';
import type { Work } from './queue.ts';

/** Points that are checked, or written, in one piece of work. */
const CHECKED = 1024;

/**
 * The points of a commitment key, h and then the generators. None is the identity, which has no raw form.
 *
 * @throws {@link NovaError} `InvalidCommitmentKey` if one is not a point of the curve, or the length is not a number of points
 */
export function* decodeBases(curve: Curve, bytes: Uint8Array): Work<Points> {
  const n = bytes.length / POINT_BYTES;
  if (n < 1 || !Number.isInteger(n)) {
    throw new NovaError(
      'InvalidCommitmentKey',
      `a commitment key is one point or more of ${POINT_BYTES} bytes each, not ${bytes.length} bytes`,
    );
  }
  const points: { x: bigint[]; y: bigint[] } = { x: [], y: [] };
  for (let i = 0; i < n; i++) {
    try {
      const { x, y } = curve.fromXY(bytes.subarray(POINT_BYTES * i, POINT_BYTES * (i + 1)));
      points.x.push(x);
      points.y.push(y);
    } catch (cause) {
      throw new NovaError('InvalidCommitmentKey', `generator ${i} is not a point of ${curve.name}`, {
        cause,
      });
    }
    if (i % CHECKED === CHECKED - 1) yield i / n;
  }
  return points;
}

/** The points as {@link decodeBases} takes them. */
export function* encodeBases(curve: Curve, { x, y }: Points): Work<Uint8Array> {
  const bytes = new Uint8Array(POINT_BYTES * x.length);
  for (let i = 0; i < x.length; i++) {
    bytes.set(curve.toXY({ x: x[i], y: y[i], infinity: false }), POINT_BYTES * i);
    if (i % CHECKED === CHECKED - 1) yield i / x.length;
  }
  return bytes;
}
