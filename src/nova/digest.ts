/** The digest of the public parameters: SHA3-256 over their encoding, which it pins down to the last constant. */
import type { Curve } from '../curve/curve.ts';
import { encodeG2, type G2Point } from '../curve/g2.ts';
import type { PrimeField } from '../field/field.ts';
import type { ConstraintMatrices } from '../field/sparse.ts';
import { digest, type Sha3 } from '../hash/digest.ts';
import { narrowConstants, wideConstants, type PoseidonConstants } from '../hash/poseidon-constants.ts';
import { encodePedersenKey } from '../pcs/pedersen.ts';
import { encodeShape } from '../r1cs/shape.ts';
import { ByteWriter } from '../wire/writer.ts';

/** nova-snark's `HashType::Sponge` and `Strength::Standard`, as their encodings. */
const HASH_TYPE_SPONGE = 6;
const STRENGTH_STANDARD = 0;

/** What the digest covers, of one curve. */
export interface DigestedSide {
  readonly curve: Curve;
  /** h, then the generators, 64 bytes each. */
  readonly points: Uint8Array;
  /** What a key of powers of tau has besides. */
  readonly tauH?: G2Point | undefined;
  readonly shape: ConstraintMatrices;
}

/** The low 250 bits of the hash, as a number. `sha3` starts a hash; default: @noble/hashes. */
export async function parametersDigest(
  arity: number,
  primary: DigestedSide,
  secondary: DigestedSide,
  options: { signal?: AbortSignal | undefined; sha3?: (() => Sha3) | undefined } = {},
): Promise<bigint> {
  return digest(encodeParameters(arity, primary, secondary), options);
}

/** The reference's encoding of `PublicParams`, section by section. */
export function* encodeParameters(
  arity: number,
  primary: DigestedSide,
  secondary: DigestedSide,
): Generator<Uint8Array> {
  const F_arity = new ByteWriter();
  F_arity.u64(arity);
  yield F_arity.finish();
  // constants of the oracle on each curve, and of the oracle in each circuit, which works over the other curve's base field
  const ofPrimary = encodeOracleConstants(primary.curve.base);
  const ofSecondary = encodeOracleConstants(secondary.curve.base);
  yield ofPrimary;
  yield ofSecondary;
  yield ofSecondary;
  yield ofPrimary;
  for (const { curve, points, tauH, shape } of [primary, secondary]) {
    yield* encodePedersenKey(curve, points);
    if (tauH !== undefined) yield encodeG2(tauH);
    yield* encodeShape(shape);
  }
}

/** The constants of an oracle over F, those of the wide and of the narrow instance. */
export function encodeOracleConstants(F: PrimeField): Uint8Array {
  const w = new ByteWriter();
  writePoseidonConstants(w, wideConstants(F));
  writePoseidonConstants(w, narrowConstants(F));
  return w.finish();
}

function writePoseidonConstants(w: ByteWriter, c: PoseidonConstants): void {
  const F = c.field;
  const matrix = (m: readonly (readonly bigint[])[]) => {
    w.u64(m.length);
    m.forEach((row) => w.elements(F, row));
  };
  const { m, mInv, mHat, mHatInv, mPrime, mDoublePrime } = c.mds;
  [m, mInv, mHat, mHatInv, mPrime, mDoublePrime].forEach(matrix);
  w.elements(F, c.compressedRoundConstants);
  matrix(c.preSparseMatrix);
  w.u64(c.sparseMatrices.length);
  for (const { wHat, vRest } of c.sparseMatrices) {
    w.elements(F, wHat);
    w.elements(F, vRest);
  }
  w.u32(STRENGTH_STANDARD);
  w.u64(c.fullRounds);
  w.u64(c.partialRounds);
  w.u32(HASH_TYPE_SPONGE);
}
