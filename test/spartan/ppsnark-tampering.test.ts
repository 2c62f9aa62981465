/** Proofs of `ppsnark` that were changed: every value and every list, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { secp256k1 } from '../../src/curve/curves.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import {
  LOOKUP_POLYNOMIALS,
  OPENED_POLYNOMIALS,
  type PreprocessingProof,
} from '../../src/spartan/ppsnark-proof.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import type { SnarkVerifierKey } from '../../src/spartan/relaxed-snark.ts';
import { testBackend } from '../support/backend.ts';
import { kinds, type Node } from '../support/parts.ts';
import {
  expectBytesRefused,
  expectCodes,
  expectRefusedAnywhere,
  honestProof,
  type HonestProof,
} from './changed-proofs.ts';

type Proof = PreprocessingProof<InnerProductArgument>;

const snark = new PreprocessingSpartan(ipa);

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

describe('a changed proof', () => {
  let honest: HonestProof<SnarkVerifierKey, Proof>;
  beforeAll(async () => {
    honest = await honestProof(backend, snark, secp256k1, 32);
  });

  it('has the parts that are changed below', () => {
    expect(kinds(honest.proof as unknown as Node)).toEqual(
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
    expect(await expectRefusedAnywhere(honest)).toBeGreaterThan(250);
  });

  it('is refused when parts of it have changed places', async () => {
    const { proof } = honest;
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
    await expectCodes(honest, swaps);
  });

  it('is refused when its bytes are cut or changed, and never read as another encoding', async () => {
    expect(await expectBytesRefused(honest, { cut: 37, change: 13, verify: 3 })).toBeGreaterThan(50);
  });
});
