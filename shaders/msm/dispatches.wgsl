// Text that kernels share which say how large later dispatches are.
//
// What they count is bounded by what the host knows: a device may have lost a word, and a dispatch over as many pairs as a word
// can say would keep it busy for hours.

struct Dispatches {
  /// Pairs that share an inversion, where there are enough pairs for it.
  batch: u32,
  /// Workgroups that keep the device busy: fewer pairs share an inversion rather than that there are fewer workgroups.
  busy: u32,
  /// Workgroups that one dimension takes.
  widest: u32,
  /// Pairs of entries, at most: what the scratch memory has slots for.
  slots: u32,
}

/// Workgroups of 64 for so many pairs, folded into x and y.
fn groups_for(pairs: u32, d: Dispatches) -> vec2<u32> {
  let full = (pairs + 64u * d.batch - 1u) / (64u * d.batch);
  return fold(max(full, min((pairs + 63u) / 64u, d.busy)), d.widest);
}

fn fold(groups: u32, widest: u32) -> vec2<u32> {
  let y = (groups + widest - 1u) / widest;
  return vec2<u32>((groups + max(y, 1u) - 1u) / max(y, 1u), y);
}
