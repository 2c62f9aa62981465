import { type AffinePoint, type Curve, IDENTITY } from '../../curve/curve.ts';
import type { PrimeField } from '../../field/field.ts';
import { Digits } from './digits.ts';
import { portion, type Work } from './work.ts';

/*
 * Multi-scalar multiplication, the sum of k_i P_i, by the bucket method (N. Pippenger, "On the evaluation of powers and
 * related problems", 1976; as in D. Bernstein et al., "Faster batch forgery identification", 2012): scalars are cut into
 * signed digits, points with the digits j and -j of one window meet in bucket j, and the window's sum is the sum of
 * j * bucket_j.
 *
 * Points are added in affine coordinates, in batches of pairs that share one inversion: six multiplications a pair (see
 * https://github.com/mitschabaude/montgomery, from the ZPrize of 2022). All buckets of all windows are summed together in
 * rounds, each of which halves every bucket. A bucket of m points takes log2(m) rounds, however many points the others
 * have, so that a witness of thousands of equal values costs no more than any other.
 *
 * The time depends on the scalars.
 */

/** Affine points as two lists of coordinates. The identity is (0, 0); no other point has x = 0 (see `Curve`). */
export interface Points {
  readonly x: readonly bigint[];
  readonly y: readonly bigint[];
}

/** Pairs that share an inversion: enough to make it cheap, and one piece of work, about 5 ms. */
const BATCH = 2048;

/** Points in the buckets at a time; bounds the memory for their coordinates to some 150 MB. */
const GROUP = 2 ** 20;

/**
 * The sum of `scalars[i] * points[i]`, over as many points as there are scalars.
 *
 * @param points any points of the curve, the identity and repetitions included
 * @param scalars canonical elements of the curve's scalar field
 * @param group points in the buckets at a time, roughly; for tests
 */
export function* msm(
  curve: Curve,
  points: Points,
  scalars: readonly bigint[],
  group: number = GROUP,
): Work<AffinePoint> {
  const digits = yield* portion(Digits.of(curve.scalar, scalars), () => 0);
  const { c, windows } = digits;
  const sums: AffinePoint[] = [];
  while (sums.length < windows) {
    const first = sums.length;
    const end = digits.groupEnd(first, group);
    const share = (part: number) => (first + part * (end - first)) / windows;
    const buckets = new Buckets(curve.base, end - first, 2 ** (c - 1));
    yield* portion(buckets.fill(digits, first, points), () => share(0));
    yield* portion(buckets.collapse(), share);
    yield* portion(buckets.weigh(), () => share(1));
    sums.push(...buckets.sums());
  }
  return sums.reduceRight((acc, sum) => curve.add(curve.mul(1n << BigInt(c), acc), sum), IDENTITY);
}

/** Buckets of some windows: each has `perWindow` buckets, for the digits 1 .. perWindow. */
class Buckets {
  readonly #F: PrimeField;
  readonly #windows: number;
  readonly #perWindow: number;
  /** First point of each bucket, in the lists of coordinates. */
  readonly #start: Uint32Array;
  /** Points in each bucket. */
  readonly #size: Uint32Array;
  /** The buckets' points, bucket by bucket; then the running sum and the total of each window. */
  readonly #x: bigint[] = [];
  readonly #y: bigint[] = [];
  readonly #batch: PairBatch;

  constructor(F: PrimeField, windows: number, perWindow: number) {
    this.#F = F;
    this.#windows = windows;
    this.#perWindow = perWindow;
    this.#start = new Uint32Array(windows * perWindow + 1);
    this.#size = new Uint32Array(windows * perWindow);
    this.#batch = new PairBatch(F, this.#x, this.#y);
  }

