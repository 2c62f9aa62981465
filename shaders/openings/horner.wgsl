// The values of segments of polynomials: Horner's rule, a step of a tree. Coefficients are the rows of a matrix, a column a
// polynomial; with one column, they are one polynomial.
//
//   params  u in Montgomery form, < p; columns: u32; rows of a segment: u32
//   a       elements in standard form, < p: whole rows, of which the first begins a segment
//   values  written; elements in standard form, < p: in row s and column c the sum of a[row] u^k over the rows of segment s,
//           where k counts them from 0
//
// An invocation an element of `values`, arrayLength(&values) of them in groups of WORKGROUP, folded into (x, y). One pass; the
// values are the coefficients of the next, whose u is this one's to the power of a segment's rows.
// A coefficient costs one product and moves 32 bytes.

struct Params {
  u: Fe,
  columns: u32,
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Fe>;
@group(0) @binding(2) var<storage, read_write> values: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&values)) {
    return;
  }
  let segment = i / params.columns;
  let first = segment * params.rows * params.columns + i % params.columns;
  // the last segment may have fewer rows
  let below = (arrayLength(&a) - first + params.columns - 1u) / params.columns;
  var value = FE_ZERO;
  for (var k = min(params.rows, below); k > 0u; k--) {
    value = fe_mul_add(params.u, value, a[first + (k - 1u) * params.columns]);
  }
  values[i] = fe_canon(value);
}
