import { FIELD_BYTES } from '../../field/field.ts';
import { type ConstraintMatrices, transpose } from '../../field/sparse.ts';
import type { CommandBatch } from './batch.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import type { TableKernels } from './multilinear.ts';
import { ProductPlan } from './products.ts';
import { STORAGE } from './usage.ts';
import type { DeviceVector } from './windows.ts';

/**
 * The transposed matrices of a shape on a device, with room for what each of them makes of a vector.
 *
 * @example
 * const transposed = TransposedPlan.create(context, layout, shape);
 * await transposed.plan.prepare();
 * transposed.record(batch, kernels, out, x, [cA, cB, cC]);
 */
export class TransposedPlan {
  readonly plan: ProductPlan;
  readonly #context: GpuContext;
  /** A^T x, B^T x, C^T x. */
  readonly #products: readonly DeviceVector[];

  private constructor(context: GpuContext, plan: ProductPlan, products: readonly DeviceVector[]) {
    this.#context = context;
    this.plan = plan;
    this.#products = products;
  }

  /** Lays out the columns of well-formed matrices and uploads them. @throws as {@link ProductPlan.create} */
  static create(context: GpuContext, layout: Layout, shape: ConstraintMatrices): TransposedPlan {
    const plan = ProductPlan.create(context, layout, transposedShape(shape));
    const length = plan.shape.constraints;
    const made: DeviceVector[] = [];
    try {
      for (const name of ['A', 'B', 'C']) {
        const buffer = context.buffer(FIELD_BYTES * length, STORAGE, `matrices.columns ${name}`);
        made.push({ buffer, length });
      }
    } catch (error) {
      context.arena.release(...made.map(({ buffer }) => buffer));
      plan.release();
      throw error;
    }
    return new TransposedPlan(context, plan, made);
  }

  /** Bytes of its buffers. */
  get bytes(): number {
    return this.plan.bytes + this.#products.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  /** Records out = x^T (cA A + cB B + cC C), once the kernels of {@link TransposedPlan.plan} are there. Two buffers. */
  record(
    batch: CommandBatch,
    kernels: TableKernels,
    out: DeviceVector,
    x: DeviceVector,
    factors: readonly bigint[],
  ): void {
    const [AZ, BZ, CZ] = this.#products;
    this.plan.record(batch, { AZ, BZ, CZ }, x, 0n, []);
    const terms = this.#products.map((v, k) => ({ c: factors[k], v }));
    kernels.combine(batch, out, terms, 0n);
  }

  /** Gives the buffers back. */
  release(): void {
    this.plan.release();
    this.#context.arena.release(...this.#products.map(({ buffer }) => buffer));
  }
}

/** The transposed matrices as those of a shape whose z is (x, 0): what were columns are rows. */
function transposedShape({
  variables,
  io,
  constraints,
  A,
  B,
  C,
  ...same
}: ConstraintMatrices): ConstraintMatrices {
  const columns = variables + 1 + io;
  const turned = (M: ConstraintMatrices['A']) => transpose([M], columns);
  return {
    ...same,
    constraints: columns,
    variables: constraints,
    io: 0,
    A: turned(A),
    B: turned(B),
    C: turned(C),
  };
}
