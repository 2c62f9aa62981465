import { Field } from '@noble/curves/abstract/modular.js';
import { poseidon, splitConstants } from '@noble/curves/abstract/poseidon.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToInt, type PrimeField } from '../../src/field/field.ts';
import { FIELDS, pallasBase, secp256k1Base } from '../../src/field/fields.ts';
import { grainConstants } from '../../src/hash/grain.ts';
import { ioPatternTag, permute, poseidonHash, PoseidonRO } from '../../src/hash/poseidon.ts';
import { narrowConstants, poseidonConstants, wideConstants } from '../../src/hash/poseidon-constants.ts';
import { permutePlain } from './poseidon-plain.ts';
import { POSEIDON_VECTORS } from './poseidon.vectors.ts';

const MODES = ['wide', 'narrow'] as const;
const range = (n: number) => Array.from({ length: n }, (_, i) => BigInt(i));
const element = (F: PrimeField) =>
  fc.oneof(fc.bigInt(0n, F.p - 1n), fc.constantFrom(0n, 1n, F.p - 1n, F.p - 2n));
const fromHex = (hex: string) => bytesToInt(Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16)));
const permuted = (c: ReturnType<typeof wideConstants>, state: bigint[]) => {
  const copy = [...state];
  permute(c, copy);
  return copy;
};

describe.each(FIELDS.map((F) => ({ F, name: F.name })))('Poseidon: $name', ({ F, name }) => {
  it('gives the known answers', () => {
    const known = POSEIDON_VECTORS[name];
    expect(poseidonHash(wideConstants(F), [1n, 2n, 3n])).toBe(fromHex(known.wide3));
    expect(poseidonHash(wideConstants(F), range(30))).toBe(fromHex(known.wide30));
    expect(poseidonHash(narrowConstants(F), [1n, 2n, 3n])).toBe(fromHex(known.narrow3));
  });

  it.each(MODES)('the %s permutation equals the plain schedule and noble-curves', (mode) => {
    const c = poseidonConstants(F, mode);
    const Fp = Field(F.p);
    const noble = poseidon({
      Fp,
      t: c.width,
      roundsFull: c.fullRounds,
      roundsPartial: c.partialRounds,
      sboxPower: 5,
      mds: c.mds.m,
      roundConstants: splitConstants(grainConstants(F, c.width, c.fullRounds, c.partialRounds), c.width),
    });
    fc.assert(
      fc.property(fc.array(element(F), { minLength: c.width, maxLength: c.width }), (state) => {
        const result = permuted(c, state);
        expect(result).toEqual(permutePlain(c, state));
        expect(result).toEqual(noble(state));
      }),
      { numRuns: 5 },
    );
  });
});

describe('Poseidon sponge', () => {
  it('tags are those that nova-snark asserts', () => {
    expect(ioPatternTag(0, 0)).toBe(0n);
    expect(ioPatternTag(0, 0, 123)).toBe(340282366920938463463374607431768191899n);
    expect(ioPatternTag(2, 2)).toBe(340282366920938463463374607090318361668n);
    expect(ioPatternTag(2, 2, 1)).toBe(340282366920938463463374607090314341989n);
  });

  it.each([
    [-1, 1],
    [1.5, 1],
    [1, 2 ** 31],
    [2 ** 31, 1],
  ])('refuses a tag for %d and %d elements', (absorbs, squeezes) => {
    expect(() => ioPatternTag(absorbs, squeezes)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it.each(MODES)('adds each rate-sized block to the %s state and permutes once per block', (mode) => {
    const c = poseidonConstants(pallasBase, mode);
    const rate = c.width - 1;
    for (const length of [0, 1, rate - 1, rate, rate + 1, 2 * rate, 2 * rate + 1]) {
      const elements = range(length).map((x) => x + 7n);
      let state = [ioPatternTag(length, 1), ...range(rate).fill(0n)];
      for (let start = 0; start < Math.max(length, 1); start += rate) {
        const block = elements.slice(start, start + rate);
        state = permutePlain(
          c,
          state.map((x, i) => pallasBase.add(x, (i > 0 && block[i - 1]) || 0n)),
        );
      }
      expect(poseidonHash(c, elements)).toBe(state[1]);
    }
  });

  it('separates lengths: trailing zeros change the hash', () => {
    const c = wideConstants(pallasBase);
    const hashes = [[], [0n], [0n, 0n], range(24).fill(0n), range(25).fill(0n)].map((e) =>
      poseidonHash(c, e),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('PoseidonRO', () => {
  const full = (xs: bigint[], mode: (typeof MODES)[number] = 'wide') =>
    poseidonHash(poseidonConstants(pallasBase, mode), xs);

  it('returns the low bits of the hash, and the whole hash for all bits', () => {
    for (const bits of [1, 128, 250, 255]) {
      const ro = new PoseidonRO(pallasBase);
      ro.absorb(1n, 2n, 3n);
      expect(ro.squeeze(bits)).toBe(full([1n, 2n, 3n]) % 2n ** BigInt(bits));
    }
  });

  it('uses the instance that it was made for', () => {
    const ro = new PoseidonRO(pallasBase, 'narrow');
    ro.absorb(...range(7));
    expect(ro.squeeze(255)).toBe(full(range(7), 'narrow'));
  });

  it('goes on from the whole hash, not from the truncated challenge', () => {
    const ro = new PoseidonRO(pallasBase);
    ro.absorb(5n);
    ro.squeeze(128);
    ro.absorb(6n);
    const second = ro.squeeze(255);
    expect(second).toBe(full([full([5n]), 6n]));
    expect(ro.squeeze(255)).toBe(full([second]));
  });

  it('depends on the order of what it absorbs, not on how calls group it', () => {
    const hash = (...calls: bigint[][]) => {
      const ro = new PoseidonRO(pallasBase);
      for (const xs of calls) ro.absorb(...xs);
      return ro.squeeze(250);
    };
    expect(hash([1n], [2n, 3n])).toBe(hash([1n, 2n], [], [3n]));
    expect(hash([1n, 2n, 3n])).not.toBe(hash([2n, 1n, 3n]));
  });

  it('refuses what is no element, and keeps its state', () => {
    const ro = new PoseidonRO(pallasBase);
    ro.absorb(1n);
    for (const bad of [-1n, pallasBase.p, secp256k1Base.p - 1n, 1 as unknown as bigint]) {
      expect(() => ro.absorb(2n, bad)).toThrow(expect.objectContaining({ code: 'InvalidFieldElement' }));
    }
    expect(ro.squeeze(255)).toBe(full([1n]));
  });

  it.each([0, -1, 1.5, 256, NaN])('refuses a challenge of %d bits', (bits) => {
    const ro = new PoseidonRO(pallasBase);
    expect(() => ro.squeeze(bits)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
