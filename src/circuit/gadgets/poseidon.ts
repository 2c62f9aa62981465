/**
 * The Poseidon random oracle in the circuit. Linear layers cost nothing: state elements are linear combinations, and only
 * the S-boxes allocate (l^2, l^4, l^5). Follows nova-snark's `gadgets/poseidon/circuit2.rs`, without compaction.
 */
import { wideConstants, type PoseidonConstants, type SparseFactor } from '../../hash/poseidon-constants.ts';
import { ioPatternTag } from '../../hash/poseidon.ts';
import type { ConstraintSystem } from '../constraint-system.ts';
import { LinearCombination, type Num } from '../linear-combination.ts';
import type { Value } from '../witness-builder.ts';
import { toBitsStrict, type Bit } from './bits.ts';
import { linearLayers } from './poseidon-layers.ts';

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

  const layers = linearLayers(c);
  const preKeys = nextKeys(width);
  let s = state.map((e, i) => addConstant(cs, e, preKeys[i]));
  const fullRound = (round: number, columns: readonly (readonly bigint[])[]): Num[] => {
    const postKeys = round < fullRounds - 1 ? nextKeys(width) : [];
    const boxed = s.map((e, i) => sBox(cs.ns(`full round ${round}, ${i}`), e, postKeys[i]));
    s = multiply(cs, boxed, columns);
    return boxed;
  };
  for (let round = 0; round < half - 1; round++) fullRound(round, layers.mds);
  const boxes = fullRound(half - 1, layers.preSparse);

  // Every element is a combination of the results of these S-boxes, with coefficients that depend on the round alone.
  const values = s.map((e) => e.value);
  for (let round = 0; round < partialRounds; round++) {
    const [postKey] = nextKeys(1);
    const first = { lc: combine(cs, boxes, layers.beforePartial[round]), value: values[0] };
    const box = sBox(cs.ns(`partial round ${round}`), first, postKey);
    boxes.push(box);
    values[0] = box.value;
    timesSparse(cs, values, c.sparseMatrices[round]);
  }
  s = values.map((value, i) => ({ lc: combine(cs, boxes, layers.afterPartial[i]), value }));
  for (let round = half; round < fullRounds; round++) fullRound(round, layers.mds);
  return s;
}

function addConstant(cs: ConstraintSystem, e: Element, k: bigint): Element {
  return { lc: e.lc.clone().add(cs.one, k), value: cs.values.add(e.value, cs.values.constant(k)) };
}

/** l^5 + postKey as a new number, by l^2, l^4 and l^4 l = l^5 (+ postKey). */
function sBox(cs: ConstraintSystem, l: Element, postKey: bigint | undefined): Num {
  const { values: v, field: F } = cs;
  const l2 = cs.alloc('l^2', v.mul(l.value, l.value));
  cs.enforce('l^2', l.lc, l.lc, l2);
  const l4 = cs.square('l^4', l2);
  const product = postKey === undefined ? v.mul(l4, l.value) : v.mulAdd(l4, l.value, v.constant(postKey));
  const l5 = cs.alloc('l^5', product);
  cs.enforce('l^5', l.lc, l4, postKey === undefined ? l5 : cs.lc(l5).add(cs.one, F.neg(postKey)));
  return l5;
}

/** state times matrix, given by its columns: element j is the sum of state_i m_ij. */
function multiply(
  cs: ConstraintSystem,
  state: readonly Num[],
  columns: readonly (readonly bigint[])[],
): Element[] {
  return columns.map((column) => ({
    lc: combine(cs, state, column),
    value: cs.values.dot(state, cs.values.constants(column)),
  }));
}

/** The values of state times a sparse matrix, in place: only its first row and column are dense, the rest is the identity. */
function timesSparse(cs: ConstraintSystem, state: Value[], { wHat, vRest }: SparseFactor): void {
  const { values: v } = cs;
  const [first] = state;
  state[0] = v.dot(state, v.constants(wHat));
  const factors = v.constants(vRest);
  for (let i = 1; i < state.length; i++) state[i] = v.mulAdd(first, factors[i - 1], state[i]);
}

/** The sum of coefficients_i nums_i; S-boxes run in the order of their variables. */
function combine(
  cs: ConstraintSystem,
  nums: readonly Num[],
  coefficients: readonly bigint[],
): LinearCombination {
  const variables = nums.map((num) => num.variable);
  return LinearCombination.withSharedCoefficients(cs.field, variables, coefficients);
}
