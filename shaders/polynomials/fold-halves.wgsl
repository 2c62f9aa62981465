// out = c0 lo + c1 hi, for the halves of a table. out may be lo.
//
//   params  c0 and c1 in Montgomery form, < p; which of the ways below; whether out is lo
//   lo, hi  elements in standard form, < p; they do not meet each other or out. They may be parts of out's buffer, for which
//           all bindings are writable. Anything else for lo if out is lo, it is not read then
//   out     read if it is lo, and written; elements in standard form, < p
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element costs two products and one reduction, one product for BIND, where c0 + c1 = 1, and none for ADD, where both
// are 1. It moves 96 bytes.

const ADD = 0u;
const BIND = 1u;

struct Params {
  c0: Fe,
  c1: Fe,
  way: u32,
  out_is_lo: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> lo: array<Fe>;
@group(0) @binding(2) var<storage, read_write> hi: array<Fe>;
@group(0) @binding(3) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  var x: Fe;
  if (params.out_is_lo != 0u) {
    x = out[i];
  } else {
    x = lo[i];
  }
  let y = hi[i];
  switch (params.way) {
    case ADD: { out[i] = fe_add_canon(x, y); }
    case BIND: { out[i] = fe_bind_canon(y, x, params.c1); }
    default: { out[i] = fe_dot_canon(params.c0, x, params.c1, y); }
  }
}
