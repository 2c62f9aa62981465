import fc from 'fast-check';
import type { Backend, Bases, Matrices, Vec } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { elementsToBytes } from '../../src/field/bytes.ts';
import type { ConstraintMatrices } from '../../src/field/sparse.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import { coefficient, matricesOf, productOf, type Rows } from '../support/matrices.ts';

/** A constraint system with a relaxed witness that satisfies it: E makes up for whatever the rest comes to. */
export interface SatisfiedSystem {
  readonly shape: ConstraintMatrices;
  readonly W: readonly bigint[];
  readonly E: readonly bigint[];
  readonly u: bigint;
  readonly X: readonly bigint[];
}

/** How large a system is. */
export interface SystemSize {
  readonly constraints: number;
  readonly variables: number;
  readonly io: number;
}

/** Systems of that size with random entries (and rows without any), witnesses and public inputs, zeros among them. */
export function satisfiedSystem(curve: Curve, size: SystemSize): fc.Arbitrary<SatisfiedSystem> {
  const F = curve.scalar;
  const { constraints, variables, io } = size;
  const element = fc.oneof(fc.constantFrom(0n, 1n, F.p - 1n), fc.bigInt(0n, F.p - 1n));
  const vector = (length: number) => fc.array(element, { minLength: length, maxLength: length });
  const entry = fc.tuple(fc.nat({ max: variables + io }), coefficient(F, [2n]));
  const rows = fc.array(fc.array(entry, { maxLength: 3 }), {
    minLength: constraints,
    maxLength: constraints,
  });
  return fc
    .record({ abc: fc.tuple(rows, rows, rows), W: vector(variables), u: element, X: vector(io) })
    .map(({ abc, W, u, X }) => satisfy(curve, size, abc, W, u, X));
}

/** The system of these rows and values. */
export function satisfy(
  curve: Curve,
  { variables, io }: SystemSize,
  abc: readonly [A: Rows, B: Rows, C: Rows],
  W: readonly bigint[],
  u: bigint,
  X: readonly bigint[],
): SatisfiedSystem {
  const F = curve.scalar;
  const [Az, Bz, Cz] = abc.map((rows) => productOf(F, rows, [...W, u, ...X]));
  const E = Az.map((a, i) => F.sub(F.mul(a, Bz[i]), F.mul(u, Cz[i])));
  return { shape: matricesOf(F, variables, io, abc), W, E, u, X };
}

/** A system on an engine, with the commitments that its instance consists of. */
export interface ResidentSystem {
  readonly matrices: Matrices;
  readonly U: RelaxedInstance;
  readonly W: { readonly W: Vec; readonly E: Vec };
  close(): void;
}

export async function residentSystem(
  backend: Backend,
  bases: Bases,
  { shape, W, E, u, X }: SatisfiedSystem,
): Promise<ResidentSystem> {
  const F = bases.curve.scalar;
  const vector = (label: string, values: readonly bigint[]) => {
    const v = backend.vector(F, values.length, label);
    backend.upload(v, elementsToBytes(F, values));
    return v;
  };
  const matrices = backend.matrices(shape);
  const witness = { W: vector('W', W), E: vector('E', E) };
  const [commW, commE] = await backend.read([
    backend.commit(bases, witness.W, 0n),
    backend.commit(bases, witness.E, 0n),
  ]);
  return {
    matrices,
    U: { commW, commE, u, X },
    W: witness,
    close: () => backend.free(matrices, witness.W, witness.E),
  };
}

/** A system with something in every part of it: four rows, four variables, two public inputs. */
export function smallSystem(curve: Curve): SatisfiedSystem {
  return satisfy(
    curve,
    { constraints: 4, variables: 4, io: 2 },
    [
      [
        [
          [0, 1n],
          [4, 2n],
        ],
        [[2, 1n]],
        [
          [1, 1n],
          [6, 5n],
        ],
        [[3, 1n]],
      ],
      [
        [[1, 3n]],
        [[4, 1n]],
        [
          [2, 1n],
          [3, 7n],
        ],
        [[3, 1n]],
      ],
      [
        [
          [2, 1n],
          [5, 1n],
        ],
        [[0, 1n]],
        [
          [3, 1n],
          [4, 1n],
        ],
        [[1, 1n]],
      ],
    ],
    [3n, 1n, 4n, 1n],
    5n,
    [9n, 2n],
  );
}
