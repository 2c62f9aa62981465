/**
 * Kernels that sort the points of a multi-scalar multiplication into buckets. Integer work only; any field's module has them.
 *
 * | kernel | effect |
 * |---|---|
 * | `bucketEntries(scalars, n, count, plan, temp, base, entries, sizes, c) -> end` | cuts n scalars into signed digits; writes (bucket, reference) for each that is not zero, and counts them in `sizes` |
 * | `bucketSort(entries, n, places, refs)`        | refs[places[bucket]++] = reference, for n entries |
 * | `bucketHalve(refs, sizes, groups, list, to) -> additions` | a round: see below |
 *
 * A scalar is an integer of 32 bytes. Adding `half - 1` in every window (as a number of 40 bytes, at `plan`) makes all digits
 * at once: window w of the sum holds digit + half - 1, with digits from -(half - 1) to half, half = 2^(c-1). After those 40 bytes,
 * `plan` has three words for each of `count` windows: its first bit, what to add to the reference, and its first bucket.
 * `base` is the reference of the first scalar's point. Digit d goes to bucket |d| - 1. A scalar up to `half` takes only window 0: it
 * goes nowhere if the first of these windows is another one.
 *
 * A round of `bucketHalve` takes the references of `groups` groups that follow one another, `sizes[g]` each, and replaces them,
 * in place, by half as many: each two of them become one addition in `list` (two references), whose sum will be written to the
 * next place from `to` on. An odd one stays.
 */
import {
  type Expr,
  type Func,
  i32,
  i64,
  load,
  type Local,
  op,
  select,
  type WasmModule,
} from '../codegen/assembler.ts';
import { TABLE_POINT_BYTES } from './points.ts';

/** Bytes of the number with which `plan` starts, and of a window after it. */
export const PLAN_SUM_BYTES = 40;
export const PLAN_WINDOW_BYTES = 12;

const add = (a: Expr, b: Expr): Expr => op('i32.add', a, b);
const times = (a: Expr, n: number): Expr => op('i32.mul', a, i32(n));

/** Adds the kernels above to a module. */
export function bucketKernels(m: WasmModule): void {
  entriesKernel(m);
  sortKernel(m);
  halveKernel(m);
}

function entriesKernel(m: WasmModule): void {
  const params = Array.from({ length: 9 }, () => 'i32' as const);
  m.func('bucketEntries', params, ['i32'], (f, scalar, n, count, plan, temp, base, entries, sizes, c) => {
    const mask = f.let(op('i32.sub', op('i32.shl', i32(1), c), i32(1)));
    const half = f.let(op('i32.shl', i32(1), op('i32.sub', c, i32(1))));
    f.if(op('i32.eqz', n), () => f.return(entries));
    const windows = f.let(add(plan, i32(PLAN_SUM_BYTES)));
    const words = [0, 1, 2, 3].map(() => f.local('i64'));
    const record = (bucket: Expr, reference: Expr) => {
      const b = f.let(bucket);
      f.store('i32.store', entries, b);
      f.store('i32.store', entries, reference, 4);
      f.set(entries, add(entries, i32(8)));
      const at = f.let(add(sizes, times(b, 4)));
      f.store('i32.store', at, add(load('i32.load', at), i32(1)));
    };
    const left = f.local('i32');
    const at = f.local('i32');
    f.loop(() => {
      words.forEach((w, i) => f.set(w, load('i64.load', scalar, 8 * i)));
      const upper = f.let(op('i64.or', op('i64.or', words[1], words[2]), words[3]));
      const any = op('i64.or', upper, words[0]);
      f.if(op('i32.eqz', op('i64.eqz', any)), () => {
        const small = op(
          'i32.and',
          op('i64.eqz', upper),
          op('i64.le_u', words[0], op('i64.extend_i32_u', half)),
        );
        f.if(
          small,
          () => {
            const lowest = op('i32.eqz', load('i32.load', windows));
            f.if(lowest, () => record(op('i32.sub', op('i32.wrap_i64', words[0]), i32(1)), base));
          },
          () => {
            addWords(f, temp, words, plan);
            f.set(left, count);
            f.set(at, windows);
            f.loop(() => {
              const bit = f.let(load('i32.load', at));
              const word = load('i32.load', add(temp, op('i32.shr_u', bit, i32(3))));
              const field = op('i32.and', op('i32.shr_u', word, op('i32.and', bit, i32(7))), mask);
              const digit = f.let(op('i32.sub', field, op('i32.sub', half, i32(1))));
              f.if(digit, () => {
                const negative = f.let(op('i32.lt_s', digit, i32(0)));
                const magnitude = select(negative, op('i32.sub', i32(0), digit), digit);
                record(
                  add(op('i32.sub', magnitude, i32(1)), load('i32.load', at, 8)),
                  add(add(base, load('i32.load', at, 4)), negative),
                );
              });
              f.set(at, add(at, i32(PLAN_WINDOW_BYTES)));
              f.set(left, op('i32.sub', left, i32(1)));
              return left;
            });
          },
        );
      });
      f.set(scalar, add(scalar, i32(32)));
      f.set(base, add(base, i32(TABLE_POINT_BYTES)));
      f.set(n, op('i32.sub', n, i32(1)));
      return n;
    });
    f.return(entries);
  });
}

