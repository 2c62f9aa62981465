/**
 * Mercury (ePrint 2025/385; nova-snark's `src/provider/mercury.rs`): openings of constant size for multilinear polynomials given by
 * their n = 2^l values. The values are a matrix of b = 2^ceil(l/2) columns, and f(X) the polynomial that has them as coefficients,
 * row by row. With u = (u_row, u_col) the point, and P_u(X) the polynomial whose coefficients are the table of eq(u, .):
 *
 *     f = (X^b - alpha) q + g          g has the columns' values at alpha, below degree b
 *     h                                has the rows' inner products with eq(u_col, .), so <h, eq(u_row, .)> is the value
 *     g(X) P_col(1/X) + g(1/X) P_col(X) + gamma (h(X) P_row(1/X) + h(1/X) P_row(X))
 *       = 2 h(alpha) + 2 gamma value + X s(X) + s(1/X) / X
 *     d = X^(b-1) g(1/X)               which shows that g has no more than b coefficients
 *
 * are checked at a point zeta. What is as long as f stays with the engine; what has b elements is worked on here.
 *
 * `prove` and `verify` go through the same steps in the same order.
 */
import type { Control, Vec } from '../backend/backend.ts';
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { G2_GENERATOR } from '../curve/g2.ts';
import { NovaError } from '../errors.ts';
import { elementsFromBytes, elementsToBytes } from '../field/bytes.ts';
import type { PrimeField } from '../field/field.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import { nextTurn } from '../pace.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ByteWriter } from '../wire/writer.ts';
import {
  type BatchArgument,
  type Opened,
  type PairingClaim,
  proveOpenings,
  reduceOpenings,
} from './batch-opening.ts';
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
import { evaluateAt, sumOfProducts } from './univariate.ts';

/** An argument: eight commitments and six values, however long the polynomial is. */
export interface MercuryArgument extends BatchArgument {
  readonly commH: AffinePoint;
  readonly commG: AffinePoint;
  readonly commQ: AffinePoint;
  readonly commS: AffinePoint;
  readonly commD: AffinePoint;
  /** To (f - (zeta^b - alpha) q - g(zeta)) / (X - zeta). */
  readonly commQuotF: AffinePoint;
  readonly values: ValuesAtZeta;
}

/** Values at zeta, and at its inverse. */
interface ValuesAtZeta {
  readonly gZeta: bigint;
  readonly gZetaInv: bigint;
  readonly hZeta: bigint;
  readonly hZetaInv: bigint;
  readonly sZeta: bigint;
  readonly sZetaInv: bigint;
}

/** The matrix of a polynomial's values, and the point's two halves. */
interface Layout {
  /** Columns. */
  readonly b: number;
  readonly uRow: readonly bigint[];
  readonly uCol: readonly bigint[];
}

