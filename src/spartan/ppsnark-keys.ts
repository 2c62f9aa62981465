/** The keys of `ppsnark`: commitments to the matrices take their place in the verifier's. */
import type { Backend, Bases, Matrices } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { Exclusive } from '../exclusive.ts';
import type { EvaluationVerifier, ResidentKey } from '../pcs/evaluation-engine.ts';
import { Workspace } from '../pcs/workspace.ts';
import type { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import { isPowerOfTwo, type PaddedSize } from './padding.ts';
import type { SnarkVerifierKey } from './relaxed-snark.ts';
import { SPARK_POLYNOMIALS, type SparkCommitments, type SparkTables } from './spark.ts';

/** What the verifier knows of a shape. */
export interface CommittedShape {
  readonly size: PaddedSize;
  /** Length of the committed polynomials, a power of two. */
  readonly N: number;
  readonly comms: SparkCommitments;
}

/** What the verifier needs. All that grows with the shape is the scheme's key. */
export class PreprocessingVerifierKey<EVK extends ResidentKey> implements SnarkVerifierKey {
  readonly backend: Backend;
  readonly curve: Curve;
  readonly shape: CommittedShape;
  /** The key of the commitment scheme. */
  readonly ee: EVK;
  readonly digest: bigint;
  readonly exclusive: Exclusive = new Exclusive('this verifier key');

  constructor(shape: CommittedShape, ee: EVK, digest: bigint) {
    this.backend = ee.backend;
    this.curve = ee.curve;
    this.shape = shape;
    this.ee = ee;
    this.digest = digest;
  }

  close(): void {
    this.ee.close();
  }
}

/** What the prover needs, and the vectors that it works in. */
export class PreprocessingProverKey<EPK extends ResidentKey> implements ResidentKey {
  readonly backend: Backend;
  readonly curve: Curve;
  /** Without padding. */
  readonly matrices: Matrices;
  readonly bases: Bases;
  readonly spark: SparkTables;
  readonly shape: CommittedShape;
  /** The key of the commitment scheme. */
  readonly ee: EPK;
  /** The digest of the verifier key. */
  readonly digest: bigint;
  readonly workspace: Workspace;
  readonly exclusive: Exclusive = new Exclusive('this prover key');

  /** @param spark is closed with the key */
  constructor(
    matrices: Matrices,
    bases: Bases,
    spark: SparkTables,
    shape: CommittedShape,
    ee: EPK,
    digest: bigint,
  ) {
    this.backend = ee.backend;
    this.curve = ee.curve;
    this.matrices = matrices;
    this.bases = bases;
    this.spark = spark;
    this.shape = shape;
    this.ee = ee;
    this.digest = digest;
    this.workspace = new Workspace(ee.backend, ee.curve.scalar, 'ppsnark');
  }

  close(): void {
    this.workspace.close();
    this.spark.close();
    this.ee.close();
  }
}

/** The verifier key's encoding: num_cons, num_vars, the scheme's key, N, and the commitments. */
export async function* encodeKey<EVK extends ResidentKey>(
  scheme: Pick<EvaluationVerifier<EVK>, 'encodeVerifierKey'>,
  { size, N, comms }: CommittedShape,
  ee: EVK,
): AsyncGenerator<Uint8Array> {
  yield new ByteWriter().u64(size.constraints).u64(size.variables).finish();
  yield* scheme.encodeVerifierKey(ee);
  const w = new ByteWriter().u64(N);
  for (const name of SPARK_POLYNOMIALS) w.point(ee.curve, comms[name]);
  yield w.finish();
}

/** What comes before the scheme's key. @throws {@link NovaError} `InvalidEncoding` */
export function readPaddedSize(r: ByteReader): PaddedSize {
  const constraints = readPowerOfTwo(r, 'constraints');
  const variables = readPowerOfTwo(r, 'variables');
  return { constraints, variables };
}

/** What comes after it. @throws {@link NovaError} `InvalidEncoding` */
export function readCommittedShape(r: ByteReader, curve: Curve, size: PaddedSize): CommittedShape {
  const N = readPowerOfTwo(r, 'entries');
  if (N < Math.max(2 * size.variables, size.constraints)) {
    throw new NovaError(
      'InvalidEncoding',
      `${N} entries are too few for ${size.constraints} constraints of ${size.variables} variables`,
    );
  }
  const comm = (name: string) => r.point(curve, `the commitment to ${name}`);
  const [row, col] = [comm('row'), comm('col')];
  const [valA, valB, valC] = [comm('valA'), comm('valB'), comm('valC')];
  const [tsRow, tsCol] = [comm('tsRow'), comm('tsCol')];
  return { size, N, comms: { row, col, valA, valB, valC, tsRow, tsCol } };
}

/** The largest size: no vector is longer. */
const MAX_SIZE = 2 ** 31;

function readPowerOfTwo(r: ByteReader, what: string): number {
  const n = Number(r.u64(`the number of ${what}`));
  if (n > MAX_SIZE || !isPowerOfTwo(n)) {
    throw new NovaError('InvalidEncoding', `the number of ${what} is ${n}, and no power of two up to 2^31`);
  }
  return n;
}
