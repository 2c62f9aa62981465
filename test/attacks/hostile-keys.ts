/** Verifier keys that were changed, belong to something else, or never were any. */
import type { Backend } from '../../src/backend/backend.ts';
import { IDENTITY } from '../../src/curve/curve.ts';
import { bn256, pallas, vesta } from '../../src/curve/curves.ts';
import { encodeG2, G2_GENERATOR } from '../../src/curve/g2.ts';
import { mulG2 } from '../../src/curve/pairing.ts';
import { intToBytes } from '../../src/field/field.ts';
import { builtinCircuit, DirectSNARK, DirectVerifierKey, VerifierKey } from '../../src/index.ts';
import { hyperkzgVerifier } from '../../src/pcs/hyperkzg.ts';
import { encodeShape } from '../../src/r1cs/shape.ts';
import { ByteReader } from '../../src/wire/reader.ts';
import { matricesOf, type Rows } from '../support/matrices.ts';
import { outsideG2 } from '../support/g2.ts';
import type { Attempt } from './hostile.ts';
import { OpenCycle } from './open-cycle.ts';

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const put = (bytes: Uint8Array, at: number, by: Uint8Array) => {
  const copy = bytes.slice();
  copy.set(by, at);
  return copy;
};

export async function keys(backend: Backend): Promise<{ list: Attempt[]; close(): void }> {
  return {
    list: [
      ...(await directKeys(backend)),
      ...(await preprocessingKeys(backend)),
      ...(await compressedKeys(backend)),
      ...pairingKeys(backend),
    ],
    close: () => {},
  };
}

/** Opens a key and closes it again. */
async function opened(key: Promise<{ close(): void }>): Promise<void> {
  (await key).close();
}

