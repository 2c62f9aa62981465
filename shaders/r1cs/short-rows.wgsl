// Rows of few entries, in front of which row-sum.wgsl and rows.wgsl stand. A record: the row's place, then where its entries
// with a weight begin, where those with a coefficient do, and where they end: SHORT_ROW of them at most, whatever it says, as
// a device may have lost a word of it.
//
// An invocation a row, params.count of them in groups of WORKGROUP, folded into (x, y). One pass.
// A row costs one product and one more for each entry with a coefficient; an entry with a weight costs 16 multiplications of
// 32 bits. Where there is nothing to add up, nothing is multiplied: most rows of most circuits are one variable. A row moves
// 48 bytes, an entry 40 or, with a coefficient, 72.

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= params.count) {
    return;
  }
  let row = rows[params.first + i];
  let before = output_before(row.x);
  if (row.y == row.w) {
    output_store(row.x, before);
    return;
  }
  if (row.y + 1u == row.z && row.z == row.w && row.x < ACCUMULATE) {
    let entry = entries[row.y];
    if (entry.y == 1u) {
      output_store(row.x, z_at(entry.x));
      return;
    }
  }
  var sum = sum_add(Sum(), before, 1u);
  let end = min(row.w, row.y + SHORT_ROW);
  let middle = clamp(row.z, row.y, end);
  for (var k = row.y; k < middle; k++) {
    sum = add_weighted(sum, entries[k]);
  }
  for (var k = middle; k < end; k++) {
    sum = add_general(sum, entries[k]);
  }
  output_store(row.x, sum_value(sum));
}
