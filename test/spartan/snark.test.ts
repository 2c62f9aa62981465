import { concatBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { bn256, pallas } from '../../src/curve/curves.ts';
import { ipa, ipaVerifier } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { encodeShape } from '../../src/r1cs/shape.ts';
import { Spartan, SpartanVerifier } from '../../src/spartan/snark.ts';
import { SpartanVerifierKey } from '../../src/spartan/snark-keys.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { residentSystem, satisfy, type SatisfiedSystem } from './satisfied.ts';
import { SnarkBench } from './snark-bench.ts';
import { snarkSuite } from './snark-suite.ts';
import { upload } from './vectors.ts';

const snark = new Spartan(ipa);
const verifier = new SpartanVerifier(ipaVerifier);
const bench = new SnarkBench(snark, verifier, 'reference', 16);

/** A system with something in every part of it. */
const system: SatisfiedSystem = satisfy(
  bn256,
  { constraints: 3, variables: 4, io: 2 },
  [
    [
      [
        [0, 1n],
        [4, 2n],
      ],
      [],
      [
        [1, 1n],
        [6, 5n],
      ],
    ],
    [
      [[1, 3n]],
      [[4, 1n]],
      [
        [2, 1n],
        [3, 7n],
      ],
    ],
    [
      [
        [2, 1n],
        [5, 1n],
      ],
      [[0, 1n]],
      [
        [3, 1n],
        [4, 1n],
      ],
    ],
  ],
  [3n, 1n, 4n, 1n],
  5n,
  [9n, 2n],
);

const rounds = (n: number, bytes: number) => Array.from({ length: n }, () => [`+p:${bytes}`, '-c']).flat();

describe('snark', () => {
  snarkSuite(bench, {
    system,
    random: { most: 9, runs: 12 },
    sizes: [
      ['a square of powers of two', { constraints: 8, variables: 8, io: 2 }],
      ['more variables than rows', { constraints: 2, variables: 16, io: 3 }],
      ['more rows than variables', { constraints: 16, variables: 4, io: 1 }],
      ['nothing regular', { constraints: 9, variables: 3, io: 2 }],
      ['one row and one variable', { constraints: 1, variables: 1, io: 0 }],
      ['no variables', { constraints: 3, variables: 0, io: 1 }],
      ['no rows', { constraints: 0, variables: 3, io: 1 }],
    ],
    phases: ['outer sum-check', 'inner sum-check', 'evaluations', 'opening'],
    transcript: [
      '+vk:32',
      '+U:65',
      '+:65',
      '+:96', // digest; commW, commE, (u, X)
      '-t',
      '-t',
      ...rounds(2, 96), // outer: two variables, cubic
      '+claims_outer:128',
      '-r',
      ...rounds(3, 64), // inner: W's two variables and the one that tells W from (u, X)
      '+w:32',
      '-r',
      ...rounds(2, 64), // batch
      '+l:64',
      '-c',
      '+NoDS:3',
      '+U:65',
      '+:32',
      '-r', // opening: commitment and value
      '+L:65',
      '+R:65',
      '-r',
      '+L:65',
      '+R:65',
      '-r',
    ],
  });

  it('proves the zero witness of empty matrices', async () => {
    const none = [[], [], []];
    const zeros = satisfy(
      pallas,
      { constraints: 3, variables: 4, io: 1 },
      [none, none, none],
      [0n, 0n, 0n, 0n],
      0n,
      [0n],
    );
    await bench.prove(pallas, zeros);
  });

  it('makes the same proof on the wasm engine', async () => {
    const encode = async (engine: Backend) => {
      const ck = await engine.bases(bn256, CK_LABEL, 16);
      const { matrices, U, W } = await residentSystem(engine, ck, system);
      const { pk, vk } = await snark.setup(engine, { bases: ck }, matrices);
      const proof = await snark.prove(pk, U, W);
      await snark.verify(vk, U, proof);
      const w = new ByteWriter();
      snark.writeProof(w, bn256, proof);
      return w.finish();
    };
    const wasm = await testBackend('wasm');
    expect(await encode(wasm)).toEqual(await encode(bench.backend));
    await wasm.close();
  });

  it('checks the proof against its own matrices, whatever the digest', async () => {
    const dictionary = system.shape.dictionary.map((c, i) => (i === 0 ? c + 1n : c));
    const matrices = bench.backend.matrices({ ...system.shape, dictionary });
    await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
      const forged = new SpartanVerifierKey(matrices, vk.ee, vk.digest);
      const proof = await snark.prove(pk, U, W);
      expect(await codeOf(() => snark.verify(forged, U, proof))).toBe('InvalidSumcheckProof');
      forged.close();
    });
    bench.backend.free(matrices);
  });

  it('refuses lengths and points that do not fit', async () => {
    await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
      const proof = await snark.prove(pk, U, W);
      for (const X of [[], [9n], [9n, 2n, 0n]]) {
        expect(await codeOf(() => snark.prove(pk, { ...U, X }, W))).toBe('InvalidInputLength');
        expect(await codeOf(() => snark.verify(vk, { ...U, X }, proof))).toBe('InvalidInputLength');
      }
      const large = { ...U, u: bn256.scalar.p };
      expect(await codeOf(() => snark.prove(pk, large, W))).toBe('InvalidFieldElement');
      expect(await codeOf(() => snark.verify(vk, large, proof))).toBe('InvalidFieldElement');
      const off = { ...U, commW: { x: 1n, y: 1n, infinity: false } };
      expect(await codeOf(() => snark.verify(vk, off, proof))).toBe('PointNotOnCurve');
      for (const n of [3, 5]) {
        const v = upload(
          bench.backend,
          bn256.scalar,
          Array.from({ length: n }, () => 0n),
        );
        expect(await codeOf(() => snark.prove(pk, U, { ...W, W: v }))).toBe('InvalidWitnessLength');
        if (n === 5)
          expect(await codeOf(() => snark.prove(pk, U, { ...W, E: v }))).toBe('InvalidWitnessLength');
        bench.backend.free(v);
      }
    });
  });

  it('refuses a commitment key that is too short', async () => {
    const { backend } = bench;
    const short = await backend.bases(bn256, CK_LABEL, 3);
    const matrices = backend.matrices(system.shape);
    expect(await codeOf(() => snark.setup(backend, { bases: short }, matrices))).toBe(
      'InvalidCommitmentKeyLength',
    );
    backend.free(short, matrices);
  });
});

