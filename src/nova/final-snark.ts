import { NovaError } from '../errors.ts';

/**
 * The SNARKs that end a proof: Spartan on both curves (`snark`), Spartan with preprocessing on the primary curve (`ppsnark`),
 * or that on both (`ppsnark2`). Preprocessing takes the matrices out of the verifier's key and work, and makes the prover's
 * longer.
 */
export type FinalSnark = 'snark' | 'ppsnark' | 'ppsnark2';

/** On which of the two curves each of them has preprocessing. */
export const FINAL_SNARKS: Readonly<Record<FinalSnark, readonly [primary: boolean, secondary: boolean]>> = {
  snark: [false, false],
  ppsnark: [true, false],
  ppsnark2: [true, true],
};

/** Returns `name` if it is one of {@link FINAL_SNARKS}. @throws {@link NovaError} `InvalidArgument`; the message lists them */
export function checkFinalSnark(name: string): FinalSnark {
  if (!Object.hasOwn(FINAL_SNARKS, name)) {
    throw new NovaError(
      'InvalidArgument',
      `no SNARK ${JSON.stringify(String(name).slice(0, 40))}; there are ${Object.keys(FINAL_SNARKS).join(', ')}`,
    );
  }
  return name as FinalSnark;
}
