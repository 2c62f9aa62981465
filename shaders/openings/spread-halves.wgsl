// A round of the inner-product argument as two vectors under the original generators: for k = i m + j with j < m
//   L[k] = w[i] a[j - m/2] in the upper half of a row, R[k] = w[i] a[j + m/2] in the lower one; zero elsewhere.
//
//   params  half = m/2: u32; the k of element 0 of L and R: u32; the i of element 0 of w: u32; the j of element 0 of a: u32
//   w, a    elements in standard form, < p
//   L, R    written; elements in standard form, < p
//
// An invocation an element of L, arrayLength(&L) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs two products, since neither factor is in Montgomery form, and moves 128 bytes.

struct Params {
  half: u32,
  first: u32,
  row: u32,
  column: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Fe>;
@group(0) @binding(2) var<storage, read> a: array<Fe>;
@group(0) @binding(3) var<storage, read_write> L: array<Fe>;
@group(0) @binding(4) var<storage, read_write> R: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let k = index_of(here);
  if (k >= arrayLength(&L)) {
    return;
  }
  let m = 2u * params.half;
  let i = (params.first + k) / m;
  let j = (params.first + k) % m;
  // m is a power of two: this is the same place in the other half
  let other = j ^ params.half;
  let x = fe_mul_canon(fe_mul(FE_R2, w[i - params.row]), a[other - params.column]);
  let upper = j >= params.half;
  L[k] = fe_select(FE_ZERO, x, upper);
  R[k] = fe_select(x, FE_ZERO, upper);
}
