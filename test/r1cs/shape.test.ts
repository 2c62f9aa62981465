import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intToBytes } from '../../src/field/field.ts';
import { FIELDS } from '../../src/field/fields.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../src/field/sparse.ts';
import { encodeShape, readShape } from '../../src/r1cs/shape.ts';
import { ByteReader } from '../../src/wire/reader.ts';

/** Entries of a matrix by rows: column, coefficient. */
type Rows = readonly (readonly (readonly [number, bigint])[])[];

const u64 = (n: number | bigint) => intToBytes(BigInt(n), 8);

/** What the reference's `SparseMatrix` is encoded as: data, indices, indptr, cols. */
function encodeRows(rows: Rows, cols: number): Uint8Array {
  const entries = rows.flat();
  const indptr = rows.reduce((ptr, row) => [...ptr, ptr[ptr.length - 1] + row.length], [0]);
  return concatBytes(
    u64(entries.length),
    ...entries.map(([, x]) => intToBytes(x, 32)),
    u64(entries.length),
    ...entries.map(([column]) => u64(column)),
    u64(indptr.length),
    ...indptr.map(u64),
    u64(cols),
  );
}

function sparse(rows: Rows, dictionary: bigint[]): SparseMatrix {
  const coefficient = (x: bigint) => {
    const at = dictionary.indexOf(x);
    return at >= 0 ? at : dictionary.push(x) - 1;
  };
  const rowPtr = [0];
  rows.forEach((row, i) => rowPtr.push(rowPtr[i] + row.length));
  return {
    rowPtr: Uint32Array.from(rowPtr),
    columns: Uint32Array.from(rows.flat(), ([column]) => column),
    coefficients: Uint32Array.from(rows.flat(), ([, x]) => coefficient(x)),
  };
}

const system = fc
  .record({
    F: fc.constantFrom(...FIELDS),
    constraints: fc.nat({ max: 5 }),
    variables: fc.nat({ max: 5 }),
    io: fc.nat({ max: 3 }),
  })
  .chain(({ F, constraints, variables, io }) => {
    const entry = fc.tuple(
      fc.nat({ max: variables + io }),
      fc.oneof(fc.constantFrom(1n, F.p - 1n), fc.bigInt(1n, F.p - 1n)),
    );
    const rows = fc.array(fc.array(entry, { maxLength: 4 }), {
      minLength: constraints,
      maxLength: constraints,
    });
    return fc.record({
      F: fc.constant(F),
      constraints: fc.constant(constraints),
      variables: fc.constant(variables),
      io: fc.constant(io),
      abc: fc.tuple(rows, rows, rows),
    });
  });

describe('the encoding of a shape', () => {
  it('is the sizes, then the matrices by rows', async () => {
    await fc.assert(
      fc.asyncProperty(system, async ({ F, constraints, variables, io, abc }) => {
        const dictionary: bigint[] = [];
        const [A, B, C] = abc.map((rows) => sparse(rows, dictionary));
        const shape: ConstraintMatrices = { field: F, constraints, variables, io, A, B, C, dictionary };
        const bytes = concatBytes(...encodeShape(shape));
        const expected = concatBytes(
          ...[constraints, variables, io].map(u64),
          ...abc.map((rows) => encodeRows(rows, variables + 1 + io)),
        );
        expect(bytes).toEqual(expected);

        const r = new ByteReader(bytes);
        const read = await readShape(r, F);
        r.end();
        expect(read).toMatchObject({ constraints, variables, io });
        expect(concatBytes(...encodeShape(read))).toEqual(bytes);
      }),
    );
  });
});