  /** Puts every point that has a digit in windows `first ..` into its bucket, negated if the digit is. */
  *fill(digits: Digits, first: number, points: Points): Work {
    const end = first + this.#windows;
    const bucketOf = (window: number, digit: number) =>
      (window - first) * this.#perWindow + Math.abs(digit) - 1;
    yield* digits.visit(first, end, (window, digit) => {
      this.#start[bucketOf(window, digit) + 1]++;
    });
    for (let b = 0; b < this.#size.length; b++) this.#start[b + 1] += this.#start[b];
    const count = this.#start[this.#size.length];
    for (let i = 0; i < count + 2 * this.#windows; i++) this.#x[i] = this.#y[i] = 0n;
    yield* digits.visit(first, end, (window, digit, i) => {
      const b = bucketOf(window, digit);
      const to = this.#start[b] + this.#size[b]++;
      this.#x[to] = points.x[i];
      this.#y[to] = digit < 0 ? this.#F.neg(points.y[i]) : points.y[i];
    });
  }

  /** Adds up each bucket until it has one point, or none. */
  *collapse(): Work {
    const batch = this.#batch;
    const largest = this.#size.reduce((a, b) => Math.max(a, b), 0);
    for (let size = largest; size > 1; size = (size + 1) >> 1) {
      for (let b = 0; b < this.#size.length; b++) {
        const pairs = this.#size[b] >> 1;
        // An odd one out stays in front; the sum of the points 2j and 2j + 1 behind it becomes point j.
        const odd = this.#size[b] & 1;
        const rest = this.#start[b] + odd;
        for (let j = 0; j < pairs; j++) {
          batch.add(rest + 2 * j, rest + 2 * j + 1, rest + j);
          if (batch.full) {
            batch.flush();
            yield 1 - size / largest;
          }
        }
        this.#size[b] = pairs + odd;
      }
      batch.flush();
      yield 1 - size / largest;
    }
  }

  /**
   * Sums j * bucket_j in every window: with `running` the sum of the buckets from j up, `total` is the sum of all values that
   * `running` takes. A batch adds the last running sum to the total and the next bucket to the running sum.
   */
  *weigh(): Work {
    const batch = this.#batch;
    const highest = Array.from({ length: this.#windows }, (_, w) => this.#highestBucket(w));
    for (let j = Math.max(...highest); j >= -1; j--) {
      for (let w = 0; w < this.#windows; w++) {
        if (j < highest[w]) batch.add(this.#total(w), this.#running(w), this.#total(w));
      }
      for (let w = 0; w < this.#windows; w++) {
        const b = w * this.#perWindow + j;
        if (j >= 0 && this.#size[b] > 0) batch.add(this.#running(w), this.#start[b], this.#running(w));
      }
      batch.flush();
      yield 1;
    }
  }

  /** The sums of the windows. */
  sums(): AffinePoint[] {
    return Array.from({ length: this.#windows }, (_, w) => {
      const [x, y] = [this.#x[this.#total(w)], this.#y[this.#total(w)]];
      return x === 0n ? IDENTITY : { x, y, infinity: false };
    });
  }

  /** Number of a window's last bucket that is not empty; -1 if all are. */
  #highestBucket(window: number): number {
    let j = this.#perWindow - 1;
    while (j >= 0 && this.#size[window * this.#perWindow + j] === 0) j--;
    return j;
  }

  #running(window: number): number {
    return this.#start[this.#size.length] + 2 * window;
  }

  #total(window: number): number {
    return this.#running(window) + 1;
  }
}

/**
 * Additions P[to] = P[a] + P[b] in two lists of coordinates, collected and then done with one inversion. `to` must not be
 * an operand of an addition that comes later in the batch.
 *
 * Complete: an identity, P + P and P - P are additions like all others. Where there is nothing to invert a zero takes the
 * place, which `invBatch` leaves alone.
 */
class PairBatch {
  readonly #F: PrimeField;
  readonly #x: bigint[];
  readonly #y: bigint[];
  /** a, b, to of every pair. */
  #pairs: number[] = [];

  constructor(F: PrimeField, x: bigint[], y: bigint[]) {
    this.#F = F;
    this.#x = x;
    this.#y = y;
  }

  get full(): boolean {
    return this.#pairs.length >= 3 * BATCH;
  }

  add(a: number, b: number, to: number): void {
    this.#pairs.push(a, b, to);
  }

  /** Does the additions. */
  flush(): void {
    const F = this.#F;
    const x = this.#x;
    const y = this.#y;
    const pairs = this.#pairs;
    this.#pairs = [];
    const denominators: bigint[] = [];
    for (let k = 0; k < pairs.length; k += 3) {
      const a = pairs[k];
      const b = pairs[k + 1];
      if (x[a] === 0n || x[b] === 0n) denominators.push(0n);
      else if (x[a] !== x[b]) denominators.push(F.sub(x[b], x[a]));
      else denominators.push(y[a] === y[b] ? F.add(y[a], y[a]) : 0n);
    }
    const inverses = F.invBatch(denominators);
    for (let k = 0; k < pairs.length; k += 3) {
      const inverse = inverses[k / 3];
      const to = pairs[k + 2];
      const xa = x[pairs[k]];
      const ya = y[pairs[k]];
      const xb = x[pairs[k + 1]];
      const yb = y[pairs[k + 1]];
      if (inverse !== 0n) {
        const slope = ((xa === xb ? 3n * xa * xa : yb - ya) * inverse) % F.p;
        x[to] = F.reduce(slope * slope - xa - xb);
        y[to] = F.reduce(slope * (xa - x[to]) - ya);
      } else if (xb === 0n) {
        x[to] = xa;
        y[to] = ya;
      } else {
        x[to] = xa === 0n ? xb : 0n;
        y[to] = xa === 0n ? yb : 0n;
      }
    }
  }
}
