/**
 * Nova's non-interactive folding scheme (https://eprint.iacr.org/2021/370, section 4), on data that the engine keeps.
 *
 * `prove` and `verify` go through the same steps in the same order. The guarantee: the folded witness satisfies the folded
 * instance if and only if W1 satisfies U1 and W2 satisfies U2 (up to the soundness error). The assumption that lets U1 stay
 * out of the challenge: a hash of U1 is among the public inputs of U2.
 */
import type { Backend, Pending, Products, Vec } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { foldInstances, type Instance, type RelaxedInstance } from '../r1cs/instance.ts';
import { foldingChallenge } from './oracle.ts';
import type { Side } from './params.ts';

/** A fresh witness: W, its blind, and the products of the matrices with z = (W, 1, X). */
export interface FreshWitness {
  readonly W: Vec;
  readonly rW: bigint;
  readonly products: Products;
}

/** A running witness: W and E, their blinds, and the products of the matrices with z = (W, u, X), folded along. */
export interface RunningWitness {
  readonly W: Vec;
  readonly rW: bigint;
  readonly E: Vec;
  readonly rE: bigint;
  readonly products: Products;
}

/** The cross term of a running and a fresh instance, and its commitment: all that the verifier needs of the prover. */
export interface CrossTerm {
  readonly T: Vec;
  readonly rT: bigint;
  readonly commT: AffinePoint;
}

/** Vectors for a fresh witness, made once. */
export interface FreshBuffers {
  readonly W: Vec;
  readonly products: Products;
}

/** Vectors for a running witness, made once. */
export interface RunningBuffers extends FreshBuffers {
  readonly E: Vec;
}

/** The folding scheme on one curve. It owns no state but knows its side of the parameters. */
export class NIFS {
  readonly #backend: Backend;
  readonly #side: Side;
  readonly #digest: bigint;

  constructor(backend: Backend, side: Side, digest: bigint) {
    this.#backend = backend;
    this.#side = side;
    this.#digest = digest;
  }

  /** Makes the vectors of a fresh witness. */
  freshBuffers(label: string): FreshBuffers {
    const { field, constraints, variables } = this.#side.circuit.matrices;
    const vec = (length: number, name: string) => this.#backend.vector(field, length, `${label}.${name}`);
    return {
      W: vec(variables, 'W'),
      products: { AZ: vec(constraints, 'AZ'), BZ: vec(constraints, 'BZ'), CZ: vec(constraints, 'CZ') },
    };
  }

  /** Makes the vectors of a running witness. */
  runningBuffers(label: string): RunningBuffers {
    return { ...this.freshBuffers(label), E: this.errorVector(`${label}.E`) };
  }

  /** Makes a vector with one element per constraint: for E or T. */
  errorVector(label: string): Vec {
    const { field, constraints } = this.#side.circuit.matrices;
    return this.#backend.vector(field, constraints, label);
  }

  /**
   * Records T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1 and the commitment to it. Neither waits for the commitment to W2,
   * so both come back in one read.
   */
  commitCrossTerm(
    T: Vec,
    rT: bigint,
    u1: bigint,
    W1: { products: Products },
    W2: { products: Products },
  ): Pending<AffinePoint> {
    this.#backend.crossTerm(T, W1.products, u1, W2.products);
    return this.#backend.commit(this.#side.bases, T, rT);
  }

  /** Folds (U2, W2) into (U1, W1); the witness goes to `out`, and the vectors of W1 stay as they are. */
  prove(
    U1: RelaxedInstance,
    W1: RunningWitness,
    U2: Instance,
    W2: FreshWitness,
    cross: CrossTerm,
    out: RunningBuffers,
  ): { U: RelaxedInstance; W: RunningWitness } {
    const { curve } = this.#side;
    const r = foldingChallenge(curve, this.#digest, U2, cross.commT);
    const U = foldInstances(curve, U1, U2, cross.commT, r);
    const W = this.#foldWitness(W1, W2, cross, r, out);
    return { U, W };
  }

  /** The instance that `prove` arrives at. */
  static verify(
    curve: Curve,
    digest: bigint,
    U1: RelaxedInstance,
    U2: Instance,
    commT: AffinePoint,
  ): RelaxedInstance {
    const r = foldingChallenge(curve, digest, U2, commT);
    return foldInstances(curve, U1, U2, commT, r);
  }

  /** W1 + r W2, E1 + r T; the products are linear in z, so they fold along and only fresh ones meet the matrices. */
  #foldWitness(
    W1: RunningWitness,
    W2: FreshWitness,
    { T, rT }: CrossTerm,
    r: bigint,
    out: RunningBuffers,
  ): RunningWitness {
    const F = this.#side.curve.scalar;
    const fold = (to: Vec, a: Vec, b: Vec) => this.#backend.addScaled(to, a, r, b);
    fold(out.W, W1.W, W2.W);
    fold(out.E, W1.E, T);
    fold(out.products.AZ, W1.products.AZ, W2.products.AZ);
    fold(out.products.BZ, W1.products.BZ, W2.products.BZ);
    fold(out.products.CZ, W1.products.CZ, W2.products.CZ);
    return {
      ...out,
      rW: F.add(W1.rW, F.mul(r, W2.rW)),
      rE: F.add(W1.rE, F.mul(r, rT)),
    };
  }
}
