/**
 * The fields of the proofs, written out, with the error that answers a change of each: of a value, or of a vector's length.
 * What is not in these lists but in a proof makes the tests fail.
 */
import type { Opening } from '../../src/curve/cycles.ts';
import type { ErrorCode } from '../../src/errors.ts';

export interface Answer {
  readonly code: ErrorCode;
  readonly message: RegExp;
}

export interface Expected {
  readonly value: Answer;
  /** For vectors. */
  readonly length?: Answer;
}

export type Manifest = Readonly<Record<string, Expected>>;

const answer = (code: ErrorCode, message = /./): Answer => ({ code, message });

export const ENCODING: Answer = answer('InvalidEncoding');

const STEPS_OR_INPUTS = answer('ProofVerifyError', /^Invalid number of steps or inputs/);
const OUTPUT_HASH = answer('ProofVerifyError', /^Invalid output hash/);
const OUTPUTS = answer('ProofVerifyError', /^Invalid number of outputs/);
const ARITY = answer('ProofVerifyError', /^Invalid input or output arity/);
/** A changed witness breaks a constraint, or else it does not open its commitment. */
const WITNESS = answer('UnSat', /^constraint \d+ of the|^Invalid commitments/);
const COMMITMENT = answer('UnSat', /^Invalid commitments/);
const WITNESS_LENGTH = answer('InvalidWitnessLength');
const SUMCHECK = answer('InvalidSumcheckProof');

/** In the order in which a verifier comes upon them. */
export const ANSWERS: readonly Answer[] = [STEPS_OR_INPUTS, OUTPUT_HASH, WITNESS, COMMITMENT, SUMCHECK];

const strand = (side: string): Manifest => ({
  [`r_W_${side}.W`]: { value: WITNESS, length: WITNESS_LENGTH },
  [`r_W_${side}.r_W`]: { value: COMMITMENT },
  [`r_W_${side}.E`]: { value: WITNESS, length: WITNESS_LENGTH },
  [`r_W_${side}.r_E`]: { value: COMMITMENT },
  [`r_U_${side}.comm_W`]: { value: OUTPUT_HASH },
  [`r_U_${side}.comm_E`]: { value: OUTPUT_HASH },
  [`r_U_${side}.X`]: { value: OUTPUT_HASH, length: STEPS_OR_INPUTS },
  [`r_U_${side}.u`]: { value: OUTPUT_HASH },
  [`ri_${side}`]: { value: OUTPUT_HASH },
});

/** The 25 fields of a RecursiveSNARK, under nova-snark's names. */
export const RECURSIVE: Manifest = {
  z0: { value: STEPS_OR_INPUTS, length: STEPS_OR_INPUTS },
  ...strand('primary'),
  ...strand('secondary'),
  'l_w_secondary.W': { value: WITNESS, length: WITNESS_LENGTH },
  'l_w_secondary.r_W': { value: COMMITMENT },
  'l_u_secondary.comm_W': { value: COMMITMENT },
  'l_u_secondary.X': { value: OUTPUT_HASH, length: STEPS_OR_INPUTS },
  i: { value: STEPS_OR_INPUTS },
  zi: { value: OUTPUT_HASH, length: STEPS_OR_INPUTS },
};

const relaxed = (name: string, value: Answer): Manifest => ({
  [`${name}.commW`]: { value },
  [`${name}.commE`]: { value },
  [`${name}.u`]: { value },
  [`${name}.X`]: { value, length: OUTPUTS },
});

/** The 28 fields of a CompressedSNARK outside of its two SNARKs. */
export const OUTER: Manifest = {
  ...relaxed('rUSecondary', OUTPUT_HASH),
  riSecondary: { value: OUTPUT_HASH },
  'lUSecondary.commW': { value: SUMCHECK },
  'lUSecondary.X': { value: OUTPUT_HASH, length: OUTPUTS },
  commTUfSecondary: { value: SUMCHECK },
  ...relaxed('lUrSecondary', SUMCHECK),
  commTUnSecondary: { value: SUMCHECK },
  ...relaxed('rUPrimary', OUTPUT_HASH),
  riPrimary: { value: OUTPUT_HASH },
  ...relaxed('lUrPrimary', SUMCHECK),
  commTUnPrimary: { value: SUMCHECK },
  rWnPrimary: { value: SUMCHECK },
  rEnPrimary: { value: SUMCHECK },
  rWnSecondary: { value: SUMCHECK },
  rEnSecondary: { value: SUMCHECK },
  zn: { value: OUTPUT_HASH, length: ARITY },
};

