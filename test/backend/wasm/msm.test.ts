import { beforeAll, describe, expect, it } from 'vitest';
import { MADD_BITS } from '../../../src/backend/wasm/codegen/double-layout.ts';
import { chooseGeometry, digitBias, tableBytes, windowsFor } from '../../../src/backend/wasm/geometry.ts';
import { TABLE_POINT_BYTES } from '../../../src/backend/wasm/kernels/points.ts';
import { combine, msmChunk, type Table } from '../../../src/backend/wasm/msm.ts';
import { type AffinePoint, type Curve, IDENTITY } from '../../../src/curve/curve.ts';
import { bn256, CURVES, pallas } from '../../../src/curve/curves.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import { allowRelaxedSimd } from '../../../src/node/relaxed-simd.ts';
import { MsmBench } from './msm-tools.ts';
import { randomSource } from './random.ts';

/** Points k G with known k, so that a sum of multiples needs one multiplication: bases[i] = logs[i] G. */
interface Known {
  readonly logs: readonly bigint[];
  readonly points: readonly AffinePoint[];
}

const BASES = 1026;

function known(curve: Curve, n: number): Known {
  const r = curve.scalar.p;
  // k, k^3, k^9, ...: no small relations; each power takes one multiplication of the generator
  const logs: bigint[] = [];
  for (let k = 0x1234567890abcdefn; logs.length < n; k = (k * k * k + 1n) % r) logs.push(k);
  return { logs, points: logs.map((k) => curve.mul(k, curve.generator)) };
}

function sumOf(
  curve: Curve,
  logs: readonly bigint[],
  scalars: readonly bigint[],
  blind: bigint,
): AffinePoint {
  const sum = scalars.reduce((s, x, i) => s + x * logs[i + 1], blind * logs[0]);
  return curve.mul(sum % curve.scalar.p, curve.generator);
}

type Pattern = (r: bigint, random: () => bigint, i: number) => bigint;

const PATTERNS = {
  zeros: () => 0n,
  ones: () => 1n,
  'minus ones': (r: bigint) => r - 1n,
  'equal values': (r: bigint) => r / 3n,
  bits: (_: bigint, random: () => bigint) => random() & 1n,
  small: (_: bigint, random: () => bigint) => random() & 0xffffn,
  '64 bits': (_: bigint, random: () => bigint) => BigInt.asUintN(64, random()),
  'powers of two': (r: bigint, _: unknown, i: number) => (1n << BigInt(i % 256)) % r,
  'below powers of two': (r: bigint, _: unknown, i: number) => ((1n << BigInt(i % 256)) + r - 1n) % r,
  'negative small': (r: bigint, random: () => bigint) => (r - (random() & 0xfffn)) % r,
  sparse: (r: bigint, random: () => bigint, i: number) => (i % 37 === 5 ? random() % r : 0n),
  random: (r: bigint, random: () => bigint) => random() % r,
} as const satisfies Record<string, Pattern>;

const SIZES = [0, 1, 2, 3, 15, 31, 32, 33];

const relaxedSimd = await allowRelaxedSimd();

/** Every curve; with multiply-add, those that have it; and one without SIMD. */
const CASES = [
  ...CURVES.map((curve) => ({ name: curve.name, curve, form: 'integers' as const })),
  ...CURVES.filter(({ base }) => relaxedSimd && base.bits <= MADD_BITS).map((curve) => {
    return { name: `${curve.name} with multiply-add`, curve, form: 'doubles' as const };
  }),
  { name: 'bn256 without SIMD', curve: bn256, form: 'lanes' as const },
];

