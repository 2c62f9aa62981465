/** What Nova's random oracle absorbs, and in which form. It works over the base field of the absorbed instance's curve. */
import type { AffinePoint, Curve } from '../curve/curve.ts';
import { N_LIMBS } from '../circuit/gadgets/bignat.ts';
import { intToLimbs } from '../field/limbs.ts';
import { PoseidonRO } from '../hash/poseidon.ts';
import type { Instance, RelaxedInstance } from '../r1cs/instance.ts';
import { NUM_HASH_BITS } from '../hash/digest.ts';
import { NUM_CHALLENGE_BITS } from './constants.ts';

/** x, y, and 1 for the identity. */
function absorbPoint(ro: PoseidonRO, P: AffinePoint): void {
  ro.absorb(P.x, P.y, P.infinity ? 1n : 0n);
}

/** commW, then each X as one element. */
function absorbInstance(ro: PoseidonRO, curve: Curve, U: Instance): void {
  absorbPoint(ro, U.commW);
  U.X.forEach((x) => ro.absorb(curve.base.reduce(x)));
}

/** commW, commE, u, then each X as limbs: unlike a plain instance's, it need not fit in the base field. */
function absorbRelaxedInstance(ro: PoseidonRO, curve: Curve, U: RelaxedInstance): void {
  absorbPoint(ro, U.commW);
  absorbPoint(ro, U.commE);
  ro.absorb(curve.base.reduce(U.u));
  U.X.forEach((x) => ro.absorb(...intToLimbs(x, N_LIMBS)));
}

/**
 * The folding challenge: the hash of the parameters' digest, the instance to be folded in, and the cross term. The running
 * instance is not absorbed: in Nova, U2.X[0] is a hash of it.
 */
export function foldingChallenge(curve: Curve, digest: bigint, U2: Instance, commT: AffinePoint): bigint {
  const ro = new PoseidonRO(curve.base);
  ro.absorb(digest);
  absorbInstance(ro, curve, U2);
  absorbPoint(ro, commT);
  return ro.squeeze(NUM_CHALLENGE_BITS);
}

/** The challenge of folding two relaxed instances. Nothing binds the first one beforehand, so both are absorbed. */
export function relaxedFoldingChallenge(
  curve: Curve,
  digest: bigint,
  U1: RelaxedInstance,
  U2: RelaxedInstance,
  commT: AffinePoint,
): bigint {
  const ro = new PoseidonRO(curve.base);
  ro.absorb(digest);
  absorbRelaxedInstance(ro, curve, U1);
  absorbRelaxedInstance(ro, curve, U2);
  absorbPoint(ro, commT);
  return ro.squeeze(NUM_CHALLENGE_BITS);
}

/** H(digest, i, z0, zi, U, r): the hash that links one step to the next; `curve` is U's. */
export function publicHash(
  curve: Curve,
  digest: bigint,
  i: number,
  z0: readonly bigint[],
  zi: readonly bigint[],
  U: RelaxedInstance,
  r: bigint,
): bigint {
  const ro = new PoseidonRO(curve.base);
  ro.absorb(digest, BigInt(i), ...z0, ...zi);
  absorbRelaxedInstance(ro, curve, U);
  ro.absorb(r);
  return ro.squeeze(NUM_HASH_BITS);
}
