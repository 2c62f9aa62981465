import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { NovaError, throwIfAborted } from '../../errors.ts';
import { firstNonCanonical } from '../../field/bytes.ts';
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
  checkKeyHolds,
  checkKeyLength,
  checkLength,
  checkShape,
  checkTail,
  checkUpload,
  closedError,
  keyPoints,
  WORD_BYTES,
} from '../checks.ts';
import { KINDS, Ledger, Table } from '../ledger.ts';
import { checkDistinct, operands } from '../operands.ts';
import type { Indices, OpeningOperations, PolynomialOperations, SumcheckOperations } from '../polynomials.ts';
import { Pace } from '../../pace.ts';
import { faultError } from './batch.ts';
import { Commitments } from './commitments.ts';
import type { MsmBases } from './msm/bases.ts';
import type { Layout } from './codegen/layout.ts';
import type { GpuContext } from './device.ts';
import { HostSide, type HostWitness } from './host.ts';
import { ProductPlan } from './products.ts';
import { Queue, type Readiness, type Recording, Resident } from './queue.ts';
import { Trials } from './trials.ts';
import type { DeviceSupervision } from './supervision.ts';
import { STORAGE } from './usage.ts';
import { clearVector, copyVector, type DeviceProducts, firstRow } from './vectors.ts';
import type { DeviceVector } from './windows.ts';

/** What this engine counts the time of: what every engine does, and waiting for the device. */
const GPU_KINDS = [...KINDS, 'wait'] as const;
type GpuKind = (typeof GPU_KINDS)[number];

/** A vector on the device. */
interface VecData extends DeviceVector {
  readonly resident: Resident;
}

/** A commitment key on the device, and its points as they were given. */
interface KeyData {
  readonly points: Uint8Array;
  readonly bases: MsmBases;
}

interface MatricesData {
  readonly plan: ProductPlan;
  readonly ready: Readiness;
}

/** Where kernels leave whether a row failed: a word of its own for each, at places that bindings allow. */
const CHECK_BYTES = 512;
const CROSS_TERM_CHECK = 256;

