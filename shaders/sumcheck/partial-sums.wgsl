// What the kernels share that add up over the elements of tables, in front of their own texts: how the work is divided, and
// what becomes of the sums of a workgroup.
//
//   params    how many elements the bindings stand for; how many workgroups divide them; where the upper halves of tables
//             begin in their bindings; whether there are sums of earlier bindings to add to; how many tables there are
//   partials  sums of the workgroups, <= B of the field: sum k of workgroup g at k params.groups + g
//
// Groups of WORKGROUP invocations, params.groups of them, folded into (x, y); more return at once. One pass for each part of
// the tables that bindings hold, then total.wgsl. tree.wgsl stands in front. An invocation takes every (params.groups
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

// Adds up one sum of all invocations of a workgroup, each with its x <= B.
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
