// Division of polynomials by X - u, in segments: synthetic division from the highest coefficient down, each segment beginning with
// what those above it come to. Coefficients are the rows of a matrix, a column a polynomial.
//
//   params  u in Montgomery form, < p; columns: u32; rows of a segment: u32; first: u32
//   a       coefficients on input, from element `first` on, whole rows; quotients on output. Elements in standard form, < p
//   carry   a row a segment. On input the polynomial above the segment: the value of all rows above it, the lowest of them
//           counted once; on output the same with the segment. Elements in standard form, < p
//
// An invocation an element of `carry`, arrayLength(&carry) of them in groups of WORKGROUP, folded into (x, y). One pass.
// A coefficient costs one product and moves 64 bytes.

struct Params {
  u: Fe,
  columns: u32,
  rows: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<Fe>;
@group(0) @binding(2) var<storage, read_write> carry: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&carry)) {
    return;
  }
  let segment = i / params.columns;
  let first = params.first + segment * params.rows * params.columns + i % params.columns;
  // the last segment may have fewer rows
  let below = (arrayLength(&a) - first + params.columns - 1u) / params.columns;
  var value = carry[i];
  for (var k = min(params.rows, below); k > 0u; k--) {
    let at = first + (k - 1u) * params.columns;
    let coefficient = a[at];
    a[at] = value;
    value = fe_mul_add_canon(params.u, value, coefficient);
  }
  carry[i] = value;
}
