import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { PrimeField } from '../../src/field/field.ts';
import { FIELDS } from '../../src/field/fields.ts';
import { Workspace } from '../../src/pcs/workspace.ts';
import { EqFactor } from '../../src/spartan/eq-factor.ts';
import type { JointClaim } from '../../src/spartan/joint-sumcheck.ts';
import { LookupClaims, type Lookups } from '../../src/spartan/lookup-claims.ts';
import { Multilinear } from '../../src/spartan/multilinear.ts';
import { PaddedClaim } from '../../src/spartan/padded-claim.ts';
import { ProductClaim } from '../../src/spartan/product-claim.ts';
import { evaluateRound } from '../../src/spartan/sumcheck.ts';
import { testBackend } from '../support/backend.ts';
import { element, elements, upload } from './vectors.ts';

/** c times the product of multilinear polynomials, each the table of its values. */
interface Term {
  readonly c: bigint;
  readonly factors: readonly (readonly bigint[])[];
}

let backend: Backend;
beforeAll(async () => {
  backend = await testBackend('reference');
});
afterAll(() => backend?.close());

/** A table with its first variable bound to x. */
function bound(F: PrimeField, table: readonly bigint[], x: bigint): bigint[] {
  const half = table.length / 2;
  return table.slice(0, half).map((lo, i) => F.add(lo, F.mul(x, F.sub(table[half + i], lo))));
}

/** The sum of the terms over all points. */
function total(F: PrimeField, terms: readonly Term[]): bigint {
  return terms.reduce((sum, { c, factors }) => {
    const products = factors[0].map((_, i) =>
      factors.reduce((product, table) => F.mul(product, table[i]), c),
    );
    return products.reduce((a, b) => F.add(a, b), sum);
  }, 0n);
}

function eqTable(F: PrimeField, point: readonly bigint[]): bigint[] {
  return point.reduce<bigint[]>(
    (table, x) => table.flatMap((e) => [F.mul(e, F.sub(1n, x)), F.mul(e, x)]),
    [1n],
  );
}

/** Runs the rounds of a claim about the sum of `terms`, and compares each message with the terms' own sums. */
async function checkRounds(
  F: PrimeField,
  claim: JointClaim,
  terms: readonly Term[],
  challenges: readonly bigint[],
): Promise<void> {
  let left = terms;
  for (const r of challenges) {
    const answers = await backend.read([...claim.ask()]);
    const message = await claim.message(answers.flat());
    expect(message).toHaveLength(3);
    const at = (x: bigint) =>
      left.map(({ c, factors }) => ({ c, factors: factors.map((table) => bound(F, table, x)) }));
    for (const x of [0n, 1n, 2n, F.p - 1n]) {
      expect(evaluateRound(F, message, total(F, left), x)).toBe(total(F, at(x)));
    }
    claim.bind(r);
    left = at(r);
  }
}

/** Vectors of a workspace that is freed after `work`. */
async function inWorkspace(
  F: PrimeField,
  work: (
    workspace: Workspace,
    table: (values: readonly bigint[], kept?: boolean) => Multilinear,
  ) => Promise<void>,
): Promise<void> {
  const workspace = new Workspace(backend, F, 'test');
  const uploaded = new Set<ReturnType<typeof upload>>();
  let count = 0;
  const table = (values: readonly bigint[], kept = false) => {
    if (!kept) {
      const vector = workspace.vector(`table ${count++}`, values.length);
      const source = upload(backend, F, values);
      uploaded.add(source);
      backend.copy(vector, source);
      return new Multilinear(backend, workspace, vector);
    }
    const whole = workspace.vector(`whole ${count}`, values.length);
    const source = upload(backend, F, values);
    uploaded.add(source);
    backend.copy(whole, source);
    return new Multilinear(backend, workspace, workspace.vector(`half ${count++}`, values.length / 2), whole);
  };
  try {
    await work(workspace, table);
  } finally {
    workspace.close();
    backend.free(...uploaded);
  }
}

const variables = fc.integer({ min: 1, max: 4 });

