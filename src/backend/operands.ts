/**
 * Vectors as operands: what every engine checks of them, and how views take part. A view (`PolynomialOperations.prefix`) shares
 * the {@link Resident} of the vector that it belongs to, so the order of operations and failures are those of the vector.
 */
import { NovaError } from '../errors.ts';
import type { PrimeField } from '../field/field.ts';
import type { Vec } from './backend.ts';
import type { Table } from './ledger.ts';
import type { Indices } from './polynomials.ts';

/** What operations touch, as far as engines have it in common. */
export interface Operand<R extends object> {
  /** Its place in the order of operations. Two operands with the same one share their data. */
  readonly resident: R;
  /** Whether it is a view: less than what the resident stands for. */
  readonly partial?: boolean;
}

/** The lowest 2^32 positions are those that 32 bits can name. */
const MAX_BOUND = 2 ** 32;

/** What an operation reads and writes. What is written in part keeps what it had, and so depends on who wrote that. */
export function touched<R extends object>(
  reads: readonly Operand<R>[],
  writes: readonly Operand<R>[],
): { reads: R[]; writes: R[] } {
  const resident = (operand: Operand<R>): R => operand.resident;
  return {
    reads: [...reads, ...writes.filter(({ partial }) => partial === true)].map(resident),
    writes: writes.map(resident),
  };
}

/** What a vector stands for, after checking its field. @throws {@link NovaError} `ForeignHandle`, `InvalidArgument` */
export function operand<D>(table: Table<Vec, D>, field: PrimeField, v: Vec): D {
  const data = table.get(v);
  if (v.field.p !== field.p) {
    throw new NovaError('InvalidArgument', `vector ${v.label} is over ${v.field.name}, not ${field.name}`);
  }
  return data;
}

/**
 * What vectors stand for, after checking that they are of this field and length.
 *
 * @throws {@link NovaError} `ForeignHandle`, `InvalidArgument`, `InvalidWitnessLength`
 */
export function operands<D>(
  table: Table<Vec, D>,
  field: PrimeField,
  length: number,
  vectors: readonly Vec[],
): D[] {
  return vectors.map((v) => {
    const data = operand(table, field, v);
    if (v.length !== length) {
      throw new NovaError(
        'InvalidWitnessLength',
        `vector ${v.label} has ${v.length} elements, not ${length}`,
      );
    }
    return data;
  });
}

/** Refuses an output that is an input, or an output twice, in whole or in part. @throws {@link NovaError} `InvalidArgument` */
export function checkDistinct(
  table: Pick<Table<Vec, Operand<object>>, 'get'>,
  outputs: readonly Vec[],
  inputs: readonly Vec[],
): void {
  const seen = new Set(inputs.map((v) => table.get(v).resident));
  for (const v of outputs) {
    const { resident } = table.get(v);
    if (seen.has(resident)) {
      throw new NovaError('InvalidArgument', `vector ${v.label} is an output and used otherwise too`);
    }
    seen.add(resident);
  }
}

/** @throws {@link NovaError} `InvalidArgument` unless v has a prefix of this length */
export function checkPrefix(v: Vec, length: number): void {
  if (!isCount(length) || length > v.length) {
    throw new NovaError(
      'InvalidArgument',
      `vector ${v.label} has ${v.length} elements: a prefix of ${length} is none`,
    );
  }
}

/** @throws {@link NovaError} `InvalidWitnessLength` if v is longer than `length`, up to which it counts as followed by zeros */
export function checkAtMost(v: Vec, length: number): void {
  if (v.length > length) {
    throw new NovaError(
      'InvalidWitnessLength',
      `vector ${v.label} has ${v.length} elements, more than ${length}`,
    );
  }
}

/** The length of v's halves. @throws {@link NovaError} `InvalidArgument` unless v's length is a power of two from 2 */
export function halfLength(v: Vec): number {
  if (v.length < 2 || !Number.isInteger(Math.log2(v.length))) {
    throw new NovaError(
      'InvalidArgument',
      `vector ${v.label} has ${v.length} elements, which is no power of two from 2`,
    );
  }
  return v.length / 2;
}

/** @throws {@link NovaError} `InvalidArgument` unless both ranges lie in their vectors, and do not meet if these share data */
export function checkRanges(
  out: Vec,
  to: number,
  a: Vec,
  from: number,
  count: number,
  shared: boolean,
): void {
  for (const [v, first] of [
    [out, to],
    [a, from],
  ] as const) {
    if (!isCount(first) || !isCount(count) || first + count > v.length) {
      throw new NovaError(
        'InvalidArgument',
        `vector ${v.label} has ${v.length} elements, not ${count} from ${first} on`,
      );
    }
  }
  if (shared && Math.abs(to - from) < count) {
    throw new NovaError('InvalidArgument', `vector ${out.label} is copied to itself: the ranges overlap`);
  }
}

/** @throws {@link NovaError} `InvalidArgument`, `InvalidIndex` unless all positions are below `bound` */
export function checkPositions(positions: Uint32Array, bound: number): void {
  if (!(positions instanceof Uint32Array) || !isCount(bound) || bound > MAX_BOUND) {
    throw new NovaError('InvalidArgument', 'positions are a Uint32Array, and their bound an integer to 2^32');
  }
  const bad = positions.findIndex((position) => position >= bound);
  if (bad !== -1) {
    throw new NovaError('InvalidIndex', `position ${bad} is ${positions[bad]}, which is not below ${bound}`);
  }
}

/** @throws {@link NovaError} `InvalidArgument` if the table has not all positions */
export function checkTable(table: Vec, { bound }: Indices): void {
  if (table.length < bound) {
    throw new NovaError(
      'InvalidArgument',
      `vector ${table.label} has ${table.length} elements, fewer than the bound ${bound} of the positions`,
    );
  }
}

/** @throws {@link NovaError} `InvalidWitnessLength`, `InvalidFieldElement` unless out has an element for every choice of a pair's entry */
export function checkPairs(out: Vec, pairs: readonly (readonly [bigint, bigint])[]): void {
  if (out.length !== 2 ** pairs.length) {
    throw new NovaError(
      'InvalidWitnessLength',
      `vector ${out.label} has ${out.length} elements, not 2^${pairs.length}`,
    );
  }
  for (const [k, pair] of pairs.entries()) for (const x of pair) out.field.check(x, `an entry of pair ${k}`);
}

/** @throws {@link NovaError} `InvalidWitnessLength` unless L has an element for every weight and element of a */
export function checkSpread(L: Vec, w: Vec, a: Vec): void {
  if (L.length !== w.length * a.length) {
    throw new NovaError(
      'InvalidWitnessLength',
      `vector ${L.label} has ${L.length} elements, not ${w.length} times ${a.length}`,
    );
  }
}

/** Whether it is a number of elements, or a position. */
function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** @throws {@link NovaError} `InvalidArgument` unless m is a number from 1 that divides a's length */
export function checkDivides(m: number, a: Vec): void {
  if (!Number.isSafeInteger(m) || m < 1 || a.length % m !== 0) {
    throw new NovaError('InvalidArgument', `${m} does not divide the ${a.length} coefficients of ${a.label}`);
  }
}
