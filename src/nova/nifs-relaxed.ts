/**
 * The folding scheme for two relaxed instances: what hides a running instance in a compressed proof, where it is folded with a
 * random one (nova-snark's `NIFSRelaxed`). Unlike {@link NIFS} it absorbs both instances: no hash binds the first one.
 *
 * `prove` and `verify` go through the same steps in the same order.
 */
import type { Backend, Pending, Products, Vec } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { foldRelaxedInstances, type RelaxedInstance } from '../r1cs/instance.ts';
import type { CrossTerm } from './nifs.ts';
import { relaxedFoldingChallenge } from './oracle.ts';
import type { Side } from './params.ts';

/** A witness of a relaxed instance, with its blinds. */
export interface RelaxedWitness {
  readonly W: Vec;
  readonly rW: bigint;
  readonly E: Vec;
  readonly rE: bigint;
}

/** The folding scheme on one curve. It owns no state but knows its side of the parameters. */
export class NIFSRelaxed {
  readonly #backend: Backend;
  readonly #side: Side;
  readonly #digest: bigint;

  constructor(backend: Backend, side: Side, digest: bigint) {
    this.#backend = backend;
    this.#side = side;
    this.#digest = digest;
  }

  /**
   * Records T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - u2 CZ1 and the commitment to it. That is the reference's
   * AZ o BZ - (u1 + u2) CZ - E1 - E2 for Z = Z1 + Z2, as both witnesses satisfy their instances.
   */
  commitCrossTerm(
    T: Vec,
    rT: bigint,
    u1: bigint,
    W1: { products: Products },
    u2: bigint,
    W2: { products: Products },
  ): Pending<AffinePoint> {
    const F = this.#side.curve.scalar;
    // crossTerm is that of a plain second instance, whose u is 1
    this.#backend.crossTerm(T, W1.products, u1, W2.products);
    this.#backend.polynomials.combine(T, [
      { c: 1n, v: T },
      { c: F.sub(1n, u2), v: W1.products.CZ },
    ]);
    return this.#backend.commit(this.#side.bases, T, rT);
  }

  /** Folds (U2, W2) into (U1, W1); the witness goes to `out`, which may be the vectors of W1. */
  prove(
    U1: RelaxedInstance,
    W1: RelaxedWitness,
    U2: RelaxedInstance,
    W2: RelaxedWitness,
    cross: CrossTerm,
    out: { readonly W: Vec; readonly E: Vec },
  ): { U: RelaxedInstance; W: RelaxedWitness } {
    const { curve } = this.#side;
    const r = relaxedFoldingChallenge(curve, this.#digest, U1, U2, cross.commT);
    const U = foldRelaxedInstances(curve, U1, U2, cross.commT, r);
    const W = this.#foldWitness(W1, W2, cross, r, out);
    return { U, W };
  }

  /** The instance that `prove` arrives at. */
  static verify(
    curve: Curve,
    digest: bigint,
    U1: RelaxedInstance,
    U2: RelaxedInstance,
    commT: AffinePoint,
  ): RelaxedInstance {
    const r = relaxedFoldingChallenge(curve, digest, U1, U2, commT);
    return foldRelaxedInstances(curve, U1, U2, commT, r);
  }

  /** W1 + r W2 and E1 + r T + r^2 E2. */
  #foldWitness(
    W1: RelaxedWitness,
    W2: RelaxedWitness,
    { T, rT }: CrossTerm,
    r: bigint,
    { W, E }: { readonly W: Vec; readonly E: Vec },
  ): RelaxedWitness {
    const F = this.#side.curve.scalar;
    const r2 = F.sqr(r);
    const { polynomials } = this.#backend;
    polynomials.combine(W, [
      { c: 1n, v: W1.W },
      { c: r, v: W2.W },
    ]);
    polynomials.combine(E, [
      { c: 1n, v: W1.E },
      { c: r, v: T },
      { c: r2, v: W2.E },
    ]);
    return {
      W,
      E,
      rW: F.add(W1.rW, F.mul(r, W2.rW)),
      rE: F.add(W1.rE, F.add(F.mul(r, rT), F.mul(r2, W2.rE))),
    };
  }
}