describe('the messages of a claim are the sums over what is left, whatever the challenges (0 and 1 among them)', () => {
  it('for a product of three polynomials', () => {
    const cases = fc.tuple(fc.constantFrom(...FIELDS), variables).chain(([F, n]) =>
      fc.record({
        F: fc.constant(F),
        tables: fc.tuple(elements(F, 2 ** n), elements(F, 2 ** n), elements(F, 2 ** n)),
        c: element(F),
        challenges: elements(F, n),
      }),
    );
    return fc.assert(
      fc.asyncProperty(cases, ({ F, tables, c, challenges }) =>
        inWorkspace(F, async (_, table) => {
          const [P, Q, R] = tables.map((values, i) => table(values, i < 2));
          const claim = total(F, [{ c: 1n, factors: tables }]);
          await checkRounds(
            F,
            new ProductClaim(backend, F, claim, [P, Q, R], c),
            [{ c, factors: tables }],
            challenges,
          );
        }),
      ),
    );
  });

  it('for a polynomial that is zero after its first values, with eq or with eq masked there', () => {
    const cases = fc
      .tuple(fc.constantFrom(...FIELDS), fc.nat({ max: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean())
      .filter(([, k, head]) => k + head > 0)
      .chain(([F, k, head, masked]) =>
        fc.record({
          F: fc.constant(F),
          masked: fc.constant(masked),
          head: elements(F, head),
          rest: elements(F, k),
          values: elements(F, 2 ** k),
          c: element(F),
          challenges: elements(F, head + k),
        }),
      );
    return fc.assert(
      fc.asyncProperty(cases, ({ F, masked, head, rest, values, c, challenges }) =>
        inWorkspace(F, async (workspace, table) => {
          const eq = eqTable(F, [...head, ...rest]).map((e, i) => (masked && i < values.length ? 0n : e));
          const padded = eq.map((_, i) => values[i] ?? 0n);
          const value = total(F, [{ c: 1n, factors: [eqTable(F, rest), values] }]);
          const factor = new EqFactor(backend, workspace, workspace.vector('eq', values.length), rest);
          const polynomial = { P: table(values), head, eq: factor, value };
          await checkRounds(
            F,
            new PaddedClaim(backend, F, polynomial, masked, c),
            [{ c, factors: [eq, padded] }],
            challenges,
          );
        }),
      ),
    );
  });

  it('for the lookups in two memories', () => {
    const cases = fc.tuple(fc.constantFrom(...FIELDS), variables).chain(([F, n]) => {
      const hashes = fc.array(fc.oneof(fc.constantFrom(1n, F.p - 1n), fc.bigInt(1n, F.p - 1n)), {
        minLength: 2 ** n,
        maxLength: 2 ** n,
      });
      const memory = fc.record({ T: hashes, W: hashes, ts: elements(F, 2 ** n) });
      return fc.record({
        F: fc.constant(F),
        memories: fc.tuple(memory, memory),
        rho: elements(F, n),
        s: elements(F, 6),
        challenges: elements(F, n),
      });
    });
    return fc.assert(
      fc.asyncProperty(cases, ({ F, memories, rho, s, challenges }) =>
        inWorkspace(F, async (workspace, table) => {
          const eq = eqTable(F, rho);
          const terms: Term[] = [];
          const lookups = memories.map(({ T, W, ts }, i): Lookups => {
            const t = F.invBatch([...T]).map((inverse, k) => F.mul(inverse, ts[k]));
            const w = F.invBatch([...W]);
            const [cT, cW] = s.slice(2 + 2 * i);
            terms.push({ c: s[i], factors: [t] }, { c: F.neg(s[i]), factors: [w] });
            terms.push({ c: cT, factors: [eq, t, T] }, { c: F.neg(cT), factors: [eq, ts] });
            terms.push({ c: cW, factors: [eq, w, W] }, { c: F.neg(cW), factors: [eq] });
            return {
              T: table(T),
              W: table(W),
              t: table(t, true),
              w: table(w, true),
              ts: table(ts, true),
            };
          });
          const factor = new EqFactor(backend, workspace, workspace.vector('eq', eq.length / 2), rho);
          await checkRounds(
            F,
            new LookupClaims(backend, F, lookups[0], lookups[1], factor, s),
            terms,
            challenges,
          );
        }),
      ),
    );
  });
});
