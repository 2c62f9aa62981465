/**
 * The augmented circuit F': one step of the computation together with the folding of the other curve's last instance.
 * Two of them alternate over the cycle; each passes the other's hash through. Follows nova-snark's `nova/circuit/mod.rs`;
 * the order of allocations decides the digest of the public parameters.
 */
import { bitsToNum, isEqual, nor } from '../circuit/gadgets/bits.ts';
import { N_LIMBS } from '../circuit/gadgets/bignat.ts';
import { allocPoint, checkOnCurve, type AllocatedPoint, type PointValues } from '../circuit/gadgets/point.ts';
import { PoseidonOracle } from '../circuit/gadgets/poseidon.ts';
import { allocZero, select } from '../circuit/gadgets/select.ts';
import { ConstraintSystem, type CompiledCircuit } from '../circuit/constraint-system.ts';
import type { Num } from '../circuit/linear-combination.ts';
import type { PrivateInputs, StepCircuit } from '../circuit/step-circuit.ts';
import { packPrivateInputs, privateInputValues, synthesizeStep } from '../circuit/step-synthesis.ts';
import type { Value } from '../circuit/witness-builder.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { IDENTITY } from '../curve/curve.ts';
import { intToLimbs } from '../field/limbs.ts';
import type { Instance, RelaxedInstance } from '../r1cs/instance.ts';
import {
  absorbRelaxedInstance,
  allocInstance,
  allocRelaxedInstance,
  defaultRelaxedInstance,
  foldInstance,
  relaxInstance,
  selectInstance,
  type AllocatedInstance,
  type AllocatedRelaxedInstance,
} from './allocated-instance.ts';
import { NUM_IO } from './constants.ts';
import { NUM_HASH_BITS } from '../hash/digest.ts';

/**
 * What an augmented circuit takes in one step and is known before the step before has been proved: the head of the witness
 * program depends on it alone. In step 0 the optional ones are missing and count as zero.
 */
export interface EarlyInputs {
  readonly digest: bigint;
  /** Index of the step, from 0. */
  readonly i: bigint;
  readonly z0: readonly bigint[];
  readonly zi?: readonly bigint[] | undefined;
  /** Running instance on the other curve. */
  readonly U?: RelaxedInstance | undefined;
  /** Blind of the last hash. */
  readonly ri?: bigint | undefined;
  readonly private?: PrivateInputs | undefined;
}

/** What an augmented circuit takes in one step. */
export interface AugmentedInputs extends EarlyInputs {
  /** Blind of the new hash. */
  readonly rNext: bigint;
  /** Last instance on the other curve, to be folded into U. */
  readonly u?: Instance | undefined;
  /** Commitment to the cross term of U and u. */
  readonly commT?: AffinePoint | undefined;
}

/** What a run of an augmented circuit's witness program yields beside the witness. */
export interface AugmentedOutputs {
  /** Public inputs of the new instance. */
  readonly X: readonly bigint[];
  /** The state after the step. */
  readonly zNext: readonly bigint[];
}

/** A synthesised augmented circuit, and the packing of its inputs and outputs. */
export interface AugmentedCircuit extends CompiledCircuit {
  readonly name: 'primary' | 'secondary';
  readonly stepCircuit: StepCircuit;
  /** The witness program's inputs, in its order. */
  pack(inputs: AugmentedInputs): bigint[];
  /** The inputs of its head. */
  packHead(inputs: EarlyInputs): bigint[];
  /** Splits the witness program's outputs. */
  unpack(outputs: readonly bigint[]): AugmentedOutputs;
}

/**
 * Synthesises the augmented circuit around `stepCircuit`.
 *
 * @param curve the OTHER curve of the cycle: the circuit is over its base field and folds its instances
 * @throws {@link NovaError} `InvalidStepOutputLength`, `InvalidStepCircuitIO`, and what the step circuit throws
 */
export function augment(
  name: 'primary' | 'secondary',
  curve: Curve,
  stepCircuit: StepCircuit,
): AugmentedCircuit {
  const cs = new ConstraintSystem(curve.base);
  const zNext = synthesize(cs, name, curve, stepCircuit);
  return augmented(name, curve, stepCircuit, cs.finish(zNext.map((z) => z.value)));
}

/** The augmented circuit that {@link augment} made, from what it compiled to. */
export function augmented(
  name: 'primary' | 'secondary',
  curve: Curve,
  stepCircuit: StepCircuit,
  compiled: CompiledCircuit,
): AugmentedCircuit {
  return {
    ...compiled,
    name,
    stepCircuit,
    pack: (inputs) => [...packHead(curve, stepCircuit, inputs), ...packTail(curve, inputs)],
    packHead: (inputs) => packHead(curve, stepCircuit, inputs),
    unpack: (outputs) => ({ X: outputs.slice(0, NUM_IO), zNext: outputs.slice(NUM_IO) }),
  };
}

