/**
 * Products of a constraint system's matrices with z = (W, u, X), over `kernels/products.ts`: how matrices are laid out in
 * memory, and the tasks that a product is cut into.
 */
import { elementsToBytes } from '../../field/bytes.ts';
import { FIELD_BYTES, viewOf, writeInt, type PrimeField } from '../../field/field.ts';
import {
  checkMatrices,
  nonZeros,
  transpose,
  type ConstraintMatrices,
  type SparseMatrix,
} from '../../field/sparse.ts';
import type { Pace } from '../../pace.ts';
import { ELEMENT_STRIDE } from './codegen/field-description.ts';
import type { KernelHost } from './host.ts';
import { MAX_WEIGHT, ROW_HEADER } from './kernels/products.ts';
import type { ProductAddresses } from './vectors.ts';

/** Coefficients below this in magnitude are multiplied limb by limb, without reduction. */
const SMALL = 1n << 15n;

/** What a row costs beside its entries, and an entry that is multiplied in full: in entries of the cheap kinds. */
const ROW_COST = 5;
const GENERAL_COST = 4;

/** Pieces that the rows are cut into when they are laid out; tasks are made of whole pieces. */
const PIECES = 256;

/** Rows that are laid out between two looks at the clock: under a millisecond. */
const AT_A_TIME = 512;

/** A layout under way: it can be left after every so many rows. */
type LayingOut<T> = Generator<void, T, void>;

/** Consecutive rows of the stream. */
interface Piece {
  readonly stream: number;
  readonly rows: number;
  readonly cost: number;
}

/** What rows are laid out for. */
type Layout = Pick<ConstraintMatrices, 'field' | 'constraints' | 'variables' | 'dictionary'>;

/** Matrices in an engine's memory. */
export interface PreparedMatrices {
  readonly field: PrimeField;
  /** Length of W. */
  readonly variables: number;
  /** The block of memory that they take; it begins with the dictionary. */
  readonly address: number;
  /** Its size. */
  readonly bytes: number;
  readonly pieces: readonly Piece[];
}

/** A part of a product: rows of the stream, and what they are multiplied with. */
export interface ProductTask {
  /** Name of the field. */
  readonly field: string;
  readonly stream: number;
  readonly rows: number;
  readonly dictionary: number;
  /** Address of W, and its length. */
  readonly W: number;
  readonly variables: number;
  /** u, then X: canonical, `FIELD_BYTES` each. */
  readonly tail: Uint8Array;
  readonly out: ProductAddresses;
}

/** Computes the rows of a task. */
export function products(host: KernelHost, task: ProductTask): void {
  const { stream, rows, dictionary, W, variables, tail, out } = task;
  const outs = host.scratch.address;
  const tailAddress = outs + 16;
  host.u32.set([out.AZ, out.BZ, out.CZ], outs / 4);
  host.u8.set(tail, tailAddress);
  host.kernels(task.field).products(stream, rows, dictionary, W, tailAddress, variables * FIELD_BYTES, outs);
}

/** Tasks, at most `parts` and of about the same cost, that together compute out = (A z, B z, C z) for z = (W, tail), where the tail is (u, X). */
export function productTasks(
  M: PreparedMatrices,
  out: ProductAddresses,
  W: number,
  tail: readonly bigint[],
  parts: number,
): ProductTask[] {
  const { field: F, variables } = M;
  const end = elementsToBytes(F, tail);
  const share = M.pieces.reduce((sum, { cost }) => sum + cost, 0) / parts;
  const tasks: ProductTask[] = [];
  let done = 0;
  for (let i = 0; i < M.pieces.length;) {
    const { stream } = M.pieces[i];
    let rows = 0;
    const target = share * (tasks.length + 1);
    do {
      rows += M.pieces[i].rows;
      done += M.pieces[i++].cost;
    } while (i < M.pieces.length && done + M.pieces[i].cost / 2 < target);
    tasks.push({ field: F.name, stream, rows, dictionary: M.address, W, variables, tail: end, out });
  }
  return tasks;
}

/**
 * Lays out matrices.
 *
 * @param host with the kernels of the matrices' field
 * @param allocate returns the address of that many bytes, a multiple of 8
 * @throws {@link NovaError} `InvalidIndex` if the matrices are malformed, and what `allocate` throws
 */
