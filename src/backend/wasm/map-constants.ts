/**
 * Constants of mapping to a curve in bulk, worked out once per curve: those of the maps, and the tables of square roots.
 */
import { NovaError } from '../../errors.ts';
import type { Curve } from '../../curve/curve.ts';
import { secp256k1 } from '../../curve/curves.ts';
import { domainOf, svdwConstants } from '../../curve/hash-to-curve.ts';
import { sswuConstants, type SswuConstants } from '../../curve/simplified-swu.ts';
import type { PrimeField } from '../../field/field.ts';
import { describeField, LIMB_MASK, LIMBS, toLimbs } from './codegen/field-description.ts';
import { PAIR_BYTES } from './codegen/pair-field.ts';
import { KEY_BITS, LOGARITHM_TABLE_BYTES } from './kernels/map-to-curve.ts';
import { powerChain } from './kernels/power.ts';
import { expandTable } from './kernels/sha256.ts';

/** Bytes of an element in an array in pair layout; the limbs of two lie interleaved. */
export const PAIRED_BYTES: number = PAIR_BYTES / 2;

/** Most bits of a discrete logarithm that one look-up gives. */
const MAX_WINDOW_BITS = 8;

/** Hashes of the roots of unity that are tried. */
const MAX_ATTEMPTS = 10_000;

/** What the maps and roots of a curve need. */
export interface MapConstants {
  /** For `expandMessages`. */
  readonly expand: Uint32Array;
  readonly roots: RootConstants;
  readonly map: SvdwMap | SswuMap;
}

/**
 * Square roots as in `field/sqrt.ts` (Sarkar, https://eprint.iacr.org/2020/1407), with p - 1 = q 2^s: an exponentiation,
 * and the discrete logarithm of a^q to the base g, of order 2^s = 2^(width windows).
 */
export interface RootConstants {
  /** The power (q - 1) / 2. */
  readonly power: PowerPlan;
  readonly width: number;
  readonly windows: number;
  /** For each window k, in pair layout: g^(-j 2^(k width)) for j from 0 to 2^width - 1. */
  readonly inverses: Uint8Array;
  /** For the kernel `logarithms`, to the base g^(2^(s - width)). */
  readonly logarithms: Uint8Array;
}

/** A chain of powers of arrays. Slot 0 holds the base, which stays; the result is what the last step leaves. */
export interface PowerPlan {
  readonly slots: number;
  /** slot[to] = slot[from]^(2^squarings), times slot[by] if there is one. */
  readonly steps: readonly {
    readonly to: number;
    readonly from: number;
    readonly squarings: number;
    readonly by: number | undefined;
  }[];
}

/** Shallue-van de Woestijne, RFC 9380, F.1. */
export interface SvdwMap {
  readonly kind: 'svdw';
  readonly b: bigint;
  readonly Z: bigint;
  readonly c1: bigint;
  readonly c2: bigint;
  readonly c3: bigint;
  /** A square root of c4: c4 = -4 g(Z) / (3 Z^2), and -g(Z) 3 Z^2 has the root c3. */
  readonly rootC4: bigint;
  readonly inverseC1: bigint;
}

/** Simplified SWU and an isogeny; see `curve/simplified-swu.ts`. */
export interface SswuMap extends SswuConstants {
  readonly kind: 'sswu';
  /** A square root of (-Z)^3. */
  readonly rootZ3: bigint;
}

const CONSTANTS: Map<Curve, MapConstants> = /* @__PURE__ */ new Map();

/** The constants of a curve. @throws {@link NovaError} `InvalidArgument` if it is none of the six */
export function mapConstants(curve: Curve): MapConstants {
  let constants = CONSTANTS.get(curve);
  if (constants === undefined) {
    constants = {
      expand: expandTable(new TextEncoder().encode(domainOf(curve))),
      roots: rootConstants(curve.base),
      map: curve === secp256k1 ? sswuMap(curve) : svdwMap(curve),
    };
    CONSTANTS.set(curve, constants);
  }
  return constants;
}

function svdwMap(curve: Curve): SvdwMap {
  const F = curve.base;
  const { Z, c1, c2, c3 } = svdwConstants(curve);
  const threeZ2 = F.mul(3n, F.sqr(Z));
  const rootC4 = F.mul(F.add(c3, c3), F.inv(threeZ2));
  return { kind: 'svdw', b: curve.b, Z, c1, c2, c3, rootC4, inverseC1: F.inv(c1) };
}

