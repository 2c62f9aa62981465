import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { throwIfAborted } from '../../errors.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { WitnessProgram } from '../../field/program.ts';
import type { ConstraintMatrices } from '../../field/sparse.ts';
import type {
  Backend,
  BackendOptions,
  Bases,
  Control,
  Counters,
  LoadControl,
  Matrices,
  Pending,
  Products,
  Values,
  Vec,
  Witness,
} from '../backend.ts';
import {
  checkGenerators,
  checkKeyLength,
  checkLength,
  checkShape,
  checkUpload,
  keyPoints,
  WORD_BYTES,
} from '../checks.ts';
import {
  addScaledOperands,
  commitOperands,
  copyOperands,
  crossTermOperands,
  productsOperands,
  unsatisfiedOperands,
} from '../folding-operands.ts';
import { Table } from '../ledger.ts';
import type { Indices, OpeningOperations, PolynomialOperations, SumcheckOperations } from '../polynomials.ts';
import { ASIDE_MS, Pace } from '../../pace.ts';
import { Commitments } from './commitments.ts';
import type { MsmBases } from './msm/bases.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import { HostSide, type HostWitness } from './host.ts';
import { ProductPlan } from './products.ts';
import { Openings } from './openings.ts';
import { type IndicesData, type MatricesData, Polynomials } from './polynomials.ts';
import { Resident } from './queue.ts';
import { Recorder } from './recorder.ts';
import { Scratch } from './scratch.ts';
import { Sumcheck } from './sumcheck.ts';
import { Sums } from './sums.ts';
import type { DeviceSupervision } from './supervision.ts';
import { Trials } from './trials.ts';
import { STORAGE } from './usage.ts';
import { clearVector, copyVector } from './vectors.ts';
import { Verdicts } from './verdicts.ts';

/** A commitment key on the device, and its points as they were given. */
interface KeyData {
  readonly points: Uint8Array;
  readonly bases: MsmBases;
}

