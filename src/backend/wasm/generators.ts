/**
 * Generators in bulk: what `src/curve/generators.ts` makes one by one, the same bytes, on arrays.
 *
 * The two field elements that a seed hashes to are elements i and n + i of arrays in pair layout, n seeds at a time.
 * All elements take each step together; a batch shares its inversions.
 *
 * What counts is exponentiations, one for each candidate for x whose root is tried. Shallue-van de Woestijne has three
 * candidates, of which the first whose g(x) is a square counts; 1.75 would be tried on average. It takes 1.5: with
 * x1 + x2 + Z = 0, h = x1^2 + Z x1 + Z^2 and x3 = Z - g(Z) / h, we have g(x1) = h (x1 - x3), g(x2) = h (x2 - x3) and
 * g(x3) = (x3 - x1) (x3 - x2) (x3 - Z), so
 *
 *     g(x3) = (r^3 / g(Z))^2 g(x1) g(x2), where r^2 = x3 - Z,
 *
 * and the exponentiations of g(x1) and g(x2), neither a square, give the root of the product. Simplified SWU has one
 * candidate to try; the second one's root follows. Deciding by Jacobi symbols first would need 1.5 symbols to save half an
 * exponentiation: nothing is gained unless a symbol takes less than 2 us.
 *
 * Where a denominator is zero (for a handful of field elements, which no seed is known to hash to, or two equal points), the
 * batch is done by `src/curve` instead.
 */
import { POINT_BYTES, type Curve } from '../../curve/curve.ts';
import { curveByName } from '../../curve/curves.ts';
import { SEED_BYTES } from '../../curve/generator-seeds.ts';
import { mapToCurve } from '../../curve/hash-to-curve.ts';
import { elementsFromBytes } from '../../field/bytes.ts';
import { FIELD_BYTES } from '../../field/field.ts';
import { describeField } from './codegen/field-description.ts';
import { Sswu, Svdw, type CurveMap } from './curve-maps.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { EXPAND_WORK_BYTES, HALF_BITS, MESSAGES_AT_A_TIME } from './kernels/sha256.ts';
import { mapConstants, PAIRED_BYTES, pairLayout } from './map-constants.ts';
import { PairArrays } from './pair-arrays.ts';
import { RootFinder } from './root-finder.ts';

export { GENERATORS, generatorModule } from './generator-module.ts';

/** Generators that are made together: enough for the inversions to vanish, few enough for the caches. */
const BATCH = 256;

/** What {@link generatorsTask} is to do. */
export interface GeneratorsArgs {
  readonly curve: string;
  /** {@link SEED_BYTES} bytes for each generator, or the address where they lie. */
  readonly seeds: Uint8Array | number;
  readonly count: number;
  /** Where the generators go, {@link POINT_BYTES} bytes each. */
  readonly out: number;
}

/**
 * The generators of a range of seeds, as `generatorsFromSeeds` makes them.
 *
 * @throws {@link NovaError} `InvalidArgument` for an unknown curve
 */
export function generatorsTask(host: KernelHost, { curve: name, seeds, count, out }: GeneratorsArgs): void {
  if (count === 0) return;
  const maker = new GeneratorMaker(host, curveByName(name), Math.min(count, BATCH));
  for (let done = 0; done < count; done += BATCH) {
    const n = Math.min(BATCH, count - done);
    const at = SEED_BYTES * done;
    maker.hash(
      typeof seeds === 'number'
        ? host.u8.subarray(seeds + at, seeds + at + SEED_BYTES * n)
        : seeds.subarray(at, at + SEED_BYTES * n),
    );
    maker.map(out + POINT_BYTES * done, n);
  }
}

/** Arrays and constants for batches of up to n generators. */
export class GeneratorMaker {
  readonly #curve: Curve;
  readonly #host: KernelHost;
  readonly #kernels: FieldKernels;
  readonly #A: PairArrays;
  readonly #map: CurveMap;
  readonly #u: number;
  readonly #x: number;
  readonly #y: number;
  readonly #t: readonly number[];
  /** What the two halves of the hashed integers are multiplied by. */
  readonly #factors: readonly number[];
  readonly #seeds: number;
  readonly #expandTable: number;
  readonly #expandWork: number;

