import { readFileSync } from 'node:fs';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Bases, Vec } from '../../src/backend/backend.ts';
import { IDENTITY, type AffinePoint } from '../../src/curve/curve.ts';
import { bn256 } from '../../src/curve/curves.ts';
import { encodeG2, G2_GENERATOR } from '../../src/curve/g2.ts';
import { mulG2 } from '../../src/curve/pairing.ts';
import { elementsToBytes } from '../../src/field/bytes.ts';
import { insecureSeededRng, randomElement } from '../../src/field/random.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';
import type { EvaluationClaim, EvaluationEngine } from '../../src/pcs/evaluation-engine.ts';
import { hyperkzg } from '../../src/pcs/hyperkzg.ts';
import { loadKzgKey, type KzgKey } from '../../src/pcs/kzg-key.ts';
import { mercury } from '../../src/pcs/mercury.ts';
import { encodeKzgVerifierKey, KzgVerifierKey, type KzgProverKey } from '../../src/pcs/opening-keys.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { evaluateSparse } from '../../src/field/eq.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';
import { outsideG2 } from '../support/g2.ts';
import { leaves, replaceAt, type Node } from '../support/parts.ts';
import { testPtau } from '../support/ptau.ts';

const F = bn256.scalar;
const POWER = 10;
const SEED = process.env.NOVA_TEST_SEED ?? String(Date.now());

type Scheme = EvaluationEngine<KzgKey, KzgProverKey, KzgVerifierKey, unknown>;
const SCHEMES: readonly { scheme: Scheme; least: number }[] = [
  { scheme: hyperkzg as Scheme, least: 1 },
  { scheme: mercury as Scheme, least: 2 },
];

/** What nova-snark 0.76.0 computed (test/fixtures/README.md). */
interface Vector {
  readonly scheme: string;
  readonly variables: number;
  readonly polynomial: 'powers' | 'constant' | 'last' | 'zero';
  readonly comm: string;
  readonly value: string;
  readonly argument: string;
  readonly verifier_key: string;
  readonly next_challenge: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../fixtures/openings.json', import.meta.url), 'utf8'),
);

/** The polynomials of the vectors, and others that leave something out. */
const POLYNOMIALS: Readonly<Record<string, (i: number, n: number) => bigint>> = {
  powers: (i) => F.pow(3n, BigInt(i + 7)),
  constant: () => 9n,
  last: (i, n) => (i === n - 1 ? 1n : 0n),
  first: (i) => (i === 0 ? 5n : 0n),
  zero: () => 0n,
};

