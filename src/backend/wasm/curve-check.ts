import { curveByName } from '../../curve/curves.ts';
import type { KernelHost } from './host.ts';

/** What {@link checkPoints} is to check. */
export interface PointRange {
  /** Name of the curve. */
  readonly curve: string;
  /** Address of the first point: x, then y, as any bytes. */
  readonly points: number;
  readonly count: number;
}

/** The first point that is not on the curve or whose coordinates are not canonical, or -1. A task. */
export function checkPoints(host: KernelHost, { curve: name, points, count }: PointRange): number {
  const { base, b } = curveByName(name);
  const { firstNonCanonical, firstOffCurve } = host.kernels(base.name);
  const element = firstNonCanonical(points, 2 * count);
  const constant = host.scratch.address;
  host.u8.set(base.toBytes(b), constant);
  const onCurve = firstOffCurve(points, count, constant);
  const canonical = element === -1 ? count : Math.floor(element / 2);
  const good = Math.min(onCurve, canonical);
  return good === count ? -1 : good;
}
