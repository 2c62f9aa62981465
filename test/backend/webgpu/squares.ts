/** A small constraint system, and Nova's recursion around two of it in the place of the augmented circuits. */
import type { Backend } from '../../../src/backend/backend.ts';
import type { Curve } from '../../../src/curve/curve.ts';
import { CYCLES } from '../../../src/curve/cycles.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { Op, type WitnessProgram } from '../../../src/field/program.ts';
import { insecureSeededRng } from '../../../src/field/random.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../../src/field/sparse.ts';
import type { AugmentedCircuit } from '../../../src/nova/augmented-circuit.ts';
import { Draws } from '../../../src/nova/draws.ts';
import type { PublicParams, Side } from '../../../src/nova/params.ts';
import { RecursiveProver } from '../../../src/nova/recursive-prover.ts';
import type { RecursiveState } from '../../../src/nova/recursive-state.ts';
import { type StepReport, Stopwatch } from '../../../src/nova/step-report.ts';
import { KnownKeys } from '../suite/tools.ts';

/** n variables and their squares; row i: W_i W_i = W_(n + i). With public inputs: row n + k says that W_(2n - 1 - k) is the k-th. */
export function squares(F: PrimeField, n: number, io = 0): ConstraintMatrices {
  const [constraints, variables] = [n + io, 2 * n];
  const rowPtr = Uint32Array.from({ length: constraints + 1 }, (_, i) => i);
  const matrix = (square: (i: number) => number, input: (k: number) => number): SparseMatrix => ({
    rowPtr,
    columns: Uint32Array.from({ length: constraints }, (_, i) => (i < n ? square(i) : input(i - n))),
    coefficients: new Uint32Array(constraints),
  });
  const x = (i: number): number => i;
  return {
    field: F,
    constraints,
    variables,
    io,
    A: matrix(x, (k) => variables - 1 - k),
    B: matrix(x, () => variables), // u
    C: matrix(
      (i) => n + i,
      (k) => variables + 1 + k,
    ),
    dictionary: [1n],
  };
}

/** W = (x, 2x, 3x, ..., and their squares) for the input x; the outputs are the last ones, as public inputs. */
export function squaresProgram(F: PrimeField, n: number, io = 1): WitnessProgram {
  const variables = 2 * n;
  const rows = Array.from({ length: n }, (_, i) => [
    ...(i === 0 ? [Op.Copy, 0, variables] : [Op.Add, i, i - 1, variables]),
    Op.Mul,
    n + i,
    i,
    i,
  ]);
  return {
    field: F,
    variables,
    inputs: 1,
    constants: [],
    slots: variables + 1,
    code: Uint32Array.from(rows.flat()),
    exponents: [],
    hints: [],
    head: { inputs: 0, words: 0, variables: [] },
    outputs: Array.from({ length: io }, (_, k) => variables - 1 - k),
  };
}

/** The logarithms of a key for n elements, h's first. */
export const keyLogs = (n: number): number[] => Array.from({ length: n + 1 }, (_, i) => i + 1);

/** Squares and public inputs of the circuits of a {@link SmallRecursion}. */
const [N, IO] = [16, 2];

/** What the prover asks of an augmented circuit. Its input depends on all that a step has computed before. */
function circuit(name: AugmentedCircuit['name'], { scalar: F }: Curve): AugmentedCircuit {
  const small: Partial<AugmentedCircuit> = {
    name,
    matrices: squares(F, N, IO),
    program: squaresProgram(F, N, IO),
    path: (row) => `row ${row}`,
    pack: ({ i, u, commT, U }) => {
      const seen = [u?.commW, commT, U?.commW, U?.commE].map((P) => F.reduce(P?.x ?? 0n));
      return [seen.reduce((sum, x) => F.add(F.mul(sum, 3n), x), F.reduce(i + 2n))];
    },
    unpack: (X) => ({ X, zNext: X.slice(0, 1) }),
  };
  return small as AugmentedCircuit;
}

/** Nova's prover on both curves of pasta, with every operation on the engine that a step makes, on vectors that are small. */
export class SmallRecursion {
  readonly #prover: RecursiveProver;
  readonly #draws = new Draws(insecureSeededRng('small recursion'));
  #state: RecursiveState | undefined;

  private constructor(pp: PublicParams) {
    this.#prover = new RecursiveProver(pp);
  }

  static async open(backend: Backend): Promise<SmallRecursion> {
    const [cycle] = CYCLES;
    const side = async (name: AugmentedCircuit['name']): Promise<Side> => {
      const curve = cycle[name];
      const { matrices, program, ...rest } = circuit(name, curve);
      return {
        curve,
        circuit: { matrices, program, ...rest },
        bases: await backend.loadBases(curve, new KnownKeys(curve).bytes(keyLogs(2 * N)), { trusted: true }),
        matrices: backend.matrices(matrices),
        witness: await backend.witness(program),
      } as Side;
    };
    const [primary, secondary] = [await side('primary'), await side('secondary')];
    return new SmallRecursion({ backend, digest: 12345n, primary, secondary } as unknown as PublicParams);
  }

  /** Bytes of the two witnesses of a step. */
  static readonly witnessBytes: number = 2 * 32 * (2 * N);

  /** The state without the vectors: instances, blinds, what the next step begins with. */
  get state(): unknown {
    const { rUPrimary, rUSecondary, lUSecondary, zi, crossTerm, rWPrimary, rWSecondary } = this.#state!;
    const blinds = [rWPrimary, rWSecondary].map(({ rW, rE }) => [rW, rE]);
    return { rUPrimary, rUSecondary, lUSecondary, zi, commT: crossTerm?.commT, blinds };
  }

  /** One more step; the first one is `new`. @returns what it took */
  async step(): Promise<StepReport> {
    const clock = new Stopwatch(this.#prover.backend);
    this.#state =
      this.#state === undefined
        ? await this.#prover.start([1n], undefined, this.#draws, {})
        : await this.#prover.next(this.#state, undefined, this.#draws, {}, clock);
    this.#draws.commit();
    return clock.report();
  }

  close(): void {
    this.#prover.close();
  }
}
