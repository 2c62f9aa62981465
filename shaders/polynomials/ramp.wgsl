// out[i] = i.
//
//   first  the place that element 0 of the binding is
//   out    written; elements in standard form
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element moves 32 bytes.

@group(0) @binding(0) var<uniform> first: u32;
@group(0) @binding(1) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  out[i] = Fe(vec4<u32>(first + i, 0u, 0u, 0u), vec4<u32>(0u));
}
