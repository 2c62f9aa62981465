import { type AffinePoint, type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { bytesToInt, FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Bases, Control, Pending, Vec } from '../backend.ts';
import { checkFold } from '../checks.ts';
import {
  evaluateOperands,
  foldPairsOperands,
  quotientOperands,
  spreadOperands,
} from '../opening-operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import { roundOperands } from '../sumcheck-operands.ts';
import type { Recorder } from './recorder.ts';
import { halves, pairOf, recordSums } from './sumcheck.ts';
import { taskCall } from './tasks.ts';

const KIND = 'openings';

/** Folds commitment keys that were checked to have the generators. */
interface KeyFolder {
  fold(bases: Bases, weights: readonly bigint[], m: number, control: Control): Promise<Bases>;
}

/** Rounds per fold and the fewest generators that are worth it: see docs/performance.md. */
const ROUNDS_PER_FOLD = 3;
const LEAST_FOLDED = 512;

/** What openings of commitments ask for, in memory. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;
  readonly #keys: KeyFolder;

  constructor(recorder: Recorder, keys: KeyFolder) {
    this.#recorder = recorder;
    this.#keys = keys;
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
    const { tables, n } = roundOperands(this.#recorder, a, b);
    const job = { kernel: 'crossInner', count: 2, vectors: halves(tables, n) } as const;
    return recordSums(this.#recorder, KIND, a.field, n, job, tables, pairOf);
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const { left, right, weights, x, half } = spreadOperands(this.#recorder, L, R, w, a);
    const args = {
      field: this.#field(a.field),
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

  roundsPerFold(n: number): number {
    return n < LEAST_FOLDED ? Infinity : ROUNDS_PER_FOLD;
  }

  async foldBases(
    bases: Bases,
    weights: readonly bigint[],
    m: number,
    control: Control = {},
  ): Promise<Bases> {
    this.#recorder.checkOpen();
    checkFold(bases, weights, m);
    return this.#keys.fold(bases, weights, m, control);
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const F = a.field;
    const { o, x: data, half } = foldPairsOperands(this.#recorder, out, a, x);
    const args = {
      field: this.#field(F),
      out: o.address,
      a: data.address,
      x: F.toBytes(x),
    };
    this.#recorder.recordRanges(
      KIND,
      { reads: [data], writes: [o] },
      { n: half, task: (range) => taskCall('foldPairs', { ...args, ...range }) },
    );
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const F = a.field;
    const x = evaluateOperands(this.#recorder, a, u);
    const args = { field: this.#field(F), a: x.address, u: F.toBytes(u) };
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
    const { o, x } = quotientOperands(this.#recorder, out, a, 1, u);
    const args = { field: this.#field(F), a: x.address, u: F.toBytes(u) };
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
    const { o, x } = quotientOperands(this.#recorder, out, a, m, u);
    this.#recorder.fields.ensure(F);
    const args = {
      field: F.name,
      out: o.address,
      a: x.address,
      rows: a.length / m,
      m,
      u: F.toBytes(u),
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
