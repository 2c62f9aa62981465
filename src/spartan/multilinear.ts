import type { Backend, Vec } from '../backend/backend.ts';
import type { Workspace } from '../pcs/workspace.ts';

/** A table of a multilinear polynomial, in a vector of a workspace, whose variables are bound one after the other, in place. */
export class Multilinear {
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #vector: Vec;
  #values: Vec;

  /** @param vector 2^k values */
  constructor(backend: Backend, workspace: Workspace, vector: Vec) {
    this.#backend = backend;
    this.#workspace = workspace;
    this.#vector = vector;
    this.#values = vector;
  }

  /** The table over the variables that are left. */
  get values(): Vec {
    return this.#values;
  }

  /** Binds the first variable to r. */
  bind(r: bigint): void {
    this.fold(this.#vector.field.sub(1n, r), r);
  }

  /** Sums over the first variable: the polynomial at 0 plus the polynomial at 1. */
  sumOut(): void {
    this.fold(1n, 1n);
  }

  /** Replaces the polynomial by c0 times itself at 0 plus c1 times itself at 1, in the first variable. */
  fold(c0: bigint, c1: bigint): void {
    const half = this.#workspace.prefix(this.#vector, this.#values.length / 2);
    this.#backend.polynomials.foldHalves(half, this.#values, c0, c1);
    this.#values = half;
  }
}
