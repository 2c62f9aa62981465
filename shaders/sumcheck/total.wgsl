// The totals of the sums of workgroups, as the host reads them. In front of it stands tree.wgsl.
//
//   params    what totals are multiplied with, in Montgomery form, < p: it takes back the divisions by R; how many sums of
//             workgroups a total has; the place of the first total
//   partials  sums of the workgroups, <= B: those of total k begin at k params.groups
//   totals    written: the complements of the totals in standard form, < p. Zeros are no complement of an element, so that a
//             total which was never written is none
//
// A group of WORKGROUP invocations a total, folded into (x, y); the host dispatches as many as there are totals, more return at
// once. One pass.

struct Params {
  factor: Fe,
  groups: u32,
  totals: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<Fe>;
@group(0) @binding(2) var<storage, read_write> totals: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) ids: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = workgroup_of(id, ids);
  if (k >= params.totals) {
    return;
  }
  var sum = FE_ZERO;
  for (var g = lane; g < params.groups; g += WORKGROUP) {
    sum = fe_add(sum, partials[k * params.groups + g]);
  }
  sum = tree_sum(lane, sum);
  if (lane == 0u) {
    let total = fe_mul_canon(params.factor, sum);
    totals[params.first + k] = Fe(~total.lo, ~total.hi);
  }
}
