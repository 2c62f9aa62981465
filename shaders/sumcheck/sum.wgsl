// The sum of a table, in front of which partial-sums.wgsl stands.
//
//   a  elements in standard form, < p
//
// An addition an element, 32 bytes.

@group(0) @binding(2) var<storage, read> a: array<Fe>;

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
  var sum = FE_ZERO;
  for (var i = group * WORKGROUP + lane; i < params.count; i += params.groups * WORKGROUP) {
    sum = fe_add(sum, a[i]);
  }
  keep_sum(0u, group, lane, sum);
}
