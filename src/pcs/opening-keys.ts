/** The keys of the pairing-based schemes, HyperKZG's and Mercury's alike (nova-snark's `src/provider/hyperkzg.rs`). */
import type { Backend, Bases, Control, Vec } from '../backend/backend.ts';
import type { Curve } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { encodeG2, equalG2, G2_BYTES, G2_GENERATOR, type G2Point } from '../curve/g2.ts';
import { NovaError } from '../errors.ts';
import type { ByteReader } from '../wire/reader.ts';
import type { ResidentKey } from './evaluation-engine.ts';
import type { KzgKey } from './kzg-key.ts';
import { checkKeyLength } from './pedersen.ts';
import { Workspace } from './workspace.ts';

/** The powers of tau, and the vectors that proofs work in. */
export class KzgProverKey implements ResidentKey {
  readonly backend: Backend;
  readonly curve: Curve = bn256;
  readonly bases: Bases;
  readonly workspace: Workspace;

  constructor(backend: Backend, bases: Bases, scheme: string) {
    this.backend = backend;
    this.bases = bases;
    this.workspace = new Workspace(backend, bn256.scalar, scheme);
  }

  close(): void {
    this.workspace.close();
  }
}

/** tau H; with the two generators it is all that a verifier needs. */
export class KzgVerifierKey implements ResidentKey {
  readonly backend: Backend;
  readonly curve: Curve = bn256;
  readonly tauH: G2Point;

  constructor(backend: Backend, tauH: G2Point) {
    this.backend = backend;
    this.tauH = tauH;
  }

  close(): void {}
}

/** Both keys. @throws {@link NovaError} `InvalidCommitmentKey` unless ck has powers of tau; `InvalidCommitmentKeyLength` */
export async function setupKzg(
  backend: Backend,
  { bases, tauH }: KzgKey,
  n: number,
  scheme: string,
): Promise<{ pk: KzgProverKey; vk: KzgVerifierKey }> {
  if (bases.curve !== bn256 || tauH === undefined) {
    throw new NovaError(
      'InvalidCommitmentKey',
      `${scheme} takes a commitment key of powers of tau: one of the cycle bn-kzg or bn-mercury`,
    );
  }
  checkKeyLength(bases, n);
  return { pk: new KzgProverKey(backend, bases, scheme), vk: new KzgVerifierKey(backend, tauH) };
}

/**
 * The number of values of a polynomial in k variables, after checking that `poly` has as many and the key suffices.
 *
 * @throws {@link NovaError} `InvalidInputLength`, `InvalidCommitmentKeyLength`
 */
export function checkPolynomial(bases: Bases, poly: Vec, variables: number): number {
  const n = 2 ** variables;
  if (poly.length !== n) {
    throw new NovaError(
      'InvalidInputLength',
      `a polynomial in ${variables} variables has ${n} values, not ${poly.length}`,
    );
  }
  checkKeyLength(bases, n);
  return n;
}

/** G, H and tau H, compressed. */
export async function* encodeKzgVerifierKey({ tauH }: KzgVerifierKey): AsyncGenerator<Uint8Array> {
  yield bn256.encode(bn256.generator);
  yield encodeG2(G2_GENERATOR);
  yield encodeG2(tauH);
}

/**
 * A key whose G and H are the generators and whose tau H is a point of G2: with the identity for any of them every proof would
 * verify.
 *
 * @throws {@link NovaError} `InvalidEncoding`, `InvalidCommitmentKey`
 */
export async function readKzgVerifierKey(
  backend: Backend,
  _curve: Curve,
  r: ByteReader,
  _control?: Control,
): Promise<KzgVerifierKey> {
  const G = r.point(bn256, 'G');
  const H = await pointOfG2(r, 'H');
  const tauH = await pointOfG2(r, 'tau H');
  if (!bn256.equals(G, bn256.generator) || !equalG2(H, G2_GENERATOR)) {
    throw new NovaError(
      'InvalidCommitmentKey',
      'a verifier key has other points than the generators of G1 and G2',
    );
  }
  return new KzgVerifierKey(backend, tauH);
}

async function pointOfG2(r: ByteReader, what: string): Promise<G2Point> {
  const { decodeG2 } = await import('../curve/pairing.ts');
  const bytes = r.bytes(G2_BYTES, what);
  try {
    return decodeG2(bytes, what);
  } catch (cause) {
    if (!(cause instanceof NovaError) || cause.code !== 'PointNotInSubgroup') throw cause;
    throw new NovaError('InvalidCommitmentKey', cause.message, { cause });
  }
}
