import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import type { Matrices, Pending, Vec } from '../backend.ts';
import { WORD_BYTES } from '../checks.ts';
import type { Table } from '../ledger.ts';
import { checkPositions } from '../operands.ts';
import {
  combineOperands,
  copyRangeOperands,
  foldHalvesOperands,
  gatherOperands,
  prefixOperands,
  tensorOperands,
  transposedOperands,
} from '../polynomial-operands.ts';
import type { Indices, PolynomialOperations, ScaledVec } from '../polynomials.ts';
import { Pace } from '../../pace.ts';
import { Resident } from '../queue.ts';
import type { Stop } from '../stop.ts';
import { MAX_ONES } from './kernels/polynomials.ts';
import type { Doubling, ElementwiseJob, Term } from './multilinear.ts';
import { type PreparedMatrices, prepareTransposed, productTasks } from './products.ts';
import type { Recorder, Touches, VecData } from './recorder.ts';
import { type TaskCall, taskCall } from './tasks.ts';
import { at } from './vectors.ts';

const KIND = 'polynomials';

/** Matrices in memory; transposed ones once they were asked for. */
export interface MatricesData extends PreparedMatrices {
  readonly resident: Resident;
  /** The order of those who use the transposed ones, or make them. */
  readonly transposing: Resident;
  transposed?: PreparedTransposed;
}

/** Transposed matrices, and room for the vector that they are multiplied with. */
interface PreparedTransposed extends PreparedMatrices {
  readonly scaled: number;
}

/** Tables of polynomials, in memory. */
export class Polynomials implements PolynomialOperations {
  readonly #recorder: Recorder;
  readonly #matrices: Table<Matrices, MatricesData>;
  readonly #indices: Table<Indices, VecData>;

  constructor(recorder: Recorder, matrices: Table<Matrices, MatricesData>, indices: Table<Indices, VecData>) {
    this.#recorder = recorder;
    this.#matrices = matrices;
    this.#indices = indices;
  }

  prefix(v: Vec, length: number): Vec {
    const { view, data } = prefixOperands(this.#recorder, v, length);
    return this.#recorder.vecs.addView(view, v, { ...data, partial: true });
  }

  indices(positions: Uint32Array, bound: number): Indices {
    this.#recorder.checkOpen();
    checkPositions(positions, bound);
    const { heap, host } = this.#recorder;
    const { length, byteLength } = positions;
    const address = heap.allocate(byteLength, `${length} positions`);
    host.u32.set(positions, address / WORD_BYTES);
    const handle = { length, bound } as Indices;
    return this.#indices.add(handle, byteLength, { address, resident: new Resident() });
  }

  copyRange(out: Vec, to: number, a: Vec, from: number, count: number): void {
    const { o, x } = copyRangeOperands(this.#recorder, out, to, a, from, count);
    this.#recorder.recordHere(KIND, { reads: [x], writes: [{ ...o, partial: true }] }, () => {
      this.#recorder.host.u8.copyWithin(at(o.address, to), at(x.address, from), at(x.address, from + count));
    });
  }

  combine(out: Vec, terms: readonly ScaledVec[], constant: bigint = 0n): void {
    const F = out.field;
    const { o, inputs } = combineOperands(this.#recorder, out, terms, constant);
    // between two lengths of vectors, the same terms count everywhere
    const ends = [...new Set([...inputs.map(({ length }) => length), out.length])].toSorted((a, b) => a - b);
    const pieces = ends.map((end, k) => {
      const live = inputs.filter(({ length }) => length >= end);
      const ones = live.filter(({ c }) => c === 1n).slice(0, MAX_ONES);
      const others = live.filter((term) => !ones.includes(term));
      return {
        first: k === 0 ? 0 : ends[k - 1],
        end,
        ones: ones.map(({ data }) => data.address),
        terms: others.map(({ c, data }): Term => ({ c: F.toBytes(c), v: data.address })),
      };
    });
    const args = { field: this.#field(F), out: o.address, constant: F.toBytes(constant) };
    this.#recorder.record(KIND, { reads: inputs.map(({ data }) => data), writes: [o] }, async ({ stop }) => {
      const calls = pieces.flatMap(({ first, end, ...lists }) =>
        this.#recorder
          .ranges(end - first)
          .map((range) =>
            taskCall('combine', { ...args, ...lists, from: first + range.from, to: first + range.to }),
          ),
      );
      await this.#recorder.run(KIND, calls, out.length, stop);
    });
  }

  multiply(out: Vec, a: Vec, b: Vec): void {
    const [o, x, y] = this.#recorder.vectors(out.field, out.length, out, a, b);
    const job = {
      kernel: 'multiply',
      vectors: [o, x, y].map(({ address }) => address),
      constants: [],
    } as const;
    this.#elementwise(out, job, { reads: [x, y], writes: [o] });
  }

  invert(out: Vec, a: Vec): Pending<number> {
    const [o, x] = this.#recorder.vectors(out.field, out.length, out, a);
    const args = { field: this.#field(out.field), out: o.address, a: x.address };
    return this.#recorder.recordRanges(
      KIND,
      { reads: [x], writes: [o], bytes: WORD_BYTES },
      {
        n: out.length,
        task: (range) => taskCall('invert', { ...args, ...range }),
        join: (zeros) => zeros.find((zero) => zero !== -1) ?? -1,
      },
    );
  }

