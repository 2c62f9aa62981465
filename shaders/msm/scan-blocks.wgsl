// First part of the prefix sums of scan.wgsl: the sum of every block.
//
//   0 uniform  buckets: u32
//   1 read     counts: u32 a bucket
//   2 write    blocks: u32 a block
//
// A workgroup of 64 a block; text before it: scan.wgsl.

struct Scan {
  buckets: u32,
}

@group(0) @binding(0) var<uniform> scan: Scan;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<u32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = group.y * groups.x + group.x;
  var own = 0u;
  for (var k = 0u; k < EACH; k++) {
    let i = block * BLOCK + local * EACH + k;
    if (i < scan.buckets) {
      own += even(counts[i]);
    }
  }
  let total = sum_to(local, own);
  if (local == 63u && block * BLOCK < scan.buckets) {
    blocks[block] = total;
  }
}
