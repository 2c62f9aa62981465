import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { secp256k1_hasher } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { WasmModule } from '../../../src/backend/wasm/codegen/assembler.ts';
import {
  describeField,
  fromLimbs,
  LIMB_BITS,
  LIMBS,
} from '../../../src/backend/wasm/codegen/field-description.ts';
import { PAIR_BYTES } from '../../../src/backend/wasm/codegen/pair-field.ts';
import { generatorKernels, generatorModule } from '../../../src/backend/wasm/generator-module.ts';
import { GeneratorMaker, generatorsTask } from '../../../src/backend/wasm/generators.ts';
import { Host } from '../../../src/backend/wasm/host.ts';
import { MAX_PAGES } from '../../../src/backend/wasm/memory.ts';
import { EXPAND_WORK_BYTES, expandKernels, expandTable } from '../../../src/backend/wasm/kernels/sha256.ts';
import { mapConstants, PAIRED_BYTES, pairLayout } from '../../../src/backend/wasm/map-constants.ts';
import { POINT_BYTES, type AffinePoint, type Curve } from '../../../src/curve/curve.ts';
import { CURVES, secp256k1 } from '../../../src/curve/curves.ts';
import { generatorSeeds, SEED_BYTES } from '../../../src/curve/generator-seeds.ts';
import { generatorsFromSeeds } from '../../../src/curve/generators.ts';
import { mapToCurve } from '../../../src/curve/hash-to-curve.ts';
import { readInt, viewOf } from '../../../src/field/field.ts';
import { GENERATOR_VECTORS } from '../../curve/generators.vectors.ts';
import { codeOf } from '../../support/error.ts';
import { randomSource } from './random.ts';

const PAGES = 400;
const SCRATCH = { address: 1 << 16, bytes: 16 << 20 };
const SEEDS = SCRATCH.address + SCRATCH.bytes + 4;
const OUT = SEEDS + (1 << 20);

function hostOf(curve: Curve, scratchBytes: number = SCRATCH.bytes): Host {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: MAX_PAGES });
  new Uint8Array(memory.buffer).fill(0xa5); // nothing may count on zeros
  const host = new Host(memory, () => ({ ...SCRATCH, bytes: scratchBytes }));
  const module = generatorModule(curve.base, { shared: false });
  host.add(generatorKernels(curve.base.name), new WebAssembly.Module(module));
  return host;
}

/** The map by BigInt arithmetic or, for secp256k1, by noble. */
function mapped(curve: Curve, us: readonly bigint[]): AffinePoint[] {
  if (curve !== secp256k1) return mapToCurve(curve, us);
  const map = secp256k1_hasher.mapToCurve as unknown as (u: bigint) => { toAffine(): AffinePoint };
  return us.map((u) => ({ x: map(u).toAffine().x, y: map(u).toAffine().y, infinity: false }));
}

