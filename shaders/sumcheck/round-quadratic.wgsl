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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) ids: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = id.y * ids.x + id.x;
  if (group >= params.groups) {
    return;
  }
  var at0 = FE_ZERO;
  var leading = FE_ZERO;
  for (var i = group * WORKGROUP + lane; i < params.count; i += params.groups * WORKGROUP) {
    let p = P0[i];
    let q = Q0[i];
    at0 = fe_mul_add(p, q, at0);
    leading = fe_mul_add(fe_sub(P1[i + params.upper], p), fe_sub(Q1[i + params.upper], q), leading);
  }
  keep_sum(0u, group, lane, at0);
  keep_sum(1u, group, lane, leading);
}
