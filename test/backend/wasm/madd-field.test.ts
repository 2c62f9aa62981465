import { beforeAll, describe, expect, it } from 'vitest';
import { i32, op, load, WasmModule, type Func } from '../../../src/backend/wasm/codegen/assembler.ts';
import { describeField } from '../../../src/backend/wasm/codegen/field-description.ts';
import { MADD_BITS, MADD_PAIR_BYTES } from '../../../src/backend/wasm/codegen/double-layout.ts';
import { MaddField } from '../../../src/backend/wasm/codegen/madd-field.ts';
import { arrayKernel } from '../../../src/backend/wasm/codegen/pair-kernel.ts';
import { ScalarField } from '../../../src/backend/wasm/codegen/scalar-field.ts';
import { inversionKernel } from '../../../src/backend/wasm/kernels/inversion.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { viewOf, writeInt } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { allowRelaxedSimd } from '../../../src/node/relaxed-simd.ts';
import { randomSource } from './random.ts';

const BITS = 51;
const COUNT = 5;
const RADIX = 1n << BigInt(BITS);
const STORED = 1.05;
/** Most, in magnitude, that a limb can be in memory. */
const MOST = 2 ** (BITS - 1) + 4;

type Digits = readonly bigint[];

const relaxedSimd = await allowRelaxedSimd();

/** Kernels of one operation each, over arrays of elements given by their digits. */
class Madd {
  readonly F: PrimeField;
  readonly kernels: Record<string, (...args: number[]) => number>;
  readonly memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
  readonly f64 = new Float64Array(this.memory.buffer);

  constructor(F: PrimeField) {
    const m = new WasmModule();
    const field = describeField(F);
    const arithmetic = (f: Func) => new MaddField(field, f);
    const S = MADD_PAIR_BYTES;
    const N = new ScalarField(field);
    const at = (address: ReturnType<typeof i32>) => ({ address, bound: STORED });
    const small = (address: ReturnType<typeof i32>) => ({ address, bound: 0.1 });
    const to = (address: ReturnType<typeof i32>) => ({ address, bound: 2.5 });
    arrayKernel(m, arithmetic, 'mul', [S, S, S], (G, _, d, x, y) =>
      G.store(to(d), G.mul(at(x), G.load(at(y)))),
    );
    arrayKernel(m, arithmetic, 'sqr', [S, S], (G, _, d, x) => G.store(to(d), G.sqr(at(x))));
    // x z and y z at once, their difference
    arrayKernel(m, arithmetic, 'both', [S, S, S, S], (G, _, d, x, y, z) => {
      const c = G.load(at(z));
      const [a, b] = G.mulEach([
        [at(x), c],
        [at(y), c],
      ]);
      G.store(to(d), G.reduce(G.sub(a, b)));
    });
    // x^2 and y^2 at once, their sum
    arrayKernel(m, arithmetic, 'squares', [S, S, S], (G, _, d, x, y) => {
      const [a, b] = G.sqrEach([at(x), at(y)]);
      G.store(to(d), G.reduce(G.add(a, b)));
    });
    // x 4 (y reduced), which is carried; 3 x y, which is not: limbs as large as they may be, reduced (x - y) - z
    arrayKernel(m, arithmetic, 'fourfold', [S, S, S], (G, _, d, x, y) =>
      G.store(to(d), G.mul(at(x), G.double(G.double(G.reduce(G.load(at(y))))))),
    );
    arrayKernel(m, arithmetic, 'triple', [S, S, S], (G, _, d, x, y) =>
      G.store(to(d), G.mul(small(x), G.triple(G.load(small(y))))),
    );
    arrayKernel(m, arithmetic, 'difference', [S, S, S, S], (G, _, d, x, y, z) => {
      const [a, b, c] = [x, y, z].map((address) => G.load(at(address)));
      G.store({ address: d, bound: 0.501 }, G.reduce(G.sub(G.sub(a, b), c)));
    });
    // y's highest word decides: x or -x; by way of a table point
    arrayKernel(m, arithmetic, 'signed', [S, S, S], (G, f, d, x, y) => {
      const words = f.let(op('i32x4.shr_s', load('v128.load', y, 4), i32(31)));
      const a = G.reduce(G.negIf(G.mask(words, 0, 2), G.load(at(x))));
      const second = f.let(op('i32.add', d, i32(40)));
      G.scatter(d, second, 0, 0.501, a);
      G.store(to(d), G.gather(d, second, 0, 0.501));
    });
    arrayKernel(m, arithmetic, 'numbers', [S, S], (G, f, d, x) => {
      const [a, b] = G.toScalar(at(x)).map((e) => N.canonical(f, N.mul(f, e, N.constant(field.one))));
      G.fromScalar(to(d), a, b);
    });
    arrayKernel(m, arithmetic, 'words', [S, 64], (G, _, d, s) =>
      G.store(to(d), G.mul(at(d), G.fromWords(s, op('i32.add', s, i32(32))))),
    );
    inversionKernel(m, field, arithmetic, 'invert', S);
    const module = new WebAssembly.Module(m.toBytes({ shared: false, maximum: 256 }));
    this.F = F;
    this.kernels = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports as never;
  }

