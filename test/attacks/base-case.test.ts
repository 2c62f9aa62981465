/** A2: a computation that does not begin where it says. */
import { expect, it } from 'vitest';
import { builtinCircuit } from '../../src/circuit/builtin.ts';
import { vesta } from '../../src/curve/curves.ts';
import { augment, type AugmentedInputs } from '../../src/nova/augmented-circuit.ts';
import { publicHash } from '../../src/nova/oracle.ts';
import { defaultInstance } from '../../src/r1cs/instance.ts';
import { patched, withNames } from '../circuit/mutate.ts';
import { assign, failingRows } from '../circuit/satisfied.ts';

const START = 2n;
const ELSEWHERE = 100n;
const cubic = (x: bigint) => x ** 3n + x + 5n;
const SELECTION = /^z_in 0/;

it('is refused by one row of the circuit, and proved without it', async () => {
  const { result: circuit, names } = withNames(() => augment('primary', vesta, builtinCircuit('cubic')));
  const inputs: AugmentedInputs = { digest: 5n, i: 0n, z0: [START], zi: [ELSEWHERE], rNext: 7n };
  const hashOf = (zNext: bigint) => publicHash(vesta, 5n, 1, [START], [zNext], defaultInstance(2), 7n);

  // an honest witness does not look at z_i in the first step
  const honest = await assign(circuit, circuit.pack(inputs));
  expect(failingRows(circuit, honest.z)).toEqual([]);
  expect(honest.z.slice(-2)).toEqual([0n, hashOf(cubic(START))]);

  // whoever begins elsewhere, and is consistent from there on, breaks the row that selects z0
  const zIn = names.findIndex((name) => SELECTION.test(name));
  const program = patched(circuit.program, [zIn], () => [ELSEWHERE]);
  const { z } = await assign({ ...circuit, program }, circuit.pack(inputs));
  expect(z.slice(-2)).toEqual([0n, hashOf(cubic(ELSEWHERE))]);
  const broken = failingRows(circuit, z);
  expect(broken.map(({ path }) => SELECTION.test(path))).toEqual([true]);
});