async function prove(
  { backend, bases, workspace }: KzgProverKey,
  transcript: KeccakTranscript,
  claim: EvaluationClaim,
  f: Vec,
  control: Control = {},
): Promise<MercuryArgument> {
  const F = bn256.scalar;
  const { b, uRow, uCol } = layout(claim.point);
  const n = checkPolynomial(bases, f, claim.point.length);
  const { polynomials, openings } = backend;
  const waiting = { signal: control.signal };
  return workspace.use(async () => {
    const commitHost = async (p: readonly bigint[]): Promise<AffinePoint> => {
      const v = workspace.vector('host polynomial', b);
      backend.upload(v, elementsToBytes(F, padded(p, b)));
      const [comm] = await backend.read([backend.commit(bases, v, 0n)], waiting);
      return comm;
    };
    absorbClaim(transcript, claim);

    // h: the last variables of f bound to u_col
    let rows = f;
    for (const u of uCol.toReversed()) {
      const bound = workspace.vector(`f of ${rows.length / 2}`, rows.length / 2);
      openings.foldPairs(bound, rows, u);
      rows = bound;
    }
    const [commH, hBytes] = await backend.read(
      [backend.commit(bases, rows, 0n), backend.download(rows)],
      waiting,
    );
    const h = padded(elementsFromBytes(F, hBytes), b);
    transcript.absorbPoint('h', commH);

    control.onProgress?.(1 / 8);
    const alpha = transcript.squeeze('a');
    const q = workspace.vector('q', n);
    openings.quotientBinomial(q, f, b, alpha);
    const gVec = workspace.vector('g', b);
    const [fHead, qHead] = [f, q].map((v) => polynomials.prefix(v, b));
    polynomials.combine(gVec, [
      { c: 1n, v: fHead },
      { c: alpha, v: qHead },
    ]);
    backend.free(fHead, qHead);
    const [commQ, commG, gBytes] = await backend.read(
      [backend.commit(bases, q, 0n), backend.commit(bases, gVec, 0n), backend.download(gVec)],
      waiting,
    );
    const g = elementsFromBytes(F, gBytes);
    transcript.absorbPoint('q', commQ);
    transcript.absorbPoint('g', commG);

    control.onProgress?.(1 / 2);
    const gamma = transcript.squeeze('gm');
    await nextTurn();
    const s = symmetricPart(F, b, [
      [1n, g, eqTable(F, uCol)],
      [gamma, h, eqTable(F, uRow)],
    ]);
    await nextTurn();
    const d = g.toReversed();
    const commS = await commitHost(s);
    const commD = await commitHost(d);
    transcript.absorbPoint('s', commS);
    transcript.absorbPoint('d', commD);

    const zeta = transcript.squeeze('zt');
    const zetaInv = F.inv(zeta);
    const values: ValuesAtZeta = {
      gZeta: evaluateAt(F, g, zeta),
      gZetaInv: evaluateAt(F, g, zetaInv),
      hZeta: evaluateAt(F, h, zeta),
      hZetaInv: evaluateAt(F, h, zetaInv),
      sZeta: evaluateAt(F, s, zeta),
      sZetaInv: evaluateAt(F, s, zetaInv),
    };
    absorbValues(transcript, values);

    // the constant g(zeta) does not change the quotient by X - zeta
    const remainder = workspace.vector('f - (zeta^b - alpha) q', n);
    polynomials.combine(remainder, [
      { c: 1n, v: f },
      { c: F.sub(alpha, F.pow(zeta, BigInt(b))), v: q },
    ]);
    openings.quotient(q, remainder, zeta);
    const [commQuotF] = await backend.read([backend.commit(bases, q, 0n)], waiting);
    transcript.absorbPoint('t', commQuotF);

    const hAlpha = evaluateAt(F, h, alpha);
    const dZeta = evaluateAt(F, d, zeta);
    const polys = [g, h, s, d];
    const opened = openedAt({ zeta, zetaInv, alpha }, values, hAlpha, dZeta).map((o, i) => ({
      ...o,
      f: polys[i],
    }));
    const batch = await proveOpenings(F, transcript, [alpha, zeta, zetaInv], opened, commitHost);

    control.onProgress?.(1);
    // leaves the transcript as the verifier does
    pairingChallenge(transcript, batch.commWPrime);
    return { commH, commG, commQ, commS, commD, commQuotF, ...batch, values };
  });
}

