import { type AffinePoint, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { curveByName } from '../../curve/curves.ts';
import { elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import { chooseGeometry, tableBytes } from './geometry.ts';
import type { KernelHost } from './host.ts';
import { combine, msmChunk, type Table } from './msm.ts';
import { buildTable } from './table.ts';

/** A sum of multiples of points that are no commitment key; none is the identity. */
export interface MultiplesJob {
  /** Name of the curve. */
  readonly curve: string;
  readonly terms: readonly Term[];
}

/** Terms from which on buckets pay: below, one chain of doublings of BigInts is as fast. */
const FEW = 14;

/**
 * The sum of k P over the terms: a multi-scalar multiplication in the thread's scratch memory, at the beginning of which the
 * points and scalars lie. A task.
 */
export function sumOfMultiples(host: KernelHost, { curve: name, terms }: MultiplesJob): AffinePoint {
  const curve = curveByName(name);
  if (terms.length < FEW) return curve.sum(terms);
  const bases = terms.length + 1;
  const geometry = chooseGeometry(curve.scalar, terms.length, 1, 0);
  let at = host.scratch.address;
  const take = (bytes: number): number => {
    const start = at;
    at = Math.ceil((at + bytes) / 64) * 64;
    return start;
  };
  const points = take(POINT_BYTES * bases);
  const scalars = take(FIELD_BYTES * terms.length);
  const table: Table = { ...geometry, curve: name, address: take(tableBytes(geometry, bases)), bases };
  const u8 = host.u8;
  // base 0 is that of a blind, which there is none of
  for (const [i, P] of [terms[0][1], ...terms.map((term) => term[1])].entries()) {
    u8.set(curve.toXY(P), points + POINT_BYTES * i);
  }
  u8.set(
    elementsToBytes(
      curve.scalar,
      terms.map(([k]) => k),
    ),
    scalars,
  );
  const rest = withScratch(host, at, host.scratch.address + host.scratch.bytes - at);
  buildTable(rest, { table, points, from: 0, to: bases });
  return combine(curve, [msmChunk(rest, { table, scalars, from: 0, to: terms.length })]);
}

/** The host with a part of its scratch memory. */
function withScratch(host: KernelHost, address: number, bytes: number): KernelHost {
  const { memory, u8, u32 } = host;
  return { memory, u8, u32, scratch: { address, bytes }, kernels: (field) => host.kernels(field) };
}
