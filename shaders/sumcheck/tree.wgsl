// The sum over a workgroup of WORKGROUP invocations, in a tree. Uniform control flow: all of them call it.

var<workgroup> tree: array<Fe, WORKGROUP>;

// The sum of x of all invocations, <= B, to each of them; x <= B.
fn tree_sum(lane: u32, x: Fe) -> Fe {
  tree[lane] = x;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
    if (lane < half) {
      tree[lane] = fe_add(tree[lane], tree[lane + half]);
    }
    workgroupBarrier();
  }
  let sum = tree[0];
  workgroupBarrier(); // the tree may be used again
  return sum;
}
