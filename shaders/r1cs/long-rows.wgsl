// Rows of many entries, in front of which row-sum.wgsl and rows.wgsl stand. A row is cut into segments, so that the digits of
// a segment's sum do not overflow. A record of a row: its place, the records of its first segment and of the one after its last.
// A record of a segment: where its entries with a weight begin, where those with a coefficient do, and where they end.
// Segments of a row stand one behind the other, as their entries do. A device may have lost a word of a record: no row goes
// beyond the records, and none takes an entry twice or beyond the last, so that a row is done with in a time that is bounded.
//
// A group of WORKGROUP invocations a row, params.count of them, folded into (x, y). One pass. In a segment the invocations take
// turns at the entries, and their digits are added up in a tree.
// A segment costs one product; entries cost what they do in short rows.

var<workgroup> partial: array<Sum, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_of(group, groups);
  if (i >= params.count) {
    return;
  }
  let row = rows[params.first + i];
  var total = FE_ZERO; // of invocation 0
  if (lane == 0u) {
    total = output_before(row.x);
  }
  let end = min(row.z, arrayLength(&rows));
  var done = 0u; // entries before this one have had their turn
  for (var s = row.y; s < end; s++) {
    let segment = rows[s];
    let begin = max(segment.x, done);
    let middle = clamp(segment.y, begin, arrayLength(&entries));
    done = clamp(segment.z, middle, arrayLength(&entries));
    var sum = Sum();
    for (var k = begin + lane; k < middle; k += WORKGROUP) {
      sum = add_weighted(sum, entries[k]);
    }
    for (var k = middle + lane; k < done; k += WORKGROUP) {
      sum = add_general(sum, entries[k]);
    }
    partial[lane] = sum;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
      if (lane < half) {
        partial[lane] = sum_join(partial[lane], partial[lane + half]);
      }
      workgroupBarrier();
    }
    if (lane == 0u) {
      total = sum_value(sum_add(partial[0], total, 1u));
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    output_store(row.x, total);
  }
}
