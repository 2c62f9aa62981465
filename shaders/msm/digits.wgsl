// Signed digits of scalars: text that `count` and `scatter` share. Cuts the scalars of one piece of a multi-scalar
// multiplication into digits and names the bucket of each.
//
// A scalar s < q is centred, m = min(s, q - s), so that small scalars of either sign have few digits, and biased: with
// 2^(c-1) - 1 added in every window but the highest, the bits of window w less that bias are its digit, from -(2^(c-1) - 1)
// to 2^(c-1); the highest window's bits are its digit as they are. So no carry runs from window to window. The sum is below
// 2^256: m < 2^255, and the windows below the highest end at bit 255 at the latest.
//
// Window w = t stride + s belongs to bucket set s and takes its points from table t. A piece has the sets from_set to
// end_set - 1 and the tables from_table to end_table - 1; its places k run over them, sets fastest.
//
// The scalars are number 0 to n - 1 of the binding `scalars`, canonical, 8 words each, and, if has_blind is 1, the blinding
// factor as number n.
//
// Workgroups of 64, a scalar an invocation. The words lie in the workgroup's memory, as a window's place in them is
// computed, and private arrays must not be indexed that way.

struct Piece {
  order: array<vec4<u32>, 2>, // q
  half: array<vec4<u32>, 2>, // (q - 1) / 2
  bias: array<vec4<u32>, 2>,
  blind: array<vec4<u32>, 2>,
  n: u32,
  has_blind: u32,
  c: u32,
  windows: u32,
  stride: u32,
  from_set: u32,
  end_set: u32,
  from_table: u32,
  end_table: u32,
  bucket: u32, // first bucket of set from_set
  base: u32, // base of scalar 0 in table from_table, counted from the first base that the additions are given
  blind_base: u32, // the same for the blinding factor
  pitch: u32, // bases of a table
}

struct Digit {
  magnitude: u32,
  negative: u32,
}

@group(0) @binding(0) var<uniform> piece: Piece;
@group(0) @binding(1) var<storage, read> scalars: array<vec4<u32>>;

const WORDS = 9u; // of a scalar; the last is 0
var<workgroup> words: array<u32, 576>; // 64 scalars
/// By place: the smallest magnitude above 0 in the workgroup, and how many invocations have it. Equal scalars would all wait
/// for one counter of the device; this way a workgroup asks once.
var<workgroup> least: array<atomic<u32>, 64>;
var<workgroup> holders: array<atomic<u32>, 64>;

/// The borrow of a - b - borrow, 0 or 1.
fn borrow_of(a: u32, b: u32, borrow: u32) -> u32 {
  return select(0u, 1u, a < b || a - b < borrow);
}

fn put_words(at: u32, lo: vec4<u32>, hi: vec4<u32>) {
  words[at] = lo.x;
  words[at + 1u] = lo.y;
  words[at + 2u] = lo.z;
  words[at + 3u] = lo.w;
  words[at + 4u] = hi.x;
  words[at + 5u] = hi.y;
  words[at + 6u] = hi.z;
  words[at + 7u] = hi.w;
  words[at + 8u] = 0u;
}

/// Puts scalar i, centred and biased, into the workgroup's memory. Returns 1 if it is q - s, 0 if it is s.
fn prepare(local: u32, i: u32) -> u32 {
  let at = local * WORDS;
  if (i < piece.n) {
    put_words(at, scalars[2u * i], scalars[2u * i + 1u]);
  } else if (i == piece.n && piece.has_blind == 1u) {
    put_words(at, piece.blind[0], piece.blind[1]);
  } else {
    put_words(at, vec4<u32>(), vec4<u32>());
  }
  var above = 0u; // s > half
  for (var j = 0u; j < 8u; j++) {
    above = borrow_of(piece.half[j >> 2u][j & 3u], words[at + j], above);
  }
  var borrow = 0u;
  var carry = 0u;
  for (var j = 0u; j < 8u; j++) {
    let s = words[at + j];
    let q = piece.order[j >> 2u][j & 3u];
    let m = select(s, q - s - borrow, above == 1u);
    borrow = borrow_of(q, s, borrow);
    let part = m + piece.bias[j >> 2u][j & 3u];
    let sum = part + carry;
    carry = select(0u, 1u, part < m || sum < part);
    words[at + j] = sum;
  }
  return above;
}

fn sets() -> u32 {
  return piece.end_set - piece.from_set;
}

fn places() -> u32 {
  return sets() * (piece.end_table - piece.from_table);
}

fn digit(local: u32, flipped: u32, place: u32) -> Digit {
  let window = (piece.from_table + place / sets()) * piece.stride + piece.from_set + place % sets();
  if (window >= piece.windows) {
    return Digit(0u, 0u);
  }
  let bit = window * piece.c;
  let at = local * WORDS + (bit >> 5u);
  let shift = bit & 31u;
  let next = select(words[at + 1u] << ((32u - shift) & 31u), 0u, shift == 0u);
  let raw = ((words[at] >> shift) | next) & ((1u << piece.c) - 1u);
  if (window + 1u == piece.windows) {
    return Digit(raw, flipped);
  }
  let zero = (1u << (piece.c - 1u)) - 1u;
  if (raw < zero) {
    return Digit(zero - raw, flipped ^ 1u);
  }
  return Digit(raw - zero, flipped);
}

fn bucket_of(place: u32, magnitude: u32) -> u32 {
  return piece.bucket + ((place % sets()) << (piece.c - 1u)) + magnitude - 1u;
}

/// Fills `least` and `holders`. All invocations call it.
fn find_least(local: u32, flipped: u32) {
  atomicStore(&least[local], 0xffffffffu);
  atomicStore(&holders[local], 0u);
  workgroupBarrier();
  for (var k = 0u; k < places(); k++) {
    let d = digit(local, flipped, k).magnitude;
    if (d != 0u) {
      atomicMin(&least[k], d);
    }
  }
  workgroupBarrier();
  for (var k = 0u; k < places(); k++) {
    if (digit(local, flipped, k).magnitude == atomicLoad(&least[k])) {
      atomicAdd(&holders[k], 1u);
    }
  }
  workgroupBarrier();
}
