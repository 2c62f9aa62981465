import type { Cycle, Opening } from '../curve/cycles.ts';
import type { EvaluationEngine } from '../pcs/evaluation-engine.ts';
import { hyperkzg } from '../pcs/hyperkzg.ts';
import { ipa } from '../pcs/ipa.ts';
import { mercury } from '../pcs/mercury.ts';
import { PreprocessingSpartan } from '../spartan/ppsnark.ts';
import type { RelaxedSNARK } from '../spartan/relaxed-snark.ts';
import { Spartan } from '../spartan/snark.ts';
import { FINAL_SNARKS, type FinalSnark } from './final-snark.ts';

/** The SNARKs that end a proof, one on each curve. */
export interface FinalSNARKs {
  readonly primary: RelaxedSNARK;
  readonly secondary: RelaxedSNARK;
}

/** The SNARKs of that name on a cycle. */
export function finalSNARKs(cycle: Cycle, name: FinalSnark): FinalSNARKs {
  const [primary, secondary] = FINAL_SNARKS[name];
  return { primary: spartan(openingOf(cycle), primary), secondary: spartan(ipa, secondary) };
}

/** One SNARK, with preprocessing or without. */
export function spartan(opening: EvaluationEngine, preprocessing: boolean): RelaxedSNARK {
  return preprocessing ? new PreprocessingSpartan(opening) : new Spartan(opening);
}

/** The openings of primary curves. */
const OPENINGS: Readonly<Record<Opening, EvaluationEngine>> = { ipa, hyperkzg, mercury };

/** How commitments on a cycle's primary curve are opened. */
export function openingOf({ opening = 'ipa' }: Cycle): EvaluationEngine {
  return OPENINGS[opening];
}
