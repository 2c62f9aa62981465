import { FIELD_BYTES } from '../../field/field.ts';
import type { BufferSlice } from './bind-groups.ts';
import type { GpuLimits } from './device.ts';

/** Elements `from .. to` of a vector: as many as a binding holds, or fewer. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A vector in a buffer of its own, from the start; kernels may not read and write parts of the same buffer. */
export interface DeviceVector {
  readonly buffer: GPUBuffer;
  /** Elements. */
  readonly length: number;
}

/** The limits that decide where vectors are cut. */
export type BindingLimits = Pick<
  GpuLimits,
  'maxStorageBufferBindingSize' | 'minStorageBufferOffsetAlignment'
> &
  Partial<Pick<GpuLimits, 'maxDispatchMultiplications'>>;

/**
 * Cuts a vector into windows that start where a binding may start. None is empty, so an empty vector has none.
 *
 * @param cost field multiplications for an element, if they are to bound a window too
 * @param unit elements that stay together: windows begin at multiples of it, and have at least as many but for the last
 */
export function windows(length: number, limits: BindingLimits, cost = 0, unit = 1): Window[] {
  const {
    maxStorageBufferBindingSize,
    minStorageBufferOffsetAlignment,
    maxDispatchMultiplications = Infinity,
  } = limits;
  const aligned = unit * alignment({ minStorageBufferOffsetAlignment });
  const bound = maxStorageBufferBindingSize / FIELD_BYTES;
  const elements = cost === 0 ? bound : Math.min(bound, maxDispatchMultiplications / cost);
  const most = Math.max(aligned, Math.floor(elements / aligned) * aligned);
  const out: Window[] = [];
  for (let from = 0; from < length; from += most) out.push({ from, to: Math.min(length, from + most) });
  return out;
}

/** Elements between places where a binding may start. */
export function alignment({
  minStorageBufferOffsetAlignment,
}: Pick<BindingLimits, 'minStorageBufferOffsetAlignment'>): number {
  return Math.max(1, minStorageBufferOffsetAlignment / FIELD_BYTES);
}

/** The part of a vector's buffer that a window is. */
export function windowOf({ buffer }: DeviceVector, { from, to }: Window): BufferSlice {
  return { buffer, offset: FIELD_BYTES * from, size: FIELD_BYTES * (to - from) };
}

/**
 * The part of a vector's upper half that a window of its halves is, and where in the slice it begins: a binding starts where the
 * device allows. `half` is a power of two, so that only windows of less than an alignment begin elsewhere.
 */
export function upperWindowOf(
  v: DeviceVector,
  half: number,
  { from, to }: Window,
  limits: BindingLimits,
): { readonly slice: BufferSlice; readonly first: number } {
  const first = (half + from) % alignment(limits);
  return { slice: windowOf(v, { from: half + from - first, to: half + to }), first };
}
