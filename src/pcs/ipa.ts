/**
 * The inner-product argument (nova-snark's src/provider/ipa_pc.rs; J. Bootle et al., ePrint 2016/263, in the form of
 * Bulletproofs): that the vector a in the commitment C = <a, G> has the inner product v with b, where b is the table of
 * eq(point, .). With Q one more generator and c a challenge, every round halves a, b and G:
 *
 *     L = <a_lo, G_hi> + <a_lo, b_hi> c Q      a' = r a_lo + r^-1 a_hi
 *     R = <a_hi, G_lo> + <a_hi, b_lo> c Q      b' = r^-1 b_lo + r b_hi      G' = r^-1 G_lo + r G_hi
 *
 * until a is one element. The prover here has r^-1 a', r b' and r G' instead, so that one half of each stays as it is, and L and R
 * are the same: only its last a is short by the product of all r.
 *
 * `prove` and `verify` go through the same steps in the same order.
 */
import type { Backend, Bases, Control, Vec } from '../backend/backend.ts';
import { POINT_BYTES, type AffinePoint, type Curve, type Term } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { eqPairs } from '../field/eq.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import type {
  CommitmentKey,
  EvaluationClaim,
  EvaluationEngine,
  EvaluationVerifier,
} from './evaluation-engine.ts';
import {
  checkKeyLength,
  decompressKey,
  encodePedersenKey,
  loadPedersenKey,
  readPedersenKey,
} from './pedersen.ts';
import { FoldedGenerators } from './folded-generators.ts';
import { Workspace } from './workspace.ts';

/** Label of the generator that commits to the inner product. */
const LABEL = /* @__PURE__ */ new TextEncoder().encode('ipa');

/** An argument: L and R of every round, and the one element that is left of a. */
export interface InnerProductArgument {
  readonly L: readonly AffinePoint[];
  readonly R: readonly AffinePoint[];
  readonly a: bigint;
}

/** Both keys of the scheme are the commitment key and the generator Q; what differs is the vectors that they work in. */
export class InnerProductKey {
  readonly backend: Backend;
  readonly curve: Curve;
  /** The commitment key. */
  readonly bases: Bases;
  /** The key for the inner product, as the reference keeps it: a blinding generator without use, and Q; 64 bytes each. */
  readonly ckS: Uint8Array;
  readonly Q: AffinePoint;
  readonly workspace: Workspace;
  readonly #owned: readonly Bases[];

  /** @param owned whether to free the commitment key, too */
  constructor(backend: Backend, bases: Bases, ckS: Uint8Array, role: string, owned = false) {
    this.backend = backend;
    this.curve = bases.curve;
    this.bases = bases;
    this.ckS = ckS;
    this.Q = this.curve.fromXY(ckS.subarray(POINT_BYTES));
    this.workspace = new Workspace(backend, this.curve.scalar, `ipa ${role}`);
    this.#owned = owned ? [bases] : [];
  }

