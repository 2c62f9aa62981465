import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import { matrixVector, vectorMatrix } from './matrix.ts';
import {
  poseidonConstants,
  type PoseidonConstants,
  type PoseidonMode,
  type SparseFactor,
} from './poseidon-constants.ts';

/*
 * Nova's random oracle: Poseidon (https://eprint.iacr.org/2019/458) in a sponge with the tag of the SAFE API
 * (https://eprint.iacr.org/2023/522). Sources: nova-snark's src/provider/poseidon.rs and
 * src/frontend/gadgets/poseidon (poseidon_inner.rs, sponge/api.rs).
 */

/** x^5. */
function sbox(F: PrimeField, x: bigint): bigint {
  return F.mul(F.sqr(F.sqr(x)), x);
}

/** The state, as a row, times a sparse matrix. */
function timesSparse(F: PrimeField, state: readonly bigint[], { wHat, vRest }: SparseFactor): bigint[] {
  let first = 0n;
  for (let i = 0; i < state.length; i++) first += state[i] * wHat[i];
  const out = [first % F.p];
  for (let i = 1; i < state.length; i++) out.push((state[i] + vRest[i - 1] * state[0]) % F.p);
  return out;
}

/**
 * The Poseidon permutation, in place, by the optimised schedule: constants behind the S-boxes, sparse matrices in the
 * partial rounds.
 *
 * @param state `c.width` canonical elements
 */
export function permute(c: PoseidonConstants, state: bigint[]): void {
  const { field: F, width, fullRounds, partialRounds, compressedRoundConstants: keys } = c;
  const half = fullRounds / 2;
  const rounds = fullRounds + partialRounds;
  let s: bigint[] = state.map((x, i) => F.add(x, keys[i]));
  let used = width;
  for (let round = 0; round < rounds; round++) {
    const partial = round - half;
    if (partial >= 0 && partial < partialRounds) {
      s[0] = F.add(sbox(F, s[0]), keys[used++]);
      s = timesSparse(F, s, c.sparseMatrices[partial]);
      continue;
    }
    for (let i = 0; i < width; i++) {
      s[i] = sbox(F, s[i]);
      // the last round adds nothing
      if (round < rounds - 1) s[i] = F.add(s[i], keys[used++]);
    }
    s = round === half - 1 ? vectorMatrix(F, s, c.preSparseMatrix) : matrixVector(F, c.mds.m, s);
  }
  for (let i = 0; i < width; i++) state[i] = s[i];
}

/** The base of the tag's polynomial, 2^128 - 159, a prime. */
const TAG_BASE = 2n ** 128n - 159n;

/** Set in the word that stands for an absorb. */
const ABSORB_FLAG = 2n ** 31n;

/**
 * The 128-bit tag of the pattern [Absorb(absorbs), Squeeze(squeezes)]: the words of the operations and the domain
 * separator are the coefficients of a polynomial at 2^128 - 159, modulo 2^128. It starts in the capacity element, so
 * that inputs of different lengths hash differently. Operations on no elements leave no word.
 *
 * @throws {@link NovaError} `InvalidArgument` unless the counts are integers from 0 to 2^31 - 1 and the separator one
 * of 32 bits.
 */
export function ioPatternTag(absorbs: number, squeezes: number, domainSeparator = 0): bigint {
  const fits = (n: number, bits: number) => Number.isInteger(n) && n >= 0 && n < 2 ** bits;
  if (!fits(absorbs, 31) || !fits(squeezes, 31) || !fits(domainSeparator, 32)) {
    throw new NovaError('InvalidArgument', 'a sponge takes and gives from 0 to 2^31 - 1 elements');
  }
  const words: bigint[] = [];
  if (absorbs > 0) words.push(BigInt(absorbs) + ABSORB_FLAG);
  if (squeezes > 0) words.push(BigInt(squeezes));
  words.push(BigInt(domainSeparator));
  return BigInt.asUintN(
    128,
    words.reduceRight((sum, word) => (sum + word) * TAG_BASE, 0n),
  );
}

/**
 * The Poseidon sponge over all elements, as many as there are; one element of output.
 *
 * @param elements canonical elements of `c.field`
 * @example
 * poseidonHash(wideConstants(pallasBase), [1n, 2n, 3n]);
 */
export function poseidonHash(c: PoseidonConstants, elements: readonly bigint[]): bigint {
  const rate = c.width - 1;
  const state = [ioPatternTag(elements.length, 1), ...Array.from({ length: rate }, () => 0n)];
  // a full rate is permuted only when another element or the output is due
  elements.forEach((x, k) => {
    const position = k % rate;
    if (k > 0 && position === 0) permute(c, state);
    state[1 + position] = c.field.add(state[1 + position], x);
  });
  permute(c, state);
  return state[1];
}

/**
 * Nova's random oracle. It collects elements, and hashes all of them at each squeeze.
 *
 * @example
 * const ro = new PoseidonRO(pallasBase);
 * ro.absorb(1n, 2n, 3n);
 * const challenge = ro.squeeze(128);
 */
export class PoseidonRO {
  readonly #constants: PoseidonConstants;
  #state: bigint[] = [];

  /** @param mode the instance: 'wide' (the default) is what Nova's folding uses */
  constructor(F: PrimeField, mode: PoseidonMode = 'wide') {
    this.#constants = poseidonConstants(F, mode);
  }

  /** @throws {@link NovaError} `InvalidFieldElement`; then nothing was absorbed. */
  absorb(...xs: bigint[]): void {
    for (const x of xs) this.#constants.field.check(x, 'an element absorbed by the random oracle');
    this.#state.push(...xs);
  }

  /**
   * The low `bits` bits of the hash of everything absorbed since the last squeeze, as an element. The whole hash is
   * the first element of what follows.
   *
   * @throws {@link NovaError} `InvalidArgument` unless `bits` is an integer from 1 to the field's bits.
   */
  squeeze(bits: number): bigint {
    const { field } = this.#constants;
    if (!Number.isInteger(bits) || bits < 1 || bits > field.bits) {
      throw new NovaError('InvalidArgument', `a challenge in ${field.name} has from 1 to ${field.bits} bits`);
    }
    const hash = poseidonHash(this.#constants, this.#state);
    this.#state = [hash];
    return BigInt.asUintN(bits, hash);
  }
}
