import { type AffinePoint, type Curve, POINT_BYTES } from '../../curve/curve.ts';
import { fromLabel } from '../../curve/generators.ts';
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import {
  prepareProgram,
  runProgram,
  type PreparedProgram,
  type WitnessProgram,
} from '../../field/program.ts';
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
  checkShape,
  checkUpload,
  shapeBytes,
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
import { Resident } from '../queue.ts';
import { decodeBases, encodeBases } from './bases.ts';
import { zeros } from './memory.ts';
import { msm, type Points } from './msm.ts';
import { Openings } from './openings.ts';
import { Polynomials } from './polynomials.ts';
import {
  crossTerm,
  firstUnsatisfied,
  type ProductElements,
  products,
  residentMatrices,
  type ResidentMatrices,
} from './products.ts';
import { Recorder, type VecData } from './recorder.ts';
import { Sumcheck } from './sumcheck.ts';
import { addScaled, clear, copy, decode, encode } from './vectors.ts';
import type { Work } from './work.ts';

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

/** A witness program, and its head if that has run. */
interface WitnessData {
  readonly program: WitnessProgram;
  readonly resident: Resident;
  prepared: PreparedProgram | undefined;
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly #generators: GeneratorSource;
  readonly polynomials: PolynomialOperations;
  readonly sumcheck: SumcheckOperations;
  readonly openings: OpeningOperations;
  readonly #recorder = new Recorder();
  readonly #ledger = this.#recorder.ledger;
  readonly #bases = new Table<Bases, Points>('a commitment key', this.#ledger);
  readonly #matrices = new Table<Matrices, ResidentMatrices>('a set of matrices', this.#ledger);
  readonly #witnesses = new Table<Witness, WitnessData>('a witness program', this.#ledger);
  readonly #indices = new Table<Indices, Uint32Array>('a set of positions', this.#ledger);
  readonly #tables = [this.#recorder.vecs, this.#bases, this.#matrices, this.#witnesses, this.#indices];

