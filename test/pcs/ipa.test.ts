import { concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, Bases } from '../../src/backend/backend.ts';
import { IDENTITY, POINT_BYTES, type AffinePoint, type Curve } from '../../src/curve/curve.ts';
import { CURVES, pallas, secp256k1 } from '../../src/curve/curves.ts';
import { eqAt, evaluateSparse } from '../../src/field/eq.ts';
import { KeccakTranscript } from '../../src/hash/transcript.ts';
import type { EvaluationClaim } from '../../src/pcs/evaluation-engine.ts';
import { ipa, ipaVerifier, type InnerProductArgument, type InnerProductKey } from '../../src/pcs/ipa.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { ByteWriter } from '../../src/wire/writer.ts';
import { download, elements, upload } from '../spartan/vectors.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf } from '../support/error.ts';

/** Generators of the keys here. */
const N = 8;

let backend: Backend;
const bases = new Map<Curve, Bases>();
const keys = new Map<Curve, { pk: InnerProductKey; vk: InnerProductKey }>();
beforeAll(async () => {
  backend = await testBackend('reference');
  for (const curve of CURVES) {
    bases.set(curve, await backend.bases(curve, CK_LABEL, N));
    keys.set(curve, await ipa.setup(backend, { bases: bases.get(curve)! }, N));
  }
});
afterAll(() => backend?.close());
afterEach(() => void vi.restoreAllMocks());

const transcript = (curve: Curve) => new KeccakTranscript(curve.scalar, 'test');

/** A claim about these values, and its proof. */
async function proved(curve: Curve, values: readonly bigint[], point: readonly bigint[]) {
  const poly = upload(backend, curve.scalar, values);
  const [comm] = await backend.read([backend.commit(bases.get(curve)!, poly, 0n)]);
  const claim = { comm, point, value: evaluateSparse(curve.scalar, values, point) };
  const { pk } = keys.get(curve)!;
  const arg = await ipa.prove(pk, transcript(curve), claim, poly);
  backend.free(poly);
  return { claim, arg };
}

function verify(curve: Curve, claim: EvaluationClaim, arg: InnerProductArgument): Promise<void> {
  return ipa.verify(keys.get(curve)!.vk, transcript(curve), claim, arg);
}

/** The argument as nova-snark computes it: the generators are folded, one scalar multiplication each. */
async function foldingGenerators(
  curve: Curve,
  values: readonly bigint[],
  { comm, point, value }: EvaluationClaim,
): Promise<InnerProductArgument> {
  const F = curve.scalar;
  const points = await backend.saveBases(bases.get(curve)!);
  const pointAt = (i: number) => curve.fromXY(points.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES));
  const t = transcript(curve);
  t.domSep('IPA');
  t.absorbPoint('U', comm);
  t.absorbScalar('', value);
  const Q = curve.mul(t.squeeze('r'), keys.get(curve)!.pk.Q);
  const bits = (i: number) => point.map((_, k) => BigInt((i >> (point.length - 1 - k)) & 1));

  let a = [...values];
  let b = values.map((_, i) => eqAt(F, point, bits(i)));
  let G = values.map((_, i) => pointAt(i + 1));
  const [L, R]: AffinePoint[][] = [[], []];
  const commit = (scalars: readonly bigint[], under: readonly AffinePoint[], c: bigint) =>
    scalars.reduce((sum, x, i) => curve.add(sum, curve.mul(x, under[i])), curve.mul(c, Q));
  const inner = (xs: readonly bigint[], ys: readonly bigint[]) =>
    xs.reduce((sum, x, i) => F.add(sum, F.mul(x, ys[i])), 0n);
  while (a.length > 1) {
    const half = a.length / 2;
    const halves = <T>(list: readonly T[]): [T[], T[]] => [list.slice(0, half), list.slice(half)];
    const [[aL, aR], [bL, bR], [GL, GR]] = [halves(a), halves(b), halves(G)];
    L.push(commit(aL, GR, inner(aL, bR)));
    R.push(commit(aR, GL, inner(aR, bL)));
    t.absorbPoint('L', L[L.length - 1]);
    t.absorbPoint('R', R[R.length - 1]);
    const r = t.squeeze('r');
    const s = F.inv(r);
    a = aL.map((x, i) => F.add(F.mul(x, r), F.mul(s, aR[i])));
    b = bL.map((x, i) => F.add(F.mul(x, s), F.mul(r, bR[i])));
    G = GL.map((P, i) => curve.add(curve.mul(s, P), curve.mul(r, GR[i])));
  }
  return { L, R, a: a[0] };
}

