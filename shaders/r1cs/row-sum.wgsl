// The sum of a row: elements with small signed weights, as 16 digits of 16 bits that are carried only at the end. A unit
// coefficient then costs no reduction and no carry, and a row has one reduction in all.
//
// Digit k of an element is below 2^16, so weights of up to 2^15 - 2 in magnitude, all together, leave every digit below 2^31 in
// magnitude: a u32 holds it in two's complement. SUM_BIAS counts as one of them. The host sees to the rest (MAX_WEIGHT).

// digits 0, 2, 4, 6 | 1, 3, 5, 7 | 8, 10, 12, 14 | 9, 11, 13, 15
struct Sum {
  a: vec4<u32>,
  b: vec4<u32>,
  c: vec4<u32>,
  d: vec4<u32>,
}

// s + weight x, for any 256-bit integer x.
fn sum_add(s: Sum, x: Fe, weight: u32) -> Sum {
  let low = vec4<u32>(0xffffu);
  let shift = vec4<u32>(16u);
  return Sum(
    s.a + weight * (x.lo & low),
    s.b + weight * (x.lo >> shift),
    s.c + weight * (x.hi & low),
    s.d + weight * (x.hi >> shift),
  );
}

fn sum_join(s: Sum, t: Sum) -> Sum {
  return Sum(s.a + t.a, s.b + t.b, s.c + t.c, s.d + t.d);
}

// Words of digits that were carried out of: their low 16 bits count.
fn sum_words(even: vec4<i32>, odd: vec4<i32>) -> vec4<u32> {
  return (bitcast<vec4<u32>>(even) & vec4<u32>(0xffffu)) | (bitcast<vec4<u32>>(odd) << vec4<u32>(16u));
}

// s mod p, < p. The bias is a multiple of p that makes s positive. After carrying, the digits below the last one are a number of
// 240 bits, and the last one, an unsigned number of 32 bits, stands for that many times 2^240.
fn sum_value(s: Sum) -> Fe {
  let a = bitcast<vec4<i32>>(s.a + SUM_BIAS.a);
  let b = bitcast<vec4<i32>>(s.b + SUM_BIAS.b);
  let c = bitcast<vec4<i32>>(s.c + SUM_BIAS.c);
  let d = bitcast<vec4<i32>>(s.d + SUM_BIAS.d);
  let d0 = a.x;
  let d1 = b.x + (d0 >> 16u);
  let d2 = a.y + (d1 >> 16u);
  let d3 = b.y + (d2 >> 16u);
  let d4 = a.z + (d3 >> 16u);
  let d5 = b.z + (d4 >> 16u);
  let d6 = a.w + (d5 >> 16u);
  let d7 = b.w + (d6 >> 16u);
  let d8 = c.x + (d7 >> 16u);
  let d9 = d.x + (d8 >> 16u);
  let d10 = c.y + (d9 >> 16u);
  let d11 = d.y + (d10 >> 16u);
  let d12 = c.z + (d11 >> 16u);
  let d13 = d.z + (d12 >> 16u);
  let d14 = c.w + (d13 >> 16u);
  let d15 = d.w + (d14 >> 16u);
  let lo = sum_words(vec4<i32>(d0, d2, d4, d6), vec4<i32>(d1, d3, d5, d7));
  let hi = sum_words(vec4<i32>(d8, d10, d12, d14), vec4<i32>(d9, d11, d13, 0));
  let top = Fe(vec4<u32>(bitcast<u32>(d15), 0u, 0u, 0u), vec4<u32>(0u));
  return fe_mul_add_canon(top, SUM_TOP, Fe(lo, hi));
}
