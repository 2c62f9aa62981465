import { describe, expect, it } from 'vitest';
import { FIELD_BYTES } from '../../../src/field/field.ts';
import { FIELDS } from '../../../src/field/fields.ts';
import {
  addScaled,
  clearVector,
  copyVector,
  crossTerm,
  firstNonCanonical,
  firstUnsatisfied,
} from '../../../src/backend/wasm/vectors.ts';
import { edges, machine, randomElements } from './machine.ts';

const RANDOM = 100_000;

describe.each(FIELDS.map((F) => [F.name, F] as const))('vector tasks over %s', (field, F) => {
  const { p } = F;
  const es = edges(F);
  const list = (n: number, f: (i: number) => bigint) => Array.from({ length: n }, (_, i) => f(i));

  it('add multiples: all pairs of edge cases, and random elements', () => {
    const m = machine(F);
    const { seed, next } = randomElements(F, 'addScaled');
    const random = list(5_000, next);
    for (const [k, r] of [0n, 1n, p - 1n, p - 2n, 1n << 232n, ...list(20, next)].entries()) {
      m.reset();
      const a = [...es.flatMap((x) => es.map(() => x)), ...random];
      const b = [...es.flatMap(() => es), ...random.slice(k), ...random.slice(0, k)];
      const out = m.allocate(FIELD_BYTES * a.length);
      const [va, vb] = [m.vector(a), m.vector(b)];
      addScaled(m, { field, from: 0, to: a.length, out, a: va, r: F.toBytes(r), b: vb });
      const got = m.elements(out, a.length);
      got.forEach((x, i) => {
        if (x !== (a[i] + r * b[i]) % p) throw new Error(`${seed}: ${a[i]} + ${r} * ${b[i]} gave ${x}`);
      });
      addScaled(m, { field, from: 0, to: a.length, out: vb, a: va, r: F.toBytes(r), b: vb }); // in place
      expect(m.elements(vb, a.length)).toEqual(got);
    }
  });

  it('compute cross terms of edge cases and random elements', () => {
    const m = machine(F);
    const { seed, next } = randomElements(F, 'crossTerm');
    const n = Math.ceil(RANDOM / 20);
    for (const u1 of [0n, 1n, p - 1n, ...list(17, next)]) {
      m.reset();
      const v = list(6, () => 0n).map((_, k) =>
        list(n, (i) => (i < 400 ? es[(i * (k + 1) + k) % es.length] : next())),
      );
      // all operands as large as can be
      v.forEach((x) => (x[0] = p - 1n));
      const [a1, b1, c1, a2, b2, c2] = v;
      const [AZ1, BZ1, CZ1, AZ2, BZ2, CZ2] = v.map((x) => m.vector(x));
      const T = m.allocate(FIELD_BYTES * n);
      const [running, fresh] = [
        { AZ: AZ1, BZ: BZ1, CZ: CZ1 },
        { AZ: AZ2, BZ: BZ2, CZ: CZ2 },
      ];
      crossTerm(m, { field, from: 0, to: n, T, running, u1: F.toBytes(u1), fresh });
      m.elements(T, n).forEach((x, i) => {
        const want = F.reduce(a1[i] * b2[i] + a2[i] * b1[i] - u1 * c2[i] - c1[i]);
        if (x !== want) throw new Error(`${seed}: row ${i} with u1 = ${u1} gave ${x}, not ${want}`);
      });
    }
  });

  it('find the first row that is not satisfied, with and without E', () => {
    const m = machine(F);
    const { seed, next } = randomElements(F, 'firstUnsatisfied');
    const n = 1000;
    for (const u of [0n, 1n, p - 1n, next()]) {
      m.reset();
      const [a, b, c] = list(3, () => 0n).map((_, k) =>
        list(n, (i) => (i < 200 ? es[(i * (k + 2)) % es.length] : next())),
      );
      const e = a.map((x, i) => F.reduce(x * b[i] - u * c[i]));
      const products = { AZ: m.vector(a), BZ: m.vector(b), CZ: m.vector(c) };
      const E = m.vector(e);
      const args = { field, from: 0, to: n, products, u: F.toBytes(u) };
      expect(firstUnsatisfied(m, { ...args, E }), seed).toBe(-1);
      const wanted = e.findIndex((x) => x !== 0n);
      expect(firstUnsatisfied(m, args), seed).toBe(wanted);
      for (const bad of [n - 1, 777, 400, 0]) {
        const value = F.add(e[bad], bad === 400 ? p - 1n : 1n);
        m.putWords(E + bad * FIELD_BYTES, value);
        expect(firstUnsatisfied(m, { ...args, E }), seed).toBe(bad);
        expect(firstUnsatisfied(m, { ...args, E, from: bad, to: n }), seed).toBe(bad);
        expect(firstUnsatisfied(m, { ...args, E, from: 0, to: bad }), seed).toBe(-1);
      }
      expect(firstUnsatisfied(m, { ...args, E, from: 5, to: 5 })).toBe(-1);
    }
  });

  it('find the first number that is no element', () => {
    const m = machine(F);
    const n = 60;
    const word = 1n << 64n;
    const bad = [
      p,
      p + 1n,
      p + word,
      (1n << 256n) - 1n,
      p | (word - 1n),
      ((p >> 192n) << 192n) | ((1n << 192n) - 1n),
    ];
    const good = [...es, p - 1n, p - word, (((p >> 192n) - 1n) << 192n) | ((1n << 192n) - 1n)];
    const a = m.allocate(FIELD_BYTES * n);
    const fill = (x: bigint) => list(n, () => x).forEach((y, i) => m.putWords(a + i * FIELD_BYTES, y));
    for (const x of good) {
      fill(x);
      expect(firstNonCanonical(m, { field, from: 0, to: n, a })).toBe(-1);
    }
    for (const x of bad.filter((y) => y >= p && y < 1n << 256n)) {
      fill(p - 1n);
      for (const i of [n - 1, 17, 0]) {
        m.putWords(a + i * FIELD_BYTES, x);
        expect(firstNonCanonical(m, { field, from: 0, to: n, a }), String(x)).toBe(i);
        expect(firstNonCanonical(m, { field, from: i, to: n, a }), String(x)).toBe(i);
        expect(firstNonCanonical(m, { field, from: 0, to: i, a }), String(x)).toBe(-1);
      }
    }
  });

  it('write their range and nothing else', () => {
    const m = machine(F);
    const { next } = randomElements(F, 'ranges');
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [1, 3],
      [2, 237],
      [236, 237],
    ]) {
      m.reset();
      const [xs, ys] = [list(237, next), list(237, next)];
      const [x, y] = [m.vector(xs), m.vector(ys)];
      const zeros = { AZ: x, BZ: x, CZ: x };
      const tasks: [(out: number) => void, (i: number) => bigint][] = [
        [(out) => copyVector(m, { field, from, to, out, a: x }), (i) => xs[i]],
        [(out) => clearVector(m, { field, from, to, out }), () => 0n],
        [
          (out) => addScaled(m, { field, from, to, out, a: x, r: F.toBytes(7n), b: y }),
          (i) => (xs[i] + 7n * ys[i]) % p,
        ],
        [
          (out) => crossTerm(m, { field, from, to, T: out, running: zeros, u1: F.toBytes(2n), fresh: zeros }),
          (i) => F.reduce(2n * xs[i] * xs[i] - 3n * xs[i]),
        ],
      ];
      for (const [run, want] of tasks) {
        const out = m.vector(list(237, () => 5n));
        run(out);
        expect(m.elements(out, 237)).toEqual(list(237, (i) => (i >= from && i < to ? want(i) : 5n)));
      }
    }
  });
});
