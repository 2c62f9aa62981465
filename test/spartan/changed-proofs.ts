/** What tests of changed proofs share, whatever the SNARK: changed in every place, cut, and changed in their bytes. */
import { expect } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { Curve } from '../../src/curve/curve.ts';
import type { CommitmentKey, ResidentKey } from '../../src/pcs/evaluation-engine.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import type {
  RelaxedSNARK,
  RelaxedSNARKVerifier,
  SnarkVerifierKey,
} from '../../src/spartan/relaxed-snark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { codeOf } from '../support/error.ts';
import { mutations, paths, replaceAt, text, valueAt, type Node } from '../support/parts.ts';
import { residentSystem, smallSystem } from './satisfied.ts';

/** A proof that verifies, and what it is verified with. */
export interface HonestProof<VK extends SnarkVerifierKey, Proof> {
  readonly snark: RelaxedSNARKVerifier<VK, Proof>;
  readonly curve: Curve;
  readonly vk: VK;
  readonly U: RelaxedInstance;
  readonly proof: Proof;
}

/** A proof of a small system. @param generators how many the commitment key has */
export async function honestProof<PK extends ResidentKey, VK extends SnarkVerifierKey, Proof>(
  backend: Backend,
  snark: RelaxedSNARK<CommitmentKey, PK, VK, Proof>,
  curve: Curve,
  generators: number,
): Promise<HonestProof<VK, Proof>> {
  const bases = await backend.bases(curve, CK_LABEL, generators);
  const { U, W, matrices } = await residentSystem(backend, bases, smallSystem(curve));
  const { pk, vk } = await snark.setup(backend, { bases }, matrices);
  return { snark, curve, vk, U, proof: await snark.prove(pk, U, W) };
}

/**
 * Changes every value and every list, each in all ways of {@link mutations}, and expects the code of the part that it is in.
 *
 * @returns how many changes that were
 */
export async function expectRefusedAnywhere<VK extends SnarkVerifierKey, Proof>({
  snark,
  curve,
  vk,
  U,
  proof,
}: HonestProof<VK, Proof>): Promise<number> {
  await snark.verify(vk, U, proof);
  const honest = proof as Node;
  let cases = 0;
  for (const path of paths(honest)) {
    if (path.join('.') === 'claimsOuter') continue; // always as many: they are encoded without a length
    const before = valueAt(honest, path);
    for (const after of mutations(curve, before)) {
      if (text(after) === text(before)) continue;
      const changed = replaceAt(honest, path, after) as Proof;
      const code = await codeOf(() => snark.verify(vk, U, changed));
      expect(`${path.join('.')}: ${code}`).toBe(`${path.join('.')}: ${codeFor(path, before, after)}`);
      cases++;
    }
  }
  return cases;
}

/** The code of a proof with this part changed. */
function codeFor(path: readonly string[], before: Node, after: Node): string {
  if (path[0] !== 'evalArg') return 'InvalidSumcheckProof';
  const resized = Array.isArray(before) && before.length !== (after as Node[]).length;
  return resized ? 'InvalidInputLength' : 'InvalidPCS';
}

/** Expects each of these proofs to be refused with its code. */
export async function expectCodes<VK extends SnarkVerifierKey, Proof>(
  { snark, vk, U }: HonestProof<VK, Proof>,
  changed: readonly (readonly [code: string, proof: Proof])[],
): Promise<void> {
  for (const [code, proof] of changed) expect(await codeOf(() => snark.verify(vk, U, proof))).toBe(code);
}

/** Every how many bytes an encoding is cut and changed, and every how many of the proofs read from changed bytes are verified. */
export interface Strides {
  readonly cut: number;
  readonly change: number;
  readonly verify: number;
}

/**
 * Cuts the encoding, and changes one bit at a time: what cannot be read is refused; whatever still can be is written as these
 * bytes again, and refused by the verifier.
 *
 * @returns how many could be read
 */
export async function expectBytesRefused<VK extends SnarkVerifierKey, Proof>(
  { snark, curve, vk, U, proof }: HonestProof<VK, Proof>,
  { cut, change, verify }: Strides,
): Promise<number> {
  const encode = (one: Proof) => {
    const w = new ByteWriter();
    snark.writeProof(w, curve, one);
    return w.finish();
  };
  const bytes = encode(proof);
  for (let end = 0; end < bytes.length; end += cut) {
    const r = new ByteReader(bytes.subarray(0, end));
    expect(await codeOf(() => snark.readProof(r, curve))).toBe('InvalidEncoding');
  }
  let read = 0;
  for (let i = 0; i < bytes.length; i += change) {
    const changed = bytes.slice();
    changed[i] ^= 1 << (i % 7);
    let other: Proof;
    try {
      const r = new ByteReader(changed);
      other = snark.readProof(r, curve);
      r.end();
    } catch (error) {
      expect(error).toMatchObject({ code: 'InvalidEncoding' });
      continue;
    }
    expect(encode(other)).toEqual(changed);
    if (read++ % verify === 0) {
      const code = await codeOf(() => snark.verify(vk, U, other));
      expect(code).toMatch(/^Invalid(SumcheckProof|PCS)$/);
    }
  }
  return read;
}
