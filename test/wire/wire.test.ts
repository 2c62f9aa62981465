import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURVES, pallas } from '../../src/curve/curves.ts';
import { NovaError } from '../../src/errors.ts';
import { intToBytes } from '../../src/field/field.ts';
import { FIELDS, pallasBase } from '../../src/field/fields.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { point } from '../curve/arbitrary.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf, novaError } from '../support/error.ts';

const u64 = (n: bigint) => intToBytes(n, 8);

describe('bincode legacy', () => {
  it('writes the bytes that its description says', () => {
    const F = pallasBase;
    const bytes = new ByteWriter()
      .u8(0xab)
      .u32(0x01020304)
      .u64(258)
      .u64((1n << 64n) - 1n)
      .element(F, 5n)
      .elements(F, [1n, F.p - 1n])
      .bytes(Uint8Array.of(7, 7))
      .point(pallas, pallas.generator)
      .finish();
    expect(bytes).toEqual(
      concatBytes(
        Uint8Array.of(0xab, 4, 3, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0),
        new Uint8Array(8).fill(255),
        F.toBytes(5n),
        u64(2n),
        F.toBytes(1n),
        F.toBytes(F.p - 1n),
        Uint8Array.of(7, 7),
        pallas.encode(pallas.generator),
      ),
    );
  });

  it('reads back what was written', () => {
    const u32 = fc.nat({ max: 0xffffffff });
    const value = fc.record({
      F: fc.constantFrom(...FIELDS),
      curve: fc.constantFrom(...CURVES),
      byte: fc.nat({ max: 255 }),
      word: u32,
      long: fc.bigInt(0n, (1n << 64n) - 1n),
      raw: fc.uint8Array(),
    });
    const filled = value.chain((v) =>
      fc.record({
        v: fc.constant(v),
        x: element(v.F),
        xs: fc.array(element(v.F), { maxLength: 40 }),
        P: point(v.curve),
      }),
    );
    fc.assert(
      fc.property(filled, ({ v, x, xs, P }) => {
        const bytes = new ByteWriter(1)
          .u8(v.byte)
          .u32(v.word)
          .u64(v.long)
          .element(v.F, x)
          .elements(v.F, xs)
          .point(v.curve, P)
          .u64(v.raw.length)
          .bytes(v.raw)
          .elementBytes(v.F, concatBytes(...xs.map((y) => v.F.toBytes(y))))
          .finish();
        const r = new ByteReader(bytes);
        expect(r.u8()).toBe(v.byte);
        expect(r.u32()).toBe(v.word);
        expect(r.u64()).toBe(v.long);
        expect(r.element(v.F)).toBe(x);
        expect(r.elements(v.F)).toEqual(xs);
        expect(r.point(v.curve)).toEqual(P);
        expect(r.bytes(r.length(1))).toEqual(v.raw);
        expect(r.elementBytes(v.F)).toEqual(concatBytes(...xs.map((y) => v.F.toBytes(y))));
        expect(r.offset).toBe(bytes.length);
        r.end();
      }),
      { numRuns: 50 },
    );
  });
});

/** A small struct of all the kinds that can be malformed. */
const F = pallasBase;
const write = (d: ReturnType<typeof read>) =>
  new ByteWriter().u32(d.a).elements(F, d.xs).point(pallas, d.P).u64(d.n).element(F, d.x).finish();
function read(bytes: Uint8Array) {
  const r = new ByteReader(bytes);
  const a = r.u32('a');
  const xs = r.elements(F, 'xs');
  const P = r.point(pallas, 'P');
  const n = r.u64('n');
  const x = r.element(F, 'x');
  r.end('the struct');
  return { a, xs, P, n, x };
}
const GOOD = write({ a: 9, xs: [3n, 4n], P: pallas.generator, n: 77n, x: F.p - 1n });

