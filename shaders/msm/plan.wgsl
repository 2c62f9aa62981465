// Lists the additions of every level (see levels.wgsl): a slot goes to the list of its level.
//
//   0 uniform  regions: where each level's list starts
//   1 read     first: of each slot, the number of its bucket's first slot
//   2 write    state: counts the lists' lengths
//   3 write    list: numbers of slots
//
// Workgroups of 64, an invocation a slot; text before it: levels.wgsl.

struct Plan {
  regions: array<vec4<u32>, 7>,
}

@group(0) @binding(0) var<uniform> plan: Plan;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> list: array<u32>;

var<workgroup> members: array<atomic<u32>, 28>;
var<workgroup> begin: array<u32, 28>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  if (here.lane < LEVELS) {
    atomicStore(&members[here.lane], 0u);
  }
  workgroupBarrier();
  let slot = index_of(here);
  var r = 0u;
  if (slot < atomicLoad(&state[SLOTS])) {
    r = slot - first[slot];
  }
  let on = r != 0u;
  var level = 0u;
  var place = 0u;
  if (on) {
    while ((r & 1u) == 0u) {
      r >>= 1u;
      level++;
    }
    place = atomicAdd(&members[level], 1u);
  }
  workgroupBarrier();
  if (here.lane < LEVELS) {
    let n = atomicLoad(&members[here.lane]);
    if (n != 0u) {
      begin[here.lane] = plan.regions[here.lane >> 2u][here.lane & 3u] + atomicAdd(&state[here.lane], n);
    }
  }
  workgroupBarrier();
  if (on) {
    list[begin[level] + place] = slot;
  }
}
