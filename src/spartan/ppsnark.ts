/**
 * `ppsnark`: Spartan with preprocessing (nova-snark's src/spartan/ppsnark.rs; MicroNova, ePrint 2024/2099). The set-up commits to
 * the matrices, so that the verifier works as long as a polynomial has variables.
 *
 * The outer sum-check reduces all constraints to one row at a random point. The value of that row is a sum over the entries of
 * the matrices (spark.ts), each a product of what it reads at its row and at its column. The inner sum-check proves that sum,
 * that the entries read what they should, and moves all claims to one point, where the commitment scheme proves them.
 *
 * The verifier, in ppsnark-verifier.ts, goes through the same steps in the same order.
 */
import type { Backend, Matrices, Vec } from '../backend/backend.ts';
import type { AffinePoint } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { nonZeros, type ConstraintMatrices } from '../field/sparse.ts';
import { digest } from '../hash/digest.ts';
import { control, type TaskOptions } from '../pace.ts';
import type { CommitmentKey, EvaluationEngine, ResidentKey } from '../pcs/evaluation-engine.ts';
import type { RelaxedInstance } from '../r1cs/instance.ts';
import { combineClaims, powers } from './batch-evaluation.ts';
import { EqFactor } from './eq-factor.ts';
import { eqAtZero, eqPairs } from '../field/eq.ts';
import { proveJointly } from './joint-sumcheck.ts';
import { LookupClaims } from './lookup-claims.ts';
import { Memory } from './memory.ts';
import { Multilinear } from './multilinear.ts';
import { proveOuter } from './outer-sumcheck.ts';
import { PaddedClaim, type PaddedPolynomial } from './padded-claim.ts';
import { paddedSize } from './padding.ts';
import { encodeKey, PreprocessingProverKey, PreprocessingVerifierKey } from './ppsnark-keys.ts';
import { OPENED_POLYNOMIALS, recordOf, type Opened, type PreprocessingProof } from './ppsnark-proof.ts';
import { PreprocessingSpartanVerifier } from './ppsnark-verifier.ts';
import { ProductClaim } from './product-claim.ts';
import type { KeyOptions, RelaxedSNARK, UnblindedWitness } from './relaxed-snark.ts';
import { commitSpark, loadSpark } from './spark.ts';
import { checkInstance, checkWitness, startTranscript, writeAssignment } from './statement.ts';
import { joinClaims } from './sumcheck.ts';

/**
 * Spartan with preprocessing over a commitment scheme.
 *
 * @example
 * const snark = new PreprocessingSpartan(ipa);
 * const { pk, vk } = await snark.setup(backend, { bases }, matrices);
 * await snark.verify(vk, U, await snark.prove(pk, U, { W, E }));
 */
export class PreprocessingSpartan<
  CK extends CommitmentKey,
  EPK extends ResidentKey,
  EVK extends ResidentKey,
  Argument,
