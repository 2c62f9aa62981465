// Adds pairs of points, in one of three ways:
//
//   FETCH   slots[i] = the points of entries 2 i and 2 i + 1, from the bases: level 0 of the trees (see levels.wgsl)
//   TREE    slots[e - 2^level] += slots[e] for e = entries[region + i]: a level of the trees, in place
//   DOUBLE  slots[region + i] = 2 slots[level + i]: tables of shifted bases
//
//   0 uniform  PairSums
//   1 read     state: the number of pairs for FETCH and TREE, of which no more than `pairs` count (see dispatches.wgsl)
//   2 read     entries: 0 for the identity, else (base + 1) << 1 | negative; or a list of slots
//   3 read     bases
//   4 write    slots
//   5 write    products of the d before, a Fe a pair; FETCH keeps them where the sums will be
//
// Workgroups of 64, as scan-totals.wgsl and sizes.wgsl say; text before it: affine.wgsl.

struct PairSums {
  mode: u32,
  level: u32,
  region: u32,
  counter: u32, // which word of the state
  pairs: u32, // number of pairs; for FETCH and TREE the most that there can be
  step: u32, // invocations that take pairs, or 0 for all
}

const FETCH = 0u;
const TREE = 1u;

@group(0) @binding(0) var<uniform> sums: PairSums;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<u32>;
@group(0) @binding(3) var<storage, read> bases: array<Point>;
@group(0) @binding(4) var<storage, read_write> slots: array<Point>;
@group(0) @binding(5) var<storage, read_write> products: array<Fe>;

fn slot_of(i: u32, side: u32) -> u32 {
  if (sums.mode == TREE) {
    return entries[sums.region + i] - ((1u - side) << sums.level);
  }
  return sums.level + i;
}

fn load_x(i: u32, side: u32) -> Fe {
  if (sums.mode == FETCH) {
    let entry = entries[2u * i + side];
    if (entry == 0u) {
      return FE_ZERO;
    }
    return bases[(entry >> 1u) - 1u].x;
  }
  return slots[slot_of(i, side)].x;
}

fn load_y(i: u32, side: u32) -> Fe {
  if (sums.mode == FETCH) {
    let entry = entries[2u * i + side];
    if (entry == 0u) {
      return FE_ZERO;
    }
    let y = bases[(entry >> 1u) - 1u].y;
    if ((entry & 1u) == 0u) {
      return y;
    }
    return fe_neg(y);
  }
  return slots[slot_of(i, side)].y;
}

fn keep(i: u32, product: Fe) {
  if (sums.mode == FETCH) {
    slots[i].x = product;
  } else {
    products[i] = product;
  }
}

fn kept(i: u32) -> Fe {
  if (sums.mode == FETCH) {
    return slots[i].x;
  }
  return products[i];
}

fn store(i: u32, sum: Point) {
  if (sums.mode == FETCH) {
    slots[i] = sum;
  } else if (sums.mode == TREE) {
    slots[slot_of(i, 0u)] = sum;
  } else {
    slots[sums.region + i] = sum;
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  var pairs = sums.pairs;
  if (sums.mode == FETCH || sums.mode == TREE) {
    pairs = min(pairs, state[sums.counter]);
  }
  let step = select(here.groups.x * here.groups.y * WORKGROUP, sums.step, sums.step != 0u);
  let i = index_of(here);
  if (i < step) {
    add_pairs(i, step, pairs);
  }
}