describe.each(CASES)('MSM over $name', ({ curve, form }) => {
  const bench = new MsmBench(curve, { form });
  const r = curve.scalar.p;
  const source = randomSource(`msm ${curve.name}`);
  const random = () => source.int(320);
  const shapes = [
    { c: 4, stride: 1 },
    { c: 7, stride: 3 },
    { c: 6, stride: windowsFor(curve.scalar, 6) },
  ].map(({ c, stride }) => ({ c, stride, windows: windowsFor(curve.scalar, c) }));
  let bases: Known;
  let tables: Table[];
  beforeAll(() => {
    bases = known(curve, 40);
    tables = shapes.map((geometry) => bench.table(bases.points, geometry));
  });

  it.each(Object.entries(PATTERNS))('agrees with BigInt for %s, all sizes and shapes', (_, pattern) => {
    for (const n of SIZES) {
      const scalars = Array.from({ length: n }, (_, i) => pattern(r, random, i));
      const blind = n % 3 === 0 ? 0n : random() % r;
      const want = sumOf(curve, bases.logs, scalars, blind);
      tables.forEach((table, i) => {
        const cuts = i === 1 ? [n >> 1] : [];
        // the smallest batches and segments: every boundary is crossed
        const options = [{}, { batch: 2, segment: 3 }, { batch: 6, segment: 17 }][(i + n) % 3];
        // tables with several sets of buckets: all in one part, or in several
        const setCuts = [[], [1], [1, table.stride >> 1]][Math.min(i, n % 3)];
        const got = bench.msm(table, scalars, blind, cuts, { ...options, setCuts });
        expect(got, `${source.seed}, n = ${n}, table ${i}`).toEqual(want);
      });
    }
  });

  it('survives points that meet themselves, their negatives, and cancel', () => {
    const P = bases.points[1];
    const Q = bases.points[2];
    const minus = curve.neg(P);
    const cases: [readonly AffinePoint[], readonly bigint[]][] = [
      [
        [Q, P, P],
        [1n, 1n],
      ],
      [
        [Q, P, minus],
        [1n, 1n],
      ],
      [
        [Q, P, P],
        [1n, r - 1n],
      ],
      [
        [Q, P, P, Q, P, minus, minus, Q],
        [5n, 5n, 1n, 5n, 5n, 5n, 1n],
      ],
      [
        [Q, P, curve.double(P), curve.mul(3n, P)],
        [1n, 1n, 1n],
      ],
      [[Q, ...Array.from({ length: 33 }, () => P)], Array.from({ length: 33 }, () => r - 2n)],
      [[P, P], [0n]],
    ];
    for (const [points, scalars] of cases) {
      const want = (blind: bigint) =>
        scalars.reduce(
          (sum, k, i) => curve.add(sum, curve.mul(k, points[i + 1])),
          curve.mul(blind, points[0]),
        );
      for (const shape of shapes) {
        const table = bench.table(points, shape);
        for (const blind of [0n, 1n, r - 1n]) {
          expect(bench.msm(table, scalars, blind)).toEqual(want(blind));
          expect(bench.msm(table, scalars, blind, [1])).toEqual(want(blind));
          if (table.stride === 1 || blind !== 1n) continue;
          expect(bench.msm(table, scalars, blind, [], { setCuts: [1] })).toEqual(want(blind));
        }
      }
    }
  });

  it('fills tables with shifted points, whatever the range', () => {
    const [table] = tables;
    const whole = bench.host.u8.slice(table.address, table.address + tableBytes(table, table.bases));
    // the highest window of base 0 alone: digit 1 there is 2^(c (windows - 1)) h
    for (const w of [0, 1, table.windows - 2]) {
      const scalar = (1n << BigInt(table.c * w)) % r;
      expect(bench.msm(table, [], scalar)).toEqual(curve.mul(scalar, bases.points[0]));
    }
    const again = bench.table(bases.points.slice(0, 13), shapes[0]);
    for (let t = 0; t < table.windows; t++) {
      const at = (width: number) => t * width * TABLE_POINT_BYTES;
      expect(
        bench.host.u8.slice(again.address + at(13), again.address + at(13) + 13 * TABLE_POINT_BYTES),
      ).toEqual(whole.slice(at(table.bases), at(table.bases) + 13 * TABLE_POINT_BYTES));
    }
  });
});

const FORMS = relaxedSimd ? (['integers', 'doubles'] as const) : (['integers'] as const);

