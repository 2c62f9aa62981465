/**
 * The verifier of `ppsnark`: Spartan whose verifier knows the matrices by commitments alone (nova-snark's src/spartan/ppsnark.rs;
 * MicroNova, ePrint 2024/2099). The prover, in ppsnark.ts, goes through the same steps in the same order.
 */
import type { Backend } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import { digest } from '../hash/digest.ts';
import { control, type TaskOptions } from '../pace.ts';
import type { EvaluationVerifier, ResidentKey } from '../pcs/evaluation-engine.ts';
import type { RelaxedInstance } from '../r1cs/instance.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import { combineClaims, powers } from './batch-evaluation.ts';
import { eqAt, eqAtZero, evaluateSparse } from '../field/eq.ts';
import { verifyOuter } from './outer-sumcheck.ts';
import {
  encodeKey,
  PreprocessingVerifierKey,
  readCommittedShape,
  readPaddedSize,
  type CommittedShape,
} from './ppsnark-keys.ts';
import {
  OPENED_POLYNOMIALS,
  readPreprocessingProof,
  writePreprocessingProof,
  type Opened,
  type PreprocessingProof,
} from './ppsnark-proof.ts';
import type { KeyOptions, RelaxedSNARKVerifier } from './relaxed-snark.ts';
import { checkCommitments, startTranscript } from './statement.ts';
import { checkClaim, joinClaims, verifySumcheck } from './sumcheck.ts';

/** The verifier of {@link PreprocessingSpartan} over a commitment scheme. */
export class PreprocessingSpartanVerifier<EVK extends ResidentKey, Argument> implements RelaxedSNARKVerifier<
  PreprocessingVerifierKey<EVK>,
  PreprocessingProof<Argument>
