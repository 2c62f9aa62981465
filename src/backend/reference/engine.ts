import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { throwIfAborted } from '../../errors.ts';
import { fromLabel } from '../../curve/generators.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { runProgram, type WitnessProgram } from '../../field/program.ts';
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
  checkDistinct,
  checkGenerators,
  checkKeyHolds,
  checkKeyLength,
  checkShape,
  checkTail,
  checkUpload,
  closedError,
  operands,
  shapeBytes,
  WORD_BYTES,
} from '../checks.ts';
import { type Kind, KINDS, Ledger, Table } from '../ledger.ts';
import { Pace } from '../../pace.ts';
import { Queue, Resident } from '../queue.ts';
import { decodeBases, encodeBases } from './bases.ts';
import { zeros } from './memory.ts';
import { msm, type Points } from './msm.ts';
import {
  crossTerm,
  firstUnsatisfied,
  type ProductElements,
  products,
  residentMatrices,
  type ResidentMatrices,
} from './products.ts';
import { run, timed, type Work } from './work.ts';
import { addScaled, clear, copy, decode, encode } from './vectors.ts';

/**
 * Makes the reference engine: BigInt on the calling thread, slow and plain. It computes what the other engines are compared
 * with. Work gives the event loop a turn every 30 ms.
 *
 * @example
 * const engine = createReferenceBackend();
 * const v = engine.vector(pallas.scalar, 2, 'v');
 * engine.upload(v, elementsToBytes(pallas.scalar, [1n, 2n]));
 * const bases = await engine.bases(pallas, new TextEncoder().encode('ck'), 2);
 * const [C] = await engine.read([engine.commit(bases, v, 0n)]);
 */
export function createReferenceBackend(options: BackendOptions = {}): Backend {
  return new ReferenceBackend(options.generators ?? fromLabel);
}

