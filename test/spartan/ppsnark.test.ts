import { describe, expect, it } from 'vitest';
import type { Curve } from '../../src/curve/curve.ts';
import { bn256, pallas } from '../../src/curve/curves.ts';
import { intToBytes } from '../../src/field/field.ts';
import { ipa, ipaVerifier } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { PreprocessingSpartanVerifier } from '../../src/spartan/ppsnark-verifier.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { codeOf } from '../support/error.ts';
import type { Rows } from '../support/matrices.ts';
import { satisfy, smallSystem, type SatisfiedSystem } from './satisfied.ts';
import { SnarkBench } from './snark-bench.ts';
import { snarkSuite } from './snark-suite.ts';
import { upload } from './vectors.ts';

const snark = new PreprocessingSpartan(ipa);
const verifier = new PreprocessingSpartanVerifier(ipaVerifier);
const bench = new SnarkBench(snark, verifier, 'wasm', 64);

/** A system whose rows have these entries in A, and one in B; W is 1, 2, .. */
function systemOf(curve: Curve, variables: number, io: number, A: Rows): SatisfiedSystem {
  const B: Rows = A.map(() => []);
  const W = Array.from({ length: variables }, (_, i) => BigInt(i + 1));
  const X = Array.from({ length: io }, (_, i) => BigInt(7 + i));
  return satisfy(curve, { constraints: A.length, variables, io }, [A, B, B], W, 3n, X);
}

const rounds = (n: number) => Array.from({ length: n }, () => ['+p:96', '-c']).flat();
const squeezes = (label: string, n: number) => Array.from({ length: n }, () => `-${label}`);

