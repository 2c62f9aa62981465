import { concatBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Backend, Bases } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import { CURVES } from '../../src/curve/curves.ts';
import type { CommitmentKey, ResidentKey } from '../../src/pcs/evaluation-engine.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type {
  RelaxedSNARK,
  RelaxedSNARKVerifier,
  SnarkVerifierKey,
} from '../../src/spartan/relaxed-snark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { residentSystem, type ResidentSystem, type SatisfiedSystem } from './satisfied.ts';

/** A system with the keys for it. */
export interface Opened<PK, VK> extends ResidentSystem {
  readonly pk: PK;
  readonly vk: VK;
}

/** A SNARK, its verifier alone, and an engine with a commitment key for each curve. */
export class SnarkBench<PK extends ResidentKey, VK extends SnarkVerifierKey, Proof> {
  readonly snark: RelaxedSNARK<CommitmentKey, PK, VK, Proof>;
  readonly verifier: RelaxedSNARKVerifier<VK, Proof>;
  #backend: Backend | undefined;
  readonly #bases = new Map<Curve, Bases>();

  /** Makes the engine before the tests of the file, and closes it after them. @param generators how many the keys have */
  constructor(
    snark: RelaxedSNARK<CommitmentKey, PK, VK, Proof>,
    verifier: RelaxedSNARKVerifier<VK, Proof>,
    engine: 'wasm' | 'reference',
    generators: number,
  ) {
    this.snark = snark;
    this.verifier = verifier;
    beforeAll(async () => {
      this.#backend = await testBackend(engine);
      for (const curve of CURVES) {
        this.#bases.set(curve, await this.#backend.bases(curve, CK_LABEL, generators));
      }
    });
    afterAll(() => this.#backend?.close());
  }

  get backend(): Backend {
    return this.#backend!;
  }

  ck(curve: Curve): CommitmentKey {
    return { bases: this.#bases.get(curve)! };
  }

  /** Opens a system and its keys for `work`, and frees all afterwards. */
  async open<T>(
    curve: Curve,
    system: SatisfiedSystem,
    work: (opened: Opened<PK, VK>) => Promise<T>,
  ): Promise<T> {
    const ck = this.ck(curve);
    const resident = await residentSystem(this.backend, ck.bases, system);
    const keys = await this.snark.setup(this.backend, ck, resident.matrices);
    try {
      return await work({ ...resident, ...keys });
    } finally {
      keys.pk.close();
      keys.vk.close();
      resident.close();
    }
  }

  /** Proves, verifies, and reads what it wrote. @returns what `see` makes of the verifier's key */
  async prove<T = void>(curve: Curve, system: SatisfiedSystem, see?: (vk: VK) => T): Promise<T | undefined> {
    return this.open(curve, system, async ({ pk, vk, U, W }) => {
      const proof = await this.snark.prove(pk, U, W);
      await this.verifier.verify(vk, U, proof);
      const w = new ByteWriter();
      this.snark.writeProof(w, curve, proof);
      const r = new ByteReader(w.finish());
      expect(this.verifier.readProof(r, curve)).toEqual(proof);
      r.end();
      return see?.(vk);
    });
  }

  async encodeKey(vk: VK): Promise<Uint8Array> {
    const sections: Uint8Array[] = [];
    for await (const section of this.verifier.encodeVerifierKey(vk)) sections.push(section);
    return concatBytes(...sections);
  }
}
