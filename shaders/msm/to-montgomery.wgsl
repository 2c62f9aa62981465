// Brings coordinates of bases into Montgomery form, in place: canonical on input, lazy (<= B of the field library) on
// output. Zero keeps its zero words, which mark the identity.
//
//   0 uniform  n: number of coordinates
//   1 write    coordinates
//
// Workgroups of 64, an invocation a coordinate.

struct Range {
  n: u32,
}

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<storage, read_write> coordinates: array<Fe>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  if (i < range.n) {
    coordinates[i] = fe_to_mont(coordinates[i]);
  }
}
