import type { Cycle, Opening } from '../curve/cycles.ts';
import type { EvaluationVerifier } from '../pcs/evaluation-engine.ts';
import { ipaVerifier } from '../pcs/ipa.ts';
import type { RelaxedSNARKVerifier } from '../spartan/relaxed-snark.ts';
import { SpartanVerifier } from '../spartan/snark.ts';
import { FINAL_SNARKS, type FinalSnark } from './final-snark.ts';

/** The verifier's halves of the SNARKs that end a proof, one on each curve. */
export interface FinalVerifiers {
  readonly primary: RelaxedSNARKVerifier;
  readonly secondary: RelaxedSNARKVerifier;
}

/** The verifier's halves of the SNARKs of that name on a cycle. What not all of them need is loaded when they do. */
export async function finalVerifiers(cycle: Cycle, name: FinalSnark): Promise<FinalVerifiers> {
  const [primary, secondary] = FINAL_SNARKS[name];
  return {
    primary: await spartanVerifier(await openingVerifier(cycle), primary),
    secondary: await spartanVerifier(ipaVerifier, secondary),
  };
}

/** The verifier of one SNARK, with preprocessing or without. */
export async function spartanVerifier(
  opening: EvaluationVerifier,
  preprocessing: boolean,
): Promise<RelaxedSNARKVerifier> {
  if (!preprocessing) return new SpartanVerifier(opening);
  const { PreprocessingSpartanVerifier } = await import('../spartan/ppsnark-verifier.ts');
  return new PreprocessingSpartanVerifier(opening);
}

/** The openings of primary curves. */
const OPENINGS: Readonly<Record<Opening, () => EvaluationVerifier | Promise<EvaluationVerifier>>> = {
  ipa: () => ipaVerifier,
  hyperkzg: async () => (await import('../pcs/hyperkzg.ts')).hyperkzgVerifier,
  mercury: async () => (await import('../pcs/mercury.ts')).mercuryVerifier,
};

/** How commitments on a cycle's primary curve are opened. */
export async function openingVerifier({ opening = 'ipa' }: Cycle): Promise<EvaluationVerifier> {
  return OPENINGS[opening]();
}
