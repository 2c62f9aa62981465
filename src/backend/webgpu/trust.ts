/**
 * Known answers: what the kernels of a device must give before they are used. Drivers have miscompiled kernels, and some gave
 * right answers in the first run only, so each question is asked twice. The answers come from the engine `reference`.
 */
import type { AffinePoint, Curve } from '../../curve/curve.ts';
import { elementsToBytes } from '../../field/bytes.ts';
import type { PrimeField } from '../../field/field.ts';
import type { ConstraintMatrices, SparseMatrix } from '../../field/sparse.ts';
import type { Backend, Products, Vec } from '../backend.ts';
import { createReferenceBackend } from '../reference/engine.ts';
import { faultError } from './batch.ts';

/** Elements of the vectors: more than a workgroup, and no multiple of one. */
const LENGTH = 150;

/** Elements of tables whose halves are asked for: several workgroups, in a power of two. */
const TABLE = 256;

const TIMES = 2;

/** Questions for folds over a field. @throws {@link NovaError} `DeviceFault`, and what the engine throws */
export function checkFolding(engine: Backend, F: PrimeField): Promise<void> {
  return compare(engine, `vectors over ${F.name}`, async (e) => {
    const put = (label: string, salt: bigint): Vec => {
      const v = e.vector(F, LENGTH, label);
      e.upload(v, elementsToBytes(F, elements(F, LENGTH, salt)));
      return v;
    };
    const products = (salt: bigint): Products => ({
      AZ: put('AZ', salt),
      BZ: put('BZ', salt + 1n),
      CZ: put('CZ', salt + 2n),
    });
    const [a, b] = [put('a', 1n), put('b', 2n)];
    const [out, T, zero] = [
      e.vector(F, LENGTH, 'out'),
      e.vector(F, LENGTH, 'T'),
      e.vector(F, LENGTH, 'zero'),
    ];
    const [running, fresh] = [products(3n), products(6n)];
    e.addScaled(out, a, F.p - 2n, b);
    e.crossTerm(T, running, F.p - 3n, fresh);
    const copy = { ...running, CZ: zero };
    const values = await e.read([
      e.download(out),
      e.download(T),
      e.firstUnsatisfied(fresh, 1n),
      e.firstUnsatisfied(running, F.p - 1n, a),
      // 0 = u 0: satisfied up to where a row was made to fail
      e.firstUnsatisfied({ ...copy, AZ: zero }, 5n),
      e.firstUnsatisfied({ ...copy, AZ: zero }, 5n, lastRow(e, F)),
    ]);
    return values;
  });
}

/** Questions for tables of polynomials over a field. @throws as {@link checkFolding} */
export function checkPolynomials(engine: Backend, F: PrimeField): Promise<void> {
  return compare(engine, `tables over ${F.name}`, async (e) => {
    const { polynomials } = e;
    const out = (n: number): Vec => e.vector(F, n, 'out');
    const put = (n: number, salt: bigint): Vec => {
      const v = out(n);
      e.upload(v, elementsToBytes(F, elements(F, n, salt)));
      return v;
    };
    const [a, b, table] = [put(LENGTH, 1n), put(LENGTH, 2n), put(TABLE, 3n)];
    const [r, s] = [F.p - 2n, F.p >> 1n];
    const [sum, product, inverse, ramp, gathered] = [a, a, a, a, a].map(() => out(LENGTH));
    const [eq, bound, added, mixed] = [out(TABLE), out(TABLE / 2), out(TABLE / 2), out(TABLE / 2)];
    const terms = [a, b, polynomials.prefix(table, LENGTH - 1), a, b].map((v, k) => ({
      c: r - BigInt(k),
      v,
    }));
    polynomials.combine(sum, terms, s);
    polynomials.combine(sum, [{ c: s, v: sum }, terms[0]]);
    polynomials.multiply(product, a, b);
    polynomials.multiply(product, b, product);
    const zeros = [polynomials.invert(inverse, a)];
    polynomials.multiply(inverse, inverse, polynomials.prefix(table, LENGTH));
    zeros.push(polynomials.invert(inverse, inverse));
    polynomials.ramp(ramp);
    const positions = Uint32Array.from({ length: LENGTH }, (_, i) => (i * 37) % TABLE);
    const indices = polynomials.indices(positions, TABLE);
    polynomials.gather(gathered, table, indices);
    const point = elements(F, Math.log2(TABLE), 4n);
    polynomials.tensor(
      eq,
      point.map((x) => [F.sub(1n, x), x]),
    );
    polynomials.foldHalves(bound, table, F.sub(1n, r), r);
    polynomials.foldHalves(added, table, 1n, 1n);
    polynomials.foldHalves(mixed, table, r, s);
    polynomials.foldHalves(polynomials.prefix(table, TABLE / 2), table, s, r);
    const results = [sum, product, inverse, ramp, gathered, eq, bound, added, mixed, table];
    return e.read([...zeros, ...results.map((v) => e.download(v))]);
  });
}