/** The engine on a device; `open.ts` makes it. */
export class WebgpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly supervision: DeviceSupervision | undefined;
  readonly #supervises: boolean;
  readonly #context: GpuContext;
  readonly #layout: Layout;
  readonly #options: BackendOptions;
  readonly #owned: boolean;
  readonly #ledger = new Ledger<GpuKind>(GPU_KINDS);
  readonly #queue: Queue;
  readonly #checks: GPUBuffer;
  readonly #commitments: Commitments;
  readonly #trials: Trials;
  readonly #vecs: Table<Vec, VecData>;
  readonly #bases: Table<Bases, KeyData>;
  readonly #matrices: Table<Matrices, MatricesData>;
  readonly #witnesses: Table<Witness, HostWitness>;
  readonly #tables: readonly Pick<Table<object, unknown>, 'delete' | 'clear'>[];
  #host: HostSide | undefined;
  /** The products whose check the last cross term has left, if they were not written since. */
  #checked: readonly Resident[] | undefined;
  #buffersBefore: number;
  #closed = false;

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
    this.#context = context;
    this.#layout = layout;
    this.#options = options;
    this.#owned = owned;
    this.#buffersBefore = owned ? 0 : context.arena.made;
    this.#queue = new Queue(context);
    this.#checks = context.buffer(CHECK_BYTES, STORAGE, 'checks');
    this.#commitments = new Commitments(context, layout, options.webgpu?.tableBytes ?? 0);
    this.#trials = new Trials(
      context,
      layout,
      tried ? undefined : () => new WebgpuBackend(context, layout, options, { owned: false, tried: true }),
    );
    this.#vecs = new Table('a vector', this.#ledger, ({ buffer }) =>
      this.#afterUse(() => context.arena.release(buffer)),
    );
    this.#bases = new Table('a commitment key', this.#ledger, ({ bases }) =>
      this.#afterUse(() => this.#commitments.free(bases)),
    );
    this.#matrices = new Table('a set of matrices', this.#ledger, ({ plan }) =>
      this.#afterUse(() => plan.release()),
    );
    this.#witnesses = new Table('a witness program', this.#ledger, (witness) => {
      void witness.turn.then(() => this.#host?.free(witness));
    });
    this.#tables = [this.#vecs, this.#bases, this.#matrices, this.#witnesses];
  }

  /** The adapter, its limits, and what was chosen by its speed. */
  get facts(): Record<string, string | number> {
    const { info, limits } = this.#context;
    return { adapter: info.name, ...limits, layout: this.#layout.name };
  }

  /** The ledger's, and as `allocations` the handles that were made and all buffers of the device. */
  counters(): Counters {
    const counters = this.#ledger.snapshot();
    return {
      ...counters,
      allocations: counters.allocations + this.#context.arena.made - this.#buffersBefore,
    };
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control: Control = {}): Promise<Bases> {
    this.#checkOpen();
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
    this.#checkOpen();
    const count = keyPoints(points);
    throwIfAborted(control.signal);
    const start = performance.now();
    const kept = points.slice();
    if (control.trusted !== true) await this.#hostSide().checkPoints(curve, kept, control);
    await this.#trials.commitments(curve);
    this.#checkOpen();
    const resident = await this.#commitments.load(curve, kept);
    if (this.#closed || control.signal?.aborted === true) {
      this.#commitments.free(resident);
      this.#checkOpen();
      throwIfAborted(control.signal);
    }
    this.#ledger.addTime('setup', performance.now() - start);
    const data = { points: kept, bases: resident };
    return this.#bases.add({ curve, length: count - 1 } as Bases, resident.bytes, data);
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#checkOpen();
    return this.#bases.get(bases).points.slice();
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#checkOpen();
    checkShape(shape);
    const start = performance.now();
    const plan = ProductPlan.create(this.#context, this.#layout, shape);
    const ready = this.#trials.products(plan);
    this.#trials.folding(shape.field); // it will be needed soon
    this.#ledger.addTime('setup', performance.now() - start);
    return this.#matrices.add({ shape } as Matrices, plan.bytes, { plan, ready });
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#checkOpen();
    checkLength(length, label);
    const bytes = FIELD_BYTES * length;
    const buffer = this.#context.buffer(bytes, STORAGE, `vector ${label} of ${length} elements`);
    return this.#vecs.add({ field, length, label } as Vec, bytes, {
      buffer,
      length,
      resident: new Resident(),
    });
  }

  witness(program: WitnessProgram): Witness {
    this.#checkOpen();
    const witness = this.#hostSide().witness(program);
    return this.#witnesses.add({ program } as Witness, witness.bytes, witness);
  }

  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [data] = this.#vectors(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#write(data, bytes);
  }

  download(v: Vec): Pending<Uint8Array> {
    const [{ buffer, resident }] = this.#vectors(v.field, v.length, v);
    const bytes = FIELD_BYTES * v.length;
    return this.#record('transfer', { reads: [resident], writes: [], bytes }, (batch) => {
      const at = batch.readback(buffer, 0, bytes);
      return (results) => {
        const elements = results.slice(at, at + bytes);
        const bad = firstNonCanonical(v.field, elements);
        if (bad !== -1) throw faultError(`element ${bad} of the vector ${v.label} is not canonical`);
        return elements;
      };
    });
  }

  async read<const P extends readonly Pending<unknown>[]>(
    pendings: P,
    control?: Control,
  ): Promise<Values<P>> {
    this.#checkOpen();
    for (const pending of pendings) this.#queue.check(pending);
    const start = performance.now();
    await this.#queue.drain(pendings, control);
    this.#ledger.addTime('wait', performance.now() - start);
    this.#checkOpen();
    const results = pendings.map((pending) => this.#queue.take(pending));
    return this.#ledger.readBack(results) as Values<P>;
  }

  // ---- witness

  /** The device works on what was recorded meanwhile. */
  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#checkOpen();
    const data = this.#witnesses.get(witness);
    const { field, variables } = data.runner.program;
    const [w] = this.#vectors(field, variables, W);
    this.#queue.flush();
    let pace: Pace | undefined;
    const pause = (): Promise<void> | undefined => {
      pace ??= new Pace(() => this.#checkOpen());
      return pace.pause();
    };
    return this.#hostSide().run(data, inputs, pause, control?.signal, (bytes) => {
      this.#checkOpen();
      this.#ledger.addTime('witness', pace?.worked ?? 0);
      // nobody who looks at W may miss that it was not written
      this.#queue.checkAlive(this.#write(w, bytes));
    });
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    this.#checkOpen();
    const { plan, ready } = this.#matrices.get(M);
    const { field, constraints, variables } = M.shape;
    const to = this.#products(field, constraints, out);
    const [w] = this.#vectors(field, variables, W);
    checkTail(M.shape, u, X);
    checkDistinct(this.#vecs, [out.AZ, out.BZ, out.CZ], [W]);
    const tail = [...X];
    this.#record('products', { reads: [w.resident], writes: to.residents, ready: [ready] }, (batch) =>
      plan.record(batch, to.vectors, w, u, tail),
    );
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const { field: F, length } = T;
    const [t] = this.#vectors(F, length, T);
    const p1 = this.#products(F, length, running);
    const p2 = this.#products(F, length, fresh);
    checkDistinct(this.#vecs, [T], [...Object.values(running), ...Object.values(fresh)]);
    F.check(u1, 'u');
    const unsatisfied = this.#checkWord(CROSS_TERM_CHECK);
    const reads = [...p1.residents, ...p2.residents];
    const ready = [this.#trials.folding(F)];
    this.#record('crossTerm', { reads, writes: [t.resident], ready }, (batch) => {
      batch.clear(unsatisfied.buffer, unsatisfied.offset, unsatisfied.size);
      this.#trials.kernels(F).crossTerm(batch, t, p1.vectors, u1, p2.vectors, unsatisfied);
      this.#checked = p2.residents;
    });
  }

  firstUnsatisfied(p: Products, u: bigint, E?: Vec): Pending<number> {
    const { field: F, length } = p.AZ;
    const { vectors, residents } = this.#products(F, length, p);
    const [e] = E === undefined ? [] : this.#vectors(F, length, E);
    F.check(u, 'u');
    const reads = [...residents, ...(e === undefined ? [] : [e.resident])];
    const ready = [this.#trials.folding(F)];
    return this.#record('check', { reads, writes: [], bytes: WORD_BYTES, ready }, (batch) => {
      // a cross term has looked at its fresh products already
      const done = u === 1n && e === undefined && this.#checked?.every((r, i) => r === residents[i]) === true;
      const unsatisfied = this.#checkWord(done ? CROSS_TERM_CHECK : 0);
      if (!done) {
        batch.clear(unsatisfied.buffer, unsatisfied.offset, unsatisfied.size);
        this.#trials.kernels(F).firstUnsatisfied(batch, vectors, u, e, unsatisfied);
      }
      const at = batch.readback(unsatisfied.buffer, unsatisfied.offset, unsatisfied.size);
      return (results) => {
        const row = firstRow(new DataView(results.buffer, results.byteOffset).getUint32(at, true));
        if (row >= length) throw faultError(`row ${row} of ${length} does not satisfy its constraint`);
        return row;
      };
    });
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#vectors(F, out.length, out, a, b);
    checkDistinct(this.#vecs, [out], [a, b]);
    F.check(r, 'r');
    const ready = [this.#trials.folding(F)];
    this.#record('fold', { reads: [x.resident, y.resident], writes: [o.resident], ready }, (batch) =>
      this.#trials.kernels(F).addScaled(batch, o, x, r, y),
    );
  }

  copy(out: Vec, a: Vec): void {
    const [o, x] = this.#vectors(out.field, out.length, out, a);
    checkDistinct(this.#vecs, [out], [a]);
    this.#record('fold', { reads: [x.resident], writes: [o.resident] }, (batch) => copyVector(batch, o, x));
  }

  clear(out: Vec): void {
    const [o] = this.#vectors(out.field, out.length, out);
    this.#record('fold', { reads: [], writes: [o.resident] }, (batch) => clearVector(batch, o));
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    this.#checkOpen();
    const { bases: resident } = this.#bases.get(bases);
    const { curve } = bases;
    const [data] = this.#vectors(curve.scalar, v.length, v);
    checkKeyHolds(bases, v);
    curve.scalar.check(blind, 'the blind');
    return this.#record('commit', { reads: [data.resident], writes: [], bytes: POINT_BYTES }, (batch) =>
      this.#commitments.record(batch, resident, data, blind),
    );
  }

  // ---- the compressed proof

  get polynomials(): PolynomialOperations {
    throw unavailable('tables of polynomials');
  }

  get sumcheck(): SumcheckOperations {
    throw unavailable('sum-checks');
  }

  get openings(): OpeningOperations {
    throw unavailable('openings of commitments');
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#queue.drop(closedError());
      for (const table of this.#tables) table.clear();
      this.#context.arena.release(this.#checks);
      this.#commitments.close();
      if (this.#owned) this.#context.close();
    }
    await this.#queue.idle();
    await this.#host?.close();
    if (this.#supervises) await this.supervision?.close();
  }

  // ---- housekeeping

  /** Records an operation, and counts the time that recording it takes. */
  #record<T>(
    kind: GpuKind,
    recording: Omit<Recording<T>, 'encode'>,
    encode: Recording<T>['encode'],
  ): Pending<T> {
    return this.#queue.record({
      ...recording,
      encode: (batch) => {
        const start = performance.now();
        // a commitment is to what the vector is here
        if (this.#commitments.isWaitingFor(recording.writes)) this.#commitments.compute(batch);
        if (this.#checked?.some((resident) => recording.writes.includes(resident)) === true) {
          this.#checked = undefined;
        }
        const decode = encode(batch);
        this.#ledger.addTime(kind, performance.now() - start);
        return decode;
      },
    });
  }

  /** Writes all of a vector, from bytes that may change after the call. */
  #write({ buffer, resident }: VecData, bytes: Uint8Array): Pending<void> {
    this.#ledger.bytesUp += bytes.length;
    const kept = this.#queue.isFree() ? bytes : bytes.slice();
    return this.#record('transfer', { reads: [], writes: [resident] }, (batch) =>
      batch.write(buffer, 0, kept),
    );
  }

  #checkWord(offset: number): { buffer: GPUBuffer; offset: number; size: number } {
    return { buffer: this.#checks, offset, size: WORD_BYTES };
  }

  #hostSide(): HostSide {
    return (this.#host ??= new HostSide(this.#options));
  }

  /** Does something once the operations that were recorded by now have been submitted. */
  #afterUse(action: () => void): void {
    this.#queue.record({
      reads: [],
      writes: [],
      always: true,
      encode: (batch) => batch.afterSubmit(action),
    });
    this.#queue.flush();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** What vectors stand for, after checking that they are of this field and length. */
  #vectors(field: PrimeField, length: number, ...vectors: Vec[]): VecData[] {
    this.#checkOpen();
    return operands(this.#vecs, field, length, vectors);
  }

  #products(
    field: PrimeField,
    length: number,
    { AZ, BZ, CZ }: Products,
  ): { readonly vectors: DeviceProducts; readonly residents: readonly Resident[] } {
    const [az, bz, cz] = this.#vectors(field, length, AZ, BZ, CZ);
    return {
      vectors: { AZ: az, BZ: bz, CZ: cz },
      residents: [az.resident, bz.resident, cz.resident],
    };
  }
}

/** What this engine cannot do. */
function unavailable(what: string): NovaError {
  return new NovaError(
    'BackendUnavailable',
    `the webgpu engine has no operations for ${what} yet: make the compressed proof with the engine wasm, or auto`,
  );
}