  write(address: number, elements: readonly Digits[]): void {
    elements.forEach((digits, i) =>
      digits.forEach((digit, l) => (this.f64[this.#place(address, i, l)] = Number(digit))),
    );
  }

  /** Values as they are, of either sign; checks the digits. */
  read(address: number, n: number): bigint[] {
    return Array.from({ length: n }, (_, i) => {
      let x = 0n;
      for (let l = COUNT - 1; l >= 0; l--) {
        const digit = this.f64[this.#place(address, i, l)];
        if (!Number.isInteger(digit) || Math.abs(digit) > (l < COUNT - 1 ? MOST : 2 ** BITS))
          throw new Error(`digit ${l} is ${digit}`);
        x = (x << BigInt(BITS)) + BigInt(digit);
      }
      return x;
    });
  }

  run(name: string, ...inputs: (readonly Digits[])[]): bigint[] {
    const n = inputs[0].length;
    const size = (n / 2) * MADD_PAIR_BYTES;
    inputs.forEach((xs, i) => this.write((i + 1) * size, xs));
    this.kernels[name](0, ...inputs.map((_, i) => (i + 1) * size), n / 2);
    return this.read(0, n);
  }

  #place(address: number, i: number, l: number): number {
    return (address + (i >> 1) * MADD_PAIR_BYTES) / 8 + 2 * l + (i & 1);
  }
}

/** Digits from -2^50 to 2^50 - 1, or one more; the highest takes the rest. */
function digitsOf(x: bigint, upwards = false): bigint[] {
  let rest = x;
  return Array.from({ length: COUNT }, (_, l) => {
    if (l === COUNT - 1) return rest;
    const digit = upwards ? -BigInt.asIntN(BITS, -rest) : BigInt.asIntN(BITS, rest);
    rest = (rest - digit) / RADIX;
    return digit;
  });
}

const valueOf = (digits: Digits) => digits.reduceRight((x, digit) => x * RADIX + digit, 0n);

describe.skipIf(!relaxedSimd).each(FIELDS.filter((F) => F.bits <= MADD_BITS))(
  'multiply-add in $name',
  (F) => {
    let madd: Madd;
    beforeAll(() => void (madd = new Madd(F)));
    const R = 1n << BigInt(BITS * COUNT);
    const rInv = F.inv(R % F.p);
    const random = randomSource(`madd ${F.name}`);
    const mulR = (a: bigint, b: bigint) => F.reduce(a * b * rInv);
    const canonical = (xs: readonly bigint[]) => xs.map((x) => F.reduce(x));

    // 0, +-1, +-p and their neighbours, limb boundaries; digits as large as they may be, halves that are rounded to even
    const most = BigInt(MOST);
    const full = [most, -most, most - 1n, RADIX / 2n, -RADIX / 2n, RADIX / 2n - 1n, 1n, 0n];
    const edges: Digits[] = [
      ...[0n, 1n, 2n, F.p - 2n, F.p - 1n, F.p, F.p >> 1n, R % F.p].flatMap((x) => [
        digitsOf(x),
        digitsOf(-x, true),
      ]),
      ...Array.from({ length: COUNT }, (_, l) => 1n << BigInt(BITS * l)).flatMap((x) => [
        digitsOf(x - 1n),
        digitsOf(-x, true),
      ]),
      ...full.flatMap((digit) => {
        const top = F.p >> BigInt(BITS * (COUNT - 1));
        return [top, -top, 0n].map((highest) => [digit, digit, digit, digit, highest]);
      }),
      [RADIX / 2n, 0n, 0n, 0n, 0n],
      [-RADIX / 2n, 0n, 0n, 0n, 0n],
    ];
    const some = (n: number): Digits[] =>
      Array.from({ length: n }, () => {
        const x = F.reduce(random.int(320));
        return digitsOf(random.below(2) === 1 ? x - F.p : x, random.below(2) === 1);
      });
    const check = (a: readonly Digits[], b: readonly Digits[], c: readonly Digits[]) => {
      const [x, y, z] = [a, b, c].map((xs) => xs.map(valueOf));
      const same = (name: string, got: readonly bigint[], want: (i: number) => bigint) => {
        canonical(got).forEach((value, i) => {
          if (value !== want(i)) expect.fail(`${random.seed}: ${name} of ${a[i]}; ${b[i]}; ${c[i]}`);
        });
      };
      const products = madd.run('mul', a, b);
      same('mul', products, (i) => mulR(x[i], y[i]));
      // the bound that the generator counts on
      products.forEach((value, i) => {
        const most = (x[i] * y[i] < 0n ? -x[i] * y[i] : x[i] * y[i]) / R + F.p / 2n + (F.p >> 30n);
        if (value > most || -value > most) expect.fail(`${random.seed}: ${value} is beyond ${most}`);
      });
      same('sqr', madd.run('sqr', a), (i) => mulR(x[i], x[i]));
      same('both', madd.run('both', a, b, c), (i) => F.reduce(mulR(x[i], z[i]) - mulR(y[i], z[i])));
      same('squares', madd.run('squares', a, b), (i) => F.reduce(mulR(x[i], x[i]) + mulR(y[i], y[i])));
      same('fourfold', madd.run('fourfold', a, b), (i) => mulR(x[i], 4n * y[i]));
      const [u, v] = [a, b].map((xs) => xs.map((digits) => digits.with(COUNT - 1, 0n)));
      same('triple', madd.run('triple', u, v), (i) => mulR(valueOf(u[i]), 3n * valueOf(v[i])));
      const differences = madd.run('difference', a, b, c);
      same('difference', differences, (i) => F.reduce(x[i] - y[i] - z[i]));
      expect(differences.every((value) => 2n * value <= F.p + (F.p >> 20n))).toBe(true);
    };

    it('agrees with BigInt on all pairs of edge cases', () => {
      const a = edges.flatMap((x) => edges.map(() => x));
      const b = edges.flatMap(() => edges);
      const even = a.length - (a.length % 2);
      check(a.slice(0, even), b.slice(0, even), b.slice(0, even).toReversed());
    });

    it('agrees with BigInt on 100,000 random operands for each operation', () => {
      for (let round = 0; round < 25; round++) check(some(4000), some(4000), some(4000));
    });

    it('negates, and keeps elements through table points, numbers and words', () => {
      const a = [...edges.slice(0, edges.length & ~1), ...some(2000)];
      const signs = some(a.length).map((digits) => (random.below(2) ? digits : digits.map((d) => -d - 1n)));
      const negative = (i: number) => Object.is(Math.sign(Number(signs[i][0])), -1);
      expect(canonical(madd.run('signed', a, signs))).toEqual(
        a.map((x, i) => F.reduce(negative(i) ? -valueOf(x) : valueOf(x))),
      );
      const numbers = madd.run('numbers', a);
      expect(numbers).toEqual(a.map((x) => F.reduce(valueOf(x))));

      const view = viewOf(new Uint8Array(madd.memory.buffer));
      const words = [0n, 1n, F.p - 1n, 2n ** 256n - 1n, ...Array.from({ length: 96 }, () => random.int(256))];
      words.forEach((x, i) => writeInt(view, (1 << 20) + 32 * i, 32, x));
      madd.write(
        0,
        words.map(() => digitsOf(R % F.p)),
      );
      madd.kernels.words(0, 1 << 20, words.length / 2);
      expect(canonical(madd.read(0, words.length))).toEqual(canonical(words));
    });

    it('inverts batches of any length, and says when an element is zero', () => {
      for (const n of [1, 2, 3, 4, 5, 7, 8, 31, 64, 237]) {
        const a = some(2 * n).map((x) => (valueOf(x) % F.p === 0n ? digitsOf(1n) : x));
        const t = n * MADD_PAIR_BYTES;
        madd.write(0, a);
        expect(madd.kernels.invert(0, t, n)).toBe(0);
        madd.read(0, 2 * n).forEach((x, i) => expect(mulR(x, valueOf(a[i]))).toBe(R % F.p));
        for (const zero of [0n, F.p]) {
          for (const at of new Set([0, 1, n, 2 * n - 1])) {
            madd.write(0, a.with(at, digitsOf(zero)));
            expect(madd.kernels.invert(0, t, n)).toBe(1);
          }
        }
      }
    });

    it('refuses to generate code whose bounds do not hold', () => {
      const generate = (bound: number, terms: number, result: number) => () =>
        new WasmModule().func(undefined, [], [], (f) => {
          const G = new MaddField(describeField(F), f);
          const x = { address: i32(0), bound };
          let y = G.load(x);
          for (let i = 1; i < terms; i++) y = G.add(y, G.load(x));
          G.store({ ...x, bound: result }, G.mul(x, y));
        });
      expect(generate(1.4, 1, 1.5)).not.toThrow();
      expect(generate(1.4, 1, 1.2)).toThrow(/bounds/);
      expect(generate(1, 6, 4)).toThrow(/bounds/);
      expect(generate(4, 1, 9)).toThrow(/bounds/);
    });
  },
);

describe('multiply-add', () => {
  it('is not for wider moduli', () => {
    const wide = FIELDS.find((F) => F.bits > MADD_BITS)!;
    const make = (f: Func) => void new MaddField(describeField(wide), f);
    expect(() => new WasmModule().func(undefined, [], [], make)).toThrow(/256 bits/);
  });
});
