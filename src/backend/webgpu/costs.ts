/** What operations cost a device, by the texts of the kernels and the plans: for reports, since no clock is in it. */
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { fieldFunction } from './codegen/field.ts';
import { FORMS } from './codegen/forms.ts';
import type { Layout } from './codegen/layout.ts';
import type { RowCounts } from './row-plan.ts';
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
  // kernels call each function once for an element, wherever they name it
  const calls = [...VECTOR_TEXTS[kernel].matchAll(/\bfe_(\w+)\(/g)].map(([, name]) => name!);
  const each = calls.reduce((sum, name) => sum + multiplications(F, layout, name), 0);
  return {
    multiplications: each * length,
    bytes: FIELD_BYTES * VECTORS[kernel] * length,
    dispatches: windows(length, limits, VECTOR_MULTIPLICATIONS).length,
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

function multiplications(F: PrimeField, layout: Layout, name: string): number {
  return name in FORMS ? fieldFunction(F, layout, name).counts.multiplications : 0;
}
