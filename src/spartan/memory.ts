import type { Backend, Pending, Vec } from '../backend/backend.ts';
import type { Indices } from '../backend/polynomials.ts';
import type { Workspace } from '../pcs/workspace.ts';
import type { Lookups } from './lookup-claims.ts';
import { Multilinear } from './multilinear.ts';

/** What a shape says of a memory: of N cells, and of N reads of them. */
export interface Accesses {
  /** The address of each cell: 0, 1, .., N - 1. */
  readonly cells: Vec;
  /** The address of each read, as an element and as a position. */
  readonly addresses: Vec;
  readonly positions: Indices;
  /** How often each cell is read. */
  readonly ts: Vec;
}

/** A memory, its reads, and the tables that show that these return what the cells hold. In vectors of a workspace. */
export class Memory {
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #name: string;
  readonly #accesses: Accesses;
  /** What the cells hold, for the caller to write; after `hash`, the hash of each cell's address and value. */
  readonly T: Vec;
  /** What the reads return. */
  readonly L: Vec;
  /** The hash of each read's address and value. */
  readonly W: Vec;
  /** ts / T */
  readonly t: Vec;
  /** 1 / W */
  readonly w: Vec;

  /** @param name begins the names of the vectors */
  constructor(backend: Backend, workspace: Workspace, name: string, accesses: Accesses) {
    this.#backend = backend;
    this.#workspace = workspace;
    this.#name = name;
    this.#accesses = accesses;
    const vector = (part: string) => workspace.vector(`${name}.${part}`, accesses.cells.length);
    this.T = vector('T');
    this.L = vector('L');
    this.W = vector('W');
    this.t = vector('t');
    this.w = vector('w');
  }

  /** Reads the cells. */
  read(): void {
    this.#backend.polynomials.gather(this.L, this.T, this.#accesses.positions);
  }

  /** Hashes (address, value) to address + gamma value + r, and inverts. The values are the first zero hashes, or -1. */
  hash(gamma: bigint, r: bigint): readonly [cells: Pending<number>, reads: Pending<number>] {
    const { polynomials } = this.#backend;
    const { cells, addresses, ts } = this.#accesses;
    const hash = (out: Vec, address: Vec, value: Vec) => {
      const terms = [
        { c: 1n, v: address },
        { c: gamma, v: value },
      ];
      polynomials.combine(out, terms, r);
    };
    hash(this.T, cells, this.T);
    hash(this.W, addresses, this.L);
    const zeros = [polynomials.invert(this.t, this.T), polynomials.invert(this.w, this.W)] as const;
    polynomials.multiply(this.t, this.t, ts);
    return zeros;
  }

  /** The tables, ready for a sum-check: it overwrites T and W, and leaves t and w. */
  lookups(): Lookups {
    const { T, W, t, w } = this;
    return {
      T: new Multilinear(this.#backend, this.#workspace, T),
      W: new Multilinear(this.#backend, this.#workspace, W),
      t: this.#kept('t', t),
      w: this.#kept('w', w),
      ts: this.#kept('ts', this.#accesses.ts),
    };
  }

  /** The reads, ready for a sum-check, which leaves L. */
  reads(): Multilinear {
    return this.#kept('L', this.L);
  }

  #kept(name: string, values: Vec): Multilinear {
    const half = this.#workspace.vector(`${this.#name}.${name}.bound`, values.length / 2);
    return new Multilinear(this.#backend, this.#workspace, half, values);
  }
}