function synthesize(
  cs: ConstraintSystem,
  name: 'primary' | 'secondary',
  curve: Curve,
  stepCircuit: StepCircuit,
): readonly Num[] {
  const { values: v } = cs;
  const { digest, i, z0, zi, U, ri, rNext, u, T, privateInputs } = allocInputs(
    cs.ns('inputs'),
    curve,
    stepCircuit,
  );

  const zero = allocZero(cs.ns('zero'), 'zero');
  const isBaseCase = isEqual(cs.ns('is base case'), i, zero);

  // u.X0 = H(digest, i, z0, zi, U, ri), unless this is step 0
  const hashIn = publicHash(cs.ns('input hash'), digest, i, z0, zi, U, ri);
  const hashMatches = isEqual(cs.ns('u.X0 = input hash'), u.X0, hashIn);

  // the new running instance
  const base = cs.ns('base case');
  const UBase = name === 'primary' ? defaultRelaxedInstance(base) : relaxInstance(base, u);
  const UFolded = foldInstance(cs.ns('fold'), curve, digest, U, u, T);
  const neither = nor(cs, 'neither base case nor hash matches', hashMatches, isBaseCase);
  cs.enforce('base case or hash matches', neither, cs.one);
  const UNew = selectInstance(cs.ns('new U'), isBaseCase, UBase, UFolded);

  const iNew = cs.alloc('i + 1', v.add(i, cs.one));
  cs.enforce('i + 1', cs.lc(), cs.lc(), cs.lc(iNew).sub(cs.one).sub(i));

  // the step itself
  const zIn = z0.map((z, k) => select(cs, `z_in ${k}`, isBaseCase, z, zi[k]));
  const zNext = synthesizeStep(cs.ns('F'), stepCircuit, zIn, privateInputs);

  const hashOut = publicHash(cs.ns('output hash'), digest, iNew, z0, zNext, UNew, rNext);
  cs.inputize('X0 = u.X1', u.X1);
  cs.inputize('X1 = output hash', hashOut);
  return zNext;
}

/** Everything that is allocated before the first computation, in the reference's order. */
function allocInputs(
  cs: ConstraintSystem,
  curve: Curve,
  stepCircuit: StepCircuit,
): {
  digest: Num;
  i: Num;
  z0: Num[];
  zi: Num[];
  U: AllocatedRelaxedInstance;
  ri: Num;
  rNext: Num;
  u: AllocatedInstance;
  T: AllocatedPoint;
  privateInputs: Record<string, Value[]>;
} {
  const input = () => cs.values.input();
  const inputs = (n: number) => Array.from({ length: n }, input);
  const point = (): PointValues => [input(), input(), input()];

  const digest = cs.alloc('digest', input());
  const i = cs.alloc('i', input());
  const z0 = inputs(stepCircuit.arity).map((z, k) => cs.alloc(`z0 ${k}`, z));
  const zi = inputs(stepCircuit.arity).map((z, k) => cs.alloc(`zi ${k}`, z));
  const U = allocRelaxedInstance(cs.ns('U'), {
    commW: point(),
    commE: point(),
    u: input(),
    X: [inputs(N_LIMBS), inputs(N_LIMBS)],
  });
  const ri = cs.alloc('ri', input());
  const privateInputs = privateInputValues(cs, stepCircuit);
  cs.values.beginLateInputs();
  const rNext = cs.alloc('r_next', input());
  const u = allocInstance(cs.ns('u'), curve, { commW: point(), X: [input(), input()] });
  const T = allocPoint(cs.ns('T'), point());
  checkOnCurve(cs.ns('T on curve'), curve, T);
  return { digest, i, z0, zi, U, ri, rNext, u, T, privateInputs };
}

/** H(digest, i, z0, z, U, r), 250 bits, as a new number. */
function publicHash(
  cs: ConstraintSystem,
  digest: Num,
  i: Num,
  z0: readonly Num[],
  z: readonly Num[],
  U: AllocatedRelaxedInstance,
  r: Num,
): Num {
  const ro = new PoseidonOracle();
  ro.absorb(digest, i, ...z0, ...z);
  absorbRelaxedInstance(cs.ns('U'), ro, U);
  ro.absorb(r);
  const bits = ro.squeeze(cs.ns('squeeze'), NUM_HASH_BITS);
  return bitsToNum(cs, bits);
}

// elements of the other field stand for their integers in what follows

function packHead(curve: Curve, stepCircuit: StepCircuit, a: EarlyInputs): bigint[] {
  const F = curve.base;
  const limbs = (x: bigint) => intToLimbs(x, N_LIMBS);
  const { commW, commE, u, X } = a.U ?? { commW: IDENTITY, commE: IDENTITY, u: 0n, X: [0n, 0n] };
  return [
    F.reduce(a.digest),
    a.i,
    ...a.z0,
    ...(a.zi ?? a.z0.map(() => 0n)),
    ...packPoint(commW),
    ...packPoint(commE),
    F.reduce(u),
    ...X.flatMap(limbs),
    a.ri ?? 0n,
    ...packPrivateInputs(F, stepCircuit, a.private),
  ];
}

function packTail(curve: Curve, a: AugmentedInputs): bigint[] {
  const { commW, X } = a.u ?? { commW: IDENTITY, X: [0n, 0n] };
  return [
    a.rNext,
    ...packPoint(commW),
    ...X.map((x) => curve.base.reduce(x)),
    ...packPoint(a.commT ?? IDENTITY),
  ];
}

function packPoint(P: AffinePoint): bigint[] {
  return [P.x, P.y, P.infinity ? 1n : 0n];
}