async function verify(
  { tauH }: KzgVerifierKey,
  transcript: KeccakTranscript,
  claim: EvaluationClaim,
  arg: MercuryArgument,
): Promise<void> {
  const F = bn256.scalar;
  const { b, uRow, uCol } = layout(claim.point);
  for (const P of [claim.comm, ...commitments(arg)])
    bn256.check(P, 'a commitment of the evaluation argument');
  absorbClaim(transcript, claim);

  transcript.absorbPoint('h', arg.commH);

  const alpha = transcript.squeeze('a');
  transcript.absorbPoint('q', arg.commQ);
  transcript.absorbPoint('g', arg.commG);

  const gamma = transcript.squeeze('gm');
  transcript.absorbPoint('s', arg.commS);
  transcript.absorbPoint('d', arg.commD);

  const zeta = transcript.squeeze('zt');
  if (zeta === 0n) throw rejected('the challenge is zero');
  const zetaInv = F.inv(zeta);
  const { values } = arg;
  absorbValues(transcript, values);

  const zetaB = F.pow(zeta, BigInt(b));
  const quotient: PairingClaim = {
    left: bn256.sum([
      [1n, claim.comm],
      [F.sub(alpha, zetaB), arg.commQ],
      [F.neg(values.gZeta), bn256.generator],
      [zeta, arg.commQuotF],
    ]),
    right: arg.commQuotF,
  };
  transcript.absorbPoint('t', arg.commQuotF);

  // what the equations of the polynomials say about the two values that are not sent
  const pCol = [zeta, zetaInv].map((x) => eqPolynomialAt(F, uCol, x));
  const pRow = [zeta, zetaInv].map((x) => eqPolynomialAt(F, uRow, x));
  const { gZeta, gZetaInv, hZeta, hZetaInv, sZeta, sZetaInv } = values;
  const cols = F.add(F.mul(gZeta, pCol[1]), F.mul(gZetaInv, pCol[0]));
  const rows = F.add(F.mul(hZeta, pRow[1]), F.mul(hZetaInv, pRow[0]));
  const rest = F.add(F.mul(zeta, sZeta), F.mul(zetaInv, sZetaInv));
  const twiceValue = F.add(claim.value, claim.value);
  const twiceHAlpha = F.sub(F.add(cols, F.mul(gamma, F.sub(rows, twiceValue))), rest);
  const hAlpha = F.mul(twiceHAlpha, F.inv(2n));
  const dZeta = F.mul(F.mul(zetaB, zetaInv), gZetaInv);
  const comms = [arg.commG, arg.commH, arg.commS, arg.commD];
  const opened = openedAt({ zeta, zetaInv, alpha }, values, hAlpha, dZeta).map((o, i) => ({
    ...o,
    comm: comms[i],
  }));
  const batch = reduceOpenings(F, transcript, [alpha, zeta, zetaInv], opened, arg);

  const d = pairingChallenge(transcript, arg.commWPrime);
  const both = (P: AffinePoint, Q: AffinePoint) => bn256.add(P, bn256.mul(d, Q));
  const left = both(quotient.left, batch.left);
  const right = both(quotient.right, batch.right);
  const { pairingsAgree } = await import('../curve/pairing.ts');
  if (!pairingsAgree(left, G2_GENERATOR, right, tauH)) throw rejected('its pairings differ');
}

/** @throws {@link NovaError} `InvalidInputLength` for fewer than two variables */
function layout(point: readonly bigint[]): Layout {
  if (point.length < 2)
    throw new NovaError('InvalidInputLength', 'mercury opens polynomials in two variables or more');
  // an odd number of variables: one more, first and bound to 0, so that f has half as many rows as columns
  const u = point.length % 2 === 0 ? point : [0n, ...point];
  const half = u.length / 2;
  return { b: 2 ** half, uRow: u.slice(0, half), uCol: u.slice(half) };
}

function absorbClaim(transcript: KeccakTranscript, { comm, point, value }: EvaluationClaim): void {
  transcript.absorbPoint('f', comm);
  transcript.absorbScalars('u', point);
  transcript.absorbScalar('e', value);
}

function absorbValues(transcript: KeccakTranscript, values: ValuesAtZeta): void {
  transcript.absorbScalar('gz', values.gZeta);
  transcript.absorbScalar('gzi', values.gZetaInv);
  transcript.absorbScalar('hz', values.hZeta);
  transcript.absorbScalar('hzi', values.hZetaInv);
  transcript.absorbScalar('sz', values.sZeta);
  transcript.absorbScalar('szi', values.sZetaInv);
}

/** Where g, h, s and d are opened, and to what. */
function openedAt(
  { zeta, zetaInv, alpha }: { zeta: bigint; zetaInv: bigint; alpha: bigint },
  { gZeta, gZetaInv, hZeta, hZetaInv, sZeta, sZetaInv }: ValuesAtZeta,
  hAlpha: bigint,
  dZeta: bigint,
): Opened[] {
  return [
    { points: [zeta, zetaInv], values: [gZeta, gZetaInv] },
    { points: [zeta, zetaInv, alpha], values: [hZeta, hZetaInv, hAlpha] },
    { points: [zeta, zetaInv], values: [sZeta, sZetaInv] },
    { points: [zeta], values: [dZeta] },
  ];
}

/** d, which joins the two pairing claims. */
function pairingChallenge(transcript: KeccakTranscript, commWPrime: AffinePoint): bigint {
  transcript.absorbPoint('wp', commWPrime);
  return transcript.squeeze('pd');
}

