// Sorts the digits of one piece by bucket: writes an entry for each that is not zero to a place of its bucket. Which place is
// a matter of chance; sums do not depend on it.
//
//   0 uniform  Piece (see digits.wgsl)
//   1 read     scalars, canonical
//   2 read     starts: place of each bucket's first entry, even
//   3 write    counts: of each bucket, how many entries are still to come; zero after the last piece of a pass
//   4 write    entries: (base + 1) << 1 | negative, with the base counted from the first one that the additions are given
//   5 write    first: of each pair of entries, the number of its bucket's first pair
//
// Workgroups of 64, an invocation a scalar; text before it: digits.wgsl.

@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> entries: array<u32>;
@group(0) @binding(5) var<storage, read_write> first: array<u32>;

/// By place: where the next holder of the least magnitude puts its entry.
var<workgroup> next: array<atomic<u32>, 64>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  let flipped = prepare(here.lane, i);
  find_least(here.lane, flipped);
  if (here.lane < places()) {
    let n = atomicLoad(&holders[here.lane]);
    if (n != 0u) {
      let bucket = bucket_of(here.lane, atomicLoad(&least[here.lane]));
      atomicStore(&next[here.lane], starts[bucket] + atomicSub(&counts[bucket], n) - n);
    }
  }
  workgroupBarrier();
  let base = select(piece.base + i, piece.blind_base, i == piece.n);
  for (var k = 0u; k < places(); k++) {
    let d = digit(here.lane, flipped, k);
    if (d.magnitude != 0u) {
      let bucket = bucket_of(k, d.magnitude);
      var at = 0u;
      if (d.magnitude == atomicLoad(&least[k])) {
        at = atomicAdd(&next[k], 1u);
      } else {
        at = starts[bucket] + atomicSub(&counts[bucket], 1u) - 1u;
      }
      entries[at] = ((base + (k / sets()) * piece.pitch + 1u) << 1u) | d.negative;
      if ((at & 1u) == 0u) {
        first[at >> 1u] = starts[bucket] >> 1u;
      }
    }
  }
}
