/**
 * What making generators needs besides arithmetic on arrays: steps on single elements of arrays in pair layout (see
 * `codegen/pair-field.ts`), in 64-bit integer code. Element i of such an array lies at (i >> 1) 72 + (i & 1) 4, its limb l
 * 8 l bytes on. Elements are in Montgomery form, below 2p with normalised limbs.
 *
 * How the parts are put together, and what they cost, is in `generators.ts`.
 */
import {
  i32,
  i64,
  load,
  op,
  type Expr,
  type Func,
  type Local,
  type WasmModule,
} from '../codegen/assembler.ts';
import { LIMB_BITS, LIMB_MASK, LIMBS, type FieldDescription } from '../codegen/field-description.ts';
import { PAIR_BYTES } from '../codegen/pair-field.ts';
import { ScalarField, type Element } from '../codegen/scalar-field.ts';
import { expandKernels, type ExpandExports } from './sha256.ts';

/** Bytes from one limb of an element to the next. */
const LIMB_STRIDE: number = PAIR_BYTES / LIMBS;

/** Bits of the key under which {@link MapExports.logarithms} finds an element. */
export const KEY_BITS = 13;
/** Bytes of the table of logarithms: a u32, then a byte for each key. */
export const LOGARITHM_TABLE_BYTES: number = 4 + (1 << KEY_BITS);

/** The kernels that {@link mapToCurveKernels} adds. */
export interface MapExports extends ExpandExports {
  /** to[toIndices[i]] = from[fromIndices[i]] for i < n; indices are u32. A gather, a scatter, or both. */
  moveElements(to: number, toIndices: number, from: number, fromIndices: number, n: number): void;
  /**
   * digits[i] = the entry of element i of the `pairs` at x, as u32. The table begins with a multiplier; the lowest limb
   * of the canonical Montgomery form, times the multiplier mod 2^32, has the key of an element in its top bits.
   */
  logarithms(x: number, pairs: number, table: number, digits: number): void;
  /** y[i] = u[i] and y[i] have the same parity in standard form ? y[i] : -y[i]. No y may be 0. */
  matchSigns(y: number, u: number, pairs: number): void;
  /** Writes each of n elements as 32 bytes, canonical, in standard form; `stride` bytes from one to the next. */
  writeElements(x: number, n: number, out: number, stride: number): void;
}

/** Adds the kernels above, and `expandMessages`, to a module. */
export function mapToCurveKernels(m: WasmModule, field: FieldDescription): void {
  const S = new ScalarField(field);
  expandKernels(m);

  m.func(
    'moveElements',
    ['i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (f, to, toIndices, from, fromIndices, n) => {
      f.loop(() => {
        const source = f.let(addressOf(from, f.let(load('i32.load', fromIndices))));
        const target = f.let(addressOf(to, f.let(load('i32.load', toIndices))));
        for (let l = 0; l < LIMBS; l++) {
          f.store('i32.store', target, load('i32.load', source, LIMB_STRIDE * l), LIMB_STRIDE * l);
        }
        advance(f, toIndices, 4);
        advance(f, fromIndices, 4);
        return countDown(f, n);
      });
    },
  );

  m.func('logarithms', ['i32', 'i32', 'i32', 'i32'], [], (f, x, pairs, table, digits) => {
    const multiplier = f.let(load('i32.load', table));
    f.loop(() => {
      for (const side of [0, 1]) {
        const lowest = op('i32.wrap_i64', S.canonical(f, loadElement(f, x, 4 * side))[0]);
        const key = op('i32.shr_u', op('i32.mul', lowest, multiplier), i32(32 - KEY_BITS));
        f.store('i32.store', digits, load('i32.load8_u', op('i32.add', table, key), 4), 4 * side);
      }
      advance(f, x, PAIR_BYTES);
      advance(f, digits, 8);
      return countDown(f, pairs);
    });
  });

  m.func('matchSigns', ['i32', 'i32', 'i32'], [], (f, y, u, pairs) => {
    const p2 = S.constant(2n * field.F.p);
    f.loop(() => {
      for (const side of [0, 1]) {
        const a = loadElement(f, y, 4 * side);
        const [ySign] = S.fromMontgomery(f, a);
        const [uSign] = S.fromMontgomery(f, loadElement(f, u, 4 * side));
        const mask = f.let(op('i64.sub', i64(0n), op('i64.and', op('i64.xor', ySign, uSign), i64(1n))));
        // (a ^ -1) + 1 + 2p = 2p - a, limb by limb
        let carry: Expr = i64(0n);
        for (let l = 0; l < LIMBS; l++) {
          const negated = op('i64.sub', op('i64.xor', a[l], mask), mask);
          const limb = f.let(op('i64.add', op('i64.add', negated, op('i64.and', p2[l], mask)), carry));
          const kept = l < LIMBS - 1 ? op('i64.and', limb, i64(LIMB_MASK)) : limb;
          f.store('i64.store32', y, kept, LIMB_STRIDE * l + 4 * side);
          carry = f.let(op('i64.shr_s', limb, i64(BigInt(LIMB_BITS))));
        }
      }
      advance(f, y, PAIR_BYTES);
      advance(f, u, PAIR_BYTES);
      return countDown(f, pairs);
    });
  });

  m.func('writeElements', ['i32', 'i32', 'i32', 'i32'], [], (f, x, n, out, stride) => {
    const i = f.let(i32(0));
    f.loop(() => {
      S.storeWords(f, out, S.fromMontgomery(f, loadElement(f, f.let(addressOf(x, i)))));
      f.set(out, op('i32.add', out, stride));
      f.set(i, op('i32.add', i, i32(1)));
      return op('i32.ne', i, n);
    });
  });
}

/** Element i of a pair layout. */
function addressOf(base: Expr, i: Local): Expr {
  const pair = op('i32.mul', op('i32.shr_u', i, i32(1)), i32(PAIR_BYTES));
  const side = op('i32.shl', op('i32.and', i, i32(1)), i32(2));
  return op('i32.add', base, op('i32.add', pair, side));
}

function loadElement(f: Func, address: Expr, offset = 0): Element {
  return Array.from({ length: LIMBS }, (_, l) =>
    f.let(load('i64.load32_u', address, offset + LIMB_STRIDE * l)),
  );
}

function advance(f: Func, pointer: Local, bytes: number): void {
  f.set(pointer, op('i32.add', pointer, i32(bytes)));
}

function countDown(f: Func, n: Local): Expr {
  f.set(n, op('i32.sub', n, i32(1)));
  return n;
}
