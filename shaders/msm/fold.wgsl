// Adds projective points in place, buckets[a] += buckets[a + distance], for many a at once. Three uses:
//
// The bucket reduction. A set of B = 2^m buckets, bucket k for the magnitude k + 1, becomes m + 1 sums in its own place: in
// step t every segment of length 2 h, h = B / 2^t, is folded in half, and the main segment, at 0, leaves its upper half
// behind as a new one at h. In the end place 0 holds the sum of all, place 2^j the sum of the buckets whose k has bit j.
// That is 2 B additions; there are too few at a time for shared inversions to pay.
//
// The sums of the sets. Of those m + 1 sums, place 2^(m-1) gets total + sum of 2^j x[2^j], by Horner's rule, an invocation a
// set: 2 m - 1 additions one after the other.
//
// Sums over passes: a later pass puts its buckets elsewhere, and they are added to those of the passes before.
//
//   0 uniform  Fold
//   1 write    buckets
//
// Workgroups of 64, an invocation an addition or a set; text before it: projective.wgsl.
// Formulas: J. Renes, C. Costello, L. Batina, "Complete addition formulas for prime order elliptic curves" (2016),
// algorithm 7, right for all points; fewer reductions by fusing.

struct Fold {
  additions: u32,
  half: u32, // h
  segments: u32,
  pitch: u32, // B
  origin: u32,
  distance: u32,
  turns: u32, // 1, or 2 m - 1 for the sums of the sets, with half = 1 and origin = 2^(m-1)
}

@group(0) @binding(0) var<uniform> fold: Fold;
@group(0) @binding(1) var<storage, read_write> buckets: array<Projective>;

/// Products of the same form are turns of a loop, as compilers take seconds for every copy of a product.
fn sum_of(p: Projective, q: Projective) -> Projective {
  var xx: Fe;
  var yy: Fe;
  var zz: Fe;
  var a = p.x;
  var b = q.x;
  for (var turn = 0u; turn < 3u; turn++) {
    let value = fe_mul(a, b);
    if (turn == 0u) {
      xx = value;
      a = p.y;
      b = q.y;
    } else if (turn == 1u) {
      yy = value;
      a = p.z;
      b = q.z;
    } else {
      zz = value;
    }
  }
  // x1 y2 + x2 y1 and so on
  var xy: Fe;
  var yz: Fe;
  var xz: Fe;
  a = p.x;
  b = p.y;
  var c = q.x;
  var d = q.y;
  var e = xx;
  var f = yy;
  for (var turn = 0u; turn < 3u; turn++) {
    let value = fe_cross(a, b, c, d, e, f);
    if (turn == 0u) {
      xy = value;
      a = p.z;
      c = q.z;
      e = zz;
    } else if (turn == 1u) {
      yz = value;
      b = p.x;
      d = q.x;
      f = xx;
    } else {
      xz = fe_times_b3(value);
    }
  }
  let s = fe_plus_b3(yy, zz);
  let t = fe_minus_b3(yy, zz);
  var y: Fe;
  var z: Fe;
  a = t;
  b = s;
  c = xx;
  d = xz;
  for (var turn = 0u; turn < 2u; turn++) {
    let value = fe_dot3(a, b, c, d);
    if (turn == 0u) {
      y = value;
      a = s;
      b = yz;
      c = xy;
      d = xx;
    } else {
      z = value;
    }
  }
  return Projective(fe_det(xy, t, yz, xz), y, z);
}

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= fold.additions) {
    return;
  }
  let part = i / fold.half;
  let segment = part % fold.segments;
  let start = select(fold.pitch >> segment, 0u, segment == 0u);
  let base = part / fold.segments * fold.pitch + start + i % fold.half;
  let a = fold.origin + base;
  var b = a + fold.distance;
  var bit = fold.origin;
  for (var turn = 1u; turn <= fold.turns; turn++) {
    buckets[a] = sum_of(buckets[a], buckets[b]);
    if ((turn & 1u) == 1u) {
      bit >>= 1u;
      b = base + bit;
    } else if (bit == 1u) {
      b = base; // the total, last
    } else {
      b = a;
    }
  }
}
