// out = constant + the sum of c v over up to five terms, of which the first is out itself.
//
//   params      the constant in standard form, < p; for out and for v0 to v3 the factor c in Montgomery form, < p, and how many
//               elements of the bindings count, after which zeros follow: 0 for a term that is not there
//   v0 .. v3    elements in standard form, < p; any buffer for a term that is not there, it is not read then
//   out         read if it is a term, and written; elements in standard form, < p; another buffer than v0 to v3
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// A term costs a product with addition and 32 bytes; the last reduction and out 32 bytes more.

struct Term {
  factor: Fe,
  length: u32,
}

struct Params {
  constant: Fe,
  terms: array<Term, 5>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v0: array<Fe>;
@group(0) @binding(2) var<storage, read> v1: array<Fe>;
@group(0) @binding(3) var<storage, read> v2: array<Fe>;
@group(0) @binding(4) var<storage, read> v3: array<Fe>;
@group(0) @binding(5) var<storage, read_write> out: array<Fe>;

fn element(term: u32, i: u32) -> Fe {
  switch (term) {
    case 0u: { return out[i]; }
    case 1u: { return v0[i]; }
    case 2u: { return v1[i]; }
    case 3u: { return v2[i]; }
    default: { return v3[i]; }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  var sum = params.constant;
  for (var term = 0u; term < 5u; term++) {
    if (i < params.terms[term].length) {
      sum = fe_mul_add(params.terms[term].factor, element(term, i), sum);
    }
  }
  out[i] = fe_canon(sum);
}
