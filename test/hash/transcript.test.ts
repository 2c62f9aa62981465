import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToInt, intToBytes } from '../../src/field/field.ts';
import { FIELDS, grumpkinBase, pallasBase, secq256k1Base, vestaBase } from '../../src/field/fields.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';

const P = { x: 5n, y: 7n, infinity: false };

/** Every byte of one squeeze, put together as src/provider/keccak.rs of nova-snark describes it. */
function k2(...parts: (Uint8Array | string)[]): Uint8Array {
  const input = concatBytes(...parts.map((part) => (typeof part === 'string' ? utf8ToBytes(part) : part)));
  return concatBytes(
    keccak_256(concatBytes(input, Uint8Array.of(0))),
    keccak_256(concatBytes(input, Uint8Array.of(1))),
  );
}

describe('Keccak transcript', () => {
  // test_keccak_transcript in src/provider/keccak.rs; the scalar fields of Pallas, BN254 and secp256k1
  it.each([
    {
      F: vestaBase,
      c1: '60dba8657186ff1abbeb237854707faf6ea79361546f8aae65a8fbb722c9ca0c',
      c2: '8bb5dcd9f95115fbc178a1e76d04955423610f5788c7ef2ed200611fecfdf60b',
    },
    {
      F: grumpkinBase,
      c1: '0f8d4f359394760435374d3d603ce0e970ea12f7a05e88eccd52d845f4ac542a',
      c2: '6b32523d63dedd6fb51d5dfc127b9d133cad433ea0b38c4627abadd0e4404c10',
    },
    {
      F: secq256k1Base,
      c1: '6dbabc32c27f3512d7592ca08e50e2ded102959bd4bb01245f2ea8dcbae74ec4',
      c2: 'c4a806654016a01dd6a0c80e2a5484cba5af27ec4a0fd838ecca11eb1b4437bd',
    },
  ])('gives the challenges that nova-snark asserts for $F.name', ({ F, c1, c2 }) => {
    const transcript = new KeccakTranscript(F, 'test');
    transcript.absorbScalar('s1', 2n);
    transcript.absorbScalar('s2', 5n);
    expect(bytesToHex(F.toBytes(transcript.squeeze('c1')))).toBe(c1);
    transcript.absorbScalar('s3', 128n);
    expect(bytesToHex(F.toBytes(transcript.squeeze('c2')))).toBe(c2);
  });

  it('hashes exactly the bytes of its definition, for every kind of input', () => {
    for (const F of FIELDS) {
      const x = F.p - 2n;
      const transcript = new KeccakTranscript(F, 'label');
      transcript.domSep('sub');
      transcript.absorbScalars('xs', [x, 1n]);
      transcript.absorbPoint('P', P);
      transcript.absorbPoint('O', { x: 0n, y: 0n, infinity: true });
      transcript.absorbBytes('b', Uint8Array.of(9, 8));
      const absorbed = concatBytes(
        utf8ToBytes('NoDSsubxs'),
        intToBytes(x, 32),
        intToBytes(1n, 32),
        utf8ToBytes('P'),
        intToBytes(P.x, 32),
        intToBytes(P.y, 32),
        Uint8Array.of(0),
        utf8ToBytes('O'),
        new Uint8Array(64),
        Uint8Array.of(1),
        utf8ToBytes('b'),
        Uint8Array.of(9, 8),
      );
      const first = k2(absorbed, 'NoDS', new Uint8Array(8), k2('NoTRlabel'), 'c');
      expect(transcript.squeeze('c')).toBe(bytesToInt(first) % F.p);
      const second = k2('NoDS', intToBytes(1n, 8), first, 'd');
      expect(transcript.squeeze('d')).toBe(bytesToInt(second) % F.p);
    }
  });

  it('absorbs zero coordinates at infinity, whatever the point holds', () => {
    const challenge = (x: bigint, y: bigint) => {
      const transcript = new KeccakTranscript(pallasBase, 't');
      transcript.absorbPoint('P', { x, y, infinity: true });
      return transcript.squeeze('c');
    };
    expect(challenge(5n, 7n)).toBe(challenge(0n, 0n));
  });

  it('depends on the order, the values, the labels and the persona', () => {
    const challenge = (persona: string, label: string, ...absorbs: [string, bigint][]) => {
      const transcript = new KeccakTranscript(pallasBase, persona);
      for (const [l, x] of absorbs) transcript.absorbScalar(l, x);
      return transcript.squeeze(label);
    };
    const all = [
      challenge('t', 'c', ['a', 1n], ['b', 2n]),
      challenge('t', 'c', ['b', 2n], ['a', 1n]),
      challenge('t', 'c', ['a', 2n], ['b', 1n]),
      challenge('t', 'c', ['a', 1n], ['c', 2n]),
      challenge('t', 'c', ['a', 1n]),
      challenge('t', 'd', ['a', 1n], ['b', 2n]),
      challenge('u', 'c', ['a', 1n], ['b', 2n]),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is independent of how a scalar list is split under one label', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, pallasBase.p - 1n), { maxLength: 5 }), fc.nat(5), (xs, at) => {
        const whole = new KeccakTranscript(pallasBase, 't');
        whole.absorbScalars('xs', xs);
        const split = new KeccakTranscript(pallasBase, 't');
        split.absorbScalars('xs', xs.slice(0, at));
        split.absorbScalars('', xs.slice(at));
        expect(split.squeeze('c')).toBe(whole.squeeze('c'));
      }),
    );
  });

  it('counts its rounds past 65,536', () => {
    const transcript = new KeccakTranscript(pallasBase, 't');
    let state = k2('NoTRt');
    const challenges = new Set<bigint>();
    const rounds = 65_538;
    for (let round = 0; round < rounds; round++) {
      const challenge = transcript.squeeze('c');
      challenges.add(challenge);
      state = k2('NoDS', intToBytes(BigInt(round), 8), state, 'c');
      if (round >= 65_535) expect(challenge).toBe(bytesToInt(state) % pallasBase.p);
    }
    expect(challenges.size).toBe(rounds);
  });

  it('has a counter that does not wrap: with one of 16 bits another challenge follows, and a challenge could come again', () => {
    const wrapped = (round: number, bytes: number) => intToBytes(BigInt(round) % 256n ** BigInt(bytes), 8);
    const state = k2('NoTRt');
    const challenge = (round: number, bytes: number) => k2('NoDS', wrapped(round, bytes), state, 'c');
    // where the state does not change, the counter alone tells the rounds apart
    expect(challenge(65_536, 2)).toEqual(challenge(0, 2));
    expect(challenge(65_536, 8)).not.toEqual(challenge(0, 8));
    // 65,535 is the last round on which both agree
    expect(challenge(65_535, 2)).toEqual(challenge(65_535, 8));
    expect(challenge(65_536, 2)).not.toEqual(challenge(65_536, 8));
  });

  it('refuses labels that are not ASCII, without absorbing anything', () => {
    const transcript = new KeccakTranscript(pallasBase, 't');
    const code = expect.objectContaining({ code: 'InvalidArgument' });
    expect(() => new KeccakTranscript(pallasBase, 'é')).toThrow(code);
    expect(() => transcript.absorbScalar('é', 1n)).toThrow(code);
    expect(() => transcript.domSep('é')).toThrow(code);
    expect(() => transcript.squeeze('é')).toThrow(code);
    expect(transcript.squeeze('c')).toBe(new KeccakTranscript(pallasBase, 't').squeeze('c'));
  });

  it('refuses what is no scalar or no coordinate, without absorbing anything', () => {
    const transcript = new KeccakTranscript(pallasBase, 't');
    const notScalar = expect.objectContaining({ code: 'InvalidFieldElement' });
    expect(() => transcript.absorbScalar('s', pallasBase.p)).toThrow(notScalar);
    expect(() => transcript.absorbScalars('s', [1n, -1n])).toThrow(notScalar);
    const notCoordinate = expect.objectContaining({ code: 'InvalidArgument' });
    expect(() => transcript.absorbPoint('P', { ...P, x: 2n ** 256n })).toThrow(notCoordinate);
    expect(() => transcript.absorbPoint('P', { ...P, y: -1n })).toThrow(notCoordinate);
    expect(transcript.squeeze('c')).toBe(new KeccakTranscript(pallasBase, 't').squeeze('c'));
  });
});
