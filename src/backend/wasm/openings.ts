import { type AffinePoint, type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { bytesToInt, FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import { checkDistinct, checkDivides, checkSpread, halfLength } from '../operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import type { Recorder } from './recorder.ts';
import { halves, pairOf, recordSums } from './sumcheck.ts';
import { taskCall } from './tasks.ts';

const KIND = 'openings';

/** What openings of commitments ask for, in memory. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint> {
    const args = { curve: curve.name, terms: curve.contributing(terms) };
    this.#recorder.fields.ensure(curve.base);
    const touches = { reads: [], writes: [], bytes: POINT_BYTES };
    return this.#recorder.record(KIND, touches, async (options) => {
      const [sum] = await this.#recorder.pool.run([taskCall('sumOfMultiples', args)], options);
      return sum;
    });
  }

  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]> {
    const tables = this.#recorder.vectors(a.field, a.length, a, b);
    const half = halfLength(a);
    const job = { kernel: 'crossInner', count: 2, vectors: halves(tables, half) } as const;
    return recordSums(this.#recorder, KIND, a.field, half, job, tables, pairOf);
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const F = a.field;
    const [weights, x] = [w, a].map((v) => this.#recorder.vector(F, v));
    const [left, right] = this.#recorder.vectors(F, L.length, L, R);
    const half = halfLength(a);
    checkSpread(L, w, a);
    checkDistinct(this.#recorder.vecs, [L, R], [w, a]);
    const args = {
      field: this.#field(F),
      L: left.address,
      R: right.address,
      w: weights.address,
      a: x.address,
      half,
    };
    this.#recorder.recordRanges(
      KIND,
      { reads: [weights, x], writes: [left, right] },
      { n: L.length / 2, task: (range) => taskCall('spread', { ...args, ...range }) },
    );
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const F = a.field;
    const data = this.#recorder.vector(F, a);
    const half = halfLength(a);
    const [o] = this.#recorder.vectors(F, half, out);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    const args = {
      field: this.#field(F),
      out: o.address,
      a: data.address,
      x: F.toBytes(F.check(x, 'the challenge')),
    };
    this.#recorder.recordRanges(
      KIND,
      { reads: [data], writes: [o] },
      { n: half, task: (range) => taskCall('foldPairs', { ...args, ...range }) },
    );
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const F = a.field;
    const x = this.#recorder.vector(F, a);
    const args = { field: this.#field(F), a: x.address, u: F.toBytes(F.check(u, 'the point')) };
    const ranges = this.#recorder.ranges(a.length);
    return this.#recorder.recordRanges(
      KIND,
      { reads: [x], writes: [], bytes: FIELD_BYTES },
      {
        n: a.length,
        task: (range) => taskCall('evaluate', { ...args, ...range }),
        join: (values) => fromAbove(F, u, ranges, values)[0],
      },
    );
  }

  quotient(out: Vec, a: Vec, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    const args = { field: this.#field(F), a: x.address, u: F.toBytes(F.check(u, 'the point')) };
    const ranges = this.#recorder.ranges(a.length);
    this.#recorder.record(KIND, { reads: [x], writes: [o] }, async ({ stop }) => {
      // a range begins with what those above it come to
      const above = ranges.slice(1);
      const parts = above.map((range) => taskCall('evaluate', { ...args, ...range }));
      const values = await this.#recorder.run(KIND, parts, a.length, stop);
      const carries = [...fromAbove(F, u, above, values), 0n].slice(-ranges.length);
      const calls = ranges.map((range, k) =>
        taskCall('divide', { ...args, out: o.address, carry: F.toBytes(carries[k]), ...range }),
      );
      await this.#recorder.run(KIND, calls, a.length, stop);
    });
  }

  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    checkDivides(m, a);
    this.#recorder.fields.ensure(F);
    const args = {
      field: F.name,
      out: o.address,
      a: x.address,
      rows: a.length / m,
      m,
      u: F.toBytes(F.check(u, 'the constant')),
    };
    // columns are divided each by itself: a task takes some of them
    const count = Math.min(m, this.#recorder.ranges(a.length).length);
    const column = (k: number) => Math.floor((m * k) / count);
    const calls = Array.from({ length: count }, (_, k) =>
      taskCall('divideColumns', { ...args, from: column(k), to: column(k + 1) }),
    );
    this.#recorder.record(KIND, { reads: [x], writes: [o] }, async ({ stop }) => {
      await this.#recorder.run(KIND, calls, a.length, stop);
    });
  }

  /** The name of a field whose kernels are there. */
  #field(F: PrimeField): string {
    this.#recorder.fields.ensureProof(F);
    return F.name;
  }
}

/** For each range, the value of the polynomial whose coefficients begin there and go on to the end. */
function fromAbove(
  F: PrimeField,
  u: bigint,
  ranges: readonly { readonly from: number; readonly to: number }[],
  values: readonly Uint8Array[],
): bigint[] {
  const all: bigint[] = [];
  let value = 0n;
  for (let k = ranges.length - 1; k >= 0; k--) {
    const { from, to } = ranges[k];
    value = F.add(bytesToInt(values[k]), F.mul(F.pow(u, BigInt(to - from)), value));
    all.unshift(value);
  }
  return all;
}
