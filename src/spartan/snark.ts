/**
 * `snark`: Spartan without preprocessing (S. Setty, ePrint 2019/550; nova-snark's src/spartan/snark.rs) for a relaxed instance,
 * A z o B z = u C z + E with z = (W | u, X). Its verifier keeps the matrices and works as long as they have entries.
 *
 * The outer sum-check reduces all constraints to one row at a random point r_x; the inner one reduces that row to an entry of the
 * matrices, and of z, at r_y. What is left is a value of W and one of E: they become one claim, which the commitment scheme
 * proves.
 *
 * `prove` and `verify` go through the same steps in the same order.
 */
import type { Backend, Matrices, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { eqPairs, evaluateSparse } from '../field/eq.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import { digest } from '../hash/digest.ts';
import { control, type TaskOptions } from '../pace.ts';
import type {
  CommitmentKey,
  EvaluationEngine,
  EvaluationVerifier,
  ResidentKey,
} from '../pcs/evaluation-engine.ts';
import type { RelaxedInstance } from '../r1cs/instance.ts';
import { encodeShape, readShape } from '../r1cs/shape.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import { reduceEvaluations, verifyEvaluations, type BatchProof } from './batch-evaluation.ts';
import { evaluateMatrices } from './evaluate-matrices.ts';
import { Multilinear } from './multilinear.ts';
import { proveOuter, verifyOuter } from './outer-sumcheck.ts';
import { paddedSize, padShape } from './padding.ts';
import type { KeyOptions, RelaxedSNARK, RelaxedSNARKVerifier, UnblindedWitness } from './relaxed-snark.ts';
import { SpartanProverKey, SpartanVerifierKey } from './snark-keys.ts';
import { checkInstance, checkWitness, startTranscript, writeAssignment } from './statement.ts';
import {
  checkClaim,
  readSumcheckProof,
  verifySumcheck,
  writeSumcheckProof,
  type SumcheckProof,
} from './sumcheck.ts';
import { proveProduct } from './sumcheck-prover.ts';

const NAME = 'snark';

/** A proof, in the order of its encoding. */
export interface SpartanProof<Argument> {
  readonly outer: SumcheckProof;
  /** A z, B z and C z at the point of the outer sum-check. */
  readonly claimsOuter: readonly [Az: bigint, Bz: bigint, Cz: bigint];
  /** E there. */
  readonly evalE: bigint;
  readonly inner: SumcheckProof;
  /** W at the point of the inner sum-check. */
  readonly evalW: bigint;
  readonly batch: BatchProof;
  readonly evalArg: Argument;
}

/** The verifier of {@link Spartan} over a commitment scheme. */
export class SpartanVerifier<EVK extends ResidentKey, Argument> implements RelaxedSNARKVerifier<
  SpartanVerifierKey<EVK>,
  SpartanProof<Argument>
> {
  readonly name: string = NAME;
  readonly #ee: EvaluationVerifier<EVK, Argument>;

  constructor(ee: EvaluationVerifier<EVK, Argument>) {
    this.#ee = ee;
  }

  async verify(
    vk: SpartanVerifierKey<EVK>,
    U: RelaxedInstance,
    proof: SpartanProof<Argument>,
    options: TaskOptions = {},
  ): Promise<void> {
    checkInstance(vk.curve, U, vk.matrices.shape);
    await vk.exclusive.run(() => vk.workspace.use(() => this.#verify(vk, U, proof, options)));
  }

  async #verify(
    vk: SpartanVerifierKey<EVK>,
    U: RelaxedInstance,
    proof: SpartanProof<Argument>,
    options: TaskOptions,
  ): Promise<void> {
    const { curve, size } = vk;
    const F = curve.scalar;
    const transcript = startTranscript(curve, vk.digest, U);

    // outer sum-check: all constraints at a random row r_x
    const { evalE } = proof;
    const [Az, Bz, Cz] = proof.claimsOuter;
    const claims = [Az, Bz, Cz, evalE] as const;
    const rX = verifyOuter(F, transcript, size.constraints, U.u, proof.outer, claims);
    transcript.absorbScalars('claims_outer', claims);

    // inner sum-check: the row of A + r B + r^2 C at r_x, times z, is Az + r Bz + r^2 Cz
    const r = transcript.squeeze('r');
    const claim = F.add(Az, F.mul(r, F.add(Bz, F.mul(r, Cz))));
    const inner = verifySumcheck(F, transcript, claim, Math.log2(size.variables) + 1, 2, proof.inner);
    const [first, ...rest] = inner.point;
    const evalX = evaluateSparse(F, [U.u, ...U.X], rest);
    const evalZ = F.add(F.mul(F.sub(1n, first), proof.evalW), F.mul(first, evalX));
    const evalM = await evaluateMatrices(vk, [1n, r, F.sqr(r)], rX, inner.point, options);
    checkClaim(inner, F.mul(evalM, evalZ), 'inner');
    transcript.absorbScalars('w', [proof.evalW]);

    // the values of W and E as one claim, which the commitment scheme proves
    const evaluation = verifyEvaluations(
      curve,
      transcript,
      [
        { comm: U.commW, point: rest, value: proof.evalW },
        { comm: U.commE, point: rX, value: evalE },
      ],
      proof.batch,
    );
    await this.#ee.verify(vk.ee, transcript, evaluation, proof.evalArg, control(options, 'opening'));
  }

  writeProof(w: ByteWriter, curve: Curve, proof: SpartanProof<Argument>): void {
    const F = curve.scalar;
    writeSumcheckProof(w, F, proof.outer);
    for (const claim of proof.claimsOuter) w.element(F, claim);
    w.element(F, proof.evalE);
    writeSumcheckProof(w, F, proof.inner);
    w.element(F, proof.evalW);
    writeSumcheckProof(w, F, proof.batch.sumcheck);
    w.elements(F, proof.batch.evals);
    this.#ee.writeArgument(w, curve, proof.evalArg);
  }

  readProof(r: ByteReader, curve: Curve): SpartanProof<Argument> {
    const F = curve.scalar;
    const outer = readSumcheckProof(r, F, 'the outer sum-check');
    const [Az, Bz, Cz] = ['A z', 'B z', 'C z'].map((what) => r.element(F, `the value of ${what}`));
    const evalE = r.element(F, 'the value of E');
    const inner = readSumcheckProof(r, F, 'the inner sum-check');
    const evalW = r.element(F, 'the value of W');
    const sumcheck = readSumcheckProof(r, F, 'the sum-check of the batch');
    const evals = r.elements(F, 'the values of the batch');
    const evalArg = this.#ee.readArgument(r, curve);
    return { outer, claimsOuter: [Az, Bz, Cz], evalE, inner, evalW, batch: { sumcheck, evals }, evalArg };
  }

  encodeVerifierKey(vk: SpartanVerifierKey<EVK>): AsyncGenerator<Uint8Array> {
    return this.encodeKey(vk.ee, vk.matrices.shape);
  }

  async readVerifierKey(
    backend: Backend,
    curve: Curve,
    r: ByteReader,
    options: KeyOptions = {},
  ): Promise<SpartanVerifierKey<EVK>> {
    const ee = await this.#ee.readVerifierKey(backend, curve, r, control(options, 'verifier key'));
    const matrices: Matrices[] = [];
    try {
      const shape = await readShape(r, curve.scalar, options);
      const { constraints, variables } = paddedSize(shape);
      if (constraints !== shape.constraints || variables !== shape.variables) {
        throw new NovaError('InvalidEncoding', 'the constraint system of a verifier key is not padded');
      }
      matrices.push(backend.matrices(shape));
      const vkDigest = await digest(this.encodeKey(ee, shape), options);
      return new SpartanVerifierKey(matrices[0], ee, vkDigest, true);
    } catch (error) {
      ee.close();
      backend.free(...matrices);
      throw error;
    }
  }

  /** The scheme's key, then the padded shape. */
  protected async *encodeKey(ee: EVK, shape: ConstraintMatrices): AsyncGenerator<Uint8Array> {
    yield* this.#ee.encodeVerifierKey(ee);
    yield* encodeShape(padShape(shape));
  }
}

/**
 * Spartan over a commitment scheme.
 *
 * @example
 * const snark = new Spartan(ipa);
 * const { pk, vk } = await snark.setup(backend, { bases }, matrices);
 * await snark.verify(vk, U, await snark.prove(pk, U, { W, E }));
 */
export class Spartan<CK extends CommitmentKey, EPK extends ResidentKey, EVK extends ResidentKey, Argument>
  extends SpartanVerifier<EVK, Argument>
  implements RelaxedSNARK<CK, SpartanProverKey<EPK>, SpartanVerifierKey<EVK>, SpartanProof<Argument>>
{
  readonly #ee: EvaluationEngine<CK, EPK, EVK, Argument>;

  constructor(ee: EvaluationEngine<CK, EPK, EVK, Argument>) {
    super(ee);
    this.#ee = ee;
  }

  ckFloor(): number {
    return 0;
  }

  async setup(
    backend: Backend,
    ck: CK,
    matrices: Matrices,
    options: KeyOptions = {},
  ): Promise<{ pk: SpartanProverKey<EPK>; vk: SpartanVerifierKey<EVK> }> {
    const ee = await this.#openingKeys(backend, ck, matrices, options);
    try {
      options.onProgress?.({ phase: 'digest of the verifier key', share: 0 });
      const vkDigest = await digest(this.encodeKey(ee.vk, matrices.shape), options);
      return {
        pk: new SpartanProverKey(matrices, ee.pk, vkDigest),
        vk: new SpartanVerifierKey(matrices, ee.vk, vkDigest),
      };
    } catch (error) {
      ee.pk.close();
      ee.vk.close();
      throw error;
    }
  }

  async proverKey(
    backend: Backend,
    ck: CK,
    matrices: Matrices,
    vk: SpartanVerifierKey<EVK>,
    options: KeyOptions = {},
  ): Promise<SpartanProverKey<EPK>> {
    const ee = await this.#openingKeys(backend, ck, matrices, options);
    ee.vk.close();
    return new SpartanProverKey(matrices, ee.pk, vk.digest);
  }

  async prove(
    pk: SpartanProverKey<EPK>,
    U: RelaxedInstance,
    W: UnblindedWitness,
    options: TaskOptions = {},
  ): Promise<SpartanProof<Argument>> {
    const { shape } = pk.matrices;
    checkInstance(pk.curve, U, shape);
    checkWitness(W, shape);
    return pk.exclusive.run(() => pk.workspace.use(() => this.#prove(pk, U, W, options)));
  }

  #openingKeys(
    backend: Backend,
    ck: CK,
    { shape }: Matrices,
    options: KeyOptions,
  ): Promise<{ pk: EPK; vk: EVK }> {
    const { constraints, variables } = paddedSize(shape);
    const longest = Math.max(constraints, variables);
    return this.#ee.setup(backend, ck, longest, control(options, 'keys of the opening'));
  }

  async #prove(
    pk: SpartanProverKey<EPK>,
    U: RelaxedInstance,
    { W, E }: UnblindedWitness,
    options: TaskOptions,
  ): Promise<SpartanProof<Argument>> {
    const { backend, curve, matrices, size, workspace, vectors } = pk;
    const { constraints, variables, io } = matrices.shape;
    const { polynomials, sumcheck } = backend;
    const F = curve.scalar;
    const waiting = { signal: options.signal };
    const polynomial = (values: Vec) => new Multilinear(backend, workspace, values);
    const transcript = startTranscript(curve, pk.digest, U);

    // outer sum-check: all constraints at a random row r_x
    const [AzTable, BzTable] = vectors.wide.map((v) => workspace.prefix(v, size.constraints));
    const [CzTable, uCzE] = vectors.rows;
    const eqX = workspace.prefix(vectors.eq, size.constraints);
    const outer = await proveOuter(
      backend,
      workspace,
      matrices,
      { Az: AzTable, Bz: BzTable, Cz: CzTable, uCzE, eq: eqX },
      transcript,
      U,
      { W, E },
      control(options, 'outer sum-check'),
    );
    const [Az, Bz, Cz, evalE] = outer.claims;
    transcript.absorbScalars('claims_outer', outer.claims);

    // inner sum-check: the row of A + r B + r^2 C at r_x, times z, is Az + r Bz + r^2 Cz
    const r = transcript.squeeze('r');
    const claim = F.add(Az, F.mul(r, F.add(Bz, F.mul(r, Cz))));
    const [row, z] = vectors.wide.map((v) => workspace.prefix(v, 2 * size.variables));
    const columns = workspace.prefix(z, variables + 1 + io); // they move to `row` before z is made
    polynomials.transposed(columns, matrices, workspace.prefix(eqX, constraints), [1n, r, F.sqr(r)]);
    backend.clear(row);
    polynomials.copyRange(row, 0, columns, 0, variables);
    polynomials.copyRange(row, size.variables, columns, variables, 1 + io);
    writeAssignment(backend, z, size.variables, W, vectors.io, U);
    const inner = await proveProduct(
      backend,
      transcript,
      claim,
      polynomial(row),
      polynomial(z),
      control(options, 'inner sum-check'),
    );
    const [, ...rest] = inner.point;
    const eqY = workspace.prefix(vectors.eq, size.variables);
    polynomials.tensor(eqY, eqPairs(F, rest));
    const [evalW] = await backend.read([sumcheck.inner(W, eqY)], waiting);
    transcript.absorbScalars('w', [evalW]);

    // the values of W and E as one claim, which the commitment scheme proves
    const joint = workspace.prefix(vectors.wide[1], pk.polynomialLength);
    const { claim: evaluation, proof: batch } = await reduceEvaluations(
      backend,
      workspace,
      curve,
      transcript,
      [
        { comm: U.commW, point: rest, value: evalW, P: W, table: vectors.wide[0], eq: vectors.eq },
        { comm: U.commE, point: outer.point, value: evalE, P: E, table: uCzE, eq: CzTable },
      ],
      joint,
      control(options, 'evaluations'),
    );
    const evalArg = await this.#ee.prove(pk.ee, transcript, evaluation, joint, control(options, 'opening'));

    return {
      outer: outer.proof,
      claimsOuter: [Az, Bz, Cz],
      evalE,
      inner: inner.proof,
      evalW,
      batch,
      evalArg,
    };
  }
}
