// Sums over the lanes of a workgroup: text that the scan kernels share. Exclusive prefix sums of the buckets' counts, each
// rounded up to an even number so that no pair of entries spans two buckets, take three kernels: `scan-blocks` sums blocks of
// 1,024 counts, `scan-totals` sums over the blocks, `scan-starts` sums within them.

const BLOCK = 1024u;
const EACH = 16u; // BLOCK / 64

var<workgroup> partial: array<u32, 64>;

/// The sum of the values of this lane and those below it. All lanes of a workgroup of 64 call it.
fn sum_to(local: u32, value: u32) -> u32 {
  partial[local] = value;
  workgroupBarrier();
  for (var d = 1u; d < 64u; d <<= 1u) {
    var sum = partial[local];
    if (local >= d) {
      sum += partial[local - d];
    }
    workgroupBarrier();
    partial[local] = sum;
    workgroupBarrier();
  }
  return partial[local];
}

fn even(n: u32) -> u32 {
  return (n + 1u) & 0xfffffffeu;
}
