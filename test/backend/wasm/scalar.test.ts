import { describe, expect, it } from 'vitest';
import { FIELDS } from '../../../src/field/fields.ts';
import { PrimeField } from '../../../src/field/field.ts';
import {
  describeField,
  ELEMENT_STRIDE,
  fromLimbs,
} from '../../../src/backend/wasm/codegen/field-description.ts';
import { chainTableLength, powerChain } from '../../../src/backend/wasm/kernels/power.ts';
import { edges, machine, randomElements } from './machine.ts';

/** Random operands for each operation and field. */
const RANDOM = 100_000;

describe.each(FIELDS.map((F) => [F.name, F] as const))('scalar kernels of %s', (_, F) => {
  const { p } = F;
  /** Operands and result of one call. */
  const places = () => {
    const m = machine(F);
    const at = m.allocate(3 * ELEMENT_STRIDE);
    return { m, a: at, b: at + ELEMENT_STRIDE, d: at + 2 * ELEMENT_STRIDE };
  };

  it('follow from a description that is right', () => {
    const d = describeField(F);
    expect(fromLimbs(d.p)).toBe(p);
    expect(fromLimbs(d.pDigits)).toBe(p);
    expect((d.pInv * p + 1n) % (1n << 29n)).toBe(0n);
    expect(fromLimbs(d.unitDigits) % p).toBe(0n);
    expect([1n, -1n]).toContain(d.unitDigits[0]);
    expect(describeField(F)).toBe(d);
  });

  it('agree with BigInt on all pairs of edge cases, below p and below 2p, and leave normalised limbs below 2p', () => {
    const { m, a, b, d } = places();
    const { k } = m;
    const check = (what: string, want: bigint, bound = 2n * p) => {
      const { limbs, value } = m.getRaw(d);
      if (value >= bound || limbs.some((l) => l >= 2 ** 29))
        throw new Error(`${what}: out of bounds, ${value}`);
      const got = m.get(d);
      if (got !== want) throw new Error(`${what}: ${got}, not ${want}`);
    };
    // as they are, so that the limbs themselves are edge cases, and as what they stand for
    const { R } = describeField(F);
    const productBound = (5n * p) / 4n; // of operands below 2p
    const Rinv = F.inv(R % p);
    const raw = [
      ...edges(F),
      2n * p - 1n,
      2n * p - 2n,
      p,
      p + 1n,
      ...edges(F)
        .slice(0, 12)
        .map((x) => x + p),
    ];
    for (const x of raw) {
      const X = F.mul(x % p, Rinv);
      m.putRaw(a, x);
      k.sqr(d, a);
      check(`sqr ${x}`, F.sqr(X), productBound);
      k.neg(d, a);
      check(`neg ${x}`, F.neg(X));
      k.inv(d, a);
      check(`inv ${x}`, X === 0n ? 0n : F.inv(X));
      expect(k.isZero(a)).toBe(X === 0n ? 1 : 0);
      for (const y of raw) {
        const Y = F.mul(y % p, Rinv);
        m.putRaw(b, y);
        k.mul(d, a, b);
        check(`mul ${x} ${y}`, F.mul(X, Y), productBound);
        k.add(d, a, b);
        check(`add ${x} ${y}`, F.add(X, Y));
        k.sub(d, a, b);
        check(`sub ${x} ${y}`, F.sub(X, Y));
        if (k.equal(a, b) !== (X === Y ? 1 : 0)) throw new Error(`equal ${x} ${y}`);
      }
    }
  });

  it('convert words to elements and back, whatever the words', () => {
    const { m, a, d } = places();
    const { seed, next } = randomElements(F, 'scalar');
    const random = Array.from({ length: 2000 }, next);
    for (const x of [...edges(F), p, p + 1n, (1n << 256n) - 1n, ...random]) {
      m.putWords(a, x);
      m.k.fromWords(d, a);
      m.k.toWords(a, d);
      m.k.fromWords(d, a);
      if (m.get(d) !== x % p) throw new Error(`${seed}: ${x}`);
      m.put(a, x % p, true); // not reduced
      if (m.get(a) !== x % p) throw new Error(`${seed}: ${x} + p`);
    }
  });

  it('write results over operands', () => {
    const { m, a, b } = places();
    const ops = { mul: F.mul(3n, 5n), add: 8n, sub: F.neg(2n) };
    for (const [name, want] of Object.entries(ops)) {
      for (const d of [a, b]) {
        m.put(a, 3n);
        m.put(b, 5n);
        m.k[name](d, a, b);
        expect(m.get(d)).toBe(want);
      }
    }
    m.put(a, 3n);
    m.k.inv(a, a);
    expect(m.get(a)).toBe(F.inv(3n));
  });

  it(`agree with BigInt on ${RANDOM} random operands for each operation`, () => {
    const { m, d } = places();
    const { k } = m;
    const { seed, next } = randomElements(F, 'scalar');
    const n = Math.ceil(Math.sqrt(RANDOM));
    const list = () => {
      const xs = Array.from({ length: n }, next);
      const at = m.allocate(n * ELEMENT_STRIDE);
      xs.forEach((x, i) => m.put(at + i * ELEMENT_STRIDE, x, i % 2 === 1));
      return { xs, at };
    };
    const [as, bs] = [list(), list()];
    const e = m.allocate(ELEMENT_STRIDE);
    const check = (what: string, x: bigint, y: bigint, want: bigint) => {
      if (m.get(d) !== want) throw new Error(`${seed}: ${what} ${x} ${y}`);
    };
    for (let i = 0; i < n; i++) {
      const x = as.xs[i];
      const a = as.at + i * ELEMENT_STRIDE;
      for (let j = 0; j < n; j++) {
        const y = bs.xs[j];
        const b = bs.at + j * ELEMENT_STRIDE;
        k.add(d, a, b);
        check('add', x, y, F.add(x, y));
        k.sub(d, a, b);
        check('sub', x, y, F.sub(x, y));
        k.mul(d, a, b);
        const product = F.mul(x, y);
        check('mul', x, y, product);
        // the products are fresh operands for the rest
        k.sqr(e, d);
        k.neg(e, e);
        k.inv(d, d);
        k.mul(d, d, e); // -product
        check('sqr, neg, inv', x, y, F.neg(product));
      }
    }
  });

  it('raise to any power along a chain', () => {
    const { m, a, d } = places();
    const { seed, next } = randomElements(F, 'scalar');
    const k5 = [1n, 2n, 3n, 4n].find((k) => (k * (p - 1n) + 1n) % 5n === 0n)!;
    const exponents = [...Array(70).keys()].map((i) => BigInt(i + 1));
    exponents.push(
      p - 1n,
      p - 2n,
      (p - 1n) / 2n,
      (k5 * (p - 1n) + 1n) / 5n,
      1n << 255n,
      (1n << 256n) - 1n,
      0x3333333333333n,
    );
    exponents.push(
      0x3333333333333000n,
      ...Array.from({ length: 20 }, next),
      ...Array.from({ length: 9 }, () => next() >> 200n),
    );
    for (const e of exponents.filter((x) => x > 0n)) {
      const chain = powerChain(e);
      const at = m.allocate(chain.byteLength);
      m.u32.set(chain, at / 4);
      const table = m.allocate(chainTableLength(chain) * ELEMENT_STRIDE);
      for (const x of [0n, 1n, F.p - 1n, next()]) {
        m.put(a, x);
        m.k.pow(d, a, at, table);
        if (m.get(d) !== F.pow(x, e)) throw new Error(`${seed}: ${x} to the power of ${e}`);
      }
    }
  });
});

it('chains take fewer multiplications than square and multiply', () => {
  for (const F of FIELDS) {
    const chain = powerChain(F.p - 2n);
    let [squarings, multiplications] = [0, 0];
    for (let i = 0; i < chain[0]; i++) {
      squarings += chain[2 + 3 * i];
      if (chain[3 + 3 * i] !== 0xffffffff) multiplications++;
    }
    expect(squarings).toBeLessThanOrEqual(F.bits + 1);
    expect(multiplications).toBeLessThan(75);
  }
});

it('fields of other widths are refused', () => {
  for (const p of [17n, (1n << 252n) - 1n, (1n << 257n) + 1n]) {
    const F = Object.assign(Object.create(PrimeField.prototype) as object, {
      name: 'F',
      p,
      bits: p.toString(2).length,
    });
    expect(() => describeField(F as PrimeField)).toThrow(/253 to 256 bits/);
  }
});
