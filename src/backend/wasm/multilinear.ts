/**
 * Tasks on tables of polynomials, over `kernels/polynomials.ts`. A vector is named by its address, as in `vectors.ts`; the halves
 * of a table are vectors of their own. Constants are canonical, 32 bytes as `PrimeField.toBytes` makes them.
 */
import { FIELD_BYTES } from '../../field/field.ts';
import { ELEMENT_STRIDE } from './codegen/field-description.ts';
import { PAIR_BYTES } from './codegen/pair-field.ts';
import { proofKernels } from './field-module.ts';
import type { KernelHost } from './host.ts';
import { TERM_BYTES } from './kernels/polynomials.ts';
import { at, montgomeryConstant, type VectorRange } from './vectors.ts';

/** An operation that makes the element i of its first vector from the elements i of the others, and constants. */
export interface ElementwiseJob {
  readonly kernel: 'multiply' | 'foldSum' | 'foldBind' | 'foldBoth' | 'scaleBy';
  readonly vectors: readonly number[];
  readonly constants: readonly Uint8Array[];
}

/** Does an elementwise operation. */
export function elementwise(host: KernelHost, job: ElementwiseJob & VectorRange): void {
  const { field, vectors, from, to } = job;
  const constants = job.constants.map((c, k) => montgomeryConstant(host, field, c, k));
  const kernel = host.kernels(proofKernels(field))[job.kernel];
  kernel(...vectors.map((v) => at(v, from)), ...constants, to - from);
}

/** out_i = a_2i + x (a_2i+1 - a_2i). */
export function foldPairs(
  host: KernelHost,
  job: VectorRange & { readonly out: number; readonly a: number; readonly x: Uint8Array },
): void {
  const { field, out, a, from, to } = job;
  const x = montgomeryConstant(host, field, job.x);
  host.kernels(proofKernels(field)).foldPairs(at(out, from), at(a, 2 * from), x, to - from);
}

/** A vector with its factor. */
export interface Term {
  readonly c: Uint8Array;
  readonly v: number;
}

/** out = constant + the vectors `ones` + the sum of c v over the terms. There may be `MAX_ONES` ones. */
export function combine(
  host: KernelHost,
  job: VectorRange & {
    readonly out: number;
    readonly ones: readonly number[];
    readonly terms: readonly Term[];
    readonly constant: Uint8Array;
  },
): void {
  const { field, out, ones, terms, from, to } = job;
  const { fromWords } = host.kernels(field);
  const constant = host.scratch.address;
  const list = constant + FIELD_BYTES;
  const records = Math.ceil((list + 4 * ones.length) / 8) * 8;
  terms.forEach(({ c, v }, k) => {
    const record = records + TERM_BYTES * k;
    host.u8.set(c, constant);
    fromWords(record, constant);
    host.u32[(record + ELEMENT_STRIDE) / 4] = at(v, from);
  });
  host.u32.set(
    ones.map((v) => at(v, from)),
    list / 4,
  );
  host.u8.set(job.constant, constant);
  host
    .kernels(proofKernels(field))
    .combine(at(out, from), list, ones.length, records, terms.length, constant, to - from);
}

/** out_i = i. */
export function ramp(
  host: KernelHost,
  { field, out, from, to }: VectorRange & { readonly out: number },
): void {
  host.kernels(proofKernels(field)).ramp(at(out, from), from, to - from);
}

/** out_i = table[indices_i]. */
export function gather(
  host: KernelHost,
  job: VectorRange & { readonly out: number; readonly table: number; readonly indices: number },
): void {
  const { field, out, table, indices, from, to } = job;
  host.kernels(proofKernels(field)).gather(at(out, from), table, indices + 4 * from, to - from);
}

/** Elements that share an inversion, even: as pairs they stay in the cache. */
const BATCH = 1024;

