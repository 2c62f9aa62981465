/** Evaluation arguments and SNARKs called as no proof that was decoded calls them: lengths, points and challenges that do not occur there. */
import type { Backend } from '../../src/backend/backend.ts';
import { IDENTITY, type AffinePoint } from '../../src/curve/curve.ts';
import { bn256, pallas } from '../../src/curve/curves.ts';
import { G2_GENERATOR } from '../../src/curve/g2.ts';
import { mulG2 } from '../../src/curve/pairing.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';
import type { EvaluationClaim } from '../../src/pcs/evaluation-engine.ts';
import { hyperkzgVerifier } from '../../src/pcs/hyperkzg.ts';
import { ipa } from '../../src/pcs/ipa.ts';
import { mercuryVerifier } from '../../src/pcs/mercury.ts';
import { KzgVerifierKey } from '../../src/pcs/opening-keys.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import { Spartan } from '../../src/spartan/snark.ts';
import { SpartanProverKey, SpartanVerifierKey } from '../../src/spartan/snark-keys.ts';
import { residentSystem, satisfy } from '../spartan/satisfied.ts';
import { INSECURE_TAU } from '../support/ptau.ts';
import type { Attempt } from './hostile.ts';

/** All challenges are zero. */
class ZeroTranscript extends KeccakTranscript {
  override squeeze(label: string): bigint {
    super.squeeze(label);
    return 0n;
  }
}

const OFF_CURVE: AffinePoint = { x: 1n, y: 1n, infinity: false };

export async function evaluations(backend: Backend): Promise<{ list: Attempt[]; close(): void }> {
  const [inner, closeInner] = await innerProducts(backend);
  const [snarks, closeSnarks] = await statementsOfSnarks(backend);
  return {
    list: [...inner, ...pairings(backend), ...snarks],
    close: () => {
      closeInner();
      closeSnarks();
    },
  };
}

async function innerProducts(backend: Backend): Promise<[Attempt[], () => void]> {
  const bases = await backend.bases(pallas, CK_LABEL, 4);
  const { pk, vk } = await ipa.setup(backend, { bases }, 4);
  const G = pallas.generator;
  const zero: EvaluationClaim = { comm: IDENTITY, point: [3n, 4n], value: 0n };
  const attempt = (
    name: string,
    code: string,
    claim: EvaluationClaim,
    points: readonly [L: readonly AffinePoint[], R: readonly AffinePoint[]],
    Transcript = KeccakTranscript,
  ): Attempt => ({
    name: `ipa: ${name}`,
    code,
    run: () => {
      const transcript = new Transcript(pallas.scalar, 'test');
      return ipa.verify(vk, transcript, claim, { L: points[0], R: points[1], a: 0n });
    },
  });
  const none = [IDENTITY, IDENTITY];
  const lengths = [0, 1, 3, 31, 32, 33].flatMap((n) => {
    const list = Array.from({ length: n }, () => G);
    return (
      [
        ['L', [list, none]],
        ['R', [none, list]],
        ['L and R', [list, list]],
      ] as const
    ).map(([which, points]) => attempt(`${n} ${which} (A7)`, 'InvalidInputLength', zero, points));
  });
  return [
    [
      // only the zero polynomial, whose argument is all identities, is what it is about
      ...lengths,
      {
        ...attempt('an R more than there are rounds (A7)', 'InvalidInputLength', zero, [none, [...none, G]]),
        against: ['R.length !== rounds'],
      },
      attempt(
        'a point of more variables than the key has room for',
        'InvalidCommitmentKeyLength',
        { ...zero, point: [1n, 2n, 3n] },
        [
          [...none, G],
          [...none, G],
        ],
      ),
      attempt('of a value that is none of the polynomial', 'InvalidPCS', { ...zero, value: 5n }, [
        none,
        none,
      ]),
      attempt('a challenge of zero', 'InvalidPCS', { ...zero, value: 5n }, [none, none], ZeroTranscript),
    ],
    () => {
      pk.close();
      vk.close();
      backend.free(bases);
    },
  ];
}

