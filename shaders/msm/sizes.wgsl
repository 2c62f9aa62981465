// Says how large the dispatches of the levels are.
//
//   0 uniform  Dispatches (see dispatches.wgsl)
//   1 read     state: pairs of each level, of which no more count than a level can have
//   2 write    counts of workgroups, as in scan-totals.wgsl
//
// One workgroup of 64, an invocation a level; text before it: dispatches.wgsl, levels.wgsl.

@group(0) @binding(0) var<uniform> dispatches: Dispatches;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> groups: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) level: u32) {
  if (level < LEVELS) {
    let size = groups_for(min(state[level], pairs_at(level, dispatches.slots)), dispatches);
    groups[8u + 4u * level] = size.x;
    groups[9u + 4u * level] = size.y;
    groups[10u + 4u * level] = 1u;
  }
}
