/** The commitment keys of a cycle: how long they are, and what they are made of. */
import { NovaError } from '../errors.ts';
import type { Backend, Control } from '../backend/backend.ts';
import { POINT_BYTES, type AffinePoint, type Curve } from '../curve/curve.ts';
import { cycleByName, needsPtau, type Cycle } from '../curve/cycles.ts';
import { generatorSeeds } from '../curve/generator-seeds.ts';
import { nonZeros, type ConstraintMatrices } from '../field/sparse.ts';
import type { CommitmentKey } from '../pcs/evaluation-engine.ts';
import { loadKzgKey, type KzgKey } from '../pcs/kzg-key.ts';
import { CK_LABEL } from '../pcs/pedersen.ts';
import type { PtauSource } from '../pcs/ptau.ts';

/** The cycle that options name. @throws {@link NovaError} `UnknownCycle` */
export function cycleOf({ cycle = 'pasta' }: { readonly cycle?: Cycle | string | undefined }): Cycle {
  return typeof cycle === 'object' ? cycle : cycleByName(cycle);
}

/** The source of a cycle's powers of tau; undefined if it takes none. @throws {@link NovaError} `InvalidArgument` */
export function ptauFor(cycle: Cycle, ptau: PtauSource | undefined): PtauSource | undefined {
  if (needsPtau(cycle) && ptau === undefined) {
    throw new NovaError(
      'InvalidArgument',
      `the cycle ${cycle.name} takes powers of tau: give it a source of them`,
    );
  }
  if (!needsPtau(cycle) && ptau !== undefined) {
    throw new NovaError('InvalidArgument', `the cycle ${cycle.name} takes no powers of tau`);
  }
  return ptau;
}

/** Generators: enough for W, E and, if asked for, the entries of the matrices; a power of two. */
export function keySize(S: ConstraintMatrices, roomForEntries: boolean): number {
  const entries = roomForEntries ? nonZeros(S.A) + nonZeros(S.B) + nonZeros(S.C) : 0;
  return 2 ** Math.ceil(Math.log2(Math.max(S.constraints, S.variables, entries)));
}

/**
 * A key of n generators: powers of tau where there is a source of them, otherwise points without any known relation.
 *
 * @throws {@link NovaError} `PtauFileError`, `PointNotOnCurve`, `PointNotInSubgroup`, `Aborted`, `OutOfMemory`
 */
export async function makeCommitmentKey(
  backend: Backend,
  curve: Curve,
  ptau: PtauSource | undefined,
  n: number,
  control: Control,
): Promise<CommitmentKey | KzgKey> {
  if (ptau !== undefined) return loadKzgKey(backend, ptau, CK_LABEL, n, control);
  return { bases: await backend.bases(curve, CK_LABEL, n, control) };
}

/** h, the generator of the blinds: the first one of the label, whatever the length and kind of the key. */
export async function blindingGenerator(curve: Curve): Promise<AffinePoint> {
  const { generatorsFromSeeds } = await import('../curve/generators.ts');
  return curve.fromXY(generatorsFromSeeds(curve, generatorSeeds(CK_LABEL, 1)).subarray(0, POINT_BYTES));
}
