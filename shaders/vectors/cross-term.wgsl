// T = AZ1 o BZ2 + AZ2 o BZ1 - u1 CZ2 - CZ1, the cross term of a relaxed instance 1 and a plain instance 2, and on the way
// the first row in which instance 2 does not satisfy AZ2 o BZ2 = CZ2.
//
//   params      u1 in Montgomery form, < p; the row that element 0 of the bindings is
//   AZ1 .. CZ2  elements in standard form, < p
//   T           written; elements in standard form, < p
//   unsatisfied raised to the complement of each failing row: what was zero before stays zero if none fails, and is the
//               complement of the first one otherwise
//
// A product of two standard integers comes out divided by R. For T one more factor R^2, in the sum with u1 CZ2, sets that
// right; in the check all is divided by R. Five products, one by 1 and three reductions an element, 224 bytes.
// An invocation an element, arrayLength(&T) of them in groups of WORKGROUP, folded into (x, y). One pass.

const ONE = Fe(vec4<u32>(1u, 0u, 0u, 0u), vec4<u32>(0u));

struct Params {
  u1: Fe,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> AZ1: array<Fe>;
@group(0) @binding(2) var<storage, read> BZ1: array<Fe>;
@group(0) @binding(3) var<storage, read> CZ1: array<Fe>;
@group(0) @binding(4) var<storage, read> AZ2: array<Fe>;
@group(0) @binding(5) var<storage, read> BZ2: array<Fe>;
@group(0) @binding(6) var<storage, read> CZ2: array<Fe>;
@group(0) @binding(7) var<storage, read_write> T: array<Fe>;
@group(0) @binding(8) var<storage, read_write> unsatisfied: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&T)) {
    return;
  }
  let a = AZ2[i];
  let b = BZ2[i];
  let c = CZ2[i];
  let mixed = fe_dot(AZ1[i], b, a, BZ1[i]);
  T[i] = fe_sub_canon(fe_det(mixed, FE_R2, params.u1, c), CZ1[i]);
  if (!fe_is_zero_product(fe_det(a, b, c, ONE))) {
    atomicMax(&unsatisfied, ~(params.first + i));
  }
}
