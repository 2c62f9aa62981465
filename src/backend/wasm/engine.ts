import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { NovaError } from '../../errors.ts';
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
  checkKeyHolds,
  checkKeyLength,
  checkLength,
  checkShape,
  checkTail,
  checkUpload,
  closedError,
  WORD_BYTES,
} from '../checks.ts';
import { KINDS, Ledger, Table } from '../ledger.ts';
import { checkDistinct, operands } from '../operands.ts';
import type { Indices, OpeningOperations, PolynomialOperations, SumcheckOperations } from '../polynomials.ts';
import { Pace } from '../../pace.ts';
import { Commitments } from './commitments.ts';
import { detectFeatures, type WasmFeatures } from './features.ts';
import { FieldModules } from './field-module.ts';
import { Host, SCRATCH_BYTES } from './host.ts';
import { type Key, Keys } from './keys.ts';
import { Heap } from './memory.ts';
import { Pool, type RunOptions } from './pool.ts';
import { prepareMatrices, type PreparedMatrices, productTasks } from './products.ts';
import { Queue, type Recording, Resident } from '../queue.ts';
import { ranges } from './ranges.ts';
import { taskCall } from './tasks.ts';
import type { ProductAddresses } from './vectors.ts';
import { WitnessRunner } from './witness.ts';

/** What this engine counts the time of: what every engine does, and the tables of commitment keys. */
const WASM_KINDS = [...KINDS, 'tables'] as const;
type WasmKind = (typeof WASM_KINDS)[number];

/** Bytes that the table of a commitment key may take by default. */
const TABLE_BYTES: number = 128 * 2 ** 20;

/** Limits of an engine, for tests. */
export interface WasmLimits {
  /** False: as if the machine had no vectors. */
  readonly simd?: false;
  /** The most that the memory may grow to, in pages of 64 KiB. */
  readonly maximumPages?: number;
}

/**
 * Makes the fast engine for CPUs: WebAssembly, with SIMD and on worker threads where there are any. Operations start as soon
 * as they are recorded. Times in its counters are those of the tasks, divided by the number of threads.
 *
 * @throws {@link NovaError} `BackendUnavailable` without WebAssembly, `OutOfMemory`, `InvalidArgument` for options that make no sense
 * @example
 * const engine = await createWasmBackend({ threads: 2 });
 */
export async function createWasmBackend(
  options: BackendOptions = {},
  limits: WasmLimits = {},
): Promise<Backend> {
  const { tableBytes = TABLE_BYTES } = options;
  if (!(tableBytes >= 0)) {
    throw new NovaError('InvalidArgument', `tableBytes must be a number from 0, not ${String(tableBytes)}`);
  }
  const features = await detectFeatures(options.threads);
  if (!features.wasm) {
    throw new NovaError(
      'BackendUnavailable',
      'the wasm engine needs WebAssembly, which is missing here; use the engine reference, or auto',
    );
  }
  return new WasmBackend({ ...options, tableBytes }, features, limits);
}

/** A vector in memory. */
interface VecData {
  readonly address: number;
  readonly resident: Resident;
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly #generators: GeneratorSource | undefined;
  readonly #ledger = new Ledger<WasmKind>(WASM_KINDS);
  readonly #queue = new Queue();
  readonly #heap: Heap;
  readonly #host: Host;
  readonly #pool: Pool;
  readonly #fields: FieldModules;
  readonly #keys: Keys;
  readonly #commitments: Commitments;
  readonly #vecs: Table<Vec, VecData>;
  readonly #bases: Table<Bases, Key>;
  readonly #matrices: Table<Matrices, PreparedMatrices & VecData>;
  readonly #witnesses: Table<Witness, { readonly runner: WitnessRunner; readonly resident: Resident }>;
  readonly #tables: readonly Pick<Table<object, unknown>, 'delete' | 'clear'>[];
  #closed = false;

