import type { Curve } from '../../../curve/curve.ts';
import { fieldFunction } from '../codegen/field.ts';
import { inverseFunction } from '../codegen/inverse.ts';
import type { Layout } from '../codegen/layout.ts';
import { tripleB } from './kernels.ts';

/** 32-bit multiplications of what the kernels do. */
export interface AdditionCosts {
  /** A Montgomery product. */
  readonly product: number;
  /** An affine addition without its share of the inversion (affine.wgsl). */
  readonly affine: number;
  readonly inversion: number;
  /** A complete projective addition (fold.wgsl). */
  readonly projective: number;
}

/** Calls of an addition. */
const AFFINE = { sub_mul: 4, x3: 1, y3: 1 } as const;
const PROJECTIVE = { mul: 3, cross: 3, times_b3: 1, plus_b3: 1, minus_b3: 1, det: 1, dot3: 2 } as const;

/** Counted in the generated code. */
export function additionCosts(curve: Curve, layout: Layout): AdditionCosts {
  const F = curve.base;
  const of = (form: string): number => fieldFunction(F, layout, form, tripleB(curve)).counts.multiplications;
  const total = (calls: Readonly<Record<string, number>>): number =>
    Object.entries(calls).reduce((sum, [form, n]) => sum + n * of(form), 0);
  return {
    product: of('mul'),
    affine: total(AFFINE),
    inversion: inverseFunction(F, layout).multiplications,
    projective: total(PROJECTIVE),
  };
}
