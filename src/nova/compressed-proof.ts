/** What a compressed proof consists of, and its encoding. */
import type { AffinePoint } from '../curve/curve.ts';
import type { Cycle } from '../curve/cycles.ts';
import {
  readInstance,
  readRelaxedInstance,
  writeInstance,
  writeRelaxedInstance,
  type Instance,
  type RelaxedInstance,
} from '../r1cs/instance.ts';
import { ByteReader } from '../wire/reader.ts';
import { ByteWriter } from '../wire/writer.ts';
import type { FinalVerifiers } from './final-verifiers.ts';

/**
 * A compressed proof, in the order of nova-snark's `CompressedSNARK`. Uf is the secondary running instance with the last one
 * folded in; Un are the instances that the SNARKs are about: running ones, hidden by a random one.
 */
export interface CompressedProof {
  readonly rUSecondary: RelaxedInstance;
  readonly riSecondary: bigint;
  readonly lUSecondary: Instance;
  /** Commitments to the cross terms of the three folds. */
  readonly commTUfSecondary: AffinePoint;
  /** The random instance. */
  readonly lUrSecondary: RelaxedInstance;
  readonly commTUnSecondary: AffinePoint;
  readonly rUPrimary: RelaxedInstance;
  readonly riPrimary: bigint;
  readonly lUrPrimary: RelaxedInstance;
  readonly commTUnPrimary: AffinePoint;
  /** The blinds of Un's commitments: it hides the running instance, and need not be hidden itself. */
  readonly rWnPrimary: bigint;
  readonly rEnPrimary: bigint;
  readonly rWnSecondary: bigint;
  readonly rEnSecondary: bigint;
  readonly snarkPrimary: unknown;
  readonly snarkSecondary: unknown;
  /** The state of the computation after the last step. */
  readonly zn: readonly bigint[];
}

/** The encoding of a proof, as nova-snark's. */
export function encodeCompressedProof(
  cycle: Cycle,
  snarks: FinalVerifiers,
  proof: CompressedProof,
): Uint8Array {
  const [E1, E2] = [cycle.primary, cycle.secondary];
  const w = new ByteWriter();
  writeRelaxedInstance(w, E2, proof.rUSecondary);
  w.element(E2.scalar, proof.riSecondary);
  writeInstance(w, E2, proof.lUSecondary);
  w.point(E2, proof.commTUfSecondary);
  writeRelaxedInstance(w, E2, proof.lUrSecondary);
  w.point(E2, proof.commTUnSecondary);
  writeRelaxedInstance(w, E1, proof.rUPrimary);
  w.element(E1.scalar, proof.riPrimary);
  writeRelaxedInstance(w, E1, proof.lUrPrimary);
  w.point(E1, proof.commTUnPrimary);
  w.element(E1.scalar, proof.rWnPrimary);
  w.element(E1.scalar, proof.rEnPrimary);
  w.element(E2.scalar, proof.rWnSecondary);
  w.element(E2.scalar, proof.rEnSecondary);
  snarks.primary.writeProof(w, E1, proof.snarkPrimary);
  snarks.secondary.writeProof(w, E2, proof.snarkSecondary);
  w.elements(E1.scalar, proof.zn);
  return w.finish();
}

/** The proof that `bytes` encode, all of them. @throws {@link NovaError} `InvalidEncoding` */
export function decodeCompressedProof(
  cycle: Cycle,
  snarks: FinalVerifiers,
  bytes: Uint8Array,
): CompressedProof {
  const [E1, E2] = [cycle.primary, cycle.secondary];
  const r = new ByteReader(bytes);
  const rUSecondary = readRelaxedInstance(r, E2);
  const riSecondary = r.element(E2.scalar, 'ri_secondary');
  const lUSecondary = readInstance(r, E2);
  const commTUfSecondary = r.point(E2, 'the cross term of Uf');
  const lUrSecondary = readRelaxedInstance(r, E2);
  const commTUnSecondary = r.point(E2, 'the secondary cross term of Un');
  const rUPrimary = readRelaxedInstance(r, E1);
  const riPrimary = r.element(E1.scalar, 'ri_primary');
  const lUrPrimary = readRelaxedInstance(r, E1);
  const commTUnPrimary = r.point(E1, 'the primary cross term of Un');
  const rWnPrimary = r.element(E1.scalar, 'the primary blind of W');
  const rEnPrimary = r.element(E1.scalar, 'the primary blind of E');
  const rWnSecondary = r.element(E2.scalar, 'the secondary blind of W');
  const rEnSecondary = r.element(E2.scalar, 'the secondary blind of E');
  const snarkPrimary = snarks.primary.readProof(r, E1);
  const snarkSecondary = snarks.secondary.readProof(r, E2);
  const zn = r.elements(E1.scalar, 'zn');
  r.end('the compressed proof');
  return {
    rUSecondary,
    riSecondary,
    lUSecondary,
    commTUfSecondary,
    lUrSecondary,
    commTUnSecondary,
    rUPrimary,
    riPrimary,
    lUrPrimary,
    commTUnPrimary,
    rWnPrimary,
    rEnPrimary,
    rWnSecondary,
    rEnSecondary,
    snarkPrimary,
    snarkSecondary,
    zn,
  };
}