describe.each(FORMS)('MSM over pallas with %s, larger sizes', (form) => {
  const bench = new MsmBench(pallas, { form });
  const r = pallas.scalar.p;
  const source = randomSource('larger');
  let bases: Known;
  let tables: Table[];
  beforeAll(() => {
    bases = known(pallas, BASES);
    tables = [1, windowsFor(pallas.scalar, 8)].map((stride) =>
      bench.table(bases.points, { c: 8, windows: windowsFor(pallas.scalar, 8), stride }),
    );
  });

  it.each([127, 128, 129, 237, 255, 256, 257, 1023, 1024, 1025])('agrees with BigInt for n = %i', (n) => {
    for (const pattern of ['random', 'bits', 'ones'] as const) {
      const scalars = Array.from({ length: n }, (_, i) =>
        (PATTERNS[pattern] as Pattern)(r, () => source.int(320), i),
      );
      const blind = source.int(254);
      const want = sumOf(pallas, bases.logs, scalars, blind);
      for (const table of tables) {
        for (const options of [{}, { batch: 64, segment: 1000 }, { segment: 4097 }]) {
          expect(bench.msm(table, scalars, blind, [], options), source.seed).toEqual(want);
        }
        expect(bench.msm(table, scalars, blind, [n >> 2, n >> 1]), source.seed).toEqual(want);
      }
    }
  });

  it('takes sets one after the other if their buckets do not fit all at once', () => {
    const table = bench.table(bases.points.slice(0, 41), {
      c: 16,
      windows: windowsFor(pallas.scalar, 16),
      stride: 5,
    });
    const scalars = Array.from({ length: 40 }, () => source.int(254));
    expect(bench.msm(table, scalars, 7n), source.seed).toEqual(sumOf(pallas, bases.logs, scalars, 7n));
  });

  it('needs no complete additions for independent bases', () => {
    // a result of the fast path is many points with weights, one of the complete path a single one
    const scalars = Array.from({ length: 1000 }, () => source.int(254));
    const part = msmChunk(bench.host, {
      table: tables[0],
      scalars: bench.vector(scalars),
      from: 0,
      to: 1000,
    });
    expect(part.length).toBe(8);
  });

  it('works in little scratch memory, in parts, and says when there is too little', () => {
    const scalars = Array.from({ length: 1000 }, () => source.int(254));
    const want = sumOf(pallas, bases.logs, scalars, 5n);
    const small = new MsmBench(pallas, { scratchBytes: 640_000, form });
    const table = small.table(bases.points.slice(0, 1001), {
      c: 6,
      windows: windowsFor(pallas.scalar, 6),
      stride: 1,
    });
    expect(small.msm(table, scalars, 5n)).toEqual(want);
    const tiny = new MsmBench(pallas, { scratchBytes: 400_000, form });
    const wide = { c: 13, windows: windowsFor(pallas.scalar, 13), stride: 1 };
    const job = { table: { ...wide, curve: 'pallas', address: 0, bases: 2 }, scalars: 0, from: 0, to: 1 };
    expect(() => msmChunk(tiny.host, job)).toThrow(expect.objectContaining({ code: 'OutOfMemory' }));
  });

  it('refuses scalars without bases', () => {
    const job = { table: tables[0], scalars: 0, from: 0, to: BASES };
    expect(() => msmChunk(bench.host, job)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });

  it('adds nothing up to the identity', () => {
    expect(combine(pallas, [])).toEqual(IDENTITY);
    expect(combine(pallas, [[], []])).toEqual(IDENTITY);
    const { x, y } = pallas.generator;
    const minus = { bit: 0, x, y: pallas.base.neg(y) };
    expect(combine(pallas, [[{ bit: 0, x, y }], [minus]])).toEqual(IDENTITY);
    expect(combine(pallas, [[{ bit: 3, x, y }], [{ bit: 3, x, y }, minus]])).toEqual(
      pallas.mul(15n, pallas.generator),
    );
  });
});

describe('geometry', () => {
  it('has windows enough for every scalar, and none too many', () => {
    for (const F of FIELDS) {
      for (let c = 2; c <= 17; c++) {
        const n = windowsFor(F, c);
        const half = 1n << BigInt(c - 1);
        const highest = (x: bigint, k: number) => (x + digitBias(c, k - 1)) >> BigInt(c * (k - 1));
        expect(highest(F.p - 1n, n)).toBeLessThanOrEqual(half);
        expect(highest(F.p - 1n, n - 1)).toBeGreaterThan(half);
      }
    }
  });

  it('keeps within the budget, and keeps the bases alone if there is none', () => {
    const F = pallas.scalar;
    for (const n of [1, 100, 10_000, 131_072]) {
      for (const budget of [0, 1e6, 1e7, 1e8, 1e9]) {
        const geometry = chooseGeometry(F, n, 2, budget);
        expect(geometry.windows).toBe(windowsFor(F, geometry.c));
        if (geometry.stride < geometry.windows) expect(tableBytes(geometry, n)).toBeLessThanOrEqual(budget);
      }
    }
    expect(chooseGeometry(F, 10_000, 2, 0).stride).toBe(chooseGeometry(F, 10_000, 2, 0).windows);
    expect(chooseGeometry(F, 10_000, 2, 1e9).stride).toBe(1);
  });
});
