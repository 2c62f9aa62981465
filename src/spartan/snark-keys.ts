/** The keys of `snark`, the SNARK without preprocessing: its verifier keeps the matrices. */
import type { Backend, Matrices, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { Exclusive } from '../exclusive.ts';
import type { ResidentKey } from '../pcs/evaluation-engine.ts';
import { Workspace } from '../pcs/workspace.ts';
import { paddedSize, type PaddedSize } from './padding.ts';
import type { SnarkVerifierKey } from './relaxed-snark.ts';

/** What both keys have. */
abstract class SpartanKey<EK extends ResidentKey> implements ResidentKey {
  readonly backend: Backend;
  readonly curve: Curve;
  /** With or without padding: what padding adds is empty. */
  readonly matrices: Matrices;
  readonly size: PaddedSize;
  /** The key of the commitment scheme. */
  readonly ee: EK;
  /** The digest of the verifier key. */
  readonly digest: bigint;
  readonly workspace: Workspace;
  readonly exclusive: Exclusive;

  constructor(matrices: Matrices, ee: EK, digest: bigint, role: 'prover' | 'verifier') {
    this.backend = ee.backend;
    this.curve = ee.curve;
    this.matrices = matrices;
    this.size = paddedSize(matrices.shape);
    this.ee = ee;
    this.digest = digest;
    this.workspace = new Workspace(ee.backend, ee.curve.scalar, `snark ${role}`);
    this.exclusive = new Exclusive(`this ${role} key`);
  }

  close(): void {
    this.workspace.close();
    this.ee.close();
  }
}

/** What the verifier needs. */
export class SpartanVerifierKey<EVK extends ResidentKey> extends SpartanKey<EVK> implements SnarkVerifierKey {
  readonly #owned: readonly Matrices[];

  /** @param owned whether to free the matrices, too */
  constructor(matrices: Matrices, ee: EVK, digest: bigint, owned = false) {
    super(matrices, ee, digest, 'verifier');
    this.#owned = owned ? [matrices] : [];
  }

  override close(): void {
    super.close();
    this.backend.free(...this.#owned);
  }
}

/** What the prover needs, and the vectors that it works in. */
export class SpartanProverKey<EPK extends ResidentKey> extends SpartanKey<EPK> {
  constructor(matrices: Matrices, ee: EPK, digest: bigint) {
    super(matrices, ee, digest, 'prover');
  }

  /** The length of the longest polynomial that is opened: W's or E's. */
  get polynomialLength(): number {
    return Math.max(this.size.constraints, this.size.variables);
  }

  /**
   * The prover's vectors, which serve one sum-check after the other: `wide` ones hold a table over z or over the constraints, `rows`
   * one over the constraints, `eq` one over the constraints or over W, `io` is (u, X).
   */
  get vectors(): { wide: readonly [Vec, Vec]; rows: readonly [Vec, Vec]; eq: Vec; io: Vec } {
    const { constraints, variables } = this.size;
    const wide = Math.max(constraints, 2 * variables);
    const make = (name: string, length: number) => this.workspace.vector(name, length);
    return {
      wide: [make('wide0', wide), make('wide1', wide)],
      rows: [make('rows0', constraints), make('rows1', constraints)],
      eq: make('eq', this.polynomialLength),
      io: make('io', 1 + this.matrices.shape.io),
    };
  }
}
