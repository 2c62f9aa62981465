// Brings coordinates of bases into Montgomery form, in place: canonical on input, lazy (<= B of the field library) on
// output. Zero keeps its zero words, which mark the identity.
//
//   0 uniform  n: number of coordinates
//   1 write    coordinates
//
// Workgroups of 64, an invocation a coordinate.

struct Range {
  n: u32,
}

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<storage, read_write> coordinates: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i < range.n) {
    coordinates[i] = fe_to_mont(coordinates[i]);
  }
}
