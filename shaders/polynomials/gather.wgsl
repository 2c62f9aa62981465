// out[i] = table[positions[i]], as far as the positions are in the part of the table that is bound: the other elements of
// out stay as they are, for the passes over the other parts.
//
//   first      the place in the table that element 0 of its binding is
//   positions  below the length of the whole table
//   table      elements in standard form, < p; another buffer than out
//   out        written; elements in standard form, < p
//
// An invocation an element, arrayLength(&out) of them in groups of WORKGROUP, folded into (x, y). One pass.
// An element moves 68 bytes, of which 32 from anywhere.

@group(0) @binding(0) var<uniform> first: u32;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<Fe>;
@group(0) @binding(3) var<storage, read_write> out: array<Fe>;

@compute @workgroup_size(WORKGROUP)
fn main(here: Invocation) {
  let i = index_of(here);
  if (i >= arrayLength(&out)) {
    return;
  }
  let place = positions[i] - first; // a place before the part comes out large
  if (place < arrayLength(&table)) {
    out[i] = table[place];
  }
}
