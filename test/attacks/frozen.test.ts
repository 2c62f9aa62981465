/**
 * Why everything is absorbed (A9): whoever knows the challenges beforehand can change any of the absorbed values and make up for it
 * with others. With challenges that do not depend on what was absorbed such a forgery is accepted; with real ones it is not.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { AffinePoint, Curve } from '../../src/curve/curve.ts';
import { pallas } from '../../src/curve/curves.ts';
import type { PrimeField } from '../../src/field/field.ts';
import type { CompressedProof } from '../../src/nova/compressed-proof.ts';
import { verifyCompressed } from '../../src/nova/compressed-verifier.ts';
import type { VerifierKey } from '../../src/nova/verifier-key.ts';
import { ipa, type InnerProductArgument } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import type { RelaxedInstance } from '../../src/r1cs/instance.ts';
import { PreprocessingSpartan } from '../../src/spartan/ppsnark.ts';
import { PreprocessingVerifierKey } from '../../src/spartan/ppsnark-keys.ts';
import { Spartan } from '../../src/spartan/snark.ts';
import { SpartanVerifierKey } from '../../src/spartan/snark-keys.ts';
import type { SumcheckResult } from '../../src/spartan/sumcheck.ts';
import { isPoint, replaceAt, text, valueAt, type Node } from '../support/parts.ts';
import { residentSystem, satisfy } from '../spartan/satisfied.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { OpenCycle } from './open-cycle.ts';
import { STATEMENT } from './open-subjects.ts';
import { absorbed, dropChanged, frozen, record, type Recording } from './recording.ts';
import { leavesOf, type Path } from './tree.ts';

/** What the last check of a sum-check compared. */
const claims = vi.hoisted(() => ({
  last: undefined as { run: SumcheckResult; expected: bigint; what: string } | undefined,
}));

vi.mock('../../src/spartan/sumcheck.ts', async (original) => {
  const module = await original<typeof import('../../src/spartan/sumcheck.ts')>();
  return {
    ...module,
    checkClaim: (run: SumcheckResult, expected: bigint, what: string) => {
      claims.last = { run, expected, what };
      module.checkClaim(run, expected, what);
    },
  };
});

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend();
});
afterAll(() => backend?.close());