>
  extends PreprocessingSpartanVerifier<EVK, Argument>
  implements
    RelaxedSNARK<CK, PreprocessingProverKey<EPK>, PreprocessingVerifierKey<EVK>, PreprocessingProof<Argument>>
{
  readonly #ee: EvaluationEngine<CK, EPK, EVK, Argument>;

  constructor(ee: EvaluationEngine<CK, EPK, EVK, Argument>) {
    super(ee);
    this.#ee = ee;
  }

  /** One for every entry of the matrices. */
  ckFloor({ A, B, C }: ConstraintMatrices): number {
    return nonZeros(A) + nonZeros(B) + nonZeros(C);
  }

  async setup(
    backend: Backend,
    ck: CK,
    matrices: Matrices,
    options: KeyOptions = {},
  ): Promise<{ pk: PreprocessingProverKey<EPK>; vk: PreprocessingVerifierKey<EVK> }> {
    const size = paddedSize(matrices.shape);
    const spark = await loadSpark(backend, matrices.shape, control(options, 'polynomials of the shape'));
    const opened: { close(): void }[] = [spark];
    try {
      const { N } = spark;
      const ee = await this.#ee.setup(backend, ck, N, control(options, 'keys of the opening'));
      opened.push(ee.pk, ee.vk);
      const comms = await commitSpark(backend, ck.bases, spark, control(options, 'commitments to the shape'));
      const shape = { size, N, comms };
      options.onProgress?.({ phase: 'digest of the verifier key', share: 0 });
      const keyDigest = await digest(encodeKey(this.#ee, shape, ee.vk), options);
      return {
        pk: new PreprocessingProverKey(matrices, ck.bases, spark, shape, ee.pk, keyDigest),
        vk: new PreprocessingVerifierKey(shape, ee.vk, keyDigest),
      };
    } catch (error) {
      for (const key of opened) key.close();
      throw error;
    }
  }

  async proverKey(
    backend: Backend,
    ck: CK,
    matrices: Matrices,
    { shape, digest }: PreprocessingVerifierKey<EVK>,
    options: KeyOptions = {},
  ): Promise<PreprocessingProverKey<EPK>> {
    const spark = await loadSpark(backend, matrices.shape, control(options, 'polynomials of the shape'));
    try {
      const ee = await this.#ee.setup(backend, ck, spark.N, control(options, 'keys of the opening'));
      ee.vk.close();
      return new PreprocessingProverKey(matrices, ck.bases, spark, shape, ee.pk, digest);
    } catch (error) {
      spark.close();
      throw error;
    }
  }

  async prove(
    pk: PreprocessingProverKey<EPK>,
    U: RelaxedInstance,
    W: UnblindedWitness,
    options: TaskOptions = {},
  ): Promise<PreprocessingProof<Argument>> {
    const { shape } = pk.matrices;
    checkInstance(pk.curve, U, shape);
    checkWitness(W, shape);
    return pk.exclusive.run(() => pk.workspace.use(() => this.#prove(pk, U, W, options)));
  }

  async #prove(
    pk: PreprocessingProverKey<EPK>,
    U: RelaxedInstance,
    { W, E }: UnblindedWitness,
    options: TaskOptions,
  ): Promise<PreprocessingProof<Argument>> {
    const { backend, curve, bases, matrices, shape, spark, workspace } = pk;
    const { polynomials, sumcheck } = backend;
    const F = curve.scalar;
    const { N, size } = shape;
    const rounds = Math.log2(N);
    const waiting = { signal: options.signal };
    const commit = (v: Vec) => backend.commit(bases, v, 0n);
    const polynomial = (values: Vec) => new Multilinear(backend, workspace, values);
    const transcript = startTranscript(curve, pk.digest, U);

    // outer sum-check: all constraints at a random row
    const row = (name: string) => workspace.vector(name, size.constraints);
    const vectors = { Az: row('Az'), Bz: row('Bz'), Cz: row('Cz'), uCzE: row('uCz + E'), eq: row('eq') };
    const outer = await proveOuter(
      backend,
      workspace,
      matrices,
      vectors,
      transcript,
      U,
      { W, E },
      control(options, 'outer sum-check'),
    );
    const [Az, Bz, Cz, evalE] = outer.claims;
    transcript.absorbScalars('e', outer.claims);

    // tables of N values from here on, zeros appended: their first variables take the values so far to a share of them
    const pad = transcript.squeezeMany('p', rounds - outer.point.length);
    const rOuter = [...pad, ...outer.point];
    const share = eqAtZero(F, pad);

    // what the entries of the matrices read, and that they read it from their rows and columns
    const rows = new Memory(backend, workspace, 'rows', spark.rows);
    const columns = new Memory(backend, workspace, 'columns', spark.columns);
    polynomials.tensor(rows.T, eqPairs(F, rOuter));
    writeAssignment(backend, columns.T, size.variables, W, workspace.vector('io', 1 + U.X.length), U);
    rows.read();
    columns.read();
    const inBlock = rOuter.slice(rounds - Math.log2(size.variables));
    const eqW = workspace.vector('eq(W)', size.variables);
    polynomials.tensor(eqW, eqPairs(F, inBlock));
    const [LRow, LCol, evalW] = await backend.read(
      [commit(rows.L), commit(columns.L), sumcheck.inner(W, eqW)],
      control(options, 'lookups'),
    );
    transcript.absorbPoints('e', [LRow, LCol]);
    const c = transcript.squeeze('c');
    const gamma = transcript.squeeze('g');
    const r = transcript.squeeze('r');
    const [rowZero, columnZero] = [rows.hash(gamma, r), columns.hash(gamma, r)];
    const [tRow, wRow, tCol, wCol, ...zeros] = await backend.read(
      [commit(rows.t), commit(rows.w), commit(columns.t), commit(columns.w), ...rowZero, ...columnZero],
      control(options, 'lookups'),
    );
    checkInvertible(zeros);
    transcript.absorbPoints('l', [tRow, wRow, tCol, wCol]);
    const rho = transcript.squeezeMany('r', rounds);

    // inner sum-check: nine claims as one
    const ABC = F.add(Az, F.mul(c, F.add(Bz, F.mul(c, Cz))));
    const claims = [0n, 0n, 0n, 0n, 0n, 0n, F.mul(share, ABC), F.mul(share, evalE), 0n];
    const s = powers(F, transcript.squeeze('r'), claims.length);
    const val = workspace.vector('val', N);
    polynomials.combine(val, [
      { c: 1n, v: spark.polynomials.valA },
      { c, v: spark.polynomials.valB },
      { c: F.sqr(c), v: spark.polynomials.valC },
    ]);
    const eqRho = new EqFactor(backend, workspace, workspace.vector('eq(rho)', N / 2), rho);
    const paddedE = padded(pk, E, size.constraints, 'E', rOuter, evalE);
    const paddedW = padded(pk, W, size.variables, 'W', rOuter, evalW);
    const inner = await proveJointly(
      backend,
      F,
      transcript,
      joinClaims(F, s, claims),
      rounds,
      [
        new LookupClaims(backend, F, rows.lookups(), columns.lookups(), eqRho, s.slice(0, 6)),
        new ProductClaim(backend, F, claims[6], [rows.reads(), columns.reads(), polynomial(val)], s[6]),
        new PaddedClaim(backend, F, paddedE, false, s[7]),
        new PaddedClaim(backend, F, paddedW, true, s[8]),
      ],
      control(options, 'inner sum-check'),
    );

    // the values of all polynomials as one claim, which the commitment scheme proves
    const openedTables: Opened<Vec> = {
      ...spark.polynomials,
      W,
      E,
      LRow: rows.L,
      LCol: columns.L,
      tRow: rows.t,
      wRow: rows.w,
      tCol: columns.t,
      wCol: columns.w,
    };
    const [eqY, joint] = [rows.T, columns.T]; // the sum-check has used them up
    polynomials.tensor(eqY, eqPairs(F, inner.point));
    const values = await backend.read(
      OPENED_POLYNOMIALS.map((name) => sumcheck.inner(openedTables[name], eqY)),
      waiting,
    );
    transcript.absorbScalars('e', values);
    const comms = { LRow, LCol, tRow, wRow, tCol, wCol };
    const opened: Opened<AffinePoint> = { W: U.commW, E: U.commE, ...comms, ...shape.comms };
    const openings = OPENED_POLYNOMIALS.map((name) => ({ comm: opened[name], point: inner.point }));
    const coefficients = powers(F, transcript.squeeze('c'), values.length);
    const evaluation = combineClaims(curve, openings, inner.point, values, coefficients);
    polynomials.combine(
      joint,
      OPENED_POLYNOMIALS.map((name, i) => ({ c: coefficients[i], v: openedTables[name] })),
    );
    const evalArg = await this.#ee.prove(pk.ee, transcript, evaluation, joint, control(options, 'opening'));

    const evals = recordOf(OPENED_POLYNOMIALS, values);
    return { comms, outer: outer.proof, claimsOuter: outer.claims, inner: inner.proof, evals, evalArg };
  }
}

/** `values`, padded to `length` in a vector of the workspace, as the first of N values that are paired with eq(point, .). */
function padded(
  { backend, workspace }: PreprocessingProverKey<ResidentKey>,
  values: Vec,
  length: number,
  name: string,
  point: readonly bigint[],
  value: bigint,
): PaddedPolynomial {
  const head = point.length - Math.log2(length);
  const copy = workspace.vector(name, length);
  backend.polynomials.combine(copy, [{ c: 1n, v: values }]);
  return {
    P: new Multilinear(backend, workspace, copy),
    head: point.slice(0, head),
    eq: new EqFactor(backend, workspace, workspace.vector(`eq(${name})`, length), point.slice(head)),
    value,
  };
}

/** @throws {@link NovaError} `InternalError` if a hash is zero */
function checkInvertible(firstZeros: readonly number[]): void {
  if (firstZeros.every((i) => i === -1)) return;
  throw new NovaError(
    'InternalError',
    'a challenge makes a hash of the memory check zero, which happens by chance with a probability below 2^-200: ' +
      'prove again with other random elements',
  );
}