describe.each(CURVES.map((curve) => ({ curve, name: curve.name })))(
  'bulk generators of $name',
  ({ curve, name }) => {
    const F = curve.base;
    const host = hostOf(curve);
    const { seed, int } = randomSource(`generators ${name}`);
    const generators = (seeds: Uint8Array | number, count: number): Uint8Array => {
      host.u8.fill(0x5a, OUT, OUT + (count + 1) * POINT_BYTES);
      generatorsTask(host, { curve: name, seeds, count, out: OUT });
      const end = OUT + count * POINT_BYTES;
      expect(host.u8.slice(end, end + POINT_BYTES).every((byte) => byte === 0x5a)).toBe(true);
      return host.u8.slice(OUT, end);
    };
    /** The sums of the points that us[0][i] and us[1][i] map to, by the maker, and whether it was done in bulk. */
    const sums = (us: readonly [readonly bigint[], readonly bigint[]]): [string[], boolean] => {
      const n = us[0].length;
      const maker = new GeneratorMaker(host, curve, n);
      maker.setElements(us.flat());
      const bulk = maker.map(OUT, n);
      return [
        Array.from({ length: n }, (_, i) =>
          bytesToHex(host.u8.slice(OUT + i * POINT_BYTES, OUT + (i + 1) * POINT_BYTES)),
        ),
        bulk,
      ];
    };
    const expected = (us: readonly [readonly bigint[], readonly bigint[]]): string[] => {
      const [first, second] = us.map((list) => mapped(curve, list));
      return first.map((P, i) => bytesToHex(curve.toXY(curve.add(P, second[i]))));
    };
    /** The elements where a denominator is zero. */
    const exceptional = (): bigint[] => {
      const { map } = mapConstants(curve);
      // Z u^2 = -1, or c1 u^2 = +-1: not all of them have solutions
      const squares = map.kind === 'sswu' ? [F.neg(F.inv(map.Z))] : [F.inv(map.c1), F.neg(F.inv(map.c1))];
      const roots = squares.map((square) => F.sqrt(square)).filter((u) => u !== undefined);
      return [...(map.kind === 'sswu' ? [0n] : []), ...roots.flatMap((u) => [u, F.neg(u)])];
    };

    it('are those that the reference makes, for random seeds', () => {
      const n = 301; // more than a batch, and no multiple of four
      const seeds = Uint8Array.from({ length: n * SEED_BYTES }, () => Number(int(8)));
      const known = generatorsFromSeeds(curve, seeds);
      expect(bytesToHex(generators(seeds, n)), seed).toBe(bytesToHex(known));
      host.u8.set(seeds, SEEDS);
      expect(bytesToHex(generators(SEEDS, n)), seed).toBe(bytesToHex(known));
      for (const count of [0, 1, 2, 3, 4, 5, 7, 257]) {
        const some = generators(seeds.subarray(0, count * SEED_BYTES), count);
        expect(bytesToHex(some), `${count}, ${seed}`).toBe(
          bytesToHex(known.subarray(0, count * POINT_BYTES)),
        );
      }
    });

    it.each(Object.entries(GENERATOR_VECTORS[name]))('are the known ones of the label %s', (label, known) => {
      const raw = generators(generatorSeeds(utf8ToBytes(label), known.length), known.length);
      const points = known.map((_, i) => raw.slice(i * POINT_BYTES, (i + 1) * POINT_BYTES));
      expect(points.map((point) => bytesToHex(curve.encode(curve.fromXY(point))))).toEqual(known);
    });

    it('come from field elements at the edges too', () => {
      const edges = [0n, 1n, 2n, F.p - 1n, F.p - 2n, describeField(F).R % F.p];
      for (let bit = LIMB_BITS; bit < F.bits; bit += LIMB_BITS) {
        edges.push((1n << BigInt(bit)) - 1n, 1n << BigInt(bit), (1n << BigInt(bit)) + 1n);
      }
      const apart = exceptional();
      const us: [bigint[], bigint[]] = [[], []];
      for (const [i, u] of edges.entries()) {
        for (const v of edges.slice(i + 1)) {
          // u and -u may map to a point and its negative
          if (F.add(u, v) === 0n || apart.includes(u) || apart.includes(v)) continue;
          us[i % 2].push(u);
          us[1 - (i % 2)].push(v);
        }
      }
      const all: [bigint[], bigint[]] = [us[0].slice(0, 200), us[1].slice(0, 200)];
      expect(sums(all)).toEqual([expected(all), true]);
    });

    it('come from field elements at which a denominator is zero', () => {
      const us = exceptional();
      expect(us.length).toBeGreaterThan(0);
      for (const u of us) {
        for (const some of [
          [
            [u, 5n, 6n],
            [7n, 8n, 9n],
          ],
          [
            [5n, 6n],
            [7n, u],
          ],
        ] as [bigint[], bigint[]][]) {
          expect(sums(some)).toEqual([expected(some), false]);
        }
      }
    });

    it('come from field elements that map to the same point, and not from opposite ones', async () => {
      // -u maps to the negative of what u maps to, unless both of the first two candidates are on the curve
      let u = int(250);
      for (let P = mapped(curve, [u, F.neg(u)]); P[0].x !== P[1].x; P = mapped(curve, [u, F.neg(u)]))
        u = int(250);
      const same: [bigint[], bigint[]] = [
        [3n, u, 4n],
        [5n, u, 6n],
      ];
      expect(sums(same), seed).toEqual([expected(same), false]);
      expect(await codeOf(() => sums([[u], [F.neg(u)]]))).toBe('InvalidArgument');
    });

    it('take steps on single elements whatever representative they have', () => {
      const kernels = host.kernels(generatorKernels(F.name));
      const { R } = describeField(F);
      const standard = [0n, 1n, 2n, F.p - 1n, ...Array.from({ length: 60 }, () => F.reduce(int(300)))];
      const write = (at: number, xs: readonly bigint[], above: boolean) => {
        const shifted = xs.map((x) => F.reduce(x * R) + (above ? F.p : 0n));
        for (const [i, x] of shifted.entries()) {
          for (let l = 0; l < LIMBS; l++) {
            const limb = (x >> BigInt(LIMB_BITS * l)) & ((1n << BigInt(LIMB_BITS)) - 1n);
            host.u32[(at + (i >> 1) * PAIR_BYTES + 8 * l + 4 * (i & 1)) / 4] = Number(limb);
          }
        }
      };
      const read = (at: number, i: number): bigint =>
        fromLimbs(
          Array.from({ length: LIMBS }, (_, l) =>
            BigInt(host.u32[(at + (i >> 1) * PAIR_BYTES + 8 * l + 4 * (i & 1)) / 4]),
          ),
        );
      const [X, U] = [SCRATCH.address, SCRATCH.address + standard.length * PAIRED_BYTES];
      const n = standard.length;
      const us = standard.toReversed();
      for (const [high, highU] of [
        [false, false],
        [true, true],
        [true, false],
      ]) {
        write(X, standard, high);
        kernels.writeElements(X, n - 1, OUT, 40);
        const words = Array.from({ length: n - 1 }, (_, i) => readInt(viewOf(host.u8), OUT + 40 * i, 32));
        expect(words, seed).toEqual(standard.slice(0, -1));
        // y = 0, which the kernel need not take, stays what it is modulo p
        write(U, us, highU);
        kernels.matchSigns(X, U, n / 2);
        for (let i = 1; i < n; i++) {
          const x = read(X, i);
          expect(x).toBeLessThan(2n * F.p);
          const odd = ((standard[i] ^ us[i]) & 1n) === 1n;
          expect(x % F.p, seed).toBe(F.reduce((odd ? F.neg(standard[i]) : standard[i]) * R));
        }
      }
      // the logarithms of all powers, in both representations
      const { roots } = mapConstants(curve);
      const size = 1 << roots.width;
      const inverses = pairLayoutToIntegers(roots.inverses, roots.windows - 1, size);
      for (const high of [false, true]) {
        write(
          X,
          inverses.map((x) => F.mul(x, F.inv(R % F.p))),
          high,
        );
        const table = SCRATCH.address + (1 << 20);
        host.u8.set(roots.logarithms, table);
        kernels.logarithms(X, size / 2, table, OUT);
        const digits = [...host.u32.subarray(OUT / 4, OUT / 4 + size)];
        expect(digits).toEqual(Array.from({ length: size }, (_, j) => (size - j) % size));
      }
    });

    it('refuse too little scratch memory', async () => {
      const small = hostOf(curve, 1 << 18);
      expect(
        await codeOf(() => generatorsTask(small, { curve: name, seeds: SEEDS, count: 256, out: OUT })),
      ).toBe('OutOfMemory');
    });
  },
);

