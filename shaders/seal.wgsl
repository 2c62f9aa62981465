// Marks a read-back as that of one submission: a mixture of the nonce that the host made for it. It is the last dispatch of
// its submission, so that a device which skips commands, or hands back an older read-back, does not produce it.
//
// nonce  4 words in x to w
// mark   4 words: word i is rotl(nonce[i], 7) + nonce[(i + 1) mod 4], mod 2^32
// One workgroup of one invocation, one pass.

@group(0) @binding(0) var<uniform> nonce: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> mark: vec4<u32>;

@compute @workgroup_size(1)
fn main() {
  mark = ((nonce << vec4<u32>(7u)) | (nonce >> vec4<u32>(25u))) + nonce.yzwx;
}
