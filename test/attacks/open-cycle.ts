/**
 * Proofs in the place of whose augmented circuits stand a few constraints that leave the public inputs free: everything that the
 * verifiers check is there, and a verification takes milliseconds. Nothing is proved: whoever attacks a verifier does not have to
 * find a witness for the public inputs that he would like to have, as if the circuits had been broken already.
 */
import type { Backend, Matrices } from '../../src/backend/backend.ts';
import type { AffinePoint, Curve } from '../../src/curve/curve.ts';
import { cycleByName, needsPtau, type Cycle } from '../../src/curve/cycles.ts';
import { elementsToBytes } from '../../src/field/bytes.ts';
import { insecureSeededRng, RandomElements } from '../../src/field/random.ts';
import type { FinalSnark } from '../../src/nova/final-snark.ts';
import { finalSNARKs } from '../../src/nova/final-snarks.ts';
import { makeCommitmentKey } from '../../src/nova/commitment-key.ts';
import type { CompressedProof } from '../../src/nova/compressed-proof.ts';
import { NIFS, type FreshWitness, type RunningBuffers, type RunningWitness } from '../../src/nova/nifs.ts';
import { NIFSRelaxed } from '../../src/nova/nifs-relaxed.ts';
import { publicHash } from '../../src/nova/oracle.ts';
import type { PublicParams, Side } from '../../src/nova/params.ts';
import { sampleRandomInstance } from '../../src/nova/random-instance.ts';
import { StepBuffers, type RecursiveState } from '../../src/nova/recursive-state.ts';
import { VerifierKey } from '../../src/nova/verifier-key.ts';
import type { CommitmentKey, ResidentKey } from '../../src/pcs/evaluation-engine.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { derandomize, type Instance, type RelaxedInstance } from '../../src/r1cs/instance.ts';
import { matricesOf } from '../support/matrices.ts';
import { testPtau } from '../support/ptau.ts';

/** What a proof says: that `steps` steps lead from z0 to zn. */
export interface Statement {
  readonly steps: number;
  readonly z0: readonly bigint[];
  readonly zn: readonly bigint[];
}

/** w0 w1 = w2, w3^2 = w3: plain instances are satisfied whatever X is, relaxed ones by their E. */
const ROWS = [
  [[[0, 1n]], [[3, 1n]], [], []],
  [[[1, 1n]], [[3, 1n]], [], []],
  [[[2, 1n]], [[3, 1n]], [], []],
] as const;
const VARIABLES = 4;
const IO = 2;
/** Room for all entries of the matrices. */
const KEY = 16;
const PTAU_POWER = 4;

/** Both sides of the parameters of such proofs, and the keys. */
export class OpenCycle {
  readonly backend: Backend;
  readonly cycle: Cycle;
  readonly snark: FinalSnark;
  readonly vk: VerifierKey;
  readonly pp: PublicParams;
  readonly buffers: StepBuffers;
  readonly #sides: { readonly primary: Side; readonly secondary: Side };
  readonly #keys: { readonly primary: ResidentKey; readonly secondary: ResidentKey };

  private constructor(
    backend: Backend,
    snark: FinalSnark,
    vk: VerifierKey,
    sides: OpenCycle['pp'],
    keys: { readonly primary: ResidentKey; readonly secondary: ResidentKey },
  ) {
    this.backend = backend;
    this.cycle = vk.cycle;
    this.snark = snark;
    this.vk = vk;
    this.pp = sides;
    this.#sides = sides;
    this.#keys = keys;
    const nifs = (side: Side) => new NIFS(backend, side, vk.ppDigest);
    this.buffers = new StepBuffers(backend, nifs(sides.primary), nifs(sides.secondary));
  }

