import { NovaError } from '../../errors.ts';
import type { PrimeField } from '../../field/field.ts';
import { PAIR_BYTES } from './codegen/pair-field.ts';
import { generatorKernels } from './generator-module.ts';
import type { FieldKernels, KernelHost } from './host.ts';
import { pairLayout } from './map-constants.ts';

/** Alignment of arrays: a line of the caches. */
const ALIGNMENT = 64;
/** What `pairInvertBatch` wants for n pairs: 2 n and as many more as this. */
const INVERSION_EXTRA = 64;

/**
 * Arrays of field elements in pair layout in a thread's scratch memory, and the kernels on them (`kernels/pairs.ts`).
 * Arrays are given by their addresses; an output may be an input. All have room for the same number of pairs.
 */
export class PairArrays {
  readonly host: KernelHost;
  readonly F: PrimeField;
  /** Pairs that the operations work on, unless they are told otherwise. */
  pairs: number;
  /** The kernels of `generator-module.ts`. */
  readonly kernels: FieldKernels;
  readonly #capacity: number;
  #free: number;
  readonly #scratch: number;
  /** A u32 for each element: 0, 1, 2, ... */
  readonly #all: number;

  constructor(host: KernelHost, F: PrimeField, capacity: number) {
    this.host = host;
    this.F = F;
    this.pairs = this.#capacity = capacity;
    this.kernels = host.kernels(generatorKernels(F.name));
    this.#free = host.scratch.address;
    this.#scratch = this.memory((2 * capacity + INVERSION_EXTRA) * PAIR_BYTES);
    this.#all = this.indices();
    const all = Uint32Array.from({ length: 2 * capacity }, (_, i) => i);
    host.u32.set(all, this.#all / 4);
  }

  /** Sets memory aside. @throws {@link NovaError} `OutOfMemory` if there is too little scratch memory */
  memory(bytes: number): number {
    const { address, bytes: all } = this.host.scratch;
    const at = Math.ceil(this.#free / ALIGNMENT) * ALIGNMENT;
    if (at + bytes > address + all) {
      throw new NovaError('OutOfMemory', `${all} bytes of scratch memory are too few for these arrays`);
    }
    this.#free = at + bytes;
    return at;
  }

  /** A new array. */
  array(): number {
    return this.memory(this.#capacity * PAIR_BYTES);
  }

  /** Room for an index of each element, as u32. */
  indices(): number {
    return this.memory(8 * this.#capacity);
  }

  /** A new array in which all elements are x. */
  constant(x: bigint): number {
    const at = this.array();
    const { u8 } = this.host;
    const end = this.#capacity * PAIR_BYTES;
    u8.set(pairLayout(this.F, [x, x]), at);
    for (let done = PAIR_BYTES; done < end; done *= 2) {
      u8.copyWithin(at + done, at, at + Math.min(done, end - done));
    }
    return at;
  }

  mul(d: number, x: number, y: number, pairs: number = this.pairs): void {
    this.kernels.pairMul(d, x, y, pairs);
  }

  sqr(d: number, x: number, pairs: number = this.pairs): void {
    this.kernels.pairSqr(d, x, pairs);
  }

  /** d = x^(2^n) for n >= 1 */
  squareTimes(d: number, x: number, n: number, pairs: number = this.pairs): void {
    this.sqr(d, x, pairs);
    for (let i = 1; i < n; i++) this.sqr(d, d, pairs);
  }

  add(d: number, x: number, y: number, pairs: number = this.pairs): void {
    this.kernels.pairAdd(d, x, y, pairs);
  }

  sub(d: number, x: number, y: number, pairs: number = this.pairs): void {
    this.kernels.pairSub(d, x, y, pairs);
  }

  /** d = 1 / d. Returns false, and leaves something else in d, if one of them is zero. */
  invert(d: number, pairs: number = this.pairs): boolean {
    return this.kernels.pairInvertBatch(d, this.#scratch, pairs) === 0;
  }

  copy(d: number, x: number, pairs: number = this.pairs): void {
    this.host.u8.copyWithin(d, x, x + pairs * PAIR_BYTES);
  }

  /** d[i] = x[indices[i]] for i < n */
  gather(d: number, x: number, indices: number, n: number): void {
    if (n > 0) this.kernels.moveElements(d, this.#all, x, indices, n);
  }

  /** d[indices[i]] = x[i] for i < n */
  scatter(d: number, indices: number, x: number, n: number): void {
    if (n > 0) this.kernels.moveElements(d, indices, x, this.#all, n);
  }

  /** Writes indices where {@link PairArrays.indices} made room. */
  setIndices(at: number, list: ArrayLike<number>): void {
    this.host.u32.set(list, at / 4);
  }
}
