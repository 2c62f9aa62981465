// Multiplications one after the other, to measure how fast a device does them: not part of any proof.
//
// parameters  n, the number of chains, and their length
// never       an element that stays as it is: a product that would be written to it does not exist, which compilers do not know
// One invocation a chain, one pass.

struct Parameters {
  n: u32,
  length: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read_write> never: Fe;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= parameters.n) { return; }
  let factor = Fe(vec4<u32>(i + 2u, 7u, i, 1u), vec4<u32>(5u, i, 3u, 0u));
  var product = factor;
  for (var k = 0u; k < parameters.length; k++) { product = fe_mul(product, factor); }
  if (product.hi.w == 0xffffffffu) { never = product; } // products are below 2p < 2^256 - 2^224
}