  ramp(out: Vec): void {
    const o = this.#recorder.vector(out.field, out);
    const args = { field: this.#field(out.field), out: o.address };
    this.#ranges({ reads: [], writes: [o] }, out.length, (range) => taskCall('ramp', { ...args, ...range }));
  }

  gather(out: Vec, table: Vec, indices: Indices): void {
    const { o, x, positions } = gatherOperands(this.#recorder, this.#indices, out, table, indices);
    const field = this.#field(out.field);
    const args = { field, out: o.address, table: x.address, indices: positions.address };
    this.#ranges({ reads: [x, positions], writes: [o] }, out.length, (range) =>
      taskCall('gather', { ...args, ...range }),
    );
  }

  tensor(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
    const F = out.field;
    const o = tensorOperands(this.#recorder, out, pairs);
    const field = this.#field(F);
    // as many parts as there are tasks for this many elements: each begins with what the first bits choose
    const parts = 2 ** Math.floor(Math.log2(this.#recorder.ranges(out.length).length));
    const chosen = Math.min(pairs.length, Math.log2(parts));
    const size = out.length / 2 ** chosen;
    const doublings = pairs
      .slice(chosen)
      .toReversed()
      .map((pair) => doubling(F, pair));
    let firsts = [1n];
    for (const [zero, one] of pairs.slice(0, chosen)) {
      firsts = firsts.flatMap((x) => [F.mul(x, zero), F.mul(x, one)]);
    }
    const calls = firsts.map((first, part) =>
      taskCall('expand', { field, out: at(o.address, part * size), first: F.toBytes(first), doublings }),
    );
    this.#recorder.record(KIND, { reads: [], writes: [o] }, ({ stop }) =>
      this.#recorder.run(KIND, calls, out.length, stop),
    );
  }

  foldHalves(out: Vec, v: Vec, c0: bigint, c1: bigint): void {
    const F = out.field;
    const { o, x, half } = foldHalvesOperands(this.#recorder, out, v, c0, c1);
    const constants = [F.toBytes(c0), F.toBytes(c1)];
    const vectors = [o.address, x.address, at(x.address, half)];
    const job: ElementwiseJob =
      c0 === 1n && c1 === 1n
        ? { kernel: 'foldSum', vectors, constants: [] }
        : F.add(c0, c1) === 1n
          ? { kernel: 'foldBind', vectors, constants: constants.slice(1) }
          : { kernel: 'foldBoth', vectors, constants };
    this.#elementwise(out, job, { reads: [x], writes: [o] });
  }

  transposed(out: Vec, M: Matrices, x: Vec, c: readonly [cA: bigint, cB: bigint, cC: bigint]): void {
    const { o, rows, matrices, factors } = transposedOperands(this.#recorder, this.#matrices, out, M, x, c);
    const { field: F, constraints } = M.shape;
    const columns = out.length;
    const field = this.#field(F);
    // room for the scaled vectors is with the transposed matrices: one at a time has it
    const touches = { reads: [rows, matrices], writes: [o, { resident: matrices.transposing }] };
    this.#recorder.record(KIND, touches, async ({ stop }) => {
      const recorder = this.#recorder;
      const transposed = await this.#transposed(M, matrices, stop);
      const scalings = factors.map((factor, k): ElementwiseJob => ({
        kernel: 'scaleBy',
        vectors: [at(transposed.scaled, k * constraints), rows.address],
        constants: [F.toBytes(factor)],
      }));
      const scale = recorder
        .ranges(constraints)
        .flatMap((range) => scalings.map((job) => taskCall('elementwise', { field, ...job, ...range })));
      await recorder.run(KIND, scale, constraints, stop);
      const parts = recorder.ranges(Math.max(columns, constraints)).length;
      const to = { AZ: o.address, BZ: 0, CZ: 0 };
      const tasks = productTasks(transposed, to, transposed.scaled, [], parts);
      const calls = tasks.map((task) => taskCall('products', task));
      await recorder.run(KIND, calls, Math.max(columns, constraints), stop);
    });
  }

  /** Made when it is first asked for, and kept. @throws {@link NovaError} `OutOfMemory`, what `stop` was fired with */
  async #transposed(M: Matrices, matrices: MatricesData, stop: Stop): Promise<PreparedTransposed> {
    if (matrices.transposed === undefined) {
      const { heap, host } = this.#recorder;
      const pace = new Pace(() => {
        if (stop.fired) throw stop.error;
      });
      const room = 3 * FIELD_BYTES * M.shape.constraints;
      let scaled = 0;
      const allocate = (bytes: number) => {
        const address = heap.allocate(bytes + room, 'transposed matrices');
        scaled = address + bytes;
        return address;
      };
      const prepared = await prepareTransposed(host, M.shape, allocate, pace);
      matrices.transposed = { ...prepared, scaled };
      if (this.#matrices.has(M)) this.#matrices.grow(M, prepared.bytes + room);
      this.#recorder.ledger.addTime('setup', pace.worked);
    }
    return matrices.transposed;
  }

  #elementwise(out: Vec, job: ElementwiseJob, touches: Touches): void {
    const field = this.#field(out.field);
    this.#ranges(touches, out.length, (range) => taskCall('elementwise', { field, ...job, ...range }));
  }

  #ranges(
    touches: Touches,
    n: number,
    task: (range: { readonly from: number; readonly to: number }) => TaskCall,
  ): void {
    this.#recorder.recordRanges(KIND, touches, { n, task });
  }

  /** The name of a field whose kernels are there. */
  #field(F: PrimeField): string {
    this.#recorder.fields.ensureProof(F);
    return F.name;
  }
}

/** How a pair doubles a table, with as few multiplications as it takes. */
function doubling(F: PrimeField, [zero, one]: readonly [bigint, bigint]): Doubling {
  const kind = zero === 1n ? 'keep' : F.add(zero, one) === 1n ? 'split' : 'both';
  return { kind, zero: F.toBytes(zero), one: F.toBytes(one) };
}
