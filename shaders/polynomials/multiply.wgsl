// out = a o b, where a or b or both may be out.
//
//   params  whether a is out; whether b is
//   a, b    elements in standard form, < p; another buffer than out. Any other buffer for one that is out, it is not read then
//   out     read if it is a or b, and written; elements in standard form, < p
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs two products and moves 96 bytes.

struct Params {
  out_is_a: u32,
  out_is_b: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Fe>;
@group(0) @binding(2) var<storage, read> b: array<Fe>;
@group(0) @binding(3) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  var x: Fe;
  var y: Fe;
  if (params.out_is_a != 0u) {
    x = out[i];
  } else {
    x = a[i];
  }
  if (params.out_is_b != 0u) {
    y = out[i];
  } else {
    y = b[i];
  }
  // the product of two standard integers is divided by R
  out[i] = fe_mul_canon(fe_mul(x, y), FE_R2);
}
