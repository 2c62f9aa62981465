import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Bases } from '../../src/backend/backend.ts';
import { bn256, CURVES, pallas } from '../../src/curve/curves.ts';
import { eqAt, evaluateSparse } from '../../src/field/eq.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { Workspace } from '../../src/pcs/workspace.ts';
import { reduceEvaluations, verifyEvaluations } from '../../src/spartan/batch-evaluation.ts';
import { EqFactor } from '../../src/spartan/eq-factor.ts';
import { Multilinear } from '../../src/spartan/multilinear.ts';
import {
  checkClaim,
  evaluateRound,
  readSumcheckProof,
  verifySumcheck,
  writeSumcheckProof,
  type SumcheckProof,
} from '../../src/spartan/sumcheck.ts';
import { proveEqCubic, proveProduct } from '../../src/spartan/sumcheck-prover.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { download, element, elements, upload } from './vectors.ts';

const RUNS = { numRuns: 12 };

let backend: Backend;
let bases: Bases;
beforeAll(async () => {
  backend = await testBackend('reference');
  bases = await backend.bases(bn256, CK_LABEL, 16);
});
afterAll(() => backend?.close());

const fields = fc.constantFrom(...CURVES.map((curve) => curve.scalar));
const variables = fc.nat({ max: 4 });

/** The sum of all f(i) for i < n. */
function sumOf(F: PrimeField, n: number, f: (i: number) => bigint): bigint {
  return F.reduce(Array.from({ length: n }, (_, i) => f(i)).reduce((sum, x) => sum + x, 0n));
}

/** The bits of i as a point of k coordinates, the top one first. */
function bitsOf(i: number, k: number): bigint[] {
  return Array.from({ length: k }, (_, j) => BigInt((i >> (k - 1 - j)) & 1));
}

/** Runs a prover on vectors of a workspace of its own. */
async function withWorkspace<T>(
  F: PrimeField,
  work: (workspace: Workspace, table: (values: readonly bigint[]) => Multilinear) => Promise<T>,
): Promise<T> {
  const workspace = new Workspace(backend, F, 'test');
  const made: ReturnType<typeof upload>[] = [];
  try {
    return await work(workspace, (values) => {
      made.push(upload(backend, F, values));
      return new Multilinear(backend, workspace, made[made.length - 1]);
    });
  } finally {
    backend.free(...made);
    workspace.close();
  }
}

describe('multilinear polynomials', () => {
  it('have at points of 0s and 1s the values of their tables, and are linear in every variable', () => {
    fc.assert(
      fc.property(
        fc.tuple(fields, variables).chain(([F, k]) =>
          fc.record({
            F: fc.constant(F),
            k: fc.constant(k),
            // values that are missing at the end are zero
            values: fc.array(element(F), { maxLength: 2 ** k }),
            x: elements(F, k),
          }),
        ),
        ({ F, k, values, x }) => {
          const byDefinition = sumOf(F, 2 ** k, (i) => (values[i] ?? 0n) * eqAt(F, x, bitsOf(i, k)));
          expect(evaluateSparse(F, values, x)).toBe(byDefinition);
          values.forEach((value, i) => expect(evaluateSparse(F, values, bitsOf(i, k))).toBe(value));
        },
      ),
    );
  });
});

describe('the sum-check of a product', () => {
  it('ends in the product of the values at its point, which the verifier arrives at', async () => {
    const cases = fc
      .tuple(fields, variables)
      .chain(([F, k]) => fc.tuple(fc.constant(F), elements(F, 2 ** k), elements(F, 2 ** k)));
    await fc.assert(
      fc.asyncProperty(cases, async ([F, P, Q]) => {
        const claim = sumOf(F, P.length, (i) => P[i] * Q[i]);
        const [proverSide, verifierSide] = [0, 1].map(() => new KeccakTranscript(F, 'test'));
        const run = await withWorkspace(F, (_, table) =>
          proveProduct(backend, proverSide, claim, table(P), table(Q), {}),
        );
        const result = verifySumcheck(F, verifierSide, claim, Math.log2(P.length), 2, run.proof);
        expect(result.point).toEqual(run.point);
        const at = (values: readonly bigint[]) => evaluateSparse(F, values, result.point);
        expect(result.claim).toBe(F.mul(at(P), at(Q)));
        expect(verifierSide.squeeze('same state')).toBe(proverSide.squeeze('same state'));
      }),
      RUNS,
    );
  });
});