  /** @throws {@link NovaError} `InvalidArgument` for a curve that is none of the six */
  constructor(host: KernelHost, curve: Curve, n: number) {
    const constants = mapConstants(curve);
    this.#curve = curve;
    this.#host = host;
    const capacity = hashable(n);
    const A = new PairArrays(host, curve.base, capacity);
    const roots = new RootFinder(A, constants.roots);
    const { map } = constants;
    this.#A = A;
    this.#kernels = A.kernels;
    this.#map = map.kind === 'svdw' ? new Svdw(A, roots, map) : new Sswu(A, roots, map);
    [this.#u, this.#x, this.#y] = [A.array(), A.array(), A.array()];
    this.#t = Array.from({ length: 3 }, () => A.array());
    // integers are taken as they come, so that one R more brings them into Montgomery form
    const { R } = describeField(curve.base);
    this.#factors = [A.constant(R << BigInt(HALF_BITS)), A.constant(R)];
    this.#seeds = A.memory(SEED_BYTES * capacity);
    this.#expandTable = A.memory(constants.expand.byteLength);
    this.#expandWork = A.memory(EXPAND_WORK_BYTES);
    host.u32.set(constants.expand, this.#expandTable / 4);
  }

  /** Takes the two field elements of each seed: hash_to_field of RFC 9380, 5.2. */
  hash(seeds: Uint8Array): void {
    const A = this.#A;
    const n = hashable(seeds.length / SEED_BYTES);
    const { u8 } = this.#host;
    u8.set(seeds, this.#seeds);
    u8.fill(0, this.#seeds + seeds.length, this.#seeds + SEED_BYTES * n);
    A.pairs = n;
    const [high, low] = this.#t;
    const table = this.#expandTable;
    const groups = n / MESSAGES_AT_A_TIME;
    this.#kernels.expandMessages(this.#seeds, groups, table, this.#expandWork, high, low, this.#half());
    A.mul(high, high, this.#factors[0]);
    A.mul(low, low, this.#factors[1]);
    A.add(this.#u, high, low);
  }

  /** Takes field elements directly: the first ones of all seeds, then the second ones. Not one or two pairs of the same. */
  setElements(us: readonly bigint[]): void {
    const n = us.length / 2;
    const padding = (x: bigint): bigint[] => Array.from({ length: hashable(n) - n }, () => x);
    this.#A.pairs = hashable(n);
    const all = [...us.slice(0, n), ...padding(2n), ...us.slice(n), ...padding(3n)];
    this.#host.u8.set(pairLayout(this.#curve.base, all), this.#u);
  }

  /**
   * Writes the first n sums of the points that the field elements map to, {@link POINT_BYTES} bytes each. Returns whether
   * it was done in bulk.
   *
   * @throws {@link NovaError} `InvalidArgument` if a sum is the identity, as `generatorsFromSeeds` does
   */
  map(out: number, n: number): boolean {
    const A = this.#A;
    const sums = A.pairs / 2; // pairs
    const [inverse, slope, t] = this.#t;
    const [x, y, x2, y2] = [this.#x, this.#y, this.#x + this.#half(), this.#y + this.#half()];
    if (!this.#map.map(x, y, this.#u)) return this.#mapSingly(out, n);
    this.#kernels.matchSigns(y, this.#u, A.pairs);

    A.sub(inverse, x2, x, sums);
    if (!A.invert(inverse, sums)) return this.#mapSingly(out, n);
    A.sub(slope, y2, y, sums);
    A.mul(slope, slope, inverse, sums);
    A.sqr(t, slope, sums);
    A.sub(t, t, x, sums);
    A.sub(t, t, x2, sums);
    A.sub(x, x, t, sums);
    A.mul(x, x, slope, sums);
    A.sub(y, x, y, sums);
    if (!this.#map.toCurve(t, y, sums)) return this.#mapSingly(out, n);
    this.#kernels.writeElements(t, n, out, POINT_BYTES);
    this.#kernels.writeElements(y, n, out + FIELD_BYTES, POINT_BYTES);
    return true;
  }

  /** The same by BigInt arithmetic. */
  #mapSingly(out: number, n: number): false {
    const words = this.#t[0];
    this.#kernels.pairToWords(words, this.#u, this.#A.pairs);
    const { u8 } = this.#host;
    const us = elementsFromBytes(this.#curve.base, u8.slice(words, words + 2 * FIELD_BYTES * this.#A.pairs));
    const first = mapToCurve(this.#curve, us.slice(0, n));
    const second = mapToCurve(this.#curve, us.slice(this.#A.pairs, this.#A.pairs + n));
    first.forEach((P, i) => {
      u8.set(this.#curve.toXY(this.#curve.add(P, second[i])), out + POINT_BYTES * i);
    });
    return false;
  }

  /** Bytes from the first element of a seed to its second. */
  #half(): number {
    return PAIRED_BYTES * this.#A.pairs;
  }
}

/** n, or a few more, so that seeds can be hashed four at a time. */
function hashable(n: number): number {
  return Math.ceil(n / MESSAGES_AT_A_TIME) * MESSAGES_AT_A_TIME;
}
