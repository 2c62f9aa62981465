import type { RootConstants } from './map-constants.ts';
import type { FieldKernels } from './host.ts';
import type { PairArrays } from './pair-arrays.ts';
import { PAIR_BYTES } from './codegen/pair-field.ts';

/**
 * Square roots of arrays, by the method of `field/sqrt.ts`, whose tables are in {@link RootConstants}: of an element a, two
 * products of the power w = a^((q - 1) / 2) are kept, r = a w and b = r w = a^q = g^e. a is a square if e is even, and then
 * r g^(-e / 2) is its root. Both are multiplicative: the root of a product needs no power of its own.
 */
export class RootFinder {
  readonly #A: PairArrays;
  readonly #kernels: FieldKernels;
  readonly #constants: RootConstants;
  readonly #inverses: readonly number[];
  readonly #logarithms: number;
  readonly #slots: readonly number[];
  readonly #digits: readonly number[];
  readonly #powers: readonly number[];
  readonly #factor: number;

  constructor(A: PairArrays, constants: RootConstants) {
    const { inverses, logarithms, power, width, windows } = constants;
    this.#A = A;
    this.#kernels = A.kernels;
    this.#constants = constants;
    const tables = A.memory(inverses.length);
    A.host.u8.set(inverses, tables);
    this.#inverses = Array.from({ length: windows }, (_, k) => tables + ((k * PAIR_BYTES) << (width - 1)));
    this.#logarithms = A.memory(logarithms.length);
    A.host.u8.set(logarithms, this.#logarithms);
    this.#slots = Array.from({ length: power.slots }, () => A.array());
    this.#digits = Array.from({ length: windows }, () => A.indices());
    this.#powers = Array.from({ length: windows }, () => A.array());
    this.#factor = A.array();
  }

  /** r and b of the elements a. */
  start(r: number, b: number, a: number, pairs: number): void {
    const A = this.#A;
    const { steps } = this.#constants.power;
    const slot = (k: number): number => (k === 0 ? a : this.#slots[k]);
    for (const { to, from, squarings, by } of steps) {
      if (squarings > 0) A.squareTimes(slot(to), slot(from), squarings, pairs);
      if (by !== undefined) A.mul(slot(to), slot(squarings > 0 ? to : from), slot(by), pairs);
      else if (squarings === 0) A.copy(slot(to), slot(from), pairs);
    }
    const w = slot(steps.length > 0 ? steps[steps.length - 1].to : 0);
    A.mul(b, a, w, pairs); // b serves as r for a moment: r may be a
    A.copy(r, b, pairs);
    A.mul(b, b, w, pairs);
  }

  /** The exponents e of b = g^e, from 0 to the order of g less 1. */
  logarithms(b: number, pairs: number): Uint32Array {
    const A = this.#A;
    const { width, windows } = this.#constants;
    const e = new Uint32Array(2 * pairs);
    // powers[k] = b^(2^(k width)): the last one's logarithm is the lowest digit of e, and so on
    A.copy(this.#powers[0], b, pairs);
    for (let k = 1; k < windows; k++) A.squareTimes(this.#powers[k], this.#powers[k - 1], width, pairs);
    for (let j = 0; j < windows; j++) {
      const k = windows - 1 - j;
      const power = this.#powers[k];
      for (let i = 0; i < j; i++) this.#timesInverse(power, power, k + i, i, pairs);
      this.#kernels.logarithms(power, pairs, this.#logarithms, this.#digits[j]);
      const digits = this.#digitsOf(j, pairs);
      for (let i = 0; i < e.length; i++) e[i] |= digits[i] << (j * width);
    }
    return e;
  }

  /** root = r g^(-e / 2): a square root where e is even. e counts modulo the order of g, which changes no more than the sign. */
  root(root: number, r: number, e: Uint32Array, pairs: number): void {
    const { width, windows } = this.#constants;
    const mask = (1 << width) - 1;
    if (width * windows === 1) {
      this.#A.copy(root, r, pairs); // g = -1, e / 2 = 0
      return;
    }
    for (let k = 0; k < windows; k++) {
      const digits = this.#digitsOf(k, pairs);
      for (let i = 0; i < e.length; i++) digits[i] = (e[i] >>> (k * width + 1)) & mask;
      this.#timesInverse(root, k === 0 ? r : root, k, k, pairs);
    }
  }

  #digitsOf(k: number, pairs: number): Uint32Array {
    const at = this.#digits[k] / 4;
    return this.#A.host.u32.subarray(at, at + 2 * pairs);
  }

  /** d = x g^(-digits[i] 2^(k width)) */
  #timesInverse(d: number, x: number, k: number, i: number, pairs: number): void {
    this.#A.gather(this.#factor, this.#inverses[k], this.#digits[i], 2 * pairs);
    this.#A.mul(d, x, this.#factor, pairs);
  }
}
