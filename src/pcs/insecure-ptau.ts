/** INSECURE powers of tau, for tests and experiments: whoever knows tau can open every commitment to any value. */
import { NovaError } from '../errors.ts';
import { POINT_BYTES, type AffinePoint } from '../curve/curve.ts';
import { bn256 } from '../curve/curves.ts';
import { G2_GENERATOR, type G2Point } from '../curve/g2.ts';
import { FIELD_BYTES } from '../field/field.ts';
import { nextTurn } from '../pace.ts';
import { ByteWriter } from '../wire/writer.ts';
import { MAX_POWER, PTAU_MAGIC, PTAU_VERSION } from './ptau.ts';

/** Bits of a scalar that one table covers. */
const WINDOW = 8;

/** Points made side by side, so that their inversions cost little: some 100 ms. */
const BATCH = 1024;

/**
 * A powers-of-tau file with 2^power powers of a tau that is KNOWN, byte for byte what nova-snark's `write_ptau` writes of
 * them. Commitments under such a key bind nobody who knows tau; it is for tests alone.
 *
 * @throws {@link NovaError} `InvalidArgument` unless tau is from 1 to r - 1 and the power from 1 to 28
 * @example
 * const ptau = ptauFrom(await insecurePtau(5n, 14));
 */
export async function insecurePtau(tau: bigint, power: number): Promise<Uint8Array> {
  const r = bn256.scalar;
  if (r.check(tau, 'tau') === 0n) throw new NovaError('InvalidArgument', 'tau must not be 0');
  if (!Number.isInteger(power) || power < 1 || power > MAX_POWER) {
    throw new NovaError('InvalidArgument', `a power of tau files is from 1 to ${MAX_POWER}, not ${power}`);
  }
  const n = 2 ** power;
  const w = new ByteWriter((n + 8) * POINT_BYTES);
  w.bytes(new TextEncoder().encode(PTAU_MAGIC)).u32(PTAU_VERSION).u32(11);
  const section = (id: number, bytes: number) => w.u32(id).u64(bytes);
  section(1, 8 + FIELD_BYTES)
    .u32(FIELD_BYTES)
    .bytes(littleEndian(bn256.base.p))
    .u32(power);
  // the sections that a full file has and nobody needs, empty
  for (const id of [0, 4, 5, 6, 7, 8, 9, 10]) section(id, 0);

  section(2, POINT_BYTES * n);
  const tables = fixedBaseTables(bn256.generator);
  let scalar = 1n;
  for (let first = 0; first < n; first += BATCH) {
    const scalars: bigint[] = [];
    for (let i = first; i < Math.min(n, first + BATCH); i++, scalar = r.mul(scalar, tau))
      scalars.push(scalar);
    for (const { x, y } of multiples(tables, scalars)) w.bytes(montgomery(x)).bytes(montgomery(y));
    await nextTurn();
  }

  const { mulG2 } = await import('../curve/pairing.ts');
  const G2: readonly G2Point[] = [G2_GENERATOR, mulG2(tau, G2_GENERATOR)];
  section(3, 2 * POINT_BYTES * G2.length);
  for (const { x, y } of G2) for (const c of [x.c0, x.c1, y.c0, y.c1]) w.bytes(montgomery(c));
  return w.finish();
}

function littleEndian(x: bigint): Uint8Array {
  return bn256.scalar.toBytes(x);
}

/** x R mod q. */
function montgomery(x: bigint): Uint8Array {
  return bn256.base.toBytes((x << 256n) % bn256.base.p);
}

/** tables[k][d] = d 2^(WINDOW k) P for every digit d > 0. */
function fixedBaseTables(P: AffinePoint): AffinePoint[][] {
  const tables: AffinePoint[][] = [];
  let base = P;
  for (let bit = 0; bit < bn256.scalar.bits; bit += WINDOW) {
    const table = [base, base];
    while (table.length < 2 ** WINDOW) table.push(bn256.add(table[table.length - 1], base));
    tables.push(table);
    base = bn256.add(table[table.length - 1], base);
  }
  return tables;
}

/** k P for every scalar k > 0, where `tables` are those of P: a window at a time for all of them. */
function multiples(tables: readonly AffinePoint[][], scalars: readonly bigint[]): AffinePoint[] {
  const { base: F } = bn256;
  const sums: (AffinePoint | undefined)[] = scalars.map(() => undefined);
  for (const [k, table] of tables.entries()) {
    const digits = scalars.map((s) => Number((s >> BigInt(WINDOW * k)) & BigInt(2 ** WINDOW - 1)));
    const differences = F.invBatch(
      digits.map((d, i) => (d > 0 && sums[i] ? F.sub(table[d].x, sums[i].x) : 0n)),
    );
    for (const [i, d] of digits.entries()) {
      if (d === 0) continue;
      const sum = sums[i];
      if (sum === undefined) sums[i] = table[d];
      // equal x-coordinates are no matter of chance: the sum is below 2^(WINDOW k), the digit's multiple is not
      else sums[i] = bn256.addWith(sum, table[d], differences[i]);
    }
  }
  return sums as AffinePoint[];
}
