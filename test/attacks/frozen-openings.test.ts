/** As frozen.test.ts, for the openings by pairings: who knows the challenges makes up for any change with two of the quotients. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { AffinePoint } from '../../src/curve/curve.ts';
import { bn256 } from '../../src/curve/curves.ts';
import { elementsToBytes } from '../../src/field/bytes.ts';
import { evaluateSparse } from '../../src/field/eq.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';
import type { EvaluationClaim } from '../../src/pcs/evaluation-engine.ts';
import { hyperkzg, type HyperKzgArgument } from '../../src/pcs/hyperkzg.ts';
import { loadKzgKey } from '../../src/pcs/kzg-key.ts';
import { mercury } from '../../src/pcs/mercury.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { isPoint, replaceAt, text, valueAt, type Node } from '../support/parts.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { testPtau } from '../support/ptau.ts';
import { absorbed, dropChanged, frozen, record, type Recording } from './recording.ts';
import { leavesOf, type Path } from './tree.ts';

const F = bn256.scalar;

type Sides = readonly [left: AffinePoint, right: AffinePoint];

/** The points of G1 in the last comparison of pairings. */
const compared = vi.hoisted(() => ({ last: [] as unknown as Sides }));

vi.mock('../../src/curve/pairing.ts', async (original) => {
  const module = await original<typeof import('../../src/curve/pairing.ts')>();
  return {
    ...module,
    pairingsAgree: (...[P1, Q1, P2, Q2]: Parameters<typeof module.pairingsAgree>) => {
      compared.last = [P1, P2];
      return module.pairingsAgree(P1, Q1, P2, Q2);
    },
  };
});

interface Opening {
  readonly claim: Node;
  readonly arg: Node;
}

/** A quotient, its factor where the pairing claims are joined, and the point that it is the quotient at. */
interface Quotient {
  readonly path: Path;
  readonly factor: bigint;
  readonly at: bigint;
}

/** What is different in the two schemes. */
interface Scheme {
  readonly engine: typeof hyperkzg | typeof mercury;
  /** Whether the verifier absorbs the claim itself; otherwise its caller has done so. */
  readonly absorbsClaim: boolean;
  quotients(challenges: readonly bigint[]): readonly [Quotient, Quotient];
  /** Makes values belong together that are compared before the pairing. */
  values(opening: Opening, challenges: readonly bigint[]): Opening;
}

const SCHEMES: readonly Scheme[] = [
  {
    engine: hyperkzg,
    absorbsClaim: false,
    quotients: ([r, , d]) => [
      { path: ['w', '0'], factor: 1n, at: r },
      { path: ['w', '1'], factor: d, at: F.neg(r) },
    ],
    values: ({ claim, arg }, [r]) => {
      const { point, value } = claim as unknown as EvaluationClaim;
      const { v } = arg as unknown as HyperKzgArgument;
      // 2 r Y = (r (1 - x) + x) plus + (r (1 - x) - x) minus
      const rows = v.map(([plus, , third], i) => {
        const x = point[point.length - 1 - i];
        const Y = v[i + 1]?.[2] ?? value;
        const even = F.mul(r, F.sub(1n, x));
        const rest = F.sub(F.mul(F.add(r, r), Y), F.mul(F.add(even, x), plus));
        return [plus, F.mul(rest, F.inv(F.sub(even, x))), third];
      });
      return { claim, arg: replaceAt(arg, ['v'], rows) };
    },
  },
  {
    engine: mercury,
    absorbsClaim: true,
    quotients: ([, , zeta, , z, d]) => [
      { path: ['commQuotF'], factor: 1n, at: zeta },
      { path: ['commWPrime'], factor: d, at: z },
    ],
    values: (opening) => opening,
  },
];

describe.each(SCHEMES)('$engine.name', ({ engine, absorbsClaim, quotients, values }) => {
  let backend: Backend;
  let honest: Opening;
  let recording: Recording<unknown>;
  let challenges: bigint[];
  let verify: (opening: Opening) => Promise<void>;
  let sides: Sides;
  beforeAll(async () => {
    backend = await testBackend();
    const ck = await loadKzgKey(backend, ptauFrom(await testPtau(4)), CK_LABEL, 8);
    const { pk, vk } = await engine.setup(backend, ck, 8);
    const table = [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n];
    const poly = backend.vector(F, 8, 'poly');
    backend.upload(poly, elementsToBytes(F, table));
    const [comm] = await backend.read([backend.commit(ck.bases, poly, 0n)]);
    const point = [1n, 2n, 3n].map((k) => F.pow(7n, 100n + k));
    const claim = { comm, point, value: evaluateSparse(F, table, point) };
    const transcript = () => new KeccakTranscript(F, 'frozen');
    const arg = await engine.prove(pk, transcript(), claim, poly);
    verify = (o) => engine.verify(vk, transcript(), o.claim as unknown as EvaluationClaim, o.arg as never);
    honest = { claim: claim as unknown as Node, arg: arg as unknown as Node };
    recording = await record(() => verify(honest));
    sides = compared.last;
    challenges = recording.exchanges.filter(({ kind }) => kind === 'squeeze').map((e) => BigInt(e.value));
  });
  afterAll(() => backend?.close());

  /** Makes up for a change: the pairings get what they get in the honest argument. */
  async function repaired(changed: Opening): Promise<Opening> {
    const { claim, arg } = values(changed, challenges);
    await frozen(recording, () => verify({ claim, arg })).catch(() => undefined);
    const [left, right] = compared.last;
    const minus = (P: AffinePoint, Q: AffinePoint) => bn256.add(P, bn256.neg(Q));
    const [dL, dR] = [minus(sides[0], left), minus(sides[1], right)];
    const [first, second] = quotients(challenges);
    // f1 A + f2 B = dR and f1 p1 A + f2 p2 B = dL
    const A = bn256.mul(
      F.inv(F.mul(first.factor, F.sub(first.at, second.at))),
      minus(dL, bn256.mul(second.at, dR)),
    );
    const B = bn256.mul(F.inv(second.factor), minus(dR, bn256.mul(first.factor, A)));
    const plus = (tree: Node, { path }: Quotient, P: AffinePoint) =>
      replaceAt(tree, path, bn256.add(valueAt(tree, path) as AffinePoint, P) as unknown as Node);
    return { claim, arg: plus(plus(arg, first, A), second, B) };
  }

  it('binds every value of the claim and the argument', async () => {
    const left = new Set(absorbed(recording, 'transcript'));
    let forgeries = 0;
    for (const part of ['claim', 'arg'] as const) {
      if (part === 'claim' && !absorbsClaim) continue;
      for (const { path, value } of leavesOf(honest[part], [])) {
        const other = isPoint(value) ? bn256.add(value, bn256.generator) : F.add(value as bigint, 1n);
        const forged = await repaired({ ...honest, [part]: replaceAt(honest[part], path, other as Node) });
        if (text(forged as never) === text(honest as never)) continue; // what makes up for changes comes out as it was
        const seen = await record(() => frozen(recording, () => verify(forged)));
        dropChanged(left, recording, seen, 'transcript');
        expect(await codeOf(() => verify(forged))).toBe('ProofVerifyError');
        forgeries++;
      }
    }
    expect(forgeries).toBeGreaterThan(8);
    expect([...left]).toEqual([]);
  });
});
