// The sum of a table, in front of which partial-sums.wgsl stands.
//
//   a  elements in standard form, < p
//
// An addition an element, 32 bytes.

@group(0) @binding(2) var<storage, read> a: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  return Sums(fe_add(sums.a, a[i]), FE_ZERO, FE_ZERO);
}
