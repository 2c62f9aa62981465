import type { Cycle, Opening } from '../curve/cycles.ts';
import type { EvaluationVerifier } from '../pcs/evaluation-engine.ts';
import { hyperkzgVerifier } from '../pcs/hyperkzg.ts';
import { ipaVerifier } from '../pcs/ipa.ts';
import { mercuryVerifier } from '../pcs/mercury.ts';
import { PreprocessingSpartanVerifier } from '../spartan/ppsnark-verifier.ts';
import type { RelaxedSNARKVerifier } from '../spartan/relaxed-snark.ts';
import { SpartanVerifier } from '../spartan/snark.ts';
import { FINAL_SNARKS, type FinalSnark } from './final-snark.ts';

/** The verifier's halves of the SNARKs that end a proof, one on each curve. */
export interface FinalVerifiers {
  readonly primary: RelaxedSNARKVerifier;
  readonly secondary: RelaxedSNARKVerifier;
}

/** The verifier's halves of the SNARKs of that name on a cycle. */
export function finalVerifiers(cycle: Cycle, name: FinalSnark): FinalVerifiers {
  const [primary, secondary] = FINAL_SNARKS[name];
  return {
    primary: spartanVerifier(openingVerifier(cycle), primary),
    secondary: spartanVerifier(ipaVerifier, secondary),
  };
}

/** The verifier of one SNARK, with preprocessing or without. */
export function spartanVerifier(opening: EvaluationVerifier, preprocessing: boolean): RelaxedSNARKVerifier {
  return preprocessing ? new PreprocessingSpartanVerifier(opening) : new SpartanVerifier(opening);
}

/** The openings of primary curves. */
const OPENINGS: Readonly<Record<Opening, EvaluationVerifier>> = {
  ipa: ipaVerifier,
  hyperkzg: hyperkzgVerifier,
  mercury: mercuryVerifier,
};

/** How commitments on a cycle's primary curve are opened. */
export function openingVerifier({ opening = 'ipa' }: Cycle): EvaluationVerifier {
  return OPENINGS[opening];
}