describe('the outer protocol', () => {
  let open: OpenCycle;
  let proof: CompressedProof;
  let honest: Recording<unknown>;
  /** The challenges of the three folds. */
  let r: { readonly Uf: bigint; readonly secondary: bigint; readonly primary: bigint };
  beforeAll(async () => {
    open = await OpenCycle.open(backend, 'pasta', 'snark');
    proof = await open.prove(STATEMENT, 'frozen');
    honest = await record(() => verify({}));
    const [, , Uf, secondary, primary] = honest.exchanges
      .filter((e) => e.with === 'oracle' && e.kind === 'squeeze')
      .map((e) => BigInt(e.value));
    r = { Uf, secondary, primary };
  });
  afterAll(() => open?.close());

  interface Forgery {
    readonly vk?: Partial<VerifierKey>;
    readonly proof?: Partial<CompressedProof>;
    readonly steps?: number;
    readonly z0?: readonly bigint[];
  }
  function verify({
    vk,
    proof: changed,
    steps = STATEMENT.steps,
    z0 = STATEMENT.z0,
  }: Forgery): Promise<unknown> {
    const key = { ...open.vk, ...vk } as VerifierKey;
    return verifyCompressed(key, { ...proof, ...changed }, steps, z0, {});
  }

  /** `to` plus c times a point, for any c. */
  const plus = (curve: Curve, to: AffinePoint, c: bigint): AffinePoint =>
    curve.add(to, curve.mul(curve.scalar.reduce(c), curve.generator));
  /** A random instance that makes up for what was added to the one that it hides. */
  const hiding = (
    side: 'Primary' | 'Secondary',
    added: { commW?: bigint; commE?: bigint; u?: bigint; X?: readonly [bigint, bigint] },
  ): Partial<CompressedProof> => {
    const curve = side === 'Primary' ? open.cycle.primary : open.cycle.secondary;
    const F = curve.scalar;
    const inverse = F.inv(side === 'Primary' ? r.primary : r.secondary);
    const { commW = 0n, commE = 0n, u = 0n, X = [0n, 0n] } = added;
    const U: RelaxedInstance = proof[`lUr${side}`];
    return {
      [`lUr${side}`]: {
        commW: plus(curve, U.commW, -commW * inverse),
        commE: plus(curve, U.commE, -commE * inverse * inverse),
        u: F.reduce(U.u - u * inverse),
        X: U.X.map((x, k) => F.reduce(x - X[k] * inverse)),
      },
    };
  };
  const running = (
    side: 'Primary' | 'Secondary',
    change: (U: RelaxedInstance, curve: Curve) => Partial<RelaxedInstance>,
  ) => {
    const U: RelaxedInstance = proof[`rU${side}`];
    const curve = side === 'Primary' ? open.cycle.primary : open.cycle.secondary;
    return { [`rU${side}`]: { ...U, ...change(U, curve) } };
  };

  const sides = ['Primary', 'Secondary'] as const;
  const forgeries: Record<string, () => Forgery> = {
    'the digest of the parameters': () => ({ vk: { ppDigest: open.vk.ppDigest + 1n } }),
    'the number of steps': () => ({ steps: 4 }),
    z0: () => ({ z0: [3n] }),
    zn: () => ({ proof: { zn: [10n] } }),
    ...Object.fromEntries(
      sides.flatMap((side) => [
        [`r of the ${side} hash`, () => ({ proof: { [`ri${side}`]: proof[`ri${side}`] + 1n } })],
        ...Object.entries({
          commW: { commW: 1n },
          commE: { commE: 1n },
          u: { u: 1n },
          X: { X: [1n, 2n] as const },
        }).map(([name, added]) => [
          `${name} of the ${side} running instance, and of the random one`,
          () => ({
            proof: {
              ...running(side, (U, curve) => ({
                commW: plus(curve, U.commW, name === 'commW' ? 1n : 0n),
                commE: plus(curve, U.commE, name === 'commE' ? 1n : 0n),
                u: curve.scalar.reduce(U.u + (name === 'u' ? 1n : 0n)),
                X: U.X.map((x, k) => curve.scalar.reduce(x + (name === 'X' ? BigInt(k + 1) : 0n))),
              })),
              ...hiding(side, added),
            },
          }),
        ]),
        [
          `the ${side} cross term of the random instance`,
          () => {
            const curve = side === 'Primary' ? open.cycle.primary : open.cycle.secondary;
            const by = side === 'Primary' ? r.primary : r.secondary;
            return {
              proof: {
                [`commTUn${side}`]: plus(curve, proof[`commTUn${side}`], 1n),
                ...hiding(side, { commE: by }),
              },
            };
          },
        ],
      ]),
    ),
    'commW of the last instance': () => ({
      proof: {
        lUSecondary: { ...proof.lUSecondary, commW: plus(open.cycle.secondary, proof.lUSecondary.commW, 1n) },
        ...hiding('Secondary', { commW: r.Uf }),
      },
    }),
    'the cross term of the last instance': () => ({
      proof: {
        commTUfSecondary: plus(open.cycle.secondary, proof.commTUfSecondary, 1n),
        ...hiding('Secondary', { commE: r.Uf }),
      },
    }),
  };

  it.each(Object.keys(forgeries))('binds %s', async (name) => {
    const forgery = forgeries[name]();
    await frozen(honest, () => verify(forgery));
    expect(await codeOf(() => verify(forgery))).toMatch(/^(ProofVerifyError|InvalidSumcheckProof)$/);
  });

  it('absorbs nothing that was not changed above, but what is compared with a hash', async () => {
    const left = new Set(absorbed(honest, 'oracle'));
    for (const make of Object.values(forgeries)) {
      const forged = await record(() => frozen(honest, () => verify(make())));
      dropChanged(left, honest, forged, 'oracle');
    }
    // X of the last instance, one by one
    expect(Array.from(left, ({ on, label }) => `${on}: ${label}`)).toEqual(['3: 1 element', '3: 1 element']);
  });
});

