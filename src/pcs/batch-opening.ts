/**
 * KZG openings of several polynomials, each at points of its own, by two commitments (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081,
 * section 4.1; nova-snark's `batch_evaluation` in `src/provider/mercury.rs`). With T all points, S_i those of f_i, f*_i the
 * interpolation of f_i there and Z_S the polynomial that vanishes on S:
 *
 *     W  = sum of beta^i Z_(T-S_i) (f_i - f*_i) / Z_T
 *     W' = (sum of beta^i Z_(T-S_i)(z) (f_i - f*_i(z)) - Z_T(z) W) / (X - z)
 */
import type { AffinePoint } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import type { PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import { evaluateAt, interpolate, linearCombination, overLinear, timesLinear } from './univariate.ts';

/** Which values a polynomial has at which points. */
export interface Opened {
  readonly points: readonly bigint[];
  readonly values: readonly bigint[];
}

/** The commitments to W and W'. */
export interface BatchArgument {
  readonly commW: AffinePoint;
  readonly commWPrime: AffinePoint;
}

/** A check e(left, H) = e(right, tau H) that is still to be made. */
export interface PairingClaim {
  readonly left: AffinePoint;
  readonly right: AffinePoint;
}

/**
 * Proves openings that are true. All polynomials are on the host.
 *
 * @param T all points
 * @param commit commits to a polynomial that has fewer coefficients than the longest one
 */
export async function proveOpenings(
  F: PrimeField,
  transcript: KeccakTranscript,
  T: readonly bigint[],
  opened: readonly (Opened & { readonly f: readonly bigint[] })[],
  commit: (f: readonly bigint[]) => Promise<AffinePoint>,
): Promise<BatchArgument> {
  const beta = transcript.squeeze('b');

  const terms = opened.map(({ f, points, values }, i) => ({
    f,
    fStar: interpolate(F, points, values),
    scale: F.pow(beta, BigInt(i)),
    others: T.filter((t) => !points.includes(t)),
  }));
  const numerator = linearCombination(
    F,
    terms.map(({ f, fStar, scale, others }) => {
      const difference = linearCombination(F, [
        [1n, f],
        [F.neg(1n), fStar],
      ]);
      return [scale, others.reduce((p, t) => timesLinear(F, p, t), difference)] as const;
    }),
  );
  const W = T.reduce((p, t) => overLinear(F, p, t), numerator);
  const commW = await commit(W);
  transcript.absorbPoint('w', commW);

  const z = transcript.squeeze('z');
  const weights = terms.map(({ scale, others }) => F.mul(scale, vanishing(F, others, z)));
  // the constants f*_i(z) do not change the quotient by X - z
  const L = linearCombination(F, [
    ...terms.map(({ f }, i) => [weights[i], f] as const),
    [F.neg(vanishing(F, T, z)), W],
  ]);
  const commWPrime = await commit(overLinear(F, L, z));
  return { commW, commWPrime };
}

/** What remains to be checked of an argument about the polynomials in `comm`. */
export function reduceOpenings(
  F: PrimeField,
  transcript: KeccakTranscript,
  T: readonly bigint[],
  opened: readonly (Opened & { readonly comm: AffinePoint })[],
  { commW, commWPrime }: BatchArgument,
): PairingClaim {
  const beta = transcript.squeeze('b');

  const terms = opened.map(({ comm, points, values }, i) => ({
    comm,
    fStar: interpolate(F, points, values),
    scale: F.pow(beta, BigInt(i)),
    others: T.filter((t) => !points.includes(t)),
  }));
  transcript.absorbPoint('w', commW);

  const z = transcript.squeeze('z');
  const weights = terms.map(({ scale, others }) => F.mul(scale, vanishing(F, others, z)));
  const constant = terms.reduce(
    (sum, { fStar }, i) => F.add(sum, F.mul(weights[i], evaluateAt(F, fStar, z))),
    0n,
  );
  const left = bn256.sum([
    ...terms.map(({ comm }, i) => [weights[i], comm] as const),
    [F.neg(constant), bn256.generator],
    [F.neg(vanishing(F, T, z)), commW],
    [z, commWPrime],
  ]);
  return { left, right: commWPrime };
}

/** Z_S(z), the product of z - s. */
function vanishing(F: PrimeField, S: readonly bigint[], z: bigint): bigint {
  return S.reduce((product, s) => F.mul(product, F.sub(z, s)), 1n);
}
