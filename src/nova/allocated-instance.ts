/**
 * (Relaxed) R1CS instances of the other curve, as variables of the augmented circuit, and the folding verifier on them.
 * Follows nova-snark's `nova/circuit/r1cs.rs`.
 */
import { bitsToNum, type Bit } from '../circuit/gadgets/bits.ts';
import {
  addBigNats,
  allocLimbs,
  bigNatFromNum,
  constantBigNat,
  limbAsNum,
  mulMod,
  N_LIMBS,
  reduceMod,
  selectBigNat,
  type BigNat,
} from '../circuit/gadgets/bignat.ts';
import {
  addPoints,
  allocPoint,
  checkOnCurve,
  identityPoint,
  selectPoint,
  type AllocatedPoint,
  type PointValues,
} from '../circuit/gadgets/point.ts';
import { PoseidonOracle } from '../circuit/gadgets/poseidon.ts';
import { scalarMul } from '../circuit/gadgets/scalar-mul.ts';
import { select } from '../circuit/gadgets/select.ts';
import type { ConstraintSystem } from '../circuit/constraint-system.ts';
import type { Num } from '../circuit/linear-combination.ts';
import type { Operand } from '../circuit/witness-builder.ts';
import type { Curve } from '../curve/curve.ts';
import { NUM_CHALLENGE_BITS } from './constants.ts';

/** A plain instance: its public inputs fit in one field element each. */
export interface AllocatedInstance {
  readonly commW: AllocatedPoint;
  readonly X0: Num;
  readonly X1: Num;
}

/** A relaxed instance: its public inputs are elements of the other field, as limbs. */
export interface AllocatedRelaxedInstance {
  readonly commW: AllocatedPoint;
  readonly commE: AllocatedPoint;
  readonly u: Num;
  readonly X0: BigNat;
  readonly X1: BigNat;
}

/** Values of a plain instance. */
export interface InstanceValues {
  readonly commW: PointValues;
  readonly X: readonly [Operand, Operand];
}

/** Values of a relaxed instance. */
export interface RelaxedInstanceValues {
  readonly commW: PointValues;
  readonly commE: PointValues;
  readonly u: Operand;
  /** Limbs of X0 and X1. */
  readonly X: readonly [readonly Operand[], readonly Operand[]];
}

/** The instance to be folded in; its commitment is checked to be a point of the curve. */
export function allocInstance(cs: ConstraintSystem, curve: Curve, values: InstanceValues): AllocatedInstance {
  const commW = allocPoint(cs.ns('commW'), values.commW);
  checkOnCurve(cs.ns('commW on curve'), curve, commW);
  const X0 = cs.alloc('X0', values.X[0]);
  const X1 = cs.alloc('X1', values.X[1]);
  return { commW, X0, X1 };
}

/**
 * The running instance. Nothing about it is checked here: its hash is, which binds it to an earlier step's output.
 */
export function allocRelaxedInstance(
  cs: ConstraintSystem,
  values: RelaxedInstanceValues,
): AllocatedRelaxedInstance {
  const commW = allocPoint(cs.ns('commW'), values.commW);
  const commE = allocPoint(cs.ns('commE'), values.commE);
  const u = cs.alloc('u', values.u);
  const X0 = allocLimbs(cs.ns('X0'), values.X[0]);
  const X1 = allocLimbs(cs.ns('X1'), values.X[1]);
  return { commW, commE, u, X0, X1 };
}

/**
 * The primary circuit's first running instance: W = E = O, u = 0. X is zero in an honest run; a prover may choose it
 * otherwise and then has to satisfy the relaxed instance with it.
 */
export function defaultRelaxedInstance(cs: ConstraintSystem): AllocatedRelaxedInstance {
  const commW = identityPoint(cs.ns('commW'));
  const zeros = Array.from({ length: N_LIMBS }, () => cs.values.constant(0n));
  const X0 = allocLimbs(cs.ns('X0'), zeros);
  const X1 = allocLimbs(cs.ns('X1'), zeros);
  return { commW, commE: commW, u: commW.x, X0, X1 };
}

