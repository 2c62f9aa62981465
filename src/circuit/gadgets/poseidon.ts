/**
 * The Poseidon random oracle in the circuit. Linear layers cost nothing: state elements are linear combinations, and only
 * the S-boxes allocate (l^2, l^4, l^5). Follows nova-snark's `gadgets/poseidon/circuit2.rs`, without compaction.
 */
import { wideConstants, type PoseidonConstants } from '../../hash/poseidon-constants.ts';
import { ioPatternTag } from '../../hash/poseidon.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import type { LinearCombination, Num } from '../linear-combination.ts';
import type { Value } from '../witness-builder.ts';
import { toBitsStrict, type Bit } from './bits.ts';

/** A state element: a linear combination and its value. */
interface Element {
  readonly lc: LinearCombination;
  readonly value: Value;
}

/** Absorbs numbers; `squeeze` hashes all of them. As nova-snark's `PoseidonROCircuit` in wide mode. */
export class PoseidonOracle {
  #state: Num[] = [];

  absorb(...nums: Num[]): void {
    this.#state.push(...nums);
  }

  /** The hash's low bits; the state becomes the whole hash. */
  squeeze(cs: ConstraintSystem, bits: number): Bit[] {
    const c = wideConstants(cs.field);
    const out = sponge(cs.ns('sponge'), c, this.#state);
    const hash = cs.alloc('hash', out.value);
    cs.enforce('hash', out.lc, cs.one, hash);
    this.#state = [hash];
    return toBitsStrict(cs.ns('bits of the hash'), hash).slice(0, bits);
  }
}

/** Absorbs all of `nums` into the rate, permuting whenever it is full, and returns the first element of the rate. */
function sponge(cs: ConstraintSystem, c: PoseidonConstants, nums: readonly Num[]): Element {
  const constant = (x: bigint): Element => ({ lc: cs.lc().add(cs.one, x), value: cs.values.constant(x) });
  const rate = c.width - 1;
  let state = [constant(ioPatternTag(nums.length, 1)), ...Array.from({ length: rate }, () => constant(0n))];
  let permutations = 0;
  nums.forEach((num, i) => {
    if (i > 0 && i % rate === 0) state = permute(cs.ns(`permutation ${permutations++}`), c, state);
    const k = 1 + (i % rate);
    state[k] = { lc: state[k].lc.clone().add(num), value: cs.values.add(state[k].value, num) };
  });
  return permute(cs.ns(`permutation ${permutations}`), c, state)[1];
}

/** The permutation with compressed round constants: each S-box adds the key of the next round to its result. */
function permute(cs: ConstraintSystem, c: PoseidonConstants, state: readonly Element[]): Element[] {
  const { width, fullRounds, partialRounds, compressedRoundConstants: keys } = c;
  const half = fullRounds / 2;
  let used = 0;
  const nextKeys = (n: number) => keys.slice(used, (used += n));

  const preKeys = nextKeys(width);
  let s = state.map((e, i) => addConstant(cs, e, preKeys[i]));
  for (let round = 0; round < half; round++) {
    const postKeys = nextKeys(width);
    const boxed = s.map((e, i) => sBox(cs.ns(`full round ${round}, ${i}`), e, postKeys[i]));
    s = multiply(cs, boxed, round === half - 1 ? c.preSparseMatrix : c.mds.m);
  }
  for (let round = 0; round < partialRounds; round++) {
    const [postKey] = nextKeys(1);
    const first = sBox(cs.ns(`partial round ${round}`), s[0], postKey);
    s = multiplySparse(cs, [first, ...s.slice(1)], c.sparseMatrices[round]);
  }
  for (let round = half; round < fullRounds; round++) {
    const postKeys = round < fullRounds - 1 ? nextKeys(width) : [];
    const boxed = s.map((e, i) => sBox(cs.ns(`full round ${round}, ${i}`), e, postKeys[i]));
    s = multiply(cs, boxed, c.mds.m);
  }
  return s;
}

function addConstant(cs: ConstraintSystem, e: Element, k: bigint): Element {
  return { lc: e.lc.clone().add(cs.one, k), value: cs.values.add(e.value, cs.values.constant(k)) };
}

/** l^5 + postKey as a new number, by l^2, l^4 and l^4 l = l^5 (+ postKey). */
function sBox(cs: ConstraintSystem, l: Element, postKey: bigint | undefined): Element {
  const { values: v, field: F } = cs;
  const l2 = cs.alloc('l^2', v.mul(l.value, l.value));
  cs.enforce('l^2', l.lc, l.lc, l2);
  const l4 = cs.square('l^4', l2);
  const product = postKey === undefined ? v.mul(l4, l.value) : v.mulAdd(l4, l.value, v.constant(postKey));
  const l5 = cs.alloc('l^5', product);
  const result = cs.lc(l5);
  cs.enforce('l^5', l.lc, l4, postKey === undefined ? result : result.clone().add(cs.one, F.neg(postKey)));
  return { lc: result, value: l5.value };
}

/** state times matrix: element j is the sum of state_i m_ij. */
function multiply(
  cs: ConstraintSystem,
  state: readonly Element[],
  m: readonly (readonly bigint[])[],
): Element[] {
  return state.map((_, j) =>
    dot(
      cs,
      state,
      m.map((row) => row[j]),
    ),
  );
}

/** Only the first row and column are dense; the rest is the identity. */
function multiplySparse(
  cs: ConstraintSystem,
  state: readonly Element[],
  m: PoseidonConstants['sparseMatrices'][number],
): Element[] {
  const { values: v } = cs;
  const [first, ...rest] = state;
  return [
    dot(cs, state, m.wHat),
    ...rest.map((e, i) => ({
      lc: e.lc.clone().add(first.lc, m.vRest[i]),
      value: v.mulAdd(first.value, v.constant(m.vRest[i]), e.value),
    })),
  ];
}

function dot(cs: ConstraintSystem, state: readonly Element[], coefficients: readonly bigint[]): Element {
  const { values: v } = cs;
  const lc = cs.lc();
  state.forEach((e, i) => lc.add(e.lc, coefficients[i]));
  return {
    lc,
    value: v.dot(
      state.map((e) => e.value),
      coefficients.map((k) => v.constant(k)),
    ),
  };
}
