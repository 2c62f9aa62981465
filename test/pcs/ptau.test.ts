import { sha3_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/index.ts';
import { POINT_BYTES } from '../../src/curve/curve.ts';
import { bn256, grumpkin } from '../../src/curve/curves.ts';
import { fromLabel } from '../../src/curve/generators.ts';
import { equalG2, G2_GENERATOR } from '../../src/curve/g2.ts';
import { mulG2 } from '../../src/curve/pairing.ts';
import { insecurePtau } from '../../src/pcs/insecure-ptau.ts';
import { loadKzgKey, restoreKzgKey, tauHOf, type KzgKey } from '../../src/pcs/kzg-key.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { ptauFrom, readPtauLayout } from '../../src/pcs/ptau.ts';
import { testBackend } from '../support/backend.ts';
import { codeOf, novaError } from '../support/error.ts';
import { outsideG2 } from '../support/g2.ts';
import {
  INSECURE_TAU,
  putTogether,
  takeApart,
  testPtau,
  watched,
  withG1,
  withG2,
  withSection,
  type Parts,
} from '../support/ptau.ts';

const POWER = 4;
const N = 2 ** POWER;

let backend: Backend;
let file: Uint8Array;
beforeAll(async () => {
  backend = await testBackend();
  file = await testPtau(POWER);
});
afterAll(() => backend?.close());

function load(bytes: Uint8Array, n = N): Promise<KzgKey> {
  return loadKzgKey(backend, ptauFrom(bytes), CK_LABEL, n);
}

/** The powers of the known tau, as an engine keeps them: h, then tau^i G. */
async function expectedKey(n: number): Promise<Uint8Array> {
  const out = new Uint8Array(POINT_BYTES * (n + 1));
  out.set(await fromLabel(bn256, CK_LABEL, 1));
  let power = 1n;
  for (let i = 1; i <= n; i++) {
    out.set(bn256.toXY(bn256.mul(power, bn256.generator)), POINT_BYTES * i);
    power = bn256.scalar.mul(power, INSECURE_TAU);
  }
  return out;
}

describe('a powers-of-tau file', () => {
  it('with a known tau is byte for byte what nova-snark writes', async () => {
    // made with nova-snark 0.76.0's write_ptau, of 2^6 powers of this tau
    expect(bytesToHex(sha3_256(await insecurePtau(INSECURE_TAU, 6)))).toBe(
      '21c1c05c8b9effbfd9f5930371a27afd4613919b533837aa6b53ea14872b431e',
    );
    for (const power of [0, 29, 1.5])
      expect(await codeOf(() => insecurePtau(5n, power))).toBe('InvalidArgument');
    expect(await codeOf(() => insecurePtau(0n, 4))).toBe('InvalidArgument');
    expect(await codeOf(() => insecurePtau(bn256.scalar.p, 4))).toBe('InvalidFieldElement');
  });

  it('becomes a commitment key, be it full, pruned, larger than needed, or with a longer header', async () => {
    const parts = takeApart(file);
    const pruned = putTogether({
      ...parts,
      sections: parts.sections.filter(({ id }) => [1, 2, 3].includes(id)),
    });
    // the ceremony's own power follows the file's
    const ceremony = withSection(file, 1, (bytes) => new Uint8Array([...bytes, 28, 0, 0, 0]));
    for (const bytes of [file, pruned, ceremony, await testPtau(POWER + 1)]) {
      const { source, open } = watched(bytes);
      const before = backend.counters().liveBytes;
      const { bases, tauH } = await loadKzgKey(backend, source, CK_LABEL, N);
      expect(await backend.saveBases(bases)).toEqual(await expectedKey(N));
      expect(equalG2(tauH, mulG2(INSECURE_TAU, G2_GENERATOR))).toBe(true);
      expect(equalG2(tauH, await tauHOf(source, N))).toBe(true);
      expect(open()).toBe(0);
      // the test of the powers leaves nothing behind
      expect(backend.counters().liveBytes - before).toBe(POINT_BYTES * (N + 1));
      backend.free(bases);
    }
  });

  it('is read from a Blob in parts', async () => {
    const { bases } = await loadKzgKey(backend, ptauFrom(new Blob([file.slice()])), CK_LABEL, 8);
    expect(await backend.saveBases(bases)).toEqual(await expectedKey(8));
    backend.free(bases);
  });

  it('of another tau makes another key', async () => {
    const { tauH } = await load(await insecurePtau(INSECURE_TAU + 1n, POWER));
    expect(equalG2(tauH, mulG2(INSECURE_TAU + 1n, G2_GENERATOR))).toBe(true);
  });
});

describe('a malformed file is refused with PtauFileError, whatever its sizes claim', () => {
  /** Refused by its structure, after few bytes were read and nothing else. */
  async function expectRefused(bytes: Uint8Array, message?: string): Promise<void> {
    const { source, asked, open } = watched(bytes);
    const live = backend.counters().liveBytes;
    const error = await novaError(() => loadKzgKey(backend, source, CK_LABEL, N));
    expect(error.code).toBe('PtauFileError');
    expect(error.message).toContain(message ?? 'watched: ');
    expect(asked()).toBeLessThan(300);
    expect(open()).toBe(0);
    expect(backend.counters().liveBytes).toBe(live);
  }

  it('truncated anywhere, or with bytes to spare', async () => {
    for (let n = 0; n < file.length; n++) await expectRefused(file.subarray(0, n));
    await expectRefused(new Uint8Array([...file, 0]), '1 bytes follow');
  });

  it('with another magic, version or number of sections', async () => {
    const parts = takeApart(file);
    for (const change of [
      { magic: 'ptua' },
      { magic: 'zkey' },
      { version: 0 },
      { version: 2 },
      ...[0, 1, 2, 4, 10, 12, 2 ** 31, 2 ** 32 - 1].map((count) => ({ count })),
    ] as Partial<Parts>[]) {
      await expectRefused(putTogether({ ...parts, ...change }));
    }
  });

  it('with sections whose sizes are not there', async () => {
    const parts = takeApart(file);
    for (const k of parts.sections.keys()) {
      const { length } = parts.sections[k].bytes;
      for (const size of [
        BigInt(file.length),
        2n ** 32n,
        2n ** 53n,
        2n ** 63n,
        2n ** 64n - 1n,
        BigInt(length) + 1n,
      ]) {
        const sections = parts.sections.map((s, i) => (i === k ? { ...s, size } : s));
        await expectRefused(
          putTogether({ ...parts, sections }),
          size < BigInt(file.length) ? undefined : `has ${size} bytes, but`,
        );
      }
    }
  });

  it('with a section missing, or twice', async () => {
    const { sections, ...rest } = takeApart(file);
    const empty = new Uint8Array(0);
    for (const id of [1, 2, 3]) {
      const without = sections.map((s) => (s.id === id ? { id: 20, bytes: empty } : s));
      await expectRefused(putTogether({ ...rest, sections: without }), `lacks the section ${id}`);
      const twice = sections.map((s) => (s.id === 10 ? sections.find((t) => t.id === id)! : s));
      await expectRefused(putTogether({ ...rest, sections: twice }), `section ${id} twice`);
    }
  });

  it('of another curve, or with a header that makes no sense', async () => {
    const header = (change: (view: DataView) => void) =>
      withSection(file, 1, (bytes) => {
        change(new DataView(bytes.buffer));
        return bytes;
      });
    for (const width of [0, 31, 48, 2 ** 32 - 1])
      await expectRefused(header((v) => v.setUint32(0, width, true)));
    await expectRefused(
      header((v) => v.setUint8(4, v.getUint8(4) ^ 1)),
      'another curve',
    );
    const grumpkinFile = withSection(file, 1, (bytes) => {
      bytes.set(grumpkin.base.toBytes(grumpkin.base.p - 1n), 4);
      bytes[4]++;
      return bytes;
    });
    await expectRefused(grumpkinFile, 'another curve');
    for (const power of [29, 31, 32, 64, 2 ** 32 - 1]) {
      await expectRefused(
        header((v) => v.setUint32(36, power, true)),
        `power is ${power}`,
      );
    }
    // more points than there can be
    for (const power of [0, 1, 2])
      await expectRefused(
        header((v) => v.setUint32(36, power, true)),
        'fits its power',
      );
    for (const length of [0, 39, 41, 45]) {
      await expectRefused(
        withSection(file, 1, () => new Uint8Array(length)),
        'header has',
      );
    }
  });

  it('with parts of points, or too few of them', async () => {
    for (const id of [2, 3]) {
      await expectRefused(
        withSection(file, id, (bytes) => bytes.subarray(1)),
        'no number of points',
      );
    }
    expect((await novaError(() => load(file, N + 1))).message).toContain(
      `has ${N} points of G1, and ${N + 1}`,
    );
    const few = withSection(file, 3, (bytes) => bytes.subarray(0, 2 * POINT_BYTES));
    expect((await novaError(() => load(few))).message).toContain('1 points of G2, and 2');
  });

  it('whose source returns fewer bytes than were asked for', async () => {
    const short = async () => ({ ...(await ptauFrom(file)(N)), read: async () => new Uint8Array(3) });
    expect(await codeOf(() => loadKzgKey(backend, short, CK_LABEL, N))).toBe('PtauFileError');
  });
});

describe('points that are no powers of tau are refused', () => {
  const G = bn256.generator;
  const double = (i: number) => bn256.double(bn256.mul(bn256.scalar.pow(INSECURE_TAU, BigInt(i)), G));
  const expectCode = async (code: string, bytes: Uint8Array) => {
    const live = backend.counters().liveBytes;
    expect(await codeOf(() => load(bytes))).toBe(code);
    expect(backend.counters().liveBytes).toBe(live);
  };

  it('a first point other than the generator, on either side', async () => {
    await expectCode('PtauFileError', withG1(file, 0, bn256.double(G)));
    await expectCode('PtauFileError', withG1(file, 0, bn256.neg(G)));
    await expectCode('PtauFileError', withG2(file, 0, mulG2(2n, G2_GENERATOR)));
  });

  it('the identity, anywhere', async () => {
    for (const i of [0, 1, 7, N - 1]) await expectCode('PtauFileError', withG1(file, i, undefined));
    for (const i of [0, 1]) await expectCode('PtauFileError', withG2(file, i, undefined));
  });

  it('points off the curve, and outside the subgroup of G2', async () => {
    for (const i of [0, 1, N - 1]) await expectCode('PointNotOnCurve', withG1(file, i, { x: 1n, y: 1n }));
    const offCurve = { x: { c0: 1n, c1: 1n }, y: { c0: 1n, c1: 1n } };
    for (const i of [0, 1]) {
      await expectCode('PointNotOnCurve', withG2(file, i, offCurve));
      await expectCode('PointNotInSubgroup', withG2(file, i, outsideG2()));
    }
  });

  it('coordinates that are not below the modulus', async () => {
    for (const id of [2, 3]) {
      for (const at of [0, 32, 64, 96]) {
        const high = withSection(file, id, (bytes) => {
          bytes.fill(0xff, at, at + 32);
          return bytes;
        });
        await expectCode('PtauFileError', high);
      }
    }
  });

  it('swapped powers, one power of another tau, all of another tau, and another tau in G2', async () => {
    const swapped = withSection(file, 2, (bytes) => {
      const [a, b] = [bytes.slice(64 * 5, 64 * 6), bytes.slice(64 * 9, 64 * 10)];
      bytes.set(b, 64 * 5);
      bytes.set(a, 64 * 9);
      return bytes;
    });
    await expectCode('PtauFileError', swapped);
    for (const i of [1, 2, N / 2, N - 1]) await expectCode('PtauFileError', withG1(file, i, double(i)));
    // from the middle on the powers go on regularly, but of twice what came before
    let bytes = file;
    for (let i = N / 2; i < N; i++) bytes = withG1(bytes, i, double(i));
    await expectCode('PtauFileError', bytes);
    const other = takeApart(await insecurePtau(INSECURE_TAU + 1n, POWER)).sections.find(
      ({ id }) => id === 2,
    )!;
    await expectCode(
      'PtauFileError',
      withSection(file, 2, () => other.bytes),
    );
    await expectCode('PtauFileError', withG2(file, 1, mulG2(INSECURE_TAU + 1n, G2_GENERATOR)));
  });

  it('also where they were kept, unless their keeper vouches for them', async () => {
    const points = await expectedKey(N);
    const tauH = mulG2(INSECURE_TAU, G2_GENERATOR);
    const { bases } = await restoreKzgKey(backend, points, tauH, false);
    expect(await backend.saveBases(bases)).toEqual(points);
    const wrong = points.slice();
    wrong.set(bn256.toXY(double(3)), POINT_BYTES * 4);
    expect(await codeOf(() => restoreKzgKey(backend, wrong, tauH, false))).toBe('InvalidCommitmentKey');
    expect(await codeOf(() => restoreKzgKey(backend, points, G2_GENERATOR, false))).toBe(
      'InvalidCommitmentKey',
    );
    wrong.set(bn256.toXY(bn256.double(G)), POINT_BYTES);
    expect(await codeOf(() => restoreKzgKey(backend, wrong, tauH, false))).toBe('InvalidCommitmentKey');
    const trusted = await restoreKzgKey(backend, wrong, tauH, true);
    expect(await backend.saveBases(trusted.bases)).toEqual(wrong);
  });

  it('by one of a group of points alone: every one counts', async () => {
    for (let i = 1; i < N; i++) await expectCode('PtauFileError', withG1(file, i, double(i)));
  });
});

it('reading stops when the caller says so', async () => {
  const stop = new AbortController();
  stop.abort();
  const { source, open } = watched(file);
  const code = await codeOf(() => loadKzgKey(backend, source, CK_LABEL, N, { signal: stop.signal }));
  expect([code, open()]).toEqual(['Aborted', 0]);
});

it('the layout says where the points are', async () => {
  const { G1, G2 } = await readPtauLayout(await ptauFrom(file)(N));
  expect([G1.points, G2.points]).toEqual([N, 2]);
});