  /** @param twist makes another shape, and so another key */
  static async open(
    backend: Backend,
    cycleName: string,
    snark: FinalSnark,
    { arity = 1, digest = 0xd16e57n, twist = 1n }: { arity?: number; digest?: bigint; twist?: bigint } = {},
  ): Promise<OpenCycle> {
    const cycle = cycleByName(cycleName);
    const snarks = finalSNARKs(cycle, snark);
    const made = async (name: 'primary' | 'secondary') => {
      const curve = cycle[name];
      const ptau = name === 'primary' && needsPtau(cycle) ? ptauFrom(await testPtau(PTAU_POWER)) : undefined;
      const ck: CommitmentKey = await makeCommitmentKey(backend, curve, ptau, KEY, {});
      const [A, B, C] = ROWS;
      const shape = matricesOf(curve.scalar, VARIABLES, IO, [[[[0, twist]], ...A.slice(1)], B, C]);
      const matrices: Matrices = backend.matrices(shape);
      const keys = await snarks[name].setup(backend, ck, matrices);
      const circuit = { name, matrices: shape, path: (row: number) => `row ${row}` };
      return { side: { curve, bases: ck.bases, matrices, circuit } as unknown as Side, keys };
    };
    const [primary, secondary] = [await made('primary'), await made('secondary')];
    const vk = await VerifierKey.of({
      cycle,
      snark,
      arity,
      ppDigest: digest,
      primary: primary.keys.vk,
      secondary: secondary.keys.vk,
    });
    // the verifiers look at nothing else of the parameters
    const pp = {
      backend,
      cycle,
      digest,
      stepCircuit: { arity },
      primary: primary.side,
      secondary: secondary.side,
    } as unknown as PublicParams;
    return new OpenCycle(backend, snark, vk, pp, { primary: primary.keys.pk, secondary: secondary.keys.pk });
  }