describe('the strict reader', () => {
  /** The decoded struct, or undefined if it was refused as it should be. */
  const attempt = (bytes: Uint8Array) => {
    try {
      return read(bytes);
    } catch (error) {
      if (!(error instanceof NovaError && error.code === 'InvalidEncoding')) throw error;
      return undefined;
    }
  };

  it('accepts only what would be written as the same bytes again', () => {
    let accepted = 0;
    const mutation = fc.record({ at: fc.nat({ max: GOOD.length - 1 }), byte: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 3 }), (mutations) => {
        const bytes = GOOD.slice();
        for (const { at, byte } of mutations) bytes[at] = byte;
        const value = attempt(bytes);
        if (value === undefined) return;
        accepted++;
        expect(write(value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('refuses every truncation and every extension', () => {
    expect(attempt(GOOD)).toBeDefined();
    for (let n = 0; n < GOOD.length; n++) expect(attempt(GOOD.subarray(0, n))).toBeUndefined();
    for (const extra of [1, 8, 32]) expect(attempt(concatBytes(GOOD, new Uint8Array(extra)))).toBeUndefined();
  });

  it('refuses random bytes without a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const value = attempt(bytes);
        if (value !== undefined) expect(write(value)).toEqual(bytes);
      }),
    );
  });

  it('refuses a length that the input cannot hold, before it allocates', async () => {
    const lengths = [3n, 1n << 20n, 1n << 32n, 1n << 53n, (1n << 59n) + 1n, 1n << 63n, (1n << 64n) - 1n];
    for (const n of lengths) {
      const bytes = concatBytes(u64(n), new Uint8Array(64));
      for (const decode of [
        (r: ByteReader) => r.elements(F),
        (r: ByteReader) => r.elementBytes(F),
        (r: ByteReader) => r.length(32, 'z'),
      ]) {
        expect(await codeOf(() => decode(new ByteReader(bytes)))).toBe('InvalidEncoding');
      }
    }
    expect(new ByteReader(concatBytes(u64(2n), new Uint8Array(64))).length(32)).toBe(2);
    expect(new ByteReader(u64(0n)).length(32)).toBe(0);
  });

  it('names what is wrong and where', async () => {
    const message = async (action: () => unknown) => (await novaError(action)).message;
    expect(await message(() => read(GOOD.subarray(0, 2)))).toContain('a at byte 0');
    expect(await message(() => read(concatBytes(GOOD.subarray(0, 4), u64(1n << 40n))))).toContain(
      'xs at byte 4',
    );
    const bad = GOOD.slice();
    bad.set(intToBytes(F.p, 32), 12 + 32); // xs[1]
    expect(await message(() => read(bad))).toContain('xs at byte 44: item 1');
    const off = GOOD.slice();
    let x = 1n;
    while (F.isSquare(pallas.ySquared(x))) x++; // no point of Pallas has this x
    off.set(F.toBytes(x), 76);
    expect(await message(() => read(off))).toContain('P at byte 76');
    expect(await message(() => read(concatBytes(GOOD, Uint8Array.of(0))))).toContain('the struct at byte');
  });

  it.each(FIELDS.map((field) => ({ field, name: field.name })))(
    'refuses p as an element of $name',
    async ({ field }) => {
      const p = intToBytes(field.p, 32);
      expect(await codeOf(() => new ByteReader(p).element(field))).toBe('InvalidEncoding');
      expect(await codeOf(() => new ByteReader(concatBytes(u64(1n), p)).elements(field))).toBe(
        'InvalidEncoding',
      );
      expect(await codeOf(() => new ByteReader(concatBytes(u64(1n), p)).elementBytes(field))).toBe(
        'InvalidEncoding',
      );
    },
  );

  it('refuses negative and fractional counts of bytes by staying where it is', async () => {
    const r = new ByteReader(GOOD);
    r.u32();
    expect(await codeOf(() => r.bytes(-4))).toBe('InvalidEncoding');
    expect(await codeOf(() => r.bytes(NaN))).toBe('InvalidEncoding');
    expect(r.offset).toBe(4);
  });

  it('gives copies, also of a Node Buffer', () => {
    const buffer = Buffer.from(GOOD);
    const r = new ByteReader(buffer);
    const first = r.bytes(4);
    const xs = r.elementBytes(F);
    buffer.fill(0);
    expect(first).toEqual(GOOD.slice(0, 4));
    expect(xs).toEqual(GOOD.slice(12, 76));
  });
});

describe('the writer', () => {
  it('refuses what does not fit', async () => {
    const w = new ByteWriter();
    for (const action of [
      () => w.u8(256),
      () => w.u8(-1),
      () => w.u32(1.5),
      () => w.u32(2 ** 32),
      () => w.u64(-1n),
      () => w.u64(1n << 64n),
      () => w.u64(NaN),
    ]) {
      expect(await codeOf(action)).toBe('InvalidArgument');
    }
    expect(await codeOf(() => w.element(F, F.p))).toBe('InvalidFieldElement');
    expect(await codeOf(() => w.elements(F, [-1n]))).toBe('InvalidFieldElement');
    expect(await codeOf(() => w.elementBytes(F, intToBytes(F.p, 32)))).toBe('InvalidFieldElement');
    expect(await codeOf(() => w.elementBytes(F, new Uint8Array(31)))).toBe('InvalidFieldElement');
  });

  it('grows as far as it must, and hands out copies', () => {
    const w = new ByteWriter(0);
    for (let i = 0; i < 1000; i++) w.u32(i);
    const first = w.finish();
    expect(first.length).toBe(4000);
    expect(first.buffer.byteLength).toBe(4000);
    w.u8(1);
    expect(w.length).toBe(4001);
    expect(w.finish().subarray(0, 4000)).toEqual(first);
    expect(new ByteReader(first).u32()).toBe(0);
  });
});
