import type { SswuMap, SvdwMap } from './map-constants.ts';
import type { PairArrays } from './pair-arrays.ts';
import type { RootFinder } from './root-finder.ts';

/** A map from field elements to points, on arrays. */
export interface CurveMap {
  /** The points of the elements u, up to the sign of y. False, and nothing of use, if a denominator is zero. */
  map(x: number, y: number, u: number): boolean;
  /** Takes sums of the map's points to the curve proper, in place. False as above. */
  toCurve(x: number, y: number, pairs: number): boolean;
}

/**
 * Shallue-van de Woestijne: RFC 9380, F.1. How the third candidate's root is found: see `generators.ts`. There, r is what
 * x3 = Z + c4 (tv2^2 tv3)^2 has in brackets, times the root of c4.
 */
export class Svdw implements CurveMap {
  readonly #A: PairArrays;
  readonly #roots: RootFinder;
  readonly #one: number;
  readonly #b: number;
  readonly #Z: number;
  readonly #c1: number;
  readonly #c2: number;
  readonly #c3: number;
  readonly #rootC4: number;
  readonly #inverseC1: number;
  readonly #t: readonly number[];
  readonly #indices: readonly number[];

  constructor(A: PairArrays, roots: RootFinder, { b, Z, c1, c2, c3, rootC4, inverseC1 }: SvdwMap) {
    this.#A = A;
    this.#roots = roots;
    this.#one = A.constant(1n);
    this.#b = A.constant(b);
    this.#Z = A.constant(Z);
    this.#c1 = A.constant(c1);
    this.#c2 = A.constant(c2);
    this.#c3 = A.constant(c3);
    this.#rootC4 = A.constant(rootC4);
    this.#inverseC1 = A.constant(inverseC1);
    this.#t = Array.from({ length: 11 }, () => A.array());
    this.#indices = [A.indices(), A.indices()];
  }

