// Second part of the prefix sums of scan.wgsl: over the blocks. Clears the levels' counters for `plan` and says how large
// the dispatches of `pair-sums` and `plan` are.
//
//   0 uniform  buckets: u32; Dispatches (see dispatches.wgsl)
//   1 write    blocks: sums on input, exclusive prefix sums on output
//   2 write    state: u32 a level, and at SLOTS the number of pairs of entries, at most dispatches.slots
//   3 write    counts of workgroups: 4 words a dispatch, three used: pair-sums of level 0, plan, then the levels
//
// One workgroup of 64; text before it: scan.wgsl, dispatches.wgsl, levels.wgsl.

struct Scan {
  buckets: u32,
  dispatches: Dispatches,
}

@group(0) @binding(0) var<uniform> scan: Scan;
@group(0) @binding(1) var<storage, read_write> blocks: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> groups: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  let n = (scan.buckets + BLOCK - 1u) / BLOCK;
  let each = (n + 63u) / 64u;
  var own = 0u;
  for (var k = 0u; k < each; k++) {
    let i = local * each + k;
    if (i < n) {
      own += blocks[i];
    }
  }
  let end = sum_to(local, own);
  var at = end - own;
  for (var k = 0u; k < each; k++) {
    let i = local * each + k;
    if (i < n) {
      let size = blocks[i];
      blocks[i] = at;
      at += size;
    }
  }
  if (local < LEVELS) {
    state[local] = 0u;
  }
  if (local == 63u) {
    let slots = min(end >> 1u, scan.dispatches.slots);
    state[SLOTS] = slots;
    let sums = groups_for(slots, scan.dispatches);
    groups[0] = sums.x;
    groups[1] = sums.y;
    groups[2] = 1u;
    let plan = fold((slots + 63u) / 64u, scan.dispatches.widest);
    groups[4] = plan.x;
    groups[5] = plan.y;
    groups[6] = 1u;
  }
}