describe('the sum-check of eq(tau, x) (A B - C)', () => {
  const cases = fc
    .tuple(fields, variables)
    .chain(([F, k]) =>
      fc.tuple(fc.constant(F), elements(F, k), fc.tuple(...[0, 1, 2].map(() => elements(F, 2 ** k)))),
    );

  async function check(F: PrimeField, tau: readonly bigint[], [A, B, C]: readonly bigint[][]): Promise<void> {
    const k = tau.length;
    const claim = sumOf(F, 2 ** k, (i) => eqAt(F, tau, bitsOf(i, k)) * (A[i] * B[i] - C[i]));
    const transcript = () => new KeccakTranscript(F, 'test');
    const run = await withWorkspace(F, (workspace, table) => {
      const eq = new EqFactor(backend, workspace, workspace.vector('eq', 2 ** Math.max(0, k - 1)), tau);
      return proveEqCubic(backend, transcript(), claim, eq, table(A), table(B), table(C), {});
    });
    const result = verifySumcheck(F, transcript(), claim, k, 3, run.proof);
    const [a, b, c] = [A, B, C].map((values) => evaluateSparse(F, values, result.point));
    expect(result.claim).toBe(F.mul(eqAt(F, tau, result.point), F.sub(F.mul(a, b), c)));
  }

  it('ends in the value of that polynomial at its point', () =>
    fc.assert(
      fc.asyncProperty(cases, ([F, tau, tables]) => check(F, tau, tables)),
      RUNS,
    ));

  // where tau_k = 0 the claim says nothing about t(1), where tau_k = 1 s(0) is zero
  it.each([
    ['zeros', [0n, 0n, 0n]],
    ['ones', [1n, 1n, 1n]],
    ['both', [1n, 0n, 1n]],
    ['a zero first', [0n, 7n, 9n]],
    ['a zero last', [7n, 9n, 0n]],
  ])('is right for a tau of %s', (_, tau) =>
    fc.assert(
      fc.asyncProperty(fc.tuple(...[0, 1, 2].map(() => elements(pallas.scalar, 8))), (tables) =>
        check(pallas.scalar, tau, tables),
      ),
      { numRuns: 3 },
    ),
  );
});

describe('a batch of evaluations', () => {
  const curve = bn256;
  const F = curve.scalar;
  const batch = fc.array(variables, { minLength: 1, maxLength: 4 }).chain((sizes) =>
    fc.tuple(
      ...sizes.map((k) =>
        fc.record({
          values: fc.array(element(F), { minLength: 1, maxLength: 2 ** k }),
          point: elements(F, k),
        }),
      ),
    ),
  );

  async function reduce(parts: readonly { values: readonly bigint[]; point: readonly bigint[] }[]) {
    const sources = parts.map(({ values }) => upload(backend, F, values));
    const comms = await backend.read(sources.map((v) => backend.commit(bases, v, 0n)));
    const workspace = new Workspace(backend, F, 'test');
    const claims = parts.map(({ values, point }, i) => ({
      comm: comms[i],
      point,
      value: evaluateSparse(F, values, point),
    }));
    const joint = workspace.vector('joint', 2 ** Math.max(...parts.map(({ point }) => point.length)));
    const prover = new KeccakTranscript(F, 'test');
    const { claim, proof } = await reduceEvaluations(
      backend,
      workspace,
      curve,
      prover,
      claims.map((part, i) => ({
        ...part,
        P: sources[i],
        table: workspace.vector(`table${i}`, 16),
        eq: workspace.vector(`eq${i}`, 8),
      })),
      joint,
      {},
    );
    const [comm] = await backend.read([backend.commit(bases, joint, 0n)]);
    const values = await download(backend, joint);
    workspace.close();
    backend.free(...sources);
    return { claims, claim, proof, joint: { comm, values } };
  }

  it('of polynomials of several sizes becomes one true claim, which the verifier arrives at', () =>
    fc.assert(
      fc.asyncProperty(batch, async (parts) => {
        const { claims, claim, proof, joint } = await reduce(parts);
        expect(verifyEvaluations(curve, new KeccakTranscript(F, 'test'), claims, proof)).toEqual(claim);
        expect(claim.comm).toEqual(joint.comm);
        expect(claim.value).toBe(evaluateSparse(F, joint.values, claim.point));
      }),
      RUNS,
    ));

  it('is right when a point has zeros and ones', async () => {
    const { claims, claim, proof } = await reduce([
      { values: [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n], point: [0n, 1n, 0n] },
      { values: [5n, 8n], point: [0n] },
    ]);
    expect(verifyEvaluations(curve, new KeccakTranscript(F, 'test'), claims, proof)).toEqual(claim);
  });

  it('is refused when a claim is false, a value is, or one is missing or too many', async () => {
    const parts = [
      { values: [3n, 1n, 4n, 1n], point: [2n, 7n] },
      { values: [5n, 8n], point: [6n] },
    ];
    const { claims, proof } = await reduce(parts);
    const verdict = (changed: typeof claims, with_: typeof proof) =>
      codeOf(() => verifyEvaluations(curve, new KeccakTranscript(F, 'test'), changed, with_));
    for (const i of [0, 1]) {
      const falseClaims = claims.map((c, k) => (k === i ? { ...c, value: F.add(c.value, 1n) } : c));
      expect(await verdict(falseClaims, proof)).toBe('InvalidSumcheckProof');
      const evals = proof.evals.map((x, k) => (k === i ? F.add(x, 1n) : x));
      expect(await verdict(claims, { ...proof, evals })).toBe('InvalidSumcheckProof');
    }
    for (const evals of [[], proof.evals.slice(1), [...proof.evals, 0n]]) {
      expect(await verdict(claims, { ...proof, evals })).toBe('InvalidSumcheckProof');
    }
  });
});