function transcript(): KeccakTranscript {
  return new KeccakTranscript(F, 'vector');
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

describe.each(['wasm', 'reference'] as const)('on the engine %s', (engine) => {
  let backend: Backend;
  let ck: KzgKey;
  beforeAll(async () => {
    backend = await testBackend(engine);
    ck = await loadKzgKey(backend, ptauFrom(await testPtau(POWER)), CK_LABEL, 2 ** POWER);
  });
  afterAll(() => backend?.close());

  interface Proved {
    readonly claim: EvaluationClaim;
    readonly arg: unknown;
    readonly vk: KzgVerifierKey;
    readonly after: KeccakTranscript;
  }

  async function commit(values: readonly bigint[]): Promise<{ poly: Vec; comm: AffinePoint }> {
    const poly = backend.vector(F, values.length, 'poly');
    backend.upload(poly, elementsToBytes(F, values));
    const [comm] = await backend.read([backend.commit(ck.bases, poly, 0n)]);
    return { poly, comm };
  }

  /** Commits to a polynomial and proves its value at a point. */
  async function open(scheme: Scheme, values: readonly bigint[], point: readonly bigint[]): Promise<Proved> {
    const { poly, comm } = await commit(values);
    const claim = { comm, point, value: evaluateSparse(F, values, point) };
    const { pk, vk } = await scheme.setup(backend, ck, values.length);
    const after = transcript();
    try {
      return { claim, arg: await scheme.prove(pk, after, claim, poly), vk, after };
    } finally {
      pk.close();
      backend.free(poly);
    }
  }

  function encode(scheme: Scheme, arg: unknown): Uint8Array {
    const w = new ByteWriter();
    scheme.writeArgument(w, bn256, arg);
    return w.finish();
  }

  it.each(vectors)(
    '$scheme has the argument of nova-snark, $variables variables, polynomial $polynomial',
    async (vector) => {
      const { scheme } = SCHEMES.find((s) => s.scheme.name === vector.scheme)!;
      const n = 2 ** vector.variables;
      const values = Array.from({ length: n }, (_, i) => POLYNOMIALS[vector.polynomial](i, n));
      const point = Array.from({ length: vector.variables }, (_, k) => F.pow(5n, BigInt(100 + k)));
      const { claim, arg, vk, after } = await open(scheme, values, point);
      expect(bytesToHex(bn256.encode(claim.comm))).toBe(vector.comm);
      expect(claim.value).toBe(BigInt(vector.value));
      expect(bytesToHex(encode(scheme, arg))).toBe(vector.argument);
      expect(bytesToHex(await collect(scheme.encodeVerifierKey(vk)))).toBe(vector.verifier_key);
      // both sides leave the transcript as nova-snark does
      const seen = transcript();
      const decoded = scheme.readArgument(new ByteReader(hexToBytes(vector.argument)), bn256);
      await scheme.verify(vk, seen, claim, decoded);
      for (const t of [after, seen]) expect(t.squeeze('after')).toBe(BigInt(vector.next_challenge));
    },
  );

  describe.each(SCHEMES)('$scheme.name', ({ scheme, least }) => {
    const most = engine === 'wasm' ? POWER : 5;
    const sizes = Array.from({ length: most - least + 1 }, (_, i) => least + i);

    it.each(sizes)('proves values of polynomials in %d variables', async (l) => {
      const rng = insecureSeededRng(`${SEED} ${l}`);
      const random = (length: number) => Array.from({ length }, () => randomElement(F, rng));
      const n = 2 ** l;
      const polynomials = Object.values(POLYNOMIALS).map((p) => Array.from({ length: n }, (_, i) => p(i, n)));
      const points = [random(l), random(l).with(0, 0n), random(l).with(l - 1, 1n)];
      const chosen = l > 6 ? [] : [...polynomials.entries()].map(([k, p]) => [p, points[k % 3]] as const);
      for (const [values, point] of [[random(n), points[0]] as const, ...chosen]) {
        const { claim, arg, vk, after } = await open(scheme, values, point);
        const bytes = encode(scheme, arg);
        const r = new ByteReader(bytes);
        const decoded = scheme.readArgument(r, bn256);
        r.end();
        expect(encode(scheme, decoded)).toEqual(bytes);
        const seen = transcript();
        await scheme.verify(vk, seen, claim, decoded);
        expect(seen.squeeze('end'), `seed ${SEED}`).toBe(after.squeeze('end'));
        // the same argument about another value
        const other = { ...claim, value: F.add(claim.value, 1n) };
        expect(await codeOf(() => scheme.verify(vk, transcript(), other, decoded)), `seed ${SEED}`).toBe(
          'ProofVerifyError',
        );
      }
    });

    it('works in vectors that are made once', async () => {
      const values = Array.from({ length: 16 }, (_, i) => BigInt(i));
      const { poly, comm } = await commit(values);
      const point = [1n, 2n, 3n, 4n];
      const claim = { comm, point, value: evaluateSparse(F, values, point) };
      const before = backend.counters().liveBytes;
      const { pk, vk } = await scheme.setup(backend, ck, 16);
      const first = await scheme.prove(pk, transcript(), claim, poly);
      const { allocations, liveBytes } = backend.counters();
      expect(encode(scheme, await scheme.prove(pk, transcript(), claim, poly))).toEqual(
        encode(scheme, first),
      );
      expect(backend.counters().allocations).toBe(allocations);
      expect(backend.counters().liveBytes).toBe(liveBytes);
      pk.close();
      pk.close();
      vk.close();
      expect(backend.counters().liveBytes).toBe(before);
      backend.free(poly);
    });

    it('refuses polynomials and keys of the wrong length, and is stopped by a signal', async () => {
      const { poly, comm } = await commit([1n, 2n, 3n, 4n]);
      const { pk } = await scheme.setup(backend, ck, 4);
      const prove = (point: readonly bigint[], signal?: AbortSignal) =>
        codeOf(() => scheme.prove(pk, transcript(), { comm, point, value: 0n }, poly, { signal }));
      expect(await prove([1n, 2n, 3n])).toBe('InvalidInputLength');
      expect(await prove([])).toBe('InvalidInputLength');
      if (least > 1) expect(await prove([1n])).toBe('InvalidInputLength');
      expect(await prove([1n, 2n], AbortSignal.abort())).toBe('Aborted');
      expect(await codeOf(() => scheme.setup(backend, ck, 2 ** POWER + 1))).toBe(
        'InvalidCommitmentKeyLength',
      );
      const pedersen = { bases: ck.bases } as KzgKey;
      expect(await codeOf(() => scheme.setup(backend, pedersen, 4))).toBe('InvalidCommitmentKey');
      const short: Bases = await backend.bases(bn256, CK_LABEL, 2);
      const shortKey = await scheme.setup(backend, { ...ck, bases: short }, 2);
      const claim = { comm, point: [1n, 2n], value: 0n };
      expect(await codeOf(() => scheme.prove(shortKey.pk, transcript(), claim, poly))).toBe(
        'InvalidCommitmentKeyLength',
      );
      // the key works again after the proof that was stopped
      const value = evaluateSparse(F, [1n, 2n, 3n, 4n], [1n, 2n]);
      await scheme.prove(pk, transcript(), { comm, point: [1n, 2n], value }, poly);
    });
  });
});

describe.each(SCHEMES)('an argument of $scheme.name that was tampered with', ({ scheme }) => {
  const rng = insecureSeededRng(SEED);
  let backend: Backend;
  let vk: KzgVerifierKey;
  let claim: EvaluationClaim;
  let arg: Node;
  let sibling: Node;
  beforeAll(async () => {
    backend = await testBackend();
    const ck = await loadKzgKey(backend, ptauFrom(await testPtau(4)), CK_LABEL, 16);
    const keys = await scheme.setup(backend, ck, 8);
    vk = keys.vk;
    const prove = async () => {
      const values = Array.from({ length: 8 }, () => randomElement(F, rng));
      const point = Array.from({ length: 3 }, () => randomElement(F, rng));
      const poly = backend.vector(F, 8, 'poly');
      backend.upload(poly, elementsToBytes(F, values));
      const [comm] = await backend.read([backend.commit(ck.bases, poly, 0n)]);
      const made = { comm, point, value: evaluateSparse(F, values, point) };
      return { made, arg: (await scheme.prove(keys.pk, transcript(), made, poly)) as Node };
    };
    ({ made: claim, arg } = await prove());
    sibling = (await prove()).arg;
  });
  afterAll(() => backend?.close());

  const verify = (changed: Node, about = claim, key = vk) => scheme.verify(key, transcript(), about, changed);
  const rejected = async (changed: Node, about = claim, key = vk) =>
    expect(await codeOf(() => verify(changed, about, key)), `seed ${SEED}`).toBe('ProofVerifyError');

  it('is rejected whatever leaf is changed in whatever way', async () => {
    await verify(arg);
    const all = leaves(arg);
    const others = leaves(sibling);
    expect(all).toHaveLength(scheme.name === 'hyperkzg' ? 2 + 3 + 9 : 14);
    for (const [i, { path, value }] of all.entries()) {
      const brother = all.findLast((l, k) => k !== i && typeof l.value === typeof value)!.value;
      const changes =
        typeof value === 'bigint'
          ? [F.add(value, 1n), F.neg(value), 0n, randomElement(F, rng), brother, others[i].value]
          : [
              bn256.add(value, bn256.generator),
              bn256.neg(value),
              IDENTITY,
              bn256.mul(randomElement(F, rng), bn256.generator),
              brother,
              others[i].value,
            ];
      for (const change of changes) await rejected(replaceAt(arg, path, change));
    }
  });

  it('is rejected for another claim, key or transcript', async () => {
    await rejected(arg, { ...claim, value: 0n });
    await rejected(arg, { ...claim, comm: bn256.double(claim.comm) });
    await rejected(arg, { ...claim, comm: IDENTITY });
    await rejected(arg, { ...claim, point: claim.point.toReversed() });
    await rejected(arg, { ...claim, point: claim.point.with(1, F.add(claim.point[1], 1n)) });
    await rejected(arg, claim, new KzgVerifierKey(backend, mulG2(5n, G2_GENERATOR)));
    const other = new KeccakTranscript(F, 'other');
    expect(await codeOf(() => scheme.verify(vk, other, claim, arg))).toBe('ProofVerifyError');
  });

  it('is rejected if it consists of identities and zeros (A6), unless that is the truth', async () => {
    const empty = leaves(arg).reduce(
      (changed, { path, value }) => replaceAt(changed, path, typeof value === 'bigint' ? 0n : IDENTITY),
      arg,
    );
    await rejected(empty);
    await rejected(empty, { ...claim, value: 0n });
    await rejected(empty, { ...claim, comm: IDENTITY });
    await verify(empty, { ...claim, comm: IDENTITY, value: 0n });
  });

  it('is refused where a point is on no curve or a number in no field', async () => {
    for (const { path, value } of leaves(arg)) {
      if (typeof value === 'bigint') {
        expect(await codeOf(() => verify(replaceAt(arg, path, value + F.p)))).toBe('InvalidFieldElement');
      } else {
        const P = { ...value, y: bn256.base.add(value.y, 1n) };
        expect(await codeOf(() => verify(replaceAt(arg, path, P)))).toBe('PointNotOnCurve');
      }
    }
  });

  it('cannot be made for a challenge of zero', async () => {
    class ZeroTranscript extends KeccakTranscript {
      override squeeze(label: string): bigint {
        super.squeeze(label);
        return 0n;
      }
    }
    const code = await codeOf(() => scheme.verify(vk, new ZeroTranscript(F, 'vector'), claim, arg));
    expect(code).toBe('ProofVerifyError');
  });
});

describe('an argument of hyperkzg', () => {
  it('has 336 bytes for two variables, as nova-snark asserts', () => {
    const vector = vectors.find((v) => v.scheme === 'hyperkzg' && v.variables === 2)!;
    expect(hexToBytes(vector.argument)).toHaveLength(336);
  });

  it('is rejected if its lists have other lengths, before a challenge is drawn', async () => {
    const vector = vectors.find((v) => v.scheme === 'hyperkzg' && v.variables === 3)!;
    const arg = hyperkzg.readArgument(new ByteReader(hexToBytes(vector.argument)), bn256);
    const { com, v } = arg;
    const backend = await testBackend();
    const vk = new KzgVerifierKey(backend, G2_GENERATOR);
    const claim = { comm: IDENTITY, point: [1n, 2n, 3n], value: 0n };
    const untouched = { absorbPoints: () => expect.fail('absorbed'), squeeze: () => expect.fail('drawn') };
    const t = untouched as unknown as KeccakTranscript;
    for (const list of [com.slice(1), com.slice(0, -1), [...com, IDENTITY], [...com, com[0]], []]) {
      expect(await codeOf(() => hyperkzg.verify(vk, t, claim, { ...arg, com: list }))).toBe(
        'ProofVerifyError',
      );
    }
    for (const list of [v.slice(1), v.slice(0, -1), [...v, v[0]], []]) {
      expect(await codeOf(() => hyperkzg.verify(vk, t, claim, { ...arg, v: list }))).toBe('ProofVerifyError');
    }
    expect(await codeOf(() => hyperkzg.verify(vk, t, { ...claim, point: [] }, arg))).toBe(
      'InvalidInputLength',
    );
    await backend.close();
  });

  it('whose lists claim more than the bytes hold is refused before anything is allocated', async () => {
    for (const n of [2n ** 20n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = new ByteWriter().u64(n).finish();
      expect(await codeOf(() => hyperkzg.readArgument(new ByteReader(bytes), bn256))).toBe('InvalidEncoding');
    }
  });
});

describe('a verifier key', () => {
  const G = bn256.encode(bn256.generator);
  const H = encodeG2(G2_GENERATOR);
  const tauH = encodeG2(mulG2(7n, G2_GENERATOR));
  const read = (...parts: Uint8Array[]) =>
    hyperkzg.readVerifierKey({} as Backend, bn256, new ByteReader(new Uint8Array(Buffer.concat(parts))));

  it('is G, H and tau H', async () => {
    const vk = await read(G, H, tauH);
    expect(await collect(encodeKzgVerifierKey(vk))).toEqual(new Uint8Array(Buffer.concat([G, H, tauH])));
  });

  it('is refused with the identity, other generators, or points outside G2', async () => {
    const identityG1 = bn256.encode(IDENTITY);
    const identityG2 = new Uint8Array(64).with(63, 0x40);
    const outside = encodeG2(outsideG2());
    for (const [code, ...parts] of [
      ['InvalidCommitmentKey', identityG1, H, tauH],
      ['InvalidCommitmentKey', bn256.encode(bn256.double(bn256.generator)), H, tauH],
      ['InvalidCommitmentKey', G, tauH, tauH],
      ['InvalidCommitmentKey', G, outside, tauH],
      ['InvalidCommitmentKey', G, H, outside],
      ['InvalidEncoding', G, identityG2, tauH],
      ['InvalidEncoding', G, H, identityG2],
      ['InvalidEncoding', G, H, tauH.subarray(1)],
      ['InvalidEncoding'],
    ] as [string, ...Uint8Array[]][]) {
      expect(await codeOf(() => read(...parts))).toBe(code);
    }
  });
});
