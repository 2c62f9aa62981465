// Where an invocation stands: text in front of every kernel whose workgroups may be more than one dimension of a dispatch holds,
// so that they are folded into (x, y). Text before it: the constant WORKGROUP, invocations of a workgroup.

struct Invocation {
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
}

/// The number of a workgroup among all. (Of a structure no part counts as uniform: kernels with barriers call it with their own.)
fn workgroup_of(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.y * groups.x + group.x;
}

/// Its number among all.
fn index_of(here: Invocation) -> u32 {
  return workgroup_of(here.group, here.groups) * WORKGROUP + here.lane;
}