  close(): void {
    this.workspace.close();
    this.backend.free(...this.#owned);
  }
}

async function setup(
  backend: Backend,
  { bases }: CommitmentKey,
  n: number,
  control: Control = {},
): Promise<{ pk: InnerProductKey; vk: InnerProductKey }> {
  checkKeyLength(bases, n);
  const { fromLabel } = await import('../curve/generators.ts');
  const ckS = await fromLabel(bases.curve, LABEL, 2, { signal: control.signal });
  return {
    pk: new InnerProductKey(backend, bases, ckS, 'prover'),
    vk: new InnerProductKey(backend, bases, ckS, 'verifier'),
  };
}

async function prove(
  { backend, curve, bases, Q, workspace }: InnerProductKey,
  transcript: KeccakTranscript,
  claim: EvaluationClaim,
  poly: Vec,
  control: Control = {},
): Promise<InnerProductArgument> {
  const F = curve.scalar;
  const rounds = claim.point.length;
  const n = 2 ** rounds;
  const { polynomials, openings, sumcheck } = backend;
  const waiting = { signal: control.signal };
  if (poly.length !== n) {
    throw invalidLength(`a polynomial in ${rounds} variables has ${n} values, not ${poly.length}`);
  }
  checkKeyLength(bases, n);
  const G = new FoldedGenerators(backend, bases, n, workspace);
  const proved = workspace.use(async () => {
    const c = start(transcript, claim);

    let a = poly;
    let b = workspace.vector('b', n);
    polynomials.tensor(b, eqPairs(F, claim.point));
    const [L, R]: AffinePoint[][] = [[], []];
    let scale = 1n;
    for (let k = 0; k < rounds; k++) {
      const [commL, commR, [cL, cR]] = await backend.read(
        [...G.commitHalves(a), openings.crossInner(a, b)],
        waiting,
      );
      L.push(curve.add(commL, curve.mul(F.mul(cL, c), Q)));
      R.push(curve.add(commR, curve.mul(F.mul(cR, c), Q)));
      const r = challenge(transcript, L[k], R[k]);
      const square = F.sqr(r);

      const half = a.length / 2;
      const aFolded = workspace.prefix(workspace.vector('a', n / 2), half);
      polynomials.foldHalves(aFolded, a, 1n, F.inv(square));
      a = aFolded;
      const bFolded = workspace.prefix(b, half);
      polynomials.foldHalves(bFolded, b, 1n, square);
      b = bFolded;
      await G.fold(square, waiting);
      scale = F.mul(scale, r);
      control.onProgress?.((k + 1) / rounds);
    }
    const [last] = await backend.read([sumcheck.sum(a)], waiting);
    return { L, R, a: F.mul(scale, last) };
  });
  return proved.finally(() => G.close());
}

/** @throws {@link NovaError} `InvalidInputLength` for lists of other lengths than the claim's, `InvalidPCS` */
async function verify(
  { backend, curve, bases, Q, workspace }: InnerProductKey,
  transcript: KeccakTranscript,
  claim: EvaluationClaim,
  { L, R, a }: InnerProductArgument,
  control: Control = {},
): Promise<void> {
  const F = curve.scalar;
  const rounds = claim.point.length;
  const n = 2 ** rounds;
  const { polynomials, openings } = backend;
  if (L.length !== rounds || R.length !== rounds) {
    throw invalidLength(`an argument about ${rounds} variables has ${L.length} L and ${R.length} R`);
  }
  checkKeyLength(bases, n);
  return workspace.use(async () => {
    const c = start(transcript, claim);

    const r = L.map((_, k) => challenge(transcript, L[k], R[k]));
    if (r.includes(0n)) throw invalidArgument();
    const inverse = F.invBatch([...r]);

    // the generator and the element of b that are left, given the weights of all rounds
    const s = workspace.vector('s', n);
    polynomials.tensor(
      s,
      r.map((r_k, k): [bigint, bigint] => [inverse[k], r_k]),
    );
    const b = claim.point.reduce((product, x_k, k) => {
      const folded = F.add(F.mul(inverse[k], F.sub(1n, x_k)), F.mul(r[k], x_k));
      return F.mul(product, folded);
    }, 1n);

    // C + value c Q, and L and R of all rounds, must come to a G + a b c Q
    const terms: Term[] = [
      [1n, claim.comm],
      [F.mul(F.sub(claim.value, F.mul(a, b)), c), Q],
      ...r.map((r_k, k): Term => [F.sqr(r_k), L[k]]),
      ...inverse.map((inverse_k, k): Term => [F.sqr(inverse_k), R[k]]),
    ];
    const [G, sum] = await backend.read(
      [backend.commit(bases, s, 0n), openings.sumOfMultiples(curve, terms)],
      control,
    );
    if (!curve.equals(sum, curve.mul(a, G))) throw invalidArgument();
  });
}

/** Absorbs the claim; returns the challenge that makes Q the generator of the inner product. */
function start(transcript: KeccakTranscript, { comm, value }: EvaluationClaim): bigint {
  transcript.domSep('IPA');
  transcript.absorbPoint('U', comm);
  transcript.absorbScalar('', value); // one label for both
  return transcript.squeeze('r');
}

/** A round's challenge. */
function challenge(transcript: KeccakTranscript, L: AffinePoint, R: AffinePoint): bigint {
  transcript.absorbPoint('L', L);
  transcript.absorbPoint('R', R);
  return transcript.squeeze('r');
}

function invalidLength(why: string): NovaError {
  return new NovaError('InvalidInputLength', `inner-product argument: ${why}`);
}

function invalidArgument(): NovaError {
  return new NovaError('InvalidPCS', 'the inner-product argument does not prove the claimed value');
}

function writeArgument(w: ByteWriter, curve: Curve, { L, R, a }: InnerProductArgument): void {
  for (const points of [L, R]) {
    w.u64(points.length);
    for (const P of points) w.point(curve, P);
  }
  w.element(curve.scalar, a);
}

function readArgument(r: ByteReader, curve: Curve): InnerProductArgument {
  const [L, R] = ['L', 'R'].map((name) => {
    const n = r.length(curve.encodedBytes, `${name} of an inner-product argument`);
    return Array.from({ length: n }, (_, k) => r.point(curve, `${name} of round ${k}`));
  });
  return { L, R, a: r.element(curve.scalar, 'the last element of an inner-product argument') };
}

/** The whole commitment key, then the key of the inner product. */
async function* encodeVerifierKey({
  backend,
  curve,
  bases,
  ckS,
}: InnerProductKey): AsyncGenerator<Uint8Array> {
  yield* encodePedersenKey(curve, await backend.saveBases(bases));
  yield* encodePedersenKey(curve, ckS);
}

async function readVerifierKey(
  backend: Backend,
  curve: Curve,
  r: ByteReader,
  control: Control = {},
): Promise<InnerProductKey> {
  const ckV = readPedersenKey(r, curve);
  const ckS = readPedersenKey(r, curve);
  if (ckS.length !== 2 * curve.encodedBytes) {
    throw new NovaError('InvalidEncoding', 'the key of an inner product has one generator');
  }
  const points = await decompressKey(curve, ckS);
  const bases = await loadPedersenKey(backend, curve, ckV, control);
  return new InnerProductKey(backend, bases, points, 'verifier', true);
}

/** The verifier's half of {@link ipa}. */
export const ipaVerifier: EvaluationVerifier<InnerProductKey, InnerProductArgument> = {
  name: 'ipa',
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey,
  readVerifierKey,
};

/** Openings of Pedersen commitments, without a trusted setup: 2 log n points, and a verifier that works n. */
export const ipa: EvaluationEngine<CommitmentKey, InnerProductKey, InnerProductKey, InnerProductArgument> = {
  name: 'ipa',
  setup,
  prove,
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey,
  readVerifierKey,
};
