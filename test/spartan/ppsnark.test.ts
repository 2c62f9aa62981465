import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Bases } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { bn256, CURVES, pallas } from '../../src/curve/curves.ts';
import { intToBytes } from '../../src/field/field.ts';
import { ipa, ipaVerifier } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { PreprocessingSpartanVerifier } from '../../src/spartan/ppsnark-verifier.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { matricesOf, type Rows } from '../support/matrices.ts';
import { inventory } from './inventory.ts';
import { residentSystem, satisfiedSystem, satisfy, smallSystem, type SatisfiedSystem } from './satisfied.ts';
import { download, upload } from './vectors.ts';

const snark = new PreprocessingSpartan(ipa);
const verifier = new PreprocessingSpartanVerifier(ipaVerifier);

let backend: Backend;
const bases = new Map<Curve, Bases>();
beforeAll(async () => {
  backend = await testBackend();
  for (const curve of CURVES) bases.set(curve, await backend.bases(curve, CK_LABEL, 64));
});
afterAll(() => backend?.close());

type Opened = Awaited<ReturnType<typeof residentSystem>> & Awaited<ReturnType<typeof snark.setup>>;

/** Opens a system and its keys for `work`, and frees all afterwards. */
async function open<T>(curve: Curve, system: SatisfiedSystem, work: (s: Opened) => Promise<T>): Promise<T> {
  const ck = { bases: bases.get(curve)! };
  const resident = await residentSystem(backend, ck.bases, system);
  const keys = await snark.setup(backend, ck, resident.matrices);
  try {
    return await work({ ...resident, ...keys });
  } finally {
    keys.pk.close();
    keys.vk.close();
    resident.close();
  }
}

/** Proves, verifies, and returns the length of the polynomials. */
async function prove(curve: Curve, system: SatisfiedSystem): Promise<number> {
  return open(curve, system, async ({ pk, vk, U, W }) => {
    const proof = await snark.prove(pk, U, W);
    await verifier.verify(vk, U, proof);
    const w = new ByteWriter();
    snark.writeProof(w, curve, proof);
    const r = new ByteReader(w.finish());
    expect(verifier.readProof(r, curve)).toEqual(proof);
    r.end();
    return vk.shape.N;
  });
}

const sizes = fc
  .record({ constraints: fc.nat({ max: 6 }), variables: fc.nat({ max: 6 }), io: fc.nat({ max: 2 }) })
  .filter(({ constraints, variables, io }) => io < Math.max(constraints, variables));
const statement = fc
  .tuple(fc.constantFrom(...CURVES), sizes)
  .chain(([curve, size]) => fc.tuple(fc.constant(curve), satisfiedSystem(curve, size)));

/** A system whose rows have these entries in A, and one in B; W is 1, 2, .. */
function systemOf(curve: Curve, variables: number, io: number, A: Rows): SatisfiedSystem {
  const B: Rows = A.map(() => []);
  const W = Array.from({ length: variables }, (_, i) => BigInt(i + 1));
  const X = Array.from({ length: io }, (_, i) => BigInt(7 + i));
  return satisfy(curve, { constraints: A.length, variables, io }, [A, B, B], W, 3n, X);
}