  constructor(
    { generators, modules, tableBytes }: BackendOptions & { readonly tableBytes: number },
    { threads, simd }: WasmFeatures,
    { maximumPages, ...limits }: WasmLimits,
  ) {
    this.#generators = generators;
    const shared = threads > 0;
    const heap = new Heap({ shared, ...(maximumPages !== undefined && { maximumPages }) });
    this.#heap = heap;
    this.#host = new Host(heap.memory, () => ({
      address: heap.allocate(SCRATCH_BYTES, 'scratch memory'),
      bytes: SCRATCH_BYTES,
    }));
    this.#pool = new Pool(this.#host, heap, threads);
    this.#fields = new FieldModules(this.#pool, { shared, simd: limits.simd ?? simd }, modules);
    this.#keys = new Keys(this.#host, heap, this.#pool, this.#fields, tableBytes);
    this.#commitments = new Commitments(this.#host, this.#pool);

    const release = (resident: Resident, free: () => void) => {
      // operations that were recorded before it was freed still need it
      this.#queue.perform({ reads: [], writes: [resident], run: free }).catch(() => {}); // the engine was closed
    };
    const free = ({ address, resident }: VecData) => release(resident, () => heap.free(address));
    this.#vecs = new Table('a vector', this.#ledger, free);
    this.#bases = new Table('a commitment key', this.#ledger, (key) =>
      release(key.resident, () => this.#keys.free(key)),
    );
    this.#matrices = new Table<Matrices, PreparedMatrices & VecData>('a set of matrices', this.#ledger, free);
    this.#witnesses = new Table('a witness program', this.#ledger, ({ runner, resident }) =>
      release(resident, () => heap.free(runner.address)),
    );
    this.#tables = [this.#vecs, this.#bases, this.#matrices, this.#witnesses];
  }

  counters(): Counters {
    return this.#ledger.snapshot();
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control: Control = {}): Promise<Bases> {
    this.#checkOpen();
    checkKeyLength(n);
    const start = performance.now();
    if (this.#generators === undefined) {
      return this.#addKey(await this.#keys.make(curve, label, n, control, this.#timer('setup')));
    }
    const points = await this.#generators(curve, label, n + 1, control);
    this.#ledger.addTime('setup', performance.now() - start);
    checkGenerators(points, n + 1);
    return this.loadBases(curve, points, control);
  }

  async loadBases(curve: Curve, points: Uint8Array, control: LoadControl = {}): Promise<Bases> {
    this.#checkOpen();
    return this.#addKey(await this.#keys.load(curve, points, control, this.#timer('setup')));
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#checkOpen();
    const { points, count } = this.#bases.get(bases);
    return this.#host.u8.slice(points, points + POINT_BYTES * count);
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#checkOpen();
    checkShape(shape);
    this.#fields.ensure(shape.field);
    const start = performance.now();
    const prepared = prepareMatrices(this.#host, shape, (bytes) => this.#heap.allocate(bytes, 'matrices'));
    this.#ledger.addTime('setup', performance.now() - start);
    return this.#matrices.add({ shape } as Matrices, prepared.bytes, {
      ...prepared,
      resident: new Resident(),
    });
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#checkOpen();
    checkLength(length, label);
    this.#fields.ensure(field);
    const bytes = FIELD_BYTES * length;
    const address = this.#heap.allocateZeros(bytes, `vector ${label} of ${length} elements`);
    return this.#vecs.add({ field, length, label } as Vec, bytes, { address, resident: new Resident() });
  }

  witness(program: WitnessProgram): Witness {
    this.#checkOpen();
    this.#fields.ensure(program.field);
    const runner = new WitnessRunner(this.#host, program, (bytes) =>
      this.#heap.allocate(bytes, 'a witness program'),
    );
    return this.#witnesses.add({ program } as Witness, runner.bytes, { runner, resident: new Resident() });
  }

  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [{ address, resident }] = this.#vectors(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#ledger.bytesUp += bytes.length;
    // the caller may change its bytes: if they cannot be written at once, they must be kept
    const kept = this.#queue.isFree(resident) ? bytes : bytes.slice();
    this.#recordHere('transfer', { reads: [], writes: [resident] }, () => this.#host.u8.set(kept, address));
  }

  download(v: Vec): Pending<Uint8Array> {
    const [{ address, resident }] = this.#vectors(v.field, v.length, v);
    const bytes = FIELD_BYTES * v.length;
    return this.#recordHere('transfer', { reads: [resident], writes: [], bytes }, () =>
      this.#host.u8.slice(address, address + bytes),
    );
  }

  async read<const P extends readonly Pending<unknown>[]>(
    pendings: P,
    control?: Control,
  ): Promise<Values<P>> {
    this.#checkOpen();
    for (const pending of pendings) this.#queue.check(pending);
    await this.#queue.drain(pendings, control);
    this.#checkOpen();
    const results = pendings.map((pending) => this.#queue.take(pending));
    return this.#ledger.readBack(results) as Values<P>;
  }

  // ---- witness

  /** What does not touch W runs meanwhile. */
  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#checkOpen();
    const { runner, resident } = this.#witnesses.get(witness);
    const { field, variables } = runner.program;
    const [w] = this.#vectors(field, variables, W);
    const run = async () => {
      const pace = new Pace(() => this.#checkOpen());
      const outputs = await runner.run(inputs, w.address, () => pace.pause(), control?.signal);
      this.#ledger.addTime('witness', pace.worked);
      this.#ledger.bytesUp += FIELD_BYTES * variables;
      return outputs;
    };
    return this.#queue.perform({ reads: [], writes: [resident, w.resident], atomic: true, run });
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    this.#checkOpen();
    const matrices = this.#matrices.get(M);
    const { field, constraints, variables } = M.shape;
    const to = this.#products(field, constraints, out);
    const [w] = this.#vectors(field, variables, W);
    checkTail(M.shape, u, X);
    checkDistinct(this.#vecs, [out.AZ, out.BZ, out.CZ], [W]);
    this.#record(
      'products',
      { reads: [matrices.resident, w.resident], writes: to.residents },
      async (options) => {
        const tasks = productTasks(matrices, to.addresses, w.address, u, X, this.#ranges(constraints).length);
        await this.#pool.run(
          tasks.map((task) => taskCall('products', task)),
          options,
        );
      },
    );
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const { field: F, length } = T;
    const [t] = this.#vectors(F, length, T);
    const p1 = this.#products(F, length, running);
    const p2 = this.#products(F, length, fresh);
    checkDistinct(this.#vecs, [T], [...Object.values(running), ...Object.values(fresh)]);
    const args = {
      field: F.name,
      T: t.address,
      running: p1.addresses,
      u1: F.toBytes(F.check(u1, 'u')),
      fresh: p2.addresses,
    };
    this.#record(
      'crossTerm',
      { reads: [...p1.residents, ...p2.residents], writes: [t.resident] },
      async (options) => {
        const calls = this.#ranges(length).map((range) => taskCall('crossTerm', { ...args, ...range }));
        await this.#pool.run(calls, options);
      },
    );
  }

  firstUnsatisfied(p: Products, u: bigint, E?: Vec): Pending<number> {
    const { field: F, length } = p.AZ;
    const { addresses, residents } = this.#products(F, length, p);
    const errors = E === undefined ? [] : this.#vectors(F, length, E);
    const args = {
      field: F.name,
      products: addresses,
      u: F.toBytes(F.check(u, 'u')),
      E: errors[0]?.address,
    };
    const reads = [...residents, ...errors.map(({ resident }) => resident)];
    return this.#record('check', { reads, writes: [], bytes: WORD_BYTES }, async (options) => {
      const calls = this.#ranges(length).map((range) => taskCall('firstUnsatisfied', { ...args, ...range }));
      const rows = await this.#pool.run(calls, options);
      return rows.find((row) => row !== -1) ?? -1;
    });
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#vectors(F, out.length, out, a, b);
    checkDistinct(this.#vecs, [out], [a, b]);
    const args = {
      field: F.name,
      out: o.address,
      a: x.address,
      r: F.toBytes(F.check(r, 'r')),
      b: y.address,
    };
    this.#record('fold', { reads: [x.resident, y.resident], writes: [o.resident] }, async (options) => {
      const calls = this.#ranges(out.length).map((range) => taskCall('addScaled', { ...args, ...range }));
      await this.#pool.run(calls, options);
    });
  }

  copy(out: Vec, a: Vec): void {
    const [o, x] = this.#vectors(out.field, out.length, out, a);
    checkDistinct(this.#vecs, [out], [a]);
    this.#recordHere('fold', { reads: [x.resident], writes: [o.resident] }, () => {
      this.#host.u8.copyWithin(o.address, x.address, x.address + FIELD_BYTES * out.length);
    });
  }

  clear(out: Vec): void {
    const [{ address, resident }] = this.#vectors(out.field, out.length, out);
    this.#recordHere('fold', { reads: [], writes: [resident] }, () => {
      this.#host.u8.fill(0, address, address + FIELD_BYTES * out.length);
    });
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    this.#checkOpen();
    const key = this.#bases.get(bases);
    const { curve } = bases;
    const [{ address, resident }] = this.#vectors(curve.scalar, v.length, v);
    checkKeyHolds(bases, v);
    curve.scalar.check(blind, 'the blind');
    return this.#record(
      'commit',
      { reads: [key.resident, resident], writes: [], bytes: POINT_BYTES, late: true },
      async (options) => {
        const timed = { ...options, onTask: this.#timer('tables') };
        const table = await this.#keys.table(key, v.length, timed, (bytes) => {
          if (this.#bases.has(bases)) this.#bases.grow(bases, bytes);
        });
        const request = { curve, table, scalars: address, length: v.length, blind };
        return this.#commitments.compute(request, options);
      },
    );
  }

  // ---- the compressed proof

  get polynomials(): PolynomialOperations {
    throw unavailable();
  }

  get sumcheck(): SumcheckOperations {
    throw unavailable();
  }

  get openings(): OpeningOperations {
    throw unavailable();
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#queue.drop(closedError());
      for (const table of this.#tables) table.clear();
    }
    await this.#pool.close();
    await this.#queue.idle();
  }

  // ---- housekeeping

  #addKey(key: Key): Bases {
    if (this.#closed) throw closedError();
    const { curve, count } = key;
    return this.#bases.add({ curve, length: count - 1 } as Bases, POINT_BYTES * count, key);
  }

  /** Records work for the pool. `options` stop it and count its time. */
  #record<T>(
    kind: WasmKind,
    recording: Omit<Recording<T>, 'run'>,
    work: (options: Required<RunOptions>) => Promise<T>,
  ): Pending<T> {
    return this.#queue.record({
      ...recording,
      run: (stop) => work({ stop, onTask: this.#timer(kind) }),
    });
  }

  /** Records work that the calling thread does at once. */
  #recordHere<T>(kind: WasmKind, recording: Omit<Recording<T>, 'run'>, work: () => T): Pending<T> {
    const run = () => {
      const start = performance.now();
      const value = work();
      this.#ledger.addTime(kind, performance.now() - start);
      return value;
    };
    return this.#queue.record({ ...recording, run });
  }

  /** Counts the time of tasks, each as its share of all threads. */
  #timer(kind: WasmKind): (milliseconds: number) => void {
    return (milliseconds) => this.#ledger.addTime(kind, milliseconds / this.#pool.width);
  }

  #ranges(length: number): { from: number; to: number }[] {
    return ranges(length, this.#pool.width);
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
  ): { readonly addresses: ProductAddresses; readonly residents: readonly Resident[] } {
    const [az, bz, cz] = this.#vectors(field, length, AZ, BZ, CZ);
    return {
      addresses: { AZ: az.address, BZ: bz.address, CZ: cz.address },
      residents: [az.resident, bz.resident, cz.resident],
    };
  }
}

function unavailable(): NovaError {
  return new NovaError('BackendUnavailable', 'the wasm engine cannot make compressed proofs yet');
}
