/**
 * How the rows of a constraint system's matrices are laid out for the kernels in `shaders/r1cs`: which kernel takes a row, in
 * which order, and where bindings of limited size cut what.
 */
import { FIELD_BYTES, type PrimeField } from '../../field/field.ts';
import { nonZeros, type ConstraintMatrices, type SparseMatrix } from '../../field/sparse.ts';
import { type BindingLimits, type Window, windows } from './windows.ts';

/** Rows of more entries get a workgroup each. */
export const SHORT_ROW = 32;

/** Coefficients below this in magnitude are weights: a short row's never exceed {@link MAX_WEIGHT} together. */
export const SMALL = 1024;

/**
 * The most that the weights of a short row or of a segment may come to in magnitude, where an entry that has a coefficient
 * counts as 1: `row-sum.wgsl` holds 2^15 - 2, of which two go to the bias and to what the row's sum starts from.
 */
export const MAX_WEIGHT: number = 2 ** 15 - 4;

/** Field multiplications that take as long as the three sums of a row: more than most rows of circuits need. */
const ROW_MULTIPLICATIONS = 16;

/** Bytes of a record and of an entry. */
export const RECORD_BYTES = 16;
const RECORD_WORDS = RECORD_BYTES / 4;
export const ENTRY_BYTES = 8;
const ENTRY_WORDS = ENTRY_BYTES / 4;

/** A row's place, as `rows.wgsl` reads it: index | matrix << MATRIX_SHIFT | ACCUMULATE. */
const MATRIX_SHIFT = 29;
/** Stands for A and B: a row that they have in common, as they do wherever something is squared, is computed once. */
const BOTH = 3;
const ACCUMULATE = 2 ** 31;

/** Rows that are done together: a dispatch for the short ones, and one for the long ones. */
export interface RowPart {
  /** The outputs' elements that its rows are of. */
  readonly outputs: Window;
  /** The elements of W that its entries are of. The columns after them are u and X. */
  readonly inputs: Window;
  /** Records of the short rows, of the long ones, and of the long ones' segments. */
  readonly records: Uint32Array<ArrayBuffer>;
  readonly shortRows: number;
  readonly longRows: number;
  readonly entries: Uint32Array<ArrayBuffer>;
}

/** What one computation of the products costs. */
export interface RowCounts {
  /** Sums that are reduced, with one field multiplication each: short rows and segments of long ones. */
  readonly sums: number;
  /** Rows without entries, or with one whose coefficient is 1: nothing is computed for them. */
  readonly copied: number;
  /** Entries that have a weight: 16 multiplications of 32 bits. */
  readonly weighted: number;
  /** Entries that have a coefficient: one field multiplication. */
  readonly general: number;
  readonly dispatches: number;
  /** Bytes that kernels read and write. */
  readonly bytes: number;
}

/** The rows of all three matrices. */
export interface RowPlan {
  /** In the order in which they must be done. */
  readonly parts: readonly RowPart[];
  /** The coefficients that are no weights, in the order of their numbers. */
  readonly dictionary: readonly bigint[];
  readonly counts: RowCounts;
}

/** Lays out the rows of well-formed matrices. */
export function planRows(shape: ConstraintMatrices, limits: BindingLimits): RowPlan {
  const { variables, constraints, io } = shape;
  const coefficients = classify(shape.field, shape.dictionary);
  const layout = new RowLayout(shape, coefficients, limits);
  const columns = variables === 0 ? [{ from: 0, to: 0 }] : windows(variables, limits);
  for (const outputs of windows(constraints, limits, ROW_MULTIPLICATIONS)) {
    for (const inputs of columns) {
      // u and X, which are no elements of W, go with the last window
      const end = inputs.to === variables ? variables + 1 + io : inputs.to;
      layout.window(outputs, inputs, end);
    }
  }
  const { parts, counts } = layout;
  return { parts, dictionary: coefficients.general, counts };
}

/** Whether a row of A is that of B. */
function isSquare({ A, B }: ConstraintMatrices, row: number): boolean {
  const [a, b] = [A.rowPtr[row], B.rowPtr[row]];
  const n = A.rowPtr[row + 1] - a;
  if (B.rowPtr[row + 1] - b !== n) return false;
  for (let k = 0; k < n; k++) {
    if (A.columns[a + k] !== B.columns[b + k]) return false;
    if (A.coefficients[a + k] !== B.coefficients[b + k]) return false;
  }
  return true;
}

/** What kernels make of the coefficients of a dictionary. */
interface Coefficients {
  /** By index in the dictionary: the weight; 0 if it is none (no coefficient is zero). */
  readonly weights: Int32Array;
  /** By index in the dictionary: the number among the general ones. */
  readonly numbers: Uint32Array;
  readonly general: readonly bigint[];
}

