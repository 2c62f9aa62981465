import type { Backend, Vec } from '../backend/backend.ts';
import type { Workspace } from '../pcs/workspace.ts';

/** A table of a multilinear polynomial whose variables are bound one after the other, in a vector of a workspace. */
export class Multilinear {
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #vector: Vec;
  #values: Vec;

  /**
   * @param vector where the values go when variables are bound
   * @param values 2^k values: of `vector`, or in a vector of twice its length, which is not changed
   */
  constructor(backend: Backend, workspace: Workspace, vector: Vec, values: Vec = vector) {
    this.#backend = backend;
    this.#workspace = workspace;
    this.#vector = vector;
    this.#values = values;
  }

  /** The table over the variables that are left. */
  get values(): Vec {
    return this.#values;
  }

  /** The values where the first variable that is left is 0; the table must be the workspace's. */
  get lower(): Vec {
    return this.#workspace.prefix(this.#values, this.#values.length / 2);
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
