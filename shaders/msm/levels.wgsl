// Text that kernels share: the levels of the trees in which buckets are summed. Entries 2 j and 2 j + 1 meet in slot j; then
// slot r > 0 of a bucket is added once, at level v where 2^v is the largest power of two that divides r, into slot r - 2^v.
// Once all levels are done, slot 0 holds the bucket's sum.

const LEVELS = 28u;
/// Where the number of slots is, behind the numbers of pairs of the levels.
const SLOTS = 28u;

/// Pairs of a level, at most, for so many slots: one for 2^level of them, at level 0 one for two.
fn pairs_at(level: u32, slots: u32) -> u32 {
  return slots >> max(1u, level);
}