export function prepareMatrices(
  host: KernelHost,
  shape: ConstraintMatrices,
  allocate: (bytes: number) => number,
): PreparedMatrices {
  checkMatrices(shape);
  const work = prepare(host, shape, [shape.A, shape.B, shape.C], allocate);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Lays out the matrix whose product with (cA x, cB x, cC x), one vector after the other, is (cA A + cB B + cC C)^T x: the result
 * is the vector `AZ` of a product. Parameters as in {@link prepareMatrices}, for matrices that it has checked.
 *
 * @param pace when to let others in
 */
export async function prepareTransposed(
  host: KernelHost,
  shape: ConstraintMatrices,
  allocate: (bytes: number) => number,
  pace: Pace,
): Promise<PreparedMatrices> {
  const { field, dictionary, constraints, variables, io } = shape;
  const layout = { field, dictionary, constraints: variables + 1 + io, variables: 3 * constraints };
  const stacked = transpose([shape.A, shape.B, shape.C], layout.constraints);
  const work = prepare(host, layout, [stacked], allocate);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await pace.pause();
  }
}

function* prepare(
  host: KernelHost,
  layout: Layout,
  matrices: readonly SparseMatrix[],
  allocate: (bytes: number) => number,
): LayingOut<PreparedMatrices> {
  const { field: F, dictionary, variables } = layout;
  const { words, pieces } = yield* layOut(layout, matrices);
  const dictionaryBytes = dictionary.length * ELEMENT_STRIDE;
  const bytes = dictionaryBytes + words.byteLength + FIELD_BYTES;
  const address = allocate(bytes);
  const stream = address + dictionaryBytes;
  const staging = stream + words.byteLength;
  host.u32.set(words, stream / 4);
  const { fromWords } = host.kernels(F.name);
  const view = viewOf(host.u8);
  dictionary.forEach((c, i) => {
    writeInt(view, staging, FIELD_BYTES, c);
    fromWords(address + i * ELEMENT_STRIDE, staging);
  });
  return {
    field: F,
    variables,
    address,
    bytes,
    pieces: pieces.map((piece) => ({ ...piece, stream: stream + piece.stream })),
  };
}

/** The stream of rows, and the pieces with their byte offsets in it. */
function* layOut(
  { field: F, dictionary, constraints }: Layout,
  matrices: readonly SparseMatrix[],
): LayingOut<{ words: Uint32Array; pieces: Piece[] }> {
  const rows = yield* distinctRows(constraints, matrices);
  const values = Int32Array.from(dictionary, (c) => smallValue(F, c));
  const entries = matrices.reduce((n, M) => n + nonZeros(M), 0);
  const words = new Uint32Array(ROW_HEADER * rows.count + 2 * entries + matrices.length * constraints);
  const pieces: Piece[] = [];
  const costOfPiece = (entries + ROW_COST * rows.count) / PIECES;
  const end = new Uint32Array(KINDS); // by kind: where the next entry goes
  let at = 0;
  let piece = { stream: 0, rows: 0, cost: 0 };

  for (let id = 0; id < rows.count; id++) {
    if (id % AT_A_TIME === 0) yield;
    const place = rows.first[id];
    const M = matrices[place & 3];
    const [from, to] = [M.rowPtr[place >> 2], M.rowPtr[(place >> 2) + 1]];
    const kinds = kindsOfRow(M, from, to, values);
    const header = at;
    at += ROW_HEADER;
    for (let k = 0; k < kinds.length; k++) words[header + 1 + kinds[k]]++;
    for (let kind = 0; kind < KINDS; kind++) {
      end[kind] = at;
      at += wordsPerEntry(kind) * words[header + 1 + kind];
    }
    for (let k = from; k < to; k++) {
      const kind = kinds[k - from];
      const c = M.coefficients[k];
      words[end[kind]++] = M.columns[k] * FIELD_BYTES;
      if (kind === SMALL_KIND) words[end[kind]++] = values[c];
      if (kind === GENERAL_KIND) words[end[kind]++] = c * ELEMENT_STRIDE;
    }
    for (let p = place; p !== NONE; p = rows.next[p]) {
      words[at++] = p;
      words[header]++;
    }
    piece.rows++;
    piece.cost += ROW_COST + words[header] + (to - from) + GENERAL_COST * words[header + 1 + GENERAL_KIND];
    if (piece.cost >= costOfPiece || id === rows.count - 1) {
      pieces.push(piece);
      piece = { stream: 4 * at, rows: 0, cost: 0 };
    }
  }
  return { words: words.slice(0, at), pieces };
}