  /**
   * The state of a computation that says this; all random values follow from the seed.
   *
   * @param amiss how far the last witness is from satisfying its instance
   */
  async state({ steps, z0, zn }: Statement, seed: string, amiss = 0n): Promise<RecursiveState> {
    const { backend, cycle, buffers } = this;
    const random = new RandomElements(insecureSeededRng(seed));
    const { ppDigest } = this.vk;
    const [E1, E2] = [cycle.primary, cycle.secondary];
    const running = async (side: Side, out: RunningBuffers) => {
      const { u, X, W, ...pending } = await sampleRandomInstance(backend, side, random, out, {});
      const [commW, commE] = await backend.read([pending.commW, pending.commE]);
      return { U: { commW, commE, u, X }, W };
    };
    const primary = await running(this.#sides.primary, buffers.runningPrimary.first);
    const secondary = await running(this.#sides.secondary, buffers.runningSecondary.first);
    const [riPrimary, riSecondary] = [random.next(E1.scalar), random.next(E2.scalar)];
    const X = [
      publicHash(E2, ppDigest, steps, z0, zn, secondary.U, riPrimary),
      publicHash(E1, ppDigest, steps, [0n], [0n], primary.U, riSecondary),
    ];
    const last = await this.#fresh(X, random, amiss);
    return {
      z0,
      rUPrimary: primary.U,
      rWPrimary: primary.W,
      riPrimary,
      rUSecondary: secondary.U,
      rWSecondary: secondary.W,
      riSecondary,
      lUSecondary: last.U,
      lWSecondary: last.W,
      i: steps,
      zi: zn,
      crossTerm: undefined,
    };
  }

  /** A compressed proof of such a state, which need not verify. */
  async compress(s: RecursiveState, seed: string): Promise<CompressedProof> {
    const { backend, cycle, vk, buffers: b } = this;
    const random = new RandomElements(insecureSeededRng(`compression of ${seed}`));
    const nifs = new NIFS(backend, this.#sides.secondary, vk.ppDigest);
    const T = b.TSecondary.first;
    const rT = random.next(cycle.secondary.scalar);
    const [commT] = await backend.read([
      nifs.commitCrossTerm(T, rT, s.rUSecondary.u, s.rWSecondary, s.lWSecondary),
    ]);
    const out = b.runningSecondary.spare(s.rWSecondary);
    const Uf = nifs.prove(s.rUSecondary, s.rWSecondary, s.lUSecondary, s.lWSecondary, { T, rT, commT }, out);
    const secondary = await this.#hide(this.#sides.secondary, Uf.U, Uf.W, random);
    const primary = await this.#hide(this.#sides.primary, s.rUPrimary, s.rWPrimary, random);

    const snarks = finalSNARKs(cycle, this.snark);
    const prove = (name: 'primary' | 'secondary', h: AffinePoint, { Un, Wn }: typeof primary) => {
      const U = derandomize(cycle[name], h, Un, Wn.rW, Wn.rE);
      return snarks[name].prove(this.#keys[name], U, Wn);
    };
    const snarkPrimary = await prove('primary', vk.hPrimary, primary);
    const snarkSecondary = await prove('secondary', vk.hSecondary, secondary);
    return {
      rUSecondary: s.rUSecondary,
      riSecondary: s.riSecondary,
      lUSecondary: s.lUSecondary,
      commTUfSecondary: commT,
      lUrSecondary: secondary.lUr,
      commTUnSecondary: secondary.commT,
      rUPrimary: s.rUPrimary,
      riPrimary: s.riPrimary,
      lUrPrimary: primary.lUr,
      commTUnPrimary: primary.commT,
      rWnPrimary: primary.Wn.rW,
      rEnPrimary: primary.Wn.rE,
      rWnSecondary: secondary.Wn.rW,
      rEnSecondary: secondary.Wn.rE,
      snarkPrimary,
      snarkSecondary,
      zn: s.zi,
    };
  }

  async prove(statement: Statement, seed: string): Promise<CompressedProof> {
    return this.compress(await this.state(statement, seed), seed);
  }

  close(): void {
    this.buffers.close();
    this.#keys.primary.close();
    this.#keys.secondary.close();
    this.vk.close();
    const { primary, secondary } = this.#sides;
    this.backend.free(primary.bases, primary.matrices, secondary.bases, secondary.matrices);
  }

  /** A plain instance with these public inputs, satisfied if nothing is amiss. */
  async #fresh(
    X: readonly bigint[],
    random: RandomElements,
    amiss: bigint,
  ): Promise<{ U: Instance; W: FreshWitness }> {
    const { backend, buffers } = this;
    const { curve, bases, matrices } = this.#sides.secondary;
    const F = curve.scalar;
    const [a, b, rW] = [random.next(F), random.next(F), random.next(F)];
    const { W, products } = buffers.freshSecondary.first;
    const product = F.mul(this.#twist, F.mul(a, b));
    backend.upload(W, elementsToBytes(F, [a, b, F.add(product, amiss), 1n]));
    backend.products(products, matrices, W, 1n, X);
    const [commW] = await backend.read([backend.commit(bases, W, rW)]);
    return { U: { commW, X }, W: { W, rW, products } };
  }

  get #twist(): bigint {
    const { A, dictionary } = this.#sides.secondary.circuit.matrices;
    return dictionary[A.coefficients[0]];
  }

  /** (U, W) behind a random instance. */
  async #hide(side: Side, U: RelaxedInstance, W: RunningWitness, random: RandomElements) {
    const { backend } = this;
    const { field, constraints, variables } = side.circuit.matrices;
    const vectors: ReturnType<Backend['vector']>[] = [];
    const vec = (n: number, label: string) => {
      vectors.push(backend.vector(field, n, label));
      return vectors[vectors.length - 1];
    };
    const products = { AZ: vec(constraints, 'AZ'), BZ: vec(constraints, 'BZ'), CZ: vec(constraints, 'CZ') };
    const lr = await sampleRandomInstance(
      backend,
      side,
      random,
      { W: vec(variables, 'W'), E: vec(constraints, 'E'), products },
      {},
    );
    const nifs = new NIFSRelaxed(backend, side, this.vk.ppDigest);
    const [T, rT] = [vec(constraints, 'T'), random.next(side.curve.scalar)];
    const pendingT = nifs.commitCrossTerm(T, rT, U.u, W, lr.u, lr.W);
    const [commW, commE, commT] = await backend.read([lr.commW, lr.commE, pendingT]);
    const lUr: RelaxedInstance = { commW, commE, u: lr.u, X: lr.X };
    const out = { W: vec(variables, 'Un.W'), E: vec(constraints, 'Un.E') };
    const { U: Un, W: Wn } = nifs.prove(U, W, lUr, lr.W, { T, rT, commT }, out);
    return { lUr, commT, Un, Wn };
  }
}

/** The curve of a part of a compressed proof, by the name of its field. */
export function curveOfField(cycle: Cycle, field: string): Curve {
  return field.endsWith('Secondary') ? cycle.secondary : cycle.primary;
}
