// What the kernels share that add up over the elements of tables, in front of their own texts: how the work is divided, and
// what becomes of the sums of a workgroup. Of its own a kernel has its tables, from binding 2 on, and
//
//   fn with_element(sums: Sums, i: u32) -> Sums     the sums, each <= B, with what element i of the tables adds to them
//
//   params    how many elements the bindings stand for; how many workgroups divide them; where the upper halves of tables
//             begin in their bindings; whether there are sums of earlier bindings to add to; how many tables there are
//   partials  sums of the workgroups, <= B of the field: sum k of workgroup g at k params.groups + g
//
// Groups of WORKGROUP invocations, params.groups of them, folded into (x, y); more return at once. One pass for each part of
// the tables that bindings hold, then total.wgsl. tree.wgsl stands in front, and the constant SUMS, how many sums there are. An invocation takes every (params.groups
// WORKGROUP)th element, and the invocations of a group are added up in a tree: the same way in every run.

struct Params {
  count: u32,
  groups: u32,
  upper: u32,
  add: u32,
  tables: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<Fe>;

/// Sums of an invocation, of which the first SUMS count.
struct Sums {
  a: Fe,
  b: Fe,
  c: Fe,
}

/// Adds up one sum of all invocations of a workgroup, each with its x <= B.
fn keep_sum(k: u32, group: u32, lane: u32, x: Fe) {
  var sum = tree_sum(lane, x);
  if (lane == 0u) {
    let place = k * params.groups + group;
    if (params.add != 0u) {
      sum = fe_add(sum, partials[place]);
    }
    partials[place] = sum;
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) ids: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = workgroup_of(id, ids);
  if (group >= params.groups) {
    return;
  }
  var sums = Sums(FE_ZERO, FE_ZERO, FE_ZERO);
  for (var i = group * WORKGROUP + lane; i < params.count; i += params.groups * WORKGROUP) {
    sums = with_element(sums, i);
  }
  keep_sum(0u, group, lane, sums.a);
  if (SUMS > 1u) {
    keep_sum(1u, group, lane, sums.b);
  }
  if (SUMS > 2u) {
    keep_sum(2u, group, lane, sums.c);
  }
}