/** Questions for the rounds of sum-checks over a field. @throws as {@link checkFolding} */
export function checkSumcheck(engine: Backend, F: PrimeField): Promise<void> {
  return compare(engine, `sum-checks over ${F.name}`, async (e) => {
    const put = (n: number, salt: bigint): Vec => {
      const v = e.vector(F, n, 'table');
      e.upload(v, elementsToBytes(F, elements(F, n, salt)));
      return v;
    };
    const [P, Q, R, eq] = [put(TABLE, 1n), put(TABLE, 2n), put(TABLE, 3n), put(TABLE / 2, 4n)];
    const short = put(LENGTH, 5n);
    const { sumcheck } = e;
    const values = await e.read([
      sumcheck.sum(short),
      sumcheck.inner(P, short),
      sumcheck.roundQuadratic(P, Q),
      sumcheck.roundCubic(P, Q, R),
      sumcheck.roundEq(eq, P, Q, R),
      sumcheck.roundEq(eq, P, Q),
    ]);
    return values.flat().map((value) => F.toBytes(value));
  });
}

/** Questions for openings of commitments over a field. @throws as {@link checkFolding} */
export function checkOpenings(engine: Backend, F: PrimeField): Promise<void> {
  return compare(engine, `openings over ${F.name}`, async (e) => {
    const put = (n: number, salt: bigint): Vec => {
      const v = e.vector(F, n, 'v');
      e.upload(v, elementsToBytes(F, elements(F, n, salt)));
      return v;
    };
    const [a, b, w, odd] = [put(TABLE, 1n), put(TABLE, 2n), put(4, 3n), put(LENGTH, 4n)];
    const [L, R, folded] = [
      e.vector(F, 4 * TABLE, 'L'),
      e.vector(F, 4 * TABLE, 'R'),
      e.vector(F, TABLE / 2, 'folded'),
    ];
    const [quotient, binomial] = [e.vector(F, LENGTH, 'quotient'), e.vector(F, LENGTH, 'binomial')];
    const { openings } = e;
    openings.spreadHalves(L, R, w, a);
    openings.foldPairs(folded, a, F.p - 2n);
    openings.quotient(quotient, odd, F.p - 3n);
    openings.quotientBinomial(binomial, odd, 3, F.p >> 1n);
    const [cross, value, ...vectors] = await e.read([
      openings.crossInner(a, b),
      openings.evaluate(odd, F.p - 4n),
      ...[L, R, folded, quotient, binomial].map((v) => e.download(v)),
    ]);
    return [...[...cross, value].map((x) => F.toBytes(x)), ...vectors];
  });
}

/** Questions for matrices with so many public inputs. @throws as {@link checkFolding} */
export function checkProducts(engine: Backend, F: PrimeField, io: number): Promise<void> {
  const shape = sampleShape(F, io);
  return compare(engine, `matrices over ${F.name}`, async (e) => {
    const M = e.matrices(shape);
    const W = e.vector(F, shape.variables, 'W');
    e.upload(W, elementsToBytes(F, elements(F, shape.variables, 1n)));
    const [AZ, BZ, CZ] = ['AZ', 'BZ', 'CZ'].map((label) => e.vector(F, shape.constraints, label));
    e.products({ AZ, BZ, CZ }, M, W, F.p - 5n, elements(F, io, 2n));
    return e.read([e.download(AZ), e.download(BZ), e.download(CZ)]);
  });
}

/**
 * Questions for commitments: generators and vectors that make partial sums meet, cancel and vanish.
 *
 * @throws as {@link checkFolding}
 */
