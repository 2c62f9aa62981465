// What `scan-blocks` and `scan-starts` read: text that they share, after scan.wgsl.
//
//   0 uniform  buckets: u32
//   1 read     counts: u32 a bucket

struct Scan {
  buckets: u32,
}

@group(0) @binding(0) var<uniform> scan: Scan;
@group(0) @binding(1) var<storage, read> counts: array<u32>;

/// The sum of a lane's counts in a block, each rounded up to an even number.
fn counted(block: u32, lane: u32) -> u32 {
  var sum = 0u;
  for (var k = 0u; k < EACH; k++) {
    let i = block * BLOCK + lane * EACH + k;
    if (i < scan.buckets) {
      sum += even(counts[i]);
    }
  }
  return sum;
}
