// A round of a sum-check over eq (A B - C) without the factor of the variable that is bound: s(0) and the coefficient of X^2
// of s(X) = sum_i eq[i] (A(X, i) B(X, i) - C(X, i)), divided by R^2. In front of it stands partial-sums.wgsl.
//
//   eq              the weights: elements in standard form, < p
//   A0, A1, B0, B1  the halves of the tables, A(0, i) and A(1, i): the same
//   C0              the lower half of C; any buffer unless there are four tables, it is not read then
//
// Five products, two of which share a reduction, and two differences an element, 192 bytes.

const ONE = Fe(vec4<u32>(1u, 0u, 0u, 0u), vec4<u32>(0u));

@group(0) @binding(2) var<storage, read> eq: array<Fe>;
@group(0) @binding(3) var<storage, read> A0: array<Fe>;
@group(0) @binding(4) var<storage, read> A1: array<Fe>;
@group(0) @binding(5) var<storage, read> B0: array<Fe>;
@group(0) @binding(6) var<storage, read> B1: array<Fe>;
@group(0) @binding(7) var<storage, read> C0: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  let w = eq[i];
  let a = A0[i];
  let b = B0[i];
  var c = FE_ZERO;
  if (params.tables == 4u) {
    c = C0[i];
  }
  // c, a standard integer, is divided by R as the product of two is
  let at0 = fe_mul_add(w, fe_det(a, b, c, ONE), sums.a);
  let differences = fe_mul(fe_sub(A1[i + params.upper], a), fe_sub(B1[i + params.upper], b));
  let leading = fe_mul_add(w, differences, sums.b);
  return Sums(at0, leading, FE_ZERO);
}
