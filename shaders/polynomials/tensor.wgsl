// out[i] = high[i >> bits] low[i mod 2^bits]: the tensor product of two tables that tensor-factor.wgsl made.
//
//   params  the place that element 0 of out is; the number of variables of low
//   high    elements in standard form, < p
//   low     2^bits elements in Montgomery form, < p
//   out     written; elements in standard form, < p; another buffer than high and low
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs a product and moves 32 bytes; high and low are small.

struct Params {
  first: u32,
  bits: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> high: array<Fe>;
@group(0) @binding(2) var<storage, read> low: array<Fe>;
@group(0) @binding(3) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  let place = params.first + i;
  out[i] = fe_mul_canon(high[place >> params.bits], low[place & ((1u << params.bits) - 1u)]);
}