  constructor(generators: GeneratorSource) {
    this.#generators = generators;
    this.polynomials = new Polynomials(this.#recorder, this.#matrices, this.#indices);
    this.sumcheck = new Sumcheck(this.#recorder);
    this.openings = new Openings(this.#recorder, this);
  }

  counters(): Counters {
    return this.#ledger.snapshot();
  }

  // ---- handles

  async bases(curve: Curve, label: Uint8Array, n: number, control?: Control): Promise<Bases> {
    this.#recorder.checkOpen();
    checkKeyLength(n);
    const start = performance.now();
    const points = await this.#generators(curve, label, n + 1, control);
    this.#ledger.addTime('setup', performance.now() - start);
    checkGenerators(points, n + 1);
    return this.loadBases(curve, points, control);
  }

  async loadBases(curve: Curve, points: Uint8Array, control?: LoadControl): Promise<Bases> {
    const data = await this.#recorder.run('setup', decodeBases(curve, points, control?.trusted), control);
    const length = data.x.length - 1;
    return this.#bases.add({ curve, length } as Bases, POINT_BYTES * data.x.length, data);
  }

  async saveBases(bases: Bases): Promise<Uint8Array> {
    this.#recorder.checkOpen();
    return this.#recorder.run('setup', encodeBases(bases.curve, this.#bases.get(bases)));
  }

  matrices(shape: ConstraintMatrices): Matrices {
    this.#recorder.checkOpen();
    checkShape(shape);
    return this.#matrices.add({ shape } as Matrices, shapeBytes(shape), residentMatrices(shape));
  }

  vector(field: PrimeField, length: number, label: string): Vec {
    this.#recorder.checkOpen();
    const data = { elements: zeros(length, label), length, resident: new Resident() };
    return this.#recorder.vecs.add({ field, length, label } as Vec, FIELD_BYTES * length, data);
  }

  async witness(program: WitnessProgram): Promise<Witness> {
    this.#recorder.checkOpen();
    const data = { program, resident: new Resident(), prepared: undefined };
    return this.#witnesses.add({ program } as Witness, WORD_BYTES * program.code.length, data);
  }

  free(...handles: (Vec | Bases | Matrices | Witness | Indices)[]): void {
    for (const handle of handles) for (const table of this.#tables) table.delete(handle);
  }

  // ---- the edges

  upload(v: Vec, bytes: Uint8Array): void {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    checkUpload(v, bytes);
    this.#ledger.bytesUp += bytes.length;
    this.#recorder.record('transfer', decode(v.field, data.elements, bytes.slice()), [], [data]);
  }

  download(v: Vec): Pending<Uint8Array> {
    const [data] = this.#recorder.vectors(v.field, v.length, v);
    const work = encode(v.field, v.length, data.elements);
    return this.#recorder.record('transfer', work, [data], [], FIELD_BYTES * v.length);
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

  async generate(witness: Witness, inputs: readonly bigint[], W: Vec, control?: Control): Promise<bigint[]> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    const { program } = data;
    const [w] = this.#recorder.vectors(program.field, program.variables, W);
    const slots = await this.#recorder.queue.perform({
      ...touched([], [data, w]),
      atomic: true,
      run: async () => {
        const pace = new Pace(() => this.#recorder.checkOpen());
        const { prepared } = data;
        data.prepared = undefined;
        const values = await runProgram(program, inputs, () => pace.pause(), control?.signal, prepared);
        for (let i = 0; i < program.variables; i++) w.elements[i] = values[i];
        this.#ledger.addTime('witness', pace.worked);
        return values;
      },
    });
    this.#ledger.bytesUp += FIELD_BYTES * program.variables;
    return program.outputs.map((slot) => slots[slot]);
  }

  async prepare(witness: Witness, inputs: readonly bigint[], control?: Control): Promise<void> {
    this.#recorder.checkOpen();
    const data = this.#witnesses.get(witness);
    const run = async () => {
      const pace = new Pace(() => this.#recorder.checkOpen(), ASIDE_MS);
      data.prepared = undefined;
      data.prepared = await prepareProgram(data.program, inputs, () => pace.pause(), control?.signal);
      this.#ledger.addTime('ahead', pace.worked);
    };
    return this.#recorder.queue.perform({ ...touched([], [data]), atomic: true, aside: true, run });
  }

  // ---- folding

  products(out: Products, M: Matrices, W: Vec, u: bigint, X: readonly bigint[]): void {
    const { to, matrices, w, tail } = productsOperands(this.#recorder, this.#matrices, out, M, W, u, X);
    const work = products(elementsOf(to), matrices, w.elements, tail);
    this.#recorder.record('products', work, [w], to.all);
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const { t, p1, p2 } = crossTermOperands(this.#recorder, T, running, u1, fresh);
    const work = crossTerm(T.field, T.length, t.elements, elementsOf(p1), u1, elementsOf(p2));
    this.#recorder.record('crossTerm', work, [...p1.all, ...p2.all], [t]);
  }

  firstUnsatisfied(products: Products, u: bigint, E?: Vec): Pending<number> {
    const { p, errors, reads } = unsatisfiedOperands(this.#recorder, products, u, E);
    const { field, length } = products.AZ;
    const work = firstUnsatisfied(field, length, elementsOf(p), u, errors?.elements);
    return this.#recorder.record('check', work, reads, [], WORD_BYTES);
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const { o, x, y } = addScaledOperands(this.#recorder, out, a, r, b);
    const work = addScaled(out.field, out.length, o.elements, x.elements, r, y.elements);
    this.#recorder.record('fold', work, [x, y], [o]);
  }

  copy(out: Vec, a: Vec): void {
    const { o, x } = copyOperands(this.#recorder, out, a);
    this.#recorder.record('fold', copy(out.length, o.elements, x.elements), [x], [o]);
  }

  clear(out: Vec): void {
    const [o] = this.#recorder.vectors(out.field, out.length, out);
    this.#recorder.record('fold', clear(out.length, o.elements), [], [o]);
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    const { key, data } = commitOperands(this.#recorder, this.#bases, bases, v, blind);
    const work = commitment(bases.curve, key, v.length, data.elements, blind);
    return this.#recorder.record('commit', work, [data], [], POINT_BYTES);
  }

  async close(): Promise<void> {
    if (this.#recorder.close()) for (const table of this.#tables) table.clear();
    await this.#recorder.queue.idle();
  }
}

function elementsOf({ AZ, BZ, CZ }: ProductData<VecData>): ProductElements {
  return { AZ: AZ.elements, BZ: BZ.elements, CZ: CZ.elements };
}

/** <v, G> + blind h; the points are h, then G. v are the first n elements. */
function* commitment(
  curve: Curve,
  points: Points,
  n: number,
  v: readonly bigint[],
  blind: bigint,
): Work<AffinePoint> {
  return yield* msm(curve, points, [blind, ...v.slice(0, n)]);
}
