/** What operations cost a device, by the texts of the kernels and the plans: for reports, since no clock is in it. */
import { type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { ConstraintMatrices } from '../../field/sparse.ts';
import { fieldFunction } from './codegen/field.ts';
import { FORMS } from './codegen/forms.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuLimits } from './device.ts';
import type { MsmBases } from './msm/bases.ts';
import type { MsmScratch } from './msm/scratch.ts';
import { MsmPlan } from './msm.ts';
import { planRows, type RowCounts } from './row-plan.ts';
import type { SumKind } from './sums.ts';
import { VECTOR_MULTIPLICATIONS, VECTOR_TEXTS, type VectorKernel } from './vectors.ts';
import { type BindingLimits, windows } from './windows.ts';

/** The cost of an operation. */
export interface Cost {
  /** Multiplications of 32-bit words. */
  readonly multiplications: number;
  /** Bytes that kernels read and write, as far as no cache helps. */
  readonly bytes: number;
  readonly dispatches: number;
}

/** A side of a proof: its matrices, and the commitment key of its curve. */
export interface CostedSide {
  readonly curve: Curve;
  readonly matrices: ConstraintMatrices;
  /** Generators of the key. */
  readonly keyLength: number;
}

/**
 * What a step asks of the device on one side, by operation: the products of the fresh witness, the cross term with the check,
 * the commitments to W and T (as for random scalars: half of W are bits, which cost a tenth), and five folds.
 */
export function stepCosts(
  { curve, matrices, keyLength }: CostedSide,
  layout: Layout,
  limits: GpuLimits,
): Record<'products' | 'crossTerm' | 'commit' | 'fold', Cost> {
  const { field: F, constraints, variables } = matrices;
  const { counts } = planRows(matrices, limits);
  const folds = [variables, ...Array<number>(4).fill(constraints)].map((n) =>
    vectorCost('addScaled', F, layout, n, limits),
  );
  return {
    products: productCost(F, layout, counts),
    crossTerm: vectorCost('crossTerm', F, layout, constraints, limits),
    commit: commitCost(curve, keyLength, [variables, constraints], layout, limits),
    fold: folds.reduce((sum, cost) => ({
      multiplications: sum.multiplications + cost.multiplications,
      bytes: sum.bytes + cost.bytes,
      dispatches: sum.dispatches + cost.dispatches,
    })),
  };
}

/** The cost of commitments to vectors of these lengths, as for random scalars, in the passes of one multiplication. */
export function commitCost(
  curve: Curve,
  keyLength: number,
  lengths: readonly number[],
  layout: Layout,
  limits: GpuLimits,
): Cost {
  // what a plan needs to know of a key and its device
  const bases = {
    count: keyLength + 1,
    geometry: undefined,
    kernels: { curve, layout, context: { limits, info: { software: false } } },
  } as unknown as MsmBases;
  const msm = new MsmPlan(bases, undefined as unknown as MsmScratch, lengths).counts();
  return {
    multiplications: msm.multiplications,
    // an addition reads two points and writes one
    bytes: 3 * POINT_BYTES * (msm.affineAdditions + msm.projectiveAdditions),
    dispatches: msm.dispatches,
  };
}

/** Vectors that a kernel reads and writes. */
const VECTORS: Readonly<Record<VectorKernel, number>> = { addScaled: 3, crossTerm: 7, firstUnsatisfied: 4 };

/** Multiplications of adding an element to a row's sum: one a digit. */
const DIGITS = 16;

/** The cost of an operation on vectors. */
export function vectorCost(
  kernel: VectorKernel,
  F: PrimeField,
  layout: Layout,
  length: number,
  limits: BindingLimits,
): Cost {
  return {
    multiplications: multiplicationsOf(VECTOR_TEXTS[kernel], F, layout) * length,
    bytes: FIELD_BYTES * VECTORS[kernel] * length,
    dispatches: windows(length, limits, VECTOR_MULTIPLICATIONS).length,
  };
}

/** The cost of sums over n elements of tables, or of their halves. */
export function sumCost(
  kind: SumKind,
  F: PrimeField,
  layout: Layout,
  n: number,
  limits: BindingLimits,
): Cost {
  const tables = kind.halves.reduce((count, both) => count + (both ? 2 : 1), 0);
  return {
    multiplications: multiplicationsOf(kind.text, F, layout) * n,
    bytes: FIELD_BYTES * tables * n,
    // the last one adds up what the workgroups have
    dispatches: windows(n, limits, kind.cost).length + 1,
  };
}

/** The cost of the products of a plan (`ProductPlan.counts`). */
export function productCost(F: PrimeField, layout: Layout, counts: RowCounts): Cost {
  const { sums, weighted, general, bytes, dispatches } = counts;
  return {
    multiplications:
      sums * (multiplications(F, layout, 'mul_add_canon') + DIGITS) +
      general * multiplications(F, layout, 'mul') +
      (weighted + general) * DIGITS,
    bytes,
    dispatches,
  };
}

/** Multiplications for an element of kernels that call each function once for one, wherever they name it. */
function multiplicationsOf(text: string, F: PrimeField, layout: Layout): number {
  const calls = [...text.matchAll(/\bfe_(\w+)\(/g)].map(([, name]) => name!);
  return calls.reduce((sum, name) => sum + multiplications(F, layout, name), 0);
}

function multiplications(F: PrimeField, layout: Layout, name: string): number {
  return name in FORMS ? fieldFunction(F, layout, name).counts.multiplications : 0;
}
