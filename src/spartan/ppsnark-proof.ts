/** The proof of `ppsnark`, and its encoding: nova-snark's `RelaxedR1CSSNARK` of src/spartan/ppsnark.rs. */
import type { AffinePoint, Curve } from '../curve/curve.ts';
import type { EvaluationVerifier } from '../pcs/evaluation-engine.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import type { OuterClaims } from './outer-sumcheck.ts';
import { readSumcheckProof, writeSumcheckProof, type SumcheckProof } from './sumcheck.ts';

/**
 * What the prover commits to, in the order of the encoding: the values that the matrices' entries read (L), and for the rows and
 * the columns the two sides of the memory check, t = ts / (T + r) and w = 1 / (W + r).
 */
export const LOOKUP_POLYNOMIALS = ['LRow', 'LCol', 'tRow', 'wRow', 'tCol', 'wCol'] as const;

export type LookupPolynomial = (typeof LOOKUP_POLYNOMIALS)[number];

/** What is opened at the end, in the order in which the transcript takes the values. */
export const OPENED_POLYNOMIALS = [
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
] as const;

export type OpenedPolynomial = (typeof OPENED_POLYNOMIALS)[number];

/** One of something for each of the opened polynomials: its commitment, its value, its table. */
export type Opened<T> = Readonly<Record<OpenedPolynomial, T>>;

/** The values in the order of the encoding, which is not that of the transcript: W comes after valC. */
const ENCODED_VALUES: readonly OpenedPolynomial[] = [
  ...OPENED_POLYNOMIALS.slice(1, 7),
  'W',
  ...OPENED_POLYNOMIALS.slice(7),
];

export interface PreprocessingProof<Argument = unknown> {
  readonly comms: Readonly<Record<LookupPolynomial, AffinePoint>>;
  readonly outer: SumcheckProof;
  readonly claimsOuter: OuterClaims;
  readonly inner: SumcheckProof;
  /** The values of all opened polynomials where the inner sum-check ends. */
  readonly evals: Opened<bigint>;
  readonly evalArg: Argument;
}

export function writePreprocessingProof<Argument>(
  w: ByteWriter,
  curve: Curve,
  ee: Pick<EvaluationVerifier<never, Argument>, 'writeArgument'>,
  proof: PreprocessingProof<Argument>,
): void {
  const F = curve.scalar;
  for (const name of LOOKUP_POLYNOMIALS) w.point(curve, proof.comms[name]);
  writeSumcheckProof(w, F, proof.outer);
  for (const claim of proof.claimsOuter) w.element(F, claim);
  writeSumcheckProof(w, F, proof.inner);
  for (const name of ENCODED_VALUES) w.element(F, proof.evals[name]);
  ee.writeArgument(w, curve, proof.evalArg);
}

/** @throws {@link NovaError} `InvalidEncoding` */
export function readPreprocessingProof<Argument>(
  r: ByteReader,
  curve: Curve,
  ee: Pick<EvaluationVerifier<never, Argument>, 'readArgument'>,
): PreprocessingProof<Argument> {
  const F = curve.scalar;
  const comms = read(LOOKUP_POLYNOMIALS, (name) => r.point(curve, `the commitment to ${name}`));
  const outer = readSumcheckProof(r, F, 'the outer sum-check');
  const claim = (name: string) => r.element(F, `the outer claim on ${name}`);
  const claimsOuter = [claim('Az'), claim('Bz'), claim('Cz'), claim('E')] as const;
  const inner = readSumcheckProof(r, F, 'the inner sum-check');
  const evals = read(ENCODED_VALUES, (name) => r.element(F, `the value of ${name}`));
  const evalArg = ee.readArgument(r, curve);
  return { comms, outer, claimsOuter, inner, evals, evalArg };
}

/** What is read for each name, in their order. */
function read<Name extends string, T>(names: readonly Name[], one: (name: Name) => T): Record<Name, T> {
  return recordOf(names, names.map(one));
}

/** A record of one value for each name, in their order. */
export function recordOf<Name extends string, T>(
  names: readonly Name[],
  values: readonly T[],
): Record<Name, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<Name, T>;
}
