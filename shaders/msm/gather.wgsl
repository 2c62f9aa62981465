// The buckets' sums, one after the other, in projective coordinates (X : Y : Z); the identity is (0 : 1 : 0).
//
//   0 uniform  buckets of the pass; where to put the first
//   1 read     starts: place of each bucket's first entry, and the end of the last
//   2 read     slots: the sum of a bucket in its first slot
//   3 write    buckets
//
// Workgroups of 64, an invocation a bucket; text before it: projective.wgsl.

struct Point {
  x: Fe,
  y: Fe,
}

struct Gather {
  buckets: u32,
  to: u32,
}

@group(0) @binding(0) var<uniform> gather: Gather;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> slots: array<Point>;
@group(0) @binding(3) var<storage, read_write> buckets: array<Projective>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= gather.buckets) {
    return;
  }
  var sum = Projective(FE_ZERO, FE_ONE, FE_ZERO);
  if (starts[i + 1u] > starts[i]) {
    let point = slots[starts[i] >> 1u];
    if (!fe_no_words(point.x)) {
      sum = Projective(point.x, point.y, FE_ONE);
    }
  }
  buckets[gather.to + i] = sum;
}