describe.each([new Spartan(ipa), new PreprocessingSpartan(ipa)])('$name', (snark) => {
  type Statement = { readonly U: Node; readonly proof: Node; readonly digest: bigint };
  let honest: Statement;
  let recording: Recording<unknown>;
  let verify: (s: Statement) => Promise<void>;
  const closed: { close(): void }[] = [];
  beforeAll(async () => {
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
    const { pk, vk } = await snark.setup(backend, { bases }, resident.matrices);
    const proof = (await snark.prove(pk as never, resident.U, resident.W)) as unknown as Node;
    closed.push(pk, vk, resident, { close: () => backend.free(bases) });
    const withDigest = (digest: bigint) =>
      vk instanceof SpartanVerifierKey
        ? new SpartanVerifierKey(vk.matrices, vk.ee, digest)
        : new PreprocessingVerifierKey(vk.shape, vk.ee, digest);
    verify = async (s) => {
      const key = s.digest === vk.digest ? vk : withDigest(s.digest);
      try {
        await snark.verify(key as never, s.U as unknown as RelaxedInstance, s.proof as never);
      } finally {
        if (key !== vk && key instanceof SpartanVerifierKey) key.workspace.close();
      }
    };
    honest = { U: resident.U as unknown as Node, proof, digest: vk.digest };
    recording = await record(() => verify(honest));
  });
  afterAll(() => closed.forEach((thing) => thing.close()));

  const sumchecks: Record<string, Path> = {
    outer: ['outer'],
    inner: ['inner'],
    batch: ['batch', 'sumcheck'],
  };

  /** Makes up for a change, knowing the challenges: in the last polynomials of the sum-checks, then in the first L. */
  async function repaired(s: Statement): Promise<Statement> {
    const F: PrimeField = pallas.scalar;
    for (let attempt = 0; attempt < 5; attempt++) {
      const equals = vi.spyOn(pallas, 'equals');
      try {
        await frozen(recording, () => verify(s));
        return s;
      } catch {
        const { run, expected, what } = claims.last!;
        if (run.claim !== expected) {
          // the value at r of a polynomial whose values at 0 and 1 have a given sum changes by 1 - 2 r with the constant
          const path = sumchecks[what];
          const rounds = valueAt(s.proof, path) as readonly (readonly bigint[])[];
          const at = [...path, `${rounds.length - 1}`, '0'];
          const slope = F.reduce(1n - 2n * run.point[run.point.length - 1]);
          const c0 = F.reduce(rounds[rounds.length - 1][0] + (expected - run.claim) * F.inv(slope));
          s = { ...s, proof: replaceAt(s.proof, at, c0) };
        } else {
          const [sum, folded] = equals.mock.calls.at(-1)!;
          const { L } = valueAt(s.proof, ['evalArg']) as unknown as InnerProductArgument;
          const squeezes = recording.exchanges.filter(({ kind }) => kind === 'squeeze');
          const r = BigInt(squeezes[squeezes.length - L.length].value);
          const missing = pallas.add(folded, pallas.neg(sum));
          const other = pallas.add(L[0], pallas.mul(F.inv(F.sqr(r)), missing));
          s = { ...s, proof: replaceAt(s.proof, ['evalArg', 'L', '0'], other as unknown as Node) };
        }
      } finally {
        equals.mockRestore();
      }
    }
    throw new Error('the change could not be made up for');
  }

  it('binds every value of the instance, the key and the proof', async () => {
    const F = pallas.scalar;
    const left = new Set(absorbed(recording, 'transcript'));
    const forged: Statement[] = [{ ...honest, digest: F.add(honest.digest, 1n) }];
    for (const part of ['U', 'proof'] as const) {
      for (const { path, value } of leavesOf(honest[part], [])) {
        const other = isPoint(value) ? pallas.add(value, pallas.generator) : F.add(value as bigint, 1n);
        forged.push({ ...honest, [part]: replaceAt(honest[part], path, other as Node) });
      }
    }
    expect(forged.length).toBeGreaterThan(30);
    for (const change of forged) {
      const s = await repaired(change);
      // what makes up for changes was changed, too: it comes out as it was
      if (text(s.proof) === text(honest.proof) && s.U === honest.U && s.digest === honest.digest) continue;
      dropChanged(left, recording, await record(() => frozen(recording, () => verify(s))), 'transcript');
      expect(await codeOf(() => verify(s))).toMatch(/^Invalid(SumcheckProof|PCS)$/);
    }
    // the mark of the inner-product argument
    expect(Array.from(left, ({ label }) => label)).toEqual(['NoDS, 3 bytes']);
  });
});
