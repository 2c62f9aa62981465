/**
 * What every engine checks of a call before it records anything. All engines refuse the same calls with the same codes.
 */
import { type Curve, POINT_BYTES } from '../curve/curve.ts';
import { NovaError } from '../errors.ts';
import { firstNonCanonical } from '../field/bytes.ts';
import { FIELD_BYTES } from '../field/field.ts';
import { checkMatrices, type ConstraintMatrices, nonZeros } from '../field/sparse.ts';
import type { Bases, Vec } from './backend.ts';

/** Bytes of an entry of a sparse matrix, of a row pointer and of a word of a program. */
const ENTRY_BYTES = 8;
export const WORD_BYTES = 4;

/** Why a closed engine refuses a call. */
export function closedError(): NovaError {
  return new NovaError('BackendClosed', 'the engine was closed; make another with createBackend');
}

/** @throws {@link NovaError} `InvalidArgument` unless n generators besides h make sense */
export function checkKeyLength(n: number): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new NovaError(
      'InvalidArgument',
      `the length of a commitment key must be an integer from 0, not ${n}`,
    );
  }
}

/** @throws {@link NovaError} `InvalidCommitmentKey` unless a source of generators returned `count` points */
export function checkGenerators(points: Uint8Array, count: number): void {
  if (points.length !== POINT_BYTES * count) {
    throw new NovaError('InvalidCommitmentKey', `the source of generators did not return ${count} points`);
  }
}

/** The number of points of a commitment key, at least one. @throws {@link NovaError} `InvalidCommitmentKey` */
export function keyPoints(bytes: Uint8Array): number {
  const n = bytes.length / POINT_BYTES;
  if (n < 1 || !Number.isInteger(n)) {
    throw new NovaError(
      'InvalidCommitmentKey',
      `a commitment key is one point or more of ${POINT_BYTES} bytes each, not ${bytes.length} bytes`,
    );
  }
  return n;
}

/** Most weights that generators are folded with: ten rounds. */
const MOST_WEIGHTS = 1024;

/** @throws {@link NovaError} `InvalidArgument`, `InvalidFieldElement`, `InvalidCommitmentKeyLength` unless the key can be folded */
export function checkFold({ curve, length }: Bases, weights: readonly bigint[], m: number): void {
  const w = weights.length;
  if (w < 1 || w > MOST_WEIGHTS || !Number.isSafeInteger(m) || m < 1) {
    throw new NovaError(
      'InvalidArgument',
      `${w} weights and ${m} sums: from 1 to ${MOST_WEIGHTS}, and from 1`,
    );
  }
  weights.forEach((weight, i) => curve.scalar.check(weight, `weight ${i}`));
  if (w * m > length) {
    throw new NovaError(
      'InvalidCommitmentKeyLength',
      `${m} sums of ${w} generators each need a key of ${w * m}, not of ${length}`,
    );
  }
}

/** What folding throws when a sum is the identity, which has no raw form. */
export function identityGenerator(curve: Curve, j: number): NovaError {
  return new NovaError('InvalidCommitmentKey', `folded generator ${j} is the identity of ${curve.name}`);
}

/** @throws {@link NovaError} `InvalidIndex` or `InvalidFieldElement` if the matrices are malformed */
export function checkShape(shape: ConstraintMatrices): void {
  checkMatrices(shape);
  shape.dictionary.forEach((c, i) => shape.field.check(c, `coefficient ${i} of the matrices`));
}

/** Bytes of the matrices in their plain form. */
export function shapeBytes(shape: ConstraintMatrices): number {
  const entries = nonZeros(shape.A) + nonZeros(shape.B) + nonZeros(shape.C);
  return (
    ENTRY_BYTES * entries + WORD_BYTES * 3 * (shape.constraints + 1) + FIELD_BYTES * shape.dictionary.length
  );
}

/** @throws {@link NovaError} `InvalidArgument` unless a vector can have this length */
export function checkLength(length: number, label: string): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new NovaError(
      'InvalidArgument',
      `vector ${label}: a length must be an integer from 0, not ${length}`,
    );
  }
}

/** @throws {@link NovaError} `InvalidWitnessLength`, `InvalidEncoding` unless `bytes` are all elements of v, canonical */
export function checkUpload(v: Vec, bytes: Uint8Array): void {
  if (bytes.length !== FIELD_BYTES * v.length) {
    throw new NovaError(
      'InvalidWitnessLength',
      `vector ${v.label} takes ${FIELD_BYTES * v.length} bytes, not ${bytes.length}`,
    );
  }
  const bad = firstNonCanonical(v.field, bytes);
  if (bad !== -1) {
    throw new NovaError(
      'InvalidEncoding',
      `vector ${v.label}: element ${bad} is no canonical element of ${v.field.name}`,
    );
  }
}

/** (u, X), the end of z. @throws {@link NovaError} `InvalidInputLength`, `InvalidFieldElement` */
export function checkTail({ field, io }: ConstraintMatrices, u: bigint, X: readonly bigint[]): bigint[] {
  if (X.length !== io)
    throw new NovaError('InvalidInputLength', `the matrices take ${io} public inputs, not ${X.length}`);
  return [field.check(u, 'u'), ...X.map((x, i) => field.check(x, `public input ${i}`))];
}

/** @throws {@link NovaError} `InvalidCommitmentKeyLength` unless the key is long enough for v */
export function checkKeyHolds(bases: Bases, v: Vec): void {
  if (v.length > bases.length) {
    throw new NovaError(
      'InvalidCommitmentKeyLength',
      `vector ${v.label} has ${v.length} elements, the commitment key ${bases.length} generators`,
    );
  }
}
