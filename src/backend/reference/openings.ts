import { type AffinePoint, type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Pending, Vec } from '../backend.ts';
import { checkDistinct, checkDivides, checkSpread, halfLength } from '../operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import type { Recorder } from './recorder.ts';
import { sums } from './sumcheck.ts';
import { PIECE, sweep, type Work } from './work.ts';

/** What openings of commitments ask for, on BigInts. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint> {
    const counted = curve.contributing(terms);
    return this.#recorder.record('openings', sumOf(curve, counted), [], [], POINT_BYTES);
  }

  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]> {
    const reads = this.#recorder.vectors(a.field, a.length, a, b);
    const [x, y] = reads.map(({ elements }) => elements);
    const half = halfLength(a);
    const work = sums(a.field, half, (i): readonly [bigint, bigint] => [
      x[i] * y[half + i],
      x[half + i] * y[i],
    ]);
    return this.#recorder.record('openings', work, reads, [], 2 * FIELD_BYTES);
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const F = a.field;
    const [weights, x] = [w, a].map((v) => this.#recorder.vector(F, v));
    const [left, right] = this.#recorder.vectors(F, L.length, L, R);
    const half = halfLength(a);
    checkSpread(L, w, a);
    checkDistinct(this.#recorder.vecs, [L, R], [w, a]);
    const work = sweep(L.length, (k) => {
      const [i, j] = [Math.floor(k / a.length), k % a.length];
      // where a has its upper half L has its lower one, and the other way round
      const low = j < half;
      left.elements[k] = low ? 0n : F.mul(weights.elements[i], x.elements[j - half]);
      right.elements[k] = low ? F.mul(weights.elements[i], x.elements[j + half]) : 0n;
    });
    this.#recorder.record('openings', work, [weights, x], [left, right]);
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const F = a.field;
    const data = this.#recorder.vector(F, a);
    const half = halfLength(a);
    const [o] = this.#recorder.vectors(F, half, out);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    F.check(x, 'the challenge');
    const work = sweep(half, (i) => {
      const [low, high] = [data.elements[2 * i], data.elements[2 * i + 1]];
      o.elements[i] = F.reduce(low + x * (high - low));
    });
    this.#recorder.record('openings', work, [data], [o]);
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const F = a.field;
    const x = this.#recorder.vector(F, a);
    const work = evaluate(F, a.length, x.elements, F.check(u, 'the point'));
    return this.#recorder.record('openings', work, [x], [], FIELD_BYTES);
  }

  quotient(out: Vec, a: Vec, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    const work = quotient(F, a.length, o.elements, x.elements, 1, F.check(u, 'the point'));
    this.#recorder.record('openings', work, [x], [o]);
  }

  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void {
    const F = a.field;
    const [o, x] = this.#recorder.vectors(F, a.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    checkDivides(m, a);
    const work = quotient(F, a.length, o.elements, x.elements, m, F.check(u, 'the constant'));
    this.#recorder.record('openings', work, [x], [o]);
  }
}

/** In one piece: there are few terms. */
function* sumOf(curve: Curve, terms: readonly Term[]): Work<AffinePoint> {
  yield 0;
  return curve.sum(terms);
}

/** Horner's rule. */
function* evaluate(F: PrimeField, n: number, a: readonly bigint[], u: bigint): Work<bigint> {
  let value = 0n;
  for (let i = n - 1; i >= 0; i--) {
    value = (value * u + a[i]) % F.p;
    if (i % PIECE === 0) yield 1 - i / n;
  }
  return value;
}

/** Synthetic division by X^m - u, from the highest coefficient down. */
function* quotient(
  F: PrimeField,
  n: number,
  out: bigint[],
  a: readonly bigint[],
  m: number,
  u: bigint,
): Work {
  for (let i = n - 1; i >= 0; i--) {
    out[i] = i + m < n ? (u * out[i + m] + a[i + m]) % F.p : 0n;
    if (i % PIECE === 0) yield 1 - i / n;
  }
}
