import { type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import type { Backend, Bases, Control } from '../backend.ts';
import { checkFold, identityGenerator } from '../checks.ts';
import type { Work } from './work.ts';

/**
 * A commitment key with its generators folded: the point before them, h, then m sums of weights[i] times generator i m + j.
 *
 * @param points h, then the generators, 64 bytes each, as `saveBases` returns them
 * @throws {@link NovaError} `InvalidCommitmentKey` if a sum is the identity
 */
function* foldedPoints(
  curve: Curve,
  points: Uint8Array,
  weights: readonly bigint[],
  m: number,
): Work<Uint8Array> {
  const pointAt = (i: number) => points.subarray(POINT_BYTES * i, POINT_BYTES * (i + 1));
  const folded = new Uint8Array(POINT_BYTES * (m + 1));
  folded.set(pointAt(0));
  for (let j = 0; j < m; j++) {
    const sum = curve.sum(weights.map((weight, i): Term => [weight, curve.fromXY(pointAt(1 + i * m + j))]));
    if (sum.infinity) throw identityGenerator(curve, j);
    folded.set(curve.toXY(sum), POINT_BYTES * (1 + j));
    yield (j + 1) / m;
  }
  return folded;
}

/** `OpeningOperations.foldBases` on the host. @param run does the work, in slices */
export async function foldOnHost(
  keys: Pick<Backend, 'loadBases' | 'saveBases'>,
  bases: Bases,
  weights: readonly bigint[],
  m: number,
  control: Control,
  run: (work: Work<Uint8Array>) => Promise<Uint8Array>,
): Promise<Bases> {
  const points = await keys.saveBases(bases);
  checkFold(bases, weights, m);
  const folded = await run(foldedPoints(bases.curve, points, weights, m));
  return keys.loadBases(bases.curve, folded, { signal: control.signal, trusted: true });
}
