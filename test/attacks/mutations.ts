/** The ways in which a field of a proof is changed. */
import { IDENTITY, type AffinePoint, type Curve } from '../../src/curve/curve.ts';
import { intToBytes } from '../../src/field/field.ts';
import { randomElement, type Rng } from '../../src/field/random.ts';
import { isPoint, replaceAt, text as textOf, valueAt, type Node } from '../support/parts.ts';
import type { Subject } from './subject.ts';
import { hasAt, leavesOf, vectorsOf, type Field, type Path } from './tree.ts';

/** A proof that was changed in one way. */
export interface Mutation {
  readonly name: string;
  /** `value`: other values; `length`: a vector of another length; `encoding`: bytes that encode no value. */
  readonly kind: 'value' | 'length' | 'encoding';
  /** The field that this one changed places with. */
  readonly twin?: string;
  readonly bytes: Uint8Array;
}

/** All changes of a field. Of the elements and points in a vector only those that `items` chooses are changed one by one. */
export function* mutationsOf(
  subject: Subject,
  { path, value }: Field,
  all: readonly Field[],
  rng: Rng,
  items: (leaves: readonly Field[]) => readonly Field[] = (leaves) => leaves,
): Generator<Mutation> {
  const { proof } = subject;
  const honest = subject.encode(proof);
  const of = (kind: Mutation['kind'], name: string, changed: Node): Mutation[] =>
    textOf(changed) === textOf(proof) ? [] : [{ kind, name, bytes: subject.encode(changed) }];

  for (const leaf of items(leavesOf(value, path))) {
    const curve = subject.curveAt(leaf.path);
    for (const [name, other] of isPoint(leaf.value)
      ? otherPoints(curve, leaf.value, rng)
      : otherElements(curve, leaf.value as bigint, rng)) {
      yield* of('value', `${leaf.name}: ${name}`, replaceAt(proof, leaf.path, other));
    }
    const start = placeOf(subject, leaf.path);
    for (const [name, raw] of isPoint(leaf.value)
      ? noPoints(curve, leaf.value)
      : noElements(curve, leaf.value as bigint)) {
      const bytes = honest.slice();
      bytes.set(raw, start);
      yield { kind: 'encoding', name: `${leaf.name}: ${name}`, bytes };
    }
  }

  const copied = (name: string, other: Node): Mutation[] =>
    of(shapeOf(other) === shapeOf(value) ? 'value' : 'length', name, replaceAt(proof, path, other));
  for (const [name, from] of [
    ['of another proof', subject.sibling],
    ['of a proof with another key', subject.stranger],
  ] as const) {
    if (hasAt(from, path)) yield* copied(name, valueAt(from, path));
  }
  const twin = twinOf(subject, { path, value }, all);
  if (twin) {
    const swapped = replaceAt(replaceAt(proof, path, twin.value), twin.path, value);
    for (const m of of('value', `swapped with ${twin.name}`, swapped)) yield { ...m, twin: twin.name };
  }

  for (const vector of vectorsOf(value, path)) {
    for (const [name, other] of otherLists(vector.value as readonly Node[])) {
      yield* of('length', `${vector.path.join('.')}: ${name}`, replaceAt(proof, vector.path, other));
    }
    const list = vector.value as readonly Node[];
    yield* of(
      'value',
      `${vector.path.join('.')}: reversed`,
      replaceAt(proof, vector.path, list.toReversed()),
    );
    const start = placeOf(subject, vector.path);
    for (const n of [2n ** 20n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = honest.slice();
      bytes.set(intToBytes(n, 8), start);
      yield { kind: 'encoding', name: `${vector.path.join('.')}: claims ${n} items`, bytes };
    }
  }
}

function otherElements({ scalar: F }: Curve, x: bigint, rng: Rng): [string, Node][] {
  return [
    ['plus one', F.add(x, 1n)],
    ['minus one', F.sub(x, 1n)],
    ['negated', F.neg(x)],
    ['zero', 0n],
    ['random', randomElement(F, rng)],
  ];
}

function otherPoints(curve: Curve, P: AffinePoint, rng: Rng): [string, Node][] {
  return [
    ['plus the generator', curve.add(P, curve.generator)],
    ['negated', curve.neg(P)],
    ['the identity', IDENTITY],
    ['random', curve.mul(randomElement(curve.scalar, rng), curve.generator)],
  ];
}

/** 32 bytes that encode no element. */
function noElements({ scalar: F }: Curve, x: bigint): [string, Uint8Array][] {
  const shifted = x + F.p < 2n ** 256n ? x + F.p : F.p;
  return [
    ['plus the modulus', intToBytes(shifted, 32)],
    ['all ones', new Uint8Array(32).fill(255)],
  ];
}

/** Bytes that encode no point. */
function noPoints(curve: Curve, P: AffinePoint): [string, Uint8Array][] {
  const { base } = curve;
  const extra = curve.encodedBytes === 33;
  const [x, flags] = extra ? [1, 0] : [0, 31];
  const encoded = curve.encode(P);
  const withX = (n: bigint) => {
    const raw = encoded.slice();
    raw.set(intToBytes(n, 32), x);
    return raw;
  };
  let off = 1n;
  while (base.isSquare(curve.ySquared(off))) off++;
  const flagged = encoded.slice();
  // with an identity's flag there are no coordinates; where the identity is all zeros, a sign alone is no point
  if (!extra && curve.encode(IDENTITY)[flags] === 0) flagged.fill(0).set([0x80], flags);
  else if (P.infinity) flagged[x] = 1;
  else flagged[flags] |= 0x40;
  return [
    ['off the curve', withX(off)],
    ['x not below the modulus', withX(base.p)],
    ['a wrong flag', flagged],
  ];
}

function otherLists(list: readonly Node[]): [string, Node[]][] {
  const [first] = list;
  if (first === undefined) return [];
  const zero: Node = Array.isArray(first) ? first.map(() => 0n) : isPoint(first) ? IDENTITY : 0n;
  return [
    ['without the first', list.slice(1)],
    ['without the last', list.slice(0, -1)],
    ['and a zero', [...list, zero]],
    ['and the last again', [...list, list[list.length - 1]]],
    ['empty', []],
  ];
}

/** What a part of a proof consists of, without the values. */
function shapeOf(node: Node): string {
  if (typeof node === 'bigint') return 'element';
  return isPoint(node) ? 'point' : `[${(node as readonly Node[]).map(shapeOf).join()}]`;
}

/** The next field of the same kind on the same curve, from which this one can be told. */
function twinOf(
  subject: Subject,
  { path, value }: Omit<Field, 'name'>,
  all: readonly Field[],
): Field | undefined {
  const at = all.findIndex((field) => field.path === path);
  return [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0))].find(
    (field) =>
      shapeOf(field.value) === shapeOf(value) &&
      subject.curveAt(field.path) === subject.curveAt(path) &&
      textOf(field.value) !== textOf(value),
  );
}

/** Where the encoding of a part begins: at the first byte that other values of it change. */
export function placeOf(subject: Subject, path: Path): number {
  const { proof } = subject;
  const value = valueAt(proof, path);
  const curve = subject.curveAt(path);
  const others: Node[] = Array.isArray(value)
    ? [[]]
    : isPoint(value)
      ? [1n, 2n, 3n].flatMap((k) => [curve.mul(k, curve.generator), curve.neg(curve.mul(k, curve.generator))])
      : [0n, 1n, 2n].map((x) => x);
  const honest = subject.encode(proof);
  const differing = others
    .map((other) => subject.encode(replaceAt(proof, path, other)))
    .map((bytes) => bytes.findIndex((byte, i) => byte !== honest[i]))
    .filter((at) => at !== -1);
  return Math.min(...differing);
}
