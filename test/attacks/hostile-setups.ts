/** Powers of tau that are none (A16), and random sources that fail (A17). */
import type { Backend } from '../../src/backend/backend.ts';
import type { AffinePoint } from '../../src/curve/curve.ts';
import { bn256, pallas } from '../../src/curve/curves.ts';
import { fromLabel } from '../../src/curve/generators.ts';
import { G2_GENERATOR } from '../../src/curve/g2.ts';
import { mulG2 } from '../../src/curve/pairing.ts';
import { intToBytes } from '../../src/field/field.ts';
import { insecureSeededRng, RandomElements } from '../../src/field/random.ts';
import { loadKzgKey, restoreKzgKey } from '../../src/pcs/kzg-key.ts';
import { CK_LABEL } from '../../src/pcs/pedersen.ts';
import { ptauFrom } from '../../src/pcs/ptau.ts';
import { outsideG2 } from '../support/g2.ts';
import { INSECURE_TAU, testPtau, withG1, withG2, withSection } from '../support/ptau.ts';
import type { Attempt } from './hostile.ts';

/** Powers in the files. */
const N = 8;

export async function setups(backend: Backend): Promise<{ list: Attempt[]; close(): void }> {
  return { list: [...(await powersOfTau(backend)), ...randomSources()], close: () => {} };
}

async function powersOfTau(backend: Backend): Promise<Attempt[]> {
  const file = await testPtau(3);
  const attempt = (
    name: string,
    code: string,
    bytes: Uint8Array,
    { n = N, ...more }: Partial<Attempt> & { n?: number } = {},
  ): Attempt => ({
    name: `powers of tau: ${name} (A16)`,
    code,
    run: async () => backend.free((await loadKzgKey(backend, ptauFrom(bytes), CK_LABEL, n)).bases),
    ...more,
  });
  const power = (i: number) => bn256.mul(bn256.scalar.pow(INSECURE_TAU, BigInt(i)), bn256.generator);
  let doubled = file;
  for (let i = 0; i < N; i++) doubled = withG1(doubled, i, bn256.double(power(i)));
  const oneMore = withSection(file, 2, (bytes) => {
    const x = bytes.slice(64, 96).reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
    bytes.set(intToBytes(x + bn256.base.p, 32), 64);
    return bytes;
  });
  const h = await fromLabel(bn256, CK_LABEL, 1);
  const kept = (name: string, powers: readonly AffinePoint[], against: readonly string[]): Attempt => ({
    name: `kept powers of tau: ${name} (A16)`,
    code: 'InvalidCommitmentKey',
    run: async () => {
      const points = new Uint8Array(Buffer.concat([h, ...powers.map((P) => bn256.toXY(P))]));
      const tauH = mulG2(INSECURE_TAU, G2_GENERATOR);
      backend.free((await restoreKzgKey(backend, points, tauH, false)).bases);
    },
    against,
  });
  const powers = Array.from({ length: N }, (_, i) => power(i));
  const pairing = '!pairingsAgree(L, tauH, R, G2_GENERATOR)';
  return [
    attempt('one of another tau', 'PtauFileError', withG1(file, 5, bn256.double(power(5))), {
      against: [pairing],
    }),
    attempt('all of another tau', 'PtauFileError', withG2(file, 1, mulG2(INSECURE_TAU + 1n, G2_GENERATOR)), {
      against: [pairing],
    }),
    attempt('of another generator', 'PtauFileError', doubled, {
      against: ['G.some((byte, i) => byte !== powers[i])'],
    }),
    attempt('of another generator of G2', 'PtauFileError', withG2(file, 0, mulG2(2n, G2_GENERATOR)), {
      against: ['!equalG2(H, G2_GENERATOR)'],
    }),
    kept('one of another tau', powers.with(3, bn256.generator), [pairing]),
    kept(
      'of another generator',
      powers.map((P) => bn256.double(P)),
      ['G.some((byte, i) => byte !== powers[i])'],
    ),
    attempt('with an identity', 'PtauFileError', withG1(file, 3, undefined)),
    attempt('with an identity in G2', 'PtauFileError', withG2(file, 1, undefined)),
    attempt('off the curve', 'PointNotOnCurve', withG1(file, 3, { x: 1n, y: 1n })),
    attempt('outside of G2', 'PointNotInSubgroup', withG2(file, 1, outsideG2())),
    attempt('with a coordinate that is not below the modulus', 'PtauFileError', oneMore, {
      against: ['!bn256.base.isCanonical(form)'],
    }),
    attempt('too few', 'PtauFileError', file, { n: 4 * N }),
  ];
}

function randomSources(): Attempt[] {
  const attempt = (name: string, bytes: (n: number) => Uint8Array, against: readonly string[]): Attempt => ({
    name: `a random source that ${name} (A17)`,
    code: 'RandomnessFailure',
    run: async () => {
      const random = new RandomElements({ bytes });
      random.next(pallas.scalar);
      random.next(pallas.scalar);
    },
    against,
  });
  const rng = insecureSeededRng('fresh');
  const block = rng.bytes(64);
  return [
    attempt('returns the same bytes again', () => block, ['last !== undefined && block.every']),
    attempt('is constant', (n) => new Uint8Array(n).fill(7), [
      'block.every((b) => b === block[0])',
      'last !== undefined && block.every',
    ]),
    attempt('begins with a constant', once(new Uint8Array(64).fill(7)), [
      'block.every((b) => b === block[0])',
    ]),
    attempt('runs short', (n) => rng.bytes(n - 1), ['bytes.length !== count * RANDOM_BYTES']),
    {
      ...attempt('returns a list', (n) => Array.from(rng.bytes(n)) as never, []),
      name: 'a random source that returns a list (A17)',
    },
  ].map(({ against = [], ...rest }) => (against.length > 0 ? { ...rest, against } : rest));

  /** These bytes first, then others. */
  function once(first: Uint8Array): (n: number) => Uint8Array {
    let drawn = 0;
    return (n) => (drawn++ % 2 === 0 ? first : rng.bytes(n));
  }
}
