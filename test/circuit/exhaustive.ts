import { Curve } from '../../src/curve/curve.ts';
import { PrimeField } from '../../src/field/field.ts';
import type { ConstraintMatrices } from '../../src/field/sparse.ts';

/**
 * Every W that satisfies the constraints with these public inputs: tries all values of each variable in turn, and goes on
 * where the rows that are complete by then hold. For fields of a few elements. A variable that no later row reads gets
 * its first possible value only, unless it is among those to `keep`: it decides nothing else.
 */
export function* solutions(
  m: ConstraintMatrices,
  X: readonly bigint[],
  keep: readonly number[],
): Generator<number[]> {
  const p = Number(m.field.p);
  const z = [...Array<number>(m.variables).fill(0), 1, ...X.map(Number)];
  const coefficients = m.dictionary.map(Number);
  const rows = Array.from({ length: m.constraints }, (_, row) =>
    [m.A, m.B, m.C].map((M) =>
      Array.from(M.columns.subarray(M.rowPtr[row], M.rowPtr[row + 1]), (column, k) => ({
        column,
        coefficient: coefficients[M.coefficients[M.rowPtr[row] + k]],
      })),
    ),
  );
  const value = (terms: (typeof rows)[0][0]) =>
    terms.reduce((sum, { column, coefficient }) => sum + coefficient * z[column], 0) % p;
  const holds = ([a, b, c]: (typeof rows)[0]) => (value(a) * value(b) - value(c)) % p === 0;

  // rows by the last variable in them; those of constants and public inputs alone come first
  const due = Array.from({ length: m.variables + 1 }, (): typeof rows => []);
  const lastRead = Array.from({ length: m.variables }, (_, v) => (keep.includes(v) ? Infinity : v));
  for (const row of rows) {
    const own = row.flat().flatMap(({ column }) => (column < m.variables ? [column + 1] : []));
    const last = Math.max(0, ...own);
    due[last].push(row);
    own.forEach((v) => (lastRead[v - 1] = Math.max(lastRead[v - 1], last - 1)));
  }
  if (!due[0].every(holds)) return;
  yield* from(0);

  function* from(variable: number): Generator<number[]> {
    if (variable === m.variables) {
      yield z.slice(0, m.variables);
      return;
    }
    for (z[variable] = 0; z[variable] < p; z[variable]++) {
      if (!due[variable + 1].every(holds)) continue;
      yield* from(variable + 1);
      if (lastRead[variable] === variable) return;
    }
  }
}

/** All lists with one element of each domain. */
export function product(...domains: readonly (readonly bigint[])[]): bigint[][] {
  return domains.reduce<bigint[][]>(
    (lists, domain) => lists.flatMap((list) => domain.map((x) => [...list, x])),
    [[]],
  );
}

/** 0 .. n - 1 */
export function upTo(n: bigint): bigint[] {
  return Array.from({ length: Number(n) }, (_, i) => BigInt(i));
}

/** A curve like those of the library over the field of p elements: a = 0, prime order, b no square. */
export function smallCurve(p: bigint): Curve {
  const base = new PrimeField(`F${p}`, p);
  for (let b = 1n; b < p; b++) {
    const on = product(upTo(p), upTo(p)).filter(([x, y]) => (y * y - x ** 3n - b) % p === 0n);
    const order = BigInt(on.length + 1);
    if (base.isSquare(b) || upTo(order).some((d) => d > 1n && order % d === 0n)) continue;
    const scalar = new PrimeField(`F${order}`, order);
    const [x, y] = on[0];
    return new Curve({ name: `over F${p}`, base, scalar, b, generator: [x, y], flags: 'TwoSpare' });
  }
  throw new Error(`no such curve over F${p}`);
}
