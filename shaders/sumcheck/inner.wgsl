// The sum of a o b, divided by R. In front of it stands partial-sums.wgsl.
//
//   a, b  elements in standard form, < p
//
// A product with addition an element, 64 bytes.

@group(0) @binding(2) var<storage, read> a: array<Fe>;
@group(0) @binding(3) var<storage, read> b: array<Fe>;

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
    sum = fe_mul_add(a[i], b[i], sum);
  }
  keep_sum(0u, group, lane, sum);
}