describe('ppsnark', () => {
  snarkSuite(bench, {
    system: smallSystem(bn256),
    random: { most: 6, runs: 6 },
    sizes: [
      ['a square of powers of two', { constraints: 4, variables: 4, io: 2 }],
      ['more variables than rows', { constraints: 2, variables: 8, io: 3 }],
      ['more rows than variables', { constraints: 16, variables: 2, io: 1 }],
      ['one row and one variable', { constraints: 1, variables: 1, io: 0 }],
      ['no variables', { constraints: 3, variables: 0, io: 1 }],
      ['no rows', { constraints: 0, variables: 3, io: 1 }],
    ],
    otherInstances: (U) => [
      { ...U, X: U.X.slice(1) },
      { ...U, X: [...U.X, 0n] },
    ],
    phases: ['outer sum-check', 'lookups', 'inner sum-check', 'opening'],
    transcript: [
      // digest; commW, commE, (u, X)
      '+vk:32',
      '+U:65',
      '+:65',
      '+:96',
      ...squeezes('t', 2),
      ...rounds(2), // outer: the variables of four rows
      '+e:128',
      ...squeezes('p', 3), // N is 32
      '+e:130', // L
      '-c',
      '-g',
      '-r',
      '+l:260', // t and w
      ...squeezes('r', 5),
      '-r',
      ...rounds(5), // inner
      '+e:480', // 15 values
      '-c',
      // opening: commitment and value
      '+NoDS:3',
      '+U:65',
      '+:32',
      '-r',
      ...Array.from({ length: 5 }, () => ['+L:65', '+R:65', '-r']).flat(),
    ],
  });

  it.each<[string, number, SatisfiedSystem]>([
    ['no entries: all reads are padding', 8, systemOf(pallas, 4, 1, [[], [], [], []])],
    [
      'as many entries as reads: none is padding, and one column is read by all',
      8,
      systemOf(pallas, 2, 1, [
        [
          [2, 1n],
          [2, 5n],
        ],
        [[2, 2n]],
        [
          [2, 1n],
          [2, 1n],
          [2, 4n],
        ],
        [
          [2, 3n],
          [2, 1n],
        ],
      ]),
    ],
    [
      'empty rows, columns that nothing reads, and entries of one row alone',
      16,
      systemOf(pallas, 8, 2, [[], [0, 1, 2, 3, 4].map((k) => [k % 2, BigInt(k + 1)]), [], []]),
    ],
    [
      'a read of the last column before the padding',
      8,
      systemOf(pallas, 4, 3, [[[7, 1n]], [[7, 2n]], [], []]),
    ],
  ])('proves a system with %s', async (_, N, satisfied) => {
    expect(await bench.prove(pallas, satisfied, (vk) => vk.shape.N)).toBe(N);
  });

  it('proves the zero witness, and one without errors', async () => {
    const small = smallSystem(pallas);
    const rows: Rows = [[[0, 1n]], [[1, 1n]], [[2, 2n]], []];
    const zero = satisfy(
      pallas,
      { constraints: 4, variables: 4, io: 2 },
      [rows, rows, rows],
      [0n, 0n, 0n, 0n],
      0n,
      [0n, 0n],
    );
    expect(zero.E).toEqual([0n, 0n, 0n, 0n]);
    await bench.prove(pallas, zero);
    const ones = satisfy(
      pallas,
      { constraints: 4, variables: 4, io: 2 },
      [
        [[[0, 1n]], [[1, 1n]], [[2, 1n]], []],
        [[[0, 1n]], [[1, 1n]], [[2, 1n]], []],
        [[[0, 1n]], [[1, 1n]], [[2, 1n]], []],
      ],
      [1n, 1n, 1n, 5n],
      1n,
      small.X,
    );
    expect(ones.E).toEqual([0n, 0n, 0n, 0n]);
    await bench.prove(pallas, ones);
  });

  it('refuses lengths, elements and points that do not fit', async () => {
    await bench.open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const F = bn256.scalar;
      const proof = await snark.prove(pk, U, W);
      for (const X of [[], [9n], [9n, 2n, 0n]]) {
        expect(await codeOf(() => snark.prove(pk, { ...U, X }, W))).toBe('InvalidInputLength');
      }
      const many = Array.from({ length: 4 }, () => 0n);
      expect(await codeOf(() => snark.verify(vk, { ...U, X: many }, proof))).toBe('InvalidInputLength');
      const large = { ...U, u: F.p };
      expect(await codeOf(() => snark.prove(pk, large, W))).toBe('InvalidFieldElement');
      expect(await codeOf(() => snark.verify(vk, large, proof))).toBe('InvalidFieldElement');
      const off = { ...U, commW: { x: 1n, y: 1n, infinity: false } };
      expect(await codeOf(() => snark.prove(pk, off, W))).toBe('PointNotOnCurve');
      expect(await codeOf(() => snark.verify(vk, off, proof))).toBe('PointNotOnCurve');
      const short = upload(bench.backend, F, [1n, 2n, 3n]);
      expect(await codeOf(() => snark.prove(pk, U, { ...W, W: short }))).toBe('InvalidWitnessLength');
      expect(await codeOf(() => snark.prove(pk, U, { ...W, E: short }))).toBe('InvalidWitnessLength');
      bench.backend.free(short);
    });
  });

  it('refuses a commitment key that is too short; nothing stays behind', async () => {
    const { backend } = bench;
    const { shape } = smallSystem(bn256);
    expect(snark.ckFloor(shape)).toBe(17);
    const short = await backend.bases(bn256, CK_LABEL, 31);
    const matrices = backend.matrices(shape);
    const { liveBytes } = backend.counters();
    expect(await codeOf(() => snark.setup(backend, { bases: short }, matrices))).toBe(
      'InvalidCommitmentKeyLength',
    );
    const ck = bench.ck(bn256);
    for (const phase of [
      'polynomials of the shape',
      'commitments to the shape',
      'digest of the verifier key',
    ]) {
      const stop = new AbortController();
      const onProgress = (event: { phase: string }) => event.phase === phase && stop.abort();
      const options = { signal: stop.signal, onProgress };
      expect(await codeOf(() => snark.setup(backend, ck, matrices, options))).toBe('Aborted');
    }
    expect(backend.counters().liveBytes).toBe(liveBytes);
    backend.free(short, matrices);
  });

  it('come back in one read a round', async () => {
    await bench.open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const { readBacks } = bench.backend.counters();
      const proof = await snark.prove(pk, U, W);
      const [outer, inner] = [Math.log2(vk.shape.size.constraints), Math.log2(vk.shape.N)];
      expect([proof.outer.length, proof.inner.length]).toEqual([outer, inner]);
      // the outer claims, L, the oracles, the values; and the opening, a read a round and the last element
      expect(bench.backend.counters().readBacks - readBacks).toBe(outer + 1 + 2 + inner + 1 + (inner + 1));
    });
  });

  it('refuses a verifier key that is cut, or has sizes that no shape has; nothing stays behind', async () => {
    await bench.open(bn256, smallSystem(bn256), async ({ vk }) => {
      const bytes = await bench.encodeKey(vk);
      const { liveBytes } = bench.backend.counters();
      const read = (changed: Uint8Array) =>
        codeOf(() => verifier.readVerifierKey(bench.backend, bn256, new ByteReader(changed)));
      const N = bytes.length - 8 - 7 * bn256.encodedBytes;
      for (const end of [0, 7, 8, 15, 16, 600, N, N + 7, N + 8, N + 50, bytes.length - 1]) {
        expect(await read(bytes.slice(0, end))).toBe('InvalidEncoding');
      }
      const withNumber = (at: number, n: bigint) => {
        const changed = bytes.slice();
        changed.set(intToBytes(n, 8), at);
        return changed;
      };
      for (const at of [0, 8, N]) {
        for (const n of [0n, 3n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]) {
          expect(await read(withNumber(at, n))).toBe('InvalidEncoding');
        }
      }
      expect(await read(withNumber(N, 4n))).toBe('InvalidEncoding'); // fewer than 2 num_vars
      expect(await read(withNumber(0, 64n))).toBe('InvalidEncoding'); // more constraints than N
      expect(bench.backend.counters().liveBytes).toBe(liveBytes);
    });
  });
});
