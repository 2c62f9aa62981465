import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Bases } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { bn256, CURVES, pallas } from '../../src/curve/curves.ts';
import { ipa, ipaVerifier } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { encodeShape } from '../../src/r1cs/shape.ts';
import { Spartan, SpartanVerifier } from '../../src/spartan/snark.ts';
import { SpartanVerifierKey } from '../../src/spartan/snark-keys.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { matricesOf } from '../support/matrices.ts';
import { inventory } from './inventory.ts';
import {
  residentSystem,
  satisfiedSystem,
  satisfy,
  type SatisfiedSystem,
  type SystemSize,
} from './satisfied.ts';
import { download, upload } from './vectors.ts';

const snark = new Spartan(ipa);
const verifier = new SpartanVerifier(ipaVerifier);

let backend: Backend;
const bases = new Map<Curve, Bases>();
beforeAll(async () => {
  backend = await testBackend('reference');
  for (const curve of CURVES) bases.set(curve, await backend.bases(curve, CK_LABEL, 16));
});
afterAll(() => backend?.close());

/** Opens a system and its keys for `work`, and frees all afterwards. */
async function open<T>(curve: Curve, system: SatisfiedSystem, work: (s: Opened) => Promise<T>): Promise<T> {
  const ck = { bases: bases.get(curve)! };
  const resident = await residentSystem(backend, ck.bases, system);
  const keys = await snark.setup(backend, ck, resident.matrices);
  try {
    return await work({ ...resident, ...keys, system });
  } finally {
    keys.pk.close();
    keys.vk.close();
    resident.close();
  }
}

type Opened = Awaited<ReturnType<typeof residentSystem>> &
  Awaited<ReturnType<typeof snark.setup>> & { readonly system: SatisfiedSystem };

const sizes = fc
  .record({ constraints: fc.nat({ max: 9 }), variables: fc.nat({ max: 9 }), io: fc.nat({ max: 2 }) })
  .filter(({ constraints, variables, io }) => io < Math.max(constraints, variables));
const statement = fc
  .tuple(fc.constantFrom(...CURVES), sizes)
  .chain(([curve, size]) => fc.tuple(fc.constant(curve), satisfiedSystem(curve, size)));

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

