import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { WitnessProgram } from '../../field/program.ts';
import type { ConstraintMatrices } from '../../field/sparse.ts';
import type {
  Backend,
  BackendOptions,
  Bases,
  Control,
  Counters,
  GeneratorSource,
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
  WORD_BYTES,
} from '../checks.ts';
import {
  addScaledOperands,
  commitOperands,
  copyOperands,
  crossTermOperands,
  type ProductData,
  productsOperands,
  unsatisfiedOperands,
} from '../folding-operands.ts';
import { Table } from '../ledger.ts';
import { touched } from '../operands.ts';
import type { Indices, OpeningOperations, PolynomialOperations, SumcheckOperations } from '../polynomials.ts';
import { ASIDE_MS, Pace } from '../../pace.ts';
import { Commitments } from './commitments.ts';
import type { ModuleKind } from './field-module.ts';
import { type Key, Keys } from './keys.ts';
import { Openings } from './openings.ts';
import { type MatricesData, Polynomials } from './polynomials.ts';
import { prepareMatrices, productTasks } from './products.ts';
import { Resident } from '../queue.ts';
import { Recorder, type VecData } from './recorder.ts';
import { Sumcheck } from './sumcheck.ts';
import { taskCall } from './tasks.ts';
import type { ProductAddresses } from './vectors.ts';
import type { WitnessRunner } from './witness.ts';

