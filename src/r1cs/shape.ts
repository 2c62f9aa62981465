/** The encoding of an R1CS shape, as digests and verifier keys have it. */
import { NovaError, throwIfAborted } from '../errors.ts';
import { FIELD_BYTES, viewOf, type PrimeField } from '../field/field.ts';
import { checkMatrices, type ConstraintMatrices, type SparseMatrix } from '../field/sparse.ts';
import { Pace, type Control } from '../pace.ts';
import { ByteWriter } from '../wire/writer.ts';
import type { ByteReader } from '../wire/reader.ts';

/** Entries encoded between two looks at the clock: 2 MB of them at most. */
const ENTRIES_PER_SECTION = 1 << 16;

/** Bytes of a `usize`. */
const INDEX_BYTES = 8;

/** num_cons, num_vars, num_io, then A, B, C: data, indices, indptr, cols. In sections, which follow one another. */
export function* encodeShape(S: ConstraintMatrices): Generator<Uint8Array> {
  yield new ByteWriter().u64(S.constraints).u64(S.variables).u64(S.io).finish();
  const dictionary = S.dictionary.map((x) => S.field.toBytes(x));
  for (const M of [S.A, S.B, S.C]) yield* encodeMatrix(M, dictionary, S.variables + 1 + S.io);
}

function* encodeMatrix(
  M: SparseMatrix,
  dictionary: readonly Uint8Array[],
  columns: number,
): Generator<Uint8Array> {
  yield new ByteWriter().u64(M.coefficients.length).finish();
  for (const part of parts(M.coefficients)) {
    const data = new Uint8Array(part.length * FIELD_BYTES);
    part.forEach((coefficient, i) => data.set(dictionary[coefficient], i * FIELD_BYTES));
    yield data;
  }
  yield* encodeIndices(M.columns);
  yield* encodeIndices(M.rowPtr);
  yield new ByteWriter().u64(columns).finish();
}

/** A vector of `usize`. */
function* encodeIndices(indices: Uint32Array): Generator<Uint8Array> {
  yield new ByteWriter().u64(indices.length).finish();
  for (const part of parts(indices)) {
    const bytes = new Uint8Array(part.length * INDEX_BYTES);
    const view = viewOf(bytes);
    part.forEach((index, i) => view.setUint32(i * INDEX_BYTES, index, true));
    yield bytes;
  }
}

function* parts(list: Uint32Array): Generator<Uint32Array> {
  for (let i = 0; i < list.length; i += ENTRIES_PER_SECTION) yield list.subarray(i, i + ENTRIES_PER_SECTION);
}

/**
 * What {@link encodeShape} writes, with turns for others between the parts of the matrices.
 *
 * @throws {@link NovaError} `InvalidEncoding`, `InvalidIndex`, `Aborted`
 */
export async function readShape(
  r: ByteReader,
  field: PrimeField,
  { signal }: Pick<Control, 'signal'> = {},
): Promise<ConstraintMatrices> {
  const pace = new Pace(() => throwIfAborted(signal));
  const [constraints, variables, io] = ['constraints', 'variables', 'public inputs'].map((what) =>
    count(r.u64(`the number of ${what}`)),
  );
  const numbers = new Map<bigint, number>();
  const matrix = (name: string) => readMatrix(r, field, variables + 1 + io, numbers, name, pace);
  const [A, B, C] = [await matrix('A'), await matrix('B'), await matrix('C')];
  const S = { field, constraints, variables, io, A, B, C, dictionary: [...numbers.keys()] };
  checkMatrices(S);
  return S;
}

/** A matrix; `numbers` has the place of every coefficient in the dictionary, and gets those that are new. */
async function readMatrix(
  r: ByteReader,
  field: PrimeField,
  columns: number,
  numbers: Map<bigint, number>,
  name: string,
  pace: Pace,
): Promise<SparseMatrix> {
  const data = r.elementBytes(field, `the entries of matrix ${name}`);
  const coefficients = new Uint32Array(data.length / FIELD_BYTES);
  for (const part of parts(coefficients)) {
    await pace.pause();
    for (let i = 0; i < part.length; i++) {
      const at = (part.byteOffset / 4 + i) * FIELD_BYTES;
      const x = field.fromBytes(data.subarray(at, at + FIELD_BYTES));
      if (x === 0n) throw malformed(`an entry of matrix ${name} is zero`);
      const number = numbers.get(x) ?? numbers.size;
      if (number === numbers.size) numbers.set(x, number);
      part[i] = number;
    }
  }
  await pace.pause();
  const indices = readIndices(r, `the columns of matrix ${name}`);
  await pace.pause();
  const rowPtr = readIndices(r, `the rows of matrix ${name}`);
  if (count(r.u64(`the width of matrix ${name}`)) !== columns) {
    throw malformed(`matrix ${name} has another width than its constraint system`);
  }
  return { rowPtr, columns: indices, coefficients };
}

function readIndices(r: ByteReader, what: string): Uint32Array {
  const n = r.length(INDEX_BYTES, what);
  const view = viewOf(r.bytes(n * INDEX_BYTES, what));
  return Uint32Array.from({ length: n }, (_, i) => count(view.getBigUint64(i * INDEX_BYTES, true)));
}

/** A number of rows, columns or entries, or an index: 32 bits of it are kept. */
function count(n: bigint): number {
  if (n >> 32n !== 0n) throw malformed(`${n} is no number of rows, columns or entries`);
  return Number(n);
}

function malformed(why: string): NovaError {
  return new NovaError('InvalidEncoding', `this is no constraint system: ${why}`);
}
