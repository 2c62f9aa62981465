// What the kernels for short and for long rows share: (A z, B z, C z) for z = (W, u, X), which is never built.
//
//   params      where the records of the kernel's rows begin and how many there are; how many columns are of W; (u, X), < p
//   rows        records, see the kernels. Word 0 of a row's: its index in the outputs | matrix << 29 | ACCUMULATE, where matrix is
//               0, 1, 2 for A, B, C, and 3 for a row that A and B have in common
//   entries     the rows' entries: a column and, in the first part of a row, a small signed weight; in the second the place of a
//               coefficient in the dictionary
//   dictionary  coefficients in Montgomery form, < p
//   W           elements in standard form, < p
//   AZ, BZ, CZ  written; elements in standard form, < p. With ACCUMULATE the row's sum is added to what is there: that
//               is how rows go on that are cut at the end of a binding

const ACCUMULATE = 0x80000000u;

struct Params {
  first: u32,
  count: u32,
  columns: u32,
  tail: array<Fe, TAIL>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> dictionary: array<Fe>;
@group(0) @binding(4) var<storage, read> W: array<Fe>;
@group(0) @binding(5) var<storage, read_write> AZ: array<Fe>;
@group(0) @binding(6) var<storage, read_write> BZ: array<Fe>;
@group(0) @binding(7) var<storage, read_write> CZ: array<Fe>;

fn z_at(column: u32) -> Fe {
  if (column < params.columns) {
    return W[column];
  }
  return params.tail[column - params.columns];
}

// s + the entry, which has a weight
fn add_weighted(s: Sum, entry: vec2<u32>) -> Sum {
  return sum_add(s, z_at(entry.x), entry.y);
}

// s + the entry, which has a coefficient of the dictionary
fn add_general(s: Sum, entry: vec2<u32>) -> Sum {
  return sum_add(s, fe_mul(dictionary[entry.y], z_at(entry.x)), 1u);
}

fn output_index(place: u32) -> u32 {
  return place & 0x1fffffffu;
}

fn output_matrix(place: u32) -> u32 {
  return (place >> 29u) & 3u;
}

// What the row's sum starts from.
fn output_before(place: u32) -> Fe {
  if ((place & ACCUMULATE) == 0u) {
    return FE_ZERO;
  }
  let i = output_index(place);
  switch (output_matrix(place)) {
    case 1u: { return BZ[i]; }
    case 2u: { return CZ[i]; }
    default: { return AZ[i]; }
  }
}

fn output_store(place: u32, value: Fe) {
  let i = output_index(place);
  let matrix = output_matrix(place);
  if (matrix == 2u) {
    CZ[i] = value;
    return;
  }
  if (matrix != 1u) {
    AZ[i] = value;
  }
  if (matrix != 0u) {
    BZ[i] = value;
  }
}
