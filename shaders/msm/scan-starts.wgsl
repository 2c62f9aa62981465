// Third part of the prefix sums of scan.wgsl: the place of every bucket's first entry. In buckets of an odd number of
// entries it puts the identity behind them.
//
//   0 uniform  buckets: u32
//   1 read     counts: u32 a bucket
//   2 read     blocks: exclusive prefix sums
//   3 write    starts: u32 a bucket, and the end of the last
//   4 write    entries
//
// A workgroup of 64 a block; text before it: scan.wgsl.

struct Scan {
  buckets: u32,
}

@group(0) @binding(0) var<uniform> scan: Scan;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> entries: array<u32>;

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
  var at = sum_to(local, own) - own;
  if (block * BLOCK < scan.buckets) {
    at += blocks[block];
  }
  for (var k = 0u; k < EACH; k++) {
    let i = block * BLOCK + local * EACH + k;
    if (i < scan.buckets) {
      starts[i] = at;
      let n = counts[i];
      if ((n & 1u) == 1u) {
        entries[at + n] = 0u;
      }
      at += even(n);
      if (i + 1u == scan.buckets) {
        starts[i + 1u] = at;
      }
    }
  }
}
