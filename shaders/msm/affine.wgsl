// Batches of affine additions: text before pair-sums.wgsl. A point is (x, y) in Montgomery form, lazy (<= B of the field
// library). The identity has x = 0 as zero words, and any y: no other point of the curves has x = 0, nor has any y = 0
// (their order is odd).
//
// An invocation takes every `step`-th pair and inverts once for all of them (Montgomery's trick):
//   forward   kept(i) = product of the d before; product = product * d
//   backward  1 / d = inverse * kept(i); inverse = inverse * d; then the sum
// which makes five products and a squaring a pair. d is x2 - x1; y1 - (-y1) for a doubling; 1 where the sum is known (P or Q
// the identity, Q = -P). That x1 = x2 shows as a zero product, which is repaired by another turn of the loop: every pair runs
// the same code, but for the doubling's numerator. The three products of the way back are three turns of one loop, as
// compilers take seconds for every copy of a product.
//
// The kernel provides load_x(i, side), load_y(i, side), keep(i, product), kept(i) and store(i, sum).

struct Point {
  x: Fe,
  y: Fe,
}

const SUM = 0u;
const FIRST = 1u; // Q is the identity
const SECOND = 2u; // P is the identity
const DOUBLE = 3u;
const NOTHING = 4u; // Q = -P

/// d = a - b, and what the sum is.
struct Pair {
  a: Fe,
  b: Fe,
  kind: u32,
}

fn pair_of(x1: Fe, x2: Fe) -> Pair {
  if (fe_no_words(x1)) {
    return Pair(FE_ONE, FE_ZERO, SECOND);
  }
  if (fe_no_words(x2)) {
    return Pair(FE_ONE, FE_ZERO, FIRST);
  }
  return Pair(x2, x1, SUM);
}

/// The same once x1 = x2 is known. Its d is not 0. A pair is repaired once, so that the loops end even if it is: where memory
/// holds something else than points.
fn pair_of_equals(i: u32) -> Pair {
  let y = load_y(i, 0u);
  if (fe_is_zero(fe_sub(y, load_y(i, 1u))) && !fe_is_zero(y)) {
    return Pair(fe_double(y), FE_ZERO, DOUBLE);
  }
  return Pair(FE_ONE, FE_ZERO, NOTHING);
}

/// Adds the pairs begin, begin + step, ... below count.
fn add_pairs(begin: u32, step: u32, count: u32) {
  if (begin >= count) {
    return;
  }
  var product = FE_ONE;
  var i = begin;
  loop {
    keep(i, product);
    var pair = pair_of(load_x(i, 0u), load_x(i, 1u));
    var next: Fe;
    loop {
      next = fe_sub_mul(pair.a, pair.b, product);
      if (pair.kind >= DOUBLE || !fe_is_zero_product(next)) {
        break;
      }
      pair = pair_of_equals(i);
    }
    product = next;
    if (count - i <= step) {
      break;
    }
    i += step;
  }
  var inverse = fe_inv(product);
  loop {
    let x1 = load_x(i, 0u);
    let x2 = load_x(i, 1u);
    var pair = pair_of(x1, x2);
    // (a - b) c: first inverse * d, then 1 / d, then the slope
    var a = pair.a;
    var b = pair.b;
    var c = inverse;
    var next: Fe;
    var value: Fe;
    var turn = 0u;
    loop {
      value = fe_sub_mul(a, b, c);
      if (turn == 2u) {
        break;
      }
      if (turn == 1u) {
        turn = 2u;
        c = value;
        if (pair.kind == DOUBLE) {
          a = fe_sqr3(x1);
          b = FE_ZERO;
        } else {
          a = load_y(i, 1u);
          b = load_y(i, 0u);
        }
      } else if (pair.kind < DOUBLE && fe_is_zero_product(value)) {
        pair = pair_of_equals(i);
        a = pair.a;
        b = pair.b;
      } else {
        turn = 1u;
        next = value;
        a = kept(i);
        b = FE_ZERO;
      }
    }
    inverse = next;
    let y1 = load_y(i, 0u);
    let x3 = fe_x3(value, x1, x2);
    var sum = Point(x3, fe_y3(value, x1, x3, y1));
    if (pair.kind == FIRST) {
      sum = Point(x1, y1);
    } else if (pair.kind == SECOND) {
      sum = Point(x2, load_y(i, 1u));
    } else if (pair.kind == NOTHING) {
      sum = Point(FE_ZERO, FE_ZERO);
    }
    store(i, sum);
    if (i < step) {
      break;
    }
    i -= step;
  }
}
