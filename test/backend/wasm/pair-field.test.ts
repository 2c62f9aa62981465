import { describe, expect, it } from 'vitest';
import {
  describeField,
  LIMB_BITS,
  LIMBS,
  toLimbs,
} from '../../../src/backend/wasm/codegen/field-description.ts';
import { i32, op, WasmModule } from '../../../src/backend/wasm/codegen/assembler.ts';
import { Lanes } from '../../../src/backend/wasm/codegen/lanes.ts';
import { ARRAY_BOUND, LOOSE_LIMB } from '../../../src/backend/wasm/codegen/pair-bounds.ts';
import { PAIR_BYTES } from '../../../src/backend/wasm/codegen/pair-field.ts';
import { loopKernel, pairFunction } from '../../../src/backend/wasm/codegen/pair-kernel.ts';
import { pairKernels } from '../../../src/backend/wasm/kernels/pairs.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { readInt, viewOf, writeInt } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { randomSource } from './random.ts';

type Kernel = (...args: number[]) => number;

/** The pair kernels of a field, with arrays of BigInts instead of addresses. */
class Pairs {
  readonly F: PrimeField;
  readonly kernels: Record<string, Kernel>;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;

  constructor(F: PrimeField, simd: boolean) {
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
    const m = new WasmModule(simd ? undefined : Lanes);
    const field = describeField(F);
    pairKernels(m, field);
    loopKernel(m, field, 'lazy', [PAIR_BYTES, PAIR_BYTES, PAIR_BYTES, PAIR_BYTES], (F, _, d, x, y, z) => {
      // (x - y - z) reduced, then x (x - y) + 2 z without any reduction of the factor
      const [a, b, c] = [x, y, z].map((address) => F.load({ address, bound: 1.25 }));
      F.store({ address: d, bound: 1.01 }, F.reduce(F.sub(F.sub(a, b), c)));
      const product = F.mul({ address: x, bound: 1.25 }, F.sub(F.load({ address: d, bound: 1.01 }), b));
      F.store({ address: d, bound: 1.01 }, F.reduce(F.add(product, F.double(c))));
    });
    loopKernel(m, field, 'signs', [PAIR_BYTES, PAIR_BYTES], (F, _, d, x) => {
      const a = F.load({ address: x, bound: 2 });
      const mask = F.isZero(F.canonical(F.mul({ address: x, bound: 2 }, F.constant(1n))));
      F.store(
        { address: d, bound: 2 },
        F.reduce(F.select(mask, F.constant(5n), F.negIf(op('v128.not', mask), a))),
      );
    });
    const module = new WebAssembly.Module(m.toBytes({ shared: false, maximum: 256 }));
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    this.F = F;
    this.kernels = instance.exports as Record<string, Kernel>;
    this.u32 = new Uint32Array(memory.buffer);
    this.u8 = new Uint8Array(memory.buffer);
  }

  /** Writes values (and not only canonical ones) as they are. */
  write(at: number, xs: readonly bigint[]): void {
    xs.forEach((x, i) => this.writeLimbs(at, i, toLimbs(x)));
  }

  writeLimbs(at: number, i: number, limbs: readonly bigint[]): void {
    limbs.forEach((limb, l) => (this.u32[(at + (i >> 1) * PAIR_BYTES) / 4 + 2 * l + (i & 1)] = Number(limb)));
  }

  /** Values as they are; checks the limbs' bound. */
  read(at: number, n: number): bigint[] {
    return Array.from({ length: n }, (_, i) => {
      let x = 0n;
      for (let l = LIMBS - 1; l >= 0; l--) {
        const limb = this.u32[(at + (i >> 1) * PAIR_BYTES) / 4 + 2 * l + (i & 1)];
        if (limb > LOOSE_LIMB) throw new Error(`limb ${l} is ${limb}`);
        x = (x << BigInt(LIMB_BITS)) + BigInt(limb);
      }
      if (2n * x >= this.F.p * BigInt(2 * ARRAY_BOUND)) throw new Error(`value is ${x}`);
      return x;
    });
  }