describe('snark', () => {
  it('proves what is satisfied, whatever the size, on every curve', () =>
    fc.assert(
      fc.asyncProperty(statement, ([curve, satisfied]) =>
        open(curve, satisfied, async ({ pk, vk, U, W }) => {
          const proof = await snark.prove(pk, U, W);
          await snark.verify(vk, U, proof);
          const w = new ByteWriter();
          snark.writeProof(w, curve, proof);
          const r = new ByteReader(w.finish());
          expect(verifier.readProof(r, curve)).toEqual(proof);
          r.end();
        }),
      ),
      { numRuns: 12 },
    ));

  it.each<[string, SystemSize]>([
    ['a square of powers of two', { constraints: 8, variables: 8, io: 2 }],
    ['more variables than rows', { constraints: 2, variables: 16, io: 3 }],
    ['more rows than variables', { constraints: 16, variables: 4, io: 1 }],
    ['nothing regular', { constraints: 9, variables: 3, io: 2 }],
    ['one row and one variable', { constraints: 1, variables: 1, io: 0 }],
    ['no variables', { constraints: 3, variables: 0, io: 1 }],
    ['no rows', { constraints: 0, variables: 3, io: 1 }],
  ])('proves a system of %s', async (_, size) => {
    const [satisfied] = fc.sample(satisfiedSystem(pallas, size), { numRuns: 1, seed: 7 });
    await open(pallas, satisfied, async ({ pk, vk, U, W }) => {
      await snark.verify(vk, U, await snark.prove(pk, U, W));
    });
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
    await open(pallas, zeros, async ({ pk, vk, U, W }) => {
      await snark.verify(vk, U, await snark.prove(pk, U, W));
    });
  });

  it('proves nothing that is not satisfied', async () => {
    const { E } = system;
    const wrong = { ...system, E: E.with(1, bn256.scalar.add(E[1], 1n)) };
    await open(bn256, wrong, async ({ pk, vk, U, W }) => {
      const proof = await snark.prove(pk, U, W);
      expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('InvalidSumcheckProof');
    });
  });

  it('proves nothing about commitments to something else', async () => {
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      for (const name of ['commW', 'commE'] as const) {
        const other = { ...U, [name]: bn256.generator };
        const proof = await snark.prove(pk, other, W);
        expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidPCS');
      }
    });
  });

  it('refuses a proof for any other instance', async () => {
    const F = bn256.scalar;
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const proof = await snark.prove(pk, U, W);
      for (const other of [
        { ...U, commW: U.commE },
        { ...U, commE: bn256.neg(U.commE) },
        { ...U, u: F.add(U.u, 1n) },
        { ...U, X: [U.X[1], U.X[0]] },
        { ...U, X: [U.X[0], F.neg(U.X[1])] },
      ]) {
        expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidSumcheckProof');
      }
    });
  });

  it('refuses a proof under the key of another system', async () => {
    const dictionary = system.shape.dictionary.map((c, i) => (i === 0 ? c + 1n : c));
    const other = { ...system, shape: { ...system.shape, dictionary } };
    await open(bn256, system, ({ pk, U, W }) =>
      open(bn256, other, async ({ vk }) => {
        const proof = await snark.prove(pk, U, W);
        expect(vk.digest).not.toBe(pk.digest);
        expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('InvalidSumcheckProof');
      }),
    );
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
    expect(await encode(wasm)).toEqual(await encode(backend));
    await wasm.close();
  });

  it('checks the proof against its own matrices, whatever the digest', async () => {
    const dictionary = system.shape.dictionary.map((c, i) => (i === 0 ? c + 1n : c));
    const matrices = backend.matrices({ ...system.shape, dictionary });
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const forged = new SpartanVerifierKey(matrices, vk.ee, vk.digest);
      const proof = await snark.prove(pk, U, W);
      expect(await codeOf(() => snark.verify(forged, U, proof))).toBe('InvalidSumcheckProof');
      forged.close();
    });
    backend.free(matrices);
  });

  it('refuses lengths and points that do not fit', async () => {
    await open(bn256, system, async ({ pk, vk, U, W }) => {
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
          backend,
          bn256.scalar,
          Array.from({ length: n }, () => 0n),
        );
        expect(await codeOf(() => snark.prove(pk, U, { ...W, W: v }))).toBe('InvalidWitnessLength');
        if (n === 5)
          expect(await codeOf(() => snark.prove(pk, U, { ...W, E: v }))).toBe('InvalidWitnessLength');
        backend.free(v);
      }
    });
  });

  it('refuses a commitment key that is too short, and more public inputs than fit', async () => {
    const short = await backend.bases(bn256, CK_LABEL, 3);
    const matrices = backend.matrices(system.shape);
    expect(await codeOf(() => snark.setup(backend, { bases: short }, matrices))).toBe(
      'InvalidCommitmentKeyLength',
    );
    const wide = backend.matrices(matricesOf(bn256.scalar, 1, 1, [[[]], [[]], [[]]]));
    const ck = { bases: bases.get(bn256)! };
    expect(await codeOf(() => snark.setup(backend, ck, wide))).toBe('InvalidInputLength');
    backend.free(short, matrices, wide);
  });
});