describe('the verifier key of snark', () => {
  it('takes its hash from the caller', async () => {
    await bench.open(bn256, system, async ({ matrices, vk }) => {
      const hashed: Uint8Array[] = [];
      const sha3 = () => ({
        update: (bytes: Uint8Array) => hashed.push(bytes.slice()),
        digest: () => new Uint8Array(32).fill(0xff),
      });
      const other = await snark.setup(bench.backend, bench.ck(bn256), matrices, { sha3 });
      expect(other.vk.digest).toBe(2n ** 250n - 1n);
      expect(concatBytes(...hashed)).toEqual(await bench.encodeKey(vk));
      other.pk.close();
      other.vk.close();
    });
  });

  it('is refused when it is cut, or its system is not padded or malformed; nothing stays behind', async () => {
    await bench.open(bn256, system, async ({ vk }) => {
      const bytes = await bench.encodeKey(vk);
      const { liveBytes } = bench.backend.counters();
      const read = (changed: Uint8Array) =>
        codeOf(() => verifier.readVerifierKey(bench.backend, bn256, new ByteReader(changed)));
      for (const end of [0, 7, 8, 600, bytes.length - 8, bytes.length - 1]) {
        expect(await read(bytes.slice(0, end))).toBe('InvalidEncoding');
      }
      const shape = 8 + 17 * 32 + 8 + 2 * 32; // behind ck and the key of the inner product
      const withCount = (at: number, n: number) => {
        const changed = bytes.slice();
        changed[shape + 8 * at] = n;
        return changed;
      };
      expect(await read(withCount(0, 3))).toBe('InvalidIndex'); // constraints
      expect(await read(withCount(1, 5))).toBe('InvalidEncoding'); // variables
      expect(await read(withCount(2, 3))).toBe('InvalidEncoding'); // public inputs
      const zero = bytes.slice().fill(0, shape + 32, shape + 64);
      expect(await read(zero)).toBe('InvalidEncoding'); // an entry that is zero
      const unpadded = concatBytes(bytes.slice(0, shape), ...encodeShape(system.shape));
      expect(await read(unpadded)).toBe('InvalidEncoding');
      expect(bench.backend.counters().liveBytes).toBe(liveBytes);
    });
  });
});