export async function checkCommitments(engine: Backend, curve: Curve): Promise<void> {
  const F = curve.scalar;
  // G, 2G, 3G, ...: logarithms that are known, so that sums are known too
  const points: AffinePoint[] = [curve.generator];
  while (points.length <= COMMITTED) points.push(curve.add(points.at(-1)!, curve.generator));
  const bytes = new Uint8Array(points.flatMap((P) => [...curve.toXY(P)]));
  const key = await engine.loadBases(curve, bytes, { trusted: true });
  const n = COMMITTED;
  const vectors = [
    elements(F, n, 1n),
    Array.from({ length: n }, () => 1n),
    Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 3n : F.p - 3n)),
    Array.from({ length: n }, () => 0n),
    elements(F, 1, 2n),
  ];
  for (let time = 0; time < TIMES; time++) {
    const handles = vectors.map((xs) => {
      const v = engine.vector(F, xs.length, 'v');
      engine.upload(v, elementsToBytes(F, xs));
      return v;
    });
    const got = await engine.read(handles.map((v, i) => engine.commit(key, v, BigInt(i))));
    vectors.forEach((xs, i) => {
      const log = xs.reduce((sum, x, k) => sum + x * BigInt(k + 2), BigInt(i));
      if (!curve.equals(got[i]!, curve.mul(F.reduce(log), curve.generator))) {
        throw faultError(
          `commitment ${i} of a test on ${curve.name} is wrong: its kernels are not to be trusted`,
        );
      }
    });
    engine.free(...handles);
  }
  engine.free(key);
}

/** Elements of the vectors that are committed to. */
const COMMITTED = 33;

/** Puts questions to the engine and to the engine `reference`. @throws {@link NovaError} `DeviceFault` */
async function compare(
  engine: Backend,
  what: string,
  ask: (engine: Backend) => Promise<readonly (Uint8Array | number)[]>,
): Promise<void> {
  const reference = createReferenceBackend();
  try {
    const expected = await ask(reference);
    for (let time = 0; time < TIMES; time++) {
      const got = await ask(engine);
      const bad = got.findIndex((value, i) => !equal(value, expected[i]!));
      if (bad !== -1) {
        throw faultError(`answer ${bad} of a test of ${what} is wrong: its kernels are not to be trusted`);
      }
    }
  } finally {
    await reference.close();
  }
}

function equal(a: Uint8Array | number, b: Uint8Array | number): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Elements at the edges first: 0, 1, p - 1, and powers of two and their neighbours; then scattered ones. */
function elements(F: PrimeField, n: number, salt: bigint): bigint[] {
  const powers = [13n, 16n, 32n, 64n, 128n, 253n].flatMap((k) => [(1n << k) - 1n, 1n << k]);
  const edges = [0n, 1n, F.p - 1n, F.p >> 1n, (F.p >> 1n) + 1n, ...powers].map((x) => F.reduce(x));
  const scattered = (i: number): bigint => F.pow(F.reduce(7n + salt), BigInt(1000 + 37 * i));
  // the edges at other places for other salts, so that they meet each other
  return Array.from({ length: n }, (_, i) => edges[(i + Number(salt) * 5) % LENGTH] ?? scattered(i));
}

/** A vector that is zero but for its last element. */
function lastRow(e: Backend, F: PrimeField): Vec {
  const E = e.vector(F, LENGTH, 'E');
  e.upload(
    E,
    elementsToBytes(
      F,
      Array.from({ length: LENGTH }, (_, i) => (i === LENGTH - 1 ? F.p - 1n : 0n)),
    ),
  );
  return E;
}

/** Matrices with empty, short and long rows, a column twice in a row, and coefficients small, negative and large. */
function sampleShape(F: PrimeField, io: number): ConstraintMatrices {
  const [constraints, variables] = [LENGTH, 100];
  const columns = variables + 1 + io;
  const dictionary = [1n, F.p - 1n, 2n, F.p - 8n, 1n << 20n, F.p >> 1n, F.p - (1n << 40n)];
  const matrix = (salt: number): SparseMatrix => {
    const entries: number[] = [];
    const rowPtr = [0];
    for (let row = 0; row < constraints; row++) {
      const length = row % 50 === salt ? 97 : (row * 7 + salt) % 6;
      for (let k = 0; k < length; k++) entries.push((row * 31 + (k >> 1) * 17 + salt) % columns);
      rowPtr.push(entries.length);
    }
    return {
      rowPtr: Uint32Array.from(rowPtr),
      columns: Uint32Array.from(entries),
      coefficients: Uint32Array.from(entries, (_, i) => (i * 5 + salt) % dictionary.length),
    };
  };
  return { field: F, constraints, variables, io, A: matrix(0), B: matrix(1), C: matrix(2), dictionary };
}
