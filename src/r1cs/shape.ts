/** The encoding of an R1CS shape, as the digest of the public parameters hashes it. */
import { FIELD_BYTES } from '../field/field.ts';
import type { ConstraintMatrices, SparseMatrix } from '../field/sparse.ts';
import type { ByteWriter } from '../wire/writer.ts';

/** num_cons, num_vars, num_io, then A, B, C: data, indices, indptr, cols. */
export function writeShape(w: ByteWriter, S: ConstraintMatrices): void {
  w.u64(S.constraints);
  w.u64(S.variables);
  w.u64(S.io);
  const dictionary = S.dictionary.map((x) => S.field.toBytes(x));
  for (const M of [S.A, S.B, S.C]) writeMatrix(w, M, dictionary, S.variables + 1 + S.io);
}

function writeMatrix(
  w: ByteWriter,
  M: SparseMatrix,
  dictionary: readonly Uint8Array[],
  columns: number,
): void {
  const data = new Uint8Array(M.coefficients.length * FIELD_BYTES);
  for (let i = 0; i < M.coefficients.length; i++) data.set(dictionary[M.coefficients[i]], i * FIELD_BYTES);
  w.u64(M.coefficients.length);
  w.bytes(data);
  writeIndices(w, M.columns);
  writeIndices(w, M.rowPtr);
  w.u64(columns);
}

/** A vector of `usize`: 8 bytes each. */
function writeIndices(w: ByteWriter, indices: Uint32Array): void {
  const bytes = new Uint8Array(indices.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < indices.length; i++) view.setUint32(i * 8, indices[i], true);
  w.u64(indices.length);
  w.bytes(bytes);
}
