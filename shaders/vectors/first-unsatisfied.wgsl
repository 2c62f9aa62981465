// The first row in which AZ o BZ = u CZ + E does not hold.
//
//   params      u in standard form, < p; the row that element 0 of the bindings is; whether there is an E
//   AZ, BZ, CZ  elements in standard form, < p
//   E           the same; any buffer if there is none, it is not read then
//   unsatisfied raised to the complement of each failing row: what was zero before stays zero if none fails, and is the
//               complement of the first one otherwise
//
// All is divided by R, as products of standard integers come out. Two products and two reductions an element at most, 128 bytes.
// An invocation an element, arrayLength(&AZ) of them in groups of WORKGROUP, folded into (x, y). One pass.

struct Params {
  u: Fe,
  first: u32,
  relaxed: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> AZ: array<Fe>;
@group(0) @binding(2) var<storage, read> BZ: array<Fe>;
@group(0) @binding(3) var<storage, read> CZ: array<Fe>;
@group(0) @binding(4) var<storage, read> E: array<Fe>;
@group(0) @binding(5) var<storage, read_write> unsatisfied: atomic<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&AZ)) {
    return;
  }
  var error = FE_ZERO;
  if (params.relaxed != 0u) {
    error = fe_from_mont(E[i]);
  }
  if (!fe_is_zero(fe_sub(fe_det(AZ[i], BZ[i], CZ[i], params.u), error))) {
    atomicMax(&unsatisfied, ~(params.first + i));
  }
}
