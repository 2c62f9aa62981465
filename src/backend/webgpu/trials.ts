import type { Curve } from '../../curve/curve.ts';
import { NovaError } from '../../errors.ts';
import type { PrimeField } from '../../field/field.ts';
import type { Backend } from '../backend.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import { TableKernels } from './multilinear.ts';
import { OpeningKernels } from './opening-kernels.ts';
import type { ProductPlan } from './products.ts';
import { Readiness } from './queue.ts';
import type { Scratch } from './scratch.ts';
import { SUMCHECK_SUMS, type SumcheckSum } from './sumcheck.ts';
import { SumKernels } from './sums.ts';
import {
  checkCommitments,
  checkFolding,
  checkOpenings,
  checkPolynomials,
  checkProducts,
  checkSumcheck,
} from './trust.ts';
import { VectorKernels } from './vectors.ts';

/** Compiles the kernels of a group of operations over a field. */
type Compile<K> = (context: GpuContext, F: PrimeField, layout: Layout) => Promise<K>;

/** Puts known questions to an engine. @throws {@link NovaError} `DeviceFault`, and what the engine throws */
type Check = (engine: Backend) => Promise<void>;

/** The kernels of a group of operations, by field: compiled and tried when they are first needed, and again if that failed. */
export class TriedKernels<K> {
  readonly #make: (F: PrimeField) => Promise<K>;
  readonly #ready = new Map<string, Readiness>();
  readonly #kernels = new Map<string, K>();

  constructor(make: (F: PrimeField) => Promise<K>) {
    this.#make = make;
  }

  /** What operations over a field wait for. */
  ready(F: PrimeField): Readiness {
    const known = this.#ready.get(F.name);
    if (known !== undefined && !known.failed) return known;
    const made = this.#make(F).then((kernels) => this.#kernels.set(F.name, kernels));
    const ready = new Readiness(made);
    this.#ready.set(F.name, ready);
    return ready;
  }

  /** The kernels that {@link TriedKernels.ready} has made ready. */
  kernels(F: PrimeField): K {
    const kernels = this.#kernels.get(F.name);
    if (kernels === undefined) throw new NovaError('EngineFault', `no kernels of ${F.name}`);
    return kernels;
  }
}

/**
 * Sees to it that kernels are compiled and have given known answers before an engine uses them: once on each device. What fails
 * is tried again at the next use.
 */
export class Trials {
  readonly folding: TriedKernels<VectorKernels>;
  readonly polynomials: TriedKernels<TableKernels>;
  readonly sumcheck: TriedKernels<SumKernels<SumcheckSum>>;
  readonly openings: TriedKernels<OpeningKernels>;
  readonly #context: GpuContext;
  readonly #layout: Layout;
  readonly #makeEngine: (() => Backend) | undefined;

  /**
   * @param scratch of the engine's operations
   * @param makeEngine makes the engines that are asked; undefined for these themselves, which use kernels as they are
   */
  constructor(
    context: GpuContext,
    layout: Layout,
    scratch: Scratch,
    makeEngine: (() => Backend) | undefined,
  ) {
    this.#context = context;
    this.#layout = layout;
    this.#makeEngine = makeEngine;
    this.folding = this.#group('folding', VectorKernels.create, checkFolding);
    this.polynomials = this.#group(
      'tables',
      (...on) => TableKernels.create(...on, scratch),
      checkPolynomials,
    );
    this.sumcheck = this.#group(
      'sum-checks',
      (...on) => SumKernels.create(...on, SUMCHECK_SUMS),
      checkSumcheck,
    );
    this.openings = this.#group('openings', (...on) => OpeningKernels.create(...on, scratch), checkOpenings);
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

  #group<K>(
    name: string,
    compile: Compile<K>,
    check: (engine: Backend, F: PrimeField) => Promise<void>,
  ): TriedKernels<K> {
    return new TriedKernels(async (F) => {
      const kernels = await compile(this.#context, F, this.#layout);
      await this.#ask(`${name} ${F.name}`, (engine) => check(engine, F));
      return kernels;
    });
  }

  async #ask(what: string, check: Check): Promise<void> {
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