/** A proof of a false value, by somebody who knows tau. */
function knowingTau(tau: bigint, claim: EvaluationClaim) {
  const F = bn256.scalar;
  const l = claim.point.length;
  const com = Array.from({ length: l - 1 }, () => IDENTITY);
  const replay = new KeccakTranscript(F, 'test');
  replay.absorbPoints('c', com);
  const r = replay.squeeze('c');
  const u = [r, F.neg(r), F.sqr(r)];
  // constants that belong together: each one is the one before, times 1 - x
  const rows: bigint[] = Array.from({ length: l }, () => 0n);
  rows[l - 1] = F.mul(claim.value, F.inv(F.sub(1n, claim.point[0])));
  for (let i = l - 2; i >= 0; i--) rows[i] = F.mul(rows[i + 1], F.inv(F.sub(1n, claim.point[l - 1 - i])));
  const v = rows.map((c) => [c, c, c] as const);
  replay.absorbScalars('v', v.flat());
  const q = replay.squeeze('r');
  const sum = rows.reduceRight((acc, c) => F.add(F.mul(acc, q), c), 0n);
  // B - B(u) G, divided by tau - u: no commitment but that of the claim counts
  const w = u.map((u_k) => {
    const difference = bn256.add(claim.comm, bn256.neg(bn256.mul(sum, bn256.generator)));
    return bn256.mul(F.inv(F.sub(tau, u_k)), difference);
  });
  return { com, v, w: [w[0], w[1], w[2]] as const };
}

/**
 * A polynomial of twice as many coefficients as the point has room for, and the argument about it that an honest prover would make
 * with powers of tau for it. Who has only those powers makes the same commitments as here, where tau is known. What is left after all
 * variables are bound is no value but a polynomial; its constant term is claimed.
 */
function ofTooManyCoefficients(tau: bigint, point: readonly bigint[]) {
  const F = bn256.scalar;
  const at = (f: readonly bigint[], u: bigint) => f.reduceRight((sum, c) => F.add(F.mul(sum, u), c), 0n);
  const commit = (f: readonly bigint[]) => bn256.mul(at(f, tau), bn256.generator);
  const f = Array.from({ length: 2 << point.length }, (_, i) => BigInt(i * i + 3));
  const P = [f];
  for (const x of point.toReversed()) {
    const last = P[P.length - 1];
    const [even, odd] = [0, 1].map((parity) => last.filter((_, j) => j % 2 === parity));
    P.push(even.map((c, j) => F.add(F.mul(F.sub(1n, x), c), F.mul(x, odd[j]))));
  }
  const value = P.pop()![0];
  const com = P.slice(1).map(commit);
  const replay = new KeccakTranscript(F, 'test');
  replay.absorbPoints('c', com);
  const r = replay.squeeze('c');
  const u = [r, F.neg(r), F.sqr(r)] as const;
  const v = P.map((P_i) => u.map((u_k) => at(P_i, u_k)));
  replay.absorbScalars('v', v.flat());
  const q = replay.squeeze('r');
  const batched = (values: readonly bigint[]) => at(values, q);
  const w = u.map((u_k, k) => {
    const difference = F.sub(batched(P.map((P_i) => at(P_i, tau))), batched(v.map((row) => row[k])));
    return bn256.mul(F.mul(difference, F.inv(F.sub(tau, u_k))), bn256.generator);
  });
  return { claim: { comm: commit(f), point, value }, arg: { com, v, w } };
}