function classify(F: PrimeField, dictionary: readonly bigint[]): Coefficients {
  const weights = new Int32Array(dictionary.length);
  const numbers = new Uint32Array(dictionary.length);
  const general: bigint[] = [];
  dictionary.forEach((c, i) => {
    if (c < SMALL) weights[i] = Number(c);
    else if (F.p - c < SMALL) weights[i] = -Number(F.p - c);
    else numbers[i] = general.push(c) - 1;
  });
  return { weights, numbers, general };
}

/** Fills parts with rows, one window of rows and columns after the other. */
class RowLayout {
  readonly parts: RowPart[] = [];
  readonly #shape: ConstraintMatrices;
  readonly #coefficients: Coefficients;
  /** How many records and entries a part may have. */
  readonly #maxRecords: number;
  readonly #maxEntries: number;
  /** The part under way. */
  #open: OpenPart;
  /** By row: 1 if A and B have it in common. */
  readonly #squares: Uint8Array;
  #sums = 0;
  #copied = 0;
  #weighted = 0;
  #general = 0;
  /** Elements that are written, or read before something is added to them. */
  #outputs = 0;

  constructor(shape: ConstraintMatrices, coefficients: Coefficients, limits: BindingLimits) {
    this.#shape = shape;
    this.#coefficients = coefficients;
    this.#maxRecords = Math.floor(limits.maxStorageBufferBindingSize / RECORD_BYTES);
    const entries = nonZeros(shape.A) + nonZeros(shape.B) + nonZeros(shape.C);
    this.#maxEntries = Math.min(Math.floor(limits.maxStorageBufferBindingSize / ENTRY_BYTES), entries);
    this.#open = new OpenPart(this.#maxEntries);
    this.#squares = Uint8Array.from({ length: shape.constraints }, (_, row) => Number(isSquare(shape, row)));
  }

  get counts(): RowCounts {
    const dispatches = this.parts.reduce(
      (n, { shortRows, longRows }) => n + Number(shortRows > 0) + Number(longRows > 0),
      0,
    );
    const entries = this.#weighted + this.#general;
    const records = this.parts.reduce((n, part) => n + part.records.byteLength, 0);
    return {
      sums: this.#sums,
      copied: this.#copied,
      weighted: this.#weighted,
      general: this.#general,
      dispatches,
      bytes:
        records +
        FIELD_BYTES * this.#outputs +
        (ENTRY_BYTES + FIELD_BYTES) * entries +
        FIELD_BYTES * this.#general,
    };
  }

  /** Lays out what stands in these rows and in the columns `inputs.from .. end`. */
  window(outputs: Window, inputs: Window, end: number): void {
    const { A, B, C } = this.#shape;
    [A, B, C].forEach((M, matrix) => {
      for (let row = outputs.from; row < outputs.to; row++) {
        const isSquare = this.#squares[row] === 1;
        if (isSquare && matrix === 1) continue;
        const which = isSquare && matrix === 0 ? BOTH : matrix;
        this.#row(M, row, (row - outputs.from) | (which << MATRIX_SHIFT), outputs, inputs, end);
      }
    });
    this.#close(outputs, inputs);
  }

  /** A row, in pieces if no part has room for all of it. Its first piece is there even if it is empty. */
  #row(M: SparseMatrix, row: number, place: number, outputs: Window, inputs: Window, end: number): void {
    const { columns } = M;
    const { from } = inputs;
    const last = M.rowPtr[row + 1];
    let k = M.rowPtr[row];
    let first = from === 0;
    const toNext = () => {
      while (k < last && (columns[k] < from || columns[k] >= end)) k++;
    };
    toNext();
    while (first || k < last) {
      // a piece takes one record if it is short, and fewer than its entries if it is long
      const records = this.#maxRecords - this.#open.records;
      const room = Math.min(this.#maxEntries - this.#open.entries, records);
      if ((records === 0 || room < Math.min(last - k, SHORT_ROW)) && !this.#open.isEmpty) {
        this.#close(outputs, inputs);
        continue;
      }
      const piece = { from: k, to: k, entries: 0 };
      while (k < last && piece.entries < room) {
        piece.entries++;
        piece.to = ++k;
        toNext();
      }
      this.#piece(M, piece, first ? place : (place | ACCUMULATE) >>> 0, from, end);
      this.#outputs += (first ? 1 : 2) * (place >> MATRIX_SHIFT === BOTH ? 2 : 1);
      first = false;
      if (k < last) this.#close(outputs, inputs);
    }
  }

