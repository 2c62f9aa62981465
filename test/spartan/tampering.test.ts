/** Proofs of `snark` that were changed: every value and every list, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { bn256, grumpkin } from '../../src/curve/curves.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import type { SnarkVerifierKey } from '../../src/spartan/relaxed-snark.ts';
import { Spartan, type SpartanProof } from '../../src/spartan/snark.ts';
import { testBackend } from '../support/backend.ts';
import { kinds, type Node } from '../support/parts.ts';
import {
  expectBytesRefused,
  expectCodes,
  expectRefusedAnywhere,
  honestProof,
  type HonestProof,
} from './changed-proofs.ts';

type Proof = SpartanProof<InnerProductArgument>;

const snark = new Spartan(ipa);

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend('reference');
});
afterAll(() => backend?.close());

describe.each([bn256, grumpkin])('a changed proof on $name', (curve) => {
  let honest: HonestProof<SnarkVerifierKey, Proof>;
  beforeAll(async () => {
    honest = await honestProof(backend, snark, curve, 4);
  });

  it('has the parts that are changed below', () => {
    expect(kinds(honest.proof as unknown as Node)).toEqual([
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
    expect(await expectRefusedAnywhere(honest)).toBeGreaterThan(200);
  });

  it('is refused when parts of it have changed places', async () => {
    const { proof } = honest;
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
    await expectCodes(honest, swapped);
  });

  it('is refused when its bytes are cut or changed, and never read as another encoding', async () => {
    expect(await expectBytesRefused(honest, { cut: 15, change: 8, verify: 5 })).toBeGreaterThan(40);
  });
});
