/**
 * HyperKZG (nova-snark's `src/provider/hyperkzg.rs`): Gemini's reduction (ePrint 2022/420, section 2.4.2) for multilinear polynomials
 * given by their values, on top of KZG. P_0 has the values as coefficients; P_(i+1) is P_i with its last variable bound to x,
 *
 *     P_(i+1)(X^2) = (1 - x) (P_i(X) + P_i(-X)) / 2 + x (P_i(X) - P_i(-X)) / 2X,
 *
 * so that after l steps the value is left. The prover commits to all but P_0, which the claim has, and opens all of them at r, -r
 * and r^2, where the verifier checks that equation for every i.
 *
 * The caller has absorbed the claim. `prove` and `verify` go through the same steps in the same order.
 */
import type { Control, Vec } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { G2_GENERATOR } from '../curve/g2.ts';
import { NovaError } from '../errors.ts';
import { FIELD_BYTES, type PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import type { EvaluationClaim, EvaluationEngine, EvaluationVerifier } from './evaluation-engine.ts';
import type { KzgKey } from './kzg-key.ts';
import {
  checkPolynomial,
  encodeKzgVerifierKey,
  type KzgProverKey,
  type KzgVerifierKey,
  readKzgVerifierKey,
  setupKzg,
} from './opening-keys.ts';

type Three<T> = readonly [T, T, T];

/** An argument about a polynomial in l variables. */
export interface HyperKzgArgument {
  /** The commitments to P_1 .. P_(l-1). */
  readonly com: readonly AffinePoint[];
  /** The quotients of the batched polynomial at r, -r, r^2. */
  readonly w: Three<AffinePoint>;
  /** P_i at r, -r, r^2, for i < l. */
  readonly v: readonly Three<bigint>[];
}

async function prove(
  { backend, bases, workspace }: KzgProverKey,
  transcript: KeccakTranscript,
  { point: x }: EvaluationClaim,
  poly: Vec,
  control: Control = {},
): Promise<HyperKzgArgument> {
  const F = bn256.scalar;
  const l = checkVariables(x);
  const n = checkPolynomial(bases, poly, l);
  const { polynomials, openings } = backend;

  const waiting = { signal: control.signal };
  return workspace.use(async () => {
    const P = [poly];
    for (let i = 0; i + 1 < l; i++) {
      P.push(workspace.vector(`P_${i + 1}`, P[i].length / 2));
      openings.foldPairs(P[i + 1], P[i], x[l - 1 - i]);
    }
    const com = await backend.read(
      P.slice(1).map((P_i) => backend.commit(bases, P_i, 0n)),
      waiting,
    );
    control.onProgress?.(1 / 4);
    const u = openingPoints(F, transcript, com);

    const values = await backend.read(
      P.flatMap((P_i) => u.map((u_k) => openings.evaluate(P_i, u_k))),
      waiting,
    );
    const v = P.map((_, i): Three<bigint> => [values[3 * i], values[3 * i + 1], values[3 * i + 2]]);
    const q = batchChallenge(transcript, v);

    const B = workspace.vector('B', n);
    const quotient = workspace.vector('quotient', n);
    polynomials.combine(
      B,
      powers(F, q, l).map((c, i) => ({ c, v: P[i] })),
    );
    const open = (u_k: bigint) => {
      openings.quotient(quotient, B, u_k);
      return backend.commit(bases, quotient, 0n);
    };
    const w = await backend.read([open(u[0]), open(u[1]), open(u[2])], waiting);
    control.onProgress?.(1);
    // leaves the transcript as the verifier does
    pairingChallenge(transcript, w);
    return { com, w, v };
  });
}

async function verify(
  { tauH }: KzgVerifierKey,
  transcript: KeccakTranscript,
  { comm, point: x, value }: EvaluationClaim,
  { com, w, v }: HyperKzgArgument,
): Promise<void> {
  const F = bn256.scalar;
  const l = checkVariables(x);
  if (com.length !== l - 1 || v.length !== l) {
    throw rejected(`it has ${com.length} commitments and ${v.length} rows for ${l} variables`);
  }
  for (const P of [comm, ...com, ...w]) bn256.check(P, 'a commitment of the evaluation argument');
  for (const y of v.flat()) F.check(y, 'a value of the evaluation argument');

  const u = openingPoints(F, transcript, com);
  const [r] = u;

  for (const [i, [plus, minus]] of v.entries()) {
    const Y = v[i + 1]?.[2] ?? value;
    const x_i = x[l - 1 - i];
    // 2 r Y = r (1 - x) (plus + minus) + x (plus - minus)
    const even = F.mul(F.mul(r, F.sub(1n, x_i)), F.add(plus, minus));
    const odd = F.mul(x_i, F.sub(plus, minus));
    if (F.mul(F.add(r, r), Y) !== F.add(even, odd)) {
      throw rejected(`its values of the polynomials ${i} and ${i + 1} do not belong together`);
    }
  }
  const q = batchChallenge(transcript, v);

  const d = powers(F, pairingChallenge(transcript, w), 3);
  const q_i = powers(F, q, l);
  // B = sum of q^i P_i, at the three points and in the commitment
  const B_u = u.map((_, k) => v.reduce((sum, row, i) => F.add(sum, F.mul(q_i[i], row[k])), 0n));
  const dotD = (xs: readonly bigint[]) => xs.reduce((sum, x_k, k) => F.add(sum, F.mul(d[k], x_k)), 0n);
  const all = dotD([1n, 1n, 1n]);
  const L = bn256.sum([
    ...[comm, ...com].map((C, i) => [F.mul(all, q_i[i]), C] as const),
    ...w.map((w_k, k) => [F.mul(d[k], u[k]), w_k] as const),
    [F.neg(dotD(B_u)), bn256.generator],
  ]);
  const R = bn256.sum(w.map((w_k, k) => [d[k], w_k] as const));
  const { pairingsAgree } = await import('../curve/pairing.ts');
  if (!pairingsAgree(L, G2_GENERATOR, R, tauH)) throw rejected('its pairings differ');
}

/** The three points at which the polynomials are opened: r, -r, r^2. */
function openingPoints(
  F: PrimeField,
  transcript: KeccakTranscript,
  com: readonly AffinePoint[],
): Three<bigint> {
  transcript.absorbPoints('c', com);
  const r = transcript.squeeze('c');
  // at 0 the three would be one, and the equations between the polynomials empty
  if (r === 0n) throw rejected('the challenge is zero');
  return [r, F.neg(r), F.sqr(r)];
}

/** q, by whose powers the polynomials are batched. */
function batchChallenge(transcript: KeccakTranscript, v: readonly Three<bigint>[]): bigint {
  transcript.absorbScalars('v', v.flat());
  return transcript.squeeze('r');
}

/** d, by whose powers the three openings are batched. */
function pairingChallenge(transcript: KeccakTranscript, w: Three<AffinePoint>): bigint {
  transcript.absorbPoints('W', w);
  return transcript.squeeze('d');
}

/** 1, c, .. c^(n-1). */
function powers(F: PrimeField, c: bigint, n: number): bigint[] {
  const out = [1n];
  while (out.length < n) out.push(F.mul(out[out.length - 1], c));
  return out;
}

function checkVariables(x: readonly bigint[]): number {
  if (x.length < 1)
    throw new NovaError('InvalidInputLength', 'hyperkzg opens polynomials in one variable or more');
  return x.length;
}

function rejected(why: string): NovaError {
  return new NovaError('ProofVerifyError', `the evaluation argument of hyperkzg does not verify: ${why}`);
}

function writeArgument(w: ByteWriter, curve: Curve, arg: HyperKzgArgument): void {
  w.u64(arg.com.length);
  for (const P of [...arg.com, ...arg.w]) w.point(curve, P);
  w.u64(arg.v.length);
  for (const value of arg.v.flat()) w.element(curve.scalar, value);
}

function readArgument(r: ByteReader, curve: Curve): HyperKzgArgument {
  const com = Array.from({ length: r.length(curve.encodedBytes, 'com') }, (_, i) =>
    r.point(curve, `com[${i}]`),
  );
  const point = (k: number) => r.point(curve, `w[${k}]`);
  const w: Three<AffinePoint> = [point(0), point(1), point(2)];
  const v = Array.from({ length: r.length(3 * FIELD_BYTES, 'v') }, (_, i): Three<bigint> => {
    const value = (k: number) => r.element(curve.scalar, `v[${i}][${k}]`);
    return [value(0), value(1), value(2)];
  });
  return { com, w, v };
}

/** The verifier's half. Whatever is wrong with an argument, its error is `ProofVerifyError`. */
export const hyperkzgVerifier: EvaluationVerifier<KzgVerifierKey, HyperKzgArgument> = {
  name: 'hyperkzg',
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey: encodeKzgVerifierKey,
  readVerifierKey: readKzgVerifierKey,
};

/** HyperKZG over BN254, for polynomials in one variable or more. */
export const hyperkzg: EvaluationEngine<KzgKey, KzgProverKey, KzgVerifierKey, HyperKzgArgument> = {
  name: 'hyperkzg',
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey: encodeKzgVerifierKey,
  readVerifierKey: readKzgVerifierKey,
  setup: (backend, ck, n) => setupKzg(backend, ck, n, 'hyperkzg'),
  prove,
};