function pairings(backend: Backend): Attempt[] {
  const vk = new KzgVerifierKey(backend, mulG2(INSECURE_TAU, G2_GENERATOR));
  const claim: EvaluationClaim = { comm: bn256.generator, point: [3n, 4n], value: 7n };
  const zero = { ...claim, comm: IDENTITY, value: 0n };
  const t = () => new KeccakTranscript(bn256.scalar, 'test');
  const zeros = [0n, 0n, 0n] as const;
  const nothing = {
    com: [IDENTITY],
    w: [IDENTITY, IDENTITY, IDENTITY] as const,
    v: [zeros, zeros],
  };
  const values = { gZeta: 0n, gZetaInv: 0n, hZeta: 0n, hZetaInv: 0n, sZeta: 0n, sZetaInv: 0n };
  const I = IDENTITY;
  const empty = {
    commH: I,
    commG: I,
    commQ: I,
    commS: I,
    commD: I,
    commQuotF: I,
    commW: I,
    commWPrime: I,
    values,
  };
  const kzg = (
    name: string,
    code: string,
    about: EvaluationClaim,
    arg = nothing as never,
    transcript = t,
    more: Partial<Attempt> = {},
  ): Attempt => ({
    name: `hyperkzg: ${name}`,
    code,
    run: () => hyperkzgVerifier.verify(vk, transcript(), about, arg),
    ...more,
  });
  const mercury = (
    name: string,
    code: string,
    about: EvaluationClaim,
    arg = empty,
    transcript = t,
    more: Partial<Attempt> = {},
  ): Attempt => ({
    name: `mercury: ${name}`,
    code,
    run: () => mercuryVerifier.verify(vk, transcript(), about, arg),
    ...more,
  });
  const zeroTranscript = () => new ZeroTranscript(bn256.scalar, 'test');
  const constants = [
    [1n, 1n, 1n],
    [1n, 1n, 1n],
  ];
  const wrongTau = knowingTau(INSECURE_TAU + 1n, claim);
  const tooLong = ofTooManyCoefficients(INSECURE_TAU, claim.point);
  return [
    kzg('all identities and zeros (A6)', 'ProofVerifyError', { ...claim, value: 0n }, nothing as never, t, {
      against: ['!pairingsAgree(L, G2_GENERATOR, R, tauH)'],
    }),
    kzg('one commitment too many', 'ProofVerifyError', zero, {
      ...nothing,
      com: [IDENTITY, IDENTITY],
    } as never),
    kzg('no commitments', 'ProofVerifyError', zero, { ...nothing, com: [] } as never),
    kzg('a row too many', 'ProofVerifyError', { ...claim, comm: IDENTITY, value: 0n }, {
      ...nothing,
      v: [zeros, zeros, zeros],
    } as never),
    kzg('no rows', 'ProofVerifyError', { ...claim, comm: IDENTITY, value: 0n }, {
      ...nothing,
      v: [],
    } as never),
    kzg(
      'values that do not belong together',
      'ProofVerifyError',
      { ...claim, comm: IDENTITY, value: 9n },
      nothing as never,
      t,
      {
        against: ['F.mul(F.add(r, r), Y) !== F.add(even, odd)'],
      },
    ),
    kzg(
      'a challenge of zero',
      'ProofVerifyError',
      claim,
      { ...nothing, com: [bn256.generator], v: constants } as never,
      zeroTranscript,
      {
        against: ['r === 0n'],
      },
    ),
    kzg('no variables', 'InvalidInputLength', { ...claim, point: [] }, {
      ...nothing,
      com: [],
      v: [],
    } as never),
    kzg('points that are on no curve', 'PointNotOnCurve', claim, { ...nothing, com: [OFF_CURVE] } as never),
    kzg('by somebody who knows another tau', 'ProofVerifyError', claim, wrongTau as never, t, {
      against: ['!pairingsAgree(L, G2_GENERATOR, R, tauH)'],
    }),
    kzg(
      'a polynomial of too high a degree, by larger powers of tau (A8)',
      'ProofVerifyError',
      tooLong.claim,
      tooLong.arg as never,
      t,
      { against: ['F.mul(F.add(r, r), Y) !== F.add(even, odd)'] },
    ),
    mercury('all identities and zeros (A6)', 'ProofVerifyError', claim, empty, t, {
      against: ['!pairingsAgree(left, G2_GENERATOR, right, tauH)'],
    }),
    mercury('a challenge of zero', 'ProofVerifyError', claim, empty, zeroTranscript),
    mercury('one variable', 'InvalidInputLength', { ...claim, point: [3n] }),
    mercury('no variables', 'InvalidInputLength', { ...claim, point: [] }),
    mercury('points that are on no curve', 'PointNotOnCurve', claim, { ...empty, commS: OFF_CURVE }),
  ];
}

/** The proof that {@link knowingTau} makes is accepted where tau is what it thinks: what protects is that nobody knows it. */
export function forgeryWithTau(backend: Backend): Promise<void> {
  const vk = new KzgVerifierKey(backend, mulG2(INSECURE_TAU, G2_GENERATOR));
  const claim: EvaluationClaim = { comm: bn256.generator, point: [3n, 4n], value: 7n };
  const transcript = new KeccakTranscript(bn256.scalar, 'test');
  return hyperkzgVerifier.verify(vk, transcript, claim, knowingTau(INSECURE_TAU, claim));
}