async function directKeys(backend: Backend): Promise<Attempt[]> {
  const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
  const other = await DirectSNARK.setup(builtinCircuit('square:3'), { backend });
  const [bytes, otherBytes, digest] = [await vk.encode(), await other.vk.encode(), await vk.digest()];
  const forged = (await DirectSNARK.prove(other.pk, [2n])).proof;
  const end = (await DirectSNARK.prove(other.pk, [2n])).zNext;
  for (const key of [pk, other.pk, vk, other.vk]) key.close();
  const decode = (raw: Uint8Array, pinned?: string) =>
    DirectVerifierKey.decode(raw, { backend, digest: pinned });
  const attempt = (name: string, code: string, run: () => unknown, more: Partial<Attempt> = {}): Attempt => ({
    name: `key of direct proofs: ${name}`,
    code,
    run: async () => run(),
    ...more,
  });

  // h | ck: length, generators, h | the inner product's: length, Q, its h | shape
  const n = Number(bytes[32]);
  const ckS = 32 + 8 + 32 * (n + 1);
  const shape = ckS + 8 + 64;
  const withShape = (constraints: number, variables: number, edit = (raw: Uint8Array) => raw) => {
    const row: Rows = Array.from({ length: constraints }, (_, i) => [[i % variables, 3n]] as const);
    const sections = [...encodeShape(matricesOf(pallas.scalar, variables, 1, [row, row, row]))];
    return join(bytes.slice(0, shape), edit(join(...sections)));
  };
  const entry = 24 + 8; // of A, behind three counts and the number of entries
  return [
    attempt('the prover’s, closed', 'BackendClosed', () => DirectSNARK.prove(pk, [2n])),
    attempt(
      'pinned, of another circuit (A4)',
      'ParamsMismatch',
      async () => {
        const key = await decode(otherBytes, digest);
        await forged.verify(key, [2n], end);
        key.close();
      },
      { against: ['await pinBytes(bytes, options.digest, options)'] },
    ),
    attempt('pinned, of another circuit, by the other name', 'ParamsMismatch', async () => {
      const key = await decode(otherBytes);
      try {
        await key.pin(digest);
      } finally {
        key.close();
      }
    }),
    attempt('another generator of the blinds', 'InvalidCommitmentKey', () =>
      opened(decode(put(bytes, 0, pallas.encode(pallas.generator)))),
    ),
    attempt('a byte more', 'InvalidEncoding', () => opened(decode(join(bytes, Uint8Array.of(0))))),
    attempt('a byte less', 'InvalidEncoding', () => opened(decode(bytes.slice(0, -1)))),
    attempt('two generators for the inner product', 'InvalidEncoding', () =>
      opened(
        decode(
          join(bytes.slice(0, ckS), intToBytes(2n, 8), pallas.encode(pallas.generator), bytes.slice(ckS + 8)),
        ),
      ),
    ),
    attempt('an identity among the generators', 'InvalidEncoding', () =>
      opened(decode(put(bytes, 32 + 8, pallas.encode(IDENTITY)))),
    ),
    attempt('an identity for the inner product', 'InvalidEncoding', () =>
      opened(decode(put(bytes, ckS + 8, pallas.encode(IDENTITY)))),
    ),
    attempt('generators without end', 'InvalidEncoding', () =>
      opened(decode(put(bytes, 32, new Uint8Array(8).fill(255)))),
    ),
    attempt('rows that are not padded', 'InvalidEncoding', () => opened(decode(withShape(3, 4)))),
    attempt('more rows than columns, not padded', 'InvalidEncoding', () => opened(decode(withShape(4, 3)))),
    attempt('an entry that is zero', 'InvalidEncoding', () =>
      opened(decode(withShape(4, 4, (raw) => put(raw, entry, new Uint8Array(32))))),
    ),
    attempt('an entry that is no element', 'InvalidEncoding', () =>
      opened(decode(withShape(4, 4, (raw) => put(raw, entry, new Uint8Array(32).fill(255))))),
    ),
    attempt('a column that there is not', 'InvalidIndex', () =>
      opened(decode(withShape(4, 4, (raw) => put(raw, entry + 4 * 32 + 8, intToBytes(99n, 8))))),
    ),
    attempt('a column beyond 32 bits', 'InvalidEncoding', () =>
      opened(decode(withShape(4, 4, (raw) => put(raw, entry + 4 * 32 + 8, intToBytes(2n ** 32n, 8))))),
    ),
    attempt('a matrix of another width', 'InvalidEncoding', () =>
      opened(
        decode(withShape(4, 4, (raw) => put(raw, entry + 4 * 32 + 8 + 4 * 8 + 8 + 5 * 8, intToBytes(9n, 8)))),
      ),
    ),
  ];
}

async function preprocessingKeys(backend: Backend): Promise<Attempt[]> {
  const { pk, vk } = await DirectSNARK.setup(builtinCircuit('cubic'), { backend, snark: 'ppsnark' });
  const bytes = await vk.encode();
  const spartan = await DirectSNARK.setup(builtinCircuit('cubic'), { backend });
  const plain = await spartan.vk.encode();
  for (const key of [pk, vk, spartan.pk, spartan.vk]) key.close();
  const attempt = (name: string, at: number, n: bigint): Attempt => ({
    name: `key with preprocessing: ${name}`,
    code: 'InvalidEncoding',
    run: () =>
      opened(DirectVerifierKey.decode(put(bytes, at, intToBytes(n, 8)), { backend, snark: 'ppsnark' })),
  });
  const without = (name: string, snark: 'snark' | 'ppsnark', code: string, arity?: number): Attempt => ({
    name: `key of direct proofs: ${name}`,
    code,
    run: () => opened(DirectVerifierKey.decode(snark === 'snark' ? plain : bytes, { backend, snark, arity })),
  });
  // h | rows | variables | keys of the scheme | N | seven commitments
  const N = bytes.length - 7 * 32 - 8;
  return [
    without('of no arity', 'ppsnark', 'InvalidArgument'),
    without('of another arity', 'snark', 'ParamsMismatch', 2),
    attempt('rows that are no power of two', 32, 3n),
    attempt('no rows', 32, 0n),
    attempt('too many rows', 32, 2n ** 32n),
    attempt('rows without end', 32, 2n ** 64n - 1n),
    attempt('variables that are no power of two', 40, 5n),
    attempt('entries that are no power of two', N, 12n),
    attempt('too few entries', N, 1n),
    attempt('too many entries', N, 2n ** 40n),
  ];
}

