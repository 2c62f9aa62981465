import type { Backend, Bases, Control, Pending, Vec } from '../backend/backend.ts';
import type { AffinePoint } from '../curve/curve.ts';
import type { Workspace } from './workspace.ts';

/**
 * The generators G of an inner-product argument, half as many after every round. Folding them costs about as much as three commitments
 * of their length, so for some rounds they are left as they are: then G is the sum of the parts of other generators times weights, the
 * tensor of (1, x) for the x of these rounds, and a commitment to a under G is one to a spread over them. How many rounds pay is the
 * engine's to say.
 */
export class FoldedGenerators {
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #n: number;
  #bases: Bases;
  /** What was made here. */
  #owned: readonly Bases[] = [];
  /** The x of the rounds that {@link #bases} are not folded by. */
  #left: bigint[] = [];
  #length: number;
  #most: number;

  /** The first n generators of a key. @param workspace where vectors of n elements are made */
  constructor(backend: Backend, bases: Bases, n: number, workspace: Workspace) {
    this.#backend = backend;
    this.#workspace = workspace;
    this.#n = this.#length = n;
    this.#bases = bases;
    this.#most = backend.openings.roundsPerFold(n);
  }

  /** <lo(a), hi(G)> and <hi(a), lo(G)>. */
  commitHalves(a: Vec): [L: Pending<AffinePoint>, R: Pending<AffinePoint>] {
    const { polynomials, openings } = this.#backend;
    const prefix = (name: string, n: number, length: number) =>
      this.#workspace.prefix(this.#workspace.vector(name, n), length);
    const w = prefix('w', this.#n / 2, 2 ** this.#left.length);
    const [L, R] = ['L', 'R'].map((name) => prefix(name, this.#n, w.length * a.length));
    polynomials.tensor(
      w,
      this.#left.map((x): [bigint, bigint] => [1n, x]),
    );
    openings.spreadHalves(L, R, w, a);
    return [this.#backend.commit(this.#bases, L, 0n), this.#backend.commit(this.#bases, R, 0n)];
  }

  /** G = lo(G) + x hi(G). @throws what `OpeningOperations.foldBases` throws */
  async fold(x: bigint, control: Control): Promise<void> {
    this.#left.push(x);
    this.#length /= 2;
    if (this.#left.length < this.#most || this.#length === 1) return;
    const F = this.#bases.curve.scalar;
    const weights = this.#left.reduce((all, y) => all.flatMap((w) => [w, F.mul(w, y)]), [1n]);
    const folded = await this.#backend.openings.foldBases(this.#bases, weights, this.#length, control);
    this.close();
    [this.#bases, this.#owned, this.#left] = [folded, [folded], []];
    this.#most = this.#backend.openings.roundsPerFold(this.#length);
  }

  /** Frees what was made of the key. */
  close(): void {
    this.#backend.free(...this.#owned);
    this.#owned = [];
  }
}
