// A round of a sum-check over P Q R: s(0), s(-1) and the coefficient of X^3 of s(X) = sum_i P(X, i) Q(X, i) R(X, i), divided
// by R^2 of the Montgomery form. In front of it stands partial-sums.wgsl.
//
//   P0 .. R1  the halves of the tables, P(0, i) and P(1, i): elements in standard form, < p
//
// P(-1, i) is P0 less the difference P1 - P0. Six products and six differences an element, 192 bytes.

@group(0) @binding(2) var<storage, read> P0: array<Fe>;
@group(0) @binding(3) var<storage, read> P1: array<Fe>;
@group(0) @binding(4) var<storage, read> Q0: array<Fe>;
@group(0) @binding(5) var<storage, read> Q1: array<Fe>;
@group(0) @binding(6) var<storage, read> R0: array<Fe>;
@group(0) @binding(7) var<storage, read> R1: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  let p = P0[i];
  let q = Q0[i];
  let r = R0[i];
  let dp = fe_sub(P1[i + params.upper], p);
  let dq = fe_sub(Q1[i + params.upper], q);
  let dr = fe_sub(R1[i + params.upper], r);
  let at0 = fe_mul_add(fe_mul(p, q), r, sums.a);
  let at_minus1 = fe_mul_add(fe_mul(fe_sub(p, dp), fe_sub(q, dq)), fe_sub(r, dr), sums.b);
  let leading = fe_mul_add(fe_mul(dp, dq), dr, sums.c);
  return Sums(at0, at_minus1, leading);
}