describe('the vectors of a proof', () => {
  it('are made once; W and E stay as they are; closing frees them', async () => {
    const before = backend.counters().liveBytes;
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const once = await snark.prove(pk, U, W);
      await snark.verify(vk, U, once);
      const { allocations } = backend.counters();
      expect(await snark.prove(pk, U, W)).toEqual(once);
      await snark.verify(vk, U, once);
      expect(backend.counters().allocations).toBe(allocations);
      expect(await download(backend, W.W)).toEqual(system.W);
      expect(await download(backend, W.E)).toEqual(system.E);
      pk.close(); // a second time in `open`
    });
    expect(backend.counters().liveBytes).toBe(before);
  });

  it('serve one operation at a time', async () => {
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const first = snark.prove(pk, U, W);
      expect(await codeOf(() => snark.prove(pk, U, W))).toBe('Busy');
      const proof = await first;
      const check = snark.verify(vk, U, proof);
      expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('Busy');
      await check;
    });
  });

  it('serve again after a proof that was stopped anywhere', async () => {
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const phases: string[] = [];
      const honest = await snark.prove(pk, U, W, {
        onProgress: ({ phase, share }) => {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          if (phases[phases.length - 1] !== phase) phases.push(phase);
        },
      });
      expect(phases).toEqual(['outer sum-check', 'inner sum-check', 'evaluations', 'opening']);
      for (const stopAt of phases) {
        const stop = new AbortController();
        const { signal } = stop;
        const onProgress = ({ phase }: { phase: string }) => {
          if (phase === stopAt) stop.abort();
        };
        expect(await codeOf(() => snark.prove(pk, U, W, { signal, onProgress }))).toBe('Aborted');
        expect(await snark.prove(pk, U, W)).toEqual(honest);
      }
      const signal = AbortSignal.abort();
      expect(await codeOf(() => snark.verify(vk, U, honest, { signal }))).toBe('Aborted');
      await snark.verify(vk, U, honest);
    });
  });
});

describe('the verifier key', () => {
  const encode = async (vk: Opened['vk']) => {
    const sections: Uint8Array[] = [];
    for await (const section of verifier.encodeVerifierKey(vk)) sections.push(section);
    return concatBytes(...sections);
  };

  it('is read back with the same digest, and verifies', async () => {
    const { liveBytes } = backend.counters();
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      const bytes = await encode(vk);
      const r = new ByteReader(bytes);
      const read = await verifier.readVerifierKey(backend, bn256, r);
      r.end();
      expect(read.digest).toBe(vk.digest);
      expect(await encode(read)).toEqual(bytes);
      await verifier.verify(read, U, await snark.prove(pk, U, W));
      read.close();
      read.close();
    });
    expect(backend.counters().liveBytes).toBe(liveBytes);
  });

  it('takes its hash from the caller', async () => {
    await open(bn256, system, async ({ matrices, vk }) => {
      const hashed: Uint8Array[] = [];
      const sha3 = () => ({
        update: (bytes: Uint8Array) => hashed.push(bytes.slice()),
        digest: () => new Uint8Array(32).fill(0xff),
      });
      const other = await snark.setup(backend, { bases: bases.get(bn256)! }, matrices, { sha3 });
      expect(other.vk.digest).toBe(2n ** 250n - 1n);
      expect(concatBytes(...hashed)).toEqual(await encode(vk));
      other.pk.close();
      other.vk.close();
    });
  });

  it('is refused when it is cut, or its system is not padded or malformed; nothing stays behind', async () => {
    await open(bn256, system, async ({ vk }) => {
      const bytes = await encode(vk);
      const { liveBytes } = backend.counters();
      const read = (changed: Uint8Array) =>
        codeOf(() => verifier.readVerifierKey(backend, bn256, new ByteReader(changed)));
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
      expect(backend.counters().liveBytes).toBe(liveBytes);
    });
  });
});

describe('the transcript', () => {
  it('takes everything that the verifier uses, in this order, on both sides', async () => {
    await open(bn256, system, async ({ pk, vk, U, W }) => {
      let proof = await snark.prove(pk, U, W);
      const proved = await inventory(async () => (proof = await snark.prove(pk, U, W)));
      const verified = await inventory(() => snark.verify(vk, U, proof));
      expect(verified).toEqual(proved);
      const rounds = (n: number, bytes: number) =>
        Array.from({ length: n }, () => [`+p:${bytes}`, '-c']).flat();
      expect(proved).toEqual([
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
      ]);
    });
  });
});