describe('the verifier of sum-checks', () => {
  const F = pallas.scalar;
  const honest: SumcheckProof = [
    [1n, 2n],
    [3n, 4n],
    [5n, 6n],
  ];
  const verify = (proof: SumcheckProof) =>
    verifySumcheck(F, new KeccakTranscript(F, 'test'), 10n, 3, 2, proof);

  it('takes any polynomials of the right shape, and leaves the claim to compare', async () => {
    const result = verify(honest);
    expect(result.point).toHaveLength(3);
    expect(await codeOf(() => checkClaim(result, F.add(result.claim, 1n), 'test'))).toBe(
      'InvalidSumcheckProof',
    );
    checkClaim(result, result.claim, 'test');
  });

  // A8: no crash, no reduction, no second encoding
  it.each([
    ['no rounds', []],
    ['a round too few', honest.slice(1)],
    ['a round too many', [...honest, [0n, 0n]]],
    ['an empty polynomial', [[], ...honest.slice(1)]],
    ['a coefficient too few', [honest[0], [3n], honest[2]]],
    ['a higher degree', [honest[0], honest[1], [5n, 6n, 7n]]],
    ['a higher degree whose coefficient is zero', [honest[0], honest[1], [5n, 6n, 0n]]],
  ])('refuses %s', async (_, proof) => {
    expect(await codeOf(() => verify(proof))).toBe('InvalidSumcheckProof');
  });

  it('refuses before it touches the transcript', async () => {
    const transcript = new KeccakTranscript(F, 'test');
    const long = [...honest, ...honest];
    expect(await codeOf(() => verifySumcheck(F, transcript, 0n, 3, 2, long))).toBe('InvalidSumcheckProof');
    expect(transcript.squeeze('c')).toBe(new KeccakTranscript(F, 'test').squeeze('c'));
  });

  it('finds the linear coefficient from the claim', () => {
    fc.assert(
      fc.property(elements(F, 4), element(F), ([c0, c1, c2, c3], x) => {
        const s = (at: bigint) => F.reduce(c0 + c1 * at + c2 * at ** 2n + c3 * at ** 3n);
        const claim = F.add(s(0n), s(1n));
        expect(evaluateRound(F, [c0, c2, c3], claim, x)).toBe(s(x));
      }),
    );
  });
});

describe('the encoding of a sum-check proof', () => {
  const F = pallas.scalar;

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.array(element(F), { maxLength: 3 }), { maxLength: 4 }), (proof) => {
        const w = new ByteWriter();
        writeSumcheckProof(w, F, proof);
        const r = new ByteReader(w.finish());
        expect(readSumcheckProof(r, F, 'a test')).toEqual(proof);
        r.end();
      }),
    );
  });

  it('promises no more rounds than there are bytes', async () => {
    const bytes = new ByteWriter()
      .u64(2n ** 20n)
      .u64(0)
      .finish();
    expect(await codeOf(() => readSumcheckProof(new ByteReader(bytes), F, 'a test'))).toBe('InvalidEncoding');
  });
});
