/**
 * Tasks that add up over ranges of vectors, over `kernels/sums.ts`, and what their results are together. A vector is named by
 * its address, as in `vectors.ts`; the halves of a table are vectors of their own.
 */
import { NovaError } from '../../errors.ts';
import { bytesToInt, FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { PRODUCTS_PER_REDUCTION } from './codegen/lazy-sum.ts';
import { proofKernels } from './field-module.ts';
import type { KernelHost } from './host.ts';
import { at, montgomeryConstant, type VectorRange } from './vectors.ts';

/** What is added up: the kernel, its vectors, and how many sums it makes. */
export interface SumJob {
  readonly kernel:
    'sum' | 'inner' | 'crossInner' | 'roundQuadratic' | 'roundCubic' | 'roundEq' | 'roundEqLess';
  readonly vectors: readonly number[];
  readonly count: number;
}

/** The sums of a range, 32 bytes each. @throws {@link NovaError} `InvalidArgument` for a range that is longer than kernels take */
export function sums(host: KernelHost, job: SumJob & VectorRange): Uint8Array {
  const { field, kernel, vectors, count, from, to } = job;
  if (to - from > PRODUCTS_PER_REDUCTION) {
    throw new NovaError(
      'InvalidArgument',
      `a sum of ${to - from} elements: ${PRODUCTS_PER_REDUCTION} at most`,
    );
  }
  const out = host.scratch.address;
  host.kernels(proofKernels(field))[kernel](...vectors.map((v) => at(v, from)), out, to - from);
  return host.u8.slice(out, out + FIELD_BYTES * count);
}

/** The `count` totals of what {@link sums} returned for all ranges. */
export function totals(F: PrimeField, count: number, ranges: readonly Uint8Array[]): bigint[] {
  return Array.from({ length: count }, (_, k) => {
    const sum = (total: bigint, bytes: Uint8Array) =>
      F.add(total, bytesToInt(bytes.subarray(FIELD_BYTES * k, FIELD_BYTES * (k + 1))));
    return ranges.reduce(sum, 0n);
  });
}

/** The sum of a_i u^(i - from) over a range: a polynomial's value from its coefficients. 32 bytes. */
export function evaluate(
  host: KernelHost,
  job: VectorRange & { readonly a: number; readonly u: Uint8Array },
): Uint8Array {
  const { field, a, from, to } = job;
  const u = montgomeryConstant(host, field, job.u);
  const out = host.scratch.address;
  host.kernels(proofKernels(field)).evaluate(at(a, from), u, out, to - from);
  return host.u8.slice(out, out + FIELD_BYTES);
}

/** out_(i-1) = a_i + u out_i, from the top: `carry` is out_(to-1). */
export function divide(
  host: KernelHost,
  job: VectorRange & {
    readonly out: number;
    readonly a: number;
    readonly u: Uint8Array;
    readonly carry: Uint8Array;
  },
): void {
  const { field, out, a, from, to } = job;
  const u = montgomeryConstant(host, field, job.u);
  const carry = host.scratch.address;
  host.u8.set(job.carry, carry);
  host.kernels(proofKernels(field)).divide(at(out, from), at(a, from), u, carry, to - from);
}
