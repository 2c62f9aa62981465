import { type AffinePoint, type Curve, POINT_BYTES, type Term } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Backend, Bases, Control, Pending, Vec } from '../backend.ts';
import {
  evaluateOperands,
  foldPairsOperands,
  quotientOperands,
  spreadOperands,
} from '../opening-operands.ts';
import type { OpeningOperations } from '../polynomials.ts';
import { roundOperands } from '../sumcheck-operands.ts';
import { foldOnHost } from './fold-bases.ts';
import type { Recorder } from './recorder.ts';
import { sums } from './sumcheck.ts';
import { PIECE, sweep, type Work } from './work.ts';

/** What openings of commitments ask for, on BigInts. */
export class Openings implements OpeningOperations {
  readonly #recorder: Recorder;
  readonly #keys: Pick<Backend, 'loadBases' | 'saveBases'>;

  constructor(recorder: Recorder, keys: Pick<Backend, 'loadBases' | 'saveBases'>) {
    this.#recorder = recorder;
    this.#keys = keys;
  }

  sumOfMultiples(curve: Curve, terms: readonly Term[]): Pending<AffinePoint> {
    const counted = curve.contributing(terms);
    return this.#recorder.record('openings', sumOf(curve, counted), [], [], POINT_BYTES);
  }

  crossInner(a: Vec, b: Vec): Pending<readonly [bigint, bigint]> {
    const { tables, n: half } = roundOperands(this.#recorder, a, b);
    const [x, y] = tables.map(({ elements }) => elements);
    const work = sums(a.field, half, (i): readonly [bigint, bigint] => [
      x[i] * y[half + i],
      x[half + i] * y[i],
    ]);
    return this.#recorder.record('openings', work, tables, [], 2 * FIELD_BYTES);
  }

  spreadHalves(L: Vec, R: Vec, w: Vec, a: Vec): void {
    const F = a.field;
    const { left, right, weights, x, half } = spreadOperands(this.#recorder, L, R, w, a);
    const work = sweep(L.length, (k) => {
      const [i, j] = [Math.floor(k / a.length), k % a.length];
      // where a has its upper half L has its lower one, and the other way round
      const low = j < half;
      left.elements[k] = low ? 0n : F.mul(weights.elements[i], x.elements[j - half]);
      right.elements[k] = low ? F.mul(weights.elements[i], x.elements[j + half]) : 0n;
    });
    this.#recorder.record('openings', work, [weights, x], [left, right]);
  }

  roundsPerFold(): number {
    return Infinity;
  }

  async foldBases(
    bases: Bases,
    weights: readonly bigint[],
    m: number,
    control: Control = {},
  ): Promise<Bases> {
    return foldOnHost(this.#keys, bases, weights, m, control, (work) =>
      this.#recorder.run('openings', work, control),
    );
  }

  foldPairs(out: Vec, a: Vec, x: bigint): void {
    const F = a.field;
    const { o, x: data, half } = foldPairsOperands(this.#recorder, out, a, x);
    const work = sweep(half, (i) => {
      const [low, high] = [data.elements[2 * i], data.elements[2 * i + 1]];
      o.elements[i] = F.reduce(low + x * (high - low));
    });
    this.#recorder.record('openings', work, [data], [o]);
  }

  evaluate(a: Vec, u: bigint): Pending<bigint> {
    const x = evaluateOperands(this.#recorder, a, u);
    const work = evaluate(a.field, a.length, x.elements, u);
    return this.#recorder.record('openings', work, [x], [], FIELD_BYTES);
  }

  quotient(out: Vec, a: Vec, u: bigint): void {
    this.quotientBinomial(out, a, 1, u);
  }

  quotientBinomial(out: Vec, a: Vec, m: number, u: bigint): void {
    const { o, x } = quotientOperands(this.#recorder, out, a, m, u);
    const work = quotient(a.field, a.length, o.elements, x.elements, m, u);
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