/** Kinds of entries, in the order in which they stand in a row: coefficient 1, -1, small, any other. */
const KINDS = 4;
const SMALL_KIND = 2;
const GENERAL_KIND = 3;

function wordsPerEntry(kind: number): number {
  return kind < SMALL_KIND ? 1 : 2;
}

/** The kinds of a row's entries. What would make the sum of the cheap kinds too large counts as general. */
function kindsOfRow(
  { coefficients }: SparseMatrix,
  from: number,
  to: number,
  values: Int32Array,
): Uint8Array {
  const kinds = new Uint8Array(to - from);
  let weight = 0;
  for (let k = from; k < to; k++) {
    const value = values[coefficients[k]];
    const size = Math.abs(value);
    if (value === 0 || weight + size > MAX_WEIGHT) {
      kinds[k - from] = GENERAL_KIND;
    } else {
      kinds[k - from] = value === 1 ? 0 : value === -1 ? 1 : SMALL_KIND;
      weight += size;
    }
  }
  return kinds;
}

const NONE = -1;

/** Rows that differ, in the order in which they are first met. A place is 4 i + matrix, for row i. */
interface DistinctRows {
  readonly count: number;
  /** The first place of each. */
  readonly first: Int32Array;
  /** By place: the next place with the same row, or NONE. */
  readonly next: Int32Array;
}

/** Finds equal rows with a hash table of open addressing. */
function* distinctRows(constraints: number, matrices: readonly SparseMatrix[]): LayingOut<DistinctRows> {
  const places = matrices.length * constraints;
  const mask = (1 << (33 - Math.clz32(places))) - 1;
  const table = new Int32Array(mask + 1).fill(NONE); // numbers of distinct rows
  const first = new Int32Array(places);
  const last = new Int32Array(places);
  const next = new Int32Array(4 * constraints).fill(NONE);
  let count = 0;
  for (let row = 0; row < constraints; row++) {
    if (row % AT_A_TIME === 0) yield;
    for (let matrix = 0; matrix < matrices.length; matrix++) {
      const place = 4 * row + matrix;
      let slot = hashRow(matrices[matrix], row) & mask;
      while (table[slot] !== NONE && !sameRow(matrices, first[table[slot]], place)) slot = (slot + 1) & mask;
      if (table[slot] === NONE) {
        table[slot] = count;
        first[count] = place;
        last[count++] = place;
      } else {
        next[last[table[slot]]] = place;
        last[table[slot]] = place;
      }
    }
  }
  return { count, first, next };
}

function hashRow({ rowPtr, columns, coefficients }: SparseMatrix, row: number): number {
  let h = 0x811c9dc5; // FNV-1a, by words instead of bytes
  for (let k = rowPtr[row]; k < rowPtr[row + 1]; k++) {
    h = Math.imul(h ^ columns[k], 0x01000193);
    h = Math.imul(h ^ coefficients[k], 0x01000193);
    h ^= h >>> 15;
  }
  return h;
}

function sameRow(matrices: readonly SparseMatrix[], placeA: number, placeB: number): boolean {
  const [A, B] = [matrices[placeA & 3], matrices[placeB & 3]];
  const [a, b] = [A.rowPtr[placeA >> 2], B.rowPtr[placeB >> 2]];
  const n = A.rowPtr[(placeA >> 2) + 1] - a;
  if (B.rowPtr[(placeB >> 2) + 1] - b !== n) return false;
  for (let k = 0; k < n; k++) {
    if (A.columns[a + k] !== B.columns[b + k] || A.coefficients[a + k] !== B.coefficients[b + k])
      return false;
  }
  return true;
}

/** A coefficient that is small, with its sign; 0 for any other (no coefficient is zero). */
function smallValue(F: PrimeField, c: bigint): number {
  if (c < SMALL) return Number(c);
  return F.p - c < SMALL ? -Number(F.p - c) : 0;
}