/** The engine on a device; `open.ts` makes it. */
export class WebgpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly supervision: DeviceSupervision | undefined;
  readonly polynomials: PolynomialOperations;
  readonly sumcheck: SumcheckOperations;
  readonly openings: OpeningOperations;
  readonly #supervises: boolean;
  readonly #options: BackendOptions;
  readonly #owned: boolean;
  readonly #recorder: Recorder;
  readonly #ledger: Recorder['ledger'];
  readonly #trials: Trials;
  readonly #verdicts: Verdicts;
  readonly #commitments: Commitments;
  /** What has buffers of its own. */
  readonly #parts: readonly { close(): void }[];
  readonly #bases: Table<Bases, KeyData>;
  readonly #matrices: Table<Matrices, MatricesData>;
  readonly #witnesses: Table<Witness, HostWitness>;
  readonly #tables: readonly Pick<Table<object, unknown>, 'delete' | 'clear'>[];
  #host: HostSide | undefined;
  #buffersBefore: number;

  constructor(
    context: GpuContext,
    layout: Layout,
    options: BackendOptions,
    {
      owned,
      tried,
      supervision,
      supervises = false,
    }: { owned: boolean; tried: boolean; supervision?: DeviceSupervision; supervises?: boolean },
  ) {
    this.supervision = supervision;
    this.#supervises = supervises;
    this.#options = options;
    this.#owned = owned;
    this.#buffersBefore = owned ? 0 : context.arena.made;
    const [scratch, sums] = [new Scratch(context), new Sums(context)];
    this.#trials = new Trials(
      context,
      layout,
      scratch,
      tried ? undefined : () => new WebgpuBackend(context, layout, options, { owned: false, tried: true }),
    );
    const recorder = new Recorder(context, layout, this.#trials);
    this.#recorder = recorder;
    this.#ledger = recorder.ledger;
    this.#verdicts = new Verdicts(recorder);
    this.#commitments = new Commitments(context, layout, options.webgpu?.tableBytes ?? 0);
    recorder.onWrite((batch, residents) => {
      // a commitment is to what the vector is here
      if (this.#commitments.isWaitingFor(residents)) this.#commitments.compute(batch);
    });
    this.#parts = [scratch, sums, this.#verdicts, this.#commitments];
    this.#bases = new Table('a commitment key', this.#ledger, ({ bases }) =>
      recorder.afterUse(() => this.#commitments.free(bases)),
    );
    this.#matrices = new Table('a set of matrices', this.#ledger, ({ plan, transposed }) =>
      recorder.afterUse(() => {
        plan.release();
        transposed?.plan.release();
      }),
    );
    this.#witnesses = new Table('a witness program', this.#ledger, (witness) => {
      void witness.turn.then(() => this.#host?.free(witness));
    });
    const indices: Table<Indices, IndicesData> = new Table('a set of positions', this.#ledger, ({ buffer }) =>
      recorder.release(buffer),
    );
    this.#tables = [recorder.vecs, this.#bases, this.#matrices, this.#witnesses, indices];
    this.polynomials = new Polynomials(recorder, this.#verdicts, scratch, this.#matrices, indices);
    this.sumcheck = new Sumcheck(recorder, sums);
    this.openings = new Openings(recorder, this, sums);
  }

  /** The adapter, its limits, and what was chosen by its speed. */
  get facts(): Record<string, string | number> {
    const { info, limits } = this.#recorder.context;
    return { adapter: info.name, ...limits, layout: this.#recorder.layout.name };
  }

  /** The ledger's, and as `allocations` the handles that were made and all buffers of the device. */
  counters(): Counters {
    const counters = this.#ledger.snapshot();
    return {
      ...counters,
      allocations: counters.allocations + this.#recorder.context.arena.made - this.#buffersBefore,
    };
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control: Control = {}): Promise<Bases> {
    this.#recorder.checkOpen();
    checkKeyLength(n);
    throwIfAborted(control.signal);
    const start = performance.now();
    if (this.#options.generators === undefined) {
      const points = await this.#hostSide().makePoints(curve, label, n, control);
      this.#ledger.addTime('setup', performance.now() - start);
      return this.loadBases(curve, points, { ...control, trusted: true });
    }
    const points = await this.#options.generators(curve, label, n + 1, control);
    this.#ledger.addTime('setup', performance.now() - start);
    checkGenerators(points, n + 1);
    return this.loadBases(curve, points, control);
  }

  async loadBases(curve: Curve, points: Uint8Array, control: LoadControl = {}): Promise<Bases> {
    this.#recorder.checkOpen();
    const count = keyPoints(points);
    throwIfAborted(control.signal);
    const start = performance.now();
    const kept = points.slice();
    if (control.trusted !== true) await this.#hostSide().checkPoints(curve, kept, control);
    await this.#trials.commitments(curve);
    this.#recorder.checkOpen();
    const resident = await this.#commitments.load(curve, kept);
    if (this.#recorder.closed || control.signal?.aborted === true) {
      this.#commitments.free(resident);
      this.#recorder.checkOpen();
      throwIfAborted(control.signal);
    }
    this.#ledger.addTime('setup', performance.now() - start);
    const data = { points: kept, bases: resident };
    return this.#bases.add({ curve, length: count - 1 } as Bases, resident.bytes, data);
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#recorder.checkOpen();
    return this.#bases.get(bases).points.slice();
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#recorder.checkOpen();
    checkShape(shape);
    const start = performance.now();
    const { context, layout } = this.#recorder;
    const plan = ProductPlan.create(context, layout, shape);
    const ready = this.#trials.products(plan);
    this.#trials.folding.ready(shape.field); // it will be needed soon
    this.#ledger.addTime('setup', performance.now() - start);
    return this.#matrices.add({ shape } as Matrices, plan.bytes, { plan, ready });
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#recorder.checkOpen();
    checkLength(length, label);
    const bytes = FIELD_BYTES * length;
    const buffer = this.#recorder.context.buffer(bytes, STORAGE, `vector ${label} of ${length} elements`);
    return this.#recorder.vecs.add({ field, length, label } as Vec, bytes, {
      buffer,
      length,
      resident: new Resident(),
    });
  }

  async witness(program: WitnessProgram): Promise<Witness> {
    this.#recorder.checkOpen();
    const witness = this.#hostSide().witness(program);
    return this.#witnesses.add({ program } as Witness, witness.runner.bytes, witness);
  }

  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#recorder.write(data, bytes);
  }

  download(v: Vec): Pending<Uint8Array> {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    return this.#recorder.read(data, v);
  }

  async read<const P extends readonly Pending<unknown>[]>(
    pendings: P,
    control?: Control,
  ): Promise<Values<P>> {
    this.#recorder.checkOpen();
    for (const pending of pendings) this.#recorder.queue.check(pending);
    const start = performance.now();
    await this.#recorder.queue.drain(pendings, control);
    this.#ledger.addTime('wait', performance.now() - start);
    this.#recorder.checkOpen();
    const results = pendings.map((pending) => this.#recorder.queue.take(pending));
    return this.#ledger.readBack(results) as Values<P>;
  }

  // ---- witness

  /** The device works on what was recorded meanwhile. */
  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    const { field, variables } = data.runner.program;
    const [w] = this.#recorder.vectors(field, variables, W);
    this.#recorder.queue.flush();
    let pace: Pace | undefined;
    const pause = (): Promise<void> | undefined => {
      pace ??= new Pace(() => this.#recorder.checkOpen());
      return pace.pause();
    };
    return this.#hostSide().run(data, inputs, pause, control?.signal, (bytes) => {
      this.#recorder.checkOpen();
      this.#ledger.addTime('witness', pace?.worked ?? 0);
      // nobody who looks at W may miss that it was not written
      this.#recorder.queue.checkAlive(this.#recorder.write(w, bytes));
    });
  }

  async prepare(witness: Witness, inputs: readonly bigint[], control?: Control): Promise<void> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    let pace: Pace | undefined;
    const pause = (): Promise<void> | undefined => {
      pace ??= new Pace(() => this.#recorder.checkOpen(), ASIDE_MS);
      return pace.pause();
    };
    await this.#hostSide().prepare(data, inputs, pause, control?.signal);
    this.#ledger.addTime('ahead', pace?.worked ?? 0);
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    const { to, matrices, w, tail } = productsOperands(this.#recorder, this.#matrices, out, M, W, u, X);
    const { plan, ready } = matrices;
    this.#recorder.record('products', { reads: [w], writes: to.all, ready: [ready] }, (batch) =>
      plan.record(batch, to, w, u, tail.slice(1)),
    );
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const { t, p1, p2 } = crossTermOperands(this.#recorder, T, running, u1, fresh);
    const F = T.field;
    const ready = [this.#trials.folding.ready(F)];
    this.#recorder.record('crossTerm', { reads: [...p1.all, ...p2.all], writes: [t], ready }, (batch) => {
      const unsatisfied = this.#verdicts.begin(batch, 'crossTerm');
      this.#trials.folding.kernels(F).crossTerm(batch, t, p1, u1, p2, unsatisfied);
      this.#verdicts.see(p2.all);
    });
  }

  firstUnsatisfied(products: Products, u: bigint, E?: Vec): Pending<number> {
    const { p, errors, reads } = unsatisfiedOperands(this.#recorder, products, u, E);
    const { field: F, length } = products.AZ;
    const ready = [this.#trials.folding.ready(F)];
    const touches = { reads, writes: [], bytes: WORD_BYTES, ready };
    return this.#recorder.record('check', touches, (batch) => {
      const seen = u === 1n && E === undefined && this.#verdicts.hasSeen(p.all);
      if (!seen) {
        const unsatisfied = this.#verdicts.begin(batch, 'check');
        this.#trials.folding.kernels(F).firstUnsatisfied(batch, p, u, errors, unsatisfied);
      }
      return this.#verdicts.read(batch, seen ? 'crossTerm' : 'check', length, 'an unsatisfied row');
    });
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const { o, x, y } = addScaledOperands(this.#recorder, out, a, r, b);
    const F = out.field;
    const ready = [this.#trials.folding.ready(F)];
    this.#recorder.record('fold', { reads: [x, y], writes: [o], ready }, (batch) =>
      this.#trials.folding.kernels(F).addScaled(batch, o, x, r, y),
    );
  }

  copy(out: Vec, a: Vec): void {
    const { o, x } = copyOperands(this.#recorder, out, a);
    this.#recorder.record('fold', { reads: [x], writes: [o] }, (batch) => copyVector(batch, o, x));
  }

  clear(out: Vec): void {
    const [o] = this.#recorder.vectors(out.field, out.length, out);
    this.#recorder.record('fold', { reads: [], writes: [o] }, (batch) => clearVector(batch, o));
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    const { key, data } = commitOperands(this.#recorder, this.#bases, bases, v, blind);
    return this.#recorder.record('commit', { reads: [data], writes: [], bytes: POINT_BYTES }, (batch) =>
      this.#commitments.record(batch, key.bases, data, blind),
    );
  }

  async close(): Promise<void> {
    if (this.#recorder.close()) {
      for (const table of this.#tables) table.clear();
      for (const part of this.#parts) part.close();
      if (this.#owned) this.#recorder.context.close();
    }
    await this.#recorder.queue.idle();
    await this.#host?.close();
    if (this.#supervises) await this.supervision?.close();
  }

  // ---- housekeeping

  #hostSide(): HostSide {
    return (this.#host ??= new HostSide(this.#options));
  }
}
