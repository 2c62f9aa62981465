import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addBigNats,
  allocLimbs,
  bigNatFromNum,
  constantBigNat,
  fitsInBits,
  limbAsNum,
  mulMod,
  N_LIMBS,
  reduceMod,
  selectBigNat,
} from '../../../src/circuit/gadgets/bignat.ts';
import { CURVE_PAIRS } from '../../support/cycles.ts';
import { PrimeField } from '../../../src/field/field.ts';
import { pallasBase, vestaBase } from '../../../src/field/fields.ts';
import { element } from '../../field/arbitrary.ts';
import { upTo } from '../exhaustive.ts';
import { Gadget } from '../gadget.ts';
import { patched } from '../mutate.ts';
import { assign, failingRows } from '../satisfied.ts';
import { bigNatOf, fromLimbs, integer, limbOutputs, toLimbs } from './limbs.ts';

const F = pallasBase;

const fromNum = (field: PrimeField) => new Gadget(field, 1, (cs, [a]) => limbOutputs(bigNatFromNum(cs, a)));
const multiplier = (field: PrimeField) =>
  new Gadget(field, 3 * N_LIMBS, (cs, nums) => {
    const [a, b, m] = [0, 1, 2].map((k) => bigNatOf(cs, nums.slice(k * N_LIMBS, (k + 1) * N_LIMBS)));
    return limbOutputs(mulMod(cs, a, b, m));
  });
/** a + b mod m, with the sum's limbs not carried: what the folding verifier reduces. */
const sumReducer = (field: PrimeField) =>
  new Gadget(field, 3 * N_LIMBS, (cs, nums) => {
    const [a, b, m] = [0, 1, 2].map((k) => bigNatOf(cs, nums.slice(k * N_LIMBS, (k + 1) * N_LIMBS)));
    return limbOutputs(reduceMod(cs, addBigNats(cs, a, b), m));
  });
const fits = (field: PrimeField, bits: number) =>
  new Gadget(field, 1, (cs, [a]) => {
    fitsInBits(cs, cs.lc(a), a.value, bits);
    return [];
  });
const limbs = (...xs: bigint[]) => xs.flatMap((x) => toLimbs(x, N_LIMBS));

/** Both circuit fields of each cycle, each with the other's modulus. */
const PAIRS = CURVE_PAIRS.flatMap(({ primary, secondary }) => [primary, secondary]).map(
  ({ base, scalar }) => ({
    name: base.name,
    base,
    m: scalar.p,
  }),
);

describe.each(PAIRS)('natural numbers over $name', ({ base, m }) => {
  it('bigNatFromNum gives the limbs of a number', async () => {
    const gadget = fromNum(base);
    await fc.assert(
      fc.asyncProperty(element(base), async (a) => {
        expect(await gadget.run([a])).toEqual({ outputs: limbs(a), failing: [] });
      }),
      { numRuns: 10 },
    );
  });

  it('mulMod multiplies modulo the order of the other curve and modulo other numbers of its size', async () => {
    const gadget = multiplier(base);
    await fc.assert(
      fc.asyncProperty(
        integer(256),
        integer(256),
        fc.oneof(fc.constant(m), fc.bigInt(1n << 254n, (1n << 256n) - 1n)),
        async (a, b, modulus) => {
          const outputs = limbs((a * b) % modulus);
          expect(await gadget.run(limbs(a, b, modulus))).toEqual({ outputs, failing: [] });
        },
      ),
      {
        numRuns: 10,
        examples: [
          [0n, 0n, m],
          [(1n << 256n) - 1n, (1n << 256n) - 1n, m],
        ],
      },
    );
  });

  it('reduceMod reduces sums of limbs', async () => {
    const gadget = sumReducer(base);
    await fc.assert(
      fc.asyncProperty(integer(256), integer(256), async (a, b) => {
        expect(await gadget.run(limbs(a, b, m))).toEqual({ outputs: limbs((a + b) % m), failing: [] });
      }),
      {
        numRuns: 10,
        examples: [
          [(1n << 256n) - 1n, (1n << 256n) - 1n],
          [m, 0n],
          [m - 1n, 1n],
        ],
      },
    );
  });

  it('fitsInBits takes numbers below 2^n and no others', async () => {
    for (const n of [1, 2, 64, 67]) {
      const gadget = fits(base, n);
      const limit = 1n << BigInt(n);
      for (const a of [0n, 1n, limit - 1n]) expect((await gadget.run([a])).failing).toEqual([]);
      for (const a of [limit, limit + 1n, base.p - 1n]) {
        expect((await gadget.run([a])).failing).toEqual(['bit 0 is a bit']);
      }
    }
  });
});