function sswuMap({ base: F }: Curve): SswuMap {
  const constants = sswuConstants();
  const rootZ3 = F.sqrt(F.reduce(-(constants.Z ** 3n)))!; // neither Z nor -1 is a square
  return { kind: 'sswu', ...constants, rootZ3 };
}

function rootConstants(F: PrimeField): RootConstants {
  let q = F.p - 1n;
  let s = 0;
  for (; (q & 1n) === 0n; s++) q >>= 1n;
  const windows = Math.ceil(s / MAX_WINDOW_BITS);
  const width = s / windows;
  if (!Number.isInteger(width)) {
    throw new NovaError('InvalidArgument', `${F.name}: windows of ${s} bits are not all equal`);
  }
  let nonResidue = 2n;
  while (F.isSquare(nonResidue)) nonResidue++;
  const size = 1 << width;
  const g = F.pow(nonResidue, q);
  const tables = Array.from({ length: windows }, (_, k) =>
    powersOf(F, F.pow(F.inv(g), 1n << BigInt(k * width)), size),
  );
  return {
    power: powerPlan((q - 1n) / 2n),
    width,
    windows,
    inverses: pairLayout(F, tables.flat()),
    logarithms: logarithmTable(F, powersOf(F, F.pow(g, 1n << BigInt(s - width)), size)),
  };
}

/** 1, base, ..., base^(n - 1) */
function powersOf(F: PrimeField, base: bigint, n: number): bigint[] {
  const powers = [1n];
  while (powers.length < n) powers.push(F.mul(powers[powers.length - 1], base));
  return powers;
}

/** An even number of elements as the kernels' arrays hold them, in Montgomery form. */
export function pairLayout(F: PrimeField, xs: readonly bigint[]): Uint8Array {
  const words = new Uint32Array(xs.length * LIMBS);
  const { R } = describeField(F);
  xs.forEach((x, i) => {
    toLimbs(F.reduce(x * R)).forEach((limb, l) => {
      words[(i >> 1) * 2 * LIMBS + 2 * l + (i & 1)] = Number(limb);
    });
  });
  return new Uint8Array(words.buffer);
}

/** For the kernel `logarithms`: element k of `powers` has the entry k. Multipliers are tried until no two collide. */
function logarithmTable(F: PrimeField, powers: readonly bigint[]): Uint8Array {
  const { R } = describeField(F);
  const lowest = powers.map((x) => Number(F.reduce(x * R) & LIMB_MASK));
  // some fifty attempts for 256 powers; the multipliers are odd numbers of a linear congruential sequence
  let multiplier = 1;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    multiplier = (Math.imul(multiplier, 5) + 0x9e3779b6) >>> 0;
    const keys = lowest.map((limb) => Math.imul(limb, multiplier) >>> (32 - KEY_BITS));
    if (new Set(keys).size < keys.length) continue;
    const table = new Uint8Array(LOGARITHM_TABLE_BYTES);
    new DataView(table.buffer).setUint32(0, multiplier, true);
    keys.forEach((key, k) => (table[4 + key] = k));
    return table;
  }
  throw new NovaError('InvalidArgument', `${F.name}: no hash of its roots of unity was found`);
}

/** A power chain whose entries share as few slots as their lifetimes allow. */
function powerPlan(e: bigint): PowerPlan {
  const [length, ...words] = powerChain(e);
  const entries = Array.from({ length }, (_, k) => {
    const [from, squarings, by] = words.slice(3 * k, 3 * k + 3);
    return { from, squarings, by: by <= k ? by : undefined }; // the largest number stands for no factor
  });
  const lastUse = Array.from({ length: length + 1 }, () => length);
  entries.forEach(({ from, by }, k) => {
    lastUse[from] = k;
    if (by !== undefined) lastUse[by] = k;
  });
  const slotOf = [0];
  const free: number[] = [];
  let slots = 1;
  const steps = entries.map(({ from, squarings, by }, k) => {
    // squarings may happen in place, if only the result of this step takes over from `from`
    if (from !== 0 && lastUse[from] === k && from !== by) free.push(slotOf[from]);
    const to = free.pop() ?? slots++;
    slotOf.push(to);
    if (by !== undefined && by !== 0 && lastUse[by] === k) free.push(slotOf[by]);
    return { to, from: slotOf[from], squarings, by: by === undefined ? undefined : slotOf[by] };
  });
  return { slots, steps };
}