/** The secondary circuit's first running instance: the incoming one with E = O, u = 1. */
export function relaxInstance(cs: ConstraintSystem, U: AllocatedInstance): AllocatedRelaxedInstance {
  const commE = identityPoint(cs.ns('commE'));
  const X0 = bigNatFromNum(cs.ns('X0'), U.X0);
  const X1 = bigNatFromNum(cs.ns('X1'), U.X1);
  return { commW: U.commW, commE, u: cs.one, X0, X1 };
}

/** Absorbs commW, commE, u, and each X as limbs; a limb becomes a number of its own first. */
export function absorbRelaxedInstance(
  cs: ConstraintSystem,
  ro: PoseidonOracle,
  U: AllocatedRelaxedInstance,
): void {
  absorbPoint(ro, U.commW);
  absorbPoint(ro, U.commE);
  ro.absorb(U.u);
  for (const [name, X] of [
    ['X0', U.X0],
    ['X1', U.X1],
  ] as const) {
    ro.absorb(...X.limbs.map((_, i) => limbAsNum(cs, `limb ${i} of ${name}`, X, i)));
  }
}

function absorbPoint(ro: PoseidonOracle, P: AllocatedPoint): void {
  ro.absorb(P.x, P.y, P.infinity);
}

/**
 * The folding verifier: U + r u, where r is the hash of the parameters, u and T. U itself is not absorbed, since u.X0 is a
 * hash of it (checked by the caller).
 *
 * @param curve the curve of the folded instances; the circuit is over its base field
 */
export function foldInstance(
  cs: ConstraintSystem,
  curve: Curve,
  digest: Num,
  U: AllocatedRelaxedInstance,
  u: AllocatedInstance,
  T: AllocatedPoint,
): AllocatedRelaxedInstance {
  const { values: v } = cs;
  const ro = new PoseidonOracle();
  ro.absorb(digest);
  absorbPoint(ro, u.commW);
  ro.absorb(u.X0, u.X1);
  absorbPoint(ro, T);
  const rBits: Bit[] = ro.squeeze(cs.ns('r bits'), NUM_CHALLENGE_BITS);
  const r = bitsToNum(cs.ns('r'), rBits);

  // commW + r u.commW, commE + r T, u + r
  const rW = scalarMul(cs.ns('r u.commW'), u.commW, rBits);
  const commW = addPoints(cs.ns('commW + r u.commW'), U.commW, rW);
  const rT = scalarMul(cs.ns('r T'), T, rBits);
  const commE = addPoints(cs.ns('commE + r T'), U.commE, rT);
  const uFold = cs.alloc('u + r', v.add(U.u, r));
  cs.enforce('u + r', cs.lc(), cs.lc(), cs.lc(uFold).sub(U.u).sub(r));

  // X + r u.X modulo the order of the curve
  const rLimbs = bigNatFromNum(cs.ns('limbs of r'), r);
  const m = constantBigNat(cs.ns('order'), curve.scalar.p, N_LIMBS);
  const foldX = (sub: ConstraintSystem, X: BigNat, uX: Num): BigNat => {
    const limbs = bigNatFromNum(sub.ns('limbs of u.X'), uX);
    const product = mulMod(sub.ns('r u.X'), limbs, rLimbs, m);
    return reduceMod(sub.ns('X + r u.X'), addBigNats(sub, X, product), m);
  };
  const X0 = foldX(cs.ns('X0'), U.X0, u.X0);
  const X1 = foldX(cs.ns('X1'), U.X1, u.X1);
  return { commW, commE, u: uFold, X0, X1 };
}

/** condition ? a : b */
export function selectInstance(
  cs: ConstraintSystem,
  condition: Bit,
  a: AllocatedRelaxedInstance,
  b: AllocatedRelaxedInstance,
): AllocatedRelaxedInstance {
  const commW = selectPoint(cs.ns('commW'), condition, a.commW, b.commW);
  const commE = selectPoint(cs.ns('commE'), condition, a.commE, b.commE);
  const u = select(cs, 'u', condition, a.u, b.u);
  const X0 = selectBigNat(cs.ns('X0'), condition, a.X0, b.X0);
  const X1 = selectBigNat(cs.ns('X1'), condition, a.X1, b.X1);
  return { commW, commE, u, X0, X1 };
}