describe('natural numbers', () => {
  it('constantBigNat is the constant', async () => {
    const gadget = new Gadget(F, 0, (cs) => limbOutputs(constantBigNat(cs, vestaBase.p, N_LIMBS)));
    expect(await gadget.run([])).toEqual({ outputs: limbs(vestaBase.p), failing: [] });
    expect((await gadget.deceive([])).free).toEqual([]);
    expect(() => new Gadget(F, 0, (cs) => limbOutputs(constantBigNat(cs, 1n << 256n, N_LIMBS)))).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it('allocLimbs takes its values and, by design, binds none of them', async () => {
    const gadget = new Gadget(F, 2, (cs, nums) => limbOutputs(allocLimbs(cs, nums)));
    expect(await gadget.run([5n, 6n])).toEqual({ outputs: [5n, 6n], failing: [] });
    expect((await gadget.deceive([5n, 6n])).free).toEqual(['limb 0', 'limb 1']);
  });

  it('limbAsNum is the limb', async () => {
    const gadget = new Gadget(F, 2, (cs, [a, b]) => [
      limbAsNum(cs, 'as num', addBigNats(cs, bigNatOf(cs, [a]), bigNatOf(cs, [b])), 0),
    ]);
    expect(await gadget.run([5n, 6n])).toEqual({ outputs: [11n], failing: [] });
    expect((await gadget.deceive([5n, 6n])).free).toEqual([]);
  });

  it('selectBigNat selects each limb, of numbers of one length', async () => {
    const gadget = new Gadget(F, 5, (cs, [c, ...nums]) => [
      ...limbOutputs(selectBigNat(cs, c, bigNatOf(cs, nums.slice(0, 2)), bigNatOf(cs, nums.slice(2)))),
    ]);
    for (const c of [0n, 1n]) {
      const inputs = [c, 1n, 2n, 3n, 4n];
      expect(await gadget.run(inputs)).toEqual({ outputs: c ? [1n, 2n] : [3n, 4n], failing: [] });
      expect((await gadget.deceive(inputs)).free).toEqual([]);
    }
    const unequal = () =>
      new Gadget(F, 4, (cs, [c, ...nums]) =>
        limbOutputs(selectBigNat(cs, c, bigNatOf(cs, nums.slice(0, 2)), bigNatOf(cs, nums.slice(2)))),
      );
    expect(unequal).toThrow(expect.objectContaining({ code: 'SynthesisError' }));
  });

  it('addBigNats adds limbs, also of different numbers of them, and their bounds', async () => {
    let bound = 0n;
    const gadget = new Gadget(F, 5, (cs, nums) => {
      const sum = addBigNats(cs, bigNatOf(cs, nums.slice(0, 3)), bigNatOf(cs, nums.slice(3), 64, 9n));
      bound = sum.maxWord;
      return limbOutputs(sum);
    });
    const most = (1n << 64n) - 1n;
    expect(await gadget.run([most, 1n, 2n, 9n, 8n])).toEqual({ outputs: [most + 9n, 9n, 2n], failing: [] });
    expect(bound).toBe(most + 9n);
  });
});

describe('natural numbers, one variable at a time', () => {
  it.each([
    ['bigNatFromNum', fromNum(F), [0x123456789abcdefn ** 4n % F.p]],
    ['mulMod', multiplier(F), limbs(F.p - 1n, (1n << 128n) - 7n, vestaBase.p)],
    ['reduceMod', sumReducer(F), limbs(vestaBase.p - 1n, vestaBase.p - 2n, vestaBase.p)],
    ['fitsInBits', fits(F, 64), [0x123456789abcdefn]],
  ])('%s leaves nothing free', async (_, gadget, inputs) => {
    expect((await gadget.deceive(inputs)).free).toEqual([]);
  });

  it('fitsInBits: every assignment over a small field', () => {
    for (const p of [61n, 67n]) {
      const field = new PrimeField(`F${p}`, p);
      for (const n of [1, 2, 3, 5]) {
        const gadget = fits(field, n);
        for (const a of upTo(p)) expect(gadget.allOutputs([a])).toHaveLength(a < 1n << BigInt(n) ? 1 : 0);
      }
    }
  });
});

/**
 * What these gadgets do not bind, as in nova-snark: a class, not its smallest member. The hashes that the verifier
 * recomputes are those of canonical limbs.
 */
describe('natural numbers, other members of a class', () => {
  /** Paths that break when the prover puts its own limbs in place of the honest ones, and goes on from there. */
  async function failingWith(gadget: Gadget, inputs: bigint[], names: string[], values: bigint[]) {
    const { program, matrices } = gadget.circuit;
    const forged = patched(
      program,
      names.map((name) => gadget.variable(name)),
      () => values,
    );
    const { z } = await assign({ program: forged, matrices }, inputs);
    return failingRows(gadget.circuit, z).map(({ path }) => path);
  }
  const limbNames = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}limb ${i}`);

  it('bigNatFromNum binds 256 bits modulo p', async () => {
    const a = 12345n;
    const forge = (x: bigint) => failingWith(fromNum(F), [a], limbNames('', N_LIMBS), limbs(x));
    expect(await forge(a)).toEqual([]);
    expect(await forge(a + F.p)).toEqual([]);
    expect(await forge(a + 3n * F.p)).toEqual([]);
    expect(await forge(a + 1n)).toEqual(['sum of bits']);
    expect(await forge(a + F.p + 1n)).toEqual(['sum of bits']);
  });

  it('mulMod binds the remainder to 256 bits modulo m, and to the right class', async () => {
    const gadget = multiplier(F);
    const m = vestaBase.p;
    const [a, b] = [F.p - 3n, (1n << 128n) - 7n];
    const names = [...limbNames('quotient/', 8), ...limbNames('remainder/', N_LIMBS)];
    const forge = (q: bigint, r: bigint) =>
      failingWith(gadget, limbs(a, b, m), names, [...toLimbs(q, 8), ...limbs(r)]);
    const [q, r] = [(a * b) / m, (a * b) % m];
    expect(await forge(q, r)).toEqual([]);
    expect(await forge(q - 1n, r + m)).toEqual([]);
    for (const [q1, r1] of [
      [q, r + 1n],
      [q, r + m],
      [q - 1n, r],
      [q + 1n, r],
      [0n, 0n],
    ]) {
      expect(await forge(q1, r1)).not.toEqual([]);
    }
    // right modulo p, wrong as an integer
    expect(await forge(q, (r + F.p) % (1n << 256n))).not.toEqual([]);
    expect(fromLimbs((await gadget.run(limbs(a, b, m))).outputs)).toBe(r);
  });

  it('mulMod refuses limbs that are too large or cancel each other', async () => {
    const gadget = multiplier(F);
    const inputs = limbs(1n << 64n, 1n, vestaBase.p);
    const forge = (...r: bigint[]) => failingWith(gadget, inputs, limbNames('remainder/', N_LIMBS), r);
    expect(await forge(0n, 1n, 0n, 0n)).toEqual([]);
    expect(await forge(1n << 64n, 0n, 0n, 0n)).toEqual(['remainder/limb 0/bit 0 is a bit']);
    expect(await forge(F.p - (1n << 64n), 2n, 0n, 0n)).toEqual(['remainder/limb 0/bit 0 is a bit']);
  });

  it('mulMod refuses a quotient that balances any remainder, with elements of the field for limbs', async () => {
    const gadget = multiplier(F);
    const m = vestaBase.p;
    const [a, b] = [F.p - 3n, (1n << 128n) - 7n];
    const wrong = ((a * b) % m) + 1n;
    // limbs are compared two by two: 6 equations for the 8 limbs of the quotient
    const pairs = (at: (k: number) => bigint) =>
      Array.from({ length: 6 }, (_, i) => at(2 * i) + (at(2 * i + 1) << 64n));
    const [A, B, M, R] = [a, b, m, wrong].map((x) => toLimbs(x, N_LIMBS));
    const product = (k: number) => A.reduce((sum, x, i) => sum + x * (B[k - i] ?? 0n), 0n);
    const right = pairs((k) => product(k) - (R[k] ?? 0n));
    const columns = Array.from({ length: 8 }, (_, j) => pairs((k) => M[k - j] ?? 0n));
    const q = solve(F, columns, right);

    const names = [...limbNames('quotient/', 8), ...limbNames('remainder/', N_LIMBS)];
    const failing = await failingWith(gadget, limbs(a, b, m), names, [...q, ...R]);
    expect(failing).not.toEqual([]);
    for (const path of failing) expect(path).toMatch(/^quotient\/limb \d\/bit 0 is a bit$/);
  });
});

/** A solution of sum_j x_j columns_j = right over F; what it leaves open is zero. */
function solve(field: PrimeField, columns: readonly bigint[][], right: readonly bigint[]): bigint[] {
  const n = columns.length;
  const rows = right.map((r, i) => [...columns.map((column) => column[i]), r].map((x) => field.reduce(x)));
  const pivots: number[] = [];
  for (const [i, row] of rows.entries()) {
    const pivot = row.findIndex((x, j) => j < n && x !== 0n);
    if (pivot < 0) throw new Error('the equations depend on each other');
    pivots.push(pivot);
    const inverse = field.inv(row[pivot]);
    rows[i] = row.map((x) => field.mul(x, inverse));
    for (const [k, other] of rows.entries()) {
      if (k !== i) rows[k] = other.map((x, j) => field.sub(x, field.mul(other[pivot], rows[i][j])));
    }
  }
  const x = Array<bigint>(n).fill(0n);
  pivots.forEach((pivot, i) => (x[pivot] = rows[i][n]));
  return x;
}