const statement = fc
  .tuple(fc.constantFrom(...CURVES), fc.nat({ max: Math.log2(N) }))
  .chain(([curve, k]) =>
    fc.tuple(fc.constant(curve), elements(curve.scalar, 2 ** k), elements(curve.scalar, k)),
  );

describe('the inner-product argument', () => {
  it('proves the value of a polynomial, as the reference does, on every curve', () =>
    fc.assert(
      fc.asyncProperty(statement, async ([curve, values, point]) => {
        const { claim, arg } = await proved(curve, values, point);
        expect(arg).toEqual(await foldingGenerators(curve, values, claim));
        await verify(curve, claim, arg);
      }),
      { numRuns: 6 },
    ));

  it.each([
    { every: 1, folds: ['2 to 4', '2 to 2'] },
    { every: 2, folds: ['4 to 2'] },
    { every: 3, folds: [] },
  ])('is the same argument if generators are folded every $every rounds', async ({ every, folds }) => {
    vi.spyOn(backend.openings, 'roundsPerFold').mockReturnValue(every);
    const foldBases = vi.spyOn(backend.openings, 'foldBases');
    const values = [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n];
    for (const curve of [pallas, secp256k1]) {
      foldBases.mockClear();
      const { claim, arg } = await proved(curve, values, [7n, 8n, curve.scalar.p - 1n]);
      // after the last round there is nothing to commit to any more
      expect(foldBases.mock.calls.map(([, weights, m]) => `${weights.length} to ${m}`)).toEqual(folds);
      expect(arg).toEqual(await foldingGenerators(curve, values, claim));
      await verify(curve, claim, arg);
    }
  });

  it('frees the generators that it folded, also when it is stopped', async () => {
    vi.spyOn(backend.openings, 'roundsPerFold').mockReturnValue(1);
    const poly = upload(backend, pallas.scalar, [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n]);
    const { liveBytes } = backend.counters();
    const { pk } = await ipa.setup(backend, { bases: bases.get(pallas)! }, N);
    const claim = { comm: IDENTITY, point: [4n, 5n, 6n], value: 0n };
    for (const rounds of [1, 2]) {
      const stopped = new AbortController();
      const onProgress = (share: number) => void (share * 3 >= rounds && stopped.abort());
      const control = { signal: stopped.signal, onProgress };
      const code = await codeOf(() => ipa.prove(pk, transcript(pallas), claim, poly, control));
      expect(code).toBe('Aborted');
      pk.close();
      expect(backend.counters().liveBytes).toBe(liveBytes);
    }
    await ipa.prove(pk, transcript(pallas), claim, poly);
    pk.close();
    expect(backend.counters().liveBytes).toBe(liveBytes);
    backend.free(poly);
  });

  it.each([1, 2, 4, 8])('proves the zero polynomial and a constant one of %i values', async (n) => {
    const point = Array.from({ length: Math.log2(n) }, (_, k) => BigInt(k + 5));
    for (const c of [0n, 9n]) {
      const { claim, arg } = await proved(
        pallas,
        Array.from({ length: n }, () => c),
        point,
      );
      expect(claim.value).toBe(c);
      await verify(pallas, claim, arg);
    }
  });

  it('proves a polynomial of 2^10 values, on the wasm engine', async () => {
    const engine = await testBackend('wasm');
    const [curve, n] = [pallas, 1024];
    const F = curve.scalar;
    const ck = await engine.bases(curve, CK_LABEL, n);
    const { pk, vk } = await ipa.setup(engine, { bases: ck }, n);
    const values = Array.from({ length: n }, (_, i) => F.pow(3n, BigInt(i)));
    const point = Array.from({ length: 10 }, (_, k) => F.pow(5n, BigInt(100 * k + 1)));
    const poly = upload(engine, F, values);
    const [comm] = await engine.read([engine.commit(ck, poly, 0n)]);
    const claim = { comm, point, value: evaluateSparse(F, values, point) };
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const foldBases = vi.spyOn(engine.openings, 'foldBases');
    const arg = await ipa.prove(pk, transcript(curve), claim, poly, { onProgress });
    expect(foldBases).toHaveBeenCalled();
    const { liveBytes } = engine.counters();
    expect(await ipa.prove(pk, transcript(curve), claim, poly)).toEqual(arg);
    expect(engine.counters().liveBytes).toBe(liveBytes);
    vi.spyOn(engine.openings, 'roundsPerFold').mockReturnValue(Infinity);
    expect(await ipa.prove(pk, transcript(curve), claim, poly)).toEqual(arg);
    expect(shares).toEqual(Array.from({ length: 10 }, (_, k) => (k + 1) / 10));
    await ipa.verify(vk, transcript(curve), claim, arg);
    await engine.close();
  });

  it('makes its vectors once, and leaves the polynomial as it is', async () => {
    const F = pallas.scalar;
    const before = backend.counters().liveBytes;
    const { pk, vk } = await ipa.setup(backend, { bases: bases.get(pallas)! }, N);
    const poly = upload(backend, F, [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n]);
    const [comm] = await backend.read([backend.commit(bases.get(pallas)!, poly, 0n)]);
    const point = [7n, 8n, 9n];
    const claim = { comm, point, value: evaluateSparse(F, await download(backend, poly), point) };
    const once = await ipa.prove(pk, transcript(pallas), claim, poly);
    await ipa.verify(vk, transcript(pallas), claim, once);
    const { allocations } = backend.counters();
    expect(await ipa.prove(pk, transcript(pallas), claim, poly)).toEqual(once);
    await ipa.verify(vk, transcript(pallas), claim, once);
    expect(backend.counters().allocations).toBe(allocations);
    expect(await download(backend, poly)).toEqual([3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n]);
    pk.close();
    vk.close();
    backend.free(poly);
    expect(backend.counters().liveBytes).toBe(before);
  });

  it('refuses what does not fit before it computes', async () => {
    const { pk } = keys.get(pallas)!;
    const poly = upload(backend, pallas.scalar, [1n, 2n, 3n, 4n]);
    const claim = { comm: IDENTITY, value: 0n };
    const prove = (point: bigint[]) =>
      codeOf(() => ipa.prove(pk, transcript(pallas), { ...claim, point }, poly));
    expect(await prove([1n])).toBe('InvalidInputLength');
    expect(await prove([1n, 2n, 3n])).toBe('InvalidInputLength');
    expect(await codeOf(() => ipa.setup(backend, { bases: bases.get(pallas)! }, 2 * N))).toBe(
      'InvalidCommitmentKeyLength',
    );
  });
});