/** temp = words + the number at `plan`, 40 bytes. */
function addWords(f: Func, temp: Local, words: readonly Local[], plan: Local): void {
  const carry = f.let(i64(0n));
  words.forEach((w, i) => {
    const s = f.let(op('i64.add', w, load('i64.load', plan, 8 * i)));
    const t = f.let(op('i64.add', s, carry));
    f.store('i64.store', temp, t, 8 * i);
    f.set(carry, op('i64.extend_i32_u', op('i32.or', op('i64.lt_u', s, w), op('i64.lt_u', t, s))));
  });
  f.store('i64.store', temp, op('i64.add', carry, load('i64.load', plan, 32)), 32);
}

function sortKernel(m: WasmModule): void {
  m.func('bucketSort', ['i32', 'i32', 'i32', 'i32'], [], (f, entries, n, places, refs) => {
    f.if(op('i32.eqz', n), () => f.return());
    f.loop(() => {
      const at = f.let(add(places, times(load('i32.load', entries), 4)));
      const place = f.let(load('i32.load', at));
      f.store('i32.store', at, add(place, i32(1)));
      f.store('i32.store', add(refs, times(place, 4)), load('i32.load', entries, 4));
      f.set(entries, add(entries, i32(8)));
      f.set(n, op('i32.sub', n, i32(1)));
      return n;
    });
  });
}

function halveKernel(m: WasmModule): void {
  m.func('bucketHalve', ['i32', 'i32', 'i32', 'i32', 'i32'], ['i32'], (f, refs, sizes, groups, list, to) => {
    f.if(op('i32.eqz', groups), () => f.return(i32(0)));
    const first = f.let(list);
    const write = f.let(refs);
    const size = f.local('i32');
    const half = f.local('i32');
    f.loop(() => {
      f.set(size, load('i32.load', sizes));
      f.if(size, () => {
        f.set(half, op('i32.shr_u', size, i32(1)));
        f.store('i32.store', sizes, op('i32.sub', size, half));
        f.if(half, () =>
          f.loop(() => {
            f.store('i64.store', list, load('i64.load', refs));
            f.store('i32.store', write, to);
            f.set(list, add(list, i32(8)));
            f.set(refs, add(refs, i32(8)));
            f.set(write, add(write, i32(4)));
            f.set(to, add(to, i32(TABLE_POINT_BYTES)));
            f.set(half, op('i32.sub', half, i32(1)));
            return half;
          }),
        );
        f.if(op('i32.and', size, i32(1)), () => {
          f.store('i32.store', write, load('i32.load', refs));
          f.set(refs, add(refs, i32(4)));
          f.set(write, add(write, i32(4)));
        });
      });
      f.set(sizes, add(sizes, i32(4)));
      f.set(groups, op('i32.sub', groups, i32(1)));
      return groups;
    });
    f.return(op('i32.shr_u', op('i32.sub', list, first), i32(3)));
  });
}
