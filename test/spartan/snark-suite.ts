import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bn256, CURVES, pallas } from '../../src/curve/curves.ts';
import type { ResidentKey } from '../../src/pcs/evaluation-engine.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import type { SnarkVerifierKey } from '../../src/spartan/relaxed-snark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { codeOf } from '../support/error.ts';
import { matricesOf } from '../support/matrices.ts';
import { inventory } from './inventory.ts';
import { satisfiedSystem, type SatisfiedSystem, type SystemSize } from './satisfied.ts';
import type { SnarkBench } from './snark-bench.ts';
import { download } from './vectors.ts';

/** What is particular to a SNARK. */
export interface SnarkCase {
  /** A system on bn256 with something in every part of it: two public inputs. */
  readonly system: SatisfiedSystem;
  /** The most rows and variables of random systems, and how many of these. */
  readonly random: { readonly most: number; readonly runs: number };
  readonly sizes: readonly (readonly [what: string, size: SystemSize])[];
  /** Instances that are refused as other ones, beside those of the suite. */
  readonly otherInstances?: (U: RelaxedInstance) => readonly RelaxedInstance[];
  /** Of a prover's progress, in order. */
  readonly phases: readonly string[];
  /** What the transcript takes and gives for `system`, in order. */
  readonly transcript: readonly string[];
}

/** What every SNARK of a relaxed instance is tested for. */
export function snarkSuite<PK extends ResidentKey, VK extends SnarkVerifierKey, Proof>(
  bench: SnarkBench<PK, VK, Proof>,
  { system, random, sizes, otherInstances = () => [], phases, transcript }: SnarkCase,
): void {
  const { snark, verifier } = bench;

  describe('a proof', () => {
    const count = fc.nat({ max: random.most });
    const size = fc
      .record({ constraints: count, variables: count, io: fc.nat({ max: 2 }) })
      .filter(({ constraints, variables, io }) => io < Math.max(constraints, variables));
    const statement = fc
      .tuple(fc.constantFrom(...CURVES), size)
      .chain(([curve, one]) => fc.tuple(fc.constant(curve), satisfiedSystem(curve, one)));

    it('proves what is satisfied, whatever the size, on every curve', () =>
      fc.assert(
        fc.asyncProperty(statement, ([curve, satisfied]) => bench.prove(curve, satisfied)),
        { numRuns: random.runs },
      ));

    it.each(sizes)('proves a system of %s', async (_, one) => {
      const [satisfied] = fc.sample(satisfiedSystem(pallas, one), { numRuns: 1, seed: 7 });
      await bench.prove(pallas, satisfied);
    });

    it('proves nothing that is not satisfied', async () => {
      const { E } = system;
      const wrong = { ...system, E: E.with(1, bn256.scalar.add(E[1], 1n)) };
      await bench.open(bn256, wrong, async ({ pk, vk, U, W }) => {
        const proof = await snark.prove(pk, U, W);
        expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('InvalidSumcheckProof');
      });
    });

    it('proves nothing about commitments to something else', async () => {
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        for (const name of ['commW', 'commE'] as const) {
          const other = { ...U, [name]: bn256.generator };
          const proof = await snark.prove(pk, other, W);
          expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidPCS');
        }
      });
    });

    it('is refused for any other instance', async () => {
      const F = bn256.scalar;
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        const proof = await snark.prove(pk, U, W);
        for (const other of [
          { ...U, commW: U.commE },
          { ...U, commE: bn256.neg(U.commE) },
          { ...U, u: F.add(U.u, 1n) },
          { ...U, X: [U.X[1], U.X[0]] },
          { ...U, X: [U.X[0], F.neg(U.X[1])] },
          ...otherInstances(U),
        ]) {
          expect(await codeOf(() => snark.verify(vk, other, proof))).toBe('InvalidSumcheckProof');
        }
      });
    });

    it('is refused under the key of another system', async () => {
      const dictionary = system.shape.dictionary.map((c, i) => (i === 0 ? c + 1n : c));
      const other = { ...system, shape: { ...system.shape, dictionary } };
      await bench.open(bn256, system, ({ pk, vk: right, U, W }) =>
        bench.open(bn256, other, async ({ vk }) => {
          const proof = await snark.prove(pk, U, W);
          expect(vk.digest).not.toBe(right.digest);
          expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('InvalidSumcheckProof');
        }),
      );
    });

    it('needs public inputs that fit', async () => {
      const { backend } = bench;
      const wide = backend.matrices(matricesOf(bn256.scalar, 1, 1, [[[]], [[]], [[]]]));
      expect(await codeOf(() => snark.setup(backend, bench.ck(bn256), wide))).toBe('InvalidInputLength');
      backend.free(wide);
    });
  });

  describe('the vectors of a proof', () => {
    it('are made once; W and E stay as they are; closing frees them', async () => {
      const { backend } = bench;
      const before = backend.counters().liveBytes;
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
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
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        const first = snark.prove(pk, U, W);
        expect(await codeOf(() => snark.prove(pk, U, W))).toBe('Busy');
        const proof = await first;
        const check = snark.verify(vk, U, proof);
        expect(await codeOf(() => snark.verify(vk, U, proof))).toBe('Busy');
        await check;
      });
    });

    it('serve again after a proof that was stopped anywhere', async () => {
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        const seen: string[] = [];
        const honest = await snark.prove(pk, U, W, {
          onProgress: ({ phase, share }) => {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
            if (seen[seen.length - 1] !== phase) seen.push(phase);
          },
        });
        expect(seen).toEqual(phases);
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
    it('is read back with the same digest, and verifies', async () => {
      const { backend } = bench;
      const { liveBytes } = backend.counters();
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        const bytes = await bench.encodeKey(vk);
        const r = new ByteReader(bytes);
        const read = await verifier.readVerifierKey(backend, bn256, r);
        r.end();
        expect(read.digest).toBe(vk.digest);
        expect(await bench.encodeKey(read)).toEqual(bytes);
        await verifier.verify(read, U, await snark.prove(pk, U, W));
        read.close();
        read.close();
      });
      expect(backend.counters().liveBytes).toBe(liveBytes);
    });
  });

  describe('the transcript', () => {
    it('takes everything that the verifier uses, in this order, on both sides', async () => {
      await bench.open(bn256, system, async ({ pk, vk, U, W }) => {
        let proof = await snark.prove(pk, U, W);
        const proved = await inventory(async () => (proof = await snark.prove(pk, U, W)));
        const verified = await inventory(() => snark.verify(vk, U, proof));
        expect(verified).toEqual(proved);
        expect(proved).toEqual(transcript);
      });
    });
  });
}
