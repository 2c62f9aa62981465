/** Public parameters whose primary commitment key consists of powers of tau. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtinCircuit, insecurePtau, ptauFrom, PublicParams, type Backend } from '../../src/index.ts';
import { encodeG2, G2_BYTES, G2_GENERATOR } from '../../src/curve/g2.ts';
import { loadOrSetUp } from '../../src/node/params-cache.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { temporaryFolder } from '../support/folder.ts';
import { INSECURE_TAU, testPtau, watched } from '../support/ptau.ts';

const cubic = builtinCircuit('cubic');
const cycle = 'bn-kzg';
/** Of test/fixtures: nova-snark's digest for these powers. */
const DIGEST = 0x007ef4d643b7d90b1e31125cd7bebc2cc2928dcb94014a5c3214bc0e5e26df05n;

let backend: Backend;
let file: Uint8Array;
let pp: PublicParams;
let saved: Uint8Array;
/** What the set-up reported of the powers of tau. */
const shares: number[] = [];
beforeAll(async () => {
  backend = await testBackend();
  file = await testPtau(14);
  pp = await PublicParams.setup(cubic, {
    cycle,
    ptau: ptauFrom(file),
    backend,
    onProgress: ({ phase, share }) => {
      if (phase === 'primary generators') shares.push(share);
    },
  });
  saved = await pp.save();
});
afterAll(async () => {
  pp?.close();
  await backend?.close();
});

describe('parameters of powers of tau', () => {
  it('have the digest of nova-snark', () => {
    expect(pp.digest).toBe(DIGEST);
  });

  it('report their progress in order', () => {
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(shares.length).toBeGreaterThan(3);
  });

  it('take a source of powers, and others take none', async () => {
    const missing = await novaError(() => PublicParams.setup(cubic, { cycle, backend }));
    expect([missing.code, missing.message]).toEqual([
      'InvalidArgument',
      expect.stringContaining('powers of tau'),
    ]);
    for (const name of ['pasta', 'bn-ipa']) {
      const options = { cycle: name, ptau: ptauFrom(file), backend };
      expect(await codeOf(() => PublicParams.setup(cubic, options))).toBe('InvalidArgument');
    }
  });

  it('free everything when the file is of no use', async () => {
    const { liveBytes } = backend.counters();
    const small = watched(await testPtau(6));
    const code = await codeOf(() => PublicParams.setup(cubic, { cycle, ptau: small.source, backend }));
    expect([code, small.open()]).toEqual(['PtauFileError', 0]);
    expect(backend.counters().liveBytes).toBe(liveBytes);
  });
});

describe('saved parameters of powers of tau', () => {
  it('are loaded without the file, and checked', async () => {
    const loaded = await PublicParams.load(cubic, saved, { backend });
    expect(loaded.digest).toBe(DIGEST);
    // `toEqual` takes minutes for millions of bytes
    expect(isDeepStrictEqual(await loaded.save(), saved)).toBe(true);
    loaded.close();
  });

  it('must be of the tau of the file, if one is given', async () => {
    const loaded = await PublicParams.load(cubic, saved, { backend, ptau: ptauFrom(file), trusted: true });
    loaded.close();
    const { liveBytes } = backend.counters();
    // the small file of another tau: its powers in G1 are not looked at
    const other = ptauFrom(await insecurePtau(INSECURE_TAU + 1n, 2));
    const error = await novaError(() =>
      PublicParams.load(cubic, saved, { backend, ptau: other, trusted: true }),
    );
    expect([error.code, error.message]).toEqual(['ParamsMismatch', expect.stringContaining('another tau')]);
    expect(backend.counters().liveBytes).toBe(liveBytes);
  });

  it('with another tau H, or powers that are none, are refused', async () => {
    const otherTau = saved.slice();
    otherTau.set(encodeG2(G2_GENERATOR), saved.length - G2_BYTES);
    expect(await codeOf(() => PublicParams.load(cubic, otherTau, { backend }))).toBe('InvalidCommitmentKey');
    // h, G, tau G .. : exchange two powers
    const start = saved.length - G2_BYTES - 64 * (2 ** 14 + 1) - 8 - 64 * (2 ** 14 + 1);
    const swapped = saved.slice();
    swapped.set(saved.subarray(start + 64 * 3, start + 64 * 4), start + 64 * 5);
    swapped.set(saved.subarray(start + 64 * 5, start + 64 * 6), start + 64 * 3);
    expect(await codeOf(() => PublicParams.load(cubic, swapped, { backend }))).toBe('InvalidCommitmentKey');
    expect(await codeOf(() => PublicParams.load(cubic, saved.subarray(0, -1), { backend }))).toBe(
      'InvalidEncoding',
    );
    expect(await codeOf(() => PublicParams.load(cubic, new Uint8Array([...saved, 0]), { backend }))).toBe(
      'InvalidEncoding',
    );
  });

  it('are kept by the cache, until the file has another tau', async () => {
    const cacheDir = await temporaryFolder();
    const warnings: string[] = [];
    const get = async (bytes: Uint8Array) => {
      const onWarning = (message: string) => warnings.push(message);
      const options = { cycle, ptau: ptauFrom(bytes), backend, cacheDir, onWarning };
      const { params, cached } = await loadOrSetUp(cubic, options);
      params.close();
      return { digest: params.digest, cached };
    };
    expect(await get(file)).toEqual({ digest: DIGEST, cached: false });
    expect(await get(file)).toEqual({ digest: DIGEST, cached: true });
    expect(warnings).toEqual([]);
    // a file of another tau that is too small: what is kept is not used, and nothing new can be made
    expect(await codeOf(async () => get(await insecurePtau(INSECURE_TAU + 1n, 2)))).toBe('PtauFileError');
    expect(warnings).toEqual([expect.stringContaining('another tau')]);
  });
});