const value = { value: SUMCHECK };
const list = { value: SUMCHECK, length: SUMCHECK };

/** The fields of `snark` without its argument: 9, the claims being three. */
const SNARK: Manifest = {
  outer: list,
  'claimsOuter.0': value,
  'claimsOuter.1': value,
  'claimsOuter.2': value,
  evalE: value,
  inner: list,
  evalW: value,
  'batch.sumcheck': list,
  'batch.evals': list,
};

/** Those of `ppsnark`: 27. */
const PPSNARK: Manifest = {
  ...Object.fromEntries(
    ['LRow', 'LCol', 'tRow', 'wRow', 'tCol', 'wCol'].map((name) => [`comms.${name}`, value]),
  ),
  outer: list,
  'claimsOuter.0': value,
  'claimsOuter.1': value,
  'claimsOuter.2': value,
  'claimsOuter.3': value,
  inner: list,
  ...Object.fromEntries(
    [
      'W',
      'E',
      'LRow',
      'LCol',
      'valA',
      'valB',
      'valC',
      'tRow',
      'row',
      'wRow',
      'tsRow',
      'tCol',
      'col',
      'wCol',
      'tsCol',
    ].map((name) => [`evals.${name}`, value]),
  ),
};

const PCS = answer('InvalidPCS');
const PAIRING = answer('ProofVerifyError', /^the evaluation argument of/);
const ARGUMENT_LENGTH = answer('InvalidInputLength', /^inner-product argument/);

/** The fields of the arguments. */
const ARGUMENTS: Readonly<Record<Opening, Manifest>> = {
  ipa: {
    L: { value: PCS, length: ARGUMENT_LENGTH },
    R: { value: PCS, length: ARGUMENT_LENGTH },
    a: { value: PCS },
  },
  hyperkzg: {
    com: { value: PAIRING, length: PAIRING },
    'w.0': { value: PAIRING },
    'w.1': { value: PAIRING },
    'w.2': { value: PAIRING },
    v: { value: PAIRING, length: PAIRING },
  },
  mercury: {
    ...named(['commH', 'commG', 'commQ', 'commS', 'commD', 'commQuotF', 'commW', 'commWPrime'], PAIRING),
    ...prefixed('values.', named(['gZeta', 'gZetaInv', 'hZeta', 'hZetaInv', 'sZeta', 'sZetaInv'], PAIRING)),
  },
} satisfies Record<string, Manifest>;

export type ArgumentName = keyof typeof ARGUMENTS;

/** The fields of a SNARK, its argument included. */
export function snarkManifest(preprocessing: boolean, argument: Opening): Manifest {
  const own = preprocessing ? PPSNARK : SNARK;
  return { ...own, ...prefixed('evalArg.', ARGUMENTS[argument]) };
}

/** The fields of a direct proof: of the SNARK, and of what it is about. */
export function directManifest(preprocessing: boolean, argument: Opening): Manifest {
  return { commW: value, rW: value, ...prefixed('snark.', snarkManifest(preprocessing, argument)) };
}

/** The fields of a compressed proof: 52 with `snark`, 88 with `ppsnark2`. */
export function compressedManifest(
  preprocessing: readonly [primary: boolean, secondary: boolean],
  argument: Opening = 'ipa',
): Manifest {
  return {
    ...OUTER,
    ...prefixed('snarkPrimary.', snarkManifest(preprocessing[0], argument)),
    ...prefixed('snarkSecondary.', snarkManifest(preprocessing[1], 'ipa')),
  };
}

/** Fields that are answered alike. */
function named(names: readonly string[], value: Answer): Manifest {
  return Object.fromEntries(names.map((name) => [name, { value }]));
}

function prefixed(prefix: string, manifest: Manifest): Manifest {
  return Object.fromEntries(Object.entries(manifest).map(([name, expected]) => [prefix + name, expected]));
}
