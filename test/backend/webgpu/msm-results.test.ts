/** What the host makes of points that a device says it has computed: for this no device is needed. */
import { describe, expect, it } from 'vitest';
import { MsmResults } from '../../../src/backend/webgpu/msm/results.ts';
import { bn256, pallas } from '../../../src/curve/curves.ts';
import { FIELD_BYTES, intToBytes } from '../../../src/field/field.ts';

type Projective = readonly [X: bigint, Y: bigint, Z: bigint];

describe.each([pallas, bn256])('points of $name that were read back', (curve) => {
  const F = curve.base;
  const { x, y } = curve.generator;
  const z = 5n;
  const G: Projective = [F.mul(x, z), F.mul(y, z), z];

  /** What follows from a point for each of the two sets of a sum, with digits of 4 bits. */
  const read = (...points: readonly Projective[]) => {
    const bytes = points.flat().flatMap((v) => [...intToBytes(v, FIELD_BYTES)]);
    return new MsmResults(curve, { c: 4, windows: 2, stride: 2 }, 1, 0).read(Uint8Array.from(bytes));
  };

  it('are summed up by the windows that they are of', () => {
    expect(read(G, [0n, 1n, 0n])).toEqual([curve.generator]);
    expect(read(G, G)).toEqual([curve.mul(17n, curve.generator)]);
  });

  it.each<[string, Projective, RegExp]>([
    ['X is not reduced', [G[0] + F.p, G[1], G[2]], /not canonical/],
    ['Y is not reduced', [G[0], G[1] + F.p, G[2]], /not canonical/],
    ['Z is not reduced', [G[0], G[1], G[2] + F.p], /not canonical/],
    ['zeros were never written', [0n, 0n, 0n], /point at infinity/],
    ['Z is lost', [G[0], G[1], 0n], /point at infinity/],
    ['they are on no curve', [G[0], F.add(G[1], 1n), G[2]], /is not on/],
  ])('are refused where %s', (_, point, message) => {
    for (const points of [
      [point, G],
      [G, point],
    ]) {
      expect(() => read(...points)).toThrow(expect.objectContaining({ code: 'DeviceFault' }));
      expect(() => read(...points)).toThrow(message);
    }
  });
});
