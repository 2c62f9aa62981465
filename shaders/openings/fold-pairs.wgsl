// out[i] = a[2i] + x (a[2i + 1] - a[2i]): the last variable of a multilinear polynomial, bound to x.
//
//   x    in Montgomery form, < p
//   a    elements in standard form, < p; two for one of out
//   out  written; elements in standard form, < p
//
// An invocation an element of out, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs one product and moves 96 bytes.

@group(0) @binding(0) var<uniform> x: Fe;
@group(0) @binding(1) var<storage, read> a: array<Fe>;
@group(0) @binding(2) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  out[i] = fe_bind_canon(a[2u * i + 1u], a[2u * i], x);
}
