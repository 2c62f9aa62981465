import { NovaError } from '../errors.ts';
import type { Curve } from './curve.ts';
import { bn256, grumpkin, pallas, secp256k1, secq256k1, vesta } from './curves.ts';

/**
 * A cycle of curves: each one's base field is the other's scalar field. The user's step circuit runs over the primary
 * curve's scalar field.
 */
export interface Cycle {
  readonly name: string;
  readonly primary: Curve;
  readonly secondary: Curve;
}

/** The cycles of nova-snark (`src/provider/mod.rs`), each in the orientation its tests use. */
export const CYCLES: readonly Cycle[] = /* @__PURE__ */ [
  { name: 'pasta', primary: pallas, secondary: vesta },
  { name: 'bn-ipa', primary: bn256, secondary: grumpkin },
  { name: 'secp', primary: secp256k1, secondary: secq256k1 },
];

/** The cycle of that name. @throws {@link NovaError} `UnknownCycle`; the message lists the names. */
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
