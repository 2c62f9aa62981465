import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { weierstrass, type WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { expect } from 'vitest';
import type { Backend, Bases, Products, Vec } from '../../../src/backend/backend.ts';
import type { AffinePoint, Curve } from '../../../src/curve/curve.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import type { PrimeField } from '../../../src/field/field.ts';
import { insecureSeededRng, randomElement, type Rng } from '../../../src/field/random.ts';

/*
 * What the suite expects is computed here and in the cases: with plain BigInt formulas and noble's points, never with code
 * of an engine.
 */

/** How the suite makes engines, and how far it goes. */
export interface SuiteContext {
  /** A new engine; the suite closes it. */
  readonly make: () => Promise<Backend>;
  /** Multiplies the sizes of the cases that grow. */
  readonly scale: number;
  /** The fields and curves of cases that each has: all, or some where kernels take long to compile. */
  readonly fields: readonly PrimeField[];
  readonly curves: readonly Curve[];
  /** Whether operations that were recorded happen even if their value is given up, as on a device. */
  readonly begun: boolean;
}

/** n mod p, never negative. */
export function mod(n: bigint, p: bigint): bigint {
  return ((n % p) + p) % p;
}

/** 32 little-endian bytes an element. */
export function toBytes(xs: readonly bigint[]): Uint8Array {
  const words = new DataView(new ArrayBuffer(32 * xs.length));
  for (const [i, x] of xs.entries()) {
    for (let k = 0; k < 4; k++)
      words.setBigUint64(32 * i + 8 * k, BigInt.asUintN(64, x >> BigInt(64 * k)), true);
  }
  return new Uint8Array(words.buffer);
}

/** The integers that groups of 32 little-endian bytes hold. */
export function fromBytes(bytes: Uint8Array): bigint[] {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (i: number, k: number) => words.getBigUint64(32 * i + 8 * k, true) << BigInt(64 * k);
  return Array.from(
    { length: bytes.length / 32 },
    (_, i) => word(i, 0) + word(i, 1) + word(i, 2) + word(i, 3),
  );
}

/** Elements whose limbs, in the widths that engines use, are all zeros or all ones, and the neighbours of 0, p / 2 and p. */
export function edges(F: PrimeField): bigint[] {
  const powers = [13n, 16n, 26n, 29n, 32n, 51n, 52n, 64n, 128n, 192n, 208n, 253n, 254n, 255n].map(
    (k) => 1n << k,
  );
  const half = (F.p - 1n) / 2n;
  const all = [
    0n,
    1n,
    2n,
    3n,
    half,
    half + 1n,
    F.p - 2n,
    F.p - 1n,
    ...powers.flatMap((x) => [x - 1n, x, x + 1n]),
  ];
  return [...new Set(all.filter((x) => x < F.p))];
}

/** The edge elements that matter most, for cases whose number is a power of theirs. */
export function corners(F: PrimeField): bigint[] {
  return [0n, 1n, 2n, F.p - 1n, F.p - 2n, (F.p - 1n) / 2n, (1n << 64n) - 1n, 1n << 64n, (1n << 253n) - 1n];
}

/** What was drawn with a seed so far, and whence the rest comes: the suite, which runs for several engines, draws it once. */
interface Draws {
  readonly drawn: bigint[];
  readonly rng: Rng;
}
const draws = new Map<string, Draws>();

/** A deterministic source of elements. */
export function randomElements(F: PrimeField, seed: string): (n: number) => bigint[] {
  const { drawn, rng } = once(draws, `${F.name} ${seed}`, () => ({
    drawn: [],
    rng: insecureSeededRng(seed),
  }));
  let at = 0;
  return (n) => {
    while (drawn.length < at + n) drawn.push(randomElement(F, rng));
    return drawn.slice(at, (at += n));
  };
}

/** What is kept under a key, made when it is first asked for. */
export function once<K, V>(kept: Map<K, V>, key: K, make: () => V): V {
  if (!kept.has(key)) kept.set(key, make());
  return kept.get(key)!;
}

/** n elements, of which every third is an edge. Vectors of different seeds have their edges at different places. */
export function mixed(F: PrimeField, n: number, seed: string): bigint[] {
  const [all, shift] = [edges(F), seed.charCodeAt(0)];
  return randomElements(F, seed)(n).map((x, i) => (i % 3 === shift % 3 ? all[(i + shift) % all.length] : x));
}

/** eq(x, i) for all i, where x_0 belongs to the top bit of i: the Lagrange basis of multilinear polynomials. */
export function eqTable(F: PrimeField, x: readonly bigint[]): bigint[] {
  return Array.from({ length: 2 ** x.length }, (_, i) =>
    x.reduce((value, xk, k) => {
      const bit = (i >> (x.length - 1 - k)) & 1;
      return mod(value * (bit === 1 ? xk : 1n - xk), F.p);
    }, 1n),
  );
}

/** Small sizes for every field, and large ones, scaled if they grow with the suite, for one. */
export function sizesByField(
  small: readonly number[],
  large: readonly number[],
  { scale, fields }: SuiteContext,
): { name: string; F: PrimeField; n: readonly number[] }[] {
  const all = fields.map((F) => ({ name: F.name, F, n: small }));
  return scale < 1
    ? all
    : [...all, { name: `${fields[0].name}, on several threads`, F: fields[0], n: large }];
}

/** A new vector with these elements. */
export function put(engine: Backend, F: PrimeField, xs: readonly bigint[], label = 'v'): Vec {
  const v = engine.vector(F, xs.length, label);
  engine.upload(v, toBytes(xs));
  return v;
}

/** A vector's elements. */
export async function get(engine: Backend, v: Vec): Promise<bigint[]> {
  const [bytes] = await engine.read([engine.download(v)]);
  return fromBytes(bytes);
}

/** New vectors for the products with n rows, or vectors with these elements. */
export function putProducts(
  engine: Backend,
  F: PrimeField,
  rows: number | readonly (readonly bigint[])[],
): Products {
  const make = (i: number) =>
    typeof rows === 'number'
      ? engine.vector(F, rows, 'ABC'[i] + 'Z')
      : put(engine, F, rows[i], 'ABC'[i] + 'Z');
  return { AZ: make(0), BZ: make(1), CZ: make(2) };
}

/** Expects a call to throw, or a promise to reject, with this code. */
export async function expectCode(code: ErrorCode, call: () => unknown): Promise<void> {
  await expect((async () => call())()).rejects.toMatchObject({ name: 'NovaError', code });
}

/** noble's class of a curve's points. */
function nobleOf(curve: Curve): ReturnType<typeof weierstrass<bigint>> {
  const { base, scalar, b, generator } = curve;
  return weierstrass({ p: base.p, n: scalar.p, h: 1n, a: 0n, b, Gx: generator.x, Gy: generator.y });
}

function toAffine(P: WeierstrassPoint<bigint>): AffinePoint {
  return P.is0() ? { x: 0n, y: 0n, infinity: true } : { ...P.toAffine(), infinity: false };
}

/** What was computed on a curve so far: every engine is asked for the same. */
interface KnownPoints {
  readonly Point: ReturnType<typeof nobleOf>;
  /** k times the generator, at k, for all k from 0 to some. */
  readonly multiples: WeierstrassPoint<bigint>[];
  /** The same for other k. */
  readonly found: Map<bigint, AffinePoint>;
}
const knownPoints = new Map<Curve, KnownPoints>();

/**
 * Commitment keys whose generators are known multiples of one point, so that a commitment of any length is checked with
 * one multiplication of noble's: <v, G> + r h = (<v, logs> + r log h) G.
 */
export class KnownKeys {
  readonly curve: Curve;
  readonly #known: KnownPoints;

  constructor(curve: Curve) {
    this.curve = curve;
    this.#known = once(knownPoints, curve, () => {
      const Point = nobleOf(curve);
      return { Point, multiples: [Point.ZERO], found: new Map() };
    });
  }

  /** h and the generators with these logarithms (small integers, not zero, of either sign) as raw points. */
  bytes(logs: readonly number[]): Uint8Array {
    const { Point, multiples } = this.#known;
    const most = Math.max(...logs.map(Math.abs));
    while (multiples.length <= most) multiples.push(multiples.at(-1)!.add(Point.BASE));
    const points = logs.map((log) => (log < 0 ? multiples[-log].negate() : multiples[log]));
    return toBytes(normalizeZ(Point, points).flatMap((P) => [P.x, P.y]));
  }

  load(engine: Backend, logs: readonly number[]): Promise<Bases> {
    return engine.loadBases(this.curve, this.bytes(logs));
  }

  /** The commitment to v under the key with these logarithms, h's first. */
  commitment(logs: readonly number[], v: readonly bigint[], blind: bigint): AffinePoint {
    return this.multiple(v.reduce((sum, x, i) => sum + x * BigInt(logs[i + 1]), blind * BigInt(logs[0])));
  }

  /** k times the generator. */
  multiple(k: bigint): AffinePoint {
    const { Point, found } = this.#known;
    const log = mod(k, this.curve.scalar.p);
    return once(found, log, () => toAffine(Point.BASE.multiplyUnsafe(log)));
  }
}