  /** Runs a kernel over arrays of any integers below the bound; results modulo p. */
  run(name: string, ...inputs: (readonly bigint[])[]): bigint[] {
    const n = inputs[0].length;
    const size = Math.ceil(n / 2) * PAIR_BYTES;
    inputs.forEach((xs, i) => this.write((i + 1) * size, xs));
    const scratch = (inputs.length + 1) * size + ((-(inputs.length + 1) * size) & 15);
    const pow = name === 'cube' || name === 'root' || name === 'pairInvert';
    const addresses = [0, ...inputs.map((_, i) => (i + 1) * size), ...(pow ? [scratch] : [])];
    this.kernels[name](...addresses, Math.ceil(n / 2));
    return this.read(0, n).map((x) => x % this.F.p);
  }
}

/** 0, 1, 2, p - 1, p - 2, neighbours of limb boundaries, R mod p, and what looks special in p itself. */
function edges(F: PrimeField): bigint[] {
  const { R } = describeField(F);
  const powers = Array.from({ length: LIMBS }, (_, l) => 1n << BigInt(LIMB_BITS * (l + 1)));
  const near = powers.flatMap((x) => [x - 1n, x, x + 1n]);
  return [0n, 1n, 2n, F.p - 1n, F.p - 2n, F.p >> 1n, R % F.p, (R * R) % F.p, ...near].map((x) => F.reduce(x));
}

/** Each field, and again without SIMD, where the same code computes lane by lane: a tenth of the random operands there. */
const CASES = FIELDS.flatMap((F) => [
  { name: F.name, F, simd: true, rounds: 26 },
  { name: `${F.name} without SIMD`, F, simd: false, rounds: 3 },
]);

