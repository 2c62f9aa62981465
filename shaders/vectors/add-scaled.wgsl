// out = a + r b, the fold of two vectors.
//
//   r      in Montgomery form, < p
//   a, b   elements in standard form, < p
//   out    written; elements in standard form, < p; another buffer than a and b
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs one product and moves 96 bytes.

@group(0) @binding(0) var<uniform> r: Fe;
@group(0) @binding(1) var<storage, read> a: array<Fe>;
@group(0) @binding(2) var<storage, read> b: array<Fe>;
@group(0) @binding(3) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  out[i] = fe_mul_add_canon(r, b[i], a[i]);
}