  /** Lays out so many entries of one row: those of `piece` in the columns `from .. end`. */
  #piece(
    M: SparseMatrix,
    piece: Window & { entries: number },
    place: number,
    from: number,
    end: number,
  ): void {
    const { weights, numbers } = this.#coefficients;
    const { columns, coefficients } = M;
    const open = this.#open;
    const isLong = piece.entries > SHORT_ROW;
    const firstSegment = open.segments.count;
    const start = open.entries;
    let segment = start;
    let middle = start; // of the segment: where its entries with a coefficient begin
    let weight = 0;
    const endSegment = () => {
      open.segments.push(segment, middle, open.entries, 0);
      this.#sums++;
      segment = open.entries;
      middle = segment;
      weight = 0;
    };
    for (const isWeighted of [true, false]) {
      for (let k = piece.from; k < piece.to; k++) {
        const column = columns[k];
        const w = weights[coefficients[k]];
        if (column < from || column >= end || (w !== 0) !== isWeighted) continue;
        const size = isWeighted ? Math.abs(w) : 1;
        if (isLong && weight + size > MAX_WEIGHT) endSegment();
        weight += size;
        open.put(column - from, isWeighted ? w : numbers[coefficients[k]]);
        if (isWeighted) {
          middle = open.entries;
          this.#weighted++;
        } else {
          this.#general++;
        }
      }
    }
    if (isLong) {
      endSegment();
      open.long.push(place, firstSegment, open.segments.count, 0);
    } else {
      const isVariable = piece.entries === 1 && middle > start && open.last === 1 && place < ACCUMULATE;
      if (piece.entries === 0 || isVariable) this.#copied++;
      else this.#sums++;
      open.short.push(place, start, middle, open.entries);
    }
  }

  /** Ends the part under way. */
  #close(outputs: Window, inputs: Window): void {
    const open = this.#open;
    if (open.isEmpty) return;
    this.parts.push({ outputs, inputs, ...open.finish() });
    this.#open = new OpenPart(this.#maxEntries);
  }
}

/** Records of four words, as many as are pushed. */
class Records {
  #words = new Uint32Array(1024);
  #used = 0;

  get count(): number {
    return this.#used / RECORD_WORDS;
  }

  get words(): Uint32Array {
    return this.#words.subarray(0, this.#used);
  }

  push(a: number, b: number, c: number, d: number): void {
    if (this.#used === this.#words.length) {
      const words = new Uint32Array(2 * this.#used);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[this.#used++] = a;
    this.#words[this.#used++] = b;
    this.#words[this.#used++] = c;
    this.#words[this.#used++] = d;
  }
}

/** A part that rows are still added to. */
class OpenPart {
  readonly short: Records = new Records();
  readonly long: Records = new Records();
  readonly segments: Records = new Records();
  readonly #maxEntries: number;
  #words: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #used = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get isEmpty(): boolean {
    return this.short.count + this.long.count === 0;
  }

  get entries(): number {
    return this.#used / ENTRY_WORDS;
  }

  get records(): number {
    return this.short.count + this.long.count + this.segments.count;
  }

  /** The value of the last entry. */
  get last(): number {
    return this.#words[this.#used - 1];
  }

  put(column: number, value: number): void {
    if (this.#used === 0) this.#words = new Uint32Array(ENTRY_WORDS * this.#maxEntries);
    this.#words[this.#used++] = column;
    this.#words[this.#used++] = value;
  }

  finish(): Pick<RowPart, 'records' | 'shortRows' | 'longRows' | 'entries'> {
    const { short, long, segments } = this;
    const rows = short.count + long.count;
    const records = new Uint32Array(RECORD_WORDS * this.records);
    records.set(sorted(short.words));
    records.set(long.words, short.words.length);
    for (let i = short.count; i < rows; i++) {
      // segments stand behind all rows
      records[RECORD_WORDS * i + 1] += rows;
      records[RECORD_WORDS * i + 2] += rows;
    }
    records.set(segments.words, RECORD_WORDS * rows);
    const entries = this.#words.subarray(0, this.#used);
    return { records, shortRows: short.count, longRows: long.count, entries };
  }
}

/** Short rows in the order of their costs, so that invocations side by side are busy equally long. A counting sort. */
function sorted(records: Uint32Array): Uint32Array {
  const costs = (SHORT_ROW + 1) ** 2;
  const cost = (i: number) =>
    (records[i + 3] - records[i + 2]) * (SHORT_ROW + 1) + records[i + 2] - records[i + 1];
  const next = new Uint32Array(costs + 1);
  for (let i = 0; i < records.length; i += RECORD_WORDS) next[cost(i) + 1] += RECORD_WORDS;
  for (let c = 0; c < costs; c++) next[c + 1] += next[c];
  const out = new Uint32Array(records.length);
  for (let i = 0; i < records.length; i += RECORD_WORDS) {
    const c = cost(i);
    for (let j = 0; j < RECORD_WORDS; j++) out[next[c]++] = records[i + j];
  }
  return out;
}
