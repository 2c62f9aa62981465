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
  checkKeyHolds,
  checkKeyLength,
  checkShape,
  checkTail,
  checkUpload,
  shapeBytes,
  WORD_BYTES,
} from '../checks.ts';
import { Table } from '../ledger.ts';
import { checkDistinct, touched } from '../operands.ts';
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
    this.openings = new Openings(this.#recorder);
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
    this.#recorder.checkOpen();
    const matrices = this.#matrices.get(M);
    const { field, constraints, variables } = M.shape;
    const to = this.#products(field, constraints, out);
    const [w] = this.#recorder.vectors(field, variables, W);
    const tail = checkTail(M.shape, u, X);
    checkDistinct(this.#recorder.vecs, [out.AZ, out.BZ, out.CZ], [W]);
    this.#recorder.record('products', products(to.elements, matrices, w.elements, tail), [w], to.data);
  }

  crossTerm(T: Vec, running: Products, u1: bigint, fresh: Products): void {
    const F = T.field;
    const [t] = this.#recorder.vectors(F, T.length, T);
    const p1 = this.#products(F, T.length, running);
    const p2 = this.#products(F, T.length, fresh);
    checkDistinct(this.#recorder.vecs, [T], [...Object.values(running), ...Object.values(fresh)]);
    const work = crossTerm(F, T.length, t.elements, p1.elements, F.check(u1, 'u'), p2.elements);
    this.#recorder.record('crossTerm', work, [...p1.data, ...p2.data], [t]);
  }

  firstUnsatisfied(p: Products, u: bigint, E?: Vec): Pending<number> {
    const { field: F, length } = p.AZ;
    const { elements, data } = this.#products(F, length, p);
    const errors = E === undefined ? [] : this.#recorder.vectors(F, length, E);
    const work = firstUnsatisfied(F, length, elements, F.check(u, 'u'), errors[0]?.elements);
    return this.#recorder.record('check', work, [...data, ...errors], [], WORD_BYTES);
  }

  addScaled(out: Vec, a: Vec, r: bigint, b: Vec): void {
    const F = out.field;
    const [o, x, y] = this.#recorder.vectors(F, out.length, out, a, b);
    checkDistinct(this.#recorder.vecs, [out], [a, b]);
    const work = addScaled(F, out.length, o.elements, x.elements, F.check(r, 'r'), y.elements);
    this.#recorder.record('fold', work, [x, y], [o]);
  }

  copy(out: Vec, a: Vec): void {
    const [o, x] = this.#recorder.vectors(out.field, out.length, out, a);
    checkDistinct(this.#recorder.vecs, [out], [a]);
    this.#recorder.record('fold', copy(out.length, o.elements, x.elements), [x], [o]);
  }

  clear(out: Vec): void {
    const [o] = this.#recorder.vectors(out.field, out.length, out);
    this.#recorder.record('fold', clear(out.length, o.elements), [], [o]);
  }

  commit(bases: Bases, v: Vec, blind: bigint): Pending<AffinePoint> {
    this.#recorder.checkOpen();
    const points = this.#bases.get(bases);
    const { curve } = bases;
    const [data] = this.#recorder.vectors(curve.scalar, v.length, v);
    checkKeyHolds(bases, v);
    curve.scalar.check(blind, 'the blind');
    const work = commitment(curve, points, v.length, data.elements, blind);
    return this.#recorder.record('commit', work, [data], [], POINT_BYTES);
  }

  async close(): Promise<void> {
    if (this.#recorder.close()) for (const table of this.#tables) table.clear();
    await this.#recorder.queue.idle();
  }

  #products(
    field: PrimeField,
    length: number,
    { AZ, BZ, CZ }: Products,
  ): { readonly elements: ProductElements; readonly data: readonly VecData[] } {
    const [az, bz, cz] = this.#recorder.vectors(field, length, AZ, BZ, CZ);
    return {
      elements: { AZ: az.elements, BZ: bz.elements, CZ: cz.elements },
      data: [az, bz, cz],
    };
  }
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
