/** Proofs of `snark` that were changed: every value and every list, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { bn256, grumpkin } from '../../src/curve/curves.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import { Spartan, type SpartanProof } from '../../src/spartan/snark.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { kinds, mutations, paths, replaceAt, text, valueAt, type Node } from './mutations.ts';
import { residentSystem, smallSystem } from './satisfied.ts';

type Proof = SpartanProof<InnerProductArgument>;

const snark = new Spartan(ipa);

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend('reference');
});
afterAll(() => backend?.close());

/** The code of a proof with this part changed. */
function expected(path: readonly string[], before: Node, after: Node): string {
  if (path[0] !== 'evalArg') return 'InvalidSumcheckProof';
  const resized = Array.isArray(before) && before.length !== (after as Node[]).length;
  return resized ? 'InvalidInputLength' : 'InvalidPCS';
}

describe.each([bn256, grumpkin])('a changed proof on $name', (curve) => {
  let U: RelaxedInstance;
  let vk: Awaited<ReturnType<typeof snark.setup>>['vk'];
  let proof: Proof;
  beforeAll(async () => {
    const bases = await backend.bases(curve, CK_LABEL, 4);
    const resident = await residentSystem(backend, bases, smallSystem(curve));
    const keys = await snark.setup(backend, { bases }, resident.matrices);
    ({ U } = resident);
    ({ vk } = keys);
    proof = await snark.prove(keys.pk, U, resident.W);
  });

  it('has the parts that are changed below', () => {
    const honest = proof as unknown as Node;
    expect(kinds(honest)).toEqual([
      'batch.evals',
      'batch.evals.*',
      'batch.sumcheck',
      'batch.sumcheck.*',
      'batch.sumcheck.*.*',
      'claimsOuter',
      'claimsOuter.*',
      'evalArg.L',
      'evalArg.L.*',
      'evalArg.R',
      'evalArg.R.*',
      'evalArg.a',
      'evalE',
      'evalW',
      'inner',
      'inner.*',
      'inner.*.*',
      'outer',
      'outer.*',
      'outer.*.*',
    ]);
  });

  it('is refused with the code of its part, wherever it was changed', async () => {
    await snark.verify(vk, U, proof);
    const honest = proof as unknown as Node;
    let cases = 0;
    for (const path of paths(honest)) {
      if (path.join('.') === 'claimsOuter') continue; // always three of them: they are encoded without a length
      const before = valueAt(honest, path);
      for (const after of mutations(curve, before)) {
        if (text(after) === text(before)) continue;
        const changed = replaceAt(honest, path, after) as unknown as Proof;
        const code = await codeOf(() => snark.verify(vk, U, changed));
        expect(`${path.join('.')}: ${code}`).toBe(`${path.join('.')}: ${expected(path, before, after)}`);
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(200);
  });

  it('is refused when parts of it have changed places', async () => {
    const { L, R } = proof.evalArg;
    const swapped: [string, Proof][] = [
      ['InvalidSumcheckProof', { ...proof, outer: proof.outer.toReversed() }],
      ['InvalidSumcheckProof', { ...proof, evalE: proof.evalW, evalW: proof.evalE }],
      [
        'InvalidSumcheckProof',
        { ...proof, inner: proof.batch.sumcheck, batch: { ...proof.batch, sumcheck: proof.inner } },
      ],
      [
        'InvalidSumcheckProof',
        { ...proof, batch: { ...proof.batch, evals: proof.batch.evals.toReversed() } },
      ],
      ['InvalidPCS', { ...proof, evalArg: { ...proof.evalArg, L: R, R: L } }],
    ];
    for (const [code, changed] of swapped)
      expect(await codeOf(() => snark.verify(vk, U, changed))).toBe(code);
  });

  it('is refused when its bytes are cut or changed, and never read as another encoding', async () => {
    const w = new ByteWriter();
    snark.writeProof(w, curve, proof);
    const bytes = w.finish();
    for (let end = 0; end < bytes.length; end += 15) {
      expect(await codeOf(() => snark.readProof(new ByteReader(bytes.subarray(0, end)), curve))).toBe(
        'InvalidEncoding',
      );
    }
    // one bit of every eighth byte: whatever still can be read is written as these bytes, and refused
    let read = 0;
    for (let i = 0; i < bytes.length; i += 8) {
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
      if (read++ % 5 === 0) {
        const code = await codeOf(() => snark.verify(vk, U, other));
        expect(code).toMatch(/^Invalid(SumcheckProof|PCS)$/);
      }
    }
    expect(read).toBeGreaterThan(40);
  });
});