describe('ppsnark', () => {
  it('proves what is satisfied, whatever the size, on every curve', () =>
    fc.assert(
      fc.asyncProperty(statement, async ([curve, satisfied]) => {
        await prove(curve, satisfied);
      }),
      { numRuns: 6 },
    ));

  it.each([
    ['a square of powers of two', { constraints: 4, variables: 4, io: 2 }],
    ['more variables than rows', { constraints: 2, variables: 8, io: 3 }],
    ['more rows than variables', { constraints: 16, variables: 2, io: 1 }],
    ['one row and one variable', { constraints: 1, variables: 1, io: 0 }],
    ['no variables', { constraints: 3, variables: 0, io: 1 }],
    ['no rows', { constraints: 0, variables: 3, io: 1 }],
  ])('proves a system of %s', async (_, size) => {
    const [satisfied] = fc.sample(satisfiedSystem(pallas, size), { numRuns: 1, seed: 7 });
    await prove(pallas, satisfied);
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
    expect(await prove(pallas, satisfied)).toBe(N);
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
    await prove(pallas, zero);
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
    await prove(pallas, ones);
  });

  it('proves nothing that is not satisfied', async () => {
    const system = smallSystem(bn256);
    const { E } = system;
    const wrong = { ...system, E: E.with(1, bn256.scalar.add(E[1], 1n)) };
    await open(bn256, wrong, async ({ pk, vk, U, W }) => {
      const proof = await snark.prove(pk, U, W);
      expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('InvalidSumcheckProof');
    });
  });

  it('proves nothing about commitments to something else', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      for (const name of ['commW', 'commE'] as const) {
        const other = { ...U, [name]: bn256.generator };
        const proof = await snark.prove(pk, other, W);
        expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidPCS');
      }
    });
  });

  it('refuses a proof for any other instance', async () => {
    const F = bn256.scalar;
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const proof = await snark.prove(pk, U, W);
      for (const other of [
        { ...U, commW: U.commE },
        { ...U, commE: bn256.neg(U.commE) },
        { ...U, u: F.add(U.u, 1n) },
        { ...U, X: [U.X[1], U.X[0]] },
        { ...U, X: [U.X[0], F.neg(U.X[1])] },
        { ...U, X: U.X.slice(1) },
        { ...U, X: [...U.X, 0n] },
      ]) {
        expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidSumcheckProof');
      }
    });
  });

  it('refuses a proof under the key of another system', async () => {
    const system = smallSystem(bn256);
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

  it('refuses lengths, elements and points that do not fit', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
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
      const short = upload(backend, F, [1n, 2n, 3n]);
      expect(await codeOf(() => snark.prove(pk, U, { ...W, W: short }))).toBe('InvalidWitnessLength');
      expect(await codeOf(() => snark.prove(pk, U, { ...W, E: short }))).toBe('InvalidWitnessLength');
      backend.free(short);
    });
  });

  it('refuses a commitment key that is too short, and more public inputs than fit; nothing stays behind', async () => {
    const { shape } = smallSystem(bn256);
    expect(snark.ckFloor(shape)).toBe(17);
    const short = await backend.bases(bn256, CK_LABEL, 31);
    const matrices = backend.matrices(shape);
    const { liveBytes } = backend.counters();
    expect(await codeOf(() => snark.setup(backend, { bases: short }, matrices))).toBe(
      'InvalidCommitmentKeyLength',
    );
    const ck = { bases: bases.get(bn256)! };
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
    const wide = backend.matrices(matricesOf(bn256.scalar, 1, 1, [[[]], [[]], [[]]]));
    expect(await codeOf(() => snark.setup(backend, ck, wide))).toBe('InvalidInputLength');
    backend.free(short, matrices, wide);
  });
});

describe('the vectors of a proof', () => {
  it('are made once; W and E stay as they are; closing frees them', async () => {
    const system = smallSystem(bn256);
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

  it('come back in one read a round', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const { readBacks } = backend.counters();
      const proof = await snark.prove(pk, U, W);
      const [outer, inner] = [Math.log2(vk.shape.size.constraints), Math.log2(vk.shape.N)];
      expect([proof.outer.length, proof.inner.length]).toEqual([outer, inner]);
      // the outer claims, L, the oracles, the values; and the opening, a read a round and the last element
      expect(backend.counters().readBacks - readBacks).toBe(outer + 1 + 2 + inner + 1 + (inner + 1));
    });
  });

  it('serve one operation at a time', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const first = snark.prove(pk, U, W);
      expect(await codeOf(() => snark.prove(pk, U, W))).toBe('Busy');
      const proof = await first;
      const check = snark.verify(vk, U, proof);
      expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('Busy');
      await check;
    });
  });

  it('serve again after a proof that was stopped anywhere', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      const phases: string[] = [];
      const honest = await snark.prove(pk, U, W, {
        onProgress: ({ phase, share }) => {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          if (phases[phases.length - 1] !== phase) phases.push(phase);
        },
      });
      expect(phases).toEqual(['outer sum-check', 'lookups', 'inner sum-check', 'opening']);
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
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
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

  it('is refused when it is cut, or has sizes that no shape has; nothing stays behind', async () => {
    await open(bn256, smallSystem(bn256), async ({ vk }) => {
      const bytes = await encode(vk);
      const { liveBytes } = backend.counters();
      const read = (changed: Uint8Array) =>
        codeOf(() => verifier.readVerifierKey(backend, bn256, new ByteReader(changed)));
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
      expect(backend.counters().liveBytes).toBe(liveBytes);
    });
  });
});

describe('the transcript', () => {
  it('takes everything that the verifier uses, in this order, on both sides', async () => {
    await open(bn256, smallSystem(bn256), async ({ pk, vk, U, W }) => {
      let proof = await snark.prove(pk, U, W);
      const proved = await inventory(async () => (proof = await snark.prove(pk, U, W)));
      const verified = await inventory(() => snark.verify(vk, U, proof));
      expect(verified).toEqual(proved);
      const rounds = (n: number) => Array.from({ length: n }, () => ['+p:96', '-c']).flat();
      const squeezes = (label: string, n: number) => Array.from({ length: n }, () => `-${label}`);
      expect(proved).toEqual([
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
      ]);
    });
  });
});