/** Table k of `size` elements, as it stands: in Montgomery form. */
function pairLayoutToIntegers(bytes: Uint8Array, k: number, size: number): bigint[] {
  const words = new Uint32Array(bytes.slice().buffer).subarray(k * size * LIMBS);
  return Array.from({ length: size }, (_, i) =>
    fromLimbs(Array.from({ length: LIMBS }, (_, l) => BigInt(words[(i >> 1) * 2 * LIMBS + 2 * l + (i & 1)]))),
  );
}

describe('expandMessages', () => {
  const m = new WasmModule();
  expandKernels(m);
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(m.toBytes({ shared: false, maximum: 2 })),
    { env: { memory } },
  );
  const expandMessages = exports.expandMessages as (...args: number[]) => void;
  const u8 = new Uint8Array(memory.buffer);
  const u32 = new Uint32Array(memory.buffer);

  it.each([22, 23, 43, 53, 54, 55, 82, 83])('is expand_message_xmd, for a tag of %i bytes', (length) => {
    const { seed, int } = randomSource(`expandMessages ${length}`);
    const bytes = (n: number) => Uint8Array.from({ length: n }, () => Number(int(8)));
    const domain = bytes(length);
    const n = 12;
    const messages = bytes(n * 32);
    const [table, work, from, high, low] = [0, 4096, 8192, 16384, 32768];
    const second = n * PAIRED_BYTES;
    expect(work + EXPAND_WORK_BYTES).toBeLessThanOrEqual(from);
    u8.fill(0xff);
    u8.set(messages, from);
    u32.set(expandTable(domain), table / 4);
    expandMessages(from, n / 4, table, work, high, low, second);
    const integer = (at: number, i: number) =>
      fromLimbs(
        Array.from({ length: LIMBS }, (_, l) =>
          BigInt(u32[(at + (i >> 1) * PAIR_BYTES + 8 * l + 4 * (i & 1)) / 4]),
        ),
      );
    for (let i = 0; i < n; i++) {
      const known = bytesToHex(expand_message_xmd(messages.slice(32 * i, 32 * i + 32), domain, 96, sha256));
      const both = [0, second].map((half) => (integer(high + half, i) << 192n) + integer(low + half, i));
      expect(both.map((x) => x.toString(16).padStart(96, '0')).join(''), seed).toBe(known);
    }
  });

  it('refuses tags with which a hash would take another number of blocks', async () => {
    for (const length of [0, 21, 84]) {
      expect(await codeOf(() => expandTable(new Uint8Array(length)))).toBe('InvalidArgument');
    }
  });
});

it('pairLayout puts limbs of two elements side by side', () => {
  const F = CURVES[0].base;
  const { R } = describeField(F);
  const bytes = pairLayout(F, [1n, 2n, 3n, F.p - 1n]);
  const xs = pairLayoutToIntegers(bytes, 0, 4);
  expect(xs).toEqual([1n, 2n, 3n, F.p - 1n].map((x) => F.reduce(x * R)));
});
