import { sha256 } from '@noble/hashes/sha2.js';
import { NovaError } from '../errors.ts';
import { bytesToInt, type PrimeField } from '../field/field.ts';
import type { AffinePoint, Curve } from './curve.ts';
import { bn256, grumpkin, pallas, secp256k1, secq256k1, vesta } from './curves.ts';
import { mapToSecp256k1 } from './simplified-swu.ts';

/*
 * Hash-to-curve as halo2curves 0.9.0 does it for all six curves, the Pasta curves too (`src/hash_to_curve.rs`): RFC 9380's
 * random-oracle encoding with expand_message_xmd, SHA-256 and L = 48. Five curves map with Shallue-van de Woestijne
 * (section 6.6.1), secp256k1 with simplified SWU and a 3-isogeny (sections 6.6.3 and 8.7).
 */

/** What nova-snark passes as the domain (`from_label` in `src/provider/traits.rs`); the suite's name follows it. */
const DOMAIN = 'from_uniform_bytes';

/** L: bytes of hash that an element is reduced from. */
const ELEMENT_BYTES = 48;

/** A curve's suite: its name and, for Shallue-van de Woestijne, Z. */
interface Suite {
  readonly curve: Curve;
  readonly name: string;
  readonly Z?: bigint;
}

const SUITES: readonly Suite[] = /* @__PURE__ */ [
  { curve: pallas, name: 'pallas:SHA-256_SVDW_RO_', Z: -13n },
  { curve: vesta, name: 'vesta:SHA-256_SVDW_RO_', Z: -13n },
  { curve: bn256, name: 'BN254G1_XMD:SHA-256_SVDW_RO_', Z: 1n },
  { curve: grumpkin, name: 'GRUMPKIN_XMD:SHA-256_SVDW_RO_', Z: 1n },
  { curve: secq256k1, name: 'secq256k1_XMD:SHA-256_SVDW_RO_', Z: 1n },
  { curve: secp256k1, name: 'secp256k1_XMD:SHA-256_SSWU_RO_' },
];

/**
 * A point of the curve whose discrete logarithm nobody knows.
 *
 * @throws {@link NovaError} `InvalidArgument` for a curve that is none of the six.
 * @example
 * hashToCurve(pallas, new Uint8Array(32)); // { x, y, infinity: false }
 */
export function hashToCurve(curve: Curve, message: Uint8Array): AffinePoint {
  return hashAllToCurve(curve, [message])[0];
}

/** {@link hashToCurve} of many messages; they share the inversions. */
export function hashAllToCurve(curve: Curve, messages: readonly Uint8Array[]): AffinePoint[] {
  const domain = new TextEncoder().encode(domainOf(curve));
  const us = messages.flatMap((message) => hashToField(curve.base, message, domain));
  return addPairs(curve, mapToCurve(curve, us));
}

/** Two elements of F: RFC 9380's hash_to_field (5.2). */
function hashToField(F: PrimeField, message: Uint8Array, domain: Uint8Array): bigint[] {
  const bytes = expandMessage(message, domain, 2 * ELEMENT_BYTES);
  return [0, ELEMENT_BYTES].map((at) =>
    // most significant byte first
    F.reduce(bytesToInt(bytes.slice(at, at + ELEMENT_BYTES).reverse())),
  );
}

/** expand_message_xmd (5.3.1) with SHA-256, for a domain of at most 255 bytes and an output of at most 255 hashes. */
function expandMessage(message: Uint8Array, domain: Uint8Array, length: number): Uint8Array {
  const hash = (...parts: ArrayLike<number>[]) => {
    const hasher = sha256.create();
    for (const part of [...parts, domain, [domain.length]]) hasher.update(Uint8Array.from(part));
    return hasher.digest();
  };
  const first = hash(new Uint8Array(sha256.blockLen), message, [length >> 8, length & 0xff, 0]);
  const out = new Uint8Array(Math.ceil(length / sha256.outputLen) * sha256.outputLen);
  let last = new Uint8Array(sha256.outputLen);
  for (let at = 0; at < length; at += sha256.outputLen) {
    last = hash(
      first.map((byte, i) => byte ^ last[i]),
      [at / sha256.outputLen + 1],
    );
    out.set(last, at);
  }
  return out.subarray(0, length);
}