describe('an argument', () => {
  const curve = pallas;
  const F = curve.scalar;
  const point = [4n, 5n, 6n];
  let claim: EvaluationClaim;
  let arg: InnerProductArgument;
  beforeAll(async () => {
    ({ claim, arg } = await proved(curve, [3n, 1n, 4n, 1n, 5n, 9n, 2n, 6n], point));
  });

  it('is refused for another claim', async () => {
    const others: EvaluationClaim[] = [
      { ...claim, value: F.add(claim.value, 1n) },
      { ...claim, comm: curve.neg(claim.comm) },
      { ...claim, comm: IDENTITY },
      ...point.map((_, k) => ({ ...claim, point: point.map((x, i) => (i === k ? x + 1n : x)) })),
    ];
    for (const other of others) expect(await codeOf(() => verify(curve, other, arg))).toBe('InvalidPCS');
  });

  it('is refused when any of its values is another one', async () => {
    const points = (list: readonly AffinePoint[]) =>
      list.flatMap((P, k) =>
        [curve.neg(P), IDENTITY, curve.generator, list[(k + 1) % list.length]].map((Q) => list.with(k, Q)),
      );
    const changed: InnerProductArgument[] = [
      ...points(arg.L).map((L) => ({ ...arg, L })),
      ...points(arg.R).map((R) => ({ ...arg, R })),
      { ...arg, L: arg.R, R: arg.L },
      ...[0n, F.add(arg.a, 1n), F.neg(arg.a)].map((a) => ({ ...arg, a })),
    ];
    for (const other of changed) expect(await codeOf(() => verify(curve, claim, other))).toBe('InvalidPCS');
  });

  // A7
  it.each([0, 1, 2, 4, 31, 32, 33])('is refused with %i rounds before anything is computed', async (n) => {
    const commit = vi.spyOn(backend, 'commit');
    const list = Array.from({ length: n }, () => curve.generator);
    for (const lists of [{ L: list }, { R: list }, { L: list, R: list }]) {
      expect(await codeOf(() => verify(curve, claim, { ...arg, ...lists }))).toBe('InvalidInputLength');
    }
    expect(commit).not.toHaveBeenCalled();
  });

  it('is refused for a point that the key has too few generators for', async () => {
    const long = Array.from({ length: 31 }, () => 1n);
    const list = Array.from({ length: 31 }, () => curve.generator);
    const wide = { ...claim, point: long };
    expect(await codeOf(() => verify(curve, wide, { ...arg, L: list, R: list }))).toBe(
      'InvalidCommitmentKeyLength',
    );
  });

  it('is refused when the transcript is in another state', async () => {
    const { vk } = keys.get(curve)!;
    const other = transcript(curve);
    other.absorbScalar('x', 0n);
    expect(await codeOf(() => ipa.verify(vk, other, claim, arg))).toBe('InvalidPCS');
  });

  it('is stopped by a signal', async () => {
    const { vk } = keys.get(curve)!;
    const signal = AbortSignal.abort();
    expect(await codeOf(() => ipa.verify(vk, transcript(curve), claim, arg, { signal }))).toBe('Aborted');
    await verify(curve, claim, arg);
  });

  it('is encoded as L, R and the last element, and read back', async () => {
    for (const on of [pallas, secp256k1]) {
      const { arg: honest } = await proved(on, [1n, 2n, 3n, 4n], [7n, 8n]);
      const w = new ByteWriter();
      ipa.writeArgument(w, on, honest);
      expect(w.length).toBe(2 * (8 + 2 * on.encodedBytes) + 32);
      const r = new ByteReader(w.finish());
      expect(ipa.readArgument(r, on)).toEqual(honest);
      r.end();
    }
  });
});

