// out = 1 / a where a is not 0, and 0 where it is, and the first place where it is. out may be a.
//
//   params   the place that element 0 of the bindings is; whether out is a
//   a        elements in standard form, < p; another buffer than out. Any other buffer if out is a, it is not read then
//   out      read if it is a, and written; elements in standard form, < p
//   zero     raised to the complement of each place of a zero: what was zero before stays zero if there is none, and is the
//            complement of the first one otherwise
//
// An invocation inverts the product of BATCH elements (Montgomery's trick) and goes back through them. With x_k for the elements
// in their order and q_k = x_0 .. x_k / R^k, the product so far, R^k / (x_0 .. x_k) times q_(k-1) / R is 1 / x_k, and
// times x_k / R what belongs to k - 1. For a zero, R stands in the product, which changes nothing.
//
// BATCH elements an invocation in groups of WORKGROUP, folded into (x, y); those of a group lie side by side. One pass.
// An element costs three products and the BATCHth part of an inversion, and moves 96 bytes.

struct Params {
  first: u32,
  out_is_a: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Fe>;
@group(0) @binding(2) var<storage, read_write> out: array<Fe>;
@group(0) @binding(3) var<storage, read_write> zero: atomic<u32>;

fn element(i: u32) -> Fe {
  if (params.out_is_a != 0u) {
    return out[i];
  }
  return a[i];
}

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let start = workgroup_of(here.group, here.groups) * WORKGROUP * BATCH + here.lane;
  let n = arrayLength(&out);
  if (start >= n) {
    return;
  }
  let count = min(BATCH, (n - start + WORKGROUP - 1u) / WORKGROUP);
  var before: array<Fe, BATCH>;
  var product = FE_ONE;
  for (var k = 0u; k < count; k++) {
    before[k] = product;
    let i = start + k * WORKGROUP;
    let x = element(i);
    if (fe_no_words(x)) {
      atomicMax(&zero, ~(params.first + i));
    } else {
      product = fe_mul(product, x);
    }
  }
  var inverse = fe_from_mont(fe_from_mont(fe_inv(product)));
  for (var k = count; k > 0u; k--) {
    let i = start + (k - 1u) * WORKGROUP;
    let x = element(i);
    if (fe_no_words(x)) {
      out[i] = FE_ZERO;
    } else {
      out[i] = fe_mul_canon(inverse, before[k - 1u]);
      inverse = fe_mul(inverse, x);
    }
  }
}
