// The sum of a o b, divided by R. In front of it stands partial-sums.wgsl.
//
//   a, b  elements in standard form, < p
//
// A product with addition an element, 64 bytes.

@group(0) @binding(2) var<storage, read> a: array<Fe>;
@group(0) @binding(3) var<storage, read> b: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  return Sums(fe_mul_add(a[i], b[i], sums.a), FE_ZERO, FE_ZERO);
}
