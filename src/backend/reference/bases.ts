import { NovaError } from '../../errors.ts';
import { type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { FIELD_BYTES, readInt, viewOf } from '../../field/field.ts';
import { keyPoints } from '../checks.ts';
import type { Points } from './msm.ts';
import type { Work } from './work.ts';

/** Points that are checked, or written, in one piece of work. */
const CHECKED = 1024;

/**
 * The points of a commitment key, h and then the generators. None is the identity, which has no raw form.
 *
 * @throws {@link NovaError} `InvalidCommitmentKey` if one is not a point of the curve (unless they are trusted), or the length is
 * not a number of points
 */
export function* decodeBases(curve: Curve, bytes: Uint8Array, trusted = false): Work<Points> {
  const n = keyPoints(bytes);
  const points: { x: bigint[]; y: bigint[] } = { x: [], y: [] };
  const view = viewOf(bytes);
  for (let i = 0; i < n; i++) {
    if (i % CHECKED === CHECKED - 1) yield i / n;
    if (trusted) {
      points.x.push(readInt(view, POINT_BYTES * i, FIELD_BYTES));
      points.y.push(readInt(view, POINT_BYTES * i + FIELD_BYTES, FIELD_BYTES));
      continue;
    }
    try {
      const { x, y } = curve.fromXY(bytes.subarray(POINT_BYTES * i, POINT_BYTES * (i + 1)));
      points.x.push(x);
      points.y.push(y);
    } catch (cause) {
      throw new NovaError('InvalidCommitmentKey', `generator ${i} is not a point of ${curve.name}`, {
        cause,
      });
    }
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
