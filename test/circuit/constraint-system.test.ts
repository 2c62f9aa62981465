import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { AUX, ONE, type Num } from '../../src/circuit/linear-combination.ts';
import { pallasBase as F } from '../../src/field/fields.ts';
import { element } from '../field/arbitrary.ts';
import { codeOf } from '../support/error.ts';
import { assign, failingPaths, failingRows } from './satisfied.ts';

/** x^3 + x + 5 = y with the public input y. */
function cubic(): ReturnType<ConstraintSystem['finish']> {
  const cs = new ConstraintSystem(F);
  const { values: v } = cs;
  const x = cs.alloc('x', v.input());
  const x2 = cs.square('x2', x);
  const x3 = cs.mul('x3', x2, x);
  const y = cs.alloc('y', v.add(v.add(x3, x), v.constant(5n)));
  cs.enforce('y = x3 + x + 5', cs.lc(x3).add(x).add(cs.one, 5n), cs.one, y);
  cs.inputize('y', y);
  return cs.finish([x2.value]);
}

describe('ConstraintSystem', () => {
  it('lays out private variables, one, public inputs, and the rows in the order of their terms', () => {
    const { matrices: m } = cubic();
    const rows = [m.A, m.B, m.C].map((M) =>
      Array.from({ length: m.constraints }, (_, row) =>
        Array.from(M.columns.subarray(M.rowPtr[row], M.rowPtr[row + 1]), (column, k) => [
          column,
          m.dictionary[M.coefficients[M.rowPtr[row] + k]],
        ]),
      ),
    );
    // columns: x, x2, x3, y, 1, public y; within a row, inputs come before private variables
    expect([m.variables, m.io, m.constraints]).toEqual([4, 1, 4]);
    expect(rows[0]).toEqual([
      [[0, 1n]],
      [[1, 1n]],
      [
        [4, 5n],
        [0, 1n],
        [2, 1n],
      ],
      [[5, 1n]],
    ]);
    expect(rows[1]).toEqual([[[0, 1n]], [[0, 1n]], [[4, 1n]], [[4, 1n]]]);
    expect(rows[2]).toEqual([[[1, 1n]], [[2, 1n]], [[3, 1n]], [[3, 1n]]]);
  });

  it('compiles a program whose outputs are X, then what was asked for', async () => {
    const circuit = cubic();
    const { z, outputs } = await assign(circuit, [3n]);
    expect(z).toEqual([3n, 9n, 27n, 35n, 1n, 35n]);
    expect(outputs).toEqual([9n]);
    expect(failingRows(circuit, z)).toEqual([]);
  });

  it('names the constraint that fails by the path of its namespaces', async () => {
    const cs = new ConstraintSystem(F);
    const a = cs.ns('a');
    const b = a.ns('b');
    const zero = cs.alloc('zero', cs.values.constant(0n));
    const enforceOne = (sub: ConstraintSystem, name: string) => sub.enforce(name, zero, cs.one, cs.one);
    enforceOne(b, 'name');
    cs.enforce('satisfied', zero, cs.one, zero);
    enforceOne(cs, 'top');
    enforceOne(a.ns('b'), 'name');
    enforceOne(a, 'with/slash');
    enforceOne(cs.ns('c'), 'last');
    const circuit = cs.finish();
    expect(await failingPaths(circuit, [])).toEqual([
      'a/b/name',
      'top',
      'a/b/name',
      'a/with/slash',
      'c/last',
    ]);
    expect(circuit.path(1)).toBe('satisfied');
    for (const row of [-1, 6]) expect(await codeOf(() => circuit.path(row))).toBe('InvalidIndex');
  });

  it('drops zero coefficients, keeps equal ones once, and takes a missing c for zero', () => {
    const cs = new ConstraintSystem(F);
    const x = cs.alloc('x', cs.values.input());
    const y = cs.alloc('y', cs.values.input());
    cs.enforce('row', cs.lc(x).sub(x).add(y, 7n), cs.lc(x).add(y, 7n));
    const { matrices: m } = cs.finish();
    expect(m.dictionary).toEqual([7n, 1n]);
    expect([...m.A.columns]).toEqual([1]);
    expect([...m.B.columns]).toEqual([0, 1]);
    expect([...m.C.rowPtr]).toEqual([0, 0]);
  });

  it('counts constraints and inputs of all namespaces', () => {
    const cs = new ConstraintSystem(F);
    const sub = cs.ns('sub');
    const x = sub.alloc('x', cs.values.input());
    sub.inputize('x', x);
    cs.add('2x', x, x);
    expect([cs.constraintCount, sub.constraintCount, cs.inputCount, sub.inputCount]).toEqual([2, 2, 1, 1]);
  });

  it('refuses variables that it has not allocated, and constants that are no elements', async () => {
    const cs = new ConstraintSystem(F);
    const x = cs.alloc('x', cs.values.input());
    const foreign = (variable: number): Num => ({ variable, value: x.value });
    for (const variable of [ONE + 1, AUX + 1]) {
      expect(await codeOf(() => cs.enforce('foreign', foreign(variable), x))).toBe('InvalidIndex');
    }
    for (const k of [-1n, F.p]) expect(await codeOf(() => cs.values.constant(k))).toBe('InvalidFieldElement');
  });
});

describe('linear combinations', () => {
  const num = (variable: number): Num => ({ variable, value: 0 as Num['value'] });
  const lc = (...terms: [variable: number, coefficient: bigint][]) =>
    terms.reduce((sum, [v, c]) => sum.add(num(v), c), new ConstraintSystem(F).lc());
  const entries = (a: ReturnType<typeof lc>) => a.variables.map((v, i) => [v, a.coefficients[i]]);
  const variable = fc.oneof(
    fc.nat(4),
    fc.nat(4).map((k) => AUX + k),
  );
  const terms = fc.array(fc.tuple(variable, element(F)), { maxLength: 12 });

  it('add and subtract combinations like the terms that they consist of', () => {
    fc.assert(
      fc.property(terms, terms, element(F), (a, b, k) => {
        const scaled = b.map(([v, c]): [number, bigint] => [v, (c * k) % F.p]);
        expect(entries(lc(...a).add(lc(...b), k))).toEqual(entries(lc(...a, ...scaled)));
        const negated = scaled.map(([v, c]): [number, bigint] => [v, (F.p - c) % F.p]);
        expect(entries(lc(...a).sub(lc(...b), k))).toEqual(entries(lc(...a, ...negated)));
      }),
    );
  });

  it('can be added to themselves, and change none but themselves', () => {
    const a = lc([ONE, 3n], [AUX, 4n]);
    const b = lc([AUX + 1, 1n]).add(a);
    expect(a.add(a, 2n)).toBe(a);
    expect(entries(a)).toEqual(entries(lc([ONE, 9n], [AUX, 12n])));
    expect(entries(b)).toEqual(entries(lc([ONE, 3n], [AUX, 4n], [AUX + 1, 1n])));
  });
});
