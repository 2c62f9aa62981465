// First part of the prefix sums of scan.wgsl: the sum of every block.
//
//   0, 1       see scan-counts.wgsl
//   2 write    blocks: u32 a block
//
// A workgroup a block; text before it: scan.wgsl, scan-counts.wgsl.

@group(0) @binding(2) var<storage, read_write> blocks: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let block = workgroup_of(here.group, here.groups);
  let total = sum_to(here.lane, counted(block, here.lane));
  if (here.lane == 63u && block * BLOCK < scan.buckets) {
    blocks[block] = total;
  }
}
