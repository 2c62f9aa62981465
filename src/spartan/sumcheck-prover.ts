/**
 * The provers of sum-checks whose tables an engine keeps: a round is one read of a few elements. Each binds the tables that it is
 * given, down to one element, and leaves all rounds on the transcript; `verifySumcheck` comes to the same claim and point.
 */
import type { Backend, Control, Pending, Vec } from '../backend/backend.ts';
import type { KeccakTranscript } from '../hash/transcript.ts';
import type { EqFactor } from './eq-factor.ts';
import type { Multilinear } from './multilinear.ts';
import { evaluateRound, Sumcheck, type RoundPolynomial } from './sumcheck.ts';

/** That the sum of P(x) Q(x) over {0, 1}^k is `claim`. */
export async function proveProduct(
  backend: Backend,
  transcript: KeccakTranscript,
  claim: bigint,
  P: Multilinear,
  Q: Multilinear,
  control: Control,
): Promise<Sumcheck> {
  const run = new Sumcheck(P.values.field, transcript, claim);
  const rounds = Math.log2(P.values.length);
  while (run.point.length < rounds) {
    const pending = backend.sumcheck.roundQuadratic(P.values, Q.values);
    const [[at0, leading]] = await backend.read([pending], { signal: control.signal });
    const r = run.round([at0, leading]);
    P.bind(r);
    Q.bind(r);
    control.onProgress?.(run.point.length / rounds);
  }
  return run;
}

/** That the sum of eq(tau, x) (A(x) B(x) - C(x)) over {0, 1}^k is `claim`. */
export async function proveEqCubic(
  backend: Backend,
  transcript: KeccakTranscript,
  claim: bigint,
  eq: EqFactor,
  A: Multilinear,
  B: Multilinear,
  C: Multilinear,
  control: Control,
): Promise<Sumcheck> {
  const run = new Sumcheck(A.values.field, transcript, claim);
  const rounds = Math.log2(A.values.length);
  while (run.point.length < rounds) {
    const pending = backend.sumcheck.roundEq(eq.rest, A.values, B.values, C.values);
    const [[at0, leading]] = await backend.read([pending], { signal: control.signal });
    const at1 = () => sumAtOne(backend, eq.rest, A.values, B.values, C.values);
    const r = run.round(await eq.message(run.claim, at0, leading, at1));
    for (const table of [A, B, C]) table.bind(r);
    eq.bind(r);
    control.onProgress?.(run.point.length / rounds);
  }
  return run;
}

/** "P(x) is `claim`", where x is the point of `eq`. */
export interface Evaluation {
  readonly claim: bigint;
  readonly eq: EqFactor;
  readonly P: Multilinear;
}

/**
 * That the sum over {0, 1}^n of coefficients[i] eq(x_i, .) P_i is `claim`, where n is the number of variables of the largest P_i:
 * one in n_i variables counts as one in n that does not depend on the first n - n_i.
 */
export async function proveEvaluations(
  backend: Backend,
  transcript: KeccakTranscript,
  claim: bigint,
  evaluations: readonly Evaluation[],
  coefficients: readonly bigint[],
  control: Control,
): Promise<Sumcheck> {
  const F = evaluations[0].P.values.field;
  const variables = evaluations.map(({ P }) => Math.log2(P.values.length));
  const rounds = Math.max(...variables);
  const claims = evaluations.map(({ claim }) => claim);
  const run = new Sumcheck(F, transcript, claim);
  while (run.point.length < rounds) {
    const left = rounds - run.point.length;
    const started = evaluations.flatMap((_, i) => (variables[i] >= left ? [i] : []));
    const pendings = started.map((i): Pending<bigint> => {
      const { eq, P } = evaluations[i];
      return backend.sumcheck.inner(eq.rest, P.values); // the lower half of P
    });
    const at0 = await backend.read(pendings, { signal: control.signal });

    const own = new Map<number, RoundPolynomial>();
    for (const [k, i] of started.entries()) {
      const { eq, P } = evaluations[i];
      const at1 = () => sumAtOne(backend, eq.rest, P.values);
      own.set(i, await eq.message(claims[i], at0[k], undefined, at1));
    }
    const joint = evaluations.reduce(
      ([c0, c2], _, i) => {
        // one that has not started is constant in this variable, and in those between this one and its first
        const waiting = () => F.mul(F.pow(2n, BigInt(left - variables[i] - 1)), claims[i]);
        const [s0, s2] = own.get(i) ?? [waiting(), 0n];
        return [F.add(c0, F.mul(coefficients[i], s0)), F.add(c2, F.mul(coefficients[i], s2))];
      },
      [0n, 0n],
    );
    const r = run.round(joint);
    for (const [i, s] of own) {
      claims[i] = evaluateRound(F, s, claims[i], r);
      evaluations[i].P.bind(r);
      evaluations[i].eq.bind(r);
    }
    control.onProgress?.(run.point.length / rounds);
  }
  return run;
}

/** The sum of eq[i] (A(1, i) B(1, i) - C(1, i)), without B and C of eq[i] A(1, i). Rarely needed: its vectors do not stay. */
export async function sumAtOne(backend: Backend, eq: Vec, A: Vec, B?: Vec, C?: Vec): Promise<bigint> {
  const { polynomials, sumcheck } = backend;
  const made: Vec[] = [];
  const upper = (v: Vec): Vec => {
    const half = backend.vector(v.field, v.length / 2, 'at 1');
    made.push(half);
    polynomials.foldHalves(half, v, 0n, 1n);
    return half;
  };
  try {
    const f = upper(A);
    if (B) polynomials.multiply(f, f, upper(B));
    if (C) {
      const minus = A.field.neg(1n);
      polynomials.combine(f, [
        { c: 1n, v: f },
        { c: minus, v: upper(C) },
      ]);
    }
    const [sum] = await backend.read([sumcheck.inner(eq, f)]);
    return sum;
  } finally {
    backend.free(...made);
  }
}