  map(x: number, y: number, u: number): boolean {
    const A = this.#A;
    const roots = this.#roots;
    const [first, second] = this.#indices;
    const [minus, plus, inverse, x2, x3, factor3, g, b, r1, r2, y2] = this.#t;
    A.sqr(g, u);
    A.mul(g, g, this.#c1);
    A.sub(minus, this.#one, g);
    A.add(plus, this.#one, g);
    A.mul(inverse, minus, plus);
    if (!A.invert(inverse)) return false;
    A.mul(minus, minus, u);
    A.mul(minus, minus, inverse);
    A.mul(minus, minus, this.#c3); // tv4
    A.sub(x, this.#c2, minus);
    A.add(x2, this.#c2, minus);
    A.sqr(plus, plus);
    A.mul(plus, plus, inverse);
    A.mul(plus, plus, this.#rootC4); // r
    A.sqr(minus, plus);
    A.add(x3, this.#Z, minus);
    A.mul(factor3, minus, plus);
    A.mul(factor3, factor3, this.#inverseC1); // r^3 / g(Z)

    // the first candidate of all elements, the second of those that need it, the third of what is left
    this.#ySquared(g, x, A.pairs);
    roots.start(r1, b, g, A.pairs);
    const e1 = roots.logarithms(b, A.pairs);
    roots.root(y, r1, e1, A.pairs);
    const left = oddOnes(e1);
    let n = left.length;
    if (n === 0) return true;
    let pairs = (n + 1) >> 1;
    A.setIndices(first, left);
    A.gather(minus, x2, first, n);
    this.#ySquared(g, minus, pairs);
    roots.start(r2, b, g, pairs);
    const e2 = roots.logarithms(b, pairs);
    roots.root(y2, r2, e2, pairs);
    A.scatter(x, first, minus, n);
    A.scatter(y, first, y2, n);

    const rest = oddOnes(e2.subarray(0, n));
    n = rest.length;
    if (n === 0) return true;
    pairs = (n + 1) >> 1;
    A.setIndices(
      first,
      rest.map((i) => left[i]),
    ); // where they are among all elements
    A.setIndices(second, rest); // and among those of the second candidate
    const e = new Uint32Array(2 * pairs);
    rest.forEach((i, k) => (e[k] = e1[left[i]] + e2[i])); // modulo 2^32
    A.gather(minus, r1, first, n);
    A.gather(plus, r2, second, n);
    A.mul(minus, minus, plus, pairs);
    A.gather(plus, factor3, first, n);
    A.mul(minus, minus, plus, pairs);
    roots.root(y2, minus, e, pairs);
    A.gather(minus, x3, first, n);
    A.scatter(x, first, minus, n);
    A.scatter(y, first, y2, n);
    return true;
  }

  toCurve(): boolean {
    return true;
  }

  /** g = x^3 + b */
  #ySquared(g: number, x: number, pairs: number): void {
    const A = this.#A;
    A.sqr(g, x, pairs);
    A.mul(g, g, x, pairs);
    A.add(g, g, this.#b, pairs);
  }
}

/**
 * Simplified SWU: RFC 9380, 6.6.2, for p = 3 mod 4, to a curve E' from which an isogeny leads on; points are added before it
 * is applied. With v = Z u^2, the candidates are x1 = -B / A (1 + 1 / (v^2 + v)) and x2 = v x1, where g(x2) = v^3 g(x1). If
 * g(x1) is not a square, r of {@link RootFinder} has r^2 = -g(x1), so that the root of g(x2) is (-Z)^(3/2) u^3 r.
 */
export class Sswu implements CurveMap {
  readonly #A: PairArrays;
  readonly #roots: RootFinder;
  readonly #one: number;
  readonly #Z: number;
  readonly #coefficientA: number;
  readonly #coefficientB: number;
  readonly #x0: number;
  readonly #rootZ3: number;
  readonly #x1: number;
  readonly #isogenyT: number;
  readonly #isogenyU: number;
  readonly #ninth: number;
  readonly #twentySeventh: number;
  readonly #t: readonly number[];
  readonly #indices: number;

  constructor(A: PairArrays, roots: RootFinder, map: SswuMap) {
    this.#A = A;
    this.#roots = roots;
    this.#one = A.constant(1n);
    this.#Z = A.constant(map.Z);
    this.#coefficientA = A.constant(map.A);
    this.#coefficientB = A.constant(map.B);
    this.#x0 = A.constant(map.x0);
    this.#rootZ3 = A.constant(map.rootZ3);
    this.#x1 = A.constant(map.x1);
    this.#isogenyT = A.constant(map.t);
    this.#isogenyU = A.constant(map.u);
    this.#ninth = A.constant(map.ninth);
    this.#twentySeventh = A.constant(map.twentySeventh);
    this.#t = Array.from({ length: 6 }, () => A.array());
    this.#indices = A.indices();
  }

  map(x: number, y: number, u: number): boolean {
    const A = this.#A;
    const [u2, v, g, r, b, t] = this.#t;
    A.sqr(u2, u);
    A.mul(v, u2, this.#Z);
    A.sqr(t, v);
    A.add(t, t, v);
    if (!A.invert(t)) return false;
    A.add(t, t, this.#one);
    A.mul(x, t, this.#x0);
    A.sqr(g, x);
    A.add(g, g, this.#coefficientA);
    A.mul(g, g, x);
    A.add(g, g, this.#coefficientB);
    this.#roots.start(r, b, g, A.pairs);
    const e = this.#roots.logarithms(b, A.pairs);
    this.#roots.root(y, r, e, A.pairs);
    const left = oddOnes(e);

    A.mul(v, v, x); // x2
    A.mul(t, u2, u);
    A.mul(t, t, this.#rootZ3);
    A.mul(t, t, r);
    A.setIndices(this.#indices, left);
    A.gather(g, v, this.#indices, left.length);
    A.scatter(x, this.#indices, g, left.length);
    A.gather(g, t, this.#indices, left.length);
    A.scatter(y, this.#indices, g, left.length);
    return true;
  }

  /** Velu's formulas, see {@link SswuMap}. */
  toCurve(x: number, y: number, pairs: number): boolean {
    const A = this.#A;
    const [i, ti, ui2, sum] = this.#t;
    A.sub(i, x, this.#x1, pairs);
    if (!A.invert(i, pairs)) return false;
    A.mul(ti, i, this.#isogenyT, pairs);
    A.sqr(ui2, i, pairs);
    A.mul(ui2, ui2, this.#isogenyU, pairs);
    A.add(sum, ti, ui2, pairs); // t i + u i^2
    A.add(x, x, sum, pairs);
    A.mul(x, x, this.#ninth, pairs);
    A.add(sum, sum, ui2, pairs);
    A.mul(sum, sum, i, pairs); // t i^2 + 2 u i^3
    A.sub(sum, this.#one, sum, pairs);
    A.mul(y, y, sum, pairs);
    A.mul(y, y, this.#twentySeventh, pairs);
    return true;
  }
}

/** Indices of the odd numbers: where a logarithm is odd, there is no root. */
function oddOnes(numbers: Uint32Array): number[] {
  const odd: number[] = [];
  numbers.forEach((e, i) => {
    if (e & 1) odd.push(i);
  });
  return odd;
}
