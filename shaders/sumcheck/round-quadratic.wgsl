// A round of a sum-check over P Q: s(0) and the coefficient of X^2 of s(X) = sum_i P(X, i) Q(X, i), divided by R. In front
// of it stands partial-sums.wgsl.
//
//   P0, P1, Q0, Q1  the halves of the tables, P(0, i) and P(1, i): elements in standard form, < p
//
// Two products with addition and two differences an element, 128 bytes.

@group(0) @binding(2) var<storage, read> P0: array<Fe>;
@group(0) @binding(3) var<storage, read> P1: array<Fe>;
@group(0) @binding(4) var<storage, read> Q0: array<Fe>;
@group(0) @binding(5) var<storage, read> Q1: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  let p = P0[i];
  let q = Q0[i];
  let at0 = fe_mul_add(p, q, sums.a);
  let leading = fe_mul_add(fe_sub(P1[i + params.upper], p), fe_sub(Q1[i + params.upper], q), sums.b);
  return Sums(at0, leading, FE_ZERO);
}
