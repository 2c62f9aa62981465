// How many digits fall into each bucket: adds the digits of one piece to the histogram. Zero digits vanish here.
//
//   0 uniform  Piece (see digits.wgsl)
//   1 read     scalars, canonical
//   2 write    counts: u32 a bucket, zero before the first piece of a pass
//
// Workgroups of 64, an invocation a scalar; text before it: digits.wgsl.

@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  let flipped = prepare(here.lane, i);
  find_least(here.lane, flipped);
  for (var k = 0u; k < places(); k++) {
    let d = digit(here.lane, flipped, k).magnitude;
    if (d != 0u && d != atomicLoad(&least[k])) {
      atomicAdd(&counts[bucket_of(k, d)], 1u);
    }
  }
  if (here.lane < places()) {
    let n = atomicLoad(&holders[here.lane]);
    if (n != 0u) {
      atomicAdd(&counts[bucket_of(here.lane, atomicLoad(&least[here.lane]))], n);
    }
  }
}
