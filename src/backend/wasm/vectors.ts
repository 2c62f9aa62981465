/**
 * Tasks on ranges of vectors, over `kernels/vectors.ts`. A vector is named by its address; its elements take `FIELD_BYTES`
 * each and are canonical. Constants are canonical too, 32 bytes as `PrimeField.toBytes` makes them.
 */
import { FIELD_BYTES } from '../../field/field.ts';
import { ELEMENT_STRIDE } from './codegen/field-description.ts';
import type { KernelHost } from './host.ts';

/** The elements `from .. to` of vectors over a field. */
export interface VectorRange {
  /** Name of the field. */
  readonly field: string;
  readonly from: number;
  readonly to: number;
}

/** The addresses of A z, B z, C z. */
export interface ProductAddresses {
  readonly AZ: number;
  readonly BZ: number;
  readonly CZ: number;
}

/** out = a + r b; out may be a or b. */
export function addScaled(
  host: KernelHost,
  args: VectorRange & {
    readonly out: number;
    readonly a: number;
    readonly r: Uint8Array;
    readonly b: number;
  },
): void {
  const { out, a, b, from, to } = args;
  const r = montgomeryConstant(host, args.field, args.r);
  host.kernels(args.field).addScaled(at(out, from), at(a, from), r, at(b, from), to - from);
}

/**
 * Divides the polynomial with the coefficients a by X^m - u. The coefficients are rows of m, and every column is a polynomial that is
 * divided by X - u; the range is one of columns.
 */
export function divideColumns(
  host: KernelHost,
  args: VectorRange & {
    readonly out: number;
    readonly a: number;
    readonly rows: number;
    readonly m: number;
    readonly u: Uint8Array;
  },
): void {
  const { field, out, a, rows, m, from, to } = args;
  const u = montgomeryConstant(host, field, args.u);
  const kernels = host.kernels(field);
  const [width, start] = [to - from, (row: number) => m * row + from];
  kernels.zeroBytes(at(out, start(rows - 1)), width * FIELD_BYTES);
  for (let row = rows - 2; row >= 0; row--) {
    const above = start(row + 1);
    kernels.addScaled(at(out, start(row)), at(a, above), u, at(out, above), width);
  }
}

/** T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1, where `running` has the products 1 and `fresh` the products 2. */
export function crossTerm(
  host: KernelHost,
  args: VectorRange & {
    readonly T: number;
    readonly running: ProductAddresses;
    readonly u1: Uint8Array;
    readonly fresh: ProductAddresses;
  },
): void {
  const { T, running, fresh, from, to } = args;
  const u1 = montgomeryConstant(host, args.field, args.u1);
  const all = ({ AZ, BZ, CZ }: ProductAddresses): number[] => [AZ, BZ, CZ].map((v) => at(v, from));
  host.kernels(args.field).crossTerm(at(T, from), ...all(running), u1, ...all(fresh), to - from);
}

/** The first row i of the range where AZ_i BZ_i != u CZ_i + E_i, or -1. E is undefined for a zero vector. */
export function firstUnsatisfied(
  host: KernelHost,
  args: VectorRange & {
    readonly products: ProductAddresses;
    readonly u: Uint8Array;
    readonly E?: number | undefined;
  },
): number {
  const { products: p, E, from, to } = args;
  const u = host.scratch.address;
  host.u8.set(args.u, u);
  const error = E === undefined ? 0 : at(E, from);
  const kernels = host.kernels(args.field);
  const i = kernels.firstUnsatisfied(at(p.AZ, from), at(p.BZ, from), at(p.CZ, from), u, error, to - from);
  return i < 0 ? i : from + i;
}

/** The first element of the range that is not below the modulus, or -1. */
export function firstNonCanonical(host: KernelHost, args: VectorRange & { readonly a: number }): number {
  const { a, from, to } = args;
  const i = host.kernels(args.field).firstNonCanonical(at(a, from), to - from);
  return i < 0 ? i : from + i;
}

/** out = a. */
export function copyVector(
  host: KernelHost,
  args: VectorRange & { readonly out: number; readonly a: number },
): void {
  const { out, a, from, to } = args;
  host.kernels(args.field).copyBytes(at(out, from), at(a, from), (to - from) * FIELD_BYTES);
}

/** out = 0. */
export function clearVector(host: KernelHost, args: VectorRange & { readonly out: number }): void {
  const { out, from, to } = args;
  host.kernels(args.field).zeroBytes(at(out, from), (to - from) * FIELD_BYTES);
}

/** The address of an element of a vector. */
export function at(vector: number, i: number): number {
  return vector + i * FIELD_BYTES;
}

/** Writes constant k to the scratch memory, as an unpacked element in Montgomery form; its address. */
export function montgomeryConstant(host: KernelHost, field: string, bytes: Uint8Array, k = 0): number {
  const words = host.scratch.address;
  const element = words + FIELD_BYTES + ELEMENT_STRIDE * k;
  host.u8.set(bytes, words);
  host.kernels(field).fromWords(element, words);
  return element;
}