/** The domain separation tag of a curve's suite. @throws {@link NovaError} `InvalidArgument` as {@link hashToCurve} */
export function domainOf(curve: Curve): string {
  return DOMAIN + suiteOf(curve).name;
}

function suiteOf(curve: Curve): Suite {
  const suite = SUITES.find((s) => s.curve === curve);
  if (suite === undefined) throw new NovaError('InvalidArgument', `no hash-to-curve suite for ${curve.name}`);
  return suite;
}

/** Z and the constants c1 to c4 of RFC 9380, F.1. */
export interface SvdwConstants {
  readonly Z: bigint;
  readonly c1: bigint;
  readonly c2: bigint;
  readonly c3: bigint;
  readonly c4: bigint;
}

/** What {@link svdwConstants} has computed. */
const CONSTANTS: Map<Curve, SvdwConstants> = /* @__PURE__ */ new Map();

/**
 * The constants of a curve's map, from Z and b alone.
 *
 * @throws {@link NovaError} `InvalidArgument` for secp256k1, which has another map.
 */
export function svdwConstants(curve: Curve): SvdwConstants {
  const known = CONSTANTS.get(curve);
  if (known !== undefined) return known;
  const F = curve.base;
  const { Z: integerZ } = suiteOf(curve);
  if (integerZ === undefined) throw new NovaError('InvalidArgument', `${curve.name} has another map`);
  const Z = F.reduce(integerZ);
  const c1 = curve.ySquared(Z);
  const threeZ2 = F.mul(3n, F.sqr(Z));
  const root = F.sqrt(F.neg(F.mul(c1, threeZ2)))!; // Z is chosen so that this is a square
  const constants = {
    Z,
    c1,
    c2: F.neg(F.mul(Z, F.inv(2n))),
    c3: isOdd(root) ? F.neg(root) : root,
    c4: F.neg(F.mul(F.mul(4n, c1), F.inv(threeZ2))),
  };
  CONSTANTS.set(curve, constants);
  return constants;
}

/**
 * The points that the field elements `us` map to.
 *
 * @throws {@link NovaError} `InvalidArgument` for a curve that is none of the six.
 */
export function mapToCurve(curve: Curve, us: readonly bigint[]): AffinePoint[] {
  return suiteOf(curve).Z === undefined ? mapToSecp256k1(us) : mapBySvdw(curve, us);
}

/**
 * The map of RFC 9380, F.1. Of its three candidates for x, the first whose g(x) is a square counts; the root is taken
 * straight away instead of asking first whether there is one.
 */
function mapBySvdw(curve: Curve, us: readonly bigint[]): AffinePoint[] {
  const { Z, c1, c2, c3, c4 } = svdwConstants(curve);
  const F = curve.base;
  const tv1 = us.map((u) => F.mul(c1, F.sqr(u)));
  const tv3 = F.invBatch(tv1.map((t) => F.mul(F.sub(1n, t), F.add(1n, t)))); // zeros stay, as inv0 wants it
  return us.map((u, i) => {
    const tv4 = F.mul(F.mul(F.mul(u, F.sub(1n, tv1[i])), tv3[i]), c3);
    const point = (x: bigint) => {
      const y = F.sqrt(curve.ySquared(x));
      return y === undefined ? undefined : { x, y: isOdd(y) === isOdd(u) ? y : F.neg(y), infinity: false };
    };
    const third = () => F.add(Z, F.mul(c4, F.sqr(F.mul(F.sqr(F.add(1n, tv1[i])), tv3[i]))));
    const P = point(F.sub(c2, tv4)) ?? point(F.add(c2, tv4)) ?? point(third());
    return P!; // g(x1) g(x2) g(x3) is a square
  });
}

/** Ps[0] + Ps[1], Ps[2] + Ps[3], ... with one inversion for all slopes. */
function addPairs(curve: Curve, Ps: readonly AffinePoint[]): AffinePoint[] {
  const F = curve.base;
  const pairs = Array.from({ length: Ps.length / 2 }, (_, i) => [Ps[2 * i], Ps[2 * i + 1]] as const);
  const inverses = F.invBatch(pairs.map(([P, Q]) => F.sub(Q.x, P.x)));
  return pairs.map(([P, Q], i) => (P.x === Q.x ? curve.add(P, Q) : curve.addWith(P, Q, inverses[i])));
}

function isOdd(x: bigint): boolean {
  return (x & 1n) === 1n;
}
