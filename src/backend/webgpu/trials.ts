import type { Curve } from '../../curve/curve.ts';
import { NovaError } from '../../errors.ts';
import type { PrimeField } from '../../field/field.ts';
import type { Backend } from '../backend.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import type { ProductPlan } from './products.ts';
import { Readiness } from './queue.ts';
import { checkCommitments, checkFolding, checkProducts } from './trust.ts';
import { VectorKernels } from './vectors.ts';

/**
 * Sees to it that kernels are compiled and have given known answers before an engine uses them: once on each device. What fails
 * is tried again at the next use.
 */
export class Trials {
  readonly #context: GpuContext;
  readonly #layout: Layout;
  readonly #makeEngine: (() => Backend) | undefined;
  readonly #folding = new Map<string, Readiness>();
  readonly #kernels = new Map<string, VectorKernels>();

  /** @param makeEngine makes the engines that are asked; undefined for these themselves, which use kernels as they are */
  constructor(context: GpuContext, layout: Layout, makeEngine: (() => Backend) | undefined) {
    this.#context = context;
    this.#layout = layout;
    this.#makeEngine = makeEngine;
  }

  /** The kernels for folds over a field. */
  folding(F: PrimeField): Readiness {
    const known = this.#folding.get(F.name);
    if (known !== undefined && !known.failed) return known;
    const make = async (): Promise<void> => {
      const kernels = await VectorKernels.create(this.#context, F, this.#layout);
      await this.#ask(`folding ${F.name}`, (engine) => checkFolding(engine, F));
      this.#kernels.set(F.name, kernels);
    };
    const ready = new Readiness(make());
    this.#folding.set(F.name, ready);
    return ready;
  }

  /** The kernels that {@link Trials.folding} has made ready. */
  kernels(F: PrimeField): VectorKernels {
    const kernels = this.#kernels.get(F.name);
    if (kernels === undefined) throw new NovaError('EngineFault', `no kernels of ${F.name}`);
    return kernels;
  }

  /** The kernels of a set of matrices. */
  products(plan: ProductPlan): Readiness {
    const { field, io } = plan.shape;
    const ask = (): Promise<void> =>
      this.#ask(`products ${field.name} ${io}`, (engine) => checkProducts(engine, field, io));
    return new Readiness(plan.prepare().then(ask));
  }

  /** Asks for commitments on a curve. @throws {@link NovaError} `DeviceFault`, and what an engine throws */
  commitments(curve: Curve): Promise<void> {
    return this.#ask(`commitments ${curve.name}`, (engine) => checkCommitments(engine, curve));
  }

  async #ask(what: string, check: (engine: Backend) => Promise<void>): Promise<void> {
    const makeEngine = this.#makeEngine;
    if (makeEngine === undefined) return;
    await this.#context.once(`trial ${what} ${this.#layout.name}`, async () => {
      const engine = makeEngine();
      try {
        await check(engine);
      } finally {
        await engine.close();
      }
    });
  }
}
