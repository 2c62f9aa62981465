/** The encoding of a Pedersen commitment key, as nova-snark's src/provider/pedersen.rs. */
import { POINT_BYTES, type Curve } from '../curve/curve.ts';
import { ByteWriter } from '../wire/writer.ts';

/** Points encoded between two looks at the clock. */
const POINTS_PER_SECTION = 4096;

/**
 * The generators, then h, a section every few thousand points.
 *
 * @param points h, then the generators, 64 bytes each, as an engine's `saveBases` returns them
 */
export function* encodePedersenKey(curve: Curve, points: Uint8Array): Generator<Uint8Array> {
  const h = points.subarray(0, POINT_BYTES);
  const generators = points.subarray(POINT_BYTES);
  yield new ByteWriter().u64(generators.length / POINT_BYTES).finish();
  const section = POINTS_PER_SECTION * POINT_BYTES;
  for (let i = 0; i < generators.length; i += section) {
    yield curve.compressXY(generators.subarray(i, i + section));
  }
  yield curve.compressXY(h);
}