/** A vector's elements, and its place in the order of operations. */
interface VecData {
  readonly elements: bigint[];
  readonly resident: Resident;
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly #generators: GeneratorSource;
  readonly #ledger = new Ledger(KINDS);
  readonly #queue = new Queue();
  readonly #vecs = new Table<Vec, VecData>('a vector', this.#ledger);
  readonly #bases = new Table<Bases, Points>('a commitment key', this.#ledger);
  readonly #matrices = new Table<Matrices, ResidentMatrices>('a set of matrices', this.#ledger);
  readonly #witnesses = new Table<Witness, WitnessProgram>('a witness program', this.#ledger);
  readonly #tables = [this.#vecs, this.#bases, this.#matrices, this.#witnesses];
  /** Resolves when the work before is over: there is one thread, so there is nothing to gain from doing it side by side. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(generators: GeneratorSource) {
    this.#generators = generators;
  }

  counters(): Counters {
    return this.#ledger.snapshot();
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control?: Control): Promise<Bases> {
    this.#checkOpen();
    checkKeyLength(n);
    const start = performance.now();
    const points = await this.#generators(curve, label, n + 1, control);
    this.#ledger.addTime('setup', performance.now() - start);
    checkGenerators(points, n + 1);
    return this.loadBases(curve, points, control);
  }

  async loadBases(curve: Curve, points: Uint8Array, control?: LoadControl): Promise<Bases> {
    const data = await this.#run('setup', decodeBases(curve, points, control?.trusted), control);
    const length = data.x.length - 1;
    return this.#bases.add({ curve, length } as Bases, POINT_BYTES * data.x.length, data);
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#checkOpen();
    return this.#run('setup', encodeBases(bases.curve, this.#bases.get(bases)));
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#checkOpen();
    checkShape(shape);
    return this.#matrices.add({ shape } as Matrices, shapeBytes(shape), residentMatrices(shape));
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#checkOpen();
    const data = { elements: zeros(length, label), resident: new Resident() };
    return this.#vecs.add({ field, length, label } as Vec, FIELD_BYTES * length, data);
  }

  witness(program: WitnessProgram): Witness {
    this.#checkOpen();
    return this.#witnesses.add({ program } as Witness, WORD_BYTES * program.code.length, program);
  }

  free(...handles: (Vec | Bases | Matrices | Witness)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [{ elements, resident }] = this.#inputs(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#ledger.bytesUp += bytes.length;
    this.#record('transfer', decode(v.field, elements, bytes.slice()), [], [resident]);
  }

  download(v: Vec): Pending<Uint8Array> {
    const [{ elements, resident }] = this.#inputs(v.field, v.length, v);
    return this.#record('transfer', encode(v.field, elements), [resident], [], FIELD_BYTES * v.length);
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

  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#checkOpen();
    const program = this.#witnesses.get(witness);
    const [{ elements, resident }] = this.#inputs(program.field, program.variables, W);
    const slots = await this.#queue.perform({
      reads: [],
      writes: [resident],
      atomic: true,
      run: async () => {
        const pace = new Pace(() => this.#checkOpen());
        const values = await runProgram(program, inputs, () => pace.pause(), control?.signal);
        for (let i = 0; i < program.variables; i++) elements[i] = values[i];
        this.#ledger.addTime('witness', pace.worked);
        return values;
      },
    });
    this.#ledger.bytesUp += FIELD_BYTES * program.variables;
    return program.outputs.map((slot) => slots[slot]);
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    this.#checkOpen();
    const matrices = this.#matrices.get(M);
    const { field, constraints, variables } = M.shape;
    const to = this.#products(field, constraints, out);
    const [w] = this.#inputs(field, variables, W);
    const tail = checkTail(M.shape, u, X);
    checkDistinct([out.AZ, out.BZ, out.CZ], [W]);
    this.#record('products', products(to.elements, matrices, w.elements, tail), [w.resident], to.residents);
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const F = T.field;
    const [t] = this.#inputs(F, T.length, T);
    const p1 = this.#products(F, T.length, running);
    const p2 = this.#products(F, T.length, fresh);
    checkDistinct([T], [...Object.values(running), ...Object.values(fresh)]);
    const work = crossTerm(F, t.elements, p1.elements, F.check(u1, 'u'), p2.elements);
    this.#record('crossTerm', work, [...p1.residents, ...p2.residents], [t.resident]);
  }

  firstUnsatisfied(p: Products, u: bigint, E?: Vec): Pending<number> {
    const { field: F, length } = p.AZ;
    const { elements, residents } = this.#products(F, length, p);
    const errors = E === undefined ? [] : this.#inputs(F, length, E);
    const work = firstUnsatisfied(F, elements, F.check(u, 'u'), errors[0]?.elements);
    const reads = [...residents, ...errors.map(({ resident }) => resident)];
    return this.#record('check', work, reads, [], WORD_BYTES);
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#inputs(F, out.length, out, a, b);
    checkDistinct([out], [a, b]);
    const work = addScaled(F, o.elements, x.elements, F.check(r, 'r'), y.elements);
    this.#record('fold', work, [x.resident, y.resident], [o.resident]);
  }

  copy(out: Vec, a: Vec): void {
    const [o, x] = this.#inputs(out.field, out.length, out, a);
    checkDistinct([out], [a]);
    this.#record('fold', copy(o.elements, x.elements), [x.resident], [o.resident]);
  }

  clear(out: Vec): void {
    const [{ elements, resident }] = this.#inputs(out.field, out.length, out);
    this.#record('fold', clear(elements), [], [resident]);
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    this.#checkOpen();
    const points = this.#bases.get(bases);
    const { curve } = bases;
    const [{ elements, resident }] = this.#inputs(curve.scalar, v.length, v);
    checkKeyHolds(bases, v);
    curve.scalar.check(blind, 'the blind');
    return this.#record('commit', commitment(curve, points, elements, blind), [resident], [], POINT_BYTES);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#queue.drop(closedError());
      for (const table of this.#tables) table.clear();
    }
    await this.#queue.idle();
  }

  /** Records work, which begins when the caller has returned. */
  #record<T>(
    kind: Kind,
    work: Work<T>,
    reads: readonly Resident[],
    writes: readonly Resident[],
    bytes = 0,
  ): Pending<T> {
    this.#checkOpen();
    return this.#queue.record({
      reads,
      writes,
      bytes,
      run: (stop, report) => {
        const check = () => {
          if (stop.fired) throw stop.error;
        };
        const done = this.#turn.then(() => run(this.#timed(kind, work), check, report));
        this.#turn = done.then(
          () => {},
          () => {},
        );
        return done;
      },
    });
  }

  async #run<T>(kind: Kind, work: Work<T>, control?: Control): Promise<T> {
    const check = () => {
      throwIfAborted(control?.signal);
      this.#checkOpen();
    };
    return run(this.#timed(kind, work), check, control?.onProgress);
  }

  #timed<T>(kind: Kind, work: Work<T>): Work<T> {
    return timed(work, (ms) => this.#ledger.addTime(kind, ms));
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** What vectors stand for, after checking that they are of this field and length. */
  #inputs(field: PrimeField, length: number, ...vectors: Vec[]): VecData[] {
    this.#checkOpen();
    return operands(this.#vecs, field, length, vectors);
  }

  #products(
    field: PrimeField,
    length: number,
    { AZ, BZ, CZ }: Products,
  ): { readonly elements: ProductElements; readonly residents: readonly Resident[] } {
    const [az, bz, cz] = this.#inputs(field, length, AZ, BZ, CZ);
    return {
      elements: { AZ: az.elements, BZ: bz.elements, CZ: cz.elements },
      residents: [az.resident, bz.resident, cz.resident],
    };
  }
}

/** <v, G> + blind h; the points are h, then G. */
function* commitment(curve: Curve, points: Points, v: readonly bigint[], blind: bigint): Work<AffinePoint> {
  return yield* msm(curve, points, [blind, ...v]);
}