describe("the verifier's key", () => {
  const encode = async (vk: InnerProductKey) => {
    const sections: Uint8Array[] = [];
    for await (const section of ipa.encodeVerifierKey(vk)) sections.push(section);
    return concatBytes(...sections);
  };

  it.each(CURVES)('$name: is read back, and verifies', async (curve) => {
    const { vk } = keys.get(curve)!;
    const bytes = await encode(vk);
    expect(bytes.length).toBe(8 + (N + 1) * curve.encodedBytes + 8 + 2 * curve.encodedBytes);
    const r = new ByteReader(bytes);
    const read = await ipaVerifier.readVerifierKey(backend, curve, r);
    r.end();
    expect(await encode(read)).toEqual(bytes);
    const { claim, arg } = await proved(curve, [3n, 1n], [6n]);
    await ipaVerifier.verify(read, transcript(curve), claim, arg);
    const { liveBytes } = backend.counters();
    read.close();
    read.close();
    expect(backend.counters().liveBytes).toBeLessThan(liveBytes);
  });

  it('may have other generators than those of the usual label', async () => {
    const curve = secp256k1;
    const ck = await backend.bases(curve, new TextEncoder().encode('other'), 3);
    const { vk } = await ipa.setup(backend, { bases: ck }, 2);
    const bytes = await encode(vk);
    const read = await ipaVerifier.readVerifierKey(backend, curve, new ByteReader(bytes));
    expect(await encode(read)).toEqual(bytes);
    read.close();
    backend.free(ck);
  });

  it('is refused when a point is none, or the identity, or missing; nothing stays behind', async () => {
    const curve = pallas;
    const bytes = await encode(keys.get(curve)!.vk);
    const { liveBytes } = backend.counters();
    const read = (changed: Uint8Array) =>
      codeOf(() => ipaVerifier.readVerifierKey(backend, curve, new ByteReader(changed)));
    for (const at of [8, 8 + 32 * N, bytes.length - 64, bytes.length - 32]) {
      const off = bytes.slice();
      let x = 0;
      do off.fill(0, at, at + 32).set([++x], at);
      while (curve.base.isSquare(curve.ySquared(BigInt(x))));
      expect(await read(off)).toBe('InvalidEncoding');
      expect(await read(bytes.slice().fill(0, at, at + 32))).toBe('InvalidEncoding');
    }
    expect(await read(bytes.slice(0, -1))).toBe('InvalidEncoding');
    expect(await read(bytes.slice().fill(0xff, 0, 8))).toBe('InvalidEncoding');
    expect(backend.counters().liveBytes).toBe(liveBytes);
  });
});

it('works on elements of the field alone', async () => {
  const poly = upload(backend, pallas.scalar, [1n, 2n]);
  const { pk } = keys.get(pallas)!;
  const claim = { comm: IDENTITY, point: [pallas.scalar.p], value: 0n };
  expect(await codeOf(() => ipa.prove(pk, transcript(pallas), claim, poly))).toBe('InvalidFieldElement');
  backend.free(poly);
});