async function statementsOfSnarks(backend: Backend): Promise<[Attempt[], () => void]> {
  const bases = await backend.bases(pallas, CK_LABEL, 16);
  const entry = (column: number) => [[column, 1n] as const];
  const system = satisfy(
    pallas,
    { constraints: 4, variables: 4, io: 2 },
    [
      [entry(0), entry(1), entry(2), entry(5)],
      [entry(3), entry(4), entry(3), entry(6)],
      [entry(1), [], entry(4), []],
    ],
    [3n, 1n, 4n, 1n],
    5n,
    [9n, 2n],
  );
  const resident = await residentSystem(backend, bases, system);
  const { U, W } = resident;
  const made: { close(): void }[] = [resident, { close: () => backend.free(bases) }];
  const list: Attempt[] = [];
  // the same shape with another coefficient, and a witness that breaks a constraint
  const twisted = backend.matrices({
    ...system.shape,
    dictionary: system.shape.dictionary.map((c) => c + 1n),
  });
  const broken = await residentSystem(backend, bases, { ...system, E: system.E.with(1, system.E[1] + 1n) });
  made.push(broken, { close: () => backend.free(twisted) });
  for (const snark of [new Spartan(ipa), new PreprocessingSpartan(ipa)]) {
    const { pk, vk } = await snark.setup(backend, { bases }, resident.matrices);
    made.unshift(pk, vk);
    const proof = (await snark.prove(pk as never, U, W)) as never;
    const attempt = (
      name: string,
      code: string,
      about: typeof U,
      proved = proof,
      key: unknown = vk,
      more: Partial<Attempt> = {},
    ): Attempt => ({
      name: `${snark.name}: ${name}`,
      code,
      run: () => snark.verify(key as never, about, proved),
      ...more,
    });
    const unsatisfied = (await snark.prove(pk as never, broken.U, broken.W)) as never;
    const high = (await ofHigherDegree<unknown>(() => snark.prove(pk as never, U, W))) as never;
    list.push(
      attempt('a commitment to W that is on no curve', 'PointNotOnCurve', { ...U, commW: OFF_CURVE }),
      attempt('a commitment to E that is on no curve', 'PointNotOnCurve', { ...U, commE: OFF_CURVE }),
      attempt('a u that is no element', 'InvalidFieldElement', { ...U, u: pallas.scalar.p }),
      attempt('another u', 'InvalidSumcheckProof', { ...U, u: 6n }),
      attempt('another X', 'InvalidSumcheckProof', { ...U, X: [9n, 3n] }),
      attempt('more public inputs than there is room for', 'InvalidInputLength', {
        ...U,
        X: Array(4).fill(0n),
      }),
      attempt('a witness that breaks a constraint', 'InvalidSumcheckProof', broken.U, unsatisfied, vk, {
        against: ["checkClaim(run, F.mul(eqAt(F, tau, run.point), residue), 'outer')"],
      }),
      attempt('polynomials of a higher degree (A8)', 'InvalidSumcheckProof', U, high, vk, {
        against: ['odd !== -1'],
      }),
    );
    if (pk instanceof SpartanProverKey) {
      const forged = new SpartanVerifierKey(twisted, (vk as SpartanVerifierKey<typeof pk.ee>).ee, pk.digest);
      made.unshift({ close: () => forged.workspace.close() });
      list.push(
        attempt('other matrices under the same digest', 'InvalidSumcheckProof', U, proof, forged, {
          against: ["checkClaim(inner, F.mul(evalM, evalZ), 'inner')"],
        }),
      );
    }
  }
  return [list, () => made.forEach((thing) => thing.close())];
}

/** What a prover proves that gives every polynomial of a sum-check one coefficient more, which is zero. */
async function ofHigherDegree<T>(prove: () => Promise<T>): Promise<T> {
  const { absorbScalars } = KeccakTranscript.prototype;
  KeccakTranscript.prototype.absorbScalars = function (label, xs) {
    absorbScalars.call(this, label, label === 'p' ? [...xs, 0n] : xs);
  };
  try {
    return longer(await prove());
  } finally {
    KeccakTranscript.prototype.absorbScalars = absorbScalars;
  }
}

/** With a zero behind every list of elements in a list. */
function longer<T>(proof: T): T {
  if (typeof proof !== 'object' || proof === null || 'infinity' in proof) return proof;
  if (Array.isArray(proof) && Array.isArray(proof[0])) return proof.map((s) => [...s, 0n]) as T;
  if (Array.isArray(proof)) return proof;
  return Object.fromEntries(Object.entries(proof).map(([key, part]) => [key, longer(part)])) as T;
}
