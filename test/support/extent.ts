import { CURVES, bn256, pallas, secp256k1 } from '../../src/curve/curves.ts';
import type { Curve } from '../../src/curve/curve.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { bn256Base, FIELDS, pallasBase, secp256k1Base } from '../../src/field/fields.ts';

/** Whether everything is to be tested on the software GPU, which takes many minutes: `npm run test:webgpu`. */
export const EVERYTHING: boolean = process.env.NOVA_TEST_WEBGPU === '1';

/** What the largest sizes of the engines' suite are multiplied with there. */
export const SUITE_SCALE: number = EVERYTHING ? 1 / 16 : 1 / 64;

/*
 * Kernels are compiled for every field and curve, which takes seconds of a CPU each. One of each kind of prime has all the code that
 * the generator makes: Pasta's, a general one, and one of 256 bits.
 */

/** The fields of which all kernels are tested there. What the functions under them compute is tested over every field. */
export const GPU_FIELDS: readonly PrimeField[] = EVERYTHING ? FIELDS : [pallasBase, bn256Base, secp256k1Base];

/** The curves likewise: a curve's kernels take longest of all. */
export const GPU_CURVES: readonly Curve[] = EVERYTHING ? CURVES : [pallas];

/** The fields of the engines' suite, which needs all kernels of each; the tests of vectors and products have more. */
export const SUITE_FIELDS: readonly PrimeField[] = EVERYTHING ? FIELDS : [pallasBase];

/** The curves of the engines' suite: of curves the tests of sums have more. */
export const SUITE_CURVES: readonly Curve[] = EVERYTHING ? [pallas, bn256, secp256k1] : [pallas];