describe.each(CASES)('pair arithmetic of $name', ({ F, simd, rounds }) => {
  const pairs = new Pairs(F, simd);
  const { R } = describeField(F);
  const rInv = F.inv(R % F.p);
  const random = randomSource(`pairs ${F.name}`);
  const element = () => F.reduce(random.int(320));
  const E = edges(F);
  const xs = E.flatMap((a) => E.map(() => a));
  const ys = E.flatMap(() => E);
  const mulR = (a: bigint, b: bigint) => (((a * b) % F.p) * rInv) % F.p;

  it('agrees with BigInt on all pairs of edge cases, representatives up to the bound included', () => {
    for (const [i, j] of [
      [0n, 0n],
      [1n, 0n],
      [0n, 2n],
      [2n, 2n],
    ] as const) {
      const a = xs.map((x) => x + i * F.p);
      const b = ys.map((y) => y + j * F.p);
      expect(pairs.run('pairMul', a, b)).toEqual(a.map((x, k) => mulR(x, b[k])));
      expect(pairs.run('pairSqr', a)).toEqual(a.map((x) => mulR(x, x)));
      expect(pairs.run('pairAdd', a, b)).toEqual(a.map((x, k) => F.reduce(x + b[k])));
      expect(pairs.run('pairSub', a, b)).toEqual(a.map((x, k) => F.reduce(x - b[k])));
      expect(pairs.run('pairNeg', a)).toEqual(a.map((x) => F.reduce(-x)));
    }
  });

  it(`agrees with BigInt on ${4000 * rounds} random operands for each operation`, () => {
    for (let round = 0; round < rounds; round++) {
      const [a, b] = [0, 1].map(() => Array.from({ length: 4000 }, element));
      const product = pairs.run('pairMul', a, b);
      const square = pairs.run('pairSqr', a);
      const sum = pairs.run('pairAdd', a, b);
      const difference = pairs.run('pairSub', a, b);
      for (let k = 0; k < a.length; k++) {
        if (
          product[k] !== mulR(a[k], b[k]) ||
          square[k] !== mulR(a[k], a[k]) ||
          sum[k] !== F.add(a[k], b[k]) ||
          difference[k] !== F.sub(a[k], b[k])
        ) {
          expect.fail(`${random.seed}: a = ${a[k]}, b = ${b[k]}`);
        }
      }
    }
  });

  it('takes limbs as large as they may be', () => {
    // values that no canonical limbs have: every lower limb at its greatest, the highest as large as the bound allows
    const high = Number(((F.p * BigInt(2 * ARRAY_BOUND)) >> 233n) - 2n);
    const limbs = [...Array.from({ length: LIMBS - 1 }, () => BigInt(LOOSE_LIMB)), BigInt(high)];
    const value = limbs.reduceRight((x, limb) => (x << BigInt(LIMB_BITS)) + limb, 0n);
    for (const at of [5760, 11520]) for (const i of [0, 1]) pairs.writeLimbs(at, i, limbs);
    pairs.kernels.pairMul(0, 5760, 11520, 1);
    expect(pairs.read(0, 2).map((x) => x % F.p)).toEqual([mulR(value, value), mulR(value, value)]);
    pairs.kernels.pairSqr(0, 5760, 1);
    expect(pairs.read(0, 2).map((x) => x % F.p)).toEqual([mulR(value, value), mulR(value, value)]);
    for (const [name, want] of [
      ['pairAdd', F.reduce(2n * value)],
      ['pairSub', 0n],
    ] as const) {
      pairs.kernels[name](0, 5760, 11520, 1);
      expect(pairs.read(0, 2).map((x) => x % F.p)).toEqual([want, want]);
    }
    pairs.kernels.pairNeg(0, 5760, 1);
    expect(pairs.read(0, 2).map((x) => x % F.p)).toEqual([F.reduce(-value), F.reduce(-value)]);
  });

  it('keeps lazy sums, differences and triples exact', () => {
    const expected = (x: bigint, y: bigint, z: bigint) =>
      F.reduce(mulR(x, F.reduce(x - 2n * y - z)) + 2n * z);
    for (const z of [0n, 1n, F.p - 1n, (F.p * 5n) / 4n - 1n]) {
      const got = pairs.run(
        'lazy',
        xs,
        ys,
        xs.map(() => z),
      );
      expect(got).toEqual(xs.map((x, i) => expected(x, ys[i], z)));
    }
    const [a, b, c] = [0, 1, 2].map(() => Array.from({ length: 5000 }, element));
    expect(pairs.run('lazy', a, b, c)).toEqual(a.map((x, i) => expected(x, b[i], c[i])));
  });

  it('tells zero from everything else, whatever represents it', () => {
    const a = [...E, ...E.map((x) => x + F.p), 0n, F.p];
    expect(pairs.run('signs', a)).toEqual(a.map((x) => (x % F.p === 0n ? 5n : F.reduce(-x))));
  });

  it('inverts batches of any length, and says when an element is zero', () => {
    for (const n of [1, 2, 3, 4, 5, 7, 8, 31, 64, 237]) {
      const a = Array.from({ length: 2 * n }, () => F.add(element(), 0n) || 1n);
      const t = n * PAIR_BYTES + ((-n * PAIR_BYTES) & 15);
      pairs.write(0, a);
      expect(pairs.kernels.pairInvertBatch(0, t, n)).toBe(0);
      const inverses = pairs.read(0, 2 * n);
      const one = R % F.p;
      expect(inverses.map((x, i) => mulR(x, a[i]))).toEqual(a.map(() => one));
      for (const zero of [0n, F.p]) {
        for (const at of new Set([0, 1, n, 2 * n - 1])) {
          pairs.write(0, a.with(at, zero));
          expect(pairs.kernels.pairInvertBatch(0, t, n)).toBe(1);
        }
      }
    }
  });

  it('converts from words and back', () => {
    const a = [
      ...E,
      ...E.slice(0, E.length % 2),
      ...Array.from({ length: 200 }, element),
      2n ** 256n - 1n,
      2n ** 255n,
    ];
    const view = viewOf(pairs.u8);
    const [words, back] = [1 << 20, 2 << 20];
    a.forEach((x, i) => writeInt(view, words + 32 * i, 32, x));
    pairs.kernels.pairFromWords(0, words, a.length / 2);
    expect(pairs.read(0, a.length).map((x) => x % F.p)).toEqual(a.map((x) => (x * R) % F.p));
    pairs.kernels.pairToWords(back, 0, a.length / 2);
    expect(a.map((_, i) => readInt(view, back + 32 * i, 32))).toEqual(a.map((x) => x % F.p));
  });

  it('refuses to generate code whose bounds do not hold', () => {
    const generate = (bound: number, factor: number) => () =>
      pairFunction(new WasmModule(), describeField(F), undefined, [], [], (G) => {
        const x = { address: i32(0), bound };
        let y = G.load(x);
        for (let i = 1; i < factor; i++) y = G.add(y, G.load(x));
        G.mul(x, y);
      });
    expect(generate(1, 6)).not.toThrow();
    expect(generate(1, 7)).toThrow(/bounds/);
    expect(generate(Number(R / F.p), 6)).toThrow(/bounds/);
  });
});