/**
 * The s of X s(X) + constant + s(1/X) / X = the sum of c (p(X) e(1/X) + p(1/X) e(X)), for polynomials of b coefficients: b - 1
 * coefficients.
 */
function symmetricPart(
  F: PrimeField,
  b: number,
  terms: readonly (readonly [c: bigint, p: readonly bigint[], e: readonly bigint[]])[],
): bigint[] {
  // X^(b-1) times the sum of c p(X) e(1/X)
  const shifted = sumOfProducts(
    F,
    terms.map(([c, p, e]) => [c, p, e.toReversed()] as const),
    2 * b,
  );
  return Array.from({ length: b - 1 }, (_, k) => F.add(shifted[b + k], shifted[b - 2 - k]));
}

/** The table of eq(u, .): the first coordinate belongs to the top bit of the index. */
function eqTable(F: PrimeField, u: readonly bigint[]): bigint[] {
  return u.reduce<bigint[]>(
    (table, u_k) => table.flatMap((x) => [F.mul(x, F.sub(1n, u_k)), F.mul(x, u_k)]),
    [1n],
  );
}

/** The polynomial whose coefficients are the table of eq(u, .), at x. */
function eqPolynomialAt(F: PrimeField, u: readonly bigint[], x: bigint): bigint {
  let power = x;
  let product = 1n;
  for (const u_k of u.toReversed()) {
    product = F.mul(product, F.add(F.sub(1n, u_k), F.mul(u_k, power)));
    power = F.sqr(power);
  }
  return product;
}

/** p with zeros up to n coefficients. */
function padded(p: readonly bigint[], n: number): bigint[] {
  return Array.from({ length: n }, (_, i) => p[i] ?? 0n);
}

function rejected(why: string): NovaError {
  return new NovaError('ProofVerifyError', `the evaluation argument of mercury does not verify: ${why}`);
}

/** The commitments in the order of the encoding. */
function commitments(arg: MercuryArgument): AffinePoint[] {
  const { commH, commG, commQ, commS, commD, commQuotF, commW, commWPrime } = arg;
  return [commH, commG, commQ, commS, commD, commQuotF, commW, commWPrime];
}

function writeArgument(w: ByteWriter, curve: Curve, arg: MercuryArgument): void {
  for (const P of commitments(arg)) w.point(curve, P);
  const { gZeta, gZetaInv, hZeta, hZetaInv, sZeta, sZetaInv } = arg.values;
  for (const value of [gZeta, gZetaInv, hZeta, hZetaInv, sZeta, sZetaInv]) w.element(curve.scalar, value);
}

function readArgument(r: ByteReader, curve: Curve): MercuryArgument {
  const point = (what: string) => r.point(curve, what);
  const value = (what: string) => r.element(curve.scalar, what);
  return {
    commH: point('comm_h'),
    commG: point('comm_g'),
    commQ: point('comm_q'),
    commS: point('comm_s'),
    commD: point('comm_d'),
    commQuotF: point('comm_quot_f'),
    commW: point('comm_w'),
    commWPrime: point('comm_w_prime'),
    values: {
      gZeta: value('g(zeta)'),
      gZetaInv: value('g(1/zeta)'),
      hZeta: value('h(zeta)'),
      hZetaInv: value('h(1/zeta)'),
      sZeta: value('s(zeta)'),
      sZetaInv: value('s(1/zeta)'),
    },
  };
}

/** The verifier's half. Whatever is wrong with an argument, its error is `ProofVerifyError`. */
export const mercuryVerifier: EvaluationVerifier<KzgVerifierKey, MercuryArgument> = {
  name: 'mercury',
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey: encodeKzgVerifierKey,
  readVerifierKey: readKzgVerifierKey,
};

/** Mercury over BN254, for polynomials in two variables or more. */
export const mercury: EvaluationEngine<KzgKey, KzgProverKey, KzgVerifierKey, MercuryArgument> = {
  name: 'mercury',
  verify,
  writeArgument,
  readArgument,
  encodeVerifierKey: encodeKzgVerifierKey,
  readVerifierKey: readKzgVerifierKey,
  setup: (backend, ck, n) => setupKzg(backend, ck, n, 'mercury'),
  prove,
};
