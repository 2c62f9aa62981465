/**
 * Spark (Spartan, https://eprint.iacr.org/2019/550, section 7): the entries of A, B and C, one after the other, as a list of N
 * memory reads. Entry k reads eq(r, row[k]) and z[col[k]] and multiplies them by its value, which stands in the vector of its own
 * matrix; the two others are zero there. Entries that fill the list up to N read row 0 and column N - 1, where z is zero.
 *
 * Laid out as nova-snark's `R1CSShapeSparkRepr` (src/spartan/ppsnark.rs), whose commitments are part of the verifier's key.
 */
import type { Backend, Bases, Control, Vec } from '../backend/backend.ts';
import type { Indices } from '../backend/polynomials.ts';
import type { AffinePoint } from '../curve/curve.ts';
import { elementsToBytes } from '../field/bytes.ts';
import { nonZeros, type ConstraintMatrices } from '../field/sparse.ts';
import { throwIfAborted } from '../errors.ts';
import { Pace } from '../pace.ts';
import type { Accesses } from './memory.ts';
import { nextPowerOfTwo, padShape } from './padding.ts';

/** The vectors of N elements that describe a shape, in the order of their commitments. */
export const SPARK_POLYNOMIALS = ['row', 'col', 'valA', 'valB', 'valC', 'tsRow', 'tsCol'] as const;

export type SparkPolynomial = (typeof SPARK_POLYNOMIALS)[number];

/** What the verifier knows of a shape: the commitments, without blinds, to its vectors. */
export type SparkCommitments = Readonly<Record<SparkPolynomial, AffinePoint>>;

/** A shape's vectors on an engine. */
export interface SparkTables {
  /** Length of each vector: a power of two, at least twice the number of variables of the padded shape. */
  readonly N: number;
  readonly polynomials: Readonly<Record<SparkPolynomial, Vec>>;
  /** How the entries read the rows' memory, and the columns'. */
  readonly rows: Accesses;
  readonly columns: Accesses;
  close(): void;
}

/** N: room for every entry of a padded shape, for twice its variables (W, then u and X) and for its constraints. */
export function sparkLength(S: ConstraintMatrices): number {
  const entries = nonZeros(S.A) + nonZeros(S.B) + nonZeros(S.C);
  return nextPowerOfTwo(Math.max(entries, 2 * S.variables, S.constraints));
}

/** The row that each of the N entries reads. */
export function rowAddresses(S: ConstraintMatrices, N: number): Uint32Array {
  const rows = new Uint32Array(N);
  let first = 0;
  for (const M of [S.A, S.B, S.C]) {
    for (let i = 0; i < S.constraints; i++) rows.fill(i, first + M.rowPtr[i], first + M.rowPtr[i + 1]);
    first += nonZeros(M);
  }
  return rows;
}

/** The column that each of the N entries reads. */
export function columnAddresses(S: ConstraintMatrices, N: number): Uint32Array {
  const columns = new Uint32Array(N).fill(N - 1);
  let first = 0;
  for (const M of [S.A, S.B, S.C]) {
    columns.set(M.columns, first);
    first += nonZeros(M);
  }
  return columns;
}

/** How often each of the N cells is read. */
export function readCounts(addresses: Uint32Array): Uint32Array {
  const counts = new Uint32Array(addresses.length);
  for (const address of addresses) counts[address]++;
  return counts;
}

/** For each of the N entries, the place of its value in the dictionary followed by a zero; those of other matrices have the zero. */
export function valuePlaces(S: ConstraintMatrices, matrix: 'A' | 'B' | 'C', N: number): Uint32Array {
  const places = new Uint32Array(N).fill(S.dictionary.length);
  const before = { A: 0, B: nonZeros(S.A), C: nonZeros(S.A) + nonZeros(S.B) };
  places.set(S[matrix].coefficients, before[matrix]);
  return places;
}

/**
 * Makes the vectors of a shape.
 *
 * @throws {@link NovaError} `InvalidInputLength` (more public inputs than fit), `OutOfMemory`, `Aborted`
 */
export async function loadSpark(
  backend: Backend,
  shape: ConstraintMatrices,
  control: Control = {},
): Promise<SparkTables> {
  const S = padShape(shape);
  const N = sparkLength(S);
  const { polynomials } = backend;
  const handles: (Vec | Indices)[] = [];
  const close = () => backend.free(...handles);
  const keep = <T extends Vec | Indices>(handle: T): T => {
    handles.push(handle);
    return handle;
  };
  const pace = new Pace(() => throwIfAborted(control.signal));
  let made = 0;
  const lookUp = async (name: SparkPolynomial, table: Vec, places: Uint32Array): Promise<Vec> => {
    const out = keep(backend.vector(S.field, N, name));
    const indices = polynomials.indices(places, table.length);
    polynomials.gather(out, table, indices);
    backend.free(indices);
    control.onProgress?.(++made / SPARK_POLYNOMIALS.length);
    await pace.pause();
    return out;
  };
  try {
    // counts go up to N, so the numbers are one more than the addresses
    const numbers = keep(backend.vector(S.field, N + 1, 'numbers'));
    polynomials.ramp(numbers);
    const values = keep(backend.vector(S.field, S.dictionary.length + 1, 'coefficients'));
    backend.upload(values, elementsToBytes(S.field, [...S.dictionary, 0n]));
    const rows = rowAddresses(S, N);
    const columns = columnAddresses(S, N);
    const tables = {
      row: await lookUp('row', numbers, rows),
      col: await lookUp('col', numbers, columns),
      valA: await lookUp('valA', values, valuePlaces(S, 'A', N)),
      valB: await lookUp('valB', values, valuePlaces(S, 'B', N)),
      valC: await lookUp('valC', values, valuePlaces(S, 'C', N)),
      tsRow: await lookUp('tsRow', numbers, readCounts(rows)),
      tsCol: await lookUp('tsCol', numbers, readCounts(columns)),
    };
    backend.free(values);
    const cells = polynomials.prefix(numbers, N);
    const accesses = (addresses: Vec, positions: Uint32Array, ts: Vec): Accesses => {
      return { cells, addresses, positions: keep(polynomials.indices(positions, N)), ts };
    };
    return {
      N,
      polynomials: tables,
      rows: accesses(tables.row, rows, tables.tsRow),
      columns: accesses(tables.col, columns, tables.tsCol),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Commits to the vectors, without blinds. @throws {@link NovaError} `InvalidCommitmentKeyLength`, `Aborted` */
export async function commitSpark(
  backend: Backend,
  bases: Bases,
  tables: SparkTables,
  control?: Control,
): Promise<SparkCommitments> {
  const pendings = SPARK_POLYNOMIALS.map((name) => backend.commit(bases, tables.polynomials[name], 0n));
  const [row, col, valA, valB, valC, tsRow, tsCol] = await backend.read(pendings, control);
  return { row, col, valA, valB, valC, tsRow, tsCol };
}
