// out[i] = start times the product over k of what bit k of i chooses from pair k, where bit 0 is the top one: a factor of
// tensor.wgsl, whose elements are few.
//
//   params  what the product starts from, < p: 1 for a table in standard form, R for one in Montgomery form; how many
//           pairs there are; the pairs in Montgomery form, < p
//   out     written; 2^pairs elements, < p
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs a product a pair.

struct Params {
  start: Fe,
  count: u32,
  pairs: array<array<Fe, 2>, PAIRS>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  var product = params.start;
  for (var k = 0u; k < params.count; k++) {
    let bit = (i >> (params.count - 1u - k)) & 1u;
    product = fe_mul(product, params.pairs[k][bit]);
  }
  out[i] = fe_canon(product);
}