/** out_i = 1 / a_i, or 0 where a_i is 0. Returns the first such i, or -1. */
export function invert(
  host: KernelHost,
  { field, out, a, from, to }: VectorRange & { readonly out: number; readonly a: number },
): number {
  const { pairFromWords, pairInvertBatch, pairToWords } = host.kernels(field);
  const { firstZero } = host.kernels(proofKernels(field));
  const words = Math.ceil(host.scratch.address / 64) * 64;
  const pairs = words + BATCH * FIELD_BYTES;
  const scratch = pairs + (BATCH / 2) * PAIR_BYTES;
  const one = Uint8Array.of(1);
  let first = -1;
  for (let i = from; i < to; i += BATCH) {
    const n = Math.min(BATCH, to - i);
    const half = Math.ceil(n / 2);
    const { u8 } = host;
    u8.copyWithin(words, at(a, i), at(a, i + n));
    // an odd one gets a one as a partner; and so that there are inverses, ones stand for zeros
    u8.fill(0, words + FIELD_BYTES * n, words + FIELD_BYTES * 2 * half);
    const zeros: number[] = [];
    for (let k = 0; k < 2 * half; k++) {
      const zero = firstZero(words + FIELD_BYTES * k, 2 * half - k);
      if (zero === -1) break;
      k += zero;
      u8.set(one, words + FIELD_BYTES * k);
      zeros.push(k);
    }
    if (first === -1 && zeros.length > 0 && zeros[0] < n) first = i + zeros[0];
    pairFromWords(pairs, words, half);
    pairInvertBatch(pairs, scratch, half);
    pairToWords(words, pairs, half);
    for (const k of zeros) u8.fill(0, words + FIELD_BYTES * k, words + FIELD_BYTES * (k + 1));
    u8.copyWithin(at(out, i), words, words + FIELD_BYTES * n);
  }
  return first;
}

/** How the upper half of a table differs from the lower one: `one` times it, where the lower one is multiplied by `zero`. */
export interface Doubling {
  readonly zero: Uint8Array;
  readonly one: Uint8Array;
  /** Whether zero is 1, or zero + one is: then one multiplication is enough. */
  readonly kind: 'keep' | 'split' | 'both';
}

/** Makes a part of a table from one element: `first`, then one doubling after the other. It has 2^doublings.length elements from `out`. */
export function expand(
  host: KernelHost,
  job: {
    readonly field: string;
    readonly out: number;
    readonly first: Uint8Array;
    readonly doublings: readonly Doubling[];
  },
): void {
  const { field, out, first, doublings } = job;
  const { scaleBy, split } = host.kernels(proofKernels(field));
  host.u8.set(first, out);
  let n = 1;
  for (const { zero, one, kind } of doublings) {
    const factor = montgomeryConstant(host, field, one);
    const upper = at(out, n);
    if (kind === 'split') {
      split(out, upper, factor, n);
    } else {
      scaleBy(upper, out, factor, n);
      if (kind === 'both') scaleBy(out, out, montgomeryConstant(host, field, zero), n);
    }
    n *= 2;
  }
}

/**
 * L_(i m + m/2 + j) = w_i a_j, R_(i m + j) = w_i a_(m/2 + j) and zeros in the other halves, for the places i m/2 + j of a range,
 * where j < m/2.
 */
export function spread(
  host: KernelHost,
  job: VectorRange & {
    readonly L: number;
    readonly R: number;
    readonly w: number;
    readonly a: number;
    /** m / 2 */
    readonly half: number;
  },
): void {
  const { field, L, R, w, a, half, from, to } = job;
  const kernels = host.kernels(proofKernels(field));
  for (let place = from; place < to;) {
    const [i, j] = [Math.floor(place / half), place % half];
    const whole = j === 0 ? Math.floor((to - place) / half) : 0;
    const start = 2 * half * i + j;
    if (whole > 0) {
      kernels.spread(at(L, start), at(R, start), at(w, i), a, half, whole);
      place += whole * half;
    } else {
      const n = Math.min(half - j, to - place);
      const weight = montgomeryConstant(host, field, host.u8.slice(at(w, i), at(w, i + 1)));
      kernels.scaleBy(at(L, start + half), at(a, j), weight, n);
      kernels.scaleBy(at(R, start), at(a, half + j), weight, n);
      host.u8.fill(0, at(L, start), at(L, start + n));
      host.u8.fill(0, at(R, start + half), at(R, start + half + n));
      place += n;
    }
  }
}
