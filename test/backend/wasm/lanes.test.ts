import { describe, expect, it } from 'vitest';
import {
  type Expr,
  type Func,
  i32,
  i32x4,
  i64,
  i64x2,
  lane,
  load,
  loadLane,
  op,
  select,
  shuffle,
  shuffleWords,
  WasmModule,
} from '../../../src/backend/wasm/codegen/assembler.ts';
import { Lanes } from '../../../src/backend/wasm/codegen/lanes.ts';
import { OPS } from '../../../src/backend/wasm/codegen/instructions.ts';
import { randomSource } from './random.ts';

/** Where operands and results lie, and how large the memory is that is compared. */
const [A, B, C, OUT, BYTES] = [64, 80, 96, 112, 512];

type Build = (f: Func) => void;

/** What a function makes of a memory, in a module with or without SIMD. */
function runner(build: Build, simd: boolean): (start: Uint8Array) => Uint8Array {
  const m = new WasmModule(simd ? undefined : Lanes);
  m.func('run', [], [], build);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const module = new WebAssembly.Module(m.toBytes({ shared: false, maximum: 1 }));
  const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports as { run: () => void };
  const bytes = new Uint8Array(memory.buffer);
  return (start) => {
    bytes.set(start);
    run();
    return bytes.slice(0, BYTES);
  };
}

const random = randomSource('lanes');

/** Memories on which words are random, all zeros or all ones, equal or not. */
const memories = Array.from({ length: 24 }, () => {
  const words = Uint32Array.from(
    { length: BYTES / 4 },
    () => [Number(random.int(32)), 0, 0xffffffff, 0x80000000, 0x1fffffff][random.below(7) % 5],
  );
  if (random.below(3) === 0) words.copyWithin(B / 4, A / 4, A / 4 + random.below(5));
  return new Uint8Array(words.buffer);
});

function expectSame(build: Build): void {
  const [lanes, vectors] = [false, true].map((simd) => runner(build, simd));
  for (const memory of memories) expect(lanes(memory), random.seed).toEqual(vectors(memory));
}

const [a, b, c] = [A, B, C].map((at) => load('v128.load', i32(at)));
const store = (f: Func, x: Expr) => f.store('v128.store', i32(OUT), x);

describe('a module without SIMD', () => {
  // doubles are for SIMD only
  const integer = Object.entries(OPS).filter(
    ([name, [, types, type]]) =>
      [...types, type].includes('v128') && !name.startsWith('f64x2') && name !== 'i64x2.mul',
  );

  it.each([...integer, ...Object.entries(OPS).filter(([name]) => name === 'i64x2.mul')])(
    'computes %s lane by lane',
    (name, [, types, type]) => {
      const counts = name.includes('.sh') ? [0, 1, 29, 31, 32, 63, 64] : [0];
      for (const count of counts) {
        const scalar = (t: string) => (t === 'i64' ? load('i64.load', i32(C)) : i32(count));
        const operands = types.map((t, i) => (t === 'v128' ? [a, b, c][i] : scalar(t)));
        expectSame((f) => {
          const result = op(name, ...operands);
          if (type === 'v128') store(f, result);
          else f.store('i32.store', i32(OUT), result);
        });
      }
    },
  );

  it('loads, stores, shuffles and selects the same lanes', () => {
    for (const name of ['v128.load32_splat', 'v128.load64_splat', 'v128.load32_zero', 'v128.load64_zero']) {
      expectSame((f) => store(f, load(name, i32(A), 4)));
    }
    for (const [bits, lanes] of [
      [32, 4],
      [64, 2],
    ] as const) {
      for (let i = 0; i < lanes; i++) {
        expectSame((f) => store(f, loadLane(`v128.load${bits}_lane`, i, i32(A), b, 8)));
        for (const x of [b, op('i64x2.add', a, b)]) {
          expectSame((f) => f.storeLane(`v128.store${bits}_lane`, i, i32(OUT), x, 4));
        }
        const shape = bits === 32 ? 'i32x4' : 'i64x2';
        const number = load(`i${bits}.load`, i32(C));
        expectSame((f) => store(f, lane(`${shape}.replace_lane`, i, a, number)));
        expectSame((f) => f.store(`i${bits}.store`, i32(OUT), lane(`${shape}.extract_lane`, i, a)));
      }
    }
    for (let k = 0; k < 20; k++) {
      const bytes = Array.from({ length: 16 }, () => random.below(32));
      expectSame((f) => store(f, shuffle(a, op('i64x2.sub', b, c), bytes)));
    }
    expectSame((f) =>
      store(f, select(load('i32.load', i32(A)), op('i64x2.add', a, b), op('i32x4.add', b, c))),
    );
  });

  it('keeps constants apart from what shares a vector with them', () => {
    const mask = i64x2((1n << 29n) - 1n);
    expectSame((f) => {
      const q = f.let(op('v128.and', op('i32x4.mul', a, i32x4(12345)), mask));
      store(f, op('i64x2.shr_u', op('i64x2.add', op('i64x2.shl', q, i32(7)), b), i32(3)));
      f.store('v128.store', i32(OUT), shuffleWords(q, c, [0, 2, 5, 1]), 16);
      f.store('v128.store', i32(OUT), op('i64x2.extmul_low_i32x4_s', i32x4(-3, 0, 1, 7), q), 32);
      f.store('v128.store', i32(OUT), op('v128.xor', i64x2(-1n, 5n), i32x4(1, 2, 3, 4)), 48);
    });
  });

  it('sets variables at once, stores after all was read, and keeps variables through loops', () => {
    expectSame((f) => {
      const [x, y] = [f.let(a), f.local('v128')];
      const n = f.let(i32(5));
      f.loop(() => {
        f.set(x, op('i32x4.add', shuffleWords(x, x, [1, 2, 3, 0]), b)); // each lane takes another's old value
        f.set(y, op('i64x2.add', y, x));
        f.set(n, op('i32.sub', n, i32(1)));
        return n;
      });
      store(f, x);
      f.store('v128.store', i32(OUT), y, 16);
      f.store('v128.store', i32(A), load('v128.load', i32(A), 4), 8); // overlaps itself
      f.set(x, op('i64x2.mul', x, y));
      f.store('v128.store', op('i32.add', n, i32(OUT)), x, 32);
    });
  });

  it('takes numbers out of vectors in the midst of other expressions', () => {
    expectSame((f) => {
      const any = op('v128.any_true', op('v128.xor', a, b));
      const word = lane('i64x2.extract_lane', 1, op('i64x2.add', a, c));
      const sum = op('i64.add', op('i64.mul', i64(3n), word), op('i64.extend_i32_u', any));
      f.if(op('i32.and', any, op('i32x4.all_true', c)), () => f.store('i64.store', i32(OUT), sum));
    });
  });

  it('refuses to set what was a constant, and doubles', () => {
    const m = new WasmModule(Lanes);
    const set = (f: Func) => f.set(f.let(i32x4(1)), a);
    expect(() => m.func(undefined, [], [], set)).toThrow(/constants/);
    expect(() => m.func(undefined, [], [], (f) => store(f, op('f64x2.add', a, b)))).toThrow(/f64x2\.add/);
  });
});
