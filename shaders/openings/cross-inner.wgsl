// A round of the inner-product argument: the sums of lo(a) o hi(b) and of hi(a) o lo(b), divided by R. In front of it stands
// partial-sums.wgsl.
//
//   a0, a1, b0, b1  the halves of the vectors: elements in standard form, < p
//
// Two products with addition an element of a half, 128 bytes.

@group(0) @binding(2) var<storage, read> a0: array<Fe>;
@group(0) @binding(3) var<storage, read> a1: array<Fe>;
@group(0) @binding(4) var<storage, read> b0: array<Fe>;
@group(0) @binding(5) var<storage, read> b1: array<Fe>;

fn with_element(sums: Sums, i: u32) -> Sums {
  let left = fe_mul_add(a0[i], b1[i + params.upper], sums.a);
  let right = fe_mul_add(a1[i + params.upper], b0[i], sums.b);
  return Sums(left, right, FE_ZERO);
}