> {
  readonly name: string = 'ppsnark';
  readonly #ee: EvaluationVerifier<EVK, Argument>;

  constructor(ee: EvaluationVerifier<EVK, Argument>) {
    this.#ee = ee;
  }

  async verify(
    vk: PreprocessingVerifierKey<EVK>,
    U: RelaxedInstance,
    proof: PreprocessingProof<Argument>,
    options: TaskOptions = {},
  ): Promise<void> {
    checkRoom(U, vk.shape);
    checkCommitments(vk.curve, U);
    await vk.exclusive.run(() => this.#verify(vk, U, proof, options));
  }

  async #verify(
    vk: PreprocessingVerifierKey<EVK>,
    U: RelaxedInstance,
    proof: PreprocessingProof<Argument>,
    options: TaskOptions,
  ): Promise<void> {
    const { curve, shape } = vk;
    const F = curve.scalar;
    const { comms, claimsOuter, evals } = proof;
    const { size } = shape;
    const rounds = Math.log2(shape.N);
    const transcript = startTranscript(curve, vk.digest, U);

    // outer sum-check: all constraints at a random row
    const point = verifyOuter(F, transcript, size.constraints, U.u, proof.outer, claimsOuter);
    const [Az, Bz, Cz, E] = claimsOuter;
    transcript.absorbScalars('e', claimsOuter);

    // tables of N values from here on, zeros appended: their first variables take the values so far to a share of them
    const pad = transcript.squeezeMany('p', rounds - point.length);
    const rOuter = [...pad, ...point];
    const share = eqAtZero(F, pad);

    // what the entries of the matrices read, and that they read it from their rows and columns
    transcript.absorbPoints('e', [comms.LRow, comms.LCol]);
    const c = transcript.squeeze('c');
    const gamma = transcript.squeeze('g');
    const r = transcript.squeeze('r');
    transcript.absorbPoints('l', [comms.tRow, comms.wRow, comms.tCol, comms.wCol]);
    const rho = transcript.squeezeMany('r', rounds);

    // inner sum-check: nine claims as one
    const ABC = F.add(Az, F.mul(c, F.add(Bz, F.mul(c, Cz))));
    const claims = [0n, 0n, 0n, 0n, 0n, 0n, F.mul(share, ABC), F.mul(share, E), 0n];
    const s = powers(F, transcript.squeeze('r'), claims.length);
    const inner = verifySumcheck(F, transcript, joinClaims(F, s, claims), rounds, 3, proof.inner);
    const final = finalClaims(F, shape, U, { rOuter, c, gamma, r, rho }, inner.point, evals);
    checkClaim(inner, joinClaims(F, s, final), 'inner');

    // the values of all polynomials as one claim, which the commitment scheme proves
    const values = OPENED_POLYNOMIALS.map((name) => evals[name]);
    transcript.absorbScalars('e', values);
    const opened: Opened<AffinePoint> = { W: U.commW, E: U.commE, ...comms, ...shape.comms };
    const openings = OPENED_POLYNOMIALS.map((name) => ({ comm: opened[name], point: inner.point }));
    const coefficients = powers(F, transcript.squeeze('c'), values.length);
    const evaluation = combineClaims(curve, openings, inner.point, values, coefficients);
    await this.#ee.verify(vk.ee, transcript, evaluation, proof.evalArg, control(options, 'opening'));
  }

  writeProof(w: ByteWriter, curve: Curve, proof: PreprocessingProof<Argument>): void {
    writePreprocessingProof(w, curve, this.#ee, proof);
  }

  readProof(r: ByteReader, curve: Curve): PreprocessingProof<Argument> {
    return readPreprocessingProof(r, curve, this.#ee);
  }

  encodeVerifierKey(vk: PreprocessingVerifierKey<EVK>): AsyncGenerator<Uint8Array> {
    return encodeKey(this.#ee, vk.shape, vk.ee);
  }

  async readVerifierKey(
    backend: Backend,
    curve: Curve,
    r: ByteReader,
    options: KeyOptions = {},
  ): Promise<PreprocessingVerifierKey<EVK>> {
    const size = readPaddedSize(r);
    const ee = await this.#ee.readVerifierKey(backend, curve, r, control(options, 'verifier key'));
    try {
      const shape = readCommittedShape(r, curve, size);
      const keyDigest = await digest(encodeKey(this.#ee, shape, ee), options);
      return new PreprocessingVerifierKey(shape, ee, keyDigest);
    } catch (error) {
      ee.close();
      throw error;
    }
  }
}

/** @throws {@link NovaError} `InvalidInputLength` */
function checkRoom(U: RelaxedInstance, { size }: CommittedShape): void {
  if (U.X.length < size.variables) return;
  throw new NovaError(
    'InvalidInputLength',
    `the instance has ${U.X.length} public inputs, and the shape has room for fewer than ${size.variables}`,
  );
}

/** The challenges that the inner sum-check's polynomials depend on. */
interface Challenges {
  readonly rOuter: readonly bigint[];
  readonly c: bigint;
  readonly gamma: bigint;
  readonly r: bigint;
  readonly rho: readonly bigint[];
}

/** The values at x of the nine polynomials whose sums the inner sum-check is about, given the values of those opened there. */
function finalClaims(
  F: PrimeField,
  { size, N }: CommittedShape,
  U: RelaxedInstance,
  { rOuter, c, gamma, r, rho }: Challenges,
  x: readonly bigint[],
  v: Opened<bigint>,
): bigint[] {
  const eqOuter = eqAt(F, rOuter, x);
  const eqRho = eqAt(F, rho, x);
  const hash = (address: bigint, value: bigint) => F.add(F.add(address, F.mul(gamma, value)), r);
  const inverse = (t: bigint, hashed: bigint, numerator: bigint) =>
    F.mul(eqRho, F.sub(F.mul(t, hashed), numerator));
  const address = addressAt(F, x);

  // the first variables choose a block of as many values as W has: it stands in block 0, (u, X) in block 1
  const block = Math.log2(N / size.variables);
  const toBlock1 = F.mul(eqAtZero(F, x.slice(0, block - 1)), x[block - 1]);
  const z = F.add(v.W, F.mul(toBlock1, evaluateSparse(F, [U.u, ...U.X], x.slice(block))));
  const inBlock0 = F.mul(
    F.mul(eqAtZero(F, rOuter.slice(0, block)), eqAtZero(F, x.slice(0, block))),
    eqAt(F, rOuter.slice(block), x.slice(block)),
  );

  const val = F.add(v.valA, F.mul(c, F.add(v.valB, F.mul(c, v.valC))));
  return [
    F.sub(v.tRow, v.wRow),
    F.sub(v.tCol, v.wCol),
    inverse(v.tRow, hash(address, eqOuter), v.tsRow),
    inverse(v.wRow, hash(v.row, v.LRow), 1n),
    inverse(v.tCol, hash(address, z), v.tsCol),
    inverse(v.wCol, hash(v.col, v.LCol), 1n),
    F.mul(F.mul(v.LRow, v.LCol), val),
    F.mul(eqOuter, v.E),
    F.mul(F.sub(eqOuter, inBlock0), v.W), // W is zero outside of block 0
  ];
}

/** The value at x of the polynomial that is i at the i-th point of {0, 1}^n. */
function addressAt(F: PrimeField, x: readonly bigint[]): bigint {
  return x.reduce((sum, x_k) => F.add(F.add(sum, sum), x_k), 0n);
}
