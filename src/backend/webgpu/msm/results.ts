import { type AffinePoint, type Curve, IDENTITY } from '../../../curve/curve.ts';
import { FIELD_BYTES, readInt, viewOf } from '../../../field/field.ts';
import { sumByBits, type WeightedPoint } from '../../wasm/bit-sums.ts';
import type { Geometry } from '../../wasm/geometry.ts';
import { faultError } from '../batch.ts';
import { PROJECTIVE_BYTES } from './geometry.ts';

/** Where the results of sums will be in what a batch reads back. */
export class MsmResults {
  readonly #curve: Curve;
  readonly #geometry: Geometry;
  readonly #jobs: number;
  readonly #at: number;

  constructor(curve: Curve, geometry: Geometry, jobs: number, at: number) {
    this.#curve = curve;
    this.#geometry = geometry;
    this.#jobs = jobs;
    this.#at = at;
  }

  /**
   * The sums.
   *
   * @param bytes what `CommandBatch.submit` returned
   * @throws {@link NovaError} `DeviceFault` if what the device computed are no points of the curve
   */
  read(bytes: Uint8Array): AffinePoint[] {
    const { c, stride } = this.#geometry;
    const points = this.#affine(bytes);
    return Array.from({ length: this.#jobs }, (_, job) => {
      const weighted: WeightedPoint[] = [];
      for (let set = 0; set < stride; set++) {
        const { x, y, infinity } = points[job * stride + set]!;
        if (!infinity) weighted.push({ bit: c * set, x, y });
      }
      return sumByBits(this.#curve, weighted);
    });
  }

  /** The device's points, checked. */
  #affine(bytes: Uint8Array): AffinePoint[] {
    const F = this.#curve.base;
    const view = viewOf(bytes);
    const coordinates: [X: bigint, Y: bigint, Z: bigint][] = [];
    for (let i = 0; i < this.#jobs * this.#geometry.stride; i++) {
      const read = (k: number): bigint => {
        const v = readInt(view, this.#at + i * PROJECTIVE_BYTES + k * FIELD_BYTES, FIELD_BYTES);
        if (!F.isCanonical(v)) throw faultError('a coordinate that it computed is not canonical');
        return v;
      };
      coordinates.push([read(0), read(1), read(2)]);
    }
    const inverses = F.invBatch(coordinates.map(([, , Z]) => Z));
    return coordinates.map(([X, Y, Z], i) => {
      if (Z === 0n) {
        if (X !== 0n || Y === 0n) throw faultError('a point at infinity that it computed is none');
        return IDENTITY;
      }
      const P = { x: F.mul(X, inverses[i]!), y: F.mul(Y, inverses[i]!), infinity: false };
      if (!this.#curve.isOnCurve(P))
        throw faultError(`a point that it computed is not on ${this.#curve.name}`);
      return P;
    });
  }
}
