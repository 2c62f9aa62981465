/** The commitment key of the pairing-based schemes: powers of tau (nova-snark's `src/provider/hyperkzg.rs`). */
import { NovaError } from '../errors.ts';
import type { Backend, Control } from '../backend/backend.ts';
import { POINT_BYTES } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { G2_GENERATOR, type G2Point } from '../curve/g2.ts';
import { FIELD_BYTES } from '../field/field.ts';
import { systemRng } from '../field/random.ts';
import type { CommitmentKey } from './evaluation-engine.ts';
import { checkFirstPower, ptauError, readPtauLayout, readTauG1, readTauH, type PtauSource } from './ptau.ts';

/** h and tau^i G for i < n as generators, resident; and tau H, which only verifiers need. */
export interface KzgKey extends CommitmentKey {
  readonly tauH: G2Point;
}

/** Bytes of a random coefficient of the test of powers: what is not powers of tau passes with probability 2^-128. */
const RANDOM_BYTES = 16;
/** Coefficients drawn at a time: `getRandomValues` returns at most 64 KiB. */
const DRAWN = 4096;

/**
 * The key of n powers of tau, all of them checked, and the blinding generator of a label.
 *
 * @throws {@link NovaError} `PtauFileError`, `PointNotOnCurve`, `PointNotInSubgroup`, `Aborted`, `OutOfMemory`
 * @example
 * const ck = await loadKzgKey(backend, ptauFrom(bytes), CK_LABEL, 2 ** 14);
 */
export async function loadKzgKey(
  backend: Backend,
  source: PtauSource,
  label: Uint8Array,
  n: number,
  control: Control = {},
): Promise<KzgKey> {
  const file = await source(n);
  try {
    const layout = await readPtauLayout(file);
    const tauH = await readTauH(file, layout);
    const powers = await readTauG1(file, layout, n, part(control, 0));
    const points = new Uint8Array(POINT_BYTES * (n + 1));
    const { fromLabel } = await import('../curve/generators.ts');
    points.set(await fromLabel(bn256, label, 1));
    points.set(powers, POINT_BYTES);
    await checkPowers(backend, points, tauH, (why) => ptauError(file, why), part(control, 1));
    const { signal } = control;
    const bases = await backend.loadBases(bn256, points, { signal, trusted: true });
    return { bases, tauH };
  } finally {
    await file.close();
  }
}

/**
 * The same key from what was kept of it: h and the powers, 64 bytes each.
 *
 * @param trusted nothing is checked: whoever kept the points vouches for them
 * @throws {@link NovaError} `InvalidCommitmentKey`, `Aborted`, `OutOfMemory`
 */
export async function restoreKzgKey(
  backend: Backend,
  points: Uint8Array,
  tauH: G2Point,
  trusted: boolean,
  control: Control = {},
): Promise<KzgKey> {
  const refuse = (why: string) => new NovaError('InvalidCommitmentKey', `kept powers of tau: ${why}`);
  if (!trusted) await checkPowers(backend, points, tauH, refuse, control);
  const bases = await backend.loadBases(bn256, points, { ...control, trusted: true });
  return { bases, tauH };
}

/** The control of one half of the work: reading, then checking. */
function part({ signal, onProgress }: Control, half: 0 | 1): Control {
  return { signal, onProgress: onProgress && ((share) => onProgress((half + share) / 2)) };
}

/** The tau H of a source that has n powers. @throws {@link NovaError} as {@link loadKzgKey} */
export async function tauHOf(source: PtauSource, n: number): Promise<G2Point> {
  const file = await source(n);
  try {
    return await readTauH(file, await readPtauLayout(file));
  } finally {
    await file.close();
  }
}

/**
 * Checks that P_0 = G, that every P_i is a point, and that P_(i+1) = tau P_i, by one random combination of all these equations:
 * e(sum of rho_i P_i, tau H) = e(sum of rho_i P_(i+1), H). The coefficients come from the system: whoever made the points must
 * not know them.
 */
async function checkPowers(
  backend: Backend,
  points: Uint8Array,
  tauH: G2Point,
  refuse: (why: string) => NovaError,
  control: Control,
): Promise<void> {
  checkFirstPower(points.subarray(POINT_BYTES), refuse);
  // a key of its own, freed at once: engines prepare a key for the vectors that it commits to first
  const bases = await backend.loadBases(bn256, points, { signal: control.signal });
  const n = bases.length;
  const rho = new Uint8Array(FIELD_BYTES * (n + 1));
  for (let i = 1; i < n; i += DRAWN) {
    const drawn = systemRng.bytes(RANDOM_BYTES * Math.min(DRAWN, n - i));
    for (let k = 0; k < drawn.length / RANDOM_BYTES; k++) {
      rho.set(drawn.subarray(RANDOM_BYTES * k, RANDOM_BYTES * (k + 1)), FIELD_BYTES * (i + k));
    }
  }
  const lower = backend.vector(bn256.scalar, n, 'coefficients of P_i');
  const upper = backend.vector(bn256.scalar, n, 'coefficients of P_(i+1)');
  try {
    // rho has a zero at either end: the one is P_0's place, the other that of the last power
    backend.upload(upper, rho.subarray(0, FIELD_BYTES * n));
    backend.upload(lower, rho.subarray(FIELD_BYTES));
    const [L, R] = await backend.read(
      [backend.commit(bases, lower, 0n), backend.commit(bases, upper, 0n)],
      control,
    );
    const { pairingsAgree } = await import('../curve/pairing.ts');
    if (!pairingsAgree(L, tauH, R, G2_GENERATOR)) {
      throw refuse('its points of G1 are not the powers of the tau in its point of G2');
    }
  } finally {
    backend.free(lower, upper, bases);
  }
}