/** The engine on a memory and its threads; `open.ts` makes it. */
export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly #generators: GeneratorSource | undefined;
  readonly polynomials: PolynomialOperations;
  readonly sumcheck: SumcheckOperations;
  readonly openings: OpeningOperations;
  readonly #recorder: Recorder;
  readonly #ledger: Recorder['ledger'];
  readonly #keys: Keys;
  readonly #commitments: Commitments;
  readonly #bases: Table<Bases, Key>;
  readonly #matrices: Table<Matrices, MatricesData>;
  readonly #witnesses: Table<Witness, { readonly runner: WitnessRunner; readonly resident: Resident }>;
  readonly #tables: readonly Pick<Table<object, unknown>, 'delete' | 'clear'>[];

  /** See {@link Recorder}. */
  constructor(
    { generators, modules, tableBytes }: BackendOptions,
    threads: number,
    kind: ModuleKind,
    maximumPages: number | undefined,
  ) {
    this.#generators = generators;
    const recorder = new Recorder(threads, kind, modules, maximumPages);
    const { heap, host, pool, ledger } = recorder;
    this.#recorder = recorder;
    this.#ledger = ledger;
    this.#keys = new Keys(host, heap, pool, recorder.fields, tableBytes);
    this.#commitments = new Commitments(host, pool);
    this.#bases = new Table('a commitment key', ledger, (key) =>
      recorder.release(key.resident, () => this.#keys.free(key)),
    );
    this.#matrices = new Table<Matrices, MatricesData>('a set of matrices', ledger, (matrices) =>
      recorder.release(matrices.resident, () => {
        heap.free(matrices.address);
        if (matrices.transposed !== undefined) heap.free(matrices.transposed.address);
      }),
    );
    this.#witnesses = new Table('a witness program', ledger, ({ runner, resident }) =>
      recorder.release(resident, () => heap.free(runner.address)),
    );
    const indices: Table<Indices, VecData> = new Table(
      'a set of positions',
      ledger,
      ({ address, resident }) => recorder.release(resident, () => heap.free(address)),
    );
    this.#tables = [recorder.vecs, this.#bases, this.#matrices, this.#witnesses, indices];
    this.polynomials = new Polynomials(recorder, this.#matrices, indices);
    this.sumcheck = new Sumcheck(recorder);
    this.openings = new Openings(recorder, {
      fold: (bases, weights, m, control) => this.#fold(bases, weights, m, control),
    });
  }

  counters(): Counters {
    return this.#ledger.snapshot();
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control: Control = {}): Promise<Bases> {
    this.#recorder.checkOpen();
    checkKeyLength(n);
    const start = performance.now();
    if (this.#generators === undefined) {
      return this.#addKey(await this.#keys.make(curve, label, n, control, this.#recorder.timer('setup')));
    }
    const points = await this.#generators(curve, label, n + 1, control);
    this.#ledger.addTime('setup', performance.now() - start);
    checkGenerators(points, n + 1);
    return this.loadBases(curve, points, control);
  }

  async loadBases(curve: Curve, points: Uint8Array, control: LoadControl = {}): Promise<Bases> {
    this.#recorder.checkOpen();
    return this.#addKey(await this.#keys.load(curve, points, control, this.#recorder.timer('setup')));
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#recorder.checkOpen();
    const { points, count } = this.#bases.get(bases);
    return this.#recorder.host.u8.slice(points, points + POINT_BYTES * count);
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#recorder.checkOpen();
    checkShape(shape);
    this.#recorder.fields.ensure(shape.field);
    const start = performance.now();
    const { host, heap } = this.#recorder;
    const prepared = prepareMatrices(host, shape, (bytes) => heap.allocate(bytes, 'matrices'));
    this.#ledger.addTime('setup', performance.now() - start);
    const residents = { resident: new Resident(), transposing: new Resident() };
    return this.#matrices.add({ shape } as Matrices, prepared.bytes, { ...prepared, ...residents });
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#recorder.checkOpen();
    checkLength(length, label);
    this.#recorder.fields.ensure(field);
    const bytes = FIELD_BYTES * length;
    const address = this.#recorder.heap.allocateZeros(bytes, `vector ${label} of ${length} elements`);
    return this.#recorder.vecs.add({ field, length, label } as Vec, bytes, {
      address,
      resident: new Resident(),
    });
  }

  async witness(program: WitnessProgram): Promise<Witness> {
    this.#recorder.checkOpen();
    const { WITNESS, witnessModule, WitnessRunner } = await import('./witness.ts');
    this.#recorder.checkOpen();
    this.#recorder.fields.ensure(program.field);
    this.#recorder.fields.ensurePart(program.field, WITNESS, witnessModule);
    const runner = new WitnessRunner(this.#recorder.host, program, (bytes) =>
      this.#recorder.heap.allocate(bytes, 'a witness program'),
    );
    return this.#witnesses.add({ program } as Witness, runner.bytes, { runner, resident: new Resident() });
  }

  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#ledger.bytesUp += bytes.length;
    // the caller may change its bytes: if they cannot be written at once, they must be kept
    const { queue, host } = this.#recorder;
    const kept = queue.isFree(data.resident) ? bytes : bytes.slice();
    this.#recorder.recordHere('transfer', { reads: [], writes: [data] }, () =>
      host.u8.set(kept, data.address),
    );
  }

  download(v: Vec): Pending<Uint8Array> {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    const { address } = data;
    const bytes = FIELD_BYTES * v.length;
    return this.#recorder.recordHere('transfer', { reads: [data], writes: [], bytes }, () =>
      this.#recorder.host.u8.slice(address, address + bytes),
    );
  }

  async read<const P extends readonly Pending<unknown>[]>(
    pendings: P,
    control?: Control,
  ): Promise<Values<P>> {
    this.#recorder.checkOpen();
    for (const pending of pendings) this.#recorder.queue.check(pending);
    await this.#recorder.queue.drain(pendings, control);
    this.#recorder.checkOpen();
    const results = pendings.map((pending) => this.#recorder.queue.take(pending));
    return this.#ledger.readBack(results) as Values<P>;
  }

  // ---- witness

  /** What does not touch W runs meanwhile. */
  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    const { runner } = data;
    const { field, variables } = runner.program;
    const [w] = this.#recorder.vectors(field, variables, W);
    const run = async () => {
      const pace = new Pace(() => this.#recorder.checkOpen());
      const outputs = await runner.run(inputs, () => pace.pause(), control?.signal);
      this.#recorder.host.u8.copyWithin(w.address, runner.W, runner.W + FIELD_BYTES * variables);
      this.#ledger.addTime('witness', pace.worked);
      this.#ledger.bytesUp += FIELD_BYTES * variables;
      return outputs;
    };
    return this.#recorder.queue.perform({ ...touched([], [data, w]), atomic: true, run });
  }

  async prepare(witness: Witness, inputs: readonly bigint[], control?: Control): Promise<void> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    const run = async () => {
      const pace = new Pace(() => this.#recorder.checkOpen(), ASIDE_MS);
      await data.runner.prepare(inputs, () => pace.pause(), control?.signal);
      this.#ledger.addTime('ahead', pace.worked);
    };
    return this.#recorder.queue.perform({ ...touched([], [data]), atomic: true, aside: true, run });
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    const { to, matrices, w, tail } = productsOperands(this.#recorder, this.#matrices, out, M, W, u, X);
    this.#recorder.record('products', { reads: [matrices, w], writes: to.all }, async (options) => {
      const parts = this.#recorder.ranges(M.shape.constraints).length;
      const tasks = productTasks(matrices, addressesOf(to), w.address, tail, parts);
      await this.#recorder.pool.run(
        tasks.map((task) => taskCall('products', task)),
        options,
      );
    });
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const { t, p1, p2 } = crossTermOperands(this.#recorder, T, running, u1, fresh);
    const F = T.field;
    const args = {
      field: F.name,
      T: t.address,
      running: addressesOf(p1),
      u1: F.toBytes(u1),
      fresh: addressesOf(p2),
    };
    this.#recorder.recordRanges(
      'crossTerm',
      { reads: [...p1.all, ...p2.all], writes: [t] },
      { n: T.length, task: (range) => taskCall('crossTerm', { ...args, ...range }) },
    );
  }

  firstUnsatisfied(products: Products, u: bigint, E?: Vec): Pending<number> {
    const { p, errors, reads } = unsatisfiedOperands(this.#recorder, products, u, E);
    const { field: F, length } = products.AZ;
    const args = { field: F.name, products: addressesOf(p), u: F.toBytes(u), E: errors?.address };
    return this.#recorder.recordRanges(
      'check',
      { reads, writes: [], bytes: WORD_BYTES },
      {
        n: length,
        task: (range) => taskCall('firstUnsatisfied', { ...args, ...range }),
        join: (rows) => rows.find((row) => row !== -1) ?? -1,
      },
    );
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const { o, x, y } = addScaledOperands(this.#recorder, out, a, r, b);
    const F = out.field;
    const args = { field: F.name, out: o.address, a: x.address, r: F.toBytes(r), b: y.address };
    this.#recorder.recordRanges(
      'fold',
      { reads: [x, y], writes: [o] },
      { n: out.length, task: (range) => taskCall('addScaled', { ...args, ...range }) },
    );
  }

  copy(out: Vec, a: Vec): void {
    const { o, x } = copyOperands(this.#recorder, out, a);
    this.#recorder.recordHere('fold', { reads: [x], writes: [o] }, () => {
      this.#recorder.host.u8.copyWithin(o.address, x.address, x.address + FIELD_BYTES * out.length);
    });
  }

  clear(out: Vec): void {
    const [o] = this.#recorder.vectors(out.field, out.length, out);
    this.#recorder.recordHere('fold', { reads: [], writes: [o] }, () => {
      this.#recorder.host.u8.fill(0, o.address, o.address + FIELD_BYTES * out.length);
    });
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    const { key, data } = commitOperands(this.#recorder, this.#bases, bases, v, blind);
    const { curve } = bases;
    return this.#recorder.record(
      'commit',
      { reads: [key, data], writes: [], bytes: POINT_BYTES, late: true },
      async (options) => {
        const timed = { ...options, onTask: this.#recorder.timer('tables') };
        const table = await this.#keys.table(key, v.length, timed, (bytes) => {
          if (this.#bases.has(bases)) this.#bases.grow(bases, bytes);
        });
        const request = { curve, table, scalars: data.address, length: v.length, blind };
        return this.#commitments.compute(request, options);
      },
    );
  }

  async close(): Promise<void> {
    if (this.#recorder.close()) for (const table of this.#tables) table.clear();
    await this.#recorder.pool.close();
    await this.#recorder.queue.idle();
  }

  // ---- housekeeping

  /** What is recorded on the key meanwhile goes on. */
  async #fold(bases: Bases, weights: readonly bigint[], m: number, control: Control): Promise<Bases> {
    const key = this.#bases.get(bases);
    const timer = this.#recorder.timer('openings');
    const run = () => this.#keys.fold(key, weights, m, control, timer);
    return this.#addKey(await this.#recorder.queue.perform({ reads: [key.resident], writes: [], run }));
  }

  #addKey(key: Key): Bases {
    this.#recorder.checkOpen();
    const { curve, count } = key;
    return this.#bases.add({ curve, length: count - 1 } as Bases, POINT_BYTES * count, key);
  }
}

function addressesOf({ AZ, BZ, CZ }: ProductData<VecData>): ProductAddresses {
  return { AZ: AZ.address, BZ: BZ.address, CZ: CZ.address };
}
