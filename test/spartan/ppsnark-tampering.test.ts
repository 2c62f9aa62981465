/** Proofs of `ppsnark` that were changed: every value and every list, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { secp256k1 as curve } from '../../src/curve/curves.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import {
  LOOKUP_POLYNOMIALS,
  OPENED_POLYNOMIALS,
  type PreprocessingProof,
} from '../../src/spartan/ppsnark-proof.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { kinds, mutations, paths, replaceAt, text, valueAt, type Node } from './mutations.ts';
import { residentSystem, smallSystem } from './satisfied.ts';

type Proof = PreprocessingProof<InnerProductArgument>;

const snark = new PreprocessingSpartan(ipa);

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

/** The code of a proof with this part changed. */
function expected(path: readonly string[], before: Node, after: Node): string {
  if (path[0] !== 'evalArg') return 'InvalidSumcheckProof';
  const resized = Array.isArray(before) && before.length !== (after as Node[]).length;
  return resized ? 'InvalidInputLength' : 'InvalidPCS';
}

describe('a changed proof', () => {
  let U: RelaxedInstance;
  let vk: Awaited<ReturnType<typeof snark.setup>>['vk'];
  let proof: Proof;
  beforeAll(async () => {
    const bases = await backend.bases(curve, CK_LABEL, 32);
    const resident = await residentSystem(backend, bases, smallSystem(curve));
    const keys = await snark.setup(backend, { bases }, resident.matrices);
    ({ U } = resident);
    ({ vk } = keys);
    proof = await snark.prove(keys.pk, U, resident.W);
  });

  it('has the parts that are changed below', () => {
    expect(kinds(proof as unknown as Node)).toEqual(
      [
        ...LOOKUP_POLYNOMIALS.map((name) => `comms.${name}`),
        ...OPENED_POLYNOMIALS.map((name) => `evals.${name}`),
        'claimsOuter',
        'claimsOuter.*',
        'outer',
        'outer.*',
        'outer.*.*',
        'inner',
        'inner.*',
        'inner.*.*',
        'evalArg.L',
        'evalArg.L.*',
        'evalArg.R',
        'evalArg.R.*',
        'evalArg.a',
      ].sort(),
    );
  });

  it('is refused with the code of its part, wherever it was changed', async () => {
    await snark.verify(vk, U, proof);
    const honest = proof as unknown as Node;
    let cases = 0;
    for (const path of paths(honest)) {
      if (path.join('.') === 'claimsOuter') continue; // always four of them: they are encoded without a length
      const before = valueAt(honest, path);
      for (const after of mutations(curve, before)) {
        if (text(after) === text(before)) continue;
        const changed = replaceAt(honest, path, after) as unknown as Proof;
        const code = await codeOf(() => snark.verify(vk, U, changed));
        expect(`${path.join('.')}: ${code}`).toBe(`${path.join('.')}: ${expected(path, before, after)}`);
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(250);
  });

  it('is refused when parts of it have changed places', async () => {
    const { comms, evals } = proof;
    const { L, R } = proof.evalArg;
    const swaps: [string, Proof][] = [
      ['InvalidSumcheckProof', { ...proof, outer: proof.inner, inner: proof.outer }],
      [
        'InvalidSumcheckProof',
        {
          ...proof,
          claimsOuter: [
            proof.claimsOuter[1],
            proof.claimsOuter[0],
            ...proof.claimsOuter.slice(2),
          ] as unknown as Proof['claimsOuter'],
        },
      ],
      ['InvalidPCS', { ...proof, evalArg: { ...proof.evalArg, L: R, R: L } }],
    ];
    LOOKUP_POLYNOMIALS.slice(1).forEach((name, i) => {
      const other = LOOKUP_POLYNOMIALS[i];
      const swapped = { ...comms, [name]: comms[other], [other]: comms[name] };
      swaps.push(['InvalidSumcheckProof', { ...proof, comms: swapped }]);
    });
    OPENED_POLYNOMIALS.slice(1).forEach((name, i) => {
      const other = OPENED_POLYNOMIALS[i];
      const swapped = { ...evals, [name]: evals[other], [other]: evals[name] };
      // L_row and L_col are only multiplied, so the sum-check alone does not tell them apart: the memory check does
      swaps.push(['InvalidSumcheckProof', { ...proof, evals: swapped }]);
    });
    for (const [code, changed] of swaps) expect(await codeOf(() => snark.verify(vk, U, changed))).toBe(code);
  });

  it('is refused when its bytes are cut or changed, and never read as another encoding', async () => {
    const w = new ByteWriter();
    snark.writeProof(w, curve, proof);
    const bytes = w.finish();
    for (let end = 0; end < bytes.length; end += 37) {
      expect(await codeOf(() => snark.readProof(new ByteReader(bytes.subarray(0, end)), curve))).toBe(
        'InvalidEncoding',
      );
    }
    // one bit of every 13th byte: whatever still can be read is written as these bytes, and refused
    let read = 0;
    for (let i = 0; i < bytes.length; i += 13) {
      const changed = bytes.slice();
      changed[i] ^= 1 << (i % 7);
      let other: Proof;
      const r = new ByteReader(changed);
      try {
        other = snark.readProof(r, curve);
        r.end();
      } catch (error) {
        expect(error).toMatchObject({ code: 'InvalidEncoding' });
        continue;
      }
      const again = new ByteWriter();
      snark.writeProof(again, curve, other);
      expect(again.finish()).toEqual(changed);
      if (read++ % 3 === 0) {
        const code = await codeOf(() => snark.verify(vk, U, other));
        expect(code).toMatch(/^Invalid(SumcheckProof|PCS)$/);
      }
    }
    expect(read).toBeGreaterThan(50);
  });
});