async function compressedKeys(backend: Backend): Promise<Attempt[]> {
  const open = await OpenCycle.open(backend, 'pasta', 'snark');
  const bytes = await open.vk.encode();
  const digest = await open.vk.digest();
  open.close();
  const decode = (raw: Uint8Array, pinned?: string) =>
    opened(VerifierKey.decode(raw, { backend, digest: pinned }));
  const attempt = (
    name: string,
    code: string,
    raw: Uint8Array,
    pinned?: string,
    more: Partial<Attempt> = {},
  ): Attempt => ({
    name: `key of compressed proofs: ${name}`,
    code,
    run: () => decode(raw, pinned),
    ...more,
  });
  const hs = bytes.length - 64;
  const digestAt = placeOf(bytes, intToBytes(0xd16e57n, 32));
  return [
    attempt(
      'pinned, with another digest of the parameters (A4)',
      'ParamsMismatch',
      put(bytes, digestAt, Uint8Array.of(0)),
      digest,
      {
        against: ['await pinBytes(bytes, options.digest, options)'],
      },
    ),
    attempt('an arity of zero', 'InvalidEncoding', put(bytes, 0, new Uint8Array(8))),
    attempt('an arity beyond 32 bits', 'InvalidEncoding', put(bytes, 0, intToBytes(2n ** 32n, 8))),
    attempt(
      'other constants of the primary oracle',
      'InvalidEncoding',
      put(bytes, 8 + 8 + 8, Uint8Array.of(bytes[24] ^ 1)),
    ),
    attempt(
      'other constants of the secondary oracle',
      'InvalidEncoding',
      put(bytes, digestAt - 40, Uint8Array.of(bytes[digestAt - 40] ^ 1)),
    ),
    attempt(
      'a digest of more than 250 bits',
      'InvalidEncoding',
      put(bytes, digestAt + 31, Uint8Array.of(0x10)),
    ),
    attempt(
      'another generator of the primary blinds',
      'InvalidCommitmentKey',
      put(bytes, hs, pallas.encode(pallas.generator)),
    ),
    attempt(
      'another generator of the secondary blinds',
      'InvalidCommitmentKey',
      put(bytes, hs + 32, vesta.encode(vesta.generator)),
    ),
    attempt('a byte more', 'InvalidEncoding', join(bytes, Uint8Array.of(0))),
  ];
}

function placeOf(bytes: Uint8Array, part: Uint8Array): number {
  return Buffer.from(bytes).indexOf(part);
}

function pairingKeys(backend: Backend): Attempt[] {
  const G = bn256.encode(bn256.generator);
  const H = encodeG2(G2_GENERATOR);
  const tauH = encodeG2(mulG2(7n, G2_GENERATOR));
  const attempt = (name: string, code: string, ...parts: readonly Uint8Array[]): Attempt => ({
    name: `key of pairings: ${name}`,
    code,
    run: () => hyperkzgVerifier.readVerifierKey(backend, bn256, new ByteReader(join(...parts))),
  });
  return [
    attempt('the identity for G', 'InvalidCommitmentKey', bn256.encode(IDENTITY), H, tauH),
    attempt('another H', 'InvalidCommitmentKey', G, tauH, tauH),
    attempt('the identity for tau H (A6)', 'InvalidEncoding', G, H, new Uint8Array(64).with(63, 0x40)),
    attempt('a tau H outside of G2', 'InvalidCommitmentKey', G, H, encodeG2(outsideG2())),
  ];
}
