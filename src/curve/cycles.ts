import { NovaError } from '../errors.ts';
import type { Curve } from './curve.ts';
import { bn256, grumpkin, pallas, secp256k1, secq256k1, vesta } from './curves.ts';

/**
 * How commitments on the primary curve are opened: by inner products, or by pairings, whose commitment keys are powers of tau.
 * On the secondary curve it is always `ipa`.
 */
export type Opening = 'ipa' | 'hyperkzg' | 'mercury';

/**
 * A cycle of curves: each one's base field is the other's scalar field. The user's step circuit runs over the primary
 * curve's scalar field.
 */
export interface Cycle {
  readonly name: string;
  readonly primary: Curve;
  readonly secondary: Curve;
  /** Default: `ipa`. */
  readonly opening?: Opening;
}

/** The cycles of nova-snark (`src/provider/mod.rs`), each in the orientation its tests use. */
export const CYCLES: readonly Cycle[] = /* @__PURE__ */ [
  { name: 'pasta', primary: pallas, secondary: vesta },
  { name: 'bn-ipa', primary: bn256, secondary: grumpkin },
  { name: 'secp', primary: secp256k1, secondary: secq256k1 },
  { name: 'bn-kzg', primary: bn256, secondary: grumpkin, opening: 'hyperkzg' },
  { name: 'bn-mercury', primary: bn256, secondary: grumpkin, opening: 'mercury' },
];

/**
 * Whether the primary commitment key of a cycle consists of powers of tau, which only a ceremony's file has.
 *
 * @example
 * needsPtau(cycleByName('bn-kzg')); // true
 */
export function needsPtau({ opening = 'ipa' }: Cycle): boolean {
  return opening !== 'ipa';
}

/**
 * The cycle of that name.
 *
 * @throws {@link NovaError} `UnknownCycle`; the message lists the names
 * @example
 * const { primary, secondary } = cycleByName('pasta'); // Pallas and Vesta
 */
export function cycleByName(name: string): Cycle {
  const cycle = CYCLES.find((c) => c.name === name);
  if (cycle === undefined) {
    throw new NovaError(
      'UnknownCycle',
      `no cycle "${name}"; there are ${CYCLES.map((c) => c.name).join(', ')}`,
    );
  }
  return cycle;
}
