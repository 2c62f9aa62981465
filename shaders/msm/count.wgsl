// How many digits fall into each bucket: adds the digits of one piece to the histogram. Zero digits vanish here.
//
//   0 uniform  Piece (see digits.wgsl)
//   1 read     scalars, canonical
//   2 write    counts: u32 a bucket, zero before the first piece of a pass
//
// Workgroups of 64, an invocation a scalar; text before it: digits.wgsl.

@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let flipped = prepare(local, i);
  find_least(local, flipped);
  for (var k = 0u; k < places(); k++) {
    let d = digit(local, flipped, k).magnitude;
    if (d != 0u && d != atomicLoad(&least[k])) {
      atomicAdd(&counts[bucket_of(k, d)], 1u);
    }
  }
  if (local < places()) {
    let n = atomicLoad(&holders[local]);
    if (n != 0u) {
      atomicAdd(&counts[bucket_of(local, atomicLoad(&least[local]))], n);
    }
  }
}
