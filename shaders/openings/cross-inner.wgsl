// A round of the inner-product argument: the sums of lo(a) o hi(b) and of hi(a) o lo(b), divided by R. In front of it stands
// partial-sums.wgsl.
//
//   a0, a1, b0, b1  the halves of the vectors: elements in standard form, < p
//
// Two products with addition an element of a half, 128 bytes.

@group(0) @binding(2) var<storage, read> a0: array<Fe>;
@group(0) @binding(3) var<storage, read> a1: array<Fe>;
@group(0) @binding(4) var<storage, read> b0: array<Fe>;
@group(0) @binding(5) var<storage, read> b1: array<Fe>;

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
  var left = FE_ZERO;
  var right = FE_ZERO;
  for (var i = group * WORKGROUP + lane; i < params.count; i += params.groups * WORKGROUP) {
    left = fe_mul_add(a0[i], b1[i + params.upper], left);
    right = fe_mul_add(a1[i + params.upper], b0[i], right);
  }
  keep_sum(0u, group, lane, left);
  keep_sum(1u, group, lane, right);
}
