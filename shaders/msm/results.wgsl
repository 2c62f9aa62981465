// What the host reads: the sum of every set, in standard form, canonical.
//
//   0 uniform  points: number of results; first: where the first is; pitch: buckets of a set
//   1 read     buckets, after fold.wgsl
//   2 write    results: X, Y, Z
//
// Workgroups of 64, an invocation a set; text before it: projective.wgsl.

struct Results {
  points: u32,
  first: u32,
  pitch: u32,
}

@group(0) @binding(0) var<uniform> results: Results;
@group(0) @binding(1) var<storage, read> buckets: array<Projective>;
@group(0) @binding(2) var<storage, read_write> out: array<Projective>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= results.points) {
    return;
  }
  let p = buckets[results.first + i * results.pitch];
  out[i] = Projective(fe_from_mont(p.x), fe_from_mont(p.y), fe_from_mont(p.z));
}
