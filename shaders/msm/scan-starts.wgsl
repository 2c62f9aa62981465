// Third part of the prefix sums of scan.wgsl: the place of every bucket's first entry. In buckets of an odd number of
// entries it puts the identity behind them.
//
//   0, 1       see scan-counts.wgsl
//   2 read     blocks: exclusive prefix sums
//   3 write    starts: u32 a bucket, and the end of the last
//   4 write    entries
//
// A workgroup a block; text before it: scan.wgsl, scan-counts.wgsl.

@group(0) @binding(2) var<storage, read> blocks: array<u32>;
@group(0) @binding(3) var<storage, read_write> starts: array<u32>;
@group(0) @binding(4) var<storage, read_write> entries: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let block = workgroup_of(here.group, here.groups);
  let own = counted(block, here.lane);
  var at = sum_to(here.lane, own) - own;
  if (block * BLOCK < scan.buckets) {
    at += blocks[block];
  }
  for (var k = 0u; k < EACH; k++) {
    let i = block * BLOCK + here.lane * EACH + k;
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
