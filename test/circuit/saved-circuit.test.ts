import { expect, test } from 'vitest';
import { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { decodeCircuit, encodeCircuit, isSavable } from '../../src/circuit/saved-circuit.ts';
import { PrimeField } from '../../src/field/field.ts';
import { runProgram } from '../../src/field/program.ts';
import { codeOf } from '../support/error.ts';

const F17 = new PrimeField('F17', 17n);

test('a circuit read back has the same matrices, runs the same program, and names its constraints', async () => {
  const cs = new ConstraintSystem(F17);
  const x = cs.alloc('x', cs.values.input());
  const root = cs.ns('\u00fcber').alloc('root', cs.values.pow(x, 13n));
  cs.ns('\u00fcber').ns('b').enforce('r5', cs.lc(root).add(cs.one, 16n), cs.one, cs.lc(x).add(cs.one, 0n));
  cs.inputize('out', root);
  const circuit = cs.finish([cs.values.add(root, cs.values.constant(5n))]);
  const read = decodeCircuit(F17, encodeCircuit(circuit));
  expect(read.matrices).toEqual(circuit.matrices);
  expect(read.program).toEqual(circuit.program);
  expect(read.path(0)).toBe('\u00fcber/b/r5');
  expect(await codeOf(() => read.path(2))).toBe('InvalidIndex');
  expect(await runProgram(read.program, [3n])).toEqual(await runProgram(circuit.program, [3n]));
});

test('a circuit with hints cannot be written', async () => {
  const cs = new ConstraintSystem(F17);
  const [y] = cs.values.hint((x) => [x], [cs.values.input()], 1);
  const circuit = cs.finish([y]);
  expect(isSavable(circuit)).toBe(false);
  expect(await codeOf(() => encodeCircuit(circuit))).toBe('InvalidArgument');
});

test('truncated bytes are refused', async () => {
  const bytes = encodeCircuit(new ConstraintSystem(F17).finish());
  for (let n = 0; n < bytes.length; n++) {
    expect(await codeOf(() => decodeCircuit(F17, bytes.subarray(0, n))), `length ${n}`).toBe(
      'InvalidEncoding',
    );
  }
});
